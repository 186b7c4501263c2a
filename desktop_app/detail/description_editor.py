"""Writing a description: plain Markdown source, saved or cancelled."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from desktop_app.detail.long_text import has_long_line
from desktop_app.drop import leave_files
from desktop_app.look.theme import Face, current_theme


class DescriptionEditor(QWidget):
    """Edits the text of that name. Ctrl+Enter saves; Esc leaves if nothing was written."""

    saved = Signal(str)
    cancelled = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = QPlainTextEdit()
        self._field.setAccessibleName(f"{name}, as Markdown")
        self._field.setPlaceholderText("Markdown, or just words")
        self._field.setTabChangesFocus(True)
        self._field.installEventFilter(self)
        leave_files(self._field)
        self._dress()
        current_theme().changed.connect(self._dress)
        save = QPushButton("Save")
        save.setProperty("primary", True)
        save.setToolTip("Ctrl+Enter")
        save.clicked.connect(lambda: self.saved.emit(self.text()))
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.cancelled)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._field, 1)
        column.addLayout(buttons)

    def edit(self, text: str) -> None:
        """Start with a text; the cursor is in front of it."""
        wraps = not has_long_line(text)
        mode = QPlainTextEdit.LineWrapMode
        self._field.setLineWrapMode(mode.WidgetWidth if wraps else mode.NoWrap)
        self._field.setPlainText(text)
        self._field.document().setModified(False)
        self._field.setFocus()

    def text(self) -> str:
        """Return what is written now."""
        return self._field.toPlainText()

    def is_changed(self) -> bool:
        """Whether something was written that is not saved."""
        return self._field.document().isModified()

    def _act(self, event: QKeyEvent) -> None:
        if _saves(event):
            self.saved.emit(self.text())
        elif not self.is_changed():
            self.cancelled.emit()

    def _dress(self) -> None:
        self._field.setFont(current_theme().font(Face.MONO))

    # -- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and (_saves(event) or _leaves(event)):
            # Accepted as no shortcut of the window, it comes again as a key.
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self._act(event)
            return True
        return super().eventFilter(watched, event)


def _saves(event: QKeyEvent) -> bool:
    enters = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
    return enters and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)


def _leaves(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Escape
