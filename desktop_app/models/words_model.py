"""What the models of small tables of words have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from desktop_app.look.cells import ROLE_CELL, TextCell

Index = QModelIndex | QPersistentModelIndex


class WordsModel(QAbstractTableModel):
    """Rows under headings, each cell of words; a subclass says which.

    It gives `count` and `words`, and where it differs from what is here, `cell`, `said` and
    `tip`.
    """

    def __init__(self, headings: Sequence[str]) -> None:
        super().__init__()
        self.headings = headings

    @property
    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def words(self, row: int, column: int) -> str:
        """Return what a cell says."""
        raise NotImplementedError

    def cell(self, row: int, column: int) -> TextCell:
        """Return how a cell is painted."""
        return TextCell(self.words(row, column), strong=column == 0, muted=column > 0)

    def said(self, row: int, column: int) -> str:
        """Return what a screen reader says of a cell: in the first column, of the row."""
        if column:
            return self.words(row, column)
        cells = (self.words(row, each) for each in range(len(self.headings)))
        return ", ".join(filter(None, cells))

    def tip(self, row: int, column: int) -> str | None:
        """Return what a cell says when the pointer rests on it."""
        return None

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self.count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        read = {
            ROLE_CELL: self.cell,
            Qt.ItemDataRole.DisplayRole: self.words,
            Qt.ItemDataRole.AccessibleTextRole: self.said,
            Qt.ItemDataRole.ToolTipRole: self.tip,
        }.get(role)
        return None if read is None else read(index.row(), index.column())

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self.headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        return None
