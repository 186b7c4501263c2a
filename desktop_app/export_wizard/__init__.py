"""The export wizard: what to write and how, the secrets in it, and what was written."""
