"""Searching every kind of record at once, beside FTS5 asked by hand, table by table."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Final

import apsw
from msgspec import Struct

from db.ports import Storage
from db.query import KEPT, Search
from db.records import Kind
from db.storage import open_storage
from tests.benchmarks import records
from tests.benchmarks.full_text import searches
from tests.benchmarks.measure import Measurement, Target, Times, percentile, times_of
from tests.benchmarks.subject import MANY, Plan

NAME: Final = "search"
HITS: Final = 8
"""So many of each kind the page shows."""
ROUNDS: Final = 7
BUDGET_S: Final = 0.3
RATIO: Final = 2
P95_MS: Final = 50
WHY: Final = (
    "By hand nothing is read but the row of each hit; Sheaf also makes the record, reads the"
    " text and marks the match in it, and chooses for each kind how to read it, which counts"
    " where there is next to nothing to find."
)
_WEIGHTS: Final = "bm25(8.0, 8.0, 1.0)"


class _Asked(Struct, frozen=True):
    """One search: how long Sheaf took, and FTS5 by hand."""

    ours: Times
    by_hand: Times


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Measure each sort of search in both orders, and all together."""
    path = records.store(MANY, records.IN_ALL, "every")
    storage = open_storage(f"sqlite://{path}")
    raw = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    raw.execute("PRAGMA cache_size = -32768")
    try:
        for best_first, order in ((True, "best first"), (False, "newest first")):
            every: list[_Asked] = []
            for name, pairs in searches().items():
                asked = [
                    _asked(storage, raw, text, match, best_first=best_first)
                    for text, match in pairs
                ]
                every += asked
                yield _measurement(f"{order}: {name}", asked)
            yield _measurement(f"{order}: all {len(every)} searches", every)
            yield _slowest(f"{order}: all {len(every)} searches", every)
    finally:
        raw.close()
        storage.close()


def _asked(
    storage: Storage, raw: apsw.Connection, text: str, match: str, *, best_first: bool
) -> _Asked:
    queries = [query for kind in Kind if (query := Search(text=text).query(kind))]
    statements = [_by_hand(query.kind, best_first=best_first) for query in queries]

    def ours() -> list[tuple[Kind, int]]:
        return [
            (hit.kind, hit.record.pk)
            for query in queries
            for hit in storage.hits(query, HITS, best_first=best_first)
        ]

    def by_hand() -> list[tuple[Kind, int]]:
        return [
            (query.kind, row[0])
            for query, sql in zip(queries, statements, strict=True)
            for row in raw.execute(sql, (match,)).fetchall()
        ]

    if not best_first and ours() != by_hand():
        raise AssertionError(f"Sheaf and FTS5 by hand find other rows: {text}")
    return _Asked(*times_of(ours, by_hand, rounds=ROUNDS, budget_s=BUDGET_S))


def _by_hand(kind: Kind, *, best_first: bool) -> str:
    table = "execution" if kind is Kind.EXECUTION else kind.name.lower()
    search = f"{table}_search"
    order = "rank" if best_first else "t.updated_at DESC, t.pk DESC"
    ranked = f" AND rank MATCH '{_WEIGHTS}'" if best_first else ""
    places = ", ".join(str(place.value) for place in sorted(KEPT))
    return (
        "SELECT t.*"  # noqa: S608 - constants
        f" FROM {search} CROSS JOIN {table} t ON t.pk = {search}.rowid"
        f" WHERE {search} MATCH ?{ranked} AND t.place IN ({places})"
        f" ORDER BY {order} LIMIT {HITS}"
    )


def _measurement(case: str, asked: list[_Asked]) -> Measurement:
    median = statistics.median(each.ours.median for each in asked)
    reference = statistics.median(each.by_hand.median for each in asked)
    return Measurement(
        subject=f"Search, 1 M records of every kind, first {HITS} of each: times FTS5 by hand",
        case=case,
        unit="ms",
        median=median,
        p95=percentile([each.ours.p95 for each in asked], 0.95),
        reference=reference,
        target=Target(value=median / reference, bound=RATIO, unit="x"),
        why=WHY,
    )


def _slowest(case: str, asked: list[_Asked]) -> Measurement:
    slowest = percentile([each.ours.median for each in asked], 0.95)
    return Measurement(
        subject="Search, 1 M records of every kind: 95th percentile of all searches",
        case=case,
        unit="ms",
        median=slowest,
        reference=percentile([each.by_hand.median for each in asked], 0.95),
        target=Target(value=slowest, bound=P95_MS, unit="ms"),
    )
