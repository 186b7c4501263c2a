"""What a message says, as a learning says it: without the marks of blocks around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from db.texts import first_line

TITLE_CHARS: Final = 80

_FENCE: Final = re.compile(r"\s*(?:```|~~~)")
_HEADING: Final = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_QUOTE: Final = re.compile(r"^\s{0,3}(?:>\s?)+")
_TAG: Final = re.compile(r"</?[a-z][a-z_-]*[a-z]>")
"""Agents wrap what they are told in such tags, which have no attributes."""
_ITEM: Final = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS: Final = re.compile(r"\*{1,3}|`+|~~|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)")
_SENTENCE: Final = re.compile(r".*?[.!?](?=\s|$)|.*?[。！？]", re.DOTALL)  # noqa: RUF001


def readable(text: str) -> str:
    """Return a text without headings, quotes and tags marked; code in fences stays as it is."""
    lines = [_unmarked(line) if is_prose else line for line, is_prose, _ in _lines(text)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def first_sentence(text: str) -> str:
    """Return the first sentence of a text as a title, of headings only where there is no other.

    A long one is cut at a word.
    """
    prose = [(_unmarked(line), is_head) for line, is_prose, is_head in _lines(text) if is_prose]
    said = [line for line, is_head in prose if not is_head]
    chosen = said if any(map(str.strip, said)) else [line for line, _ in prose]
    paragraph = _first_paragraph(chosen) or first_line(text)
    plain = _EMPHASIS.sub("", _LINK.sub(r"\1", paragraph))
    found = _SENTENCE.match(plain)
    return first_line(found[0] if found else plain, TITLE_CHARS).rstrip(".:")


def _lines(text: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield the lines of a text, each with whether it is prose and whether a heading."""
    is_code = False
    for line in text.splitlines():
        if _FENCE.match(line):
            is_code = not is_code
            yield line, False, False
        else:
            yield line, not is_code, not is_code and bool(_HEADING.match(line))


def _unmarked(line: str) -> str:
    bare = _TAG.sub("", _QUOTE.sub("", line))
    heading = _HEADING.match(bare)
    return heading[1] if heading else bare


def _first_paragraph(lines: list[str]) -> str:
    """Return the first paragraph, or the first item of a list, in one line."""
    taken: list[str] = []
    for line in lines:
        is_item = _ITEM.match(line) is not None
        if taken and (is_item or not line.strip()):
            break
        if line.strip():
            taken.append(_ITEM.sub("", line, count=1).strip())
    return " ".join(taken)
