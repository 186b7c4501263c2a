"""The text of a search, and what choosing a kind or a value makes of it."""

from __future__ import annotations

import re
from typing import Final

from db.records import Kind

_TOKENS: Final = re.compile(r'(?:-?[A-Za-z]+:)?(?:"[^"]*"?|[^\s"]+)')


def kind_word(kind: Kind) -> str:
    """Return the filter that keeps a kind: `in:design-notes`."""
    return f"in:{kind.plural.replace(' ', '-')}"


def value_word(field: str, value: str) -> str:
    """Return the filter that keeps a value of a field: `category:"know how"`."""
    return f'{field}:"{value}"' if re.search(r"[\s,]", value) else f"{field}:{value}"


def toggled(text: str, word: str) -> str:
    """Return a text with a filter put in, or taken out where it was there.

    The others of several values after one name stay: `status:failed,queued`.
    """
    words = _TOKENS.findall(text)
    if not holds(text, word):
        return " ".join([*words, word])
    kept = [other for each in words if (other := _without(each, word))]
    return " ".join(kept)


def without_kinds(text: str) -> str:
    """Return a text without the filters that name kinds."""
    return " ".join(word for word in _TOKENS.findall(text) if not word.startswith("in:"))


def holds(text: str, word: str) -> bool:
    """Whether a text has a filter, maybe among other values."""
    return any(word in _split(each) for each in _TOKENS.findall(text))


def _split(token: str) -> list[str]:
    """Return the filters of one value each that a filter of several values stands for."""
    name, colon, values = token.partition(":")
    if not colon or '"' in values:
        return [token]
    return [f"{name}:{value}" for value in values.split(",")]


def _without(token: str, word: str) -> str:
    """Return a filter without one of its values, or nothing where it had no other."""
    split = _split(token)
    if word not in split:
        return token
    name = token.partition(":")[0]
    values = [each.removeprefix(f"{name}:") for each in split if each != word]
    return f"{name}:{','.join(values)}" if values else ""
