"""Files and folders that nobody but their owner can read, whatever the surroundings allow."""

from __future__ import annotations

import os
from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it that are missing; return it.

    Raises:
        OSError: it cannot be made.
    """
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def private_opener(path: str, flags: int) -> int:
    """Open a file as `open` does; one that is made by that is its owner's alone."""
    return os.open(path, flags, 0o600)
