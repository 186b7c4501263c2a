"""What the pictures of the overview say to those who read rather than look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate

from db.overview import CategoryCount, Day, DayDurations, DayOutcomes, KindFailures
from desktop_app.look.text import count, counted, duration, locale
from desktop_app.overview.targets import date_of

NO_CATEGORY = "no category"


def long_date(day: date) -> str:
    """Return a date as a sentence has it: `12 November`."""
    return locale().toString(QDate(day.year, day.month, day.day), "d MMMM")


def share(part: float) -> str:
    """Return a share from 0 to 1 in per cent, with tenths below ten."""
    hundredths = part * 100
    written = locale().toString(hundredths, "f", 1 if 0 < hundredths < 10 else 0)  # noqa: PLR2004
    return f"{written} %"


def outcomes_sentence(days: Sequence[DayOutcomes]) -> str:
    """Say how the tasks of some days ended, and when most failed."""
    succeeded, failed, canceled = (
        sum(getattr(day, word) for day in days) for word in ("succeeded", "failed", "canceled")
    )
    period = _period(days)
    if not succeeded + failed + canceled:
        return f"No task ended {period}."
    said = [f"{counted(succeeded, 'task', 'tasks')} succeeded"]
    said += [f"{count(failed)} failed"] if failed else []
    said += [f"{count(canceled)} {_was(canceled)} canceled"] if canceled else []
    whole = f"{_joined(said)} {period}"
    if not failed:
        return f"{whole}; none failed."
    worst = max(days, key=lambda day: day.failed)
    return f"{whole}; most failures on {_date(worst.day)}."


def durations_sentence(days: Sequence[DayDurations]) -> str:
    """Say how long runs took of late, and on which of some days they took longest."""
    timed = [day for day in days if day.p50 is not None]
    if not timed:
        return f"No run ended {_period(days)}."
    last, worst = timed[-1], max(timed, key=lambda day: day.p95 or 0)
    return (
        f"Half of the runs of {_date(last.day)} took up to {_length(last.p50)}, 95 in 100 up to"
        f" {_length(last.p95)}; the slowest of the last {len(days)} days was"
        f" {_date(worst.day)}, at {_length(worst.p95)}."
    )


def failures_sentence(kinds: Sequence[KindFailures], days: int) -> str:
    """Say which kind of task fails most often."""
    if not kinds:
        return f"No task succeeded or failed in the last {days} days."
    failed, ended = sum(k.failed for k in kinds), sum(k.failed + k.succeeded for k in kinds)
    if not failed:
        return f"None of {counted(ended, 'task', 'tasks')} failed in the last {days} days."
    worst = kinds[0]
    return (
        f"{count(failed)} of {counted(ended, 'task', 'tasks')} failed in the last {days} days"
        f" ({share(failed / ended)}); most often those of kind {worst.kind}: {of_ended(worst)}."
    )


def of_ended(kind: KindFailures) -> str:
    """Say how many of a kind failed: `9 of 66`."""
    return f"{count(kind.failed)} of {count(kind.failed + kind.succeeded)}"


def categories_sentence(found: Sequence[CategoryCount]) -> str:
    """Say how many learnings there are, and what most of them are about."""
    if not found:
        return "Nothing was learned yet."
    learnings = counted(sum(each.learnings for each in found), "learning", "learnings")
    first = found[0]
    return (
        f"{learnings} in {counted(len(found), 'category', 'categories')};"
        f" most in {first.category or NO_CATEGORY} ({count(first.learnings)})."
    )


def _period(days: Sequence[DayOutcomes] | Sequence[DayDurations]) -> str:
    return f"in the last {len(days)} days"


def _date(day: Day) -> str:
    return long_date(date_of(day.first)).replace(" ", "\N{NO-BREAK SPACE}")


def _length(length_us: int | None) -> str:
    return duration(length_us or 0).replace(" ", "\N{NO-BREAK SPACE}")


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _joined(said: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))
