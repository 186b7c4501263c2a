"""New record ids: UUID version 7, as in RFC 9562 section 5.7."""

from __future__ import annotations

import os
import re
import threading
import time
from typing import Final

ID_START: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{0,12}){0,4}", re.IGNORECASE)
"""What an id or its beginning looks like."""

WHOLE_ID: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
"""What an id looks like; ids that other programs gave mostly do not."""

NAMING_START: Final = re.compile(r"[0-9a-f]{6,8}(-[0-9a-f]{0,12}){0,4}", re.IGNORECASE)
"""What the beginning of an id looks like, where nothing but a name can stand."""

ID_END: Final = re.compile(r"[0-9a-f-]{8,}", re.IGNORECASE)
"""What the end of an id looks like: unlike its start, records made together differ in it."""

NAMING_END: Final = re.compile(r"[0-9a-f]{12}", re.IGNORECASE)
"""What the end of an id looks like that lists show, where a title can stand as well."""

_COUNTER_BITS: Final = 12
_VARIANT: Final = "89ab"
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a UUIDv7 that sorts after every earlier one of this process."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """Return so many UUIDv7 that sort one after the other, and after every earlier one.

    The 12 bits after the version count ids within one millisecond, and go on into the next;
    a clock that is set back does not go back here.
    """
    global _last  # noqa: PLW0603 - one clock for the process
    with _lock:
        now = time.time_ns() // 1_000_000 << _COUNTER_BITS
        first = max(now, _last + 1)
        _last = first + count - 1
    noise = os.urandom(8 * count).hex()
    return [
        _written(number, noise[16 * place : 16 * place + 16])
        for place, number in enumerate(range(first, first + count))
    ]


def _written(number: int, noise: str) -> str:
    """Return the id of a count of 4096ths of a millisecond, and 16 hexadecimal digits."""
    text = f"{number:015x}"
    variant = _VARIANT[int(noise[0], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-7{text[12:]}-{variant}{noise[1:4]}-{noise[4:]}"
