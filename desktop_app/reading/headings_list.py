"""The headings of a text as a list from which one jumps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from desktop_app.look.text import plain_tooltip
from desktop_app.reading.headings import Heading

_INDENT: Final = "    "
_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class HeadingsList(QListWidget):
    """`chosen` carries the offset of a heading that was clicked or entered."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Headings")
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemClicked.connect(self._choose)

    def show_headings(self, headings: Sequence[Heading]) -> None:
        """Show other headings, each as far in as it is deep."""
        self.clear()
        top = min((heading.level for heading in headings), default=1)
        for heading in headings:
            item = QListWidgetItem(_INDENT * (heading.level - top) + heading.words, self)
            item.setData(Qt.ItemDataRole.UserRole, heading.offset)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, f"Level {heading.level}: {heading.words}"
            )
            item.setToolTip(plain_tooltip(heading.words))

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    # -- Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in _ENTER and item is not None:
            self._choose(item)
        else:
            super().keyPressEvent(event)
