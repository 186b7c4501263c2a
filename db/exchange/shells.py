"""JSON documents that hold lists of records: what stands around the lists, and writing it.

The text around the lists is kept as the object with each of its lists emptied. A list may
also be an object of records by their names.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from db.exchange.document import Document
from db.exchange.fields import json_text
from db.exchange.formats.base import Pieces
from db.exchange.json_reader import JsonCursor, Kind, Value
from db.exchange.raw_object import RawObject

BARE_LIST: Final = "[]"
KEYED_LIST: Final = "{}"
"""What stands around the records of a file that is one array."""


class ShellReader:
    """Walks the members of an object; `data` are the values of those that are no list."""

    def __init__(self, lists: Collection[str], kinds: Collection[Kind] = (Kind.ARRAY,)) -> None:
        """Take the names of the members that hold records, and what they may be."""
        self.data: dict[str, object] = {}
        self._lists = lists
        self._kinds = kinds
        self._members: dict[str, str] = {}

    def walk(self, cursor: JsonCursor) -> Iterator[str]:
        """Yield the name of each list, with the cursor at it; keep all other members."""
        for key in cursor.members():
            kind = cursor.kind()
            if key in self._lists and kind in self._kinds:
                self.keep(key, BARE_LIST if kind is Kind.ARRAY else KEYED_LIST)
                yield key
            elif value := cursor.usable_value():
                self.data[key] = value.data
                self.keep(key, value.raw)

    def keep(self, key: str, text: str) -> None:
        """Keep the text of a member, in place of what is kept of it."""
        self._members[key] = text

    def text(self) -> str:
        """Return the object with its lists emptied; known when all was walked."""
        members = (f"{json_text(key)}:{text}" for key, text in self._members.items())
        return "{" + ",".join(members) + "}"


def objects_of(document: Document, values: Iterable[Value]) -> Iterator[Value]:
    """Yield the values that are objects; any other is a problem of the document."""
    for value in values:
        if isinstance(value.data, dict):
            yield value
        else:
            document.reject(value, "this is no JSON object, so it is no record")


def array_pieces(texts: Iterable[str], brackets: str = BARE_LIST) -> Pieces:
    """Yield an array of values that are JSON text already, each of them a record."""
    start, end = tuple(brackets)
    before = f"{start}\n"
    for text in texts:
        yield f"{before}{text}".encode(), 1
        before = ",\n"
    yield (brackets if before.startswith(start) else f"\n{end}").encode(), 0


def shell_pieces(shell: RawObject, lists: Mapping[str, Iterable[str]]) -> Pieces:
    """Yield an object whose lists are filled with records; one it lacks is added if needed.

    Records of a list by names are written with their names.
    """
    before = "{"
    for key, text in [*shell.members(), *((key, "") for key in lists if key not in shell)]:
        records = iter(lists.get(key, ()))
        first = list(itertools.islice(records, 1))
        if not text and not first:
            continue
        yield f"{before}\n{json_text(key)}: ".encode(), 0
        if first:
            brackets = KEYED_LIST if text == KEYED_LIST else BARE_LIST
            yield from array_pieces(itertools.chain(first, records), brackets)
        else:
            yield text.encode(), 0
        before = ","
    yield (b"{}\n" if before == "{" else b"\n}\n"), 0
