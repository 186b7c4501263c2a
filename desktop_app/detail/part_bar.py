"""Turning the parts of a text that is too long to be held by one view."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QWidget

from desktop_app.look.text import count
from desktop_app.widgets.buttons import icon_button


class PartBar(QWidget):
    """Says which part is shown, and takes the number of another to go to.

    `part_chosen` carries it, from 0.
    """

    part_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._part = 0
        self._number = QSpinBox()
        self._number.setAccessibleName("Part of the text")
        self._number.setPrefix("Part ")
        self._number.setGroupSeparatorShown(True)
        self._number.setKeyboardTracking(False)
        self._number.valueChanged.connect(lambda number: self.part_chosen.emit(number - 1))
        self._back = icon_button("chevron-left", "Previous part of the text", self._step_back)
        self._on = icon_button("chevron-right", "Next part of the text", self._step_on)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._number)
        row.addStretch()
        row.addWidget(self._back)
        row.addWidget(self._on)
        self.hide()

    def show_part(self, part: int, parts: int) -> None:
        """Show where one is; with a single part there is nothing to say."""
        self._part = part
        self._number.blockSignals(True)
        self._number.setRange(1, parts)
        self._number.setSuffix(f" of {count(parts)}")
        self._number.setValue(part + 1)
        self._number.blockSignals(False)
        self._back.setEnabled(part > 0)
        self._on.setEnabled(part + 1 < parts)
        self.setVisible(parts > 1)

    def _step_back(self) -> None:
        self.part_chosen.emit(self._part - 1)

    def _step_on(self) -> None:
        self.part_chosen.emit(self._part + 1)
