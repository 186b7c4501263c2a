"""Watched folders: what is new or grows in them is imported while the window is open."""
