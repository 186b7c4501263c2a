"""A filter that is either set or offered."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from desktop_app.look.icons import icon
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CHIP_PX, SPACE_PX, TARGET_PX

_SIGN_PX: Final = 12


class FilterChip(QPushButton):
    """Reads `+ Status` while its filter is off, and `Status: failed ×` while it is on.

    A click opens its menu, or is `clicked`; the ×, Delete and Backspace are `cleared`.
    """

    cleared = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._value: str | None = None
        self._theme = current_theme()
        self._show()

    @property
    def value(self) -> str | None:
        """What the filter is set to, None while it is off."""
        return self._value

    def set_title(self, title: str) -> None:
        """Say what the filter is about in other words."""
        if title != self._title:
            self._title = title
            self._show()

    def set_value(self, value: str | None) -> None:
        """Show the filter as set to `value`, or as off. An empty value shows the title."""
        if value != self._value:
            self._value = value
            self._show()

    def _show(self) -> None:
        value = self._value
        self.setProperty("filled", value is not None)
        said = f"{self._title}: {value}" if value else self._title
        room = "   " if value is not None else ""
        self.setText(f"+ {said}" if value is None else f"{said}{room}".replace("&", "&&"))
        state = "off" if value is None else value or "on"
        self.setAccessibleName(f"{self._title} filter: {state}")
        self.setAccessibleDescription("" if value is None else "Delete clears it")
        self.style().unpolish(self)
        self.style().polish(self)
        self.updateGeometry()
        self.update()

    def _is_on_sign(self, spot: QPoint) -> bool:
        return self._value is not None and self._sign_area().contains(spot)

    def _sign_area(self) -> QRect:
        width = self._theme.px(TARGET_PX)
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = 0 if is_mirrored else self.width() - width
        return QRect(left, 0, width, self.height())

    def sizeHint(self) -> QSize:
        """Leave room for the × behind the words."""
        hint = super().sizeHint()
        sign = self._theme.px(SPACE_PX) if self._value is not None else 0
        return QSize(hint.width() + sign, self._theme.px(CHIP_PX))

    def minimumSizeHint(self) -> QSize:
        """Never let a layout cut the words."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the button, and the × where the filter is set."""
        super().paintEvent(event)
        if self._value is None:
            return
        side = self._theme.px(_SIGN_PX)
        spot = QRect(0, 0, side, side)
        spot.moveCenter(self._sign_area().center())
        painter = QPainter(self)
        icon("close", "accent").paint(painter, spot)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Clear on the ×, else be pressed."""
        if self._is_on_sign(event.position().toPoint()):
            self.cleared.emit()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear on Delete and Backspace."""
        is_clearing = event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}
        if is_clearing and self._value is not None:
            self.cleared.emit()
        else:
            super().keyPressEvent(event)
