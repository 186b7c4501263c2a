"""Loading many rows into a file that has few: its sort indexes are made once, at the end.

Sorting all keys and writing an index in one go costs a fifth of adding the keys one by
one. Lists sort the few visible rows without an index meanwhile. A file that lost its
indexes to a crash gets them back when it is opened.
"""

from __future__ import annotations

from typing import Final

from db.sqlite.connection import Pool, Session
from db.sqlite.tables import SORT_INDEXES

MANY_ROWS: Final = 20_000
FEW_ROWS: Final = 10_000


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

    def end(self) -> None:
        """Make the indexes again, each in a transaction of its own."""
        if self._is_bulk:
            self._is_bulk = False
            make_missing_indexes(self._pool)


def make_missing_indexes(pool: Pool) -> None:
    """Make the sort indexes that the file does not have."""
    with pool.read() as session:
        present = {name for (name,) in session.rows("SELECT name FROM sqlite_schema")}
    for name, what in SORT_INDEXES.items():
        if name not in present:
            with pool.write() as session:
                session.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {what}")


def _visible_rows(session: Session) -> int:
    """Return how many tasks there are that no import hides, counting up to a few."""
    hidden = session.value(
        "SELECT coalesce(sum(last_pk - first_pk + 1), 0) FROM curtain WHERE kind = 2"
    )
    limit = hidden + FEW_ROWS + 1
    stored = session.value(f"SELECT count(*) FROM (SELECT 1 FROM task LIMIT {limit:d})")
    return int(stored - hidden)
