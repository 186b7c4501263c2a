"""A small table whose cells lead somewhere: what a picture says, or records."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from desktop_app.look.delegates import RowDelegate
from desktop_app.look.tokens import RowPx
from desktop_app.models.words_model import WordsModel
from desktop_app.overview.targets import Target

_ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class Row(Struct, frozen=True):
    """What a row says, cell by cell, and where each cell leads, if it does."""

    cells: tuple[str, ...]
    targets: tuple[Target | None, ...]


class TargetsModel(WordsModel):
    """The rows under their titles."""

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__(tuple(titles))
        self.rows: Sequence[Row] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows from now on."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    @property
    def count(self) -> int:
        return len(self.rows)

    def words(self, row: int, column: int) -> str:
        return self.rows[row].cells[column]

    def said(self, row: int, column: int) -> str:
        cells = self.rows[row].cells
        if column:
            return f"{self.headings[column]} {cells[column]}"
        titled = zip(self.headings[1:], cells[1:], strict=True)
        return ", ".join([cells[0], *(f"{title} {cell}" for title, cell in titled)])


class TargetsTable(QTableView):
    """Shows rows; `chosen` carries the target of a cell that was entered or double-clicked."""

    chosen = Signal(object)

    def __init__(self, name: str, titles: Sequence[str], row_px: RowPx = RowPx.COMPACT) -> None:
        super().__init__()
        self.rows = TargetsModel(titles)
        self.rows.setParent(self)
        self.setModel(self.rows)
        RowDelegate(self, row_px)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        header = self.horizontalHeader()
        header.setAccessibleName("Columns")
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.doubleClicked.connect(self._choose)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows, keeping the place."""
        row, column = self.currentIndex().row(), self.currentIndex().column()
        self.rows.show_rows(rows)
        if rows and row >= 0:
            self.setCurrentIndex(self.rows.index(min(row, len(rows) - 1), column))

    def _choose(self, index: QModelIndex) -> None:
        target = self.rows.rows[index.row()].targets[index.column()]
        if target is not None:
            self.chosen.emit(target)

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.currentIndex().isValid():
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.rows.rows:
            self.setCurrentIndex(self.rows.index(0, 0))
