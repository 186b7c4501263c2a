"""Dialogs that ask, warn or tell; none of them blocks the event loop."""
