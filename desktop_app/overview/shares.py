"""Bars that lie, one below the other, each with its name and what it amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from desktop_app.look.text import count
from desktop_app.look.theme import Face
from desktop_app.overview.chart import Chart, Datum, as_written
from desktop_app.overview.fills import Fill, Pattern, paint_fill

MOST_ROWS: Final = 7
"""More are in the table only."""

_ROW_PX: Final = 28
_BAR_PX: Final = 12
_NAME_SHARE: Final = 0.3
_GAP_PX: Final = 10
_LEAST_PX: Final = 2.0
_FOOT_PX: Final = 20


class Shares(Chart):
    """A bar for each name, the longest being as long as there is room."""

    def __init__(self, title: str, fill: Fill) -> None:
        super().__init__(title)
        self._fill = fill
        self._names: tuple[str, ...] = ()
        self._amounts: tuple[str, ...] = ()
        self._more = ""

    def show_rows(
        self,
        data: Sequence[Datum],
        names: Sequence[str],
        amounts: Sequence[str],
        sentence: str,
    ) -> None:
        """Show marks from the top, with their names and their amounts in words."""
        left_out = len(data) - MOST_ROWS
        self._names, self._amounts = tuple(names[:MOST_ROWS]), tuple(amounts[:MOST_ROWS])
        self._more = f"{count(left_out)} more in the table" if left_out > 0 else ""
        is_first = not self.data
        self.show_data(data[:MOST_ROWS], sentence)
        self.current = 0 if is_first else self.current

    def height_px(self) -> int:
        return _ROW_PX * MOST_ROWS + _FOOT_PX

    def boxes(self) -> list[QRectF]:
        px = self.theme.px
        x, room = self._bar_room()
        most = max((datum.value for datum in self.data), default=0) or 1
        return [
            self.spot(
                x,
                px(_ROW_PX) * place + (px(_ROW_PX) - px(_BAR_PX)) / 2,
                max(_LEAST_PX, room * datum.value / most),
                px(_BAR_PX),
            )
            for place, datum in enumerate(self.data)
        ]

    def paint_chart(self, painter: QPainter) -> None:
        px = self.theme.px
        metrics = self.theme.metrics(Face.BODY)
        x, _room = self._bar_room()
        painter.setFont(self.theme.font(Face.BODY))
        boxes = self.boxes()
        for place, box in enumerate(boxes):
            name_room = x - px(_GAP_PX)
            name = metrics.elidedText(
                self._names[place], Qt.TextElideMode.ElideRight, name_room
            )
            row = px(_ROW_PX) * place
            painter.setPen(self.theme.colour("text"))
            self._write(painter, self.spot(0, row, name_room, px(_ROW_PX)), name)
            paint_fill(painter, box, self._fill, self.theme)
            start = x + box.width() + px(_GAP_PX)
            painter.setPen(self.theme.colour("muted"))
            amount = self.spot(start, row, self.width() - start, px(_ROW_PX))
            self._write(painter, amount, self._amounts[place])
        painter.setFont(self.theme.font(Face.SMALL))
        painter.setPen(self.theme.colour("muted"))
        foot = self.spot(0, px(_ROW_PX) * MOST_ROWS, self.width(), px(_FOOT_PX))
        self._write(painter, foot, self._more)

    def _bar_room(self) -> tuple[float, float]:
        """Return where bars begin and how long the longest is."""
        px, metrics = self.theme.px, self.theme.metrics(Face.BODY)
        longest = max(map(metrics.horizontalAdvance, self._names), default=0)
        names = min(longest, self.width() * _NAME_SHARE) + px(_GAP_PX)
        amounts = max(map(metrics.horizontalAdvance, self._amounts), default=0)
        return names, max(1.0, self.width() - names - amounts - px(_GAP_PX) - px(4))

    def _write(self, painter: QPainter, box: QRectF, words: str) -> None:
        # Qt mirrors the side where the window reads from right to left.
        near = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, near, as_written(words))


FAILED_FILL: Final = Fill(Pattern.HATCHED, "bad")
COUNT_FILL: Final = Fill(Pattern.SOLID, "accent")
