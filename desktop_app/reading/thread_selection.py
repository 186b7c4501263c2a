"""Text of one message selected with the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QTextBlock, QTextCursor, QTextListFormat

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

    @property
    def is_whole(self) -> bool:
        """Whether it is all of a message."""
        if self._cursor is None:
            return False
        last = self._document.document.characterCount() - 1
        return (self._cursor.selectionStart(), self._cursor.selectionEnd()) == (0, last)

    @property
    def said(self) -> str:
        """What is selected of the text that was said, its paragraphs and lists apart."""
        if self._cursor is None:
            return ""
        start, end = self._cursor.selectionStart(), self._cursor.selectionEnd()
        line = self._document.document.findBlock(start)
        written, former = "", None
        while line.isValid() and line.position() < end:
            if self._document.is_written(line):
                written += _between(former, line) if written else ""
                begin = max(0, start - line.position())
                written += _item_mark(line) if not begin else ""
                written += line.text()[begin : end - line.position()]
                former = line
            line = line.next()
        return written.replace("\u2028", "\n").strip()

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


def _between(former: QTextBlock | None, line: QTextBlock) -> str:
    """Return what parts two lines: those of a list or of code stand together."""
    assert former is not None
    listed = former.textList() is not None and line.textList() is not None
    margins = former.blockFormat().bottomMargin() + line.blockFormat().topMargin()
    return "\n" if listed or not margins else "\n\n"


def _item_mark(line: QTextBlock) -> str:
    """Return what stands before a line of a list."""
    held = line.textList()
    if held is None:
        return ""
    indent = "  " * (held.format().indent() - 1)
    is_numbered = held.format().style() is QTextListFormat.Style.ListDecimal
    return f"{indent}{held.itemText(line)} " if is_numbered else f"{indent}- "
