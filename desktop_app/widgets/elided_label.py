"""A label of one line that is shortened where there is no room for it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_app.look.text import plain_tooltip
from desktop_app.widgets.plain_label import PlainLabel


class ElidedLabel(PlainLabel):
    """Shows a text of any length in one line; its tooltip has it in full."""

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__("", role, parent)
        self._words = ""

    @property
    def words(self) -> str:
        """The text in full."""
        return self._words

    def show_words(self, words: str) -> None:
        """Show a text."""
        self._words = words
        self.setText(" ".join(words.split()))
        self.setToolTip(plain_tooltip(words))

    # -- Qt overrides

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        place, end = self.contentsRect(), Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(self.text(), end, place.width())
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            place,
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            shown,
            self.foregroundRole(),
        )
        painter.end()
