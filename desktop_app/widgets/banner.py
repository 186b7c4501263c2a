"""A strip that says what the person should know until they have dealt with it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from desktop_app.look.icons import put_icon
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import ButtonRow, ButtonSpec, icon_button
from desktop_app.widgets.plain_label import PlainLabel


class BannerKind(StrEnum):
    """How grave it is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_INK: Final = {
    BannerKind.INFO: "accent",
    BannerKind.WARNING: "run",
    BannerKind.ERROR: "bad",
}
_WORD: Final = {
    BannerKind.INFO: "Note",
    BannerKind.WARNING: "Warning",
    BannerKind.ERROR: "Error",
}


class Banner(QFrame):
    """A sentence with a sign, its buttons, and a close button unless it has to stay."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = QToolButton()
        self._sign.setProperty("quiet", True)
        self._sign.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sign.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label = PlainLabel()
        self._label.setWordWrap(True)
        self._buttons = ButtonRow()
        self._close = icon_button("close", "Close this message", self._on_close)
        row = QHBoxLayout(self)
        px = current_theme().px
        row.setContentsMargins(px(SPACE_PX), px(SPACE_PX) // 2, px(SPACE_PX), px(SPACE_PX) // 2)
        row.setSpacing(px(SPACE_PX))
        row.addWidget(self._sign)
        row.addWidget(self._label, 1)
        row.addWidget(self._buttons)
        row.addWidget(self._close)
        self.hide()

    def show_message(
        self,
        kind: str,
        sentence: str,
        buttons: Sequence[ButtonSpec] = (),
        *,
        closable: bool = True,
    ) -> None:
        """Show a sentence; `kind` is `info`, `warning` or `error`."""
        kind = BannerKind(kind)
        self.setProperty("kind", kind.value)
        put_icon(self._sign, kind.value, _INK[kind])
        self._sign.setAccessibleName(_WORD[kind])
        self._label.setText(sentence)
        self._buttons.show_buttons(buttons)
        self._close.setVisible(closable)
        self.setAccessibleName(f"{_WORD[kind]}: {sentence}")
        for styled in (self, self._label):
            self.style().unpolish(styled)
            self.style().polish(styled)
        self.show()
        announce(self, sentence, urgent=kind is BannerKind.ERROR)

    @property
    def text(self) -> str:
        """What it says."""
        return self._label.text()

    @property
    def buttons(self) -> list[QPushButton]:
        """The buttons shown, in their order."""
        return self._buttons.buttons

    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()
