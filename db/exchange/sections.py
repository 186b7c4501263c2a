"""Several long texts of one object as one description, each under its heading; and lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

DESCRIPTION: Final = "description"
_BOXES: Final = {None: "- ", False: "- [ ] ", True: "- [x] "}
_BULLET: Final = re.compile(r"- (?:\[([ xX])\] )?")


def joined(texts: Mapping[str, str], headings: Mapping[str, str]) -> str:
    """Return the text `description`, and those with a heading, by name, under theirs."""
    parts = [texts.get(DESCRIPTION, "")]
    for name, heading in headings.items():
        if text := texts.get(name, ""):
            parts.append(f"## {heading}\n\n{text}")
    return "\n\n".join(filter(None, parts))


def split(text: str, headings: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that `joined` made one, by name, empty ones too.

    A heading counts in its order and once; another of the same words is part of a text.
    """
    found = dict.fromkeys((DESCRIPTION, *headings), "")
    rest = text
    for name, heading in reversed([*headings.items()]):
        places = [*re.finditer(rf"^## {re.escape(heading)}\n\n", rest, re.MULTILINE)]
        if places:
            found[name] = rest[places[-1].end() :]
            rest = rest[: places[-1].start()].removesuffix("\n\n")
    found[DESCRIPTION] = rest
    return found


def bulleted(items: Iterable[tuple[str, bool | None]]) -> str:
    """Return a Markdown list; of each item a box says whether it is done, None has no box."""
    return "\n".join(_BOXES[is_done] + text.replace("\n", "\n  ") for text, is_done in items)


def bullets_in(text: str) -> Iterator[tuple[str, bool | None]]:
    """Yield the items of a Markdown list; a line that starts none goes on with the last."""
    begun: list[str] = []
    is_done: bool | None = None
    for line in text.split("\n"):
        bullet = _BULLET.match(line)
        if bullet is None:
            begun.append(line.removeprefix("  "))
            continue
        if begun:
            yield "\n".join(begun), is_done
        begun = [line[bullet.end() :]]
        is_done = None if bullet[1] is None else bullet[1] != " "
    if any(begun):
        yield "\n".join(begun), is_done
