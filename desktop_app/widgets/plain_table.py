"""A small table of rows of words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from desktop_app.look.cells import TextCell
from desktop_app.look.delegates import RowDelegate
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import RowPx
from desktop_app.models.words_model import WordsModel

_SHOWN_CHARS = 300
_LEAST_PX = 160
"""So wide is at least the column that takes what room the others leave."""


class RowsModel(WordsModel):
    """Rows of words under headings; `loud` are the columns that are no side matter."""

    def __init__(self, headings: Sequence[str], loud: Sequence[int] = (0,)) -> None:
        super().__init__(headings)
        self._loud = loud
        self.rows: Sequence[Sequence[str]] = ()

    def show_rows(
        self, rows: Sequence[Sequence[str]], headings: Sequence[str] | None = None
    ) -> None:
        """Show these rows from now on, under other headings if there are any.

        As many rows as before, under the same headings, stay selected.
        """
        headings = self.headings if headings is None else headings
        if rows and len(rows) == len(self.rows) and headings == self.headings:
            self.rows = rows
            last = self.index(len(rows) - 1, len(headings) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.rows, self.headings = rows, headings
        self.endResetModel()

    def as_text(self, rows: Sequence[int]) -> str:
        """Return rows with their headings, columns apart by tabs."""
        lines = [self.headings, *(self.rows[row] for row in rows)]
        return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)

    @property
    def count(self) -> int:
        return len(self.rows)

    def words(self, row: int, column: int) -> str:
        return self.rows[row][column]

    def cell(self, row: int, column: int) -> TextCell:
        shown = " ".join(self.words(row, column)[:_SHOWN_CHARS].split())
        return TextCell(shown, muted=column not in self._loud)


class RowsTable(QTableView):
    """Shows a `RowsModel`; copying copies the rows that are selected."""

    def __init__(
        self, name: str, model: RowsModel, stretched: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        model.setParent(self)
        self._rows = model
        self._stretched = stretched
        self.setModel(model)
        RowDelegate(self, RowPx.COMPACT)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        header = self.horizontalHeader()
        header.setAccessibleName("Columns")
        header.setProperty("low", True)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)

    @property
    def chosen(self) -> list[int]:
        """The rows that are selected, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def copy(self) -> None:
        """Copy the rows that are selected, or all of them."""
        rows = self.chosen or range(len(self._rows.rows))
        QGuiApplication.clipboard().setText(self._rows.as_text(rows))

    def _give_room(self) -> None:
        """Stretch one column over what the others leave, unless that is too little."""
        header = self.horizontalHeader()
        if self._stretched < 0:
            return
        least = current_theme().px(_LEAST_PX)
        others = header.length() - header.sectionSize(self._stretched)
        is_narrow = self.viewport().width() - others < least
        mode = QHeaderView.ResizeMode
        header.setSectionResizeMode(
            self._stretched, mode.Interactive if is_narrow else mode.Stretch
        )
        if is_narrow:
            header.resizeSection(self._stretched, least)

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}:
            event.ignore()  # They are the window's.
        else:
            super().keyPressEvent(event)
