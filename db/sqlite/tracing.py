"""Searching all that a file holds for some texts: its rows, its index and its bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from db.cancel import CancelToken
from db.errors import WorkCancelledError
from db.sqlite.connection import CANCEL_CHECK_STEPS, Session, fault_of
from db.sqlite.tables import LAYOUTS
from db.terms import searchable
from db.traces import BytesTrace, Needles, TableTrace

BLOCK_BYTES: Final = 1 << 20
_FUNCTION: Final = "holds_needle"


def prepare(session: Session, needles: Needles) -> None:
    """Let SQL of this session ask for the texts, by `holds`."""

    def holds_needle(*values: object) -> int:
        return any(map(needles.stand_in, values))

    session.connection.create_scalar_function(_FUNCTION, holds_needle)


def holds(*columns: str) -> str:
    """Return the condition that one of some columns has one of the texts in it."""
    return f"{_FUNCTION}({', '.join(columns)})"


def text_columns(session: Session, table: str) -> list[str]:
    """Return the stored columns of a table that hold text."""
    found = session.rows(
        "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 AND type IN ('TEXT', 'ANY')",
        (table,),
    )
    return [f'"{name}"' for (name,) in found]


def tables(session: Session) -> list[str]:
    """Return the names of the tables that hold rows of their own."""
    found = session.rows(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    return [name for (name,) in found]


def search_tables(session: Session, needles: Needles) -> Iterator[TableTrace]:
    """Search every text of every table, and the words of the full-text index."""
    prepare(session, needles)
    for table in tables(session):
        columns = text_columns(session, table)
        if columns:
            rows, found = session.rows(
                f"SELECT count(*), count(*) FILTER (WHERE {holds(*columns)}) FROM {table}"
            )[0]
            yield TableTrace(table, rows, found)
    yield from _search_index(session, needles)


def _search_index(session: Session, needles: Needles) -> Iterator[TableTrace]:
    """Search the index for those of the texts that are one word to it.

    Of more words each may well be in other texts, and which stand together it says only of
    records that there are.
    """
    there = {name for (name,) in session.rows("SELECT name FROM sqlite_schema")}
    single = [text for text in needles.texts if searchable(text).isalnum()]
    if not single:
        return
    prepare(session, Needles(single))
    for layout in LAYOUTS.values():
        if layout.search_table not in there:
            continue
        words = f"temp.{layout.search_table}_terms"
        session.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {words}"
            f" USING fts5vocab (main, {layout.search_table}, row)"
        )
        rows, found = session.rows(
            f"SELECT count(*), count(*) FILTER (WHERE {holds('term')}) FROM {words}"
        )[0]
        yield TableTrace(layout.search_table, rows, found)


def search_bytes(
    session: Session, path: Path | None, needles: Needles, token: CancelToken
) -> BytesTrace:
    """Search all bytes of the file and its log, through the connection that has them open.

    Opening the file a second time in this process would, when it is closed again, drop the
    locks that SQLite holds on it.
    """
    if path is None:
        return BytesTrace(size=0, found=0, log_size=0)
    # A log is open only once something was read through it.
    session.value("SELECT count(*) FROM sqlite_schema")
    log = path.with_name(f"{path.name}-wal")
    sizes = (path.stat().st_size, log.stat().st_size if log.exists() else 0)
    found = [
        needles.count_all(_blocks(session, which, size, token))
        for which, size in enumerate(sizes)
    ]
    return BytesTrace(size=sum(sizes), found=sum(each for _, each in found), log_size=sizes[1])


def _blocks(session: Session, which: int, size: int, token: CancelToken) -> Iterator[bytes]:
    """Yield the file, or the log of it, in parts."""
    for offset in range(0, size, BLOCK_BYTES):
        token.check()
        wanted = min(BLOCK_BYTES, size - offset)
        yield session.connection.read("main", which, offset, wanted)[1]


def search_copy(path: Path, needles: Needles, ids: tuple[str, ...], token: CancelToken) -> int:
    """Return how many rows of a copy, that nobody writes to, hold a text or are a record.

    Nothing in it is changed. Of records by id, no more is said than that there is one.
    """
    with reading_copy(path, token) as session:
        if ids:
            return int(_has_record(session, ids))
        return sum(trace.found for trace in search_tables(session, needles))


@contextmanager
def reading_copy(path: Path, token: CancelToken) -> Iterator[Session]:
    """Lend a connection to a copy, that nobody writes to; nothing in it is changed.

    Raises:
        StorageUnavailableError: it is damaged or cannot be read.
        WorkCancelledError: `token` was cancelled.
    """
    # Nobody writes to it: SQLite needs no locks, which reading the file beside would drop.
    copy = apsw.Connection(
        f"{path.absolute().as_uri()}?immutable=1",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
    )
    try:
        copy.set_progress_handler(token.is_cancelled, CANCEL_CHECK_STEPS)
        yield Session(copy)
    except apsw.InterruptError as error:
        raise WorkCancelledError from error
    except apsw.Error as error:
        fault = fault_of(error, path)
        if fault is None:
            raise
        raise fault from error
    finally:
        copy.close()


def _has_record(session: Session, ids: tuple[str, ...]) -> bool:
    there, listed = tables(session), json.dumps(ids)
    found = (
        session.value(
            f"SELECT 1 FROM {layout.table} WHERE id IN (SELECT value FROM json_each(?))"
            " LIMIT 1",
            (listed,),
        )
        for layout in LAYOUTS.values()
        if layout.table in there
    )
    return any(found)
