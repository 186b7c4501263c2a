"""What Sheaf carries besides code: icons, and the making of its sample."""
