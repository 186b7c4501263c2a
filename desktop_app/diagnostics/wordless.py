"""Errors told without their words, which may be those of a record."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from typing import Final

_QUOTED: Final = re.compile(r"""(?<!\w)(['"])(.*?)(?:\1(?!\w)|$)""", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_][\w.]{0,60}")
_PLACE: Final = re.compile(r"\S*[/\\]\S+")
"""What may be the path or address of anything."""
_LONG_CHARS: Final = 300


def told(error: BaseException) -> str:
    """Return what kind of error it is, and what the system or SQLite calls it, if they do."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else _full_name(kind)
    if isinstance(error, OSError) and error.errno is not None:
        return f"{name}: {error.strerror}"
    code = getattr(error, "extendedresult", None)
    if isinstance(code, int):
        return f"{name}: code {code}"
    return name


def without_quotes(text: str) -> str:
    """Return a text, not too long, without what it quotes and paths; names of code stay."""
    unquoted = _QUOTED.sub(
        lambda quoted: quoted[0] if _NAME.fullmatch(quoted[2]) else "'…'", text
    )
    return _PLACE.sub("…", unquoted)[:_LONG_CHARS]


def trace_of(error: BaseException) -> str:
    """Return where an error came up, and those it came of, without their words."""
    return "\n".join(_told_chain(error))


def mark_of(error: BaseException) -> str:
    """Return what is the same each time the same goes wrong: kind and place."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__qualname__} {place}"


def _told_chain(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        if each is not error:
            yield "which came of:"
        yield from (line.rstrip() for line in traceback.format_tb(each.__traceback__))
        yield told(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def _full_name(kind: type[BaseException]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
