"""A difference in rows, as wide as there is room for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from msgspec import Struct

from desktop_app.reading.diff import Diff

SAME: Final = " "
ADDED: Final = "+"
REMOVED: Final = "-"
_TAB: Final = 4
_WIDE: Final = frozenset("WF")


class Half(Struct, frozen=True, gc=False):
    """A line, or a part of one, on one side. `number` counts from 1; 0 where it goes on."""

    number: int
    sign: str
    text: str


class DiffRow(Struct, frozen=True, gc=False):
    """What stands in one row: on the left, on the right, or the same on both."""

    left: Half | None = None
    right: Half | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the sides differ here."""
        return any(half is None or half.sign != SAME for half in (self.left, self.right))


class DiffRows(Struct, frozen=True, gc=False):
    """All rows, and those at which a difference begins."""

    rows: tuple[DiffRow, ...] = ()
    starts: tuple[int, ...] = ()


def lay_out(diff: Diff, columns: int, *, side_by_side: bool) -> DiffRows:
    """Break a difference into rows whose texts are at most `columns` signs wide."""
    rows: list[DiffRow] = []
    starts: list[int] = []
    left = right = 0
    for change in diff.changes:
        rows += _same(diff, left, right, change.left_from - left, columns)
        starts.append(len(rows))
        removed = _halves(diff.left, change.left_from, change.left_to, REMOVED, columns)
        added = _halves(diff.right, change.right_from, change.right_to, ADDED, columns)
        if side_by_side:
            rows += _beside(list(removed), list(added))
        else:
            rows += [DiffRow(left=half) for parts in removed for half in parts]
            rows += [DiffRow(right=half) for parts in added for half in parts]
        left, right = change.left_to, change.right_to
    rows += _same(diff, left, right, len(diff.left) - left, columns)
    return DiffRows(tuple(rows), tuple(starts))


def _same(diff: Diff, left: int, right: int, number: int, columns: int) -> Iterator[DiffRow]:
    for at in range(number):
        numbers = (left + at + 1, right + at + 1)
        for part in _parts(diff.left[left + at], columns):
            yield DiffRow(*(Half(n, SAME, part) for n in numbers))
            numbers = (0, 0)


def _halves(
    lines: list[str] | tuple[str, ...], start: int, end: int, sign: str, columns: int
) -> Iterator[list[Half]]:
    for at in range(start, end):
        parts = _parts(lines[at], columns)
        yield [Half(0 if n else at + 1, sign, part) for n, part in enumerate(parts)]


def _beside(removed: list[list[Half]], added: list[list[Half]]) -> Iterator[DiffRow]:
    for one, other in zip_longest(removed, added, fillvalue=()):
        for left, right in zip_longest(one, other):
            yield DiffRow(left, right)


def _parts(line: str, columns: int) -> list[str]:
    """Break a line into parts no wider than `columns`, after a space where there is one."""
    line = line.expandtabs(_TAB)
    parts, start = [], 0
    while (end := _end_of_part(line, start, columns)) < len(line):
        space = line.rfind(" ", start, end) + 1
        end = space if space - start > columns // 2 else end
        parts.append(line[start:end])
        start = end
    return [*parts, line[start:]]


def _end_of_part(line: str, start: int, columns: int) -> int:
    """Return where `columns` are full; some signs take two."""
    end = min(start + columns, len(line))
    if line.isascii():
        return end
    width = 0
    for at in range(start, end):
        width += 2 if unicodedata.east_asian_width(line[at]) in _WIDE else 1
        if width > columns:
            return at
    return end
