"""Finding the tables of a damaged file whose list of them is destroyed in part or whole.

What is left of the list is looked for on every page. A table whose entry is gone begins where
it does in a new file of the same version, if all do that are known; else at the one page that
can be its beginning and no other's. What stands there has to fit its columns.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import apsw
from msgspec import Struct

from db.cancel import CancelToken

PAGE_BYTES: Final = 8192
HEADER_BYTES: Final = 100
_LEAF: Final = 0x0D
_INTERIOR: Final = 0x05
_APART_LEAF: Final = 0x0A
_APART_INTERIOR: Final = 0x02
_CHILDREN_OF: Final = {_INTERIOR: _LEAF, _APART_INTERIOR: _APART_LEAF}
_KINDS: Final = (_LEAF, _INTERIOR, _APART_LEAF, _APART_INTERIOR)
_EMPTY_LEAF: Final = bytes([_LEAF, 0, 0, 0, 0, 0x20, 0, 0])
"""The head of a page of 8192 bytes that holds no rows."""
_TEXT_FROM: Final = 13
_BLOB_FROM: Final = 12
_REAL: Final = 7
_IS_OF: Final[Mapping[str, Callable[[int], bool]]] = {
    "INTEGER": lambda kind: 0 < kind < _REAL or kind in {8, 9},
    "REAL": lambda kind: 0 < kind < _BLOB_FROM - 2,
    "TEXT": lambda kind: kind >= _TEXT_FROM and kind % 2 == 1,
    "BLOB": lambda kind: kind >= _BLOB_FROM and kind % 2 == 0,
    "ANY": lambda kind: kind > 0,
}
"""What a record says of its values, by type: sqlite.org/fileformat2.html#record_format."""
_MOST_BYTES: Final = 4
"""So many bytes the number of a page has at most, and its kind is their number."""
_ADDED: Final = 1
"""So many columns a table was given later, which its older rows do not have."""
_LIST: Final = ("TEXT", "TEXT", "TEXT", "INTEGER", "TEXT")


class _Table(Struct, frozen=True):
    """A table of a new file: its stored columns are types, and whether they may be empty."""

    name: str
    sql: str
    root: int
    columns: tuple[tuple[str, bool], ...]
    is_apart: bool

    def fits(self, kinds: Sequence[int]) -> bool:
        """Whether a record of values of such kinds can be one of its rows."""
        added = len(self.columns) - len(kinds)
        if self.is_apart:
            return not added
        return 0 <= added <= _ADDED and all(
            may_be_empty if kind == 0 else _is_of(kind, type_)
            for kind, (type_, may_be_empty) in zip(
                (*kinds, *[0] * added), self.columns, strict=True
            )
        )


