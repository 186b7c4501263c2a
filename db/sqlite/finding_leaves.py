"""Finding the rows of tables whose inner pages are damaged.

A table is a tree, and its rows are on the leaves. Where a reference in a tree leads to no
sound page, the leaves behind it are looked for on every page: one is the table's if it is in
use and no tree leads to it, every row on it is as that table has them, all their numbers lie
where the reference stands, on no other leaf, and nowhere in any other table. New inner pages
at the end of the file then lead there. Nothing else is changed.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, Final

import apsw
from msgspec import Struct

from db.cancel import CancelToken
from db.sqlite.finding_tables import Table
from db.sqlite.pages import INTERIOR, LEAF, PAGE_BYTES, Pages, interior_page

_GREATEST: Final = (1 << 56) - 1
_MOST_CHILDREN: Final = 500
"""So many pages an interior page of 8192 bytes can always refer to."""
_PAGES_AT: Final = 28
"""Where in a file the number of its pages is."""


class Regrown(Struct, frozen=True):
    """What was found: by table the numbers of rows between, of which nothing can be told.

    `unproven` is how many pages with rows there are of which the place cannot be told.
    """

    gaps: Mapping[str, list[tuple[int, int]]] = {}
    unproven: int = 0


class _Hole(Struct, frozen=True):
    """A reference to no sound page: to rows above `after` up to `last` of a table.

    `place` is where in the file it stands; None where it is the beginning of the table.
    """

    table: str
    place: int | None
    after: int
    last: int


class _Leaf(Struct, frozen=True):
    page: int
    first: int
    last: int


def regrow(
    copy: Path,
    tables: Mapping[str, Table],
    roots: Mapping[str, int],
    greatest: Mapping[str, int],
    token: CancelToken,
) -> Regrown:
    """Lead the damaged trees of a file, which has no log, to the leaves that are theirs.

    `roots` is where all its tables begin, and `greatest` the greatest number that a row of
    a table had, as far as it is known.
    """
    with copy.open("rb") as read, mmap.mmap(read.fileno(), 0, access=mmap.ACCESS_READ) as seen:
        pages = Pages(seen)
        free = pages.free()
        if free is None:
            return Regrown()
        holes, reached = _holes(pages, roots, token)
        holes = [hole for hole in holes if _is_read_by_number(tables.get(hole.table))]
        found, unproven = _found(pages, tables, holes, reached | free, token)
    with copy.open("r+b") as file:
        tops = {hole: _led_to(file, hole, leaves) for hole, leaves in found.items()}
        number = file.seek(0, 2) // PAGE_BYTES
        file.seek(_PAGES_AT)
        file.write(number.to_bytes(4, "big"))
    _begin_at(copy, {hole.table: top for hole, top in tops.items() if hole.place is None})
    gaps: dict[str, list[tuple[int, int]]] = {}
    for hole, leaves in found.items():
        gaps.setdefault(hole.table, []).extend(_gaps(hole, leaves, greatest.get(hole.table, 0)))
    return Regrown(gaps, unproven)


def _is_read_by_number(table: Table | None) -> bool:
    return table is not None and not table.is_apart


def _holes(
    pages: Pages, roots: Mapping[str, int], token: CancelToken
) -> tuple[list[_Hole], set[int]]:
    """Return the references that lead to no sound page, and the pages that trees lead to."""
    waiting = [(_Hole(name, None, 0, _GREATEST), root) for name, root in roots.items()]
    holes: list[_Hole] = []
    reached: set[int] = set()
    while waiting:
        token.check()
        hole, number = waiting.pop()
        kind = pages.kind(number) if 1 < number <= pages.number else 0
        below = [*_below(pages, hole, number)] if kind == INTERIOR else []
        is_leaf = kind == LEAF and pages.is_laid_out(number)
        if number in reached or not (is_leaf or below):
            holes.append(hole)
            continue
        reached.add(number)
        waiting += below
    return holes, reached


def _below(pages: Pages, hole: _Hole, number: int) -> Iterator[tuple[_Hole, int]]:
    """Yield the references on an interior page, and where they lead."""
    branches = pages.branches(number)
    if any(not hole.after <= (each.last or hole.after) <= hole.last for each in branches):
        return
    after = hole.after
    for branch in branches:
        last = hole.last if branch.last is None else branch.last
        yield _Hole(hole.table, branch.place, after, last), branch.page
        after = last


def _found(
    pages: Pages,
    tables: Mapping[str, Table],
    holes: list[_Hole],
    known: set[int],
    token: CancelToken,
) -> tuple[dict[_Hole, list[_Leaf]], int]:
    """Return the leaves behind each reference, in order, and how many could be elsewhere."""
    fitting: dict[_Hole, list[_Leaf]] = {}
    unproven = 0
    for number in range(2, pages.number + 1):
        token.check()
        if number in known or pages.kind(number) != LEAF:
            continue
        rows = pages.rows(number)
        if not rows:
            continue
        leaf = _Leaf(number, rows[0].number, rows[-1].number)
        fits = {
            name
            for name, table in tables.items()
            if not table.is_apart and all(table.fits(row.kinds) for row in rows)
        }
        where = [
            hole
            for hole in holes
            if hole.table in fits and hole.after < leaf.first and leaf.last <= hole.last
        ]
        if len(where) == 1:
            fitting.setdefault(where[0], []).append(leaf)
        else:
            unproven += bool(fits)
    found = {hole: _apart(leaves) for hole, leaves in fitting.items()}
    unproven += sum(len(leaves) - len(found[hole]) for hole, leaves in fitting.items())
    return {hole: leaves for hole, leaves in found.items() if leaves}, unproven


def _apart(leaves: list[_Leaf]) -> list[_Leaf]:
    """Return those leaves whose rows have numbers that are on no other, in order."""
    leaves = sorted(leaves, key=lambda leaf: leaf.first)
    before = [0, *accumulate((leaf.last for leaf in leaves), max)]
    behind = [*(leaf.first for leaf in leaves[1:]), _GREATEST + 1]
    return [
        leaf
        for leaf, last, first in zip(leaves, before, behind, strict=False)
        if last < leaf.first and leaf.last < first
    ]


def _led_to(file: BinaryIO, hole: _Hole, leaves: list[_Leaf]) -> int:
    """Write the inner pages over leaves, and refer to them; return the topmost page."""
    children = [(leaf.last, leaf.page) for leaf in leaves]
    while len(children) > 1:
        groups = [
            children[start : start + _MOST_CHILDREN]
            for start in range(0, len(children), _MOST_CHILDREN)
        ]
        children = [
            group[0] if len(group) == 1 else (group[-1][0], _appended(file, group))
            for group in groups
        ]
    ((_, top),) = children
    if hole.place is not None:
        file.seek(hole.place)
        file.write(top.to_bytes(4, "big"))
    return top


def _appended(file: BinaryIO, children: list[tuple[int, int]]) -> int:
    """Write an inner page at the end of a file; return its number."""
    number = file.seek(0, 2) // PAGE_BYTES + 1
    file.write(interior_page(children))
    return number


def _begin_at(copy: Path, roots: Mapping[str, int]) -> None:
    """Note in the list of tables where some begin."""
    connection = apsw.Connection(str(copy))
    try:
        connection.execute("PRAGMA writable_schema = ON")
        connection.executemany(
            "UPDATE sqlite_schema SET rootpage = ?2 WHERE type = 'table' AND name = ?1",
            [*roots.items()],
        )
    finally:
        connection.close()


def _gaps(hole: _Hole, leaves: list[_Leaf], greatest: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers that rows between the leaves behind a reference may have had."""
    end = max(leaves[-1].last, min(hole.last, greatest))
    before = [hole.after, *(leaf.last for leaf in leaves)]
    behind = [*(leaf.first for leaf in leaves), end + 1]
    for last, first in zip(before, behind, strict=True):
        if last + 1 < first:
            yield last + 1, first - 1
