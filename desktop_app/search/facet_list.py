"""The values beside the results, by which they can be narrowed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem

from db.repositories import Facet
from desktop_app.look import text
from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import TARGET_PX
from desktop_app.search.asking import Facets
from desktop_app.search.words import holds, value_word

_WORD_ROLE: Final = Qt.ItemDataRole.UserRole
_WIDTH_PX: Final = 168
_WIDEST_PX: Final = 264
_AROUND_PX: Final = 56
"""What a value takes beside its words: a box, and the scroll bar of the list."""
_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})


class FacetList(QListWidget):
    """Fields with their values and counts; `toggled` carries the filter of one chosen."""

    toggled = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Narrow the results")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The count is at the end, and stays.
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.itemClicked.connect(self._toggle)
        current_theme().changed.connect(self._measure)
        self._measure()

    def show_facets(self, facets: Facets, typed: str) -> None:
        """Show the values of each field, those that are among what was typed as chosen."""
        at = self.currentRow()
        self.clear()
        for field, values in facets.items():
            self._add_head(field)
            for facet in values:
                self._add_value(field, facet)
        self.mark(typed)
        self._measure()
        if 0 <= at < self.count():
            self.setCurrentRow(at)

    def mark(self, typed: str) -> None:
        """Show as chosen what is among what was typed."""
        for row in range(self.count()):
            entry = self.item(row)
            if word := entry.data(_WORD_ROLE):
                is_chosen = holds(typed, word)
                entry.setCheckState(
                    Qt.CheckState.Checked if is_chosen else Qt.CheckState.Unchecked
                )

    def _add_head(self, field: str) -> None:
        head = QListWidgetItem(field.capitalize(), self)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        head.setFont(font)

    def _add_value(self, field: str, facet: Facet) -> None:
        word = value_word(field, facet.value)
        sign = "+" if facet.at_least else ""
        entry = QListWidgetItem(f"{facet.value}  {text.count(facet.count)}{sign}", self)
        entry.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        entry.setData(_WORD_ROLE, word)
        about = "at least " if facet.at_least else ""
        said = f"{field} {facet.value}, {about}{facet.count}"
        entry.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        entry.setToolTip(plain_tooltip(f"{facet.value}: {about}{text.count(facet.count)}"))

    def _toggle(self, entry: QListWidgetItem) -> None:
        if entry.data(_WORD_ROLE):
            self.toggled.emit(entry.data(_WORD_ROLE))

    def _measure(self) -> None:
        px = current_theme().px
        advance = self.fontMetrics().horizontalAdvance
        longest = max(
            (advance(self.item(row).text()) for row in range(self.count())), default=0
        )
        wanted = longest + px(_AROUND_PX)
        self.setFixedWidth(max(px(_WIDTH_PX), min(wanted, px(_WIDEST_PX))))
        for row in range(self.count()):
            self.item(row).setSizeHint(QSize(0, px(TARGET_PX + 2)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose by Enter and by Space."""
        entry = self.currentItem()
        if event.key() in _ENTER and entry is not None:
            self._toggle(entry)
        else:
            super().keyPressEvent(event)
