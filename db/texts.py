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
