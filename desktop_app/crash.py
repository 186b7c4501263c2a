"""What happens when the program itself is at fault: a log, a report, and it goes on."""

from __future__ import annotations

import logging
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

from platformdirs import user_log_path

log = logging.getLogger("desktop_app.crash")

LOG_BYTES: Final = 1_000_000
LOG_FILES: Final = 3


def start_log(folder: Path | None = None) -> Path:
    """Write warnings and errors to a rotating file from now on; return its path."""
    folder = folder or user_log_path("sheaf", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sheaf.log"
    root = logging.getLogger()
    root.addHandler(_FileOnDemand(path))
    root.setLevel(logging.INFO)
    return path


class _FileOnDemand(logging.Handler):
    """A rotating file that is opened for the first message: most starts have none."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self._file is None:
            self._file = self._open()
        self._file.emit(record)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()

    def _open(self) -> logging.Handler:
        from logging.handlers import RotatingFileHandler  # noqa: PLC0415 - seldom needed

        file = RotatingFileHandler(
            self._path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
        )
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        return file


def install(show: Callable[[str], None]) -> None:
    """Log every error that nobody caught, and show its report on the window's thread.

    `show` is called on the thread the error came up on, which is the window's for all that
    the background hands over; errors of other threads are only logged.
    """

    def on_error(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("not caught", exc_info=(kind, error, trace))
        if threading.current_thread() is threading.main_thread():
            show(report_of(error))

    sys.excepthook = on_error


def report_of(error: BaseException) -> str:
    """Return what someone who mends the program needs to know."""
    lines = traceback.format_exception(error)
    return f"{_versions()}\n\n{''.join(lines)}"


def _versions() -> str:
    from PySide6.QtCore import qVersion  # noqa: PLC0415 - a report needs Qt, a log does not

    return f"Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}"
