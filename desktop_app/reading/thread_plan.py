"""Which rows a thread has: messages, and places where messages are hidden."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import IntFlag
from itertools import compress, count
from typing import Final

from msgspec import Struct

from db.records import ThreadEntry
from db.vocabulary import Part, Role
from desktop_app.reading.branches import Tree
from desktop_app.reading.thread_heights import Heights


class Sort(IntFlag):
    """What a reader may hide of a conversation."""

    PROMPT = 1
    ANSWER = 2
    TOOL = 4
    THINKING = 8


EVERYTHING: Final = Sort(15)
SPOKEN: Final = Sort.PROMPT | Sort.ANSWER
NOUNS: Final = {
    Sort.PROMPT: ("prompt", "prompts"),
    Sort.ANSWER: ("answer", "answers"),
    Sort.TOOL: ("tool block", "tool blocks"),
    Sort.THINKING: ("thinking block", "thinking blocks"),
}
_ESTIMATES: Final = {Sort.PROMPT: 92, Sort.ANSWER: 140, Sort.TOOL: 30, Sort.THINKING: 30}
GAP_PX: Final = 36
_BYTES: Final = 256
_NOWHERE: Final = -1
_HIDDEN: Final = re.compile(b"\0+")


def sort_of(role: Role, part: Part) -> Sort:
    """Return what a block is to a reader."""
    if part is Part.THINKING:
        return Sort.THINKING
    is_tool = part in {Part.TOOL_CALL, Part.TOOL_RESULT}
    if is_tool or (role is Role.TOOL and part is Part.IMAGE):
        return Sort.TOOL
    return Sort.PROMPT if role is Role.USER else Sort.ANSWER


def _sorts_of(role: Role, parts: int) -> int:
    found = 0
    for part in Part:
        if parts & part:
            found |= sort_of(role, part)
    return found or sort_of(role, Part.TEXT)


_ALL_PARTS: Final = 32
_SORTS: Final = tuple(
    bytes(_sorts_of(role, parts) for parts in range(_ALL_PARTS)) for role in Role
)


class Sorts:
    """What each message of a conversation holds."""

    def __init__(self, entries: Sequence[ThreadEntry]) -> None:
        self.of = bytes(_SORTS[entry.role][int(entry.parts) % _ALL_PARTS] for entry in entries)
        self._system = array(
            "l", (place for place, entry in enumerate(entries) if entry.role is Role.SYSTEM)
        )
        self.errors = array(
            "l", (place for place, entry in enumerate(entries) if entry.has_error)
        )

    def counts(self, held: bytes, is_on_path: Callable[[int], bool]) -> dict[Sort, int]:
        """Return how many messages of a path, which hold that, hold each sort.

        What the system says is hidden with the answers, and is none.
        """
        tally = _tally(held)
        found = {
            sort: sum(number for each, number in tally.items() if each & sort) for sort in Sort
        }
        found[Sort.ANSWER] -= sum(
            bool(self.of[place] & Sort.ANSWER) for place in self._system if is_on_path(place)
        )
        return found


def _tally(held: bytes) -> dict[int, int]:
    return {each: held.count(each) for each in set(held)}


def has_head(held: int, role: Role) -> bool:
    """Whether a message is headed by who speaks; tools and thinking go without."""
    return bool(held & SPOKEN) or role is Role.SYSTEM


class Wish(Struct, frozen=True):
    """What a person wants to see: the sorts, the branches, and what is shown all the same.

    `revealed` are the pks of messages that are shown whole although a sort is hidden.
    """

    visible: Sort = EVERYTHING
    choices: Mapping[int, int] = {}
    revealed: frozenset[int] = frozenset()


class Plan:
    """The rows of a thread, each some messages of the path; `counts` tells what is on that.

    A row of hidden messages stands for all that follow each other.
    """

    def __init__(self, tree: Tree, sorts: Sorts, wish: Wish) -> None:
        self.wish = wish
        self.path = tree.path(wish.choices).messages
        held = bytes(map(sorts.of.__getitem__, self.path))
        is_shown = bytearray(held.translate(_is_any_of(wish.visible)))
        # A dictionary of them made in one call would hold up the window's thread.
        self._steps = array("l", [_NOWHERE]) * len(tree.entries)
        for step, place in enumerate(self.path):
            self._steps[place] = step
        self.counts = sorts.counts(held, lambda place: self._steps[place] != _NOWHERE)
        for pk in wish.revealed:
            place = tree.place_of.get(pk)
            if place is not None and self._steps[place] != _NOWHERE:
                is_shown[self._steps[place]] = 1
        self.firsts = array("l", _row_starts(is_shown))
        self.gaps = bytearray(not is_shown[first] for first in self.firsts)
        self.prompts = array("l", compress(self.path, held.translate(_is_any_of(Sort.PROMPT))))

    def __len__(self) -> int:
        return len(self.firsts)

    def places(self, row: int) -> array[int]:
        """Return the messages of a row."""
        end = self.firsts[row + 1] if row + 1 < len(self.firsts) else len(self.path)
        return self.path[self.firsts[row] : end]

    def place(self, row: int) -> int:
        """Return the first message of a row."""
        return self.path[self.firsts[row]]

    def row_of(self, place: int) -> int | None:
        """Return the row of a message, None where it is on another branch."""
        step = self._steps[place] if place < len(self._steps) else _NOWHERE
        return None if step == _NOWHERE else bisect_right(self.firsts, step) - 1

    def heights(self, sorts: Sorts, measured: Mapping[int, int], scale: float = 1.0) -> Heights:
        """Return the heights of the rows: those measured, by message, or else a guess."""
        guesses = bytes(
            min(255, round(scale * sum(px for sort, px in _ESTIMATES.items() if held & sort)))
            for held in range(_BYTES)
        )
        gap = round(scale * GAP_PX)
        guessed = bytes(map(sorts.of.__getitem__, self.path)).translate(guesses)
        found = array("q", map(guessed.__getitem__, self.firsts))
        if any(self.gaps):
            for row in compress(count(), self.gaps):
                found[row] = gap
        for place, height in measured.items():
            row = self.row_of(place)
            if row is not None and not self.gaps[row]:
                found[row] = height
        return Heights(found)


def _is_any_of(wanted: Sort) -> bytes:
    """Return a table that tells, of what a message holds, whether some of it is wanted."""
    return bytes(bool(held & wanted) for held in range(_BYTES))


def _row_starts(is_shown: bytes) -> Iterator[int]:
    """Yield where rows begin: each message is one, and each stretch of hidden ones."""
    start = 0
    for hidden in _HIDDEN.finditer(is_shown):
        yield from range(start, hidden.start() + 1)
        start = hidden.end()
    yield from range(start, len(is_shown))


def hidden_words(counts: Mapping[Sort, int]) -> str:
    """Return what is hidden: `14 tool blocks hidden`."""
    parts = [
        f"{number:,} {NOUNS[sort][number != 1]}" for sort, number in counts.items() if number
    ]
    return f"{', '.join(parts)} hidden"


def gap_words(sorts: Sorts, places: Collection[int]) -> str:
    """Return what a row of hidden messages says."""
    held = 0
    for each in {sorts.of[place] for place in places}:
        held |= each
    names = ", ".join(NOUNS[sort][1].removesuffix(" blocks") for sort in Sort if held & sort)
    noun = "message" if len(places) == 1 else "messages"
    return f"{len(places):,} {noun} hidden ({names.replace('tool', 'tools')})"
