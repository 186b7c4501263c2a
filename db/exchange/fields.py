"""Reading single values of other tools' records, whatever type they have."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from db.texts import storable
from db.vocabulary import Priority, Status, fold_priority, fold_status

_PRIORITIES: Final = {priority.value: priority for priority in Priority}


def text_of(value: object) -> str:
    """Return a value as text that can be stored; nothing for null."""
    if isinstance(value, str):
        return storable(value)
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return storable("\n".join(value))
    return json_text(value)


def json_text(value: object) -> str:
    """Return a value as JSON text; lone surrogates, which no file can hold, are escaped."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if storable(text) == text:
        return text
    return json.dumps(value, default=str)


def read_status(value: object) -> tuple[Status, str | None]:
    """Return the state a value means, and the value's own word where it says more.

    An unknown word means queued. `true` and `false` are done and not yet done.
    """
    if isinstance(value, str):
        return _read_word(value)
    if isinstance(value, bool):
        return (Status.SUCCEEDED if value else Status.QUEUED), None
    return _read_word(text_of(value))


@lru_cache(maxsize=4096)
def _read_word(text: str) -> tuple[Status, str | None]:
    word = storable(text).strip()
    status = fold_status(word)
    if status is None:
        return Status.QUEUED, word[:200] or None
    return status, None if word == status.word else word


def read_priority(value: object) -> Priority:
    """Return the priority a value means; medium where it means none.

    A number from 0 to 4 is taken as it is, 0 being the highest.
    """
    if isinstance(value, str):
        return _read_priority_word(value)
    if isinstance(value, int):
        return _PRIORITIES.get(value, Priority.MEDIUM)
    return Priority.MEDIUM


@lru_cache(maxsize=4096)
def _read_priority_word(word: str) -> Priority:
    folded = fold_priority(word)
    return Priority.MEDIUM if folded is None else folded


def first_line(text: str, limit: int = 200) -> str:
    """Return the first line of a text that is not blank, cut to a length."""
    for line in text.splitlines():
        words = line.strip().lstrip("#").strip()
        if words:
            return words if len(words) <= limit else words[: limit - 1] + "…"
    return ""


def names_in(value: object) -> tuple[str, ...]:
    """Return the names in a list of words or of objects with a name, or in a word list."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if not value or not isinstance(value, list):
        return ()
    # The common case, without a call for each name.
    if {*map(type, value)} == {str}:
        return tuple(filter(None, map(str.strip, value)))
    return tuple(name for item in value if (name := _name(item)))


def _name(item: Any) -> str:
    if isinstance(item, dict):
        item = item.get("name") or item.get("title") or item.get("id")
    return text_of(item).strip() if isinstance(item, str | int) else ""
