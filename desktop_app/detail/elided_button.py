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
_FRAMED_PADDING_PX: Final = 12
_LEAST_PX: Final = 24
"""So wide it is whatever it says: less is hard to hit."""
_SHORTENED_PX: Final = 48


class ElidedButton(QPushButton):
    """A button for a text of any length, which its tooltip has in full; quiet unless framed."""

    def __init__(
        self,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
        *,
        is_framed: bool = False,
    ) -> None:
        super().__init__(parent)
        self._elide = elide
        self._is_framed = is_framed
        self._words = ""
        self.setProperty("quiet", not is_framed)
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
        if self._is_framed:
            return 2 * (current_theme().px(_FRAMED_PADDING_PX) + _BORDER_PX)
        side = current_theme().px(_PADDING_PX)
        return side // 2 + side + 2 * _BORDER_PX

    def _dress(self) -> None:
        if self._is_framed:
            self.setStyleSheet("QPushButton { text-align: left; }")
            return
        side = current_theme().px(_PADDING_PX)
        self.setStyleSheet(
            f"QPushButton {{ text-align: left; outline: 0; border-width: {_BORDER_PX}px;"
            f" padding: {side // 2}px {side}px {side // 2}px {side // 2}px; }}"
        )

    def _fit(self) -> None:
        room = self.width() - self._edges()
        shown = self.fontMetrics().elidedText(self._words, self._elide, room)
        self.setText(shown.replace("&", "&&"))

    # -- Qt overrides

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._words) + 2 + self._edges()
        return QSize(max(current_theme().px(_LEAST_PX), width), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        width = min(current_theme().px(_SHORTENED_PX), self.sizeHint().width())
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
