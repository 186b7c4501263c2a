"""What all charts have: marks that say what they are and lead somewhere, by mouse and keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.overview.targets import Target
from desktop_app.widgets.announce import announce

_STEPS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})
_RING_PX: Final = 2
_LEAST_TARGET_PX: Final = 8


def as_written(words: str) -> str:
    """Return words that keep their own direction wherever they are painted."""
    return f"\N{FIRST STRONG ISOLATE}{words}\N{POP DIRECTIONAL ISOLATE}"


class Datum(Struct, frozen=True, kw_only=True):
    """A mark of a chart: `value` in its `column`, number `row` from the bottom of it.

    `says` is its whole sentence, `target` the list of what it stands for.
    """

    column: int
    row: int
    value: float
    says: str
    target: Target


class Chart(QWidget):
    """Paints marks; `chosen` carries the target of one that was clicked or entered.

    The arrow keys go from mark to mark: across the columns, and up and down in one.
    """

    chosen = Signal(object)

    def __init__(self, title: str) -> None:
        super().__init__()
        self.theme = current_theme()
        self.data: tuple[Datum, ...] = ()
        self.current = 0
        self._hovered: int | None = None
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.theme.changed.connect(self.updateGeometry)

    def show_data(self, data: Sequence[Datum], sentence: str) -> None:
        """Show these marks; the sentence says the most of it."""
        former = self.data[self.current] if self.data else None
        self.data = tuple(data)
        places = [(datum.column, datum.row) for datum in self.data]
        kept = former is not None and (former.column, former.row) in places
        self.current = (
            places.index((former.column, former.row))
            if kept and former is not None
            else max(0, len(places) - 1)
        )
        self._hovered = None
        self.setAccessibleDescription(sentence)
        self.updateGeometry()
        self.update()

    # What a chart of a kind says

    def height_px(self) -> int:
        """Return how high it is, drawn for 13 px text."""
        raise NotImplementedError

    def boxes(self) -> list[QRectF]:
        """Return where each mark is, as it is painted."""
        raise NotImplementedError

    def paint_chart(self, painter: QPainter) -> None:
        """Paint everything but what shows where the mouse and the keys are."""
        raise NotImplementedError

    # Helpers

    def spot(self, x: float, y: float, width: float, height: float) -> QRectF:
        """Return a box, on the other side where the window reads from right to left."""
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return QRectF(self.width() - x - width if is_mirrored else x, y, width, height)

    # Qt overrides

    def sizeHint(self) -> QSize:
        return QSize(self.theme.px(320), self.theme.px(self.height_px()))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.theme.px(220), self.theme.px(self.height_px()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_chart(painter)
        boxes = self.boxes()
        if self._hovered is not None:
            self._paint_ring(painter, boxes[self._hovered], "strong", 1)
        if self.hasFocus() and boxes:
            self._paint_ring(painter, boxes[self.current], "accent", _RING_PX)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not self.data:
            super().keyPressEvent(event)
        elif key in _ENTER:
            self.chosen.emit(self.data[self.current].target)
        elif key in _STEPS:
            across, up = _STEPS[key]
            if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
                across = -across
            self._go_to(self._neighbour(across, up))
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            self._go_to(0 if key == Qt.Key.Key_Home else len(self.data) - 1)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self._at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and place is not None:
            self.current = place
            self.chosen.emit(self.data[place].target)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.data:
            announce(self, self.data[self.current].says)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self._at(QPointF(event.pos()))
            if place is not None:
                QToolTip.showText(event.globalPos(), plain_tooltip(self.data[place].says), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    # Moving about

    def _go_to(self, place: int) -> None:
        self.current = place
        says = self.data[place].says
        announce(self, says)
        self.setToolTip(plain_tooltip(says))
        self.update()

    def _neighbour(self, across: int, up: int) -> int:
        """Return the nearest mark in a direction, or the present one where there is none."""
        here = self.data[self.current]
        if across:
            ahead = [
                place
                for place, datum in enumerate(self.data)
                if (datum.column - here.column) * across > 0
            ]
            return min(
                ahead,
                key=lambda place: (
                    abs(self.data[place].column - here.column),
                    abs(self.data[place].row - here.row),
                ),
                default=self.current,
            )
        beside = [
            place
            for place, datum in enumerate(self.data)
            if datum.column == here.column and (datum.row - here.row) * up > 0
        ]
        return min(
            beside,
            key=lambda place: abs(self.data[place].row - here.row),
            default=self.current,
        )

    def _at(self, where: QPointF) -> int | None:
        """Return the mark under a point, or the one whose small box is nearly there."""
        least = self.theme.px(_LEAST_TARGET_PX)
        for place, box in enumerate(self.boxes()):
            wide = max(0.0, (least - box.width()) / 2)
            high = max(0.0, (least - box.height()) / 2)
            if box.adjusted(-wide, -high, wide, high).contains(where):
                return place
        return None

    def _hover(self, place: int | None) -> None:
        if place != self._hovered:
            self._hovered = place
            shape = Qt.CursorShape.ArrowCursor
            if place is not None:
                shape = Qt.CursorShape.PointingHandCursor
            self.setCursor(shape)
            self.update()

    def _paint_ring(self, painter: QPainter, box: QRectF, ink: str, width: int) -> None:
        painter.setPen(QPen(self.theme.colour(ink), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        out = 1.5 + width / 2
        painter.drawRoundedRect(box.adjusted(-out, -out, out, out), 3, 3)
