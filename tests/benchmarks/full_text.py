"""Finding by words: the fifty newest hits, beside FTS5 asked by hand."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any, Final

from db.query import TaskQuery
from db.records import Kind
from tests.benchmarks import data
from tests.benchmarks.measure import Measurement, Target, Times, percentile, times_of
from tests.benchmarks.queries import hits_sql
from tests.benchmarks.subject import MANY, Opened, Plan, opened

NAME: Final = "full-text"
WHY: Final = (
    "Where next to nothing is found, looking for ids that begin so and the reading of the"
    " curtain cost more than FTS5 itself: some tenths of a millisecond."
)
HITS: Final = 50
ROUNDS: Final = 7
BUDGET_S: Final = 0.3
RATIO: Final = 2
P95_MS: Final = 50


def searches() -> dict[str, list[tuple[str, str]]]:
    """Return what is searched for, by what it tries: Sheaf's words and FTS5's."""
    first, second = data.PHRASE
    ordinary = [word for word in data.words() if len(word) > 5]
    return {
        "in every tenth task": [_word(data.COMMON)],
        "in every thousandth": [_word(data.MIDDLING)],
        "in every hundred-thousandth": [_word(data.RARE)],
        "in none": [_word("zzzzzz")],
        "phrase": [(f'"{first} {second}"', f'"{first} {second}"')],
        "two words": [(f"{first} {second}", f'"{first}" * AND "{second}" *')],
        "two words, one common": [
            (f"{data.COMMON} {data.MIDDLING}", f'"{data.COMMON}" * AND "{data.MIDDLING}" *')
        ],
        "start of a word": [_word(word[:3]) for word in (data.COMMON, data.RARE, first)],
        "ordinary words": [_word(word) for word in ordinary[:: len(ordinary) // 40]],
    }


def _word(word: str) -> tuple[str, str]:
    return word, f'"{word}" *'


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Measure each sort of search, and all together."""
    ours: list[Times] = []
    by_hand: list[Times] = []
    with opened(MANY) as file:
        for name, pairs in searches().items():
            measured = [_measured(file, text, match) for text, match in pairs]
            ours += [mine for mine, _ in measured]
            by_hand += [theirs for _, theirs in measured]
            yield _measurement(name, *map(list, zip(*measured, strict=True)))
    yield _measurement(f"all {len(ours)} searches", ours, by_hand)
    slowest = percentile([times.median for times in ours], 0.95)
    yield Measurement(
        subject="Full text, 1 M tasks, first 50 hits: 95th percentile of all searches",
        case=f"all {len(ours)} searches",
        unit="ms",
        median=slowest,
        reference=percentile([times.median for times in by_hand], 0.95),
        target=Target(value=slowest, bound=P95_MS, unit="ms"),
        why=WHY,
    )


def _measured(file: Opened, text: str, match: str) -> tuple[Times, Times]:
    query = TaskQuery(text=text)
    sql = hits_sql(HITS)

    def ours() -> list[Any]:
        return file.storage.fetch(Kind.TASK, file.storage.ids(query, limit=HITS))

    def by_hand() -> list[Any]:
        return file.raw.execute(sql, (match,)).fetchall()

    if [record.pk for record in ours()] != [row[0] for row in by_hand()]:
        raise AssertionError(f"Sheaf and FTS5 by hand find other rows: {text}")
    mine, theirs = times_of(ours, by_hand, rounds=ROUNDS, budget_s=BUDGET_S)
    return mine, theirs


def _measurement(case: str, ours: list[Times], by_hand: list[Times]) -> Measurement:
    median = statistics.median(times.median for times in ours)
    reference = statistics.median(times.median for times in by_hand)
    return Measurement(
        subject="Full text, 1 M tasks, first 50 hits: times FTS5 by hand",
        case=case,
        unit="ms",
        median=median,
        p95=percentile([times.p95 for times in ours], 0.95),
        reference=reference,
        target=Target(value=median / reference, bound=RATIO, unit="x"),
        why=WHY,
    )
