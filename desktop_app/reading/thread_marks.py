"""Where words that are looked for stand in a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from PySide6.QtGui import QTextDocument

from db.snippets import marked
from db.terms import Terms
from desktop_app.detail.text_parts import Positions
from desktop_app.reading.blocks_document import MessageDocument
from desktop_app.reading.thread_painter import Mark

Finder: TypeAlias = Callable[[str], list[tuple[int, int]]]
"""Returns where the matches in a text begin and end, in order."""

ANY_BLOCK: Final = -1


def plain_finder(needle: str) -> Finder:
    """Return what finds a text as it is typed, capitals or not."""
    pattern = re.compile(re.escape(needle), re.IGNORECASE)
    return lambda text: [found.span() for found in pattern.finditer(text)]


def terms_finder(terms: Terms) -> Finder:
    """Return what finds the words of a search, as the search finds them."""

    def find(text: str) -> list[tuple[int, int]]:
        spans, start = [], 0
        for piece, is_match in marked(terms, text):
            end = start + len(piece)
            if is_match:
                spans.append((start, end))
            start = end
        return spans

    return find


def marks_in(document: QTextDocument, finder: Finder) -> list[tuple[int, int]]:
    """Return the positions in a document where matches begin and end, in order."""
    text = document.toRawText()
    positions = Positions(text, is_broken=False)
    return [(positions.of(start), positions.of(end)) for start, end in finder(text)]


class Found(NamedTuple):
    """A match: the message it is in, by pk, the block there, and which one in that."""

    pk: int
    block: int
    nth: int


class Marks:
    """The matches in the messages that are laid out, one of which is the current one."""

    def __init__(self) -> None:
        self._finder: Finder | None = None
        self._known: WeakKeyDictionary[MessageDocument, list[tuple[int, int]]]
        self._known = WeakKeyDictionary()
        self.found: Found | None = None

    def look_for(self, finder: Finder | None) -> None:
        """Mark whatever is found from now on."""
        self._finder = finder
        self._known.clear()
        self.found = None

    def of(self, document: MessageDocument) -> list[tuple[int, int]]:
        """Return the positions in a message where matches begin and end."""
        if self._finder is None:
            return []
        if not document.is_whole:
            return marks_in(document.document, self._finder)
        if document not in self._known:
            self._known[document] = marks_in(document.document, self._finder)
        return self._known[document]

    def current_in(self, document: MessageDocument) -> tuple[int, int] | None:
        """Return where the current match stands in a message, if it is in it, by now.

        What is rendered may hold fewer matches than its source; then it is the last.
        """
        if self.found is None or self.found.pk != document.detail.record.pk:
            return None
        _pk, block, nth = self.found
        whole = (0, document.document.characterCount())
        start, end = document.spans.get(block, whole if block == ANY_BLOCK else (0, 0))
        inside = [each for each in self.of(document) if start <= each[0] < end]
        if not inside or (nth >= len(inside) and not document.is_whole):
            return None
        return inside[min(nth, len(inside) - 1)]

    def to_paint(self, document: MessageDocument) -> list[Mark]:
        """Return the marks of a message, the current one last."""
        marks = [Mark(*span, "text", "run_bg") for span in self.of(document)]
        if current := self.current_in(document):
            marks.append(Mark(*current, "on_accent", "accent"))
        return marks
