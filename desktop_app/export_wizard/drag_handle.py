"""What a person drags a written file from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QPushButton


class DragHandle(QPushButton):
    """Gives away a file: pulled with the mouse to where it is dropped; pressed, its path.

    `given` says in words that the path was copied; `dragged` carries the path of a file that
    is dragged from now on.
    """

    given = Signal(str)
    dragged = Signal(object)

    def __init__(self) -> None:
        super().__init__("Drag from here")
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag the file to another program, or press to copy its path.")
        self._path = Path()
        self._pressed_at = QPoint()
        self.clicked.connect(self._copy)

    def offer(self, path: Path) -> None:
        """Give away this file, or folder, from now on."""
        self._path = path.absolute()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self._path))
        self.given.emit(f"Copied: {self._path}")

    # Qt overrides

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        far = (event.position().toPoint() - self._pressed_at).manhattanLength()
        is_held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        if not is_held or far < QGuiApplication.styleHints().startDragDistance():
            super().mouseMoveEvent(event)
            return
        self.setDown(False)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self._path))])
        drag = QDrag(self)
        drag.setMimeData(data)
        self.dragged.emit(self._path)
        drag.exec(Qt.DropAction.CopyAction)
