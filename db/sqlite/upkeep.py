"""Searching, forgetting, compacting and measuring one file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from db.cancel import CancelToken
from db.ports import CopyProgress
from db.sqlite import compacting, forgetting, storage_sizes, tracing
from db.sqlite.connection import Pool, Session
from db.traces import (
    BytesTrace,
    Erased,
    Found,
    Needles,
    StorageSizes,
    TableTrace,
    Wanted,
)


class SqliteUpkeep:
    """See `db.repositories.Upkeep`."""

    def __init__(self, pool: Pool, path: Path | None) -> None:
        self._pool = pool
        self._path = path

    def needles(self, wanted: Wanted) -> Needles:
        """Return the texts by which something is looked for; see `Upkeep.needles`."""
        with self._pool.read() as session:
            return forgetting.needles_of(session, wanted)

    def find(
        self, wanted: Wanted, originals: Collection[str], token: CancelToken | None = None
    ) -> Found:
        """Return what there is of something; see `Upkeep.find`."""
        with self._scratch(token) as session:
            return forgetting.find(session, wanted, originals)

    def erase(self, wanted: Wanted, expected: int, originals: Collection[str]) -> Erased:
        """Take out what there is of something; see `Upkeep.erase`."""
        with self._pool.write() as session:
            return forgetting.erase(session, wanted, expected, originals)

    def keep_note(self, operation_pk: int, note: str) -> None:
        """Keep a note with the operation that took something out."""
        with self._pool.write() as session:
            forgetting.keep_note(session, operation_pk, note)

    def search(
        self, needles: Needles, token: CancelToken | None = None
    ) -> tuple[TableTrace, ...]:
        """Search all rows and the index; see `Upkeep.search`."""
        with self._scratch(token) as session:
            return tuple(tracing.search_tables(session, needles))

    def search_bytes(self, needles: Needles, token: CancelToken | None = None) -> BytesTrace:
        """Search all bytes of the file; see `Upkeep.search_bytes`."""
        with self._pool.read(token) as session:
            return tracing.search_bytes(session, self._path, needles, token or CancelToken())

    def merge_index(self, token: CancelToken, on_wait: Callable[[str], None]) -> None:
        """Take words of records that are gone out of the index; see `Upkeep.merge_index`."""
        compacting.merge_index(self._pool, token, on_wait)

    def compact(
        self,
        home: Path,
        token: CancelToken,
        on_progress: Callable[[CopyProgress], None],
        on_wait: Callable[[str], None],
    ) -> None:
        """Write the file anew without what it holds no more; see `Upkeep.compact`."""
        if self._path is not None:
            compacting.compact(self._pool, self._path, home, token, on_progress, on_wait)

    def fold_log(self, token: CancelToken, on_wait: Callable[[str], None]) -> bool:
        """Put the log into the file; see `Upkeep.fold_log`."""
        if self._path is None:
            return True
        return compacting.fold_log(self._pool, self._path, token, on_wait)

    def sizes(self, token: CancelToken | None = None) -> StorageSizes:
        """Return what takes room; see `Upkeep.sizes`."""
        with self._pool.read(token) as session:
            return storage_sizes.sizes(session, self._path)

    @contextmanager
    def _scratch(self, token: CancelToken | None) -> Iterator[Session]:
        """Lend a reading connection of its own that can keep things for a while."""
        with self._pool.read_afresh(token) as session:
            session.execute("PRAGMA query_only = OFF")
            yield session
