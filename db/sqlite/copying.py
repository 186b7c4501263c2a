"""A consistent copy of a file while others go on writing to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

from db.cancel import CancelToken
from db.errors import StorageDamagedError, UnwritableFileError
from db.query import EVERYWHERE, QUERIES
from db.records import Kind
from db.sqlite import checks, repos
from db.sqlite.connection import CANCEL_CHECK_STEPS, Session

STEP_PAGES: Final = 256


def copy_to(
    session: Session,
    path: Path,
    token: CancelToken,
    on_share: Callable[[float], None],
) -> dict[Kind, int]:
    """Copy what a reading session sees into a new file, and check the copy.

    The session's transaction is held: the copy is of that moment, however long it takes.
    What an unfinished import stored is in the copy, out of sight; opening it takes that out.

    Returns how many records of each kind are in the copy.

    Raises:
        StorageDamagedError: the copy is not whole; no more can the file itself be.
        UnwritableFileError: the copy cannot be written.
        WorkCancelledError: `token` was cancelled.
    """
    before = _counts(session)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
        copy = apsw.Connection(str(path))
    except (OSError, apsw.CantOpenError) as error:
        raise UnwritableFileError(f"{path.parent} cannot be written to: {error}.") from error
    try:
        _back_up(session.connection, copy, token, on_share)
        copied = Session(copy)
        copy.set_progress_handler(token.is_cancelled, CANCEL_CHECK_STEPS)
        finding = checks.quick_check(copied)
        if not finding.ok or _counts(copied) != before:
            reason = ", ".join(finding.examples) or "records are missing"
            raise StorageDamagedError(f"The copy is not whole: {reason}.")
    finally:
        copy.close()
    return before


def _back_up(
    source: apsw.Connection,
    copy: apsw.Connection,
    token: CancelToken,
    on_share: Callable[[float], None],
) -> None:
    try:
        with copy.backup("main", source, "main") as backup:
            while not backup.done:
                token.check()
                backup.step(STEP_PAGES)
                on_share(1 - backup.remaining / max(backup.page_count, 1))
        token.check()
        # One file by itself, readable where no other can be made beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    except (apsw.FullError, apsw.IOError) as error:
        raise UnwritableFileError(f"The copy cannot be written: {error}.") from error


def _counts(session: Session) -> dict[Kind, int]:
    return {
        kind: repos.count(session, made(places=EVERYWHERE)) for kind, made in QUERIES.items()
    }
