"""Files that are dropped anywhere on the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QMouseEvent,
    QShortcut,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QVBoxLayout, QWidget

from desktop_app.look.theme import current_theme
from desktop_app.widgets.plain_label import PlainLabel

STILL_MS: Final = 4_000
"""How long nothing may be heard of a drag before it is taken to have ended."""
_EDGE_PX: Final = 24


class DropTarget(QObject):
    """Takes files dropped on a window, whichever part of it the mouse is over.

    `dropped` carries their paths. Text dropped on a field is left to the field; one that
    would take the path of a file for text needs `leave_files`.
    """

    dropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._veil = _Veil(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    # Qt overrides

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragLeaveEvent):
            self._veil.hide()
        if not isinstance(event, QDropEvent) or event.source() is not None:
            return False  # What comes from this program is here already.
        is_drop = event.type() == QEvent.Type.Drop
        if is_drop:
            # Even one without files: where they came from may be gone by now.
            self._veil.hide()
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


def leave_files(field: QWidget) -> None:
    """Leave files that are dropped on a field to the window: it would write their paths."""
    is_area = isinstance(field, QAbstractScrollArea)
    place = field.viewport() if is_area else field
    place.installEventFilter(_FilesPass(field))


def paths_in(data: QMimeData) -> Sequence[Path]:
    """Return the local files and folders that were dropped or copied."""
    urls: Sequence[QUrl] = data.urls() if data.hasUrls() else ()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]


class _FilesPass(QObject):
    """Refuses files on behalf of a field, so that they are offered to what is around it."""

    # Qt overrides

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent) and paths_in(event.mimeData()):
            event.ignore()
            return True
        return False


class _Veil(QWidget):
    """Says, over the whole window, that it takes what is being dragged.

    Whoever drags may end without a word. So a mouse that moves with no button pressed and
    Esc also put an end to it, and silence.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("veil")
        self.setMouseTracking(True)
        self._silence = QTimer(self, singleShot=True, interval=STILL_MS)
        self._silence.timeout.connect(self.hide)
        self.hide()

    def cover(self) -> None:
        """Cover the window, until nothing is heard of the drag any more."""
        if self.layout() is None:
            self._lay_out()
        self._silence.start()
        if self.isHidden():
            self.setGeometry(self.parentWidget().rect())
            self.show()
            self.raise_()

    def _lay_out(self) -> None:
        label = PlainLabel("Drop to see what is in it", role="heading")
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        card = QFrame()
        card.setProperty("card", True)
        card.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        QVBoxLayout(card).addWidget(label)
        edge = current_theme().px(_EDGE_PX)
        around = QVBoxLayout(self)
        around.setContentsMargins(edge, edge, edge, edge)
        around.addWidget(card)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.hide)

    # Qt overrides

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons():
            self.hide()
