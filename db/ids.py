"""New record ids: UUID version 7, as in RFC 9562 section 5.7."""

from __future__ import annotations

import os
import re
import threading
import time
from typing import Final

ID_START: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{0,12}){0,4}", re.IGNORECASE)
"""What an id or its beginning looks like."""

_MOST_PER_MS: Final = 0xFFF
_lock = threading.Lock()
_last_ms = 0
_counter = 0


def new_id() -> str:
    """Return a UUIDv7 that sorts after every earlier one of this process.

    The 12 bits after the version count ids within one millisecond, and a clock that is
    set back does not go back here.
    """
    global _last_ms, _counter  # noqa: PLW0603 - one clock for the process
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            _last_ms, _counter = now_ms, 0
        else:
            _counter += 1
            if _counter > _MOST_PER_MS:
                _last_ms, _counter = _last_ms + 1, 0
        high = (_last_ms << 16) | 0x7000 | _counter
    low = (int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1) | (1 << 63)
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
