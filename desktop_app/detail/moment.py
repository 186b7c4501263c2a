"""Times as a person writes and picks them, on the person's own clock."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from db.cancel import CancelToken
from db.ports import Storage
from db.times import now_us, parse_time
from desktop_app.detail.picker import Option
from desktop_app.look.text import local_time

HOW_TO_WRITE: Final = "2026-01-31 14:05, or now"


def read_moment(text: str) -> int | None:
    """Return the time that a person wrote, in microseconds, or None if it is none.

    It is on the person's clock unless it names a zone.
    """
    if text.strip().casefold() == "now":
        return now_us()
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return parse_time(moment.astimezone().isoformat())


def moments(text: str, _storage: Storage, _token: CancelToken) -> list[Option]:
    """Find the time that is being written; with nothing written, the present one and none."""
    if not text:
        return [Option(now_us(), "Now"), Option(None, "None", "not known")]
    moment = read_moment(text)
    return [] if moment is None else [Option(moment, local_time(moment))]
