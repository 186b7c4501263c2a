"""What the options of several commands share: the storage, and how values are read."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final, TypeAlias

from db.query_text import fold_kind
from db.times import parse_time

MOST: Final = (1 << 31) - 1
"""The largest number that an option takes."""

Add: TypeAlias = Callable[[str, str], argparse.ArgumentParser]
"""Adds a command, by its name and what handles it, and returns its parser."""


def add_storage(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the option that names the storage."""
    parser.add_argument(
        "--storage",
        metavar="URI",
        default=default,
        help="the storage: a URI or the path of a file (default: SHEAF_STORAGE, or else the "
        "file in your user data folder)",
    )


def plural(word: str) -> str:
    """Return the word by which a kind of record is listed, or the one given."""
    kind = fold_kind(word)
    return word if kind is None else kind.plural.replace(" ", "-")


def assignment(text: str) -> tuple[str, str]:
    """Return the name and the value of NAME=VALUE."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def moment(word: str) -> int:
    """Return a moment in microseconds."""
    found = parse_time(word)
    if found is None:
        raise argparse.ArgumentTypeError(f"{word!r} is no time as 2026-05-01T08:00")
    return found


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads a whole number from `least` to `MOST`."""

    def read(word: str) -> int:
        if not (word.isascii() and word.isdecimal() and least <= int(word) <= MOST):
            raise argparse.ArgumentTypeError(
                f"{word!r} is not a whole number from {least} to {MOST:,}"
            )
        return int(word)

    return read
