"""Files that are dropped anywhere on the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from desktop_app.widgets.plain_label import PlainLabel


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
        if not isinstance(watched, QWidget) or watched.window() is not self._window:
            return False
        paths = paths_in(event.mimeData())
        if not paths:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() == QEvent.Type.Drop:
            self._veil.hide()
            self.dropped.emit(paths)
        else:
            self._veil.cover()
        return True


def paths_in(data: QMimeData) -> Sequence[Path]:
    """Return the local files and folders that were dropped or copied."""
    urls: Sequence[QUrl] = data.urls() if data.hasUrls() else ()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]


class _Veil(QFrame):
    """Says, over the whole window, that it takes what is being dragged."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("veil")
        self.setProperty("card", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        label = PlainLabel("Drop to see what is in it", role="heading")
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        QVBoxLayout(self).addWidget(label)
        self.hide()

    def cover(self) -> None:
        """Cover the window."""
        if self.isHidden():
            self.setGeometry(self.parentWidget().rect().adjusted(24, 24, -24, -24))
            self.show()
            self.raise_()
