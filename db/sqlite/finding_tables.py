"""Finding the tables of a damaged file whose list of them is destroyed in part or whole.

What is left of the list is looked for on every page. A table whose entry is gone begins where
it does in a new file of the same version, if all do that are known; else at the one page that
can be its beginning and no other's. What stands there has to fit its columns.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import apsw
from msgspec import Struct

from db.cancel import CancelToken
from db.sqlite.pages import (
    APART_INTERIOR,
    APART_LEAF,
    BLOB_FROM,
    CHILDREN_OF,
    HEADER_BYTES,
    INTERIOR,
    LEAF,
    PAGE_BYTES,
    TEXT_FROM,
    Pages,
)

_EMPTY_LEAF: Final = bytes([LEAF, 0, 0, 0, 0, 0x20, 0, 0])
"""The head of a page of 8192 bytes that holds no rows."""
_REAL: Final = 7
_IS_OF: Final[Mapping[str, Callable[[int], bool]]] = {
    "INTEGER": lambda kind: 0 < kind < _REAL or kind in {8, 9},
    "REAL": lambda kind: 0 < kind < BLOB_FROM - 2,
    "TEXT": lambda kind: kind >= TEXT_FROM and kind % 2 == 1,
    "BLOB": lambda kind: kind >= BLOB_FROM and kind % 2 == 0,
    "ANY": lambda kind: kind > 0,
}
"""What a record says of its values, by type: sqlite.org/fileformat2.html#record_format."""
_MOST_BYTES: Final = 4
"""So many bytes the number of a page has at most, and its kind is their number."""
_ADDED: Final = 1
"""So many columns a table was given later, which its older rows do not have."""
_LIST: Final = ("TEXT", "TEXT", "TEXT", "INTEGER", "TEXT")


class Table(Struct, frozen=True):
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


def put_list_together(copy: Path, fresh: Path, token: CancelToken) -> list[str]:
    """Give a file a list of its tables; return those that were not found.

    Its first hundred bytes are in order, and it has no log. `fresh` is a new file of the
    same version.
    """
    tables = tables_of(fresh)
    with copy.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as seen:
            roots = _roots(Pages(seen), tables, token)
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


def tables_of(fresh: Path) -> dict[str, Table]:
    """Return the tables of a new file by name, but for those that are derived."""
    connection = apsw.Connection(str(fresh))
    try:
        found: list[Any] = connection.execute(
            "SELECT name, rootpage, sql FROM sqlite_schema WHERE type = 'table'"
            " AND rootpage AND name NOT LIKE '%#_search#_%' ESCAPE '#'"
            " AND name <> 'sqlite_sequence'"
        ).fetchall()
        return {
            name: Table(name, sql, root, _columns(connection, name), "WITHOUT ROWID" in sql)
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


def _roots(pages: Pages, tables: Mapping[str, Table], token: CancelToken) -> dict[str, int]:
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
    pages: Pages, tables: Mapping[str, Table], token: CancelToken
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
        if kind in CHILDREN_OF:
            under |= {*pages.children(number)}
        if kind in {LEAF, INTERIOR}:
            tops.add(number)
        if kind == LEAF and b"CREATE TABLE" in pages.page(number):
            for name, root in _entries(pages, number):
                if name in tables and 1 < root <= pages.number:
                    said.setdefault(name, set()).add(root)
    return {name: [*roots] for name, roots in said.items()}, tops - under


def _entries(pages: Pages, number: int) -> Iterator[tuple[str, int]]:
    """Yield name and beginning of the tables that a page of the list names."""
    for kinds, body in pages.records(number):
        if len(kinds) != len(_LIST) or not all(map(_is_of, kinds, _LIST)):
            continue
        sizes = [(kind - TEXT_FROM) // 2 for kind in kinds[:3]]
        type_, name = body[: sizes[0]], body[sizes[0] : sizes[0] + sizes[1]]
        root = body[sum(sizes) : sum(sizes) + kinds[3]]
        if type_ == b"table" and kinds[3] <= _MOST_BYTES:
            yield name.decode("utf-8", "replace"), int.from_bytes(root, "big")


def _is_of(kind: int, type_: str) -> bool:
    return _IS_OF[type_](kind)


def _can_be(pages: Pages, root: int, table: Table, *, has_rows: bool = False) -> bool:
    """Whether a table may begin at a page: rows that are under it fit, if there are any."""
    kinds = (APART_LEAF, APART_INTERIOR) if table.is_apart else (LEAF, INTERIOR)
    if root > pages.number or pages.kind(root) not in kinds:
        return False
    leaf = pages.first_leaf(root)
    records = [] if leaf is None else [kinds for kinds, _ in pages.records(leaf)]
    return bool(records or not has_rows) and all(map(table.fits, records))
