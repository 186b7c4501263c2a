"""A text in signs of one width, with the place of a fault in it marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from desktop_app.look.theme import Face, current_theme


class FaultText(QPlainTextEdit):
    """Breaks lines that are too long, wherever that is, so that all of them can be seen."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._faults: Sequence[int] = ()
        self.setAccessibleName(name)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setTabChangesFocus(True)
        self._dress()
        current_theme().changed.connect(self._dress)

    @property
    def fault(self) -> int | None:
        """The first place that is marked."""
        return self._faults[0] if self._faults else None

    def mark_faults(self, places: Sequence[int]) -> None:
        """Mark the signs at some places, at the end of a line the one before.

        Places count the signs of the text that was set. The cursor stays.
        """
        lines = self.toPlainText()
        self._faults = [_seen(lines, at) for at in places]
        self.setExtraSelections([self._mark(lines, at) for at in self._faults])

    def go_to_fault(self) -> None:
        """Put the cursor on the fault, and that into the middle of what is seen."""
        if self.fault is not None:
            cursor = self.textCursor()
            cursor.setPosition(_units(self.toPlainText()[: self.fault]))
            self.setTextCursor(cursor)
            self.centerCursor()

    def _mark(self, lines: str, at: int) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        selection.cursor = QTextCursor(self.document())
        first, sign = _units(lines[:at]), _units(lines[at : at + 1])
        selection.cursor.setPosition(first)
        selection.cursor.setPosition(first + sign, QTextCursor.MoveMode.KeepAnchor)
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
        self.mark_faults(self._faults)


def _seen(lines: str, at: int) -> int:
    """Return the place of a sign that is seen: an end of a line is not."""
    is_end = at > 0 and lines[at : at + 1] in {"", "\n"} and lines[at - 1] != "\n"
    return at - is_end


def _units(text: str) -> int:
    """Return how long a text is for Qt, to which a sign like an emoji counts as two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
