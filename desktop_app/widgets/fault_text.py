"""A text in signs of one width, with the place of a fault in it marked."""

from __future__ import annotations

from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from desktop_app.look.theme import Face, current_theme


class FaultText(QPlainTextEdit):
    """Breaks lines that are too long, wherever that is, so that all of them can be seen."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fault: int | None = None
        self.setAccessibleName(name)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setTabChangesFocus(True)
        self._dress()
        current_theme().changed.connect(self._dress)

    @property
    def fault(self) -> int | None:
        """The place that is marked."""
        return self._fault

    def mark_fault(self, at: int | None) -> None:
        """Mark the sign at a place, at the end of a line the one before, or none.

        The cursor stays.
        """
        if at is not None:
            block = self.document().findBlock(at)
            if at == block.position() + block.length() - 1 > block.position():
                at -= 1
        self._fault = at
        self.setExtraSelections([] if at is None else [self._mark(at)])

    def go_to_fault(self) -> None:
        """Put the cursor on the fault, and that into the middle of what is seen."""
        if self._fault is not None:
            cursor = self.textCursor()
            cursor.setPosition(self._fault)
            self.setTextCursor(cursor)
            self.centerCursor()

    def _mark(self, at: int) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        selection.cursor = QTextCursor(self.document())
        selection.cursor.setPosition(at)
        last = max(0, self.document().characterCount() - 1)
        selection.cursor.setPosition(min(at + 1, last), QTextCursor.MoveMode.KeepAnchor)
        theme = current_theme()
        shape = QTextCharFormat()
        shape.setBackground(theme.colour("bad_bg"))
        shape.setForeground(theme.colour("bad"))
        shape.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        shape.setUnderlineColor(theme.colour("bad"))
        selection.format = shape
        return selection

    def _dress(self) -> None:
        self.setFont(current_theme().font(Face.MONO))
        self.mark_fault(self._fault)
