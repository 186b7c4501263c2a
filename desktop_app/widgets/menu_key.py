"""Shift+F10 opens the menu that the Menu key opens."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget


class MenuKey(QShortcut):
    """Lets Shift+F10 do in any window what the Menu key does; on X11 Qt leaves it out."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(QKeySequence("Shift+F10"), parent)
        self.setContext(Qt.ShortcutContext.ApplicationShortcut)
        self.activated.connect(_ask_for_menu)


def _ask_for_menu() -> None:
    window = QGuiApplication.focusWindow()
    if window is not None:
        here = QPoint()
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, here, here)
        QCoreApplication.sendEvent(window, asked)
