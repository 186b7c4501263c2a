"""Putting a copy in the place of a file that others have open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import apsw

from db.cancel import CancelToken
from db.errors import StorageBusyError, StorageRejectedError
from db.ports import Contents, CopyProgress
from db.processes import is_alive
from db.records import OperationState
from db.sqlite import digests
from db.sqlite.connection import Pool, Session
from db.sqlite.copying import STEP_PAGES
from db.sqlite.discarding import discard

_QUEUE: Final = ("job", "job_line")
"""The tables of the queue, which belongs to the machine: nothing is done a second time."""
_STAGED: Final = f"SELECT pk, owner FROM operation WHERE state = {OperationState.STAGED.value}"


def replace_with(
    pool: Pool,
    path: Path,
    seen_mark: str,
    token: CancelToken,
    on_progress: Callable[[CopyProgress], None],
) -> Contents:
    """Put a copy in the place of all that a file holds but its queue: one transaction.

    Who reads goes on seeing the state before until it is done; who writes waits. Returns
    what the copy holds.

    Raises:
        StorageRejectedError: something was changed since it was seen, or an import is under
            way.
    """
    copy = Pool(path)
    try:
        expected = _prepared(copy, token)
        # Nothing of this process writes from here on; others still may.
        with pool.alone() as live, copy.alone() as source:
            _fit_pages(live, source)
            with pool.read() as session:
                _refuse_changed(session, seen_mark)
                queue = _take_queue(session, source)
            with live.connection.backup("main", source.connection, "main") as backup:
                backup.step(1)
                # Now nobody can write: what holds from here on holds until the end.
                with pool.read() as session:
                    _refuse_changed(session, seen_mark)
                    if _queue_state(session) != queue:
                        raise _changed()
                _go_on(backup, source, token, on_progress)
            _fold_log(live)
    finally:
        copy.close()
    return expected


def exchange_with(
    pool: Pool, path: Path, put: Callable[[Contents], bool], token: CancelToken
) -> Contents | None:
    """Have a copy take the name of a file that nobody else has open; see `Storage`.

    Raises:
        StorageRejectedError: an import is under way.
    """
    copy, is_done = Pool(path), False
    try:
        expected = _prepared(copy, token)
        with pool.sole() as live:
            refuse_imports(live)
            with copy.alone() as source:
                source.rows("PRAGMA journal_mode = WAL")
                _take_queue(live, source)
            # Its log is part of it until then.
            copy.close()
            is_done = put(digests.contents(live))
    except StorageBusyError:
        if is_done:
            raise
    finally:
        copy.close()
    return expected if is_done else None


def _prepared(copy: Pool, token: CancelToken) -> Contents:
    """Take out of a copy what an unfinished import stored, and return what is in it."""
    with copy.read() as session:
        half_done = [pk for pk, _owner in session.rows(_STAGED)]
    for pk in half_done:
        discard(copy, pk)
    with copy.read(token) as session:
        return digests.contents(session)


def _go_on(
    backup: apsw.Backup,
    source: Session,
    token: CancelToken,
    on_progress: Callable[[CopyProgress], None],
) -> None:
    page_bytes = source.value("PRAGMA page_size")
    while not backup.done:
        token.check()
        backup.step(STEP_PAGES)
        done = backup.page_count - backup.remaining
        on_progress(CopyProgress(done * page_bytes, backup.page_count * page_bytes))


def refuse_imports(session: Session) -> None:
    """Refuse to go on while an import is staged.

    Raises:
        StorageRejectedError: one is.
    """
    if any(is_alive(owner or "") for _pk, owner in session.rows(_STAGED)):
        raise StorageRejectedError(
            "An import is under way or waits for a decision.",
            advice="Finish it or give it up, then try again.",
        )


def _refuse_changed(session: Session, seen_mark: str) -> None:
    refuse_imports(session)
    if digests.mark(session) != seen_mark:
        raise _changed()


def _changed() -> StorageRejectedError:
    return StorageRejectedError(
        "Something was changed while the restore was prepared.",
        advice="Restore again, once nothing else writes.",
    )


def _take_queue(session: Session, source: Session) -> list[object]:
    """Give the copy the queue as it is now."""
    source.execute("BEGIN IMMEDIATE")
    for table in reversed(_QUEUE):
        source.execute(f"DELETE FROM {table}")
    for table in _QUEUE:
        found = session.execute(f"SELECT * FROM {table}")
        marks = ", ".join("?" * len(session.rows(f"PRAGMA table_info({table})")))
        source.many(f"INSERT INTO {table} VALUES ({marks})", found)
        source.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        source.many(
            "INSERT INTO sqlite_sequence VALUES (?, ?)",
            session.rows("SELECT name, seq FROM sqlite_sequence WHERE name = ?", (table,)),
        )
    source.execute("COMMIT")
    return _queue_state(session)


def _queue_state(session: Session) -> list[object]:
    return [digests.digest(session, table) for table in _QUEUE]


def _fit_pages(live: Session, source: Session) -> None:
    """Give the copy pages of the size that the file has: they are put in its place as such."""
    size = live.value("PRAGMA page_size")
    if source.value("PRAGMA page_size") != size:
        source.execute("PRAGMA journal_mode = DELETE")
        source.execute(f"PRAGMA page_size = {size:d}")
        source.execute("VACUUM")


def _fold_log(live: Session) -> None:
    """Put what was restored from the write-ahead log into the file, unless others read."""
    live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
