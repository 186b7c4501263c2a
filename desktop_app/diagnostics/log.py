"""The log: where it is, and starting it."""

from __future__ import annotations

import logging
from pathlib import Path

from platformdirs import user_log_path


def log_folder() -> Path:
    """Return where logs and reports are, by the customs of the platform."""
    return user_log_path("sheaf", appauthor=False)


def log_path() -> Path:
    """Return the newest file of the log; there may be none yet."""
    return log_folder() / "sheaf.log"


def start_log() -> None:
    """Write news, warnings and errors to a rotating file from now on."""
    root = logging.getLogger()
    root.addHandler(_FileOnDemand(log_path()))
    root.setLevel(logging.INFO)


class _FileOnDemand(logging.Handler):
    """A file that is opened for the first message: most starts have none."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self._file is None:
            from desktop_app.diagnostics.log_file import LogFile  # noqa: PLC0415 - seldom needed

            self._file = LogFile(self._path)
        self._file.emit(record)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()
