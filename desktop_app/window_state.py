"""What the window remembers from one start to the next, in a file of the user's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platformdirs import user_config_path
from PySide6.QtCore import QSettings


class WindowState:
    """Values by key, as JSON, in an ini file; a value that cannot be read is as if absent."""

    def __init__(self, path: Path | None = None) -> None:
        self._settings = QSettings(str(path or default_path()), QSettings.Format.IniFormat)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value that was put, or the default."""
        try:
            return json.loads(str(self._settings.value(key)))
        except ValueError:
            return default

    def put(self, key: str, value: Any) -> None:
        """Keep a value that JSON can carry."""
        self._settings.setValue(key, json.dumps(value))

    def values(self) -> dict[str, Any]:
        """Return everything that was put, by key."""
        return {key: self.get(key) for key in self._settings.allKeys()}

    def forget(self, stands_in: Callable[[object], bool]) -> None:
        """Drop each value in which something stands, and write that to the file."""
        for key in self._settings.allKeys():
            if stands_in(json.dumps(self.get(key), ensure_ascii=False)):
                self._settings.remove(key)
        self.flush()

    def flush(self) -> None:
        """Write what was put to the file."""
        self._settings.sync()


def default_path() -> Path:
    """Return where the file is, by the customs of the platform."""
    return user_config_path("sheaf", appauthor=False) / "window.ini"
