"""Enter presses the button that has the focus."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


def press_focused(window: QWidget, event: QEvent) -> bool:
    """Press the button of a window that has the focus, if that is what a key wants.

    Qt leaves Enter on most buttons to the window, and in a dialog that is its default button:
    another one than the one that is framed.
    """
    if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
        return False
    is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    button = window.focusWidget()
    if event.key() not in ENTER or not is_plain or not isinstance(button, _BUTTONS):
        return False
    if not event.isAutoRepeat():
        button.click()
    return True


class EnterPresses(QObject):
    """Lets Enter press the focused button of a window instead of the default one."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)

    # Qt overrides

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        return press_focused(self._window, event)


_BUTTONS: Final = (QPushButton, QToolButton)
