"""A short message at the lower edge of the window, which goes by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStatusBar,
    QWidget,
)

from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import icon_button, push_button
from desktop_app.widgets.plain_label import PlainLabel

STAY_MS: Final = 8000
_EDGE_PX: Final = 12
"""What stays free at either side of a message that is as long as the window is wide."""


class Toast(QFrame):
    """Says what was just done, with buttons, such as one that takes it back.

    It lies right above the status line, or at the lower edge of a window without one, and
    above those of the widgets to `spare` that it would cover: one line high, and cut, with
    all of it as a tooltip, where the window is narrow. Stays eight seconds, and as long as
    the mouse is on it or the focus in it. A newer message replaces the older. Esc closes it
    while it has the focus. `changed` says that it shows another message, or went.
    """

    changed = Signal()

    def __init__(
        self, window: QWidget, spare: Callable[[], Sequence[QWidget]] = lambda: ()
    ) -> None:
        super().__init__(window)
        self._spare = spare
        self._label = PlainLabel()
        self._text = ""
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
        window.installEventFilter(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._on_focus_changed)

    def show_message(self, text: str, *actions: tuple[str, Callable[[], object]]) -> None:
        """Show `text`, and buttons with their words and what a click on each does."""
        self._drop_actions()
        self._text = text
        self._label.setToolTip(plain_tooltip(text))
        for words, on_click in actions:
            self._offer(words, on_click)
        self.setAccessibleDescription(text)
        self._place()
        self.show()
        # Its label and button are polished, and so have their size, only once they are shown.
        self._place()
        self.raise_()
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
        return self._text

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

    def _place(self) -> None:
        window = self.parentWidget()
        self._label.setText(" ".join(self._text.split()))
        self.layout().activate()
        over = self.sizeHint().width() - window.width() + 2 * current_theme().px(_EDGE_PX)
        if over > 0:
            metrics, room = self._label.fontMetrics(), self._label.sizeHint().width() - over
            end = Qt.TextElideMode.ElideRight
            self._label.setText(metrics.elidedText(self._label.text(), end, room))
            self.layout().activate()
        self.adjustSize()
        left = (window.width() - self.width()) // 2
        status = window.findChild(QStatusBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        is_seen = status is not None and status.isVisible()
        floor = status.geometry().top() if is_seen else window.height()
        self.move(max(0, left), max(0, floor - self.height() - 1))
        spared = [part for part in self._spare() if part.isVisible()]
        for part in sorted((_inside(window, part) for part in spared), key=QRect.bottom)[::-1]:
            if part.intersects(self.geometry()):
                self.move(self.x(), max(0, part.top() - self.height() - 1))

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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep its place while the window changes its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)


def _inside(window: QWidget, part: QWidget) -> QRect:
    """Return where a part of a window lies in it."""
    return QRect(part.mapTo(window, QPoint()), part.size())
