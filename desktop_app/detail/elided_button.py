"""A button whose text is shortened where there is no room for it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import current_theme

_PADDING_PX: Final = 4
_BORDER_PX: Final = 2


class ElidedButton(QPushButton):
    """A quiet button for a text of any length, which its tooltip has in full."""

    def __init__(
        self,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._elide = elide
        self._words = ""
        self.setProperty("quiet", True)
        self._dress()
        current_theme().changed.connect(self._dress)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def show_words(self, words: str, hint: str = "") -> None:
        """Show a text; the tooltip begins with `hint`."""
        self._words = words[:500]
        self.setToolTip(plain_tooltip(f"{hint}{words}"))
        self._fit()
        self.updateGeometry()

    def _edges(self) -> int:
        """Return how much of its width is not for the text."""
        side = current_theme().px(_PADDING_PX)
        return side // 2 + side + 2 * _BORDER_PX

    def _dress(self) -> None:
        side = current_theme().px(_PADDING_PX)
        self.setStyleSheet(
            f"QPushButton {{ text-align: left; border-width: {_BORDER_PX}px;"
            f" padding: {side // 2}px {side}px {side // 2}px {side // 2}px; }}"
        )

    def _fit(self) -> None:
        room = self.width() - self._edges()
        shown = self.fontMetrics().elidedText(self._words, self._elide, room)
        self.setText(shown.replace("&", "&&"))

    # -- Qt overrides

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._words) + 2
        return QSize(width + self._edges(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(current_theme().px(48), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
