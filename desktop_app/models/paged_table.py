"""The model of a table that shows one page of a list of records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop_app.look.cells import ROLE_CELL, CheckCell
from desktop_app.models.columns import Column

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex

CHECK_COLUMN: Final = 0
GONE: Final = "No longer here"


class PagedTableModel(QAbstractTableModel, Generic[R]):
    """Rows are the records of one page, told apart by their pk.

    Column 0 holds the check box and, for screen readers, a summary of the row; the columns
    given follow it. A record deleted since the list was read keeps its row, and says so.
    """

    def __init__(self, columns: Sequence[Column[R]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.pks: Sequence[int] = ()
        self.is_checked: Callable[[int], bool] = lambda _row: False
        self._records: Mapping[int, R] = {}

    def show_page(self, pks: Sequence[int], records: Mapping[int, R]) -> None:
        """Show these rows from now on."""
        self.beginResetModel()
        self.pks, self._records = pks, records
        self.endResetModel()

    def show_records(self, records: Mapping[int, R]) -> None:
        """Show the rows there are as they stand now."""
        self._records = records
        if self.pks:
            last = self.index(len(self.pks) - 1, len(self.columns))
            self.dataChanged.emit(self.index(0, 0), last)

    def record_at(self, row: int) -> R | None:
        """Return the record at `row`, or None if it was deleted."""
        return self._records.get(self.pks[row])

    def column_at(self, section: int) -> Column[R] | None:
        """Return the column of a section, or None for the check boxes."""
        return None if section == CHECK_COLUMN else self.columns[section - 1]

    def section_of(self, key: str) -> int:
        """Return the section that shows the column with this key."""
        return next(n for n, column in enumerate(self.columns, 1) if column.key == key)

    def summary(self, row: int) -> str:
        """Return a row as a sentence: `Failed, Parser refactor, 12 of 15, 3 min ago`."""
        record = self.record_at(row)
        if record is None:
            return GONE
        texts = (column.text(record) for column in self.columns)
        return ", ".join(text for text in texts if text)

    # Qt overrides

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.pks)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if index.column() == CHECK_COLUMN:
            return self._check_data(index.row(), role)
        column = self.columns[index.column() - 1]
        record = self.record_at(index.row())
        if record is None:
            is_text = role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}
            return GONE if is_text and column.stretches else None
        answer = self._ROLES.get(role)
        return None if answer is None else answer(column, record)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.column_at(section)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return "Selected" if column is None else column.title
        if role == Qt.ItemDataRole.DisplayRole:
            return None if column is None else column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            sorts = column is None or column.sort is not None
            return None if sorts else f"{column.title}: the list cannot be sorted by this"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        return None

    def _check_data(self, row: int, role: int) -> Any:
        if role == ROLE_CELL:
            return CheckCell(self.is_checked(row))
        return self.summary(row) if role == Qt.ItemDataRole.AccessibleTextRole else None

    _ROLES: Final[Mapping[int, Callable[[Column[Any], Any], Any]]] = {
        Qt.ItemDataRole.DisplayRole: lambda column, record: column.text(record),
        Qt.ItemDataRole.AccessibleTextRole: lambda column, record: column.text(record),
        Qt.ItemDataRole.ToolTipRole: lambda column, record: (
            None if column.tip is None else column.tip(record)
        ),
        ROLE_CELL: lambda column, record: column.cell(record),
    }
