"""Choosing a range from 0 to 1 below a chip."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QMenu,
    QWidget,
    QWidgetAction,
)

from desktop_app.look.theme import current_theme
from desktop_app.widgets.slider import Slider

STEPS: Final = 20
"""From 0 to 1: each arrow key moves by 0.05."""
_SLIDER_PX: Final = 180
_NUMBER_PX: Final = 84


class RangeMenu(QMenu):
    """Two sliders, each with its number to type; `changed` carries both ends.

    The arrow keys move by 0.05, Page Up and Down by 0.25, Home and End to the ends. An end
    that is moved past the other takes that along. Esc closes.
    """

    changed = Signal(float, float)

    def __init__(self, title: str, least: float, most: float, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(title)
        self._sliders: list[Slider] = []
        self._numbers: list[QDoubleSpinBox] = []
        body = QWidget(self)
        grid = QGridLayout(body)
        px = current_theme().px
        grid.setContentsMargins(px(12), px(10), px(12), px(10))
        grid.setHorizontalSpacing(px(10))
        for row, (words, value) in enumerate((("&From", least), ("&To", most))):
            self._add_end(grid, row, words, f"{title} {words[1:].lower()}", value)
        action = QWidgetAction(self)
        action.setDefaultWidget(body)
        self.addAction(action)
        self.aboutToShow.connect(self._sliders[0].setFocus, Qt.ConnectionType.QueuedConnection)

    def _add_end(
        self, grid: QGridLayout, row: int, words: str, name: str, value: float
    ) -> None:
        slider = Slider()
        slider.setRange(0, STEPS)
        slider.setPageStep(STEPS // 4)
        slider.setMinimumWidth(current_theme().px(_SLIDER_PX))
        slider.setAccessibleName(f"{name}, slider")
        number = QDoubleSpinBox()
        number.setRange(0, 1)
        number.setSingleStep(1 / STEPS)
        number.setDecimals(2)
        number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        number.setMinimumWidth(current_theme().px(_NUMBER_PX))
        number.setAccessibleName(name)
        slider.setValue(round(value * STEPS))
        number.setValue(value)
        label = QLabel(words)
        label.setBuddy(number)
        for column, part in enumerate((label, slider, number)):
            grid.addWidget(part, row, column)
        self._sliders.append(slider)
        self._numbers.append(number)
        slider.valueChanged.connect(lambda step: number.setValue(step / STEPS))
        number.valueChanged.connect(partial(self._on_number, row))
        for part in (slider, number):
            part.installEventFilter(self)

    def _on_number(self, row: int, value: float) -> None:
        slider = self._sliders[row]
        blocked = slider.blockSignals(True)
        slider.setValue(round(value * STEPS))
        slider.blockSignals(blocked)
        other = self._numbers[1 - row]
        is_past = value > other.value() if row == 0 else value < other.value()
        if is_past:
            other.setValue(value)
        else:
            ends = (round(number.value(), 2) for number in self._numbers)
            self.changed.emit(*ends)

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            closing = {Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if event.key() in closing:
                self.close()
                return True
        return super().eventFilter(watched, event)
