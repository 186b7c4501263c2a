"""A bar divided among the states, as a table cell and the summary bar show it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from db.vocabulary import Status
from desktop_app.look.text import STATUS_ORDER
from desktop_app.look.theme import Theme
from desktop_app.look.tokens import STATUS_INK

_GAP_PX = 1.5


def paint_proportions(
    painter: QPainter,
    box: QRectF,
    counts: tuple[int, ...],
    theme: Theme,
    *,
    mirrored: bool = False,
) -> None:
    """Paint one segment for each state that has a count. Wants antialiasing on.

    Whatever there is at least one of shows, however small its part. Cancelled is hollow:
    it tells itself from queued without colour.
    """
    shown = [status for status in STATUS_ORDER if counts[status]]
    if not shown:
        return
    least = box.height()
    room = box.width() - _GAP_PX * (len(shown) - 1)
    shared = max(0.0, room - least * len(shown))
    total = sum(counts[status] for status in shown)
    x = box.x()
    for status in shown:
        width = least + shared * counts[status] / total
        start = 2 * box.x() + box.width() - x - width if mirrored else x
        _paint_segment(painter, QRectF(start, box.y(), width, box.height()), status, theme)
        x += width + _GAP_PX


def _paint_segment(painter: QPainter, box: QRectF, status: Status, theme: Theme) -> None:
    colour = theme.colour(STATUS_INK[status].ink)
    if status is Status.CANCELED:
        painter.setPen(QPen(colour, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = box.adjusted(0.5, 0.5, -0.5, -0.5)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
    radius = box.height() / 2
    painter.drawRoundedRect(box, radius, radius)
