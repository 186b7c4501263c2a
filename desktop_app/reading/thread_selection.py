"""Text of one message selected with the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QTextCursor

from desktop_app.reading.blocks_document import MessageDocument
from desktop_app.reading.thread_painter import Mark


class ThreadSelection:
    """What is selected, always inside one message."""

    def __init__(self) -> None:
        self._cursor: QTextCursor | None = None
        self._document: MessageDocument | None = None

    @property
    def text(self) -> str:
        """The text that is selected."""
        return "" if self._cursor is None else self._cursor.selection().toPlainText()

    def clear(self) -> None:
        """Select nothing."""
        self._cursor = self._document = None

    def begin(self, document: MessageDocument, spot: QPointF) -> None:
        """Start at a spot in a message."""
        self._document = document
        self._cursor = QTextCursor(document.document)
        self._cursor.setPosition(document.position_at(spot))

    def extend(self, spot: QPointF) -> None:
        """End at a spot, counted from where the text of the same message begins."""
        self._cursor.setPosition(
            self._document.position_at(spot), QTextCursor.MoveMode.KeepAnchor
        )

    def take_word(self, document: MessageDocument, spot: QPointF) -> None:
        """Select the word at a spot."""
        self.begin(document, spot)
        self._cursor.select(QTextCursor.SelectionType.WordUnderCursor)

    def take_all(self, document: MessageDocument) -> None:
        """Select all that a message says."""
        self.begin(document, QPointF())
        self._cursor.select(QTextCursor.SelectionType.Document)

    @property
    def document(self) -> MessageDocument | None:
        """The message it is in."""
        return self._document

    def to_paint(self, document: MessageDocument) -> list[Mark]:
        """Return what is selected in a message."""
        if document is not self._document or not self._cursor.hasSelection():
            return []
        start, end = self._cursor.selectionStart(), self._cursor.selectionEnd()
        return [Mark(start, end, "sel_text", "sel")]
