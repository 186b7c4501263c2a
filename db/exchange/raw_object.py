"""Changing some members of a JSON object while every other stays exactly as written."""

from __future__ import annotations

import io

from db.exchange.fields import json_text
from db.exchange.json_reader import JsonCursor


class RawObject:
    """The members of a JSON object as text, in order: numbers keep every digit."""

    def __init__(self, text: str = "{}") -> None:
        """Take an object's text; anything else counts as an object without members."""
        self._members: dict[str, str] = {}
        if text.startswith("{"):
            cursor = JsonCursor(io.BytesIO(text.encode()))
            for key in cursor.members():
                self._members[key] = cursor.value().raw

    def __contains__(self, key: str) -> bool:
        return key in self._members

    def set(self, key: str, value: object) -> None:
        """Give a member a value, where it stands or at the end."""
        self._members[key] = json_text(value)

    def set_text(self, key: str, text: str) -> None:
        """Give a member a value that is JSON text already."""
        self._members[key] = text

    def text(self) -> str:
        """Return the object as JSON text."""
        members = (f"{json_text(key)}: {value}" for key, value in self._members.items())
        return "{" + ", ".join(members) + "}"
