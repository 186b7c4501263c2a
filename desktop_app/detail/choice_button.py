"""A value of a record as a button that opens the few others it can have."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from db.vocabulary import Status
from desktop_app.look.marks import paint_mark
from desktop_app.look.text import status_word
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import ICON_PX, STATUS_INK

_CRISP = 4
"""Marks are drawn so many times larger, and scaled down on any screen."""


class PillButton(QPushButton):
    """A small button in the shape of a state's pill, outlined unless it has a ground."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dress()
        current_theme().changed.connect(self.dress)

    def inks(self) -> tuple[str, str, str]:
        """Return the colours of its text, its ground and its border."""
        worn = current_theme().tokens
        return worn.text, "transparent", worn.strong

    def dress(self) -> None:
        """Wear the colours of the theme as it is now."""
        px, accent = current_theme().px, current_theme().tokens.accent
        text, ground, border = self.inks()
        self.setStyleSheet(
            f"QPushButton {{ color: {text}; background: {ground}; border: 1px solid {border};"
            f" border-radius: {px(20) // 2 + 2}px; padding: 1px {px(9)}px;"
            f" min-height: {px(20)}px; }}"
            f"QPushButton:hover {{ border-color: {text}; }}"
            f"QPushButton:focus {{ border: 2px solid {accent}; padding: 0 {px(9) - 1}px; }}"
            "QPushButton::menu-indicator { image: none; width: 0; }"
        )


class ChoiceButton(PillButton):
    """Shows one of some values; choosing another emits `chosen` and shows nothing yet."""

    chosen = Signal(object)

    def __init__(
        self,
        name: str,
        options: Sequence[tuple[object, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._value: object = None
        self._actions = {}
        menu = QMenu(self)
        group = QActionGroup(menu)
        for value, words in options:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setData(value)
            action.triggered.connect(lambda _on, value=value: self._choose(value))
            group.addAction(action)
            self._actions[value] = action
        self.setMenu(menu)
        menu.aboutToShow.connect(lambda: menu.setActiveAction(self._actions[self._value]))

    def show_value(self, value: object) -> None:
        """Show a value; nothing is emitted."""
        self._value = value
        action = self._actions[value]
        action.setChecked(True)
        for other in self._actions.values():
            font = other.font()
            font.setBold(other is action)
            other.setFont(font)
        self.setText(action.text())
        self.setAccessibleName(f"{self._name}: {action.text()}")
        self.setToolTip(f"Change {self._name.lower()}")

    def _choose(self, value: object) -> None:
        self._actions[self._value].setChecked(True)
        if value != self._value:
            self.chosen.emit(value)


class StatusButton(ChoiceButton):
    """The state of a task as a pill, with its sign and in its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._status = Status.QUEUED
        super().__init__("Status", [(s, status_word(s)) for s in Status], parent)
        self.dress()

    def show_value(self, value: object) -> None:
        """Show a state."""
        self._status = Status(value)
        super().show_value(self._status)
        self.dress()

    def inks(self) -> tuple[str, str, str]:
        """Return the colours of the state."""
        worn, ink = current_theme().tokens, STATUS_INK[self._status]
        ground = getattr(worn, ink.ground)
        return getattr(worn, ink.ink), ground, ground

    def dress(self) -> None:
        """Wear the colours of the state, here and in the menu."""
        super().dress()
        side = current_theme().px(ICON_PX)
        self.setIconSize(QSize(side, side))
        self.setIcon(status_icon(self._status))
        for action in self.menu().actions() if self.menu() else ():
            action.setIcon(status_icon(action.data()))


def status_icon(status: Status) -> QIcon:
    """Return the sign of a state in its colour as it is now."""
    theme = current_theme()
    side = theme.px(ICON_PX) * _CRISP
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inset = side * 0.2
    box = QRectF(0, 0, side, side).adjusted(inset, inset, -inset, -inset)
    paint_mark(painter, status, box, theme.colour(STATUS_INK[status].ink))
    painter.end()
    return QIcon(pixmap)
