"""What the overview draws: a few numbers for each day, kind and category."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from msgspec import Struct

from db.times import MICROSECONDS


class Picture(StrEnum):
    """The pictures of the overview, each of which can be asked for alone."""

    OUTCOMES = "outcomes"
    DURATIONS = "durations"
    FAILURES = "failures"
    CATEGORIES = "categories"


class Day(Struct, frozen=True, gc=False):
    """A day on the person's clock: its first microsecond, and the first past its end."""

    first: int
    past: int


class DayOutcomes(Struct, frozen=True, kw_only=True, gc=False):
    """How many of the tasks that were last changed on a day had ended in which way."""

    day: Day
    succeeded: int
    failed: int
    canceled: int

    @property
    def total(self) -> int:
        """How many had ended at all."""
        return self.succeeded + self.failed + self.canceled


class DayDurations(Struct, frozen=True, kw_only=True, gc=False):
    """How long the runs that were last changed on a day took, in microseconds.

    Half of them took no longer than `p50`, 95 in 100 no longer than `p95`. `runs` are all
    of that day, also those that have not ended; where none has, there are no times.
    """

    day: Day
    runs: int
    p50: int | None = None
    p95: int | None = None


class KindFailures(Struct, frozen=True, gc=False):
    """How many tasks of a kind failed, and how many succeeded."""

    kind: str
    failed: int
    succeeded: int

    @property
    def rate(self) -> float:
        """The failed ones as a share of both, from 0 to 1."""
        return self.failed / (self.failed + self.succeeded)


class CategoryCount(Struct, frozen=True, gc=False):
    """How many learnings of a category there are; the category may be empty."""

    category: str
    learnings: int


class Overview(Struct, frozen=True, kw_only=True, gc=False):
    """The pictures that were asked for; the others are empty.

    Days are in their order and none is left out; kinds come by how often they fail,
    categories by their learnings, most first. Records in the trash are left out.
    """

    days: tuple[Day, ...]
    outcomes: tuple[DayOutcomes, ...] = ()
    durations: tuple[DayDurations, ...] = ()
    failures: tuple[KindFailures, ...] = ()
    categories: tuple[CategoryCount, ...] = ()


def last_days(number: int, now: int) -> tuple[Day, ...]:
    """Return so many days on this machine's clock, today being the last."""
    today = datetime.fromtimestamp(now / MICROSECONDS).date()
    dates = (today + timedelta(days=ago) for ago in range(1 - number, 2))
    starts = [
        int(datetime(date.year, date.month, date.day).timestamp()) * MICROSECONDS
        for date in dates
    ]
    return tuple(Day(first, past) for first, past in pairwise(starts))
