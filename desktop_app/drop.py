"""Files that are dropped anywhere on the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QDragLeaveEvent,
    QDropEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from desktop_app.widgets.plain_label import PlainLabel

STILL_MS: Final = 4_000
"""How long nothing may be heard of a drag before it is taken to have ended."""


class DropTarget(QObject):
    """Takes files dropped on a window, whichever part of it the mouse is over.

    `dropped` carries their paths. Text dropped on a field is left to the field.
    """

    dropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._veil = _Veil(window)
        window.setAcceptDrops(True)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.installEventFilter(self)

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Every event there is comes by; to ask for its type would cost far more than this.
        if not isinstance(event, QDropEvent):
            if isinstance(event, QDragLeaveEvent):
                self._veil.hide()
            return False
        is_drop = event.type() == QEvent.Type.Drop
        if is_drop:
            # Even one without files: where they came from may be gone by now.
            self._veil.hide()
        if not isinstance(watched, QWidget) or watched.window() is not self._window:
            return False
        paths = paths_in(event.mimeData())
        if not paths:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if is_drop:
            self.dropped.emit(paths)
        else:
            self._veil.cover()
        return True


def paths_in(data: QMimeData) -> Sequence[Path]:
    """Return the local files and folders that were dropped or copied."""
    urls: Sequence[QUrl] = data.urls() if data.hasUrls() else ()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]


class _Veil(QFrame):
    """Says, over the whole window, that it takes what is being dragged.

    Whoever drags may end without a word. So a mouse that moves with no button pressed and
    Esc also put an end to it, and silence.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("veil")
        self.setProperty("card", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        label = PlainLabel("Drop to see what is in it", role="heading")
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        QVBoxLayout(self).addWidget(label)
        self._silence = QTimer(self, singleShot=True, interval=STILL_MS)
        self._silence.timeout.connect(self.hide)
        self.hide()

    def cover(self) -> None:
        """Cover the window, until nothing is heard of the drag any more."""
        self._silence.start()
        if self.isHidden():
            self.setGeometry(self.parentWidget().rect().adjusted(24, 24, -24, -24))
            self.show()
            self.raise_()

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        QApplication.instance().installEventFilter(self)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        QApplication.instance().removeEventFilter(self)
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseMove and not event.buttons():
                self.hide()
        elif isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.hide()
        return False
