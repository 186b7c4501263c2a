"""A small table of rows of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from desktop_app.look.cells import ROLE_CELL, TextCell
from desktop_app.look.delegates import RowDelegate
from desktop_app.look.tokens import RowPx

Index = QModelIndex | QPersistentModelIndex
_SHOWN_CHARS = 300


class RowsModel(QAbstractTableModel):
    """Rows of words under headings; `loud` are the columns that are no side matter."""

    def __init__(self, headings: Sequence[str], loud: Sequence[int] = (0,)) -> None:
        super().__init__()
        self._headings = headings
        self._loud = loud
        self.rows: Sequence[Sequence[str]] = ()

    def show_rows(
        self, rows: Sequence[Sequence[str]], headings: Sequence[str] | None = None
    ) -> None:
        """Show these rows from now on, under other headings if there are any.

        As many rows as before, under the same headings, stay selected.
        """
        headings = self._headings if headings is None else headings
        if rows and len(rows) == len(self.rows) and headings == self._headings:
            self.rows = rows
            last = self.index(len(rows) - 1, len(headings) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.rows, self._headings = rows, headings
        self.endResetModel()

    def as_text(self, rows: Sequence[int]) -> str:
        """Return rows with their headings, columns apart by tabs."""
        lines = [self._headings, *(self.rows[row] for row in rows)]
        return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == ROLE_CELL:
            shown = " ".join(row[column][:_SHOWN_CHARS].split())
            return TextCell(shown, muted=column not in self._loud)
        if role == Qt.ItemDataRole.DisplayRole:
            return row[column]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, row)) if column == 0 else row[column]
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self._headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        return None


class RowsTable(QTableView):
    """Shows a `RowsModel`; copying copies the rows that are selected."""

    def __init__(
        self, name: str, model: RowsModel, stretched: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        model.setParent(self)
        self._rows = model
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

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}:
            event.ignore()  # They are the window's.
        else:
            super().keyPressEvent(event)
