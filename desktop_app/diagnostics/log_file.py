"""The files of the log: of bounded size, their owner's alone, and with no text of records."""

from __future__ import annotations

import copy
import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

from db.maintenance.diagnostics import blackened
from db.private_files import private_folder, private_opener
from desktop_app.diagnostics.wordless import told, trace_of

LOG_BYTES: Final = 1_000_000
LOG_FILES: Final = 3


class LogFile(RotatingFileHandler):
    """A rotating file; where it cannot be written the program goes on without."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True
        )
        self.setFormatter(_Wordless("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: what cannot be logged is not worth more trouble."""

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        private_folder(path.parent)
        if os.name == "posix":
            path.parent.chmod(0o700)
            if path.exists():
                path.chmod(0o600)
        return open(path, "a", encoding="utf-8", opener=private_opener)


class _Wordless(logging.Formatter):
    """Tells errors by kind and place, and leaves out secrets and the person's folder."""

    def format(self, record: logging.LogRecord) -> str:
        bare = copy.copy(record)
        bare.exc_text = None
        bare.msg = _bare(record.msg)
        if isinstance(record.args, tuple):
            bare.args = tuple(_bare(each) for each in record.args)
        return blackened(super().format(bare))

    def formatException(self, ei: Any) -> str:
        return trace_of(ei[1])


def _bare(value: object) -> object:
    return told(value) if isinstance(value, BaseException) else value
