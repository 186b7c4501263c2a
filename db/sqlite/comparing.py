"""What differs between a file and a copy of it that was made before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from db.cancel import CancelToken
from db.ports import Differing
from db.records import Kind
from db.sqlite import curtain
from db.sqlite.connection import Row, Session
from db.sqlite.tables import LAYOUTS
from db.sqlite.tracing import reading_copy

_END: Row = (None,)


def changed_since(session: Session, path: Path, token: CancelToken) -> dict[Kind, Differing]:
    """Return how many records of each kind differ from those of a copy.

    Reads each table of both once, in the order of the pks, and no text.

    Raises:
        StorageUnavailableError: the copy is damaged or cannot be read.
        WorkCancelledError: `token` was cancelled.
    """
    with reading_copy(path, token) as copy:
        return {
            kind: _differing(_rows(session, kind), _rows_of_copy(copy, kind)) for kind in Kind
        }


def _rows(session: Session, kind: Kind) -> Iterator[Row]:
    behind = curtain.hidden(session, kind).sql("pk")
    yield from session.execute(
        f"SELECT pk, id, version FROM {LAYOUTS[kind].table} WHERE TRUE{behind} ORDER BY pk"
    )


def _rows_of_copy(copy: Session, kind: Kind) -> Iterator[Row]:
    """Yield the records of a copy; one of an older version may have none of a kind."""
    table = LAYOUTS[kind].table
    if copy.value("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)):
        yield from copy.execute(f"SELECT pk, id, version FROM {table} ORDER BY pk")


def _differing(rows: Iterator[Row], others: Iterator[Row]) -> Differing:
    """Compare rows of pk, id and version with those of a copy, both in the order of pks."""
    newer = gone = 0
    other = next(others, _END)
    for row in rows:
        while other is not _END and other[0] < row[0]:
            gone += 1
            other = next(others, _END)
        newer += row != other
        if other[0] == row[0]:
            gone += row[1] != other[1]
            other = next(others, _END)
    gone += (other is not _END) + sum(1 for _ in others)
    return Differing(newer, gone)
