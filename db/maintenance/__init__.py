"""Keeping what a storage holds safe: backups, and bringing it back from them."""
