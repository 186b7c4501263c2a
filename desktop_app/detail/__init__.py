"""One record in full: the pane beside the table, and its own window."""
