"""A short message at the foot of a window, which goes by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QWidget

from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import icon_button, push_button
from desktop_app.widgets.elided_label import ElidedLabel

STAY_MS: Final = 8000


class Toast(QFrame):
    """Says what was just done, with buttons, such as one that takes it back.

    It is one line high, and cut, with all of it as a tooltip, where there is less room.
    Stays eight seconds, and as long as the mouse is on it or the focus in it. A newer message
    replaces the older. Esc closes it while it has the focus. `changed` says that it shows
    another message, or went.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = ElidedLabel()
        self._actions: list[QPushButton] = []
        self._close = icon_button("close", "Dismiss", self.dismiss)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setInterval(STAY_MS)
        self._clock.timeout.connect(self._on_timeout)
        self._row = QHBoxLayout(self)
        px = current_theme().px
        self._row.setContentsMargins(px(CARD_PADDING_PX), 0, 0, 0)
        self._row.setSpacing(px(SPACE_PX))
        self._row.addWidget(self._label)
        self._row.addWidget(self._close)
        self.setAccessibleName("Message")
        self.hide()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def show_message(self, text: str, *actions: tuple[str, Callable[[], object]]) -> None:
        """Show `text`, and buttons with their words and what a click on each does."""
        self._drop_actions()
        self._label.show_words(text)
        for words, on_click in actions:
            self._offer(words, on_click)
        self.setAccessibleDescription(text)
        self.show()
        announce(self, text)
        self._clock.start()
        self.changed.emit()

    def dismiss(self) -> None:
        """Go now."""
        self._clock.stop()
        if not self.isHidden():
            self.hide()
            self.changed.emit()

    @property
    def text(self) -> str:
        """What it says."""
        return self._label.words

    @property
    def action_button(self) -> QPushButton | None:
        """The first button that was asked for, if any."""
        return next(iter(self._actions), None)

    @property
    def buttons(self) -> list[QPushButton]:
        """The buttons that were asked for, in their order."""
        return list(self._actions)

    @property
    def is_waiting(self) -> bool:
        """Whether it is on its way out; not while the mouse or the focus is on it."""
        return self._clock.isActive()

    def _offer(self, words: str, on_click: Callable[[], object]) -> None:
        def act() -> None:
            self.dismiss()
            on_click()

        button = push_button(words, act)
        self._actions.append(button)
        self._row.insertWidget(len(self._actions), button)
        # Put into what is shown already, it would take no room until the event loop runs.
        button.show()

    def _drop_actions(self) -> None:
        for button in self._actions:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._actions.clear()

    def _is_attended(self) -> bool:
        focused = QApplication.focusWidget()
        return self.underMouse() or (focused is not None and self.isAncestorOf(focused))

    def _on_timeout(self) -> None:
        if not self._is_attended():
            self.dismiss()

    def _on_focus_changed(self, _former: QWidget | None, _now: QWidget | None) -> None:
        self._reconsider()

    def _reconsider(self) -> None:
        if self.isHidden():
            return
        if self._is_attended():
            self._clock.stop()
        elif not self._clock.isActive():
            self._clock.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the mouse is on it."""
        super().enterEvent(event)
        self._clock.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Start to count anew."""
        super().leaveEvent(event)
        self._reconsider()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)
