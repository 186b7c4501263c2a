"""What was last known to be in a file, kept beside it: changes that vanish are noticed.

A program that is killed leaves its latest changes in the log beside the file. Where that log
is deleted, or another one is put in its place, SQLite finds an older state in good order.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from db.errors import StorageUnavailableError
from db.ports import Lost
from db.private_files import private_opener
from db.sqlite.connection import Pool, Session
from db.times import now_us

ENDING: Final = ".known"
NOTED_EVERY_S: Final = 1.0
_LAST: Final = (
    "SELECT pk, id, finished_at FROM operation WHERE finished_at IS NOT NULL"
    " ORDER BY pk DESC LIMIT 1"
)


class _Note(msgspec.Struct, frozen=True):
    """The latest operation, by its number and id, and what was found lost before."""

    operation: int = 0
    id: str = ""
    lost: Lost | None = None


class LastKnown:
    """Notes the latest operation of a file after writing, and compares it when that opens.

    No note is ever ahead of the file, as each is taken from what was kept already. Where the
    folder cannot be written, nothing is noted. Safe on any thread that holds the writing
    connection.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}{ENDING}")
        self._noted_at = 0.0
        self._is_due = False

    def forget(self) -> None:
        """Forget everything, as there is a new file."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def look(self, pool: Pool, *, keep: bool) -> Lost | None:
        """Return what is missing from the file, if anything is; `keep` it for later, too."""
        noted = self._read()
        with pool.read() as session:
            if not session.value("SELECT 1 FROM sqlite_schema WHERE name = 'operation'"):
                return noted.lost
            pk, _id, finished_at = session.row(_LAST) or (0, "", 0)
            there = session.value("SELECT id FROM operation WHERE pk = ?", (noted.operation,))
            if pk >= noted.operation and there in {None, noted.id}:
                return noted.lost
            lost = Lost(since=finished_at, noticed_at=now_us())
            if keep:
                self._write(session, lost)
        return lost

    def note(self, session: Session) -> None:
        """Note the latest operation, unless that was done less than a second ago."""
        now = time.monotonic()
        self._is_due = now - self._noted_at < NOTED_EVERY_S
        if not self._is_due:
            self._noted_at = now
            self._write(session, self._read().lost)

    def finish(self, pool: Pool) -> None:
        """Note what was not noted yet."""
        if self._is_due:
            with suppress(StorageUnavailableError), pool.read() as session:
                self._write(session, self._read().lost)

    def start_anew(self, pool: Pool) -> None:
        """Note what there is, and that nothing of it is missing: it was put in its place."""
        with pool.read() as session:
            self._write(session, None)

    def _read(self) -> _Note:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Note)
        except (OSError, msgspec.DecodeError):
            return _Note()

    def _write(self, session: Session, lost: Lost | None) -> None:
        pk, id_, _finished_at = session.row(_LAST) or (0, "", 0)
        note = _Note(pk, id_, lost)
        if note == self._read():
            return
        partial = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            with open(partial, "wb", opener=private_opener) as file:
                file.write(msgspec.json.encode(note))
            partial.replace(self._path)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
