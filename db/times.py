"""Times: integer microseconds since 1970, UTC, and the many ways files write them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Final

MICROSECONDS: Final = 1_000_000
DAY_US: Final = 86_400 * MICROSECONDS
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_US: Final = 5_000_000_000 * MICROSECONDS
"""The year 2128: a number is read in the largest unit that does not end up later."""


def now_us() -> int:
    """Return the present time in microseconds."""
    return time.time_ns() // 1000


def parse_time(value: object) -> int | None:
    """Return the time that a file's value means, in microseconds, or None.

    Understands ISO 8601 in its extended and basic forms with up to nine fractional
    digits, and numbers, read as seconds, milliseconds, microseconds or nanoseconds by
    their size. A time without a zone is taken as UTC. A value before 1970, such as the
    `0001-01-01` that stands for "never", is None.
    """
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    return None


def _parse_text(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    moment_us = (since.days * 86_400 + since.seconds) * MICROSECONDS + since.microseconds
    return moment_us if moment_us > 0 else None


def _from_number(number: float) -> int | None:
    if not 0 < number < float(1 << 63):
        return None
    for unit in (MICROSECONDS, 1000, 1):
        if number * unit <= _LATEST_US:
            return int(number * unit)
    return int(number) // 1000


def to_iso(time_us: int) -> str:
    """Return a time as RFC 3339 text in UTC, with as many digits as it needs."""
    moment = _EPOCH + timedelta(microseconds=time_us)
    spec = "seconds" if time_us % MICROSECONDS == 0 else "auto"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")
