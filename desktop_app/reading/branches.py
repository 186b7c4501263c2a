"""A conversation as a tree of messages, and the one path through it that is read."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from db.records import ThreadEntry
from db.vocabulary import Part

_RESULTS = int(Part.TOOL_RESULT | Part.IMAGE)
_NONE = -1


class Path(Struct, frozen=True):
    """A way through the tree: places of messages in the conversation, in reading order."""

    messages: array[int]


class Tree:
    """The messages of a conversation, each below the one it answers.

    A message is named by its place in `entries`. One that answers nothing goes on where
    the one before it ended, as tools write it that keep no tree. A result of a tool that
    nobody answered is no branch: several tools called at once leave such results.
    """

    def __init__(self, entries: Sequence[ThreadEntry]) -> None:
        self.entries = entries
        self.place_of = {entry.pk: place for place, entry in enumerate(entries)}
        self._parents = array("l", self._find_parents())
        self._roots: list[int] = []
        # The one answer to each message; where there are several, they are all in `_answers`.
        self._answer = array("l", [_NONE]) * len(entries)
        self._answers: dict[int, list[int]] = {}
        self._find_answers()
        self._newest = self._find_newest() if self._answers else array("l")

    def pks(self, facts: Mapping[int, int]) -> dict[int, int]:
        """Return facts of messages by their pks, which stay the same when more are read."""
        return {self.entries[place].pk: fact for place, fact in facts.items()}

    def places(self, facts: Mapping[int, int]) -> dict[int, int]:
        """Return facts by the places of the messages, given them by their pks."""
        found = ((self.place_of.get(pk), fact) for pk, fact in facts.items())
        return {place: fact for place, fact in found if place is not None}

    def parent(self, place: int) -> int | None:
        """Return the message that one answers, if it does."""
        parent = self._parents[place]
        return None if parent == _NONE else parent

    def alternatives(self, place: int) -> list[int]:
        """Return the messages that answer the same one as this, itself among them."""
        parent = self._parents[place]
        if parent not in self._answers or self._is_aside(place):
            return [place]
        return [each for each in self._answers[parent] if not self._is_aside(each)]

    def path(self, choices: Mapping[int, int]) -> Path:
        """Return the path that takes these choices, and the newest branch elsewhere.

        A choice is the message that is read of those that answer another, by that other.
        """
        found = array("l")
        for root in self._roots:
            place = root
            while place != _NONE:
                found.append(place)
                place = self._next(place, choices, found)
        return Path(found)

    def choices_for(self, place: int) -> dict[int, int]:
        """Return the choices that lead to a message."""
        choices = {}
        while (parent := self._parents[place]) != _NONE:
            if not self._is_aside(place):
                choices[parent] = place
            place = parent
        return choices

    def _next(self, place: int, choices: Mapping[int, int], found: array[int]) -> int:
        """Return what follows a message, having noted results that stand beside it."""
        if place not in self._answers:
            return self._answer[place]
        branches = []
        for child in self._answers[place]:
            if self._is_aside(child):
                found.append(child)
            else:
                branches.append(child)
        if choices.get(place) in branches:
            return choices[place]
        return max(branches, key=self._newest.__getitem__, default=_NONE)

    def _is_aside(self, place: int) -> bool:
        parts = int(self.entries[place].parts)
        return self._answer[place] == _NONE and bool(parts) and not parts & ~_RESULTS

    def _find_parents(self) -> Iterator[int]:
        """Yield what each message answers; that comes before it, so there is no circle."""
        place_of = self.place_of
        for place, entry in enumerate(self.entries):
            parent = place_of.get(entry.parent_pk, _NONE)
            yield parent if parent < place else _NONE

    def _find_answers(self) -> None:
        answer, answers = self._answer, self._answers
        for place, parent in enumerate(self._parents):
            if parent == _NONE:
                self._roots.append(place)
            elif answer[parent] == _NONE:
                answer[parent] = place
            else:
                answers.setdefault(parent, [answer[parent]]).append(place)

    def _find_newest(self) -> array[int]:
        """Return, for each message, the last one of those that descend from it."""
        newest = array("l", range(len(self.entries)))
        for place in range(len(self.entries) - 1, -1, -1):
            parent = self._parents[place]
            if parent != _NONE and newest[place] > newest[parent]:
                newest[parent] = newest[place]
        return newest
