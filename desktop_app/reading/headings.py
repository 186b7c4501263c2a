"""The headings of a text, to see how it goes on and to jump."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from PySide6.QtGui import QTextDocument

from db.cancel import CancelToken

MOST: Final = 1_000
"""So many headings are listed at most."""
_STEP: Final = 100_000
_LONGEST: Final = 200
_HEADING_OR_FENCE: Final = re.compile(
    r"^ {0,3}(?:(?P<fence>`{3,}|~{3,})|(?P<signs>#{1,6})[ \t]+(?P<words>[^\n]{1,400}))",
    re.MULTILINE,
)


class Heading(Struct, frozen=True, gc=False):
    """A heading: how deep it is, from 1, its words, and where in the text it begins."""

    level: int
    words: str
    offset: int


def headings_of_document(document: QTextDocument) -> list[Heading]:
    """Return the headings of rendered text; offsets are those of its plain text."""
    found = []
    block, offset = document.begin(), 0
    while block.isValid() and len(found) < MOST:
        level = block.blockFormat().headingLevel()
        words = block.text()
        if level and words.strip():
            found.append(Heading(level, words.strip()[:_LONGEST], offset))
        offset += len(words) + 1
        block = block.next()
    return found


def headings_of_source(source: str, token: CancelToken) -> list[Heading]:
    """Return the headings of Markdown that is shown as it is written."""
    found: list[Heading] = []
    fence = ""
    for match in _matches(source, token):
        if len(found) == MOST:
            break
        mark = match["fence"]
        if mark is not None:
            if not fence:
                fence = mark
            elif mark.startswith(fence):
                fence = ""
        elif not fence:
            words = match["words"].rstrip().rstrip("#").rstrip()
            found.append(Heading(len(match["signs"]), words[:_LONGEST], match.start()))
    return found


def _matches(source: str, token: CancelToken) -> Iterator[re.Match[str]]:
    """Yield what looks like a heading or a fence, giving way to other threads in between."""
    start = 0
    while start < len(source):
        token.check()
        line_end = source.find("\n", start + _STEP)
        end = len(source) if line_end < 0 else line_end + 1
        yield from _HEADING_OR_FENCE.finditer(source, start, end)
        start = end
