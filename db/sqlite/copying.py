"""A consistent copy of a file while others go on writing to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import apsw

from db.cancel import CancelToken
from db.errors import StorageDamagedError, UnwritableFileError, WorkCancelledError
from db.ports import Contents, CopyProgress
from db.sqlite import digests
from db.sqlite.connection import CANCEL_CHECK_STEPS, Session, fault_of

STEP_PAGES: Final = 1000


def copy_to(
    session: Session,
    path: Path,
    token: CancelToken,
    on_progress: Callable[[CopyProgress], None],
) -> Contents:
    """Copy what a reading session sees into a new file, and return what that is.

    The session's transaction is held: the copy is of that moment, however long it takes.
    What an unfinished import stored is in the copy, out of sight; opening it takes that out.

    Raises:
        UnwritableFileError: the copy cannot be written.
        WorkCancelledError: `token` was cancelled.
    """
    # A transaction has its moment only once something was read.
    session.value("SELECT count(*) FROM sqlite_schema")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
        copy = apsw.Connection(str(path))
    except (OSError, apsw.CantOpenError) as error:
        raise UnwritableFileError(f"{path.parent} cannot be written to: {error}.") from error
    try:
        _back_up(session.connection, copy, token, on_progress)
    finally:
        copy.close()
    return digests.contents(session)


def _back_up(
    source: apsw.Connection,
    copy: apsw.Connection,
    token: CancelToken,
    on_progress: Callable[[CopyProgress], None],
) -> None:
    try:
        # Half of it is worth nothing: it is made durable when it is whole.
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute("PRAGMA journal_mode = OFF")
        page_bytes = Session(source).value("PRAGMA page_size")
        with copy.backup("main", source, "main") as backup:
            while not backup.done:
                token.check()
                backup.step(STEP_PAGES)
                done = backup.page_count - backup.remaining
                on_progress(CopyProgress(done * page_bytes, backup.page_count * page_bytes))
        token.check()
        # One file by itself, readable where no other can be made beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    except (apsw.FullError, apsw.IOError) as error:
        raise UnwritableFileError(f"The copy cannot be written: {_reason(error)}.") from error


def _reason(error: apsw.Error) -> str:
    """Return why a copy stopped, of which SQLite keeps no words itself."""
    if isinstance(error, apsw.FullError):
        return "its disk is full"
    return "its disk takes no more, or fails, or files may not become so large"


def check_copy(path: Path, token: CancelToken) -> Contents:
    """Check the structure of a copy while the disk takes it; see `Backend.check_copy`."""
    with ThreadPoolExecutor(1, thread_name_prefix="sheaf-copy") as thread:
        syncing = thread.submit(_sync, path)
        try:
            found = _checked(path, token)
        except apsw.InterruptError as error:
            raise WorkCancelledError from error
        except apsw.Error as error:
            fault = fault_of(error, path)
            if fault is None:
                raise
            raise fault from error
        syncing.result()
    return found


def _checked(path: Path, token: CancelToken) -> Contents:
    # Nobody writes to it: SQLite needs no locks, which reading the file beside would drop.
    copy = apsw.Connection(
        f"{path.absolute().as_uri()}?immutable=1",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
    )
    try:
        copy.set_progress_handler(token.is_cancelled, CANCEL_CHECK_STEPS)
        session = Session(copy)
        require_sound(session)
        return digests.contents(session)
    finally:
        copy.close()


def require_sound(session: Session) -> None:
    """Check the structure of each table and its indexes.

    What the full text index says of its records is left to a whole check: it can be made
    anew, and takes as long as all the rest.

    Raises:
        StorageDamagedError: something is wrong with it.
    """
    tables = session.rows(
        "SELECT name FROM pragma_table_list WHERE schema = 'main'"
        " AND type IN ('table', 'shadow')"
    )
    said = (session.value(f"PRAGMA quick_check('{name}')") for (name,) in tables)
    faulty = [each for each in said if each != "ok"]
    if faulty:
        raise StorageDamagedError(f"The file is not whole: {', '.join(faulty)}.")


def _sync(path: Path) -> None:
    try:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    except OSError as error:
        raise UnwritableFileError(f"{path} cannot be written: {error.strerror}.") from error
