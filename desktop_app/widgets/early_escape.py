"""Closing a window by Esc before it has the keys."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

_LATEST_MS: Final = 1_000


class EarlyEscape(QShortcut):
    """Closes a window that is being opened when Esc still goes to the one it was opened from.

    The window system takes a moment to give a new window the keys.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(QKeySequence(Qt.Key.Key_Escape), window.parentWidget(), window.close)
        window.installEventFilter(self)
        window.destroyed.connect(self.deleteLater)
        QTimer.singleShot(_LATEST_MS, self, self.deleteLater)

    # -- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:
            self.setEnabled(False)
        return super().eventFilter(watched, event)
