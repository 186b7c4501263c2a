"""Crashes that end the process at once: they leave where they happened, for the next start."""

from __future__ import annotations

import faulthandler
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from db.private_files import private_folder, private_opener
from db.processes import try_lock
from desktop_app.diagnostics.log import log_folder

_NAMES = "running-*.txt"


class FatalTrace:
    """A file that lies there while this process runs, for its last words.

    It is locked until the process ends, in whatever way; so the next start knows it from
    those of processes that still run.
    """

    def __init__(self) -> None:
        self._path = log_folder() / f"running-{os.getpid()}.txt"
        self._file: BinaryIO | None = None

    def begin(self) -> None:
        """Have the process say from now on where it was, should it crash."""
        with suppress(OSError):
            private_folder(self._path.parent)
            self._file = open(self._path, "w+b", opener=private_opener)  # noqa: SIM115
            try_lock(self._file)
            faulthandler.enable(self._file)

    def end(self) -> None:
        """Take the file away: the process ends as it should."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._path.unlink(missing_ok=True)


def take_former() -> Path | None:
    """Make a report of the last process that crashed; return its file, None if none did."""
    from desktop_app.diagnostics.reports import (  # noqa: PLC0415 - seldom needed
        keep_report,
        report_text,
    )

    found = None
    for path in log_folder().glob(_NAMES):
        with suppress(OSError):
            trace = _last_words(path)
            if trace:
                found = keep_report(report_text(trace)) or found
    return found


def _last_words(path: Path) -> str:
    """Return what a process that is gone said last, and take that away."""
    with path.open("r+b") as file:
        if not try_lock(file):
            return ""
        trace = file.read().decode("utf-8", "replace").strip()
    path.unlink(missing_ok=True)
    return trace
