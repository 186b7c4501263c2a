"""The way to the next record of a list and to the one before, and where one is in it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.models.course import Standing
from desktop_app.widgets.buttons import icon_button
from desktop_app.widgets.plain_label import PlainLabel


class StepBar(QWidget):
    """`stepped` carries 1 for the next record, -1 for the one before."""

    stepped = Signal(int)

    def __init__(self, noun: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = PlainLabel("", "muted")
        self._before = icon_button(
            "chevron-up", f"Previous {noun} (Alt+Up)", lambda: self.stepped.emit(-1)
        )
        self._next = icon_button(
            "chevron-down", f"Next {noun} (Alt+Down)", lambda: self.stepped.emit(1)
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for part in (self._before, self._next, self.label):
            row.addWidget(part)

    @property
    def words(self) -> str:
        """What it says."""
        return self.label.text()

    def show_standing(self, standing: Standing | None) -> None:
        """Say where in a list one is; of none, nothing."""
        self.label.setText("" if standing is None else standing.words)
        is_last = standing is not None and standing.at + 1 == standing.of
        self._before.setEnabled(standing is None or standing.at > 0)
        self._next.setEnabled(not is_last)
