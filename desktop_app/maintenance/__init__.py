"""Backups and health of a workspace in the window."""
