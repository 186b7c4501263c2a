"""A short table of tasks: those of a batch, or those linked with a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from db.records import TaskRecord
from db.vocabulary import Status
from desktop_app.look.cells import ROLE_CELL, Cell, StatusCell, TextCell
from desktop_app.look.delegates import RowDelegate
from desktop_app.look.text import plain_tooltip, status_word
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import RowPx

_TITLES: Final = ("Relation", "Status", "Title")
_RELATION, _STATUS, _TITLE = range(3)
_RELATION_PX: Final = 96
_PILL_PX: Final = 56
_SIGN_PX: Final = 48
_ROOMY_PX: Final = 260
_Index = QModelIndex | QPersistentModelIndex


class TaskRow(NamedTuple):
    """A task, and what it is to the record that is shown."""

    task: TaskRecord
    relation: str = ""


class TaskTableModel(QAbstractTableModel):
    """Some rows, all of them at hand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[TaskRow] = ()
        self.shows_words = True

    def set_rows(self, rows: Sequence[TaskRow]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    # -- Qt overrides

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == ROLE_CELL:
            return _cell(row, index.column(), with_word=self.shows_words)
        if role == Qt.ItemDataRole.DisplayRole:
            return _words(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(_words(row, index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            summary = filter(None, (_words(row, column) for column in range(len(_TITLES))))
            return ", ".join(summary) if index.column() == 0 else _words(row, index.column())
        return None


class TaskTable(QTableView):
    """Shows tasks; a click or Enter emits `chosen` with a pk."""

    chosen = Signal(int)

    def __init__(
        self, name: str, *, with_relation: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._model = TaskTableModel(self)
        self.setModel(self._model)
        RowDelegate(self, RowPx.COMPACT)
        self.setColumnHidden(_RELATION, not with_relation)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(_TITLE, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._choose)
        self._measure()
        current_theme().changed.connect(self._measure)

    def show_rows(self, rows: Sequence[TaskRow]) -> None:
        """Show other rows; the place and the current task are kept."""
        place, current = self.verticalScrollBar().value(), self.current()
        self._model.set_rows(rows)
        kept = [n for n, row in enumerate(rows) if current and row.task.pk == current.task.pk]
        if kept:
            self.setCurrentIndex(self._model.index(kept[0], _TITLE))
        self.verticalScrollBar().setValue(place)

    def current(self) -> TaskRow | None:
        """Return the row the keyboard is at."""
        index = self.currentIndex()
        return self._model.rows[index.row()] if index.isValid() else None

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self._model.rows[index.row()].task.pk)

    def _measure(self) -> None:
        """Fit the columns; where room is short, a state is shown by its sign alone."""
        px = current_theme().px
        relation = 0 if self.isColumnHidden(_RELATION) else px(_RELATION_PX)
        self._model.shows_words = self.width() - relation >= px(_ROOMY_PX)
        words = max(map(self.fontMetrics().horizontalAdvance, map(status_word, Status)))
        status = words + px(_PILL_PX) if self._model.shows_words else px(_SIGN_PX)
        self.setColumnWidth(_RELATION, px(_RELATION_PX))
        self.setColumnWidth(_STATUS, status)
        self.viewport().update()

    # -- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and self.currentIndex().isValid():
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)


def _words(row: TaskRow, column: int) -> str:
    return (row.relation, status_word(row.task.status), row.task.title)[column]


def _cell(row: TaskRow, column: int, *, with_word: bool) -> Cell:
    if column == _RELATION:
        return TextCell(row.relation, muted=True)
    if column == _STATUS:
        return StatusCell(row.task.status, status_word(row.task.status) if with_word else "")
    return TextCell(row.task.title, strong=True)
