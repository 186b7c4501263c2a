"""A text of any length in parts that a view can hold, and where its characters stand there."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from db.cancel import CancelToken
from desktop_app.detail.long_text import BROKEN_EVERY, LONG_LINE, markdown_pieces

PART: Final = 500_000
"""Characters; laying out and leaving more than that would stop the window."""
RENDERED_PART: Final = 200_000
"""As many when they are rendered, which takes longer at each change of the width."""
_DOUBLED: Final = re.compile("[\U00010000-\U0010ffff]")


def part_starts(text: str) -> list[int]:
    """Return where the parts of a text begin: after a line end, unless there is none."""
    starts = [0]
    while len(text) - starts[-1] > PART:
        end = starts[-1] + PART
        line_end = text.rfind("\n", end - PART // 2, end)
        starts.append(end if line_end < 0 else line_end + 1)
    return starts


def markdown_parts(source: str, token: CancelToken) -> list[str]:
    """Return Markdown of any length in parts that mean the same on their own."""
    parts: list[str] = []
    pieces: list[str] = []
    length = 0
    for piece in markdown_pieces(source):
        token.check()
        if length + len(piece) > RENDERED_PART and pieces:
            parts.append("\n".join(pieces))
            pieces, length = [], 0
        pieces.append(piece)
        length += len(piece)
    return [*parts, "\n".join(pieces)]


class Positions:
    """Where the characters of a text stand in a Qt document that shows it.

    Qt counts some characters twice, and a view breaks long lines of plain text.
    """

    def __init__(self, text: str, *, is_broken: bool) -> None:
        self._doubled = [match.start() for match in _DOUBLED.finditer(text)]
        self._breaks = list(_breaks(text)) if is_broken else []

    def of(self, offset: int) -> int:
        """Return the position of a character."""
        doubled = bisect_left(self._doubled, offset)
        return offset + doubled + bisect_right(self._breaks, offset)


def _breaks(text: str) -> Iterator[int]:
    start = 0
    for line in text.split("\n"):
        if len(line) > LONG_LINE:
            yield from range(start + BROKEN_EVERY, start + len(line), BROKEN_EVERY)
        start += len(line) + 1
