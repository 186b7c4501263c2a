"""Changing some members of a JSON object while every other stays exactly as written."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from db.exchange.fields import json_text
from db.exchange.json_reader import JsonCursor, Value


class RawObject:
    """The members of a JSON object as text, in order: numbers keep every digit.

    `data` is what they were when the object was read.
    """

    def __init__(self, text: str = "{}") -> None:
        """Take an object's text; anything else counts as an object without members."""
        self.data: dict[str, object] = {}
        self._members: dict[str, str] = {}
        self._source = text
        if text.startswith("{"):
            cursor = JsonCursor(io.BytesIO(text.encode()))
            for key in cursor.members():
                value = cursor.value()
                self.data[key] = value.data
                self._members[key] = value.raw

    def __contains__(self, key: str) -> bool:
        return key in self._members

    @property
    def value(self) -> Value:
        """The object as a format's reader takes it from a file."""
        return Value(self.data, self._source, 0, 0, 0, "")

    def get(self, key: str) -> object:
        """Return the value that a member has now, or None."""
        text = self._members.get(key)
        return None if text is None else JsonCursor(io.BytesIO(text.encode())).value().data

    def members(self) -> Iterator[tuple[str, str]]:
        """Yield each member's name and text."""
        return iter(self._members.items())

    def items(self, key: str) -> list[Value]:
        """Return the elements of the list that a member is; none if it is no list."""
        text = self._members.get(key, "")
        return list(raw_items(text)) if text.startswith("[") else []

    def set(self, key: str, value: object) -> None:
        """Give a member a value, where it stands or at the end."""
        self._members[key] = json_text(value)

    def set_text(self, key: str, text: str) -> None:
        """Give a member a value that is JSON text already."""
        self._members[key] = text

    def set_items(self, key: str, texts: Iterable[str]) -> None:
        """Give a member a list of values that are JSON text already."""
        self.set_text(key, f"[{', '.join(texts)}]")

    def remove(self, key: str) -> None:
        """Take a member out, if it is there."""
        self._members.pop(key, None)

    def text(self) -> str:
        """Return the object as JSON text."""
        members = (f"{json_text(key)}: {value}" for key, value in self._members.items())
        return "{" + ", ".join(members) + "}"


def raw_items(text: str) -> Iterator[Value]:
    """Yield the elements of an array, each with its own text."""
    cursor = JsonCursor(io.BytesIO(text.encode()))
    for _ in cursor.items():
        yield cursor.value()
