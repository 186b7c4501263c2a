"""Text in columns, for terminals: signs that are two columns wide, or none, are counted so."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from desktop_app.cli.answer import Paper

_GAP: Final = "  "
_LEAST_WIDTH: Final = 32
"""What the last column of a table gets, if others must go for it."""

_SHORT_ID: Final = 12
"""Signs at the end of an id that tell it from all others; its start is a time, which
records made together share."""

_COLOURS: Final = {
    "running": "33",
    "queued": "2",
    "review": "35",
    "blocked": "33",
    "failed": "31",
    "succeeded": "32",
    "canceled": "2",
}
# A title may hold anything: nothing in it may move the cursor or turn the line around.
_STEERING: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_BLANKS: Final = re.compile(r"[\t\n\v\f\r ]+")


class Column(NamedTuple):
    """A column of a table; the last one of a table is cut to fit the terminal.

    Where even that leaves too little, columns go: first those whose `rank` is highest,
    never those of rank 0.
    """

    heading: str
    rank: int = 0
    right: bool = False


def one_line(text: str) -> str:
    """Return a text without what steers a terminal, on one line."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", _BLANKS.sub(" ", text)).strip()


def many_lines(text: str) -> str:
    """Return a text without what steers a terminal, its lines kept."""
    kept = text.replace("\r\n", "\n").replace("\t", "    ").split("\n")
    return "\n".join(_STEERING.sub("\N{REPLACEMENT CHARACTER}", line) for line in kept)


def short_id(id_: str, paper: Paper) -> str:
    """Return as much of an id as names its record, where there is little room."""
    return id_ if paper.width is None else id_[-_SHORT_ID:]


def local_minute(moment: str) -> str:
    """Return an RFC 3339 time on the clock of whoever reads it."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_sign_width, text))


def cut(text: str, width: int) -> str:
    """Return as much of a text as fits, an ellipsis where something is missing."""
    if width_of(text) <= width:
        return text
    room = width - 1
    kept = 0
    for sign in text:
        room -= _sign_width(sign)
        if room < 0:
            break
        kept += 1
    return text[:kept] + "…"


def wrapped(line: str, width: int) -> list[str]:
    """Return a line as several that fit, the further ones indented; no word is broken."""
    indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def paint(text: str, colour: str, paper: Paper) -> str:
    """Return a text in a colour, where the paper takes colours."""
    return f"\033[{colour}m{text}\033[0m" if paper.colour else text


def paint_status(text: str, paper: Paper) -> str:
    """Return a state's word, padded or not, in its colour."""
    return paint(text, _COLOURS.get(text.strip(), "0"), paper)


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], paper: Paper) -> str:
    """Return rows under their headings; a column headed STATUS is coloured."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [
        max(width_of(column.heading), *(width_of(row[place]) for row in cells), 0)
        for place, column in enumerate(columns)
    ]
    shown = _fitting(columns, widths, paper)
    headings = [_pad(columns[place].heading, widths[place], columns[place]) for place in shown]
    lines = [paint(_GAP.join(headings).rstrip(), "1", paper)]
    for row in cells:
        parts = [_pad(row[place], widths[place], columns[place]) for place in shown]
        painted = [
            paint_status(part, paper) if columns[place].heading == "STATUS" else part
            for part, place in zip(parts, shown, strict=True)
        ]
        lines.append(_GAP.join(painted).rstrip())
    return "\n".join(lines)


def _fitting(columns: Sequence[Column], widths: list[int], paper: Paper) -> list[int]:
    """Return the places of the columns that fit, and narrow the last of them."""
    shown = list(range(len(columns)))
    if paper.width is None:
        return shown
    wanted = min(widths[-1], _LEAST_WIDTH)
    while True:
        others = sum(widths[place] + len(_GAP) for place in shown[:-1])
        least = max(shown, key=lambda place: columns[place].rank)
        if paper.width - others >= wanted or not columns[least].rank:
            widths[-1] = max(1, min(widths[-1], paper.width - others))
            return shown
        shown.remove(least)


def fields(pairs: Sequence[tuple[str, str]]) -> str:
    """Return names and values, one pair a line, those without a value left out."""
    width = max((width_of(name) for name, value in pairs if value), default=0)
    return "\n".join(
        f"{_pad(name, width, Column(name))}{_GAP}{value}" for name, value in pairs if value
    )


def _pad(text: str, width: int, column: Column) -> str:
    fitting = cut(text, width)
    blanks = " " * (width - width_of(fitting))
    return blanks + fitting if column.right else fitting + blanks


def _sign_width(sign: str) -> int:
    if unicodedata.category(sign) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
