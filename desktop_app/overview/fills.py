"""The fills of bars: each tells itself from the others without its colour."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from desktop_app.look.theme import Theme

_HATCH_PX: Final = 5
_RADIUS_PX: Final = 2


class Pattern(Enum):
    """How a bar is filled."""

    SOLID = auto()
    HATCHED = auto()
    HOLLOW = auto()


class Fill(Struct, frozen=True):
    """A pattern in the colour of a token."""

    pattern: Pattern
    ink: str


def paint_fill(painter: QPainter, box: QRectF, fill: Fill, theme: Theme) -> None:
    """Paint a bar. Wants antialiasing on."""
    colour = theme.colour(fill.ink)
    radius = min(theme.px(_RADIUS_PX), box.height() / 2, box.width() / 2)
    if fill.pattern is Pattern.HOLLOW:
        painter.setPen(QPen(colour, 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.6, 0.6, -0.6, -0.6), radius, radius)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(box, radius, radius)
    if fill.pattern is Pattern.HATCHED:
        _hatch(painter, box, radius, theme)


def _hatch(painter: QPainter, box: QRectF, radius: float, theme: Theme) -> None:
    """Cut diagonal lines out of a bar, all bars' lines being in step."""
    step = theme.px(_HATCH_PX)
    outline = QPainterPath()
    outline.addRoundedRect(box, radius, radius)
    painter.save()
    painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(theme.colour("surface"), max(1.0, step * 0.26)))
    x = box.left() - box.height() - (box.left() + box.bottom()) % step
    while x < box.right():
        end = QPointF(x + box.height(), box.top())
        painter.drawLine(QPointF(x, box.bottom()), end)
        x += step
    painter.restore()
