"""Markdown with boxes to tick, as lines: where each item stands and what it says.

Boxes in fenced code and in comments are examples, not items. What is indented below an item
belongs to it; a fence or comment that is never closed ends where its item does.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, overload

from msgspec import Struct

from db.exchange.encoding import encoded_size
from db.exchange.front_matter import front_lines
from db.vocabulary import Status

DONE: Final = "x"
_TAB_COLUMNS: Final = 4
_NAME_CHARS: Final = 100
_ITEM: Final = re.compile(
    r"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+)\[([ xX~!?>/*+.-])\]\*?[ \t]+(?=\S)"
)
_NEWLINE: Final = re.compile("\n")
_BOX: Final = re.compile(r"^(\s*(?:[-*+]|\d{1,9}[.)])\s+)(\\*)(?=\[.\])")
_HEADING: Final = re.compile(r"(#{1,6})[ \t]+(?=\S)")
_FENCE: Final = re.compile(r"\s*(`{3,}|~{3,})")
_COMMENT: Final = ("<!--", "-->")
_NAMES: Final = (
    re.compile(r"(?:\*\*)?(T\d{3,4}[a-z]?|CHK\d{3})(?:\*\*)?:?[ \t]+"),
    re.compile(r"\*\*(?:Task[ \t]+)?(\d{1,9}(?:\.\d{1,9})*)[:.]?\*\*:?[ \t]*"),
    re.compile(r"(\d{1,9}(?:\.\d{1,9})+)[.:]?[ \t]+"),
    re.compile(r"(\d{1,9})[.:][ \t]+"),
    re.compile(r"(?:\*\*)?([A-Z]{2,10}-\d{1,9}):?(?:\*\*)?:[ \t]+"),
)
"""How items begin that have a name: spec-kit's, OpenSpec's, Kiro's, and those of trackers."""

_LABEL: Final = re.compile(r"\[(\w[\w -]{0,30})\][ \t]+")
_STATES: Final = {
    " ": Status.QUEUED,
    "x": Status.SUCCEEDED,
    "X": Status.SUCCEEDED,
    "-": Status.RUNNING,
    "/": Status.RUNNING,
}
_MARKS: Final = {Status.SUCCEEDED: DONE, Status.RUNNING: "-"}


class Item(Struct, kw_only=True):
    """A line with a box, and the lines below that belong to it alone.

    `first` and `rest` are line numbers from 0; `box` is where the sign in the box stands in
    its line, `start` and `end` where the title does. `indent` is in columns, as is `inner`,
    that of what belongs to it. `name` is unique among the items of a text.
    """

    first: int
    indent: int
    inner: int
    box: int
    start: int
    end: int
    mark: str
    title: str
    own_name: str
    labels: tuple[str, ...]
    headings: tuple[str, ...]
    parent: Item | None = None
    name: str = ""
    rest: list[int] = []

    @property
    def last(self) -> int:
        """The number of the last line that belongs to it."""
        return self.rest[-1] if self.rest else self.first

    @property
    def status(self) -> Status:
        """The state that the sign in the box means; queued if it means none."""
        return _STATES.get(self.mark, Status.QUEUED)

    @property
    def status_word(self) -> str | None:
        """The box, where its sign has no known meaning."""
        return None if self.mark in _STATES else f"[{self.mark}]"


class Heading(Struct, frozen=True):
    """A heading: the number of its line from 0, its level from 1, and its words."""

    line: int
    level: int
    title: str


