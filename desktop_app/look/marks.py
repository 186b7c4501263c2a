"""The signs of states and the like, drawn: the same everywhere, whatever fonts there are."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from db.vocabulary import Status


class Mark(Enum):
    """A sign, by what it looks like."""

    PLAY = auto()
    RING = auto()
    DIAMOND = auto()
    BARS = auto()
    CROSS = auto()
    TICK = auto()
    DASH = auto()
    ALERT = auto()
    UP = auto()
    DOWN = auto()
    DOT = auto()
    PERSON = auto()
    SPARK = auto()
    PROMPT = auto()


STATUS_MARK: Final = {
    Status.RUNNING: Mark.PLAY,
    Status.QUEUED: Mark.RING,
    Status.REVIEW: Mark.DIAMOND,
    Status.BLOCKED: Mark.BARS,
    Status.FAILED: Mark.CROSS,
    Status.SUCCEEDED: Mark.TICK,
    Status.CANCELED: Mark.DASH,
}


def paint_mark(painter: QPainter, sign: Status | Mark, box: QRectF, colour: QColor) -> None:
    """Paint a sign, or that of a state, within the square `box`. Wants antialiasing on."""
    mark = sign if isinstance(sign, Mark) else STATUS_MARK[sign]
    is_solid = mark in _SOLID
    pen = QPen(colour, box.width() * 0.16)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(Qt.PenStyle.NoPen if is_solid else pen)
    painter.setBrush(colour if is_solid else Qt.BrushStyle.NoBrush)
    _DRAWINGS[mark](painter, box)


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


def _alert(painter: QPainter, box: QRectF) -> None:
    painter.drawPolygon(_points(box, (0.5, 0.06), (0.98, 0.92), (0.02, 0.92)))
    painter.drawPolyline(_points(box, (0.5, 0.4), (0.5, 0.64)))


def _up(painter: QPainter, box: QRectF) -> None:
    painter.drawPolyline(_points(box, (0.5, 0.9), (0.5, 0.12)))
    painter.drawPolyline(_points(box, (0.18, 0.44), (0.5, 0.12), (0.82, 0.44)))


def _down(painter: QPainter, box: QRectF) -> None:
    painter.drawPolyline(_points(box, (0.5, 0.1), (0.5, 0.88)))
    painter.drawPolyline(_points(box, (0.18, 0.56), (0.5, 0.88), (0.82, 0.56)))


def _dot(painter: QPainter, box: QRectF) -> None:
    edge = box.width() * 0.26
    painter.drawEllipse(box.adjusted(edge, edge, -edge, -edge))


def _person(painter: QPainter, box: QRectF) -> None:
    side = box.width()
    painter.drawEllipse(QRectF(box.x() + side * 0.28, box.y(), side * 0.44, side * 0.44))
    body = QRectF(box.x() + side * 0.1, box.y() + side * 0.54, side * 0.8, side * 0.9)
    painter.drawChord(body, 0, 180 * 16)


def _spark(painter: QPainter, box: QRectF) -> None:
    corners = (
        (0.5, 0.0),
        (0.62, 0.38),
        (1.0, 0.5),
        (0.62, 0.62),
        (0.5, 1.0),
        (0.38, 0.62),
        (0.0, 0.5),
        (0.38, 0.38),
    )
    painter.drawPolygon(_points(box, *corners))


def _prompt(painter: QPainter, box: QRectF) -> None:
    painter.drawPolyline(_points(box, (0.08, 0.16), (0.44, 0.5), (0.08, 0.84)))
    painter.drawPolyline(_points(box, (0.56, 0.86), (0.94, 0.86)))


_SOLID: Final = frozenset({Mark.PLAY, Mark.DIAMOND, Mark.DOT, Mark.PERSON, Mark.SPARK})
_DRAWINGS: Final[dict[Mark, Callable[[QPainter, QRectF], None]]] = {
    Mark.PLAY: _triangle,
    Mark.RING: _ring,
    Mark.DIAMOND: _diamond,
    Mark.BARS: _bars,
    Mark.CROSS: _cross,
    Mark.TICK: _tick,
    Mark.DASH: _dash,
    Mark.ALERT: _alert,
    Mark.UP: _up,
    Mark.DOWN: _down,
    Mark.DOT: _dot,
    Mark.PERSON: _person,
    Mark.SPARK: _spark,
    Mark.PROMPT: _prompt,
}
