"""What is being done, and how far it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from db.exchange.exporting import ExportProgress
from desktop_app.export_wizard.words import progress_words
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.plain_label import PlainLabel

_STEPS = 1000


class WaitingPage(QWidget):
    """A bar with what it is about above and its numbers below."""

    def __init__(self) -> None:
        super().__init__()
        self._head = PlainLabel()
        self._head.setWordWrap(True)
        self._numbers = PlainLabel(role="muted")
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress of the export")
        self._bar.setTextVisible(False)
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_theme().px(SPACE_PX))
        column.addStretch(2)
        for part in (self._head, self._bar, self._numbers):
            column.addWidget(part)
        column.addStretch(3)

    def begin(self, head: str) -> None:
        """Say what is being done, of which nothing is known yet."""
        self._head.setText(head)
        self._numbers.setText("")
        self._bar.setRange(0, 0)

    def show_progress(self, progress: ExportProgress) -> None:
        """Say how far it is; how long reading back takes is not known."""
        is_measured = bool(progress.total) and not progress.is_checking
        self._bar.setRange(0, _STEPS if is_measured else 0)
        if is_measured:
            self._bar.setValue(min(_STEPS, progress.done * _STEPS // progress.total))
        self._numbers.setText(progress_words(progress))
