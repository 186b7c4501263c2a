"""The jobs there are: what is under way, how far it is, and how it ended."""
