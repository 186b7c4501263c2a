"""The field one types a query into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from desktop_app.look.icons import put_icon
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import TARGET_PX
from desktop_app.widgets.buttons import icon_button
from desktop_app.widgets.enter import ENTER

QUIET_MS: Final = 150
_INSET_PX: Final = 10
"""What the style keeps free at either side of the text, and a little more."""


class SearchField(QLineEdit):
    """Tells the text once typing has paused, and at once on Enter.

    Nothing is told while an input method composes a word. Esc clears the field; in an
    empty one it is left to the window. Enter and Down are `left`: on to what was found.
    """

    query_changed = Signal(str)
    left = Signal()

    def __init__(self, placeholder: str = "Search", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told = ""
        self._is_composing = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(QUIET_MS)
        self._pause.timeout.connect(self.tell)
        self._hints: Sequence[str] = (placeholder,)
        self.setAccessibleName("Search")
        self._sign = QToolButton(self)
        self._sign.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sign.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._sign.setProperty("quiet", True)
        self._sign.setAccessibleName("Search")
        put_icon(self._sign, "search", "muted")
        self._clear = icon_button("close", "Clear search", self._on_cleared)
        self._clear.setParent(self)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._clear.setCursor(Qt.CursorShape.ArrowCursor)
        self._clear.hide()
        self.textChanged.connect(self._on_text_changed)
        self.set_hints(self._hints)

    def set_hints(self, hints: Sequence[str]) -> None:
        """Show, while the field is empty, the first of these that it has room for."""
        self._hints = hints
        self.setAccessibleDescription(hints[0])
        margins = self.textMargins()
        room = self.contentsRect().width() - margins.left() - margins.right() - 2 * _INSET_PX
        fitting = (each for each in hints if self.fontMetrics().horizontalAdvance(each) <= room)
        self.setPlaceholderText(next(fitting, hints[-1]))

    def set_query(self, text: str) -> None:
        """Show `text` without telling anyone."""
        self._told = text
        self.setText(text)
        self._pause.stop()

    def _on_text_changed(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        if not self._is_composing:
            self._pause.start()

    def _on_cleared(self) -> None:
        self.clear()
        self.tell()

    def tell(self) -> None:
        """Tell the text now, if it is another one than was told last."""
        self._pause.stop()
        text = self.text()
        if text != self._told:
            self._told = text
            self.query_changed.emit(text)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Hold back while a word is being composed."""
        self._is_composing = bool(event.preeditString())
        if self._is_composing:
            self._pause.stop()
        super().inputMethodEvent(event)
        if not self._is_composing and self.text() != self._told:
            self._pause.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell at once on Enter and Down, clear on Esc."""
        if event.key() in {*ENTER, Qt.Key.Key_Down}:
            self.tell()
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self._on_cleared()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the glass where reading begins and the × where it ends."""
        super().resizeEvent(event)
        side = current_theme().px(TARGET_PX)
        top, edge = (self.height() - side) // 2, (self.height() - side) // 2
        leading, trailing = self._sign, self._clear
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            leading, trailing = trailing, leading
        leading.setGeometry(edge, top, side, side)
        trailing.setGeometry(self.width() - side - edge, top, side, side)
        self.setTextMargins(side - edge, 0, side - edge, 0)
        self.set_hints(self._hints)
