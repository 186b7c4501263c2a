"""The text of a search, and what choosing a kind or a value makes of it."""

from __future__ import annotations

import re
from typing import Final

from db.records import Kind

_TOKENS: Final = re.compile(r'(?:[a-z]+:)?(?:"[^"]*"?|[^\s"]+)')


def kind_word(kind: Kind) -> str:
    """Return the filter that keeps a kind: `in:design-notes`."""
    return f"in:{kind.plural.replace(' ', '-')}"


def value_word(field: str, value: str) -> str:
    """Return the filter that keeps a value of a field: `category:"know how"`."""
    return f'{field}:"{value}"' if re.search(r"[\s,]", value) else f"{field}:{value}"


def toggled(text: str, word: str) -> str:
    """Return a text with a filter put in, or taken out where it was there."""
    words = _TOKENS.findall(text)
    kept = [each for each in words if each != word]
    return " ".join(kept if len(kept) < len(words) else [*words, word])


def without_kinds(text: str) -> str:
    """Return a text without the filters that name kinds."""
    return " ".join(word for word in _TOKENS.findall(text) if not word.startswith("in:"))


def holds(text: str, word: str) -> bool:
    """Whether a text has a filter."""
    return word in _TOKENS.findall(text)
