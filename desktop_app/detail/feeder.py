"""Filling a text view bit by bit, between which the window lives on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit


class Feeder(QObject):
    """Appends pieces to a text view, one each time the event loop is idle.

    `finished` is emitted when the last one is in.
    """

    finished = Signal()

    def __init__(self, view: QTextEdit | QPlainTextEdit) -> None:
        super().__init__(view)
        self._view = view
        self._pieces: Iterator[str] = iter(())
        self._append: Callable[[QTextCursor, str], None] = QTextCursor.insertText
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._feed)

    def start(self, pieces: Iterator[str], append: Callable[[QTextCursor, str], None]) -> None:
        """Empty the view and fill it anew; the first piece is in on return."""
        self.stop()
        self._view.clear()
        self._pieces, self._append = pieces, append
        self._timer.start()
        self._feed()
        # The first piece has pushed the view's own cursor, and the view with it, to its end.
        self._view.moveCursor(QTextCursor.MoveOperation.Start)

    def stop(self) -> None:
        """Leave the view as it is."""
        self._timer.stop()

    def is_feeding(self) -> bool:
        """Whether pieces are still to come."""
        return self._timer.isActive()

    def _feed(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            self.stop()
            self.finished.emit()
            return
        cursor = QTextCursor(self._view.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self._append(cursor, piece)
