"""What the status line says of the latest backup."""

from __future__ import annotations

from db.maintenance.backups import Backups
from db.ports import Storage
from desktop_app.look import text


def latest_words(storage: Storage) -> str:
    """Return when the latest sound backup was made; empty where there can be none."""
    if storage.backups_folder() is None:
        return ""
    sound = [each for each in Backups(storage).all() if not each.manifest.trouble]
    if not sound:
        return "No backup"
    latest = sound[-1].manifest
    sign = " ✓" if latest.is_verified else ""
    return f"Backup {text.relative_time(latest.made_at)}{sign}"
