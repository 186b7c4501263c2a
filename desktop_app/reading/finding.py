"""Finding words in a text of any length, without holding up the other threads."""

from __future__ import annotations

import re
from typing import Final

from db.cancel import CancelToken
from db.snippets import marked
from db.terms import Terms

MOST: Final = 10_000
"""So many places are found at most."""
_STEP: Final = 100_000
_WINDOW: Final = 16_000
_LONGEST: Final = 256
"""A match of a search is no longer than that, in characters."""
_BLANK: Final = re.compile(r"\s")

# In one go either would keep the interpreter for itself to the end of the text.


def find_all(text: str, typed: str, token: CancelToken) -> list[tuple[int, int]]:
    """Return where a text stands in another, in order; letter case is ignored."""
    if not typed:
        return []
    pattern = re.compile(re.escape(typed), re.IGNORECASE)
    found: list[tuple[int, int]] = []
    at = 0
    for start in range(0, len(text), _STEP):
        token.check()
        end = start + _STEP
        for match in pattern.finditer(text, max(at, start), end + len(typed) - 1):
            if len(found) == MOST:
                return found
            found.append(match.span())
            at = match.end()
    return found


def find_terms(
    text: str, terms: Terms, token: CancelToken, most: int = MOST
) -> list[tuple[int, int]]:
    """Return where the terms of a search stand in a text, in order, by the search's rules."""
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(text) and len(found) < most:
        token.check()
        blank = _BLANK.search(text, start + _WINDOW, start + 2 * _WINDOW)
        end = start + 2 * _WINDOW if blank is None else blank.end()
        at = start
        for piece, is_match in marked(terms, text[start : end + _LONGEST]):
            after = at + len(piece)
            if is_match and at < end and (not found or at >= found[-1][1]):
                found.append((at, after))
            at = after
        start = end
    return found[:most]
