"""What is known of each format: whether it is read, written, and comes back equal."""

from __future__ import annotations

from msgspec import Struct

from db.exchange.exporting import ORIGINAL, export_formats
from db.exchange.formats.base import formats


class KnownFormat(Struct, frozen=True, kw_only=True):
    """A format. `loses` is what a file in it cannot carry.

    With `round_trip`, records that came from such a file and were not changed since are
    written as they were. What is only read comes back by the format `original`.
    """

    name: str
    title: str
    reads: bool
    writes: bool
    round_trip: bool
    loses: str


def known_formats() -> tuple[KnownFormat, ...]:
    """Return the formats that are read, and then those that are only written."""
    written = {each.name: each for each in export_formats()}
    read = formats()
    known = [
        KnownFormat(
            name=name,
            title=each.title,
            reads=True,
            writes=name in written,
            round_trip=name in written,
            loses=written[name].loses if name in written else "",
        )
        for name, each in read.items()
    ]
    known += [
        KnownFormat(
            name=each.name,
            title=each.title,
            reads=False,
            writes=True,
            round_trip=each.name == ORIGINAL,
            loses=each.loses,
        )
        for each in written.values()
        if each.name not in read
    ]
    return tuple(known)
