"""The records that are chosen in a list: by pk, over all its pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, Signal
from PySide6.QtWidgets import QTableView

from db.query import Query
from db.repositories import Choice
from desktop_app.models.paged_table import PagedTableModel

_ROWS = QItemSelectionModel.SelectionFlag.Rows
_SELECT = QItemSelectionModel.SelectionFlag.Select | _ROWS
_MOVE = QItemSelectionModel.SelectionFlag.NoUpdate


class ListSelection(QObject):
    """Keeps what is chosen while pages turn, rows are sorted and the list is read again.

    The rows in sight are the view's own selection; those of other pages are kept here.
    With `all_matching` everything the query finds is chosen, seen or not. A row that is
    chosen only because it is looked at, not marked, is not kept: nothing may be done to it
    once it is out of sight.
    """

    changed = Signal()

    def __init__(self, view: QTableView, model: PagedTableModel, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view
        self._model = model
        self._elsewhere: set[int] = set()
        self.is_gone = False
        self._restoring = False
        self._marked = False
        self.all_matching = False
        view.selectionModel().selectionChanged.connect(self._on_selection_changed)

    @property
    def on_page(self) -> list[int]:
        """The chosen pks of the page in sight, from top to bottom."""
        spans = self._view.selectionModel().selection().toList()
        rows = {row for span in spans for row in range(span.top(), span.bottom() + 1)}
        return [self._model.pks[row] for row in sorted(rows)]

    @property
    def pks(self) -> Collection[int]:
        """The chosen pks of all pages, unless `all_matching`."""
        return [*self.on_page, *self._elsewhere]

    @property
    def is_whole_page(self) -> bool:
        """Whether every row in sight is chosen."""
        return bool(self._model.pks) and len(self.on_page) == len(self._model.pks)

    @property
    def elsewhere(self) -> int:
        """How many of the chosen records are on other pages."""
        return len(self._elsewhere)

    def count(self, total: int | None) -> int:
        """Return how many records are chosen in a list of `total`."""
        if self.all_matching and total is not None:
            return total
        return len(self.on_page) + len(self._elsewhere)

    def choice(self, query: Query) -> Choice:
        """Return what an operation is to act on: the query itself if it is all of it."""
        return query if self.all_matching else self.pks

    @property
    def current(self) -> int | None:
        """The pk of the current row."""
        row = self._view.currentIndex().row()
        return self._model.pks[row] if 0 <= row < len(self._model.pks) else None

    def mark(self, marked: bool) -> None:
        """Keep what is chosen from now on when other rows are shown, or do not."""
        self._marked = marked

    def select_page(self) -> None:
        """Choose every row in sight, too."""
        self._marked = True
        self._view.selectionModel().select(self._spans(range(len(self._model.pks))), _SELECT)

    def select_all_matching(self) -> None:
        """Choose everything the query finds."""
        self.all_matching = self._marked = True
        self._elsewhere.clear()
        self._restore(self._model.pks)
        self.changed.emit()

    def end_all_matching(self) -> None:
        """Choose nothing, if it was everything: what the query finds may be others now."""
        if self.all_matching:
            self.clear()

    def clear_page(self) -> None:
        """Choose no row in sight; where everything was chosen, nothing at all."""
        self._view.selectionModel().clearSelection()

    def clear(self) -> None:
        """Choose nothing."""
        self.forget_elsewhere()
        self.clear_page()

    def forget_elsewhere(self) -> None:
        """Choose only what is in sight."""
        if self._elsewhere or self.all_matching:
            self._elsewhere.clear()
            self.all_matching = self.is_gone = False
            self.changed.emit()

    def keep_only(self, pks: Iterable[int], *, edited: bool = False) -> None:
        """Drop what the list no longer holds, unless it went because it was edited.

        `is_gone` says whether something is chosen that the list does not hold.
        """
        if self._elsewhere:
            held = self._elsewhere.intersection(pks)
            self.is_gone = edited and len(held) < len(self._elsewhere)
            if not edited:
                self._elsewhere = held
            self.changed.emit()

    def choose(self, *pks: int, current: int | None = None) -> None:
        """Choose only these records in sight; one of them, or the first, is the current row."""
        shown = list(self._model.pks)
        rows = sorted(shown.index(pk) for pk in pks)
        self.forget_elsewhere()
        self._marked = len(rows) > 1
        self._move_to(shown.index(current) if current in pks else rows[0])
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | _ROWS
        self._view.selectionModel().select(self._spans(rows), flags)

    def show_page(
        self,
        show: Callable[[], None],
        pks: Sequence[int],
        *,
        same_place: bool,
        goes_on: bool = False,
    ) -> None:
        """Call `show()`, which replaces the rows by those of `pks`, and restore the choice.

        What is chosen stays so where it has left a list that is read again at the
        `same_place`; the row that took the place of a single one is chosen only if it
        `goes_on`: so one after the other can be put away.
        At another place the first row is the one looked at, if one was, or if the rows are
        there only now that the view has the focus.
        """
        chosen, current = set(self.pks), self.current
        row = min(self._view.currentIndex().row(), len(pks) - 1)
        if not same_place:
            row = min(row, 0)
            if not self._marked and chosen and chosen.isdisjoint(pks):
                chosen, current = set(pks[:1]), None
        self._restoring = True
        show()
        self._restoring = False
        left = chosen.difference(pks)
        if goes_on and same_place and len(chosen) == len(left) == 1 and row >= 0:
            chosen, left, current = {pks[row]}, set(), pks[row]
        self._elsewhere = left
        self.is_gone = self.is_gone and bool(left)
        self._restore(pks if self.all_matching else chosen)
        if current in pks:
            self._move_to(list(pks).index(current))
        elif row >= 0:
            self._move_to(row)
        elif pks and self._view.hasFocus():
            self._move_to(0)
        self.changed.emit()

    def _move_to(self, row: int) -> None:
        self._view.selectionModel().setCurrentIndex(self._model.index(row, 1), _MOVE)

    def _restore(self, pks: Collection[int]) -> None:
        wanted = set(pks)
        rows = [row for row, pk in enumerate(self._model.pks) if pk in wanted]
        self._restoring = True
        self._view.selectionModel().select(self._spans(rows), _SELECT)
        self._restoring = False

    def _spans(self, rows: Iterable[int]) -> QItemSelection:
        merged = QItemSelection()
        last = self._model.columnCount() - 1
        for _, run in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
            block = [row for _, row in run]
            merged.select(self._model.index(block[0], 0), self._model.index(block[-1], last))
        return merged

    def _on_selection_changed(self) -> None:
        if self._restoring:
            return
        self.all_matching = False
        self.changed.emit()