class _Pages:
    """The pages of a file, as sqlite.org/fileformat2.html#b_tree_pages has them."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self.number = len(content) // PAGE_BYTES

    def page(self, number: int) -> bytes:
        return self._content[(number - 1) * PAGE_BYTES : number * PAGE_BYTES]

    def kind(self, number: int) -> int:
        """Return what a page says that it is; 0 where it cannot be part of a table."""
        kind = self._content[(number - 1) * PAGE_BYTES]
        return kind if kind in _KINDS else 0

    def children(self, number: int) -> Iterator[int]:
        """Yield the pages that a page refers to."""
        page = self.page(number)
        for cell in _cells(page, 12):
            yield int.from_bytes(page[cell : cell + 4], "big")
        yield int.from_bytes(page[8:12], "big")

    def records(self, number: int) -> Iterator[tuple[tuple[int, ...], bytes]]:
        """Yield of each record on a leaf the kinds of its values, and these, cut short."""
        page = self.page(number)
        for cell in _cells(page, 8):
            with suppress(IndexError):
                size, at = _number(page, cell)
                if page[0] == _LEAF:
                    _rowid, at = _number(page, at)
                head, body = _number(page, at)
                kinds = []
                while body < at + head:
                    kind, body = _number(page, body)
                    kinds.append(kind)
                yield tuple(kinds), page[at + head : at + size]

    def first_leaf(self, root: int) -> int | None:
        """Return a leaf under a page on which there are rows, if there is one."""
        top = self.kind(root)
        leaf = _CHILDREN_OF.get(top, top)
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


def _cells(page: bytes, start: int) -> Iterator[int]:
    """Yield where on a page its cells begin."""
    for number in range(int.from_bytes(page[3:5], "big")):
        place = int.from_bytes(page[start + 2 * number : start + 2 * number + 2], "big")
        if start < place < PAGE_BYTES:
            yield place


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


def put_list_together(copy: Path, fresh: Path, token: CancelToken) -> list[str]:
    """Give a file a list of its tables; return those that were not found.

    Its first hundred bytes are in order, and it has no log. `fresh` is a new file of the
    same version.
    """
    tables = _tables_of(fresh)
    with copy.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as seen:
            roots = _roots(_Pages(seen), tables, token)
        file.seek(HEADER_BYTES)
        file.write(_EMPTY_LEAF.ljust(PAGE_BYTES - HEADER_BYTES, b"\0"))
    connection = apsw.Connection(str(copy))
    try:
        connection.execute("PRAGMA writable_schema = ON")
        connection.executemany(
            "INSERT INTO sqlite_schema VALUES ('table', ?1, ?1, ?2, ?3)",
            [(name, root, tables[name].sql) for name, root in roots.items()],
        )
    finally:
        connection.close()
    return [name for name in tables if name not in roots]


def _tables_of(fresh: Path) -> dict[str, _Table]:
    connection = apsw.Connection(str(fresh))
    try:
        found: list[Any] = connection.execute(
            "SELECT name, rootpage, sql FROM sqlite_schema WHERE type = 'table'"
            " AND rootpage AND name NOT LIKE '%#_search#_%' ESCAPE '#'"
            " AND name <> 'sqlite_sequence'"
        ).fetchall()
        return {
            name: _Table(name, sql, root, _columns(connection, name), "WITHOUT ROWID" in sql)
            for name, root, sql in found
        }
    finally:
        connection.close()


def _columns(connection: apsw.Connection, table: str) -> tuple[tuple[str, bool], ...]:
    virtual = 2
    return tuple(
        (type_, not not_null or (type_ == "INTEGER" and bool(key)))
        for _, _, type_, not_null, _, key, hidden in connection.execute(
            f"PRAGMA table_xinfo({table})"
        )
        if hidden != virtual
    )


def _roots(pages: _Pages, tables: Mapping[str, _Table], token: CancelToken) -> dict[str, int]:
    """Return where the tables begin of which that can be told."""
    said, tops = _listed(pages, tables, token)
    roots = {name: root for name, (root, *others) in said.items() if not others}
    if all(root == tables[name].root for name, root in roots.items()):
        roots |= {
            name: table.root
            for name, table in tables.items()
            if name not in roots and _can_be(pages, table.root, table)
        }
    free = tops - {*roots.values()}
    fitting = {
        name: [top for top in free if _can_be(pages, top, table, has_rows=True)]
        for name, table in tables.items()
        if name not in roots and not table.is_apart
    }
    claimed = [top for fit in fitting.values() for top in fit]
    return roots | {
        name: fit[0]
        for name, fit in fitting.items()
        if len(fit) == 1 and claimed.count(fit[0]) == 1
    }


def _listed(
    pages: _Pages, tables: Mapping[str, _Table], token: CancelToken
) -> tuple[dict[str, list[int]], set[int]]:
    """Return where what is left of the list says that tables begin, and pages under no other.

    Of a list that was written anew there may be an older state, which says otherwise.
    """
    said: dict[str, set[int]] = {}
    tops, under = set(), set()
    for number in range(2, pages.number + 1):
        if number % 1024 == 0:
            token.check()
        kind = pages.kind(number)
        if kind in _CHILDREN_OF:
            under |= {*pages.children(number)}
        if kind in {_LEAF, _INTERIOR}:
            tops.add(number)
        if kind == _LEAF and b"CREATE TABLE" in pages.page(number):
            for name, root in _entries(pages, number):
                if name in tables and 1 < root <= pages.number:
                    said.setdefault(name, set()).add(root)
    return {name: [*roots] for name, roots in said.items()}, tops - under


def _entries(pages: _Pages, number: int) -> Iterator[tuple[str, int]]:
    """Yield name and beginning of the tables that a page of the list names."""
    for kinds, body in pages.records(number):
        if len(kinds) != len(_LIST) or not all(map(_is_of, kinds, _LIST)):
            continue
        sizes = [(kind - _TEXT_FROM) // 2 for kind in kinds[:3]]
        type_, name = body[: sizes[0]], body[sizes[0] : sizes[0] + sizes[1]]
        root = body[sum(sizes) : sum(sizes) + kinds[3]]
        if type_ == b"table" and kinds[3] <= _MOST_BYTES:
            yield name.decode("utf-8", "replace"), int.from_bytes(root, "big")


def _is_of(kind: int, type_: str) -> bool:
    return _IS_OF[type_](kind)


def _can_be(pages: _Pages, root: int, table: _Table, *, has_rows: bool = False) -> bool:
    """Whether a table may begin at a page: rows that are under it fit, if there are any."""
    kinds = (_APART_LEAF, _APART_INTERIOR) if table.is_apart else (_LEAF, _INTERIOR)
    if root > pages.number or pages.kind(root) not in kinds:
        return False
    leaf = pages.first_leaf(root)
    records = [] if leaf is None else [kinds for kinds, _ in pages.records(leaf)]
    return bool(records or not has_rows) and all(map(table.fits, records))
