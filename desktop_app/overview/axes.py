"""The ground that charts over days are drawn on: lines with their values, and dates below."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QDate, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from db.times import MICROSECONDS
from desktop_app.look.text import count, duration, locale
from desktop_app.look.theme import Face
from desktop_app.overview.chart import Chart, as_written

_LINES: Final = 3
_DATE_GAP_PX: Final = 16
_FOOT_PX: Final = 20
_HEAD_PX: Final = 26
_GAP_PX: Final = 8
_SECONDS: Final = (
    *(1, 2, 5, 10, 20, 30),
    *(60, 120, 300, 600, 1200, 1800),
    *(3600, 2 * 3600, 4 * 3600, 8 * 3600, 12 * 3600, 86_400),
)


class Scale(Struct, frozen=True):
    """The values at which lines are drawn, from 0 up, and how they read."""

    values: tuple[float, ...]
    read: Callable[[float], str]

    @property
    def top(self) -> float:
        """The value of the highest line."""
        return self.values[-1]


def count_scale(most: float) -> Scale:
    """Return a scale for numbers of things, up to the greatest of them."""
    least = max(1.0, most / _LINES)
    power = 10 ** math.floor(math.log10(least))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= least)
    return Scale(_upto(most, step), lambda value: count(round(value)))


def duration_scale(most: float) -> Scale:
    """Return a scale for lengths of time in microseconds."""
    least = max(1.0, most / _LINES / MICROSECONDS)
    days = 86_400 * math.ceil(least / 86_400)
    step = next((each for each in _SECONDS if each >= least), days)
    return Scale(
        _upto(most, step * MICROSECONDS),
        lambda value: duration(round(value)) if value else "0",
    )


def _upto(most: float, step: float) -> tuple[float, ...]:
    return tuple(step * number for number in range(max(1, math.ceil(most / step)) + 1))


def short_date(day: date) -> str:
    """Return a date as the foot of a chart shows it."""
    return locale().toString(QDate(day.year, day.month, day.day), "d MMM")


class DayChart(Chart):
    """A chart with a column for each day."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.days: tuple[date, ...] = ()
        self.scale = count_scale(1)

    def show_days(self, days: Sequence[date], scale: Scale) -> None:
        """Draw on this ground from now on."""
        self.days = tuple(days)
        self.scale = scale

    def height_px(self) -> int:
        return 212

    def plot(self) -> QRectF:
        """Return where the columns are, not mirrored."""
        px, metrics = self.theme.px, self.theme.metrics(Face.SMALL)
        values = (self.scale.read(value) for value in self.scale.values)
        left = max(metrics.horizontalAdvance(value) for value in values) + px(_GAP_PX)
        top = px(_HEAD_PX)
        return QRectF(
            left, top, max(1.0, self.width() - left), self.height() - top - px(_FOOT_PX)
        )

    def column(self, place: int, share: float = 1.0) -> tuple[float, float]:
        """Return where the middle so-much of a column begins, and how wide it is."""
        plot = self.plot()
        width = plot.width() / max(1, len(self.days))
        return plot.x() + width * (place + (1 - share) / 2), width * share

    def level(self, value: float) -> float:
        """Return how far down a value is."""
        plot = self.plot()
        return plot.bottom() - plot.height() * value / self.scale.top

    def paint_ground(self, painter: QPainter) -> None:
        """Paint the lines, their values and the dates."""
        plot = self.plot()
        painter.setFont(self.theme.font(Face.SMALL))
        for value in self.scale.values:
            level = round(self.level(value)) + 0.5
            painter.setPen(QPen(self.theme.colour("strong" if value == 0 else "line"), 1))
            line = self.spot(plot.x(), level, plot.width(), 0)
            painter.drawLine(line.topLeft(), line.topRight())
            painter.setPen(self.theme.colour("muted"))
            half = self.theme.px(_GAP_PX)
            box = self.spot(0, level - half, plot.x() - half, 2 * half)
            far = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, far, as_written(self.scale.read(value)))
        self._paint_dates(painter, plot)

    def _paint_dates(self, painter: QPainter, plot: QRectF) -> None:
        """Paint as many dates as have room, today always."""
        metrics = self.theme.metrics(Face.SMALL)
        wide = max((metrics.horizontalAdvance(short_date(day)) for day in self.days), default=1)
        column = plot.width() / max(1, len(self.days))
        every = max(1, math.ceil((wide + self.theme.px(_DATE_GAP_PX)) / column))
        painter.setPen(self.theme.colour("muted"))
        for place in range(len(self.days) - 1, -1, -every):
            middle = plot.x() + column * (place + 0.5)
            x = min(max(middle - wide / 2, 0), plot.right() - wide)
            box = self.spot(x, plot.bottom(), wide, self.theme.px(_FOOT_PX))
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
            painter.drawText(box, flags, as_written(short_date(self.days[place])))

    def paint_legend(
        self,
        painter: QPainter,
        entries: Sequence[tuple[str, Callable[[QPainter, QRectF], None]]],
    ) -> None:
        """Paint words with their signs along the top."""
        px, metrics = self.theme.px, self.theme.metrics(Face.SMALL)
        painter.setFont(self.theme.font(Face.SMALL))
        x, side, high = self.plot().x(), px(11), px(16)
        for words, paint_sign in entries:
            sign = self.spot(x, (high - side) / 2, side, side)
            paint_sign(painter, sign)
            x += side + px(5)
            width = metrics.horizontalAdvance(words) + 2
            painter.setPen(self.theme.colour("muted"))
            near = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(self.spot(x, 0, width, high), near, words)
            x += width + px(14)
