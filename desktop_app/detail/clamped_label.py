"""A heading of a few lines at most."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.widgets.plain_label import PlainLabel


class ClampedLabel(PlainLabel):
    """Shows the beginning of a text in so many lines, with an ellipsis if it goes on."""

    def __init__(self, role: str, lines: int, parent: QWidget | None = None) -> None:
        super().__init__("", role, parent)
        self._lines = lines
        self._words = ""
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_words(self, words: str) -> None:
        """Show a text."""
        self._words = words
        self._fit()

    def is_clamped(self) -> bool:
        """Whether the text goes on."""
        return self.text() != self._words

    def _fit(self) -> None:
        self.ensurePolished()
        shown = self._clamped() if self.width() > 0 else self._words
        if shown != self.text():
            self.setText(shown)

    def _clamped(self) -> str:
        """Return as much of the text as there are lines for."""
        layout = QTextLayout(self._words, self.font())
        layout.setTextOption(_WRAPPED)
        starts = []
        layout.beginLayout()
        while len(starts) <= self._lines:
            line = layout.createLine()
            if not line.isValid():
                layout.endLayout()
                return self._words
            line.setLineWidth(self.width())
            starts.append(line.textStart())
        layout.endLayout()
        metrics, mode = self.fontMetrics(), Qt.TextElideMode.ElideRight
        ends = starts[1 : self._lines]
        whole = [
            self._words[start:end].rstrip() for start, end in zip(starts, ends, strict=False)
        ]
        last = self._words[starts[self._lines - 1] :]
        return "\n".join([*whole, metrics.elidedText(last, mode, self.width() - 1)])

    # -- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._fit()


_WRAPPED = QTextOption()
_WRAPPED.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
