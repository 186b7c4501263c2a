"""A short table of records: those of a batch or task, or those linked with a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from db.records import AnyRecord, kind_of
from desktop_app.detail.record_words import brief, status_of
from desktop_app.look.cells import ROLE_CELL, Cell, StatusCell, TextCell
from desktop_app.look.delegates import RowDelegate
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import RowPx

_TITLES: Final = ("Relation", "Status", "Title")
_RELATION, _STATUS, _TITLE = range(3)
_PAD_PX: Final = 28
_PILL_PX: Final = 56
_SIGN_PX: Final = 48
_ROOMY_PX: Final = 260
_MOST_SHARE: Final = 0.4
"""A column beside the title takes at most so much of the width."""
_Index = QModelIndex | QPersistentModelIndex


class RecordRow(NamedTuple):
    """A record, and what it is to the one that is shown."""

    record: AnyRecord
    relation: str = ""


class RecordTableModel(QAbstractTableModel):
    """Some rows, all of them at hand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[RecordRow] = ()
        self.shows_words = True

    def set_rows(self, rows: Sequence[RecordRow]) -> None:
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
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return _words(row, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            summary = filter(None, (_words(row, column) for column in range(len(_TITLES))))
            return ", ".join(summary) if index.column() == 0 else _words(row, index.column())
        return None


class RecordTable(QTableView):
    """Shows records; a click or Enter emits `chosen` with a kind and a pk."""

    chosen = Signal(object, int)

    def __init__(
        self, name: str, *, with_relation: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._model = RecordTableModel(self)
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

    def show_rows(self, rows: Sequence[RecordRow]) -> None:
        """Show other rows; the place and the current record are kept."""
        place, current = self.verticalScrollBar().value(), self.current()
        self._model.set_rows(rows)
        kept = [n for n, row in enumerate(rows) if current and _key(row) == _key(current)]
        if kept:
            self.setCurrentIndex(self._model.index(kept[0], _TITLE))
        self._measure()
        self.verticalScrollBar().setValue(place)

    def current(self) -> RecordRow | None:
        """Return the row the keyboard is at."""
        index = self.currentIndex()
        return self._model.rows[index.row()] if index.isValid() else None

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(*_key(self._model.rows[index.row()])[:2])

    def _measure(self) -> None:
        """Fit the columns; where room is short, a state is shown by its sign alone."""
        px = current_theme().px
        relation = 0 if self.isColumnHidden(_RELATION) else self._width(_RELATION)
        self._model.shows_words = self.width() - relation >= px(_ROOMY_PX)
        self.setColumnWidth(_RELATION, relation)
        self.setColumnWidth(_STATUS, self._width(_STATUS))
        self.viewport().update()

    def _width(self, column: int) -> int:
        """Return what the words of the rows need in a column, within bounds."""
        px = current_theme().px
        rows = self._model.rows
        has_states = column == _STATUS and any(status_of(r.record) is not None for r in rows)
        if has_states and not self._model.shows_words:
            return px(_SIGN_PX)
        words = {_words(row, column) for row in rows}
        widest = max(map(self.fontMetrics().horizontalAdvance, words), default=0)
        wanted = widest + px(_PILL_PX if has_states else _PAD_PX)
        return min(wanted, max(round(self.width() * _MOST_SHARE), px(_SIGN_PX)))

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


def _key(row: RecordRow) -> tuple[Any, int, str]:
    return kind_of(row.record), row.record.pk, row.relation


def _words(row: RecordRow, column: int) -> str:
    return (row.relation, brief(row.record), row.record.title or "Untitled")[column]


def _cell(row: RecordRow, column: int, *, with_word: bool) -> Cell:
    if column == _RELATION:
        return TextCell(row.relation, muted=True)
    if column == _TITLE:
        return TextCell(row.record.title or "Untitled", strong=True)
    status = status_of(row.record)
    if status is None:
        return TextCell(brief(row.record), muted=True)
    return StatusCell(status, brief(row.record) if with_word else "")
