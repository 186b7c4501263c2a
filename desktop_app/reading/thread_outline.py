"""The prompts of a conversation, to jump to."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from db.records import ThreadEntry
from desktop_app.look.text import local_time, plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CHIP_PX
from desktop_app.widgets.json_view import displayable

if TYPE_CHECKING:
    AnyIndex = QModelIndex | QPersistentModelIndex

_NOWHERE = QModelIndex()


class ThreadOutline(QTableView):
    """Lists prompts; a click or Enter is `chosen`, with the place of the message.

    A table of one column, as a list view would look at each of many thousand rows.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Prompts")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._model = _Prompts(self)
        self.setModel(self._model)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._dress()
        current_theme().changed.connect(self._dress)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def show_prompts(self, entries: Sequence[ThreadEntry], places: array[int]) -> None:
        """List the prompts that stand at some places of a conversation."""
        self._model.show_prompts(entries, places)

    def follow(self, place: int) -> None:
        """Mark the prompt that a message follows."""
        row = bisect_right(self._model.places, place) - 1
        if row >= 0 and row != self.currentIndex().row():
            self.selectionModel().setCurrentIndex(
                self._model.index(row, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def _dress(self) -> None:
        self.verticalHeader().setDefaultSectionSize(current_theme().px(CHIP_PX))

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self._model.places[index.row()])


class _Prompts(QAbstractTableModel):
    """A row for each prompt."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.places = array("l")
        self._entries: Sequence[ThreadEntry] = ()

    def show_prompts(self, entries: Sequence[ThreadEntry], places: array[int]) -> None:
        self.beginResetModel()
        self._entries, self.places = entries, places
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.places)

    def columnCount(self, _parent: AnyIndex = _NOWHERE) -> int:
        return 1

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self._entries[self.places[index.row()]]
        title = displayable(entry.title)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{index.row() + 1}  {title}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"Prompt {index.row() + 1}: {title}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(f"{title}\n{local_time(entry.created_at)}")
        return None
