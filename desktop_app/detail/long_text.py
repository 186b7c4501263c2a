"""Long text in pieces that the window can take between two frames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

LONG_LINE: Final = 10_000
"""Characters; one line of a million would stop the window for half a minute."""
PIECE: Final = 8 * 1024
BROKEN_EVERY: Final = 1_000
_UNBROKEN: Final = 2 * PIECE
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")


def has_long_line(text: str) -> bool:
    """Whether a line of the text is too long to be laid out as it is."""
    return any(len(line) > LONG_LINE for line in text.split("\n"))


def soft_broken(text: str) -> str:
    """Return the text with line ends put into lines longer than `LONG_LINE`."""
    return "\n".join(
        line if len(line) <= LONG_LINE else "\n".join(_slices(line, BROKEN_EVERY))
        for line in text.split("\n")
    )


def plain_pieces(text: str) -> Iterator[str]:
    """Yield the text, soft-broken, in pieces of about `PIECE` characters that end a line."""
    broken, start = soft_broken(text), 0
    while len(broken) - start > PIECE:
        line_end = broken.rfind("\n", start, start + PIECE)
        if line_end < 0:
            line_end = broken.find("\n", start + PIECE)
        end = len(broken) if line_end < 0 else line_end + 1
        yield broken[start:end]
        start = end
    if start < len(broken):
        yield broken[start:]


def markdown_pieces(text: str) -> Iterator[str]:
    """Yield Markdown source in pieces of about `PIECE` that mean the same on their own.

    A piece ends at a blank line outside code, where no list goes on. A block of twice that
    length is cut at a line, a fence around the cut being closed and reopened.
    """
    piece: list[str] = []
    length, fence, blank = 0, "", True
    for line in _short_lines(text):
        if length > PIECE and not fence and blank and not line.startswith((" ", "\t")):
            yield "\n".join(piece)
            piece, length = [], 0
        elif length > _UNBROKEN:
            yield "\n".join([*piece, _mark(fence)])
            piece, length = [fence] if fence else [], 0
        fence = _fence_after(fence, line)
        piece.append(line)
        length += len(line) + 1
        blank = not line.strip()
    yield "\n".join(piece)


def _short_lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if len(line) <= LONG_LINE:
            yield line
            continue
        for part in _slices(line, BROKEN_EVERY):
            yield part
            yield ""


def _fence_after(fence: str, line: str) -> str:
    """Return the opening line of the code block that a line leaves open, or nothing."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return line[:BROKEN_EVERY]
    closes = found[1].startswith(_mark(fence)) and not line.strip(" `~")
    return "" if closes else fence


def _mark(fence: str) -> str:
    found = _FENCE.match(fence)
    return found[1] if found else ""


def _slices(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(0, len(text), length))
