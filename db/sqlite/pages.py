"""The pages of a file, as sqlite.org/fileformat2.html#b_tree_pages has them."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Final

from msgspec import Struct

PAGE_BYTES: Final = 8192
HEADER_BYTES: Final = 100
LEAF: Final = 0x0D
INTERIOR: Final = 0x05
APART_LEAF: Final = 0x0A
APART_INTERIOR: Final = 0x02
CHILDREN_OF: Final = {INTERIOR: LEAF, APART_INTERIOR: APART_LEAF}
TEXT_FROM: Final = 13
BLOB_FROM: Final = 12
_KINDS: Final = (LEAF, INTERIOR, APART_LEAF, APART_INTERIOR)
_SIZES: Final = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""How many bytes values of the kinds below those of texts take."""
_LEAF_HEAD: Final = 8
_INTERIOR_HEAD: Final = 12
_MOST_LOCAL: Final = PAGE_BYTES - 35
_LEAST_LOCAL: Final = (PAGE_BYTES - 12) * 32 // 255 - 23
"""How much of a record is on its leaf; the rest is on pages of its own."""
_PAGES: Final = slice(28, 32)
_FREE: Final = slice(32, 36)
_FREE_NUMBER: Final = slice(36, 40)


class Branch(Struct, frozen=True):
    """What an interior page refers to: rows up to `last`, or all that are left."""

    place: int
    """Where in the file the number of the page is."""
    page: int
    last: int | None


class Row(Struct, frozen=True):
    """A row on a leaf: its number, and the kinds of its values."""

    number: int
    kinds: tuple[int, ...]


