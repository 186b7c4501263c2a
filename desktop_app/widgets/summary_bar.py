"""The proportions of the states in a batch."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from db.records import STATUS_COUNT
from desktop_app.look.proportions import paint_proportions
from desktop_app.look.text import counts_sentence, plain_tooltip
from desktop_app.look.theme import current_theme

_BAR_PX: Final = 8


class SummaryBar(QWidget):
    """A bar with a segment for each of the seven states; its words say the same."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts = (0,) * STATUS_COUNT
        self._theme = current_theme()
        self._theme.changed.connect(self.updateGeometry)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_counts(self._counts)

    def show_counts(self, counts: tuple[int, ...]) -> None:
        """Show how many there are in each state, `counts[status]`."""
        self._counts = counts
        said = counts_sentence(counts)
        self.setAccessibleName(said)
        self.setToolTip(plain_tooltip(said))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of the bar and some air."""
        return QSize(self._theme.px(120), self._theme.px(_BAR_PX) + 4)

    def minimumSizeHint(self) -> QSize:
        """Let it become narrow."""
        return QSize(self._theme.px(48), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the segments, or an empty track."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self._theme.px(_BAR_PX)
        box = QRectF(0, (self.height() - height) / 2, self.width(), height)
        if any(self._counts):
            is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
            paint_proportions(painter, box, self._counts, self._theme, mirrored=is_mirrored)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("line"))
            painter.drawRoundedRect(box, height / 2, height / 2)
        painter.end()
