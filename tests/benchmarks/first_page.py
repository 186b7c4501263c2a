"""The first page of a hundred under every filter and sort, beside SQL written by hand."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from db.query import TaskSort
from db.records import Kind
from tests.benchmarks.measure import Measurement, Target, Times, times_of
from tests.benchmarks.queries import Asked, filters, page_sql, sorted_by
from tests.benchmarks.subject import MANY, Opened, Plan, opened

NAME: Final = "first-page"
WHY: Final = (
    "A page is two selects, one of pks and one of records, so one of them is paid for"
    " beyond the SQL by hand; where several filters each keep many rows, deciding which to"
    " gather costs counting them."
)
PAGE_ROWS: Final = 100
ROUNDS: Final = 15
BUDGET_S: Final = 0.2
EXTRA_MS: Final = 0.5


class _Page(Struct, frozen=True):
    """One filter under one sort: the times of Sheaf and of the hand-written SQL."""

    asked: Asked
    ours: Times
    by_hand: Times

    @property
    def extra(self) -> float:
        return self.ours.median - self.by_hand.median


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Measure every filter under every sort, both ways."""
    pages = []
    with opened(MANY) as file:
        for each in filters(file.batches):
            ways = [
                _measured(file, sorted_by(each, sort, descending=descending))
                for sort in TaskSort
                for descending in (True, False)
            ]
            pages += ways
            worst = max(ways, key=lambda page: page.extra)
            yield _measurement(f"{worst.asked.name} (slowest of {len(ways)} sorts)", [worst])
    yield _measurement(f"all {len(pages)}: median", pages)
    yield _measurement("all: worst", [max(pages, key=lambda page: page.extra)])


def _measured(file: Opened, asked: Asked) -> _Page:
    sql = page_sql(asked)

    def ours() -> list[int]:
        pks = file.storage.ids(asked.query, limit=PAGE_ROWS)
        return [record.pk for record in file.storage.fetch(Kind.TASK, pks)]

    def by_hand() -> list[int]:
        return [row[0] for row in file.raw.execute(sql, asked.params).fetchall()]

    if ours() != by_hand():
        raise AssertionError(f"Sheaf and the SQL by hand find other rows: {asked.name}")
    return _Page(asked, *times_of(ours, by_hand, rounds=ROUNDS, budget_s=BUDGET_S))


def _measurement(case: str, pages: list[_Page]) -> Measurement:
    return Measurement(
        subject="First page of 100, 1 M tasks: ms more than the same SQL by hand",
        case=case,
        unit="ms",
        median=statistics.median(page.ours.median for page in pages),
        p95=statistics.median(page.ours.p95 for page in pages),
        reference=statistics.median(page.by_hand.median for page in pages),
        target=Target(
            value=statistics.median(page.extra for page in pages), bound=EXTRA_MS, unit="ms"
        ),
        why=WHY,
    )
