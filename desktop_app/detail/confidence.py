"""How sure a learning is, set with a slider or as a number."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QWidget

from desktop_app.detail.record_words import confidence_word
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.slider import Slider

STEP: Final = 0.05
_USUAL: Final = 0.5
_QUIET_MS: Final = 500
_PARTS: Final = 100


class ConfidenceEditor(QWidget):
    """A slider and a field for a number from 0 to 1; only words while it is disabled.

    `edited` carries the number once the person has come to rest at it or leaves the field;
    Esc abandons it.
    """

    edited = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = _USUAL
        self._slider = Slider()
        self._slider.setAccessibleName("Confidence")
        self._slider.setRange(0, _PARTS)
        self._slider.setSingleStep(round(STEP * _PARTS))
        self._slider.setPageStep(round(2 * STEP * _PARTS))
        self._slider.valueChanged.connect(lambda value: self._take(value / _PARTS))
        self._field = _NumberField()
        for part in (self._field, self._field.lineEdit()):
            part.setAccessibleName("Confidence, as a number")
            part.installEventFilter(self)
        self._field.setRange(0, 1)
        self._field.setDecimals(2)
        self._field.setSingleStep(STEP)
        self._field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._field.setKeyboardTracking(False)
        self._field.valueChanged.connect(self._take)
        self._field.editingFinished.connect(self.finish)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_QUIET_MS)
        self._rest.timeout.connect(self.finish)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._slider, 1)
        row.addWidget(self._field)
        self._words = PlainLabel()
        self._words.hide()
        row.addWidget(self._words)
        self.setFocusProxy(self._slider)
        self._put(_USUAL)

    @property
    def value(self) -> float:
        """The number that is set, also one that is still being written."""
        self._field.interpretText()
        return round(self._field.value(), 2)

    def show_value(self, value: float) -> None:
        """Show a number; nothing is emitted. One that is being set is left alone."""
        self._shown = value
        if not self._is_being_set():
            self._put(value)

    def finish(self) -> None:
        """Tell the number that was set, if it is another one."""
        value = self.value
        self._rest.stop()
        self._put(value)
        if round(value * _PARTS) != round(self._shown * _PARTS):
            self._shown = value
            self.edited.emit(value)

    def _is_being_set(self) -> bool:
        return self._rest.isActive() or self._field.lineEdit().isModified()

    def _abandon(self) -> None:
        self._rest.stop()
        self._put(self._shown)

    def _take(self, value: float) -> None:
        self._put(value)
        self._rest.start()

    def _put(self, value: float) -> None:
        for part, shown in ((self._slider, round(value * _PARTS)), (self._field, value)):
            part.blockSignals(True)
            part.setValue(shown)
            part.blockSignals(False)
        self._field.lineEdit().setModified(False)
        self._words.setText(confidence_word(value))

    # -- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() != QEvent.Type.KeyRelease and self._is_being_set():
            # Accepted as no shortcut of the window, it comes again as a key.
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self._abandon()
            return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            for part in (self._slider, self._field):
                part.setVisible(self.isEnabled())
            self._words.setHidden(self.isEnabled())


class _NumberField(QDoubleSpinBox):
    """Takes a comma for a point."""

    # -- Qt overrides

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return super().validate(text.replace(",", self.locale().decimalPoint()), position)
