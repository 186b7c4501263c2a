"""What stands at the place of a fault: in the text of a record, and in its file."""

from __future__ import annotations

import json
from typing import Final

from msgspec import Struct

from db.cancel import CancelToken
from db.errors import MalformedFileError
from db.exchange.encoding import TextSource
from db.exchange.retrying import fault_in
from db.exchange.sources import Source
from db.incoming import Problem
from db.records import SetAside
from db.texts import storable

BEFORE_CHARS: Final = 24
SHORT_CHARS: Final = 60
AROUND_CHARS: Final = 32_000
SHOWN_CHARS: Final = 300
MOST_FAULTS: Final = 10
_BAD_IN_STRINGS: Final = {"\\", *map(chr, range(0x20))} - {"\n"}
"""What may be taken out to read on: the faults behind it stay on their lines."""


class Excerpt(Struct, frozen=True):
    """A part of a file with a fault in it: `at` is the place of the fault in `text`.

    `is_start` and `is_end` say whether the file begins and ends with it.
    """

    text: str
    at: int
    is_start: bool
    is_end: bool


def excerpt(source: Source, problem: Problem, token: CancelToken) -> Excerpt:
    """Return what stands around a problem in its file, reading no further than that.

    Raises:
        ExchangeError: the file cannot be read any more.
        WorkCancelledError: `token` was cancelled.
    """
    lines, chars = (problem.line or 1) - 1, (problem.column or 1) - 1
    before, passed, at = "", 0, -1
    with source.opened() as stream:
        text = TextSource(stream)
        while part := text.read():
            token.check()
            start = 0
            while lines and (found := part.find("\n", start)) >= 0:
                start, lines = found + 1, lines - 1
            if not lines and start + chars < len(part):
                at = len(before) + start + chars
                before += part
                break
            chars -= 0 if lines else len(part) - start
            passed += len(before) + len(part)
            before = (before + part)[-AROUND_CHARS:]
            passed -= len(before)
        if at < 0:
            last = max(0, len(before) - 1)
            return Excerpt(storable(before), last, is_start=not passed, is_end=True)
        while len(before) <= at + AROUND_CHARS and (part := text.read()):
            before += part
    first, last = max(0, at - AROUND_CHARS), at + AROUND_CHARS
    return Excerpt(
        storable(before[first:last]),
        at - first,
        is_start=not (passed or first),
        is_end=last >= len(before),
    )


def value_at(problem: Problem) -> str:
    """Return what stands at the place of a problem, with a little of what is before it."""
    fault = fault_in(problem.text, problem.file) if problem.text else None
    if fault is None:
        return _pointed_at(problem)[:SHOWN_CHARS]
    at = place_in(problem.text, fault)
    first = 0 if len(problem.text) <= SHORT_CHARS else max(0, at - BEFORE_CHARS)
    shown = problem.text[first : first + SHOWN_CHARS]
    return f"…{shown}" if first else shown


def pointer_of(item: SetAside) -> str:
    """Return where in its file the value stands that is at fault, as far as its text tells."""
    fault = fault_in(item.text, item.file)
    return item.pointer + (fault.pointer if fault else "")


def faults_in(text: str, file: str) -> list[tuple[MalformedFileError, int]]:
    """Return what keeps a text that was set aside from being JSON, each with its place.

    That is the first fault and, where only a sign in a string is bad, those behind it.
    """
    found: list[tuple[MalformedFileError, int]] = []
    while len(found) < MOST_FAULTS and (fault := fault_in(text, file)):
        at = place_in(text, fault)
        if found and at <= found[-1][1]:
            break
        found.append((fault, at))
        if text[at : at + 1] not in _BAD_IN_STRINGS:
            break
        text = f"{text[:at]} {text[at + 1 :]}"
    return found


def place_in(text: str, fault: MalformedFileError) -> int:
    """Return where in a text its fault is: a place inside it, unless it is empty."""
    start = 0
    for _ in range((fault.line or 1) - 1):
        start = text.find("\n", start) + 1
    return max(0, min(start + (fault.column or 1) - 1, len(text) - 1))


def _pointed_at(problem: Problem) -> str:
    """Return the value that a pointer leads to, as far as it leads into the text."""
    pointer = problem.fault or problem.pointer
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    try:
        whole = json.loads(problem.text)
    except ValueError:
        return problem.text
    for first in range(len(parts)):
        try:
            value = whole
            for part in parts[first:]:
                value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            continue
        return json.dumps(value, ensure_ascii=False)
    return problem.text
