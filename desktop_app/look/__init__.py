"""How Sheaf looks: tokens, theme, icons, the painting of rows, and how values read."""
