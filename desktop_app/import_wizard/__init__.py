"""The import wizard: what it is, how it is read, what it would change, what it did."""
