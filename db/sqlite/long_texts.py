"""Where a search stands in texts of megabytes, without making all of them strings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, Final

from db.snippets import Pieces, snippet
from db.sqlite.connection import Session
from db.sqlite.tables import Layout
from db.terms import Terms, words_of

_CHUNK_BYTES: Final = 1 << 20
_OVERLAP_BYTES: Final = 1 << 9
"""Chunks share so much, lest a word be cut in two."""
_BEFORE_BYTES: Final = 1 << 8
_AFTER_BYTES: Final = 1 << 10
_TRIED: Final = 1000
"""So many places where a word may stand are looked at in one text."""

_STRING: Final = r'[^"\\]*(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^"\\]*)*'
_TEXT_OF_BLOCK: Final = re.compile(rf'"(?:text|name)":"({_STRING})')
_REST_OF_STRING: Final = re.compile(_STRING)
_PART_OF_ESCAPE: Final = re.compile(r"\\*.?", re.DOTALL)
"""What a stretch may begin with of an escape whose beginning stands before it."""
_NO_END_OF_TEXT: Final = re.compile(r'":|"(?:type|text|name|call_id|is_error)":')
"""The end of a member's name, or a member: before it stands nothing that a block says."""
_BETWEEN: Final = rb"(?:\\u[0-9a-f]{4}|\\.|[^a-z0-9]){0,32}"
"""What may stand between two words of a phrase, in a text or in JSON."""


class LongTexts:
    """The long texts of one kind of record, in which terms are looked for.

    No more than `most` bytes of all of them are read.
    """

    def __init__(self, session: Session, layout: Layout, terms: Terms, most: int) -> None:
        self._session = session
        self._layout = layout
        self._terms = terms
        self._left = most
        self._pattern = _pattern(terms)

    def snippets(self, pk: int, fields: Iterable[str], start: int) -> Iterator[Pieces]:
        """Yield the stretches of a record's long fields where the terms stand after `start`."""
        table = self._layout.body_table
        for field in fields if self._pattern is not None else ():
            with closing(_blob(self._session, table, field, pk)) as blob:
                for window in self._windows(blob, start - _OVERLAP_BYTES):
                    text = salvaged(window) if field == "blocks" else window
                    if found := snippet(self._terms, text):
                        yield found

    def _windows(self, blob: Any, at: int) -> Iterator[str]:
        """Yield what stands around each place from `at` on where a word may begin."""
        assert self._pattern is not None
        size, past, tried = blob.length(), at, 0
        while at < size and self._left > 0 and tried < _TRIED:
            blob.seek(at)
            chunk = blob.read(min(_CHUNK_BYTES, self._left)).lower()
            self._left -= len(chunk)
            for match in self._pattern.finditer(chunk):
                place = at + match.start()
                if place >= past and tried < _TRIED:
                    tried, past = tried + 1, place + _AFTER_BYTES // 2
                    yield _around(blob, place)
            is_last = at + len(chunk) >= size
            at = size if is_last else at + max(len(chunk) - _OVERLAP_BYTES, 1)


def _blob(session: Session, table: str, field: str, pk: int) -> Any:
    return session.connection.blob_open("main", table, field, pk, False)  # noqa: FBT003


def _around(blob: Any, place: int) -> str:
    start = max(0, place - _BEFORE_BYTES)
    blob.seek(start)
    read: bytes = blob.read(min(place - start + _AFTER_BYTES, blob.length() - start))
    return read.decode(errors="ignore")


def _pattern(terms: Terms) -> re.Pattern[bytes] | None:
    """Return what finds the places in a text in lower case where a term may stand.

    The case of letters beyond ASCII, and their accents, are those that were typed.
    """
    needles = {
        _BETWEEN.join(re.escape(form(word).encode(errors="ignore").lower()) for word in words)
        for group in terms.alternatives
        for term in group
        if not term.negated
        for words in (words_of(term.text), term.text.split())
        for form in (str.lower, str.upper, str.capitalize)
    }
    needles.discard(b"")
    return re.compile(b"|".join(sorted(needles))) if needles else None


def beginning_of(session: Session, table: str, field: str, pk: int, most: int) -> str:
    """Read the beginning of a text without reading all of it, as SQL would."""
    with closing(_blob(session, table, field, pk)) as blob:
        read: bytes = blob.read(most)
    return read.decode(errors="ignore")


def salvaged(stretch: str) -> str:
    """Return what the blocks say in the beginning of their JSON text, or its middle.

    Inside a string of JSON each quote is escaped, so one that is not begins or ends it.
    """
    first = _PART_OF_ESCAPE.match(stretch)
    rest = _REST_OF_STRING.match(stretch, first.end() if first else 0)
    assert rest is not None
    is_said = _NO_END_OF_TEXT.match(stretch, rest.end()) is None
    texts = [match[1] for match in _TEXT_OF_BLOCK.finditer(stretch, rest.end())]
    return " ".join(map(_unescaped, [*([rest[0]] if is_said else []), *texts]))


def _unescaped(text: str) -> str:
    unescaped: str = json.loads(f'"{text}"', strict=False)
    return unescaped
