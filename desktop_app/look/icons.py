"""Icons in the colours worn now, and the sign of each state."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QSize
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QAbstractButton

from db.vocabulary import Status
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import ICON_PX

_SIGNS: Final = {
    Status.RUNNING: "▸",
    Status.QUEUED: "○",
    Status.REVIEW: "◆",
    Status.BLOCKED: "‖",
    Status.FAILED: "✕",
    Status.SUCCEEDED: "✓",
    Status.CANCELED: "–",
}


def status_sign(status: Status) -> str:
    """Return the one character that stands for a state."""
    return _SIGNS[status]


def icon(name: str, ink: str = "text") -> QIcon:
    """Return an icon in the colour of a token as it is now; see `put_icon`.

    Raises:
        FileNotFoundError: there is no icon of that name.
    """
    theme = current_theme()
    drawn = QIcon(theme.icon_path(name, ink))
    drawn.addFile(theme.icon_path(name, "faint"), QSize(), QIcon.Mode.Disabled)
    return drawn


def app_icon() -> QIcon:
    """Return the icon of the program, which keeps its own colours."""
    return QIcon(current_theme().icon_path("app", "text"))


def put_icon(target: QAbstractButton | QAction, name: str, ink: str = "text") -> None:
    """Give a button or an action an icon that follows every change of the theme."""
    former = target.findChild(_LiveIcon)
    if former is not None:
        former.setParent(None)
    _LiveIcon(target, name, ink)


class _LiveIcon(QObject):
    """Draws its parent's icon anew when the theme changes."""

    def __init__(self, target: QAbstractButton | QAction, name: str, ink: str) -> None:
        super().__init__(target)
        self._target = target
        self._name = name
        self._ink = ink
        current_theme().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._target.setIcon(icon(self._name, self._ink))
        if isinstance(self._target, QAbstractButton):
            side = current_theme().px(ICON_PX)
            self._target.setIconSize(QSize(side, side))