class Pages:
    """The pages of a file. Their numbers begin at 1."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self.number = len(content) // PAGE_BYTES

    def page(self, number: int) -> bytes:
        """Return what is on a page."""
        return self._content[(number - 1) * PAGE_BYTES : number * PAGE_BYTES]

    def kind(self, number: int) -> int:
        """Return what a page says that it is; 0 where it cannot be part of a table."""
        kind = self._content[(number - 1) * PAGE_BYTES]
        return kind if kind in _KINDS else 0

    def is_laid_out(self, number: int) -> bool:
        """Whether all cells of a page are on it, behind the list of where they are."""
        page = self.page(number)
        start = _INTERIOR_HEAD if page[0] in CHILDREN_OF else _LEAF_HEAD
        cells, count = [*_cells(page, start)], int.from_bytes(page[3:5], "big")
        return len(cells) == count and start + 2 * count <= min(cells, default=PAGE_BYTES)

    def children(self, number: int) -> Iterator[int]:
        """Yield the pages that a page refers to."""
        page = self.page(number)
        for cell in _cells(page, _INTERIOR_HEAD):
            yield int.from_bytes(page[cell : cell + 4], "big")
        yield int.from_bytes(page[8:12], "big")

    def branches(self, number: int) -> list[Branch]:
        """Return what an interior page refers to, in order; nothing where it is damaged."""
        page, start = self.page(number), (number - 1) * PAGE_BYTES
        cells = [*_cells(page, _INTERIOR_HEAD)]
        if not cells or not self.is_laid_out(number):
            return []
        try:
            found = [_number(page, cell + 4) for cell in cells]
        except IndexError:
            return []
        keys = [key for key, _ in found]
        used = sum(end - cell for cell, (_, end) in zip(cells, found, strict=True))
        if used + _unused(page) != PAGE_BYTES - int.from_bytes(page[5:7], "big"):
            return []
        if any(one >= next_ for one, next_ in pairwise(keys)):
            return []
        return [
            Branch(start + place, int.from_bytes(page[place : place + 4], "big"), last)
            for place, last in zip((*cells, 8), (*keys, None), strict=True)
        ]

    def rows(self, number: int) -> list[Row]:
        """Return the rows of a leaf, in order; nothing where any of it is damaged."""
        page = self.page(number)
        cells = [*_cells(page, _LEAF_HEAD)]
        if not self.is_laid_out(number):
            return []
        try:
            rows = [_row(page, cell) for cell in cells]
        except (IndexError, ValueError):
            return []
        return [] if any(one.number >= next_.number for one, next_ in pairwise(rows)) else rows

    def records(self, number: int) -> Iterator[tuple[tuple[int, ...], bytes]]:
        """Yield of each record on a leaf the kinds of its values, and these, cut short."""
        page = self.page(number)
        for cell in _cells(page, _LEAF_HEAD):
            with suppress(IndexError):
                size, at = _number(page, cell)
                if page[0] == LEAF:
                    _rowid, at = _number(page, at)
                kinds, body = _kinds(page, at)
                yield kinds, page[body : at + size]

    def first_leaf(self, root: int) -> int | None:
        """Return a leaf under a page on which there are rows, if there is one."""
        top = self.kind(root)
        leaf = CHILDREN_OF.get(top, top)
        waiting, seen = [root], set()
        while waiting:
            number = waiting.pop()
            if not 0 < number <= self.number or number in seen:
                continue
            seen.add(number)
            if self.kind(number) == leaf and any(self.records(number)):
                return number
            if self.kind(number) == top != leaf:
                waiting += reversed([*self.children(number)])
        return None

    def free(self) -> set[int] | None:
        """Return the pages that are not in use; None where that cannot be told."""
        head = self._content[:HEADER_BYTES]
        if int.from_bytes(head[_PAGES], "big") * PAGE_BYTES != len(self._content):
            return None
        free: set[int] = set()
        trunk = int.from_bytes(head[_FREE], "big")
        while trunk:
            if not 1 < trunk <= self.number or trunk in free:
                return None
            page = self.page(trunk)
            count = int.from_bytes(page[4:8], "big")
            free |= {trunk, *_numbers(page[8 : 8 + 4 * count])}
            trunk = int.from_bytes(page[:4], "big")
        is_told = len(free) == int.from_bytes(head[_FREE_NUMBER], "big")
        return free if is_told else None


def interior_page(children: list[tuple[int, int]]) -> bytes:
    """Return an interior page over pages, each given with the number of its last row."""
    *lefts, (_, right) = children
    places, cells = b"", b""
    for last, page in lefts:
        cells = page.to_bytes(4, "big") + _number_bytes(last) + cells
        places += (PAGE_BYTES - len(cells)).to_bytes(2, "big")
    head = bytes([INTERIOR, 0, 0]) + len(lefts).to_bytes(2, "big")
    head += (PAGE_BYTES - len(cells)).to_bytes(2, "big") + b"\0" + right.to_bytes(4, "big")
    return (head + places).ljust(PAGE_BYTES - len(cells), b"\0") + cells


def _numbers(content: bytes) -> Iterator[int]:
    for at in range(0, len(content), 4):
        yield int.from_bytes(content[at : at + 4], "big")


def _cells(page: bytes, start: int) -> Iterator[int]:
    """Yield where on a page its cells begin."""
    for number in range(int.from_bytes(page[3:5], "big")):
        place = int.from_bytes(page[start + 2 * number : start + 2 * number + 2], "big")
        if start < place < PAGE_BYTES:
            yield place


def _unused(page: bytes) -> int:
    """Return how many bytes among the cells of a page are in none."""
    unused, at, here = page[7], int.from_bytes(page[1:3], "big"), 0
    while at > here:
        unused += int.from_bytes(page[at + 2 : at + 4], "big")
        here, at = at, int.from_bytes(page[at : at + 2], "big")
    return unused


def _row(page: bytes, cell: int) -> Row:
    """Return the row at a place on a leaf; raise ValueError or IndexError at damage."""
    size, at = _number(page, cell)
    number, at = _number(page, at)
    kinds, body = _kinds(page, at)
    head = body - at
    local = size
    if size > _MOST_LOCAL:
        local = _LEAST_LOCAL + (size - _LEAST_LOCAL) % (PAGE_BYTES - 4)
        local = local if local <= _MOST_LOCAL else _LEAST_LOCAL
    if head > local or at + local > PAGE_BYTES or head + sum(map(_size, kinds)) != size:
        raise ValueError
    return Row(number, kinds)


def _kinds(page: bytes, at: int) -> tuple[tuple[int, ...], int]:
    """Return the kinds of a record's values, and where these begin."""
    head, here = _number(page, at)
    kinds = []
    while here < at + head:
        kind, here = _number(page, here)
        kinds.append(kind)
    return tuple(kinds), at + head


def _size(kind: int) -> int:
    return _SIZES[kind] if kind < BLOB_FROM else (kind - BLOB_FROM) // 2


def _number(page: bytes, at: int) -> tuple[int, int]:
    """Return the number of variable length at a place, and the place behind it."""
    value = 0
    for count in range(9):
        byte = page[at + count]
        if count == 8:  # noqa: PLR2004 - the ninth byte counts whole
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the last one
            break
    return value, at + count + 1


def _number_bytes(value: int) -> bytes:
    """Return a number below 2**56 in as many bytes as it takes."""
    content = bytes([value & 0x7F])
    while value := value >> 7:
        content = bytes([value & 0x7F | 0x80]) + content
    return content
