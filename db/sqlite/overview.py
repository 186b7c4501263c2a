"""The numbers of the overview: each is read along an index, within the days asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from db.overview import (
    CategoryCount,
    Day,
    DayDurations,
    DayOutcomes,
    KindFailures,
    Overview,
    Picture,
    last_days,
)
from db.query import KEPT
from db.records import Kind
from db.sqlite import curtain
from db.sqlite.connection import Session
from db.vocabulary import Status

SAMPLE: Final = 1000
"""Of a day with more runs, so many are measured: an even sample of them."""

_KEPT: Final = f"place IN ({', '.join(str(place.value) for place in sorted(KEPT))})"
_OUTCOMES: Final = (Status.SUCCEEDED, Status.FAILED, Status.CANCELED)


def overview(session: Session, days: int, now: int, pictures: Collection[Picture]) -> Overview:
    """Return some pictures of the last so many days."""
    shown = last_days(days, now)
    return Overview(
        days=shown, **{str(picture): _READ[picture](session, shown) for picture in pictures}
    )


def _outcomes(session: Session, days: Sequence[Day]) -> tuple[DayOutcomes, ...]:
    hidden = curtain.hidden(session, Kind.TASK).sql("pk")
    counts = ", ".join(
        f"(SELECT count(*) FROM task WHERE {_KEPT} AND status = {status.value}"
        f" AND updated_at >= value ->> 0 AND updated_at < value ->> 1{hidden})"
        for status in _OUTCOMES
    )
    rows = session.rows(f"SELECT {counts} FROM json_each(?)", (_bounds(days),))
    return tuple(
        DayOutcomes(day=day, succeeded=succeeded, failed=failed, canceled=canceled)
        for day, (succeeded, failed, canceled) in zip(days, rows, strict=True)
    )


def _durations(session: Session, days: Sequence[Day]) -> tuple[DayDurations, ...]:
    hidden = curtain.hidden(session, Kind.EXECUTION).sql("pk")
    that_day = f"FROM execution WHERE {_KEPT} AND updated_at >= ? AND updated_at < ?{hidden}"
    found = []
    for day in days:
        runs = session.value(f"SELECT count(*) {that_day}", (day.first, day.past))
        # The index tells the number of a run: those left out are never looked up.
        every = -(-runs // SAMPLE) or 1
        lengths = [
            length
            for (length,) in session.execute(
                f"SELECT duration {that_day} AND pk % ? = 0 AND duration >= 0",
                (day.first, day.past, every),
            )
        ]
        lengths.sort()
        found.append(
            DayDurations(
                day=day, runs=runs, p50=_percentile(lengths, 50), p95=_percentile(lengths, 95)
            )
        )
    return tuple(found)


def _failures(session: Session, days: Sequence[Day]) -> tuple[KindFailures, ...]:
    hidden = curtain.hidden(session, Kind.TASK).sql("pk")
    ended: dict[str, dict[int, int]] = {}
    for status in (Status.FAILED, Status.SUCCEEDED):
        for kind, number in session.execute(
            f"SELECT kind, count(*) FROM task WHERE {_KEPT} AND status = {status.value}"
            f" AND updated_at >= ? AND updated_at < ?{hidden} GROUP BY kind",
            (days[0].first, days[-1].past),
        ):
            ended.setdefault(kind, {})[status] = number
    found = [
        KindFailures(kind, of.get(Status.FAILED, 0), of.get(Status.SUCCEEDED, 0))
        for kind, of in ended.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.rate, -each.failed, each.kind)))


def _categories(session: Session, _days: Sequence[Day]) -> tuple[CategoryCount, ...]:
    hidden = curtain.hidden(session, Kind.LEARNING).sql("pk")
    rows = session.rows(
        f"SELECT category, count(*) FROM learning WHERE place = 0{hidden} GROUP BY category"
    )
    found = (CategoryCount(category, number) for category, number in rows)
    return tuple(sorted(found, key=lambda each: (-each.learnings, each.category)))


def _percentile(lengths: Sequence[int], hundredths: int) -> int | None:
    """Return the least of sorted lengths that so many in a hundred do not exceed."""
    if not lengths:
        return None
    return lengths[-(-len(lengths) * hundredths // 100) - 1]


def _bounds(days: Sequence[Day]) -> str:
    return json.dumps([[day.first, day.past] for day in days])


_READ: Final[dict[Picture, Callable[[Session, Sequence[Day]], tuple[Any, ...]]]] = {
    Picture.OUTCOMES: _outcomes,
    Picture.DURATIONS: _durations,
    Picture.FAILURES: _failures,
    Picture.CATEGORIES: _categories,
}
