"""Where the rows of a thread are, as far as they have been laid out."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QPointF

from db.records import MessageDetail, ThreadEntry
from desktop_app.look.theme import current_theme
from desktop_app.reading.blocks_document import Looks, MessageDocument, start_of_part
from desktop_app.reading.branches import Tree
from desktop_app.reading.thread_heights import Heights
from desktop_app.reading.thread_painter import RowLook, RowMeasures
from desktop_app.reading.thread_plan import EVERYTHING, GAP_PX, Plan, Sorts
from desktop_app.reading.thread_store import ThreadStore

DOCUMENTS: Final = 160
"""So many messages are kept laid out."""
BUDGET_S: Final = 0.008
"""So long is laid out before the window is served again."""


class Thread(Struct, frozen=True):
    """A conversation as it is read: its tree, what messages hold, the rows, their heights."""

    tree: Tree
    sorts: Sorts
    plan: Plan
    heights: Heights


class RowSeen(Struct, frozen=True):
    """A row in sight, and how far below the top of the view it begins, in pixels."""

    row: int
    top: int


class Folds:
    """Which blocks of which messages are unfolded; of a message not read yet, all can be."""

    def __init__(self) -> None:
        self._open: dict[int, set[int]] = {}
        self._whole: set[int] = set()

    def of(self, pk: int, blocks: int = 0) -> frozenset[int]:
        """Return the unfolded blocks of a message that has so many."""
        if pk in self._whole:
            self._whole.discard(pk)
            self._open[pk] = set(range(blocks))
        return frozenset(self._open.get(pk, ()))

    def unfold(self, pk: int, block: int | None = None) -> None:
        """Unfold a block of a message, or all of them."""
        if block is None:
            self._whole.add(pk)
        else:
            self._open.setdefault(pk, set()).add(block)

    def toggle(self, pk: int, blocks: set[int]) -> None:
        """Unfold blocks; those that are unfolded are folded."""
        self._open.setdefault(pk, set()).symmetric_difference_update(blocks)


class ThreadLayout:
    """Lays out the rows in sight, and no others.

    The place is held by the row at the top of the view and how much of it is above that,
    so that heights which turn out different from what was guessed move nothing in sight.
    """

    def __init__(self, store: ThreadStore) -> None:
        self._store = store
        self.thread: Thread | None = None
        self.measured: dict[int, int] = {}
        self.documents: OrderedDict[int, MessageDocument] = OrderedDict()
        self._starts: dict[int, dict[int, int]] = {}
        self.folds = Folds()
        self.current = 0
        self.has_focus = False
        self.height = 1
        self.measures = RowMeasures(1)
        self._row, self._offset = 0, 0
        self._held: tuple[int, ...] = ()

    def show(self, thread: Thread | None, kept: int | None) -> None:
        """Take a thread; the message `kept` stays current, and where it is if it is in sight.

        Otherwise what is at the top of the view stays there. Where another branch is read
        now, the message beside it takes its place.
        """
        kept = None if kept is None else self._exact(kept)
        anchor, top = self._anchor(kept)
        former, self.thread = self.thread, thread
        self._row = self._offset = self.current = 0
        self._held = ()
        if thread is None or former is None or kept is None or anchor is None:
            return
        if former.tree is not thread.tree:
            pks = former.tree.pks(self.measured)
            self.measured = thread.tree.places(pks)
            kept, anchor = (
                thread.tree.place_of.get(former.tree.entries[each].pk, each)
                for each in (kept, anchor)
            )
        self._held = (kept, anchor)
        row = self._row_near(kept)
        if row is not None:
            self.current = row
        row = self._row_near(anchor)
        if row is not None:
            self.put(row, top)

    def _exact(self, place: int) -> int:
        """Return which message of a row is meant, where the row stands for several."""
        plan = self.thread.plan
        row = plan.row_of(place)
        same = (held for held in self._held if plan.row_of(held) == row)
        return place if row is None else next(same, place)

    def _anchor(self, kept: int | None) -> tuple[int | None, int]:
        """Return the message that is to stay where it is, and where that is."""
        top = None if kept is None else self.top_of(kept)
        if kept is None or top is not None:
            return kept, top or 0
        seen = next(self.in_sight(), None)
        return (kept, 0) if seen is None else (self._exact(self.place_at(seen.row)), seen.top)

    def _row_near(self, place: int) -> int | None:
        """Return the row of a message, or of one beside it where another branch is read."""
        tree = self.thread.tree
        if place >= len(tree.entries):
            return None
        rows = map(self.thread.plan.row_of, (place, *tree.alternatives(place)))
        return next((row for row in rows if row is not None), None)

    def resize(self, width: int, height: int) -> None:
        """Lay out for a view of this size from now on."""
        self.height = height
        self.measures = RowMeasures(max(1, width))

    @property
    def count(self) -> int:
        """How many rows there are."""
        return 0 if self.thread is None else len(self.thread.plan)

    @property
    def value(self) -> int:
        """How far the top of the view is below the first row, in pixels."""
        return self.thread.heights.top(self._row) + self._offset if self.count else 0

    @property
    def below(self) -> int:
        """How far the last row ends below the view, in pixels."""
        return self.thread.heights.total - self.height - self.value if self.count else 0

    # Laying out

    def arrange(self) -> bool:
        """Lay out what is in sight, as far as there is time; False if some is left."""
        deadline = time.monotonic() + BUDGET_S
        is_settled = self._lay_out(deadline)
        self._keep_in_bounds(deadline)
        return is_settled

    def put(self, row: int, top: int) -> None:
        """Place a row at some pixels below the top of the view."""
        self._row, self._offset = row, -top
        self._settle_top(time.monotonic() + BUDGET_S)

    def move(self, by: int) -> None:
        """Go down by some pixels, or up."""
        self.put(self._row, -self._offset - by)

    def jump(self, value: int) -> None:
        """Go to a distance from the first row, as far as that is known."""
        self._row = self.thread.heights.row_at(value)
        self._offset = value - self.thread.heights.top(self._row)

    def show_part(self, pk: int, block: int, place: int) -> int:
        """Show the part of a long block that holds a place, and return where it begins."""
        starts = self._starts.get(pk, {})
        start = start_of_part(starts.get(block, 0), place)
        self._starts[pk] = starts | {block: start}
        return start

    def part_start(self, pk: int, block: int) -> int:
        """Return where the part begins that is shown of a long block."""
        return self._starts.get(pk, {}).get(block, 0)

    def redo(self, pk: int) -> None:
        """Lay a message out as it is to look now, its top staying where it is."""
        row = self.thread.plan.row_of(self.thread.tree.place_of[pk])
        if row is not None:
            self._measure(row, time.monotonic() + BUDGET_S)

    def _lay_out(self, deadline: float) -> bool:
        is_settled, at_top = True, True
        y, row = -self._offset, self._row
        while y < self.height and row < self.count:
            former = self.thread.heights[row]
            is_settled &= self._measure(row, deadline)
            change = self.thread.heights[row] - former
            if at_top and self._offset > 0 and y + former < self.height:
                # What is read stands below the top row, which grows to where it is not seen.
                self._offset = max(0, self._offset + change)
                y = -self._offset
            y += self.thread.heights[row]
            row, at_top = row + 1, False
        return is_settled

    def _measure(self, row: int, deadline: float) -> bool:
        """Find out how high a row is; False if more of its text is to be laid out."""
        plan = self.thread.plan
        if plan.gaps[row]:
            self.thread.heights[row] = current_theme().px(GAP_PX)
            return True
        place = plan.place(row)
        document = self._document(place, deadline)
        if document is None:
            return self._store.get(self.thread.tree.entries[place].pk) is None
        while not document.is_whole and time.monotonic() < deadline:
            document.feed()
        text_height = document.height(self.measures.text_width)
        height = self.measures.height(self.look(row), text_height)
        self.thread.heights[row] = self.measured[place] = height
        return document.is_whole and not self.is_stale(document)

    def _document(self, place: int, deadline: float) -> MessageDocument | None:
        """Return a message laid out, unless it is not here or the time is up."""
        pk = self.thread.tree.entries[place].pk
        known = self.documents.get(pk)
        if known is not None and not self.is_stale(known):
            self.documents.move_to_end(pk)
            return known
        detail = self._store.get(pk)
        if detail is None or time.monotonic() >= deadline:
            return known
        document = MessageDocument(detail, self._looks(detail))
        document.height(self.measures.text_width)
        document.feed()
        self.documents[pk] = document
        if len(self.documents) > DOCUMENTS:
            self.documents.popitem(last=False)
        return document

    def is_stale(self, document: MessageDocument) -> bool:
        """Whether a message says something else by now, or is to look otherwise."""
        detail = self._store.get(document.detail.record.pk)
        if detail is None:
            return False
        return (document.detail, document.looks) != (detail, self._looks(detail))

    def _looks(self, detail: MessageDetail) -> Looks:
        pk, wish = detail.record.pk, self.thread.plan.wish
        visible = EVERYTHING if pk in wish.revealed else wish.visible
        unfolded = self.folds.of(pk, len(detail.blocks))
        return Looks(visible, unfolded, self._store.tools, self._starts.get(pk, {}))

    def _keep_in_bounds(self, deadline: float) -> None:
        """Never show room above the first row, nor below the last where there are more."""
        if self.below < 0:
            self._offset += self.below
            self._settle_top(deadline)
        if self._row == 0:
            self._offset = max(0, self._offset)

    def _settle_top(self, deadline: float) -> None:
        """Make the row that the top of the view falls into the one that holds the place."""
        heights, last = self.thread.heights, self.count - 1
        while self._offset < 0 < self._row:
            self._row -= 1
            self._measure(self._row, deadline)
            self._offset += heights[self._row]
        while self._row < last and self._offset >= heights[self._row]:
            self._offset -= heights[self._row]
            self._row += 1

    # Where things are

    def in_sight(self) -> Iterator[RowSeen]:
        """Yield the rows in sight, from the top."""
        y, row = -self._offset, self._row
        while y < self.height and row < self.count:
            yield RowSeen(row, y)
            y += self.thread.heights[row]
            row += 1

    def top_of_row(self, row: int) -> int | None:
        """Return where a row begins, None where it is not in sight."""
        return next((each.top for each in self.in_sight() if each.row == row), None)

    def top_of(self, place: int) -> int | None:
        """Return where a message begins, None where it is not in sight."""
        row = None if self.thread is None else self.thread.plan.row_of(place)
        return None if row is None else self.top_of_row(row)

    def row_at(self, y: int) -> RowSeen | None:
        """Return the row at a distance from the top of the view."""
        for each in self.in_sight():
            if each.top <= y < each.top + self.thread.heights[each.row]:
                return each
        return None

    def seen_of(self, pk: int) -> RowSeen | None:
        """Return the row of a message, by pk, where it is in sight."""
        place = self.thread.tree.place_of[pk]
        row, top = self.thread.plan.row_of(place), self.top_of(place)
        return None if row is None or top is None else RowSeen(row, top)

    def is_taller(self, row: int) -> bool:
        """Whether a row is higher than the view."""
        return self.thread.heights[row] > self.height

    def is_gap(self, row: int) -> bool:
        """Whether a row stands for hidden messages."""
        return bool(self.thread.plan.gaps[row])

    def is_laid_out(self, row: int) -> bool:
        """Whether it is known how high a row is."""
        pk = self.entry(row).pk
        document = self.documents.get(pk)
        is_there = document is not None and document.is_whole and not self.is_stale(document)
        return is_there or self.is_gap(row) or self._store.is_gone(pk)

    def is_hidden(self, place: int) -> bool:
        """Whether a message of the path stands in a row of hidden ones."""
        row = self.thread.plan.row_of(place)
        return row is not None and self.is_gap(row)

    def place_at(self, row: int) -> int | None:
        """Return the message of a row, or the first of the hidden ones."""
        return self.thread.plan.place(row) if row < self.count else None

    def entry(self, row: int) -> ThreadEntry:
        """Return the message of a row as its outline has it."""
        return self.thread.tree.entries[self.thread.plan.place(row)]

    def look(self, row: int) -> RowLook:
        """Return how the row of a message looks around its text."""
        place = self.thread.plan.place(row)
        return RowLook(
            self.thread.tree.entries[place],
            self.thread.sorts.of[place],
            self.branch_of(place),
            row == self.current,
            self.has_focus,
        )

    def branch_of(self, place: int) -> tuple[int, int]:
        """Return which of how many alternatives a message is, counted from 1."""
        alternatives = self.thread.tree.alternatives(place)
        at = alternatives.index(place) if place in alternatives else 0
        return at + 1, max(1, len(alternatives))

    def text_origin(self, seen: RowSeen) -> QPointF:
        """Return where the text of a row in sight begins."""
        top = self.measures.text_top(self.look(seen.row))
        return QPointF(self.measures.text_left, seen.top + top)
