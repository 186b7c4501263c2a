"""Writing a file anew without what it holds no more: free pages, and words of the index.

A copy without them is made while others go on working, and then put in the file's place in
one transaction. SQLite's own VACUUM of a file with a log keeps everybody from writing for
several times as long.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

from db.cancel import CancelToken
from db.errors import StorageBusyError, StorageRejectedError, UnwritableFileError
from db.ports import CopyProgress
from db.private_files import private_opener
from db.sqlite import digests
from db.sqlite.connection import CANCEL_CHECK_STEPS, Pool
from db.sqlite.restoring import refuse_imports, replace_with
from db.sqlite.tables import LAYOUTS

WAIT_S: Final = 60.0
"""So long others may write, or read what is being replaced, before this gives up."""
_LOOK_S: Final = 0.2
_MERGE_PAGES: Final = 2000
_LOOK_STEPS: Final = 10 * CANCEL_CHECK_STEPS
_OnProgress = Callable[[CopyProgress], None]


class _Patience:
    """Waits for others, up to some time in all, and says what for."""

    def __init__(self, token: CancelToken, on_wait: Callable[[str], None]) -> None:
        self._token = token
        self._on_wait = on_wait
        self._give_up_at = time.monotonic() + WAIT_S

    def wait(self, what: str) -> bool:
        """Wait a moment; false if that was long enough."""
        if time.monotonic() > self._give_up_at:
            return False
        self._on_wait(f"Another window or command {what}; waiting for it")
        self._token.wait(_LOOK_S)
        self._token.check()
        return True


def merge_index(pool: Pool, token: CancelToken, on_wait: Callable[[str], None]) -> None:
    """Write the full-text index anew as far as it holds words of records that are gone.

    It is done in transactions that each take part of a second.

    Raises:
        StorageBusyError: others write all the time.
        WorkCancelledError: `token` was cancelled.
    """
    patience = _Patience(token, on_wait)
    for layout in LAYOUTS.values():
        pages = -_MERGE_PAGES
        is_going_on = True
        while is_going_on:
            token.check()
            try:
                is_going_on = _merge(pool, layout.search_table, pages)
            except StorageBusyError:
                if not patience.wait("writes"):
                    raise
            else:
                pages = _MERGE_PAGES


def _merge(pool: Pool, table: str, pages: int) -> bool:
    """Merge so many pages of an index, or begin with it; return whether there may be more."""
    with pool.write() as session:
        before = session.connection.total_changes()
        session.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (pages,))
        # One of them is this statement's own: sqlite.org/fts5.html#the_merge_command.
        return session.connection.total_changes() - before > 1


def compact(
    pool: Pool,
    path: Path,
    home: Path,
    token: CancelToken,
    on_progress: _OnProgress,
    on_wait: Callable[[str], None],
) -> None:
    """Put a copy without free pages in the place of a file; `home` has room for the copy.

    Raises:
        StorageBusyError: others write all the time.
        StorageRejectedError: an import is under way.
        UnwritableFileError: the disk has no room for the copy.
        WorkCancelledError: `token` was cancelled; nothing was changed.
    """
    patience = _Patience(token, on_wait)
    copy = home / "compact.sheaf"
    with pool.read(token) as session:
        refuse_imports(session)
    while True:
        try:
            _copy(pool, copy, token, on_progress)
            token.check()
            _replace(pool, copy, token, on_progress)
        except (StorageBusyError, StorageRejectedError):
            if not patience.wait("writes"):
                raise
        else:
            break
        finally:
            for ending in ("", "-wal", "-shm"):
                copy.with_name(f"{copy.name}{ending}").unlink(missing_ok=True)
    fold_log(pool, path, CancelToken(), on_wait)


def _copy(pool: Pool, copy: Path, token: CancelToken, on_progress: _OnProgress) -> None:
    with pool.read_afresh(token) as session:
        pages, free, page_bytes = session.rows(
            "SELECT page_count, freelist_count, page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        )[0]
        total = 2 * (pages - free) * page_bytes
        on_progress(CopyProgress(0, total))
        token.check()
        session.execute("COMMIT")
        session.execute("PRAGMA query_only = OFF")
        os.close(private_opener(str(copy), os.O_CREAT | os.O_TRUNC | os.O_RDWR))

        def look() -> bool:
            on_progress(CopyProgress(min(copy.stat().st_size, total // 2), total))
            return token.is_cancelled()

        session.connection.set_progress_handler(look, _LOOK_STEPS)
        try:
            session.execute("VACUUM INTO ?", (str(copy),))
        except (apsw.FullError, apsw.IOError, apsw.CantOpenError) as error:
            raise UnwritableFileError(f"The copy cannot be written: {error}.") from error


def _replace(pool: Pool, copy: Path, token: CancelToken, on_progress: _OnProgress) -> None:
    seen = Pool(copy)
    try:
        with seen.read() as session:
            mark = digests.mark(session)
    finally:
        seen.close()

    def second_half(progress: CopyProgress) -> None:
        on_progress(CopyProgress(progress.total + progress.done, 2 * progress.total))

    replace_with(pool, copy, mark, token, second_half)


def fold_log(
    pool: Pool, path: Path, token: CancelToken, on_wait: Callable[[str], None]
) -> bool:
    """Put the log into the file and empty it; return whether others let that happen."""
    patience = _Patience(token, on_wait)
    log = path.with_name(f"{path.name}-wal")
    while True:
        with pool.alone() as session:
            is_busy = session.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
        if not is_busy and not (log.exists() and log.stat().st_size):
            return True
        if not patience.wait("still reads what was there before"):
            return False
