"""The four pictures: what each asks for, how it is drawn, and where its parts lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from msgspec import Struct

from db.cancel import CancelToken
from db.overview import DayDurations, DayOutcomes, Overview, Picture
from db.ports import Storage
from db.query import (
    KEPT,
    ExecutionQuery,
    ExecutionSort,
    LearningQuery,
    Query,
    TaskQuery,
    TaskSort,
)
from db.times import DAY_US, now_us
from db.vocabulary import Status
from desktop_app.look.text import count, counted, duration
from desktop_app.overview import words
from desktop_app.overview.axes import count_scale, duration_scale
from desktop_app.overview.chart import Chart, Datum
from desktop_app.overview.day_bars import OUTCOMES, DayBars
from desktop_app.overview.day_lines import DayLines
from desktop_app.overview.rows import Row
from desktop_app.overview.shares import COUNT_FILL, FAILED_FILL, Shares
from desktop_app.overview.targets import ListTarget, date_of, within

PERIOD: Final = 30
"""So many days are shown unless a person says otherwise."""
PERIODS: Final = {7: "7 days", 30: "30 days", 90: "90 days", 0: "All days"}
"""The periods there are, in days, 0 for all since the first record."""
_MOST_DAYS: Final = 3_650


def days_of(picture: Picture, storage: Storage, token: CancelToken) -> int:
    """Return how many days there are since the first record that a picture shows."""
    query: Query = TaskQuery(sort=TaskSort.UPDATED, descending=False, places=KEPT)
    if picture is Picture.DURATIONS:
        query = ExecutionQuery(sort=ExecutionSort.UPDATED, descending=False, places=KEPT)
    found = storage.fetch(query.kind, list(storage.ids(query, 1, 0, token)), token)
    first = min((record.updated_at for record in found), default=now_us())
    return min(_MOST_DAYS, max(1, (now_us() - first) // DAY_US + 2))


class Shown(Struct):
    """What a picture shows now: its sentence, and all of it as a table."""

    sentence: str
    rows: list[Row]
    is_empty: bool


class PictureSpec(Struct, frozen=True, kw_only=True):
    """A picture; `fill` puts what was read into its chart, and returns the rest of it."""

    picture: Picture
    title: str
    columns: tuple[str, ...]
    make: Callable[[str], Chart]
    fill: Callable[[Any, Overview], Shown]


def _fill_outcomes(chart: DayBars, overview: Overview) -> Shown:
    days = overview.outcomes
    data: list[Datum] = []
    rows: list[Row] = []
    for place, day in enumerate(days):
        numbers = [getattr(day, word) for word, _ in OUTCOMES]
        targets = [_tasks(day, (Status[word.upper()],)) for word, _ in OUTCOMES]
        said = words.long_date(date_of(day.day.first))
        for row, ((word, _), number) in enumerate(zip(OUTCOMES, numbers, strict=True)):
            if number:
                says = f"{said}: {counted(number, 'task', 'tasks')} {word}"
                target = targets[row]
                data.append(
                    Datum(column=place, row=row, value=number, says=says, target=target)
                )
        every = _tasks(day, (Status.SUCCEEDED, Status.FAILED, Status.CANCELED))
        rows.append(Row((said, *map(count, numbers)), (every, *targets)))
    chart.show_days(
        [date_of(day.day.first) for day in days],
        count_scale(max((day.total for day in days), default=1)),
    )
    sentence = words.outcomes_sentence(days)
    chart.show_data(data, sentence)
    return Shown(sentence, rows[::-1], not data)


def _tasks(day: DayOutcomes, statuses: Sequence[Status]) -> ListTarget:
    return ListTarget(TaskQuery(statuses=frozenset(statuses)), within(day.day, day.day))


def _fill_durations(chart: DayLines, overview: Overview) -> Shown:
    days = overview.durations
    data: list[Datum] = []
    rows: list[Row] = []
    for place, day in enumerate(days):
        said = words.long_date(date_of(day.day.first))
        target = _runs(day)
        if day.p50 is not None and day.p95 is not None:
            runs = counted(day.runs, "run", "runs")
            for row, (length, part) in enumerate(((day.p50, "half"), (day.p95, "95 in 100"))):
                says = f"{said}: {part} of {runs} took no longer than {duration(length)}"
                data.append(
                    Datum(column=place, row=row, value=length, says=says, target=target)
                )
        lengths = ["" if length is None else duration(length) for length in (day.p50, day.p95)]
        rows.append(Row((said, count(day.runs), *lengths), (target,) * 4))
    chart.show_days(
        [date_of(day.day.first) for day in days],
        duration_scale(max((datum.value for datum in data), default=60_000_000)),
    )
    sentence = words.durations_sentence(days)
    chart.show_data(data, sentence)
    return Shown(sentence, rows[::-1], not data)


def _runs(day: DayDurations) -> ListTarget:
    return ListTarget(ExecutionQuery(sort=ExecutionSort.DURATION), within(day.day, day.day))


def _fill_failures(chart: Shares, overview: Overview) -> Shown:
    kinds = overview.failures
    period = within(overview.days[0], overview.days[-1])
    data: list[Datum] = []
    rows: list[Row] = []
    amounts: list[str] = []
    for place, kind in enumerate(kinds):
        failed, succeeded = (
            ListTarget(
                TaskQuery(kinds=frozenset({kind.kind}), statuses=frozenset(statuses)), period
            )
            for statuses in ((Status.FAILED,), (Status.SUCCEEDED,))
        )
        rate = words.share(kind.rate)
        amounts.append(f"{rate}   {words.of_ended(kind)}")
        says = f"{kind.kind}: {words.of_ended(kind)} failed, {rate}"
        data.append(Datum(column=0, row=-place, value=kind.rate, says=says, target=failed))
        cells = (kind.kind, rate, count(kind.failed), count(kind.succeeded))
        rows.append(Row(cells, (failed, failed, failed, succeeded)))
    failing = sum(kind.failed > 0 for kind in kinds)
    sentence = words.failures_sentence(kinds, len(overview.days))
    names = [kind.kind for kind in kinds]
    chart.show_rows(data[:failing], names[:failing], amounts[:failing], sentence)
    return Shown(sentence, rows, not kinds)


def _fill_categories(chart: Shares, overview: Overview) -> Shown:
    found = overview.categories
    names = [each.category or words.NO_CATEGORY for each in found]
    amounts = [count(each.learnings) for each in found]
    targets = [
        ListTarget(LearningQuery(categories=frozenset({each.category}))) for each in found
    ]
    data = [
        Datum(
            column=0,
            row=-place,
            value=each.learnings,
            says=f"{names[place]}: {counted(each.learnings, 'learning', 'learnings')}",
            target=targets[place],
        )
        for place, each in enumerate(found)
    ]
    sentence = words.categories_sentence(found)
    chart.show_rows(data, names, amounts, sentence)
    rows = [
        Row(cells, (target,) * 2)
        for cells, target in zip(zip(names, amounts, strict=True), targets, strict=True)
    ]
    return Shown(sentence, rows, not found)


PICTURES: Final = (
    PictureSpec(
        picture=Picture.OUTCOMES,
        title="Tasks by outcome",
        columns=("Day", "Succeeded", "Failed", "Canceled"),
        make=DayBars,
        fill=_fill_outcomes,
    ),
    PictureSpec(
        picture=Picture.DURATIONS,
        title="How long runs take",
        columns=("Day", "Runs", "p50", "p95"),
        make=DayLines,
        fill=_fill_durations,
    ),
    PictureSpec(
        picture=Picture.FAILURES,
        title="Failures by kind of task",
        columns=("Kind", "Rate", "Failed", "Succeeded"),
        make=partial(Shares, fill=FAILED_FILL),
        fill=_fill_failures,
    ),
    PictureSpec(
        picture=Picture.CATEGORIES,
        title="Learnings by category",
        columns=("Category", "Learnings"),
        make=partial(Shares, fill=COUNT_FILL),
        fill=_fill_categories,
    ),
)
