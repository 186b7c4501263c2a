"""What stands where rows would be: nothing yet, nothing found, loading, something wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QIcon, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.look.icons import icon
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import ButtonRow, ButtonSpec
from desktop_app.widgets.plain_label import PlainLabel

_TEXT_WIDTH_PX: Final = 420
_DISC_PX: Final = 72
_SIGN_PX: Final = 32
_RING_PX: Final = 2
_INK: Final = {"error": ("bad", "bad_bg"), "warning": ("run", "run_bg")}


class StatePanel(QWidget):
    """A picture, a headline, a sentence and buttons, so many `in_line`, in the middle.

    It can have the focus itself, which is seen around the picture: so Return does not take
    the next step right after the one that led here.
    """

    def __init__(self, parent: QWidget | None = None, *, in_line: int = 3) -> None:
        super().__init__(parent)
        self._picture = _Picture()
        self._headline = PlainLabel(role="title")
        self._sentence = PlainLabel(role="muted")
        self._sentence.setWordWrap(True)
        self._headline.setWordWrap(True)
        self._buttons = ButtonRow(in_line)
        self._lay_out()

    def show_state(
        self,
        picture: str,
        headline: str,
        sentence: str = "",
        buttons: Sequence[ButtonSpec] = (),
    ) -> None:
        """Show a state; `picture` names an icon, `error` and `warning` in their colours."""
        self._picture.show_icon(picture)
        self._headline.setText(headline)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self.setAccessibleName(headline)
        self.setAccessibleDescription(sentence)
        focused = self.window().focusWidget()
        had_focus = focused is not None and (focused is self or self.isAncestorOf(focused))
        self._buttons.show_buttons(buttons)
        if had_focus and not any(button.hasFocus() for button in self.buttons):
            self.setFocus()
        if self.isVisible():
            announce(self, f"{headline}. {sentence}")

    @property
    def buttons(self) -> list[QPushButton]:
        """The buttons shown, in their order."""
        return self._buttons.buttons

    def _lay_out(self) -> None:
        px = current_theme().px
        column = QVBoxLayout(self)
        padding = px(CARD_PADDING_PX)
        column.setContentsMargins(padding, padding, padding, padding)
        column.setSpacing(px(SPACE_PX))
        column.addStretch(2)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(self._picture, 0, middle)
        column.addSpacing(px(SPACE_PX))
        for label in (self._headline, self._sentence):
            label.setAlignment(middle)
            label.setMaximumWidth(px(_TEXT_WIDTH_PX))
            # Aligned in the column itself, a label that wraps would be cut to its hint.
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(label, 1000)
            row.addStretch(1)
            column.addLayout(row)
        column.addSpacing(px(SPACE_PX))
        column.addWidget(self._buttons, 0, middle)
        column.addStretch(3)

    # Qt overrides

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._picture.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._picture.update()


class _Picture(QWidget):
    """An icon in a soft disc."""

    def __init__(self) -> None:
        super().__init__()
        self._name = "inbox"
        self._icon = QIcon()
        self._theme = current_theme()
        self._theme.changed.connect(self._draw)

    def show_icon(self, name: str) -> None:
        self._name = name
        self._draw()

    def _draw(self) -> None:
        ink, _ground = _INK.get(self._name, ("accent", "accent_soft"))
        self._icon = icon(self._name, ink)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = self._theme.px(_DISC_PX)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        _ink, ground = _INK.get(self._name, ("accent", "accent_soft"))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(ground))
        painter.drawEllipse(QRectF(self.rect()))
        if self.parentWidget().hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), _RING_PX))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            inset = _RING_PX / 2
            painter.drawEllipse(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset))
        side = self._theme.px(_SIGN_PX)
        spot = QRect(0, 0, side, side)
        spot.moveCenter(self.rect().center())
        self._icon.paint(painter, spot)
        painter.end()
