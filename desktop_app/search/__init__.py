"""One search over every kind of record: its page, and what it asks."""
