"""Any page of an open list, and opening a list ten times as long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from db.query import TaskQuery
from db.records import AnyRecord, Kind
from tests.benchmarks.measure import Measurement, Target, times_of
from tests.benchmarks.subject import LARGE, MANY, SMALL, Opened, Plan, opened

NAME: Final = "any-page"
PAGE_ROWS: Final = 100
ROUNDS: Final = 40
BUDGET_S: Final = 2.0
ANY_RATIO: Final = 3
OPENING_RATIO: Final = 2


def measure(plan: Plan) -> Iterator[Measurement]:
    """Measure pages at each size, and the first page of a list against one a tenth long."""
    sizes = (MANY, LARGE) if plan.large else (MANY,)
    for size in sizes:
        with opened(size) as file:
            yield from _pages(file, size)
    for smaller, larger in [(SMALL, MANY), (MANY, LARGE)][: len(sizes)]:
        with opened(smaller) as short, opened(larger) as long:
            yield _opening(short, long, f"{larger:,} tasks, beside {smaller:,}")


def _pages(file: Opened, size: int) -> Iterator[Measurement]:
    whole = times_of(lambda: file.storage.ids(TaskQuery()), rounds=3, budget_s=10)[0]
    yield Measurement(
        subject="All ids of a list",
        case=f"{size:,} tasks",
        unit="ms",
        median=whole.median,
        p95=whole.p95,
    )
    pks = file.storage.ids(TaskQuery())
    last = (len(pks) - 1) // PAGE_ROWS
    numbers = {"middle": last // 2, "last but 10": last - 10, "last": last}
    works = [_page(file, pks, number) for number in (0, *numbers.values())]
    first, *others = times_of(*works, rounds=ROUNDS, budget_s=BUDGET_S)
    for name, times in zip(numbers, others, strict=True):
        yield Measurement(
            subject="Any page of an open list: times the first page",
            case=f"{name} of {last + 1:,} pages, {size:,} tasks",
            unit="ms",
            median=times.median,
            p95=times.p95,
            reference=first.median,
            target=Target(value=times.median / first.median, bound=ANY_RATIO, unit="x"),
        )


def _page(file: Opened, pks: Sequence[int], number: int) -> Callable[[], list[AnyRecord]]:
    chosen = pks[number * PAGE_ROWS : (number + 1) * PAGE_ROWS]
    return lambda: file.storage.fetch(Kind.TASK, chosen)


def _opening(short: Opened, long: Opened, case: str) -> Measurement:
    def first(file: Opened) -> list[AnyRecord]:
        pks = file.storage.ids(TaskQuery(), limit=PAGE_ROWS)
        return file.storage.fetch(Kind.TASK, pks)

    ours, reference = times_of(
        lambda: first(long), lambda: first(short), rounds=ROUNDS, budget_s=BUDGET_S
    )
    return Measurement(
        subject="First page on opening a list: times that of a shorter one",
        case=case,
        unit="ms",
        median=ours.median,
        p95=ours.p95,
        reference=reference.median,
        target=Target(value=ours.median / reference.median, bound=OPENING_RATIO, unit="x"),
    )
