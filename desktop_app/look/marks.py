"""The sign of each state, drawn: the same on every system, whatever its fonts have."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from db.vocabulary import Status


def paint_mark(painter: QPainter, status: Status, box: QRectF, colour: QColor) -> None:
    """Paint the sign of `status` within the square `box`. Wants antialiasing on."""
    is_solid = status in _SOLID
    pen = QPen(colour, box.width() * 0.16)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(Qt.PenStyle.NoPen if is_solid else pen)
    painter.setBrush(colour if is_solid else Qt.BrushStyle.NoBrush)
    _DRAWINGS[status](painter, box)


def _points(box: QRectF, *points: tuple[float, float]) -> QPolygonF:
    return QPolygonF(
        [QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in points]
    )


def _tick(painter: QPainter, box: QRectF) -> None:
    painter.drawPolyline(_points(box, (0.12, 0.55), (0.4, 0.82), (0.88, 0.22)))


def _cross(painter: QPainter, box: QRectF) -> None:
    painter.drawPolyline(_points(box, (0.18, 0.18), (0.82, 0.82)))
    painter.drawPolyline(_points(box, (0.82, 0.18), (0.18, 0.82)))


def _triangle(painter: QPainter, box: QRectF) -> None:
    painter.drawPolygon(_points(box, (0.22, 0.08), (0.92, 0.5), (0.22, 0.92)))


def _ring(painter: QPainter, box: QRectF) -> None:
    edge = box.width() * 0.12
    painter.drawEllipse(box.adjusted(edge, edge, -edge, -edge))


def _diamond(painter: QPainter, box: QRectF) -> None:
    painter.drawPolygon(_points(box, (0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)))


def _bars(painter: QPainter, box: QRectF) -> None:
    painter.drawPolyline(_points(box, (0.3, 0.15), (0.3, 0.85)))
    painter.drawPolyline(_points(box, (0.7, 0.15), (0.7, 0.85)))


def _dash(painter: QPainter, box: QRectF) -> None:
    painter.drawPolyline(_points(box, (0.15, 0.5), (0.85, 0.5)))


_SOLID: Final = frozenset({Status.RUNNING, Status.REVIEW})
_DRAWINGS: Final[dict[Status, Callable[[QPainter, QRectF], None]]] = {
    Status.RUNNING: _triangle,
    Status.QUEUED: _ring,
    Status.REVIEW: _diamond,
    Status.BLOCKED: _bars,
    Status.FAILED: _cross,
    Status.SUCCEEDED: _tick,
    Status.CANCELED: _dash,
}
