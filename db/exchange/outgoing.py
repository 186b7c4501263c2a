"""A storage as an export reads it: each record that is asked for goes through a function."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias, cast

import msgspec
from msgspec import Struct

from db.ports import Storage
from db.records import (
    Kind,
    Record,
)

Pass: TypeAlias = Callable[[str, Any], Any]
"""Is given the name of what was read and the record, and returns what is written of it.

The name is that of the method of `Storage`, or of the table of a row, whose record is text.
"""

_REPOS: Final = ("batches", "tasks")


def through(storage: Storage, *steps: Pass) -> Storage:
    """Return a storage to be read alone, whose records went through some functions."""

    def passed(name: str, value: Any) -> Any:
        for step in steps:
            value = step(name, value)
        return value

    return cast("Storage", _Outgoing(storage, passed))


class _Outgoing:
    """Reads from another storage, or from one of its repositories."""

    def __init__(self, source: Any, passed: Pass) -> None:
        self._source = source
        self._passed = passed

    def rows(self, table: str, pks: Sequence[int] | None = None) -> Iterator[str]:
        """Yield rows of a table as the Sheaf dump writes them."""
        for row in self._source.rows(table, pks):
            yield self._passed(table, row)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._source, name)
        if name in _REPOS:
            return _Outgoing(found, self._passed)
        return self._reading(name, found) if callable(found) else found

    def _reading(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def read(*args: Any, **options: Any) -> Any:
            return self._each(name, method(*args, **options))

        return read

    def _each(self, name: str, found: Any) -> Any:
        if isinstance(found, Struct):
            return self._passed(name, found)
        if isinstance(found, list | tuple):
            return type(found)(self._each(name, value) for value in found)
        if isinstance(found, Iterator):
            return self._stream(name, found)
        return found

    def _stream(self, name: str, found: Iterable[Any]) -> Iterator[Any]:
        for value in found:
            yield self._each(name, value)


def record_of(value: Any) -> Record | None:
    """Return the record that something read from a storage is, or holds the rest of."""
    if isinstance(value, Record):
        return value
    record = getattr(value, "record", None)
    return record if isinstance(record, Record) else None


def row_of(text: str) -> dict[str, Any]:
    """Return the members of a row as a dump writes it."""
    try:
        found: dict[str, Any] = msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError):
        found = json.loads(text)
    return found


TABLES: Final = {kind.name.lower(): kind for kind in Kind}
"""The kinds of record by the name of the table that a dump writes them as."""
