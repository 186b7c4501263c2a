"""How far the reading is, or that the import is being carried out."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from db.incoming import Committing, Progress
from desktop_app.import_wizard.words import one_line, progress_words
from desktop_app.look.theme import current_theme
from desktop_app.widgets.plain_label import PlainLabel

_STEPS = 1000


class ProgressPage(QWidget):
    """A bar with what it is about above and its numbers below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._began = 0.0
        self._head = PlainLabel()
        self._file = PlainLabel(role="muted")
        self._numbers = PlainLabel(role="muted")
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress of the import")
        self._bar.setTextVisible(False)
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_theme().px(8))
        column.addStretch(2)
        for part in (self._head, self._bar, self._numbers, self._file):
            column.addWidget(part)
        column.addStretch(3)

    @property
    def numbers(self) -> str:
        """How far it says it is."""
        return self._numbers.text()

    def begin(self, head: str) -> None:
        """Say what is being done, of which it is not known yet how far it is."""
        self._began = monotonic()
        self._head.setText(head)
        self._file.setText("")
        self._numbers.setText("")
        self._bar.setRange(0, 0)

    def show_progress(self, progress: Progress | Committing) -> None:
        """Say how far it is."""
        if progress.total:
            self._bar.setRange(0, _STEPS)
            self._bar.setValue(min(_STEPS, progress.done * _STEPS // progress.total))
        self._numbers.setText(progress_words(progress, monotonic() - self._began))
        if isinstance(progress, Progress):
            self._file.setText(one_line(progress.file))
