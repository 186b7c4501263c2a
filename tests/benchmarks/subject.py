"""What every subject of measurement is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import apsw
from msgspec import Struct

from db.ports import Storage
from db.storage import open_storage
from tests.benchmarks import data
from tests.benchmarks.queries import Batches

SMALL: Final = 10_000
MANY: Final = 1_000_000
LARGE: Final = 10_000_000


class Plan(Struct, frozen=True):
    """How much is to be measured."""

    large: bool = False


class Opened(Struct, frozen=True):
    """One file, opened as Sheaf does and by the raw driver."""

    storage: Storage
    raw: apsw.Connection
    batches: Batches


@contextmanager
def opened(count: int) -> Iterator[Opened]:
    """Open the file of so many tasks."""
    path = data.store(count)
    storage = open_storage(f"sqlite://{path}")
    raw = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    raw.execute("PRAGMA cache_size = -32768")
    try:
        yield Opened(storage, raw, _batches(raw))
    finally:
        raw.close()
        storage.close()


def _batches(raw: apsw.Connection) -> Batches:
    found = raw.execute(
        "SELECT id, pk FROM batch WHERE place = 0 ORDER BY total DESC"
    ).fetchall()
    return Batches(found[0], found[len(found) // 10], found[-1])
