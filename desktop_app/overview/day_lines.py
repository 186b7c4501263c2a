"""Two lines over days: how long half of the runs took, and 95 in 100."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from desktop_app.overview.axes import DayChart

LINES: Final = (
    ("p50: half take no longer", "accent"),
    ("p95: 95 in 100 take no longer", "rev"),
)
"""What the lines are, from the bottom up, and the token each is painted with."""

_DOT_PX: Final = 7


class DayLines(DayChart):
    """A dot for each day that has a value; those of days that follow each other are joined.

    The first line is whole with round dots, the second dashed with pointed ones.
    """

    def boxes(self) -> list[QRectF]:
        side = self.theme.px(_DOT_PX)
        found = []
        for datum in self.data:
            x, width = self.column(datum.column)
            level = self.level(datum.value)
            found.append(self.spot(x + (width - side) / 2, level - side / 2, side, side))
        return found

    def paint_chart(self, painter: QPainter) -> None:
        self.paint_ground(painter)
        boxes = self.boxes()
        for row, (_words, ink) in enumerate(LINES):
            dots = [
                (datum.column, box)
                for datum, box in zip(self.data, boxes, strict=True)
                if datum.row == row
            ]
            style = Qt.PenStyle.DashLine if row else Qt.PenStyle.SolidLine
            painter.setPen(QPen(self.theme.colour(ink), 1.75, style))
            for (before, first), (after, second) in pairwise(dots):
                if after - before == 1:
                    painter.drawLine(first.center(), second.center())
            for _column, box in dots:
                self._paint_dot(painter, box, row)
        self.paint_legend(
            painter,
            [
                (words, partial(self._paint_dot, row=row))
                for row, (words, _ink) in enumerate(LINES)
            ],
        )

    def _paint_dot(self, painter: QPainter, box: QRectF, row: int) -> None:
        painter.setPen(QPen(self.theme.colour("surface"), 1))
        painter.setBrush(self.theme.colour(LINES[row][1]))
        if row == 0:
            painter.drawEllipse(box)
            return
        out = box.adjusted(-0.5, -0.5, 0.5, 0.5)
        middle = out.center()
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(middle.x(), out.top()),
                    QPointF(out.right(), middle.y()),
                    QPointF(middle.x(), out.bottom()),
                    QPointF(out.left(), middle.y()),
                ]
            )
        )
