"""Text as the database can hold it."""

from __future__ import annotations

import re
from typing import Final

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return a text without what SQLite cannot hold: NUL and lone surrogates become U+FFFD.

    Where a text came from a file, the record's raw JSON still has it exactly.
    """
    if text.isascii():
        return text.replace("\x00", "\ufffd")
    return _UNSTORABLE.sub("\ufffd", text)


TITLE_CHARS: Final = 120
"""About so much of a text stands for it in lists."""


def first_line(text: str, limit: int = TITLE_CHARS) -> str:
    """Return the beginning of a text as a title: its first line with words, cut at a word."""
    line = next(
        (" ".join(each.split()) for each in text[:4096].splitlines() if each.strip()), ""
    )
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
