"""The steps of the wizard, and which of them one is at."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from desktop_app.look.theme import current_theme


class Step(IntEnum):
    """The steps, in their order."""

    SOURCE = 0
    RECOGNISE = 1
    POLICY = 2
    CHECK = 3
    IMPORT = 4
    REPORT = 5


_TITLES = {
    Step.SOURCE: "Source",
    Step.RECOGNISE: "Recognise",
    Step.POLICY: "Map and policy",
    Step.CHECK: "Check",
    Step.IMPORT: "Import",
    Step.REPORT: "Report",
}


class StepStrip(QWidget):
    """A button for each step; `wanted` carries the step that a person turns to."""

    wanted = Signal(Step)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(current_theme().px(4))
        for step, title in _TITLES.items():
            button = QToolButton()
            button.setText(f"{step + 1}  {title}")
            button.setAccessibleName(f"Step {step + 1}: {title}")
            button.setProperty("step", True)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self._group.addButton(button, step)
            row.addWidget(button)
        row.addStretch()
        self._group.idClicked.connect(lambda step: self.wanted.emit(Step(step)))

    def show_step(self, step: Step, reachable: Collection[Step]) -> None:
        """Mark the step one is at; those in reach can be clicked."""
        for each in Step:
            button = self._group.button(each)
            button.setEnabled(each is step or each in reachable)
            button.setChecked(each is step)
