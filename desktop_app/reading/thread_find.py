"""Finding a text in all messages of a conversation, on a reader thread."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, Signal

from db.cancel import CancelToken
from db.ports import Storage
from desktop_app.background import Background
from desktop_app.latest import Latest
from desktop_app.reading.blocks_document import is_long
from desktop_app.reading.branches import Tree
from desktop_app.reading.finding import MOST, find_all

CHUNK: Final = 500
"""So many messages are searched before what was found is told."""

FoundPlace: TypeAlias = tuple[int, int, int, int]
"""A match: the place of the message, the number of the block, and which one in that.

Last comes where it is in a block that is shown in parts, `IN_WHOLE` in any other.
"""
IN_WHOLE: Final = -1


class ThreadFind(QObject):
    """Collects the matches from the first message to the last; `grew` tells of more.

    Matches in other branches, and in what is hidden or folded, are among them.
    """

    grew = Signal()
    failed = Signal(object)

    def __init__(self, background: Background[Storage], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latest = Latest(background, self)
        self._tree: Tree | None = None
        self._needle = ""
        self.found: list[FoundPlace] = []
        self.is_whole = True

    def start(self, tree: Tree | None, needle: str) -> None:
        """Look for a text; for an empty one nothing is found."""
        self._latest.cancel()
        self._tree, self._needle = tree, needle
        self.found = []
        self.is_whole = tree is None or not needle
        if self.is_whole:
            self.grew.emit()
        else:
            self._search(0)

    def follow(self, tree: Tree) -> bool:
        """Go on where more of the same conversation has been read, or begin anew.

        Returns False if what was found stands at other places now.
        """
        if self._tree is None or not self._needle:
            return True
        if _first(self._tree) != _first(tree):
            self.start(tree, self._needle)
            return False
        searched, self._tree = len(self._tree.entries), tree
        if self.is_whole and searched < len(tree.entries):
            self.is_whole = False
            self._search(searched)
        return True

    def next_from(self, here: FoundPlace | None, place: int, by: int) -> FoundPlace | None:
        """Return the match after or before one, or else nearest to a message, in a circle."""
        if not self.found:
            return None
        if here is not None and by > 0:
            at = bisect_right(self.found, here)
        elif by > 0:
            at = bisect_left(self.found, (place, -1))
        else:
            at = bisect_left(self.found, here or (place, -1)) - 1
        return self.found[at % len(self.found)]

    def number_of(self, here: FoundPlace | None) -> int:
        """Return which match one is, counted from 0; -1 for none."""
        return -1 if here is None else bisect_left(self.found, here)

    def number_in_part(self, here: FoundPlace, start: int) -> int:
        """Return which match one is of those in a part of its block that begins at `start`."""
        place, block, nth, _at = here
        first = bisect_left(self.found, (place, block))
        before = bisect_left(self.found, start, first, first + nth, key=lambda each: each[3])
        return nth - (before - first)

    def _search(self, start: int) -> None:
        needle, entries = self._needle, self._tree.entries[start : start + CHUNK]
        places = {entry.pk: start + at for at, entry in enumerate(entries)}

        def search(storage: Storage, token: CancelToken) -> list[FoundPlace]:
            return [
                (places[detail.record.pk], number, nth, span[0] if is_long(block) else IN_WHOLE)
                for detail in storage.message_details(list(places), token)
                for number, block in enumerate(detail.blocks)
                for nth, span in enumerate(find_all(block.text, needle, token))
            ]

        after = start + len(entries)
        self._latest.ask(search, lambda found: self._take(after, found), self.failed.emit)

    def _take(self, after: int, found: list[FoundPlace]) -> None:
        self.found += found[: MOST - len(self.found)]
        self.is_whole = after >= len(self._tree.entries)
        if not self.is_whole and len(self.found) < MOST:
            self._search(after)
        if found or self.is_whole or len(self.found) >= MOST:
            self.grew.emit()


def _first(tree: Tree) -> int | None:
    return tree.entries[0].pk if tree.entries else None
