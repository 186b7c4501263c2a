"""The keys that find in a text, before the window takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop_app.reading.finder import Finder

_STEPS: Final = {
    Qt.KeyboardModifier.NoModifier: 1,
    Qt.KeyboardModifier.ShiftModifier: -1,
}


class FindKeys(QObject):
    """While something in `area` has the focus, Ctrl+F begins to find, and F3 goes on."""

    def __init__(self, area: QWidget, finder: Finder, begin: Callable[[], None]) -> None:
        super().__init__(area)
        self._finder, self._begin = finder, begin
        area.installEventFilter(self)

    def _act(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_F or not self._finder.is_open():
            self._begin()
        else:
            self._finder.step(_STEPS[event.modifiers()])
        return True

    # -- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or not _finds(event):
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return event.type() == QEvent.Type.KeyPress and self._act(event)


def _finds(event: QKeyEvent) -> bool:
    if event.key() == Qt.Key.Key_F:
        return event.modifiers() == Qt.KeyboardModifier.ControlModifier
    return event.key() == Qt.Key.Key_F3 and event.modifiers() in _STEPS
