"""The files that Sheaf keeps for itself beside a workspace: its logs and what it remembers."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_config_path, user_log_path


def own_files() -> list[Path]:
    """Return those there are, in the folders for logs and settings of this user."""
    folders = {
        user_log_path("sheaf", appauthor=False),
        user_config_path("sheaf", appauthor=False),
    }
    return sorted(
        path
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*")
        if path.is_file()
    )
