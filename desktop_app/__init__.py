"""The window, and the `sheaf` command."""