class Lines(Sequence[str]):
    """The lines of a text, each made when it is asked for: a list of them is large."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = array("q", (0,))
        self._starts.extend(found.end() for found in _NEWLINE.finditer(text))
        self._starts.append(len(text) + 1)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = range(len(self))[place]
        return self.text[self._starts[number] : self._starts[number + 1] - 1]


class Checklist:
    """A text with items, as far as it has any."""

    def __init__(self, text: str) -> None:
        """Read a text."""
        self.lines = Lines(text)
        self.items: list[Item] = []
        self.headings: list[Heading] = []
        self._open: list[Item] = []
        self._path: list[Heading] = []
        self._above: tuple[str, ...] = ()
        self._blank: list[int] = []
        self._hidden: tuple[str, int] | None = None
        self._title: Heading | None = None
        front = front_lines(self.lines)
        for number in range(front, len(self.lines)):
            self._take(number, self.lines[number])
        _name(self.items)

    @property
    def title(self) -> str:
        """The words of the heading of the first level above all items, if there is one."""
        return "" if self._title is None else self._title.title

    @property
    def title_line(self) -> int:
        """The number of the line of the title, or -1."""
        return -1 if self._title is None else self._title.line

    @property
    def intro(self) -> str:
        """What stands before the first item and the headings right above it, but the title."""
        end = self.items[0].first if self.items else len(self.lines)
        headings = {each.line for each in self.headings}
        while end > 0 and (end - 1 in headings or not self.lines[end - 1].strip()):
            end -= 1
        return unquoted(
            line.rstrip("\r")
            for number, line in enumerate(self.lines[:end])
            if number != self.title_line
        )

    @property
    def text(self) -> str:
        """The text itself."""
        return self.lines.text

    def share(self) -> float:
        """Return how much of the text belongs to items, from 0 to 1."""
        filled = sum(1 for line in self.lines if line.strip())
        return sum(1 + len(item.rest) for item in self.items) / filled if filled else 0.0

    def parts(self) -> list[tuple[int, int]]:
        """Return where the lines begin and end of each part: a title with items below it.

        What holds no items is part of what stands above it, or else of what follows.
        """
        places = [item.first for item in self.items]
        cuts = [each.line for each in self.headings if each.level == 1]
        bounds = [0, *(cut for cut in cuts if places and places[0] < cut), len(self.lines)]
        found: list[tuple[int, int]] = []
        for start, end in pairwise(bounds):
            if found and bisect_left(places, start) == bisect_left(places, end):
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return found

    def _take(self, number: int, line: str) -> None:
        if not line.strip():
            self._blank.append(number)
            return
        columns = _columns(line)
        if self._hidden is not None and columns < self._hidden[1]:
            self._hidden = None
        while self._open and columns <= self._open[-1].indent:
            self._open.pop()
        if self._hidden is None and (found := _ITEM.match(line)):
            self._begin(number, line, found)
        elif self._is_hidden(line, columns) or not (heading := _HEADING.match(line)):
            self._belongs(number)
        else:
            self._head(Heading(number, len(heading[1]), _unclosed(line[heading.end() :])))
        self._blank.clear()

    def _is_hidden(self, line: str, columns: int) -> bool:
        """Tell whether a line is in a fence or a comment, which it may begin or end."""
        if self._hidden is None:
            if fence := _FENCE.match(line):
                self._hidden = (fence[1], columns)
            elif line.rfind(_COMMENT[0]) > line.rfind(_COMMENT[1]):
                self._hidden = (_COMMENT[0], columns)
            return self._hidden is not None
        sign = self._hidden[0]
        if sign == _COMMENT[0]:
            is_end = _COMMENT[1] in line
        else:
            is_end = line.strip().startswith(sign) and not line.strip(" \t\r`~")
        if is_end:
            self._hidden = None
        return True

    def _begin(self, number: int, line: str, found: re.Match[str]) -> None:
        text = line[found.end() :].rstrip()
        own_name, labels, start = _prefix(text)
        item = Item(
            first=number,
            indent=_columns(line),
            inner=_columns(line) + len(found[2]) + 1,
            box=found.start(4),
            start=found.end() + start,
            end=found.end() + len(text),
            mark=found[4],
            title=text[start:],
            own_name=own_name,
            labels=labels,
            headings=self._above,
            parent=self._open[-1] if self._open else None,
            rest=[],
        )
        self.items.append(item)
        self._open.append(item)

    def _head(self, heading: Heading) -> None:
        if heading.level == 1 and self._title is None and not self.items:
            self._title = heading
        self.headings.append(heading)
        self._open.clear()
        while self._path and self._path[-1].level >= heading.level:
            self._path.pop()
        self._path.append(heading)
        self._above = tuple(each.title for each in self._path if each is not self._title)

    def _belongs(self, number: int) -> None:
        if self._open:
            self._open[-1].rest += [*self._blank, number]

    def description(self, item: Item) -> str:
        """Return what stands below an item."""
        lines = (self.lines[number].rstrip("\r") for number in item.rest)
        found = (_outdented(line, item.inner) for line in lines)
        return "\n".join(_BOX.sub(_unescaped, line) for line in found).strip("\n")


def _unclosed(words: str) -> str:
    """Return the words of a heading without the signs that may close it."""
    words = words.rstrip()
    core = words.rstrip("#")
    return core.rstrip() if core.endswith((" ", "\t")) or not core else words


def line_starts(lines: Iterable[str], offset: int, encoding: str) -> list[int]:
    """Return where each line begins in its file, in bytes, and where the next would."""
    starts = [offset]
    for line in lines:
        starts.append(starts[-1] + encoded_size(line + "\n", encoding))
    return starts


def _columns(line: str) -> int:
    columns = 0
    for sign in line:
        if sign == "\t":
            columns += _TAB_COLUMNS - columns % _TAB_COLUMNS
        elif sign == " ":
            columns += 1
        else:
            break
    return columns


def _outdented(line: str, columns: int) -> str:
    """Return a line without so many columns of white space, if it has them."""
    if not line.strip():
        return ""
    place = done = 0
    while done < columns and line[place] in " \t":
        done += _TAB_COLUMNS - done % _TAB_COLUMNS if line[place] == "\t" else 1
        place += 1
    return line[place:]


def _prefix(text: str) -> tuple[str, tuple[str, ...], int]:
    """Return the name that an item begins with, its labels, and where the rest starts."""
    found = next(filter(None, (each.match(text) for each in _NAMES)), None)
    if found is None or found.end() == len(text):
        return "", (), 0
    labels: list[str] = []
    end = found.end()
    while label := _LABEL.match(text, end):
        labels.append("parallel" if label[1] == "P" else label[1])
        end = label.end()
    return found[1], tuple(labels), end


def _name(items: Sequence[Item]) -> None:
    """Give each item its name, and those numbered `2.1` the item `2` as parent."""
    named: dict[str, Item] = {}
    taken: Counter[str] = Counter()
    for item in items:
        number = item.own_name.rpartition(".")[0]
        if item.parent is None and number:
            item.parent = named.get(number)
        home = item.parent.name if item.parent else "".join(item.headings[-1:])
        words = " ".join(item.title.split())[:_NAME_CHARS]
        name = item.own_name or "/".join(filter(None, (home[:_NAME_CHARS], words)))
        taken[name] += 1
        item.name = name if taken[name] == 1 else f"{name}~{taken[name]}"
        named.setdefault(item.name, item)


def unquoted(lines: Iterable[str]) -> str:
    """Return lines as one text; where all are a quotation, without the signs of it."""
    found = list(lines)
    if all(not line.strip() or line.startswith(">") for line in found):
        found = [line.removeprefix(">").removeprefix(" ") for line in found]
    return "\n".join(found).strip("\n")


def quoted(text: str) -> list[str]:
    """Return the lines of a text as a quotation, in which nothing is an item or a heading."""
    return [f"> {line}".rstrip() for line in text.split("\n")] if text else []


def mark_of(status: Status, before: str = "") -> str:
    """Return the sign for a state: the one `before`, if it means that already."""
    if before and _STATES.get(before, Status.QUEUED) is status:
        return before
    return _MARKS.get(status, " ")


def written(mark: str, title: str, description: str, columns: int) -> Iterator[str]:
    """Yield the lines of a new item that stands so many columns from the left."""
    yield " " * columns + f"- [{mark}] {one_line(title)}"
    yield from described(description, columns + 2)


def described(description: str, columns: int) -> Iterator[str]:
    """Yield the lines that say a description below an item; boxes in it are no items."""
    for line in description.strip("\n").split("\n") if description.strip() else ():
        text = _BOX.sub(r"\1\\\2", line.rstrip("\r"))
        yield " " * columns + text if text.strip() else ""


def one_line(title: str) -> str:
    """Return a title that can stand on a line."""
    return " ".join(title.replace("\r", "\n").split("\n")).strip() or "Untitled"


def _unescaped(found: re.Match[str]) -> str:
    return found[1] + found[2][1:]
