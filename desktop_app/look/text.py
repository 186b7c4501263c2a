"""How numbers, sizes, times and states read."""

from __future__ import annotations

import html
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

from PySide6.QtCore import QLocale

from db.times import MICROSECONDS, now_us
from db.vocabulary import Status

_MINUTE_US: Final = 60 * MICROSECONDS
_HOUR_US: Final = 60 * _MINUTE_US
_SAME_EVENING_US: Final = 6 * _HOUR_US
_RECENT_DAYS: Final = 30
_KILO: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def locale() -> QLocale:
    """Return the person's language and habits; English where the system names none."""
    here = QLocale()
    is_unnamed = here.language() == QLocale.Language.C
    return QLocale(QLocale.Language.English) if is_unnamed else here


def count(number: int) -> str:
    """Return a number with the separators of the person's language: `1,204`."""
    return locale().toString(number)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: `1 task`, `1,204 tasks`."""
    return f"{count(number)} {one if number == 1 else many}"


def size(size_bytes: int) -> str:
    """Return a size in the largest fitting decimal unit: `212 MB`."""
    has_tenths = _KILO <= size_bytes < 10 * _KILO**2
    units = QLocale.DataSizeFormat.DataSizeSIFormat
    return locale().formattedDataSize(size_bytes, int(has_tenths), units)


def duration(length_us: int) -> str:
    """Return a length of time in its two largest units: `7 min 29 s`."""
    seconds = length_us // MICROSECONDS
    if seconds < 1:
        return f"{length_us // 1000} ms"
    for large, small, unit_s, part_s in (
        ("d", "h", 86_400, 3600),
        ("h", "min", 3600, 60),
        ("min", "s", 60, 1),
    ):
        if seconds >= unit_s:
            rest = seconds % unit_s // part_s
            return f"{seconds // unit_s} {large}" + (f" {rest} {small}" if rest else "")
    return f"{seconds} s"


def relative_time(time_us: int, now: int | None = None) -> str:
    """Return how long ago a time is, as a person says it; after 30 days its date.

    Both times are microseconds; `now` is the present unless given.
    """
    now = now_us() if now is None else now
    passed_us = now - time_us
    if passed_us < -_MINUTE_US:
        return local_time(time_us)
    if passed_us < _MINUTE_US:
        return "just now"
    if passed_us < _HOUR_US:
        return f"{passed_us // _MINUTE_US} min ago"
    days = (_local(now).date() - _local(time_us).date()).days
    if days == 0 or passed_us < _SAME_EVENING_US:
        return f"{passed_us // _HOUR_US} h ago"
    return _date_or_days(time_us, days)


def _date_or_days(time_us: int, days: int) -> str:
    if days == 1:
        return "yesterday"
    if days <= _RECENT_DAYS:
        return f"{days} days ago"
    return locale().toString(_local(time_us).date(), "d MMM yyyy")


def local_time(time_us: int) -> str:
    """Return a time on the person's clock, to the minute: `21 Nov 2026 14:05`."""
    return locale().toString(_local(time_us).replace(tzinfo=None), "d MMM yyyy HH:mm")


def local_second(time_us: int) -> str:
    """Return a time on the person's clock, to the second: `21 Nov 2026 14:05:09`."""
    return locale().toString(_local(time_us).replace(tzinfo=None), "d MMM yyyy HH:mm:ss")


def time_tooltip(time_us: int) -> str:
    """Return a time in full, on the person's clock and in UTC, each with its zone."""
    here = _local(time_us)
    written = locale().toString(here.replace(tzinfo=None), "ddd d MMM yyyy HH:mm:ss")
    utc = here.astimezone(UTC)
    return f"{written} {here:%Z} (UTC{here:%z})\n{utc:%Y-%m-%d %H:%M:%S} UTC"


def status_word(status: Status) -> str:
    """Return a state as a table shows it: `Succeeded`."""
    return status.word.capitalize()


def counts_sentence(counts: tuple[int, ...]) -> str:
    """Return how many tasks are in each state: `9 succeeded, 2 failed, 1 queued`."""
    parts = [f"{count(counts[s])} {s.word}" for s in STATUS_ORDER if counts[s]]
    return ", ".join(parts) or "No tasks"


STATUS_ORDER: Final = (
    Status.SUCCEEDED,
    Status.FAILED,
    Status.REVIEW,
    Status.RUNNING,
    Status.BLOCKED,
    Status.QUEUED,
    Status.CANCELED,
)
"""The order in which proportions are shown: what is settled first."""


def isolated(technical: str) -> str:
    """Return an id, path or code that keeps its left-to-right order in any sentence."""
    return f"\u2066{technical}\u2069"


def plain_tooltip(text: str) -> str:
    """Return markup that shows `text` as it is; Qt would guess at bare text."""
    return f'<p style="white-space:pre-wrap">{html.escape(text)}</p>' if text else ""


def reads_right_to_left(text: str) -> bool:
    """Tell whether the first letter that has a direction runs from right to left."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def _local(time_us: int) -> datetime:
    return (_EPOCH + timedelta(microseconds=time_us)).astimezone()
