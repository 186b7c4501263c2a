"""Bars over days, stacked by outcome."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from desktop_app.overview.axes import DayChart
from desktop_app.overview.fills import Fill, Pattern, paint_fill

OUTCOMES: Final = (
    ("succeeded", Fill(Pattern.SOLID, "ok")),
    ("failed", Fill(Pattern.HATCHED, "bad")),
    ("canceled", Fill(Pattern.HOLLOW, "muted")),
)
"""The parts of a bar from the bottom up, and how each is filled."""

_BAR_SHARE: Final = 0.68
_WIDEST_PX: Final = 28
_LEAST_PX: Final = 2.0
_GAP_PX: Final = 1.0


class DayBars(DayChart):
    """A bar for each day, with a part for each outcome; whatever there is one of shows."""

    def boxes(self) -> list[QRectF]:
        found = []
        column, bottom = -1, 0.0
        for datum in self.data:
            if datum.column != column:
                column, bottom = datum.column, self.level(0)
            height = max(_LEAST_PX, self.level(0) - self.level(datum.value) - _GAP_PX)
            x, width = self.column(datum.column, _BAR_SHARE)
            narrow = min(width, self.theme.px(_WIDEST_PX))
            box = self.spot(x + (width - narrow) / 2, bottom - height, narrow, height)
            found.append(box)
            bottom -= height + _GAP_PX
        return found

    def paint_chart(self, painter: QPainter) -> None:
        self.paint_ground(painter)
        for datum, box in zip(self.data, self.boxes(), strict=True):
            paint_fill(painter, box, OUTCOMES[datum.row][1], self.theme)
        self.paint_legend(
            painter,
            [
                (word.capitalize(), partial(self._paint_sign, fill=fill))
                for word, fill in OUTCOMES
            ],
        )

    def _paint_sign(self, painter: QPainter, box: QRectF, fill: Fill) -> None:
        paint_fill(painter, box, fill, self.theme)
