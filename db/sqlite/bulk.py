"""Loading many rows into a file that has few: its sort indexes are made once, at the end.

Sorting all keys and writing an index in one go costs a fifth of adding the keys one by
one. Lists sort the few visible rows without an index meanwhile. A file that lost its
indexes to a crash gets them back when it is opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

from db.records import Kind
from db.sqlite import curtain
from db.sqlite.connection import Pool, Session
from db.sqlite.tables import SORT_INDEXES

MANY_ROWS: Final = 20_000
FEW_ROWS: Final = 10_000

_PLACED_BY: Final = frozenset({"archived_at", "trashed_at"})


def ignore_step(_made: int, _number: int) -> None:
    """Do nothing with it."""


class BulkLoad:
    """Watches how many rows one import adds, and drops the sort indexes when it is many."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._rows = 0
        self._is_decided = False
        self._is_bulk = False

    def added(self, rows: int) -> None:
        """Take note of rows that were added."""
        self._rows += rows
        if not self._is_decided and self._rows >= MANY_ROWS:
            self._is_decided = True
            with self._pool.write() as session:
                self._is_bulk = _visible_rows(session) <= FEW_ROWS
                for name in SORT_INDEXES if self._is_bulk else ():
                    session.execute(f"DROP INDEX IF EXISTS {name}")

    def end(self, before_each: Callable[[int, int], None] = ignore_step) -> None:
        """Make the indexes again, each in a transaction of its own.

        `before_each` is told how many are made, and of how many; what it raises ends this,
        which can be asked for again.
        """
        if self._is_bulk:
            make_missing_indexes(self._pool, before_each)
            self._is_bulk = False


def make_missing_indexes(
    pool: Pool, before_each: Callable[[int, int], None] = ignore_step
) -> None:
    """Make the sort indexes that the file does not have; see `BulkLoad.end`."""
    with pool.read() as session:
        present = {name for (name,) in session.rows("SELECT name FROM sqlite_schema")}
    missing = [(name, what) for name, what in SORT_INDEXES.items() if name not in present]
    for made, (name, what) in enumerate(missing):
        before_each(made, len(missing))
        with pool.write() as session:
            session.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}")


@contextmanager
def without_sort_indexes(
    session: Session, table: str, fields: Collection[str] | None, rows: int
) -> Iterator[None]:
    """Change fields of many rows of a table, or, if these are None, delete the rows.

    The sort indexes that this concerns are made anew instead of entry by entry, all in the
    open transaction: readers have the old rows and indexes until it ends. Where less than
    an eighth of the table is changed, its indexes are kept and changed with it.
    """
    stored = session.value(f"SELECT max(pk) FROM {table}") or 0
    is_most = rows >= MANY_ROWS and rows * 8 >= stored
    dropped = {
        name: what
        for name, what in SORT_INDEXES.items()
        if is_most and what.startswith(f"{table} ") and _concerns(what, fields)
    }
    for name in dropped:
        session.execute(f"DROP INDEX IF EXISTS {name}")
    yield
    for name, what in dropped.items():
        session.execute(f"CREATE INDEX {name} ON {what}")


def _concerns(index: str, fields: Collection[str] | None) -> bool:
    """Whether an index has a column that is one of these fields, or is made from one."""
    if fields is None:
        return True
    columns = {"place" if name in _PLACED_BY else name for name in fields}
    return not columns.isdisjoint(re.findall(r"\w+", index))


def _visible_rows(session: Session) -> int:
    """Return how many tasks there are that no import hides, counting up to a few."""
    hidden = curtain.hidden(session, Kind.TASK).sql("pk")
    return int(
        session.value(
            f"SELECT count(*) FROM (SELECT 1 FROM task WHERE 1{hidden} LIMIT {FEW_ROWS + 1:d})"
        )
    )
