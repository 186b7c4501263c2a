"""The painting of one cell, by what kind of cell it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from db.vocabulary import FINISHED, Status
from desktop_app.look.cells import (
    Cell,
    CheckCell,
    MeterCell,
    PillCell,
    ProgressCell,
    StatusCell,
    TagsCell,
    TextCell,
)
from desktop_app.look.marks import STATUS_MARK, paint_mark
from desktop_app.look.proportions import paint_proportions
from desktop_app.look.text import count, reads_right_to_left
from desktop_app.look.theme import Face, Theme
from desktop_app.look.tokens import CELL_PADDING_PX, STATUS_INK

_SHOWN_CHARS: Final = 400
"""More than any column shows; measuring a megabyte of title would stop the window."""
_PILL_PX: Final = 22
_PILL_PADDING_PX: Final = 8
_MARK_PX: Final = 10
_MARK_GAP_PX: Final = 6
_BAR_PX: Final = 58
_LEAST_BAR_PX: Final = 20
_BAR_HEIGHT_PX: Final = 6
_CHIP_PX: Final = 20
_CHIP_PADDING_PX: Final = 7
_CHIP_GAP_PX: Final = 5
_CHIP_RADIUS_PX: Final = 5
_BOX_PX: Final = 16
_SMOOTH: Final = QPainter.RenderHint.Antialiasing
_SELECTED: Final = QStyle.StateFlag.State_Selected
_TICK_EDGE: Final = 0.16
_VERTICAL: Final = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_LEFT: Final = int(
    Qt.AlignmentFlag.AlignLeft
    | Qt.AlignmentFlag.AlignAbsolute
    | _VERTICAL
    | Qt.TextFlag.TextForceLeftToRight
)
_RIGHT: Final = int(
    Qt.AlignmentFlag.AlignRight
    | Qt.AlignmentFlag.AlignAbsolute
    | _VERTICAL
    | Qt.TextFlag.TextForceLeftToRight
)
_LEFT_RTL: Final = _LEFT ^ int(
    Qt.TextFlag.TextForceLeftToRight | Qt.TextFlag.TextForceRightToLeft
)
_RIGHT_RTL: Final = _RIGHT ^ int(
    Qt.TextFlag.TextForceLeftToRight | Qt.TextFlag.TextForceRightToLeft
)


class _Spot:
    """Where a cell is painted: its inner box, and whether the layout is mirrored."""

    __slots__ = ("box", "is_mirrored", "is_selected")

    def __init__(self, option: QStyleOptionViewItem, padding: int) -> None:
        self.box: QRect = option.rect.adjusted(padding, 0, -padding, -1)
        self.is_mirrored: bool = option.direction == Qt.LayoutDirection.RightToLeft
        self.is_selected = bool(option.state & _SELECTED)

    def take(self, start: float, width: float, height: int) -> QRectF:
        """Return a part of the box, `start` from where reading begins, centred in height."""
        box = self.box
        x = box.x() + box.width() - start - width if self.is_mirrored else box.x() + start
        return QRectF(x, box.y() + (box.height() - height) / 2, width, height)


class CellPainter:
    """Paints cells in one state of the theme; made anew when that changes."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._padding = theme.px(CELL_PADDING_PX)
        self._body = theme.metrics(Face.BODY)
        self._paints: dict[type, Callable[[QPainter, _Spot, Any], None]] = {
            StatusCell: lambda painter, spot, cell: self._paint_pill(
                painter, spot, _pill(cell)
            ),
            PillCell: self._paint_pill,
            MeterCell: self._paint_meter,
            ProgressCell: self._paint_progress,
            TagsCell: self._paint_tags,
            CheckCell: self._paint_check,
        }
        self._widths: dict[type, Callable[[Any], float]] = {
            StatusCell: self._pill_width,
            PillCell: self._pill_width,
            MeterCell: self._meter_width,
            ProgressCell: self._progress_width,
            TagsCell: self._tags_width,
            TextCell: self._text_width,
            CheckCell: lambda _cell: theme.px(_BOX_PX),
        }

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, cell: Cell | None, salt: int
    ) -> None:
        """Paint a cell into `option.rect`; None as a grey bar whose length varies by `salt`."""
        spot = _Spot(option, self._padding)
        if spot.box.width() <= 0:
            return
        if type(cell) is TextCell:
            self._paint_text(painter, spot, cell)
            return
        painter.setRenderHint(_SMOOTH)
        if cell is None:
            self._paint_absent(painter, spot, salt)
        else:
            self._paints[type(cell)](painter, spot, cell)
        painter.setRenderHint(_SMOOTH, on=False)

    def width(self, cell: Cell | None) -> int:
        """Return the width at which nothing of a cell is cut short."""
        content = 0.0 if cell is None else self._widths[type(cell)](cell)
        return int(content + 1) + 2 * self._padding

    def _ink(self, spot: _Spot, *, muted: bool) -> str:
        if spot.is_selected:
            return "sel_text"
        return "muted" if muted else "text"

    def _paint_text(self, painter: QPainter, spot: _Spot, cell: TextCell) -> None:
        face = _face(cell)
        text = self._theme.metrics(face).elidedText(
            cell.text[:_SHOWN_CHARS], Qt.TextElideMode.ElideRight, spot.box.width()
        )
        is_rtl = not cell.mono and not cell.text.isascii() and reads_right_to_left(cell.text)
        is_leading_right = spot.is_mirrored or is_rtl
        at_right = not spot.is_mirrored if cell.align_right else is_leading_right
        painter.setFont(self._theme.font(face))
        painter.setPen(self._theme.colour(self._ink(spot, muted=cell.muted)))
        painter.drawText(spot.box, _flags(at_right=at_right, is_rtl=is_rtl), text)

    def _text_width(self, cell: TextCell) -> float:
        return self._theme.metrics(_face(cell)).horizontalAdvance(cell.text[:_SHOWN_CHARS])

    def _paint_pill(self, painter: QPainter, spot: _Spot, cell: PillCell) -> None:
        px = self._theme.px
        width = min(self._pill_width(cell), spot.box.width())
        pill = spot.take(0, width, px(_PILL_PX))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(cell.ink.ground))
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        colour = self._theme.colour(cell.ink.ink)
        mark = px(_MARK_PX)
        paint_mark(painter, cell.mark, spot.take(px(_PILL_PADDING_PX), mark, mark), colour)
        start = px(_PILL_PADDING_PX) + mark + px(_MARK_GAP_PX)
        room = width - start - px(_PILL_PADDING_PX) + 1
        box = spot.take(start, room, px(_PILL_PX))
        self._write(painter, box, cell.word, colour=cell.ink.ink)

    def _pill_width(self, cell: StatusCell | PillCell) -> float:
        fixed = self._theme.px(2 * _PILL_PADDING_PX + _MARK_PX + _MARK_GAP_PX + 2)
        return fixed + self._body.horizontalAdvance(cell.word)

    def _paint_meter(self, painter: QPainter, spot: _Spot, cell: MeterCell) -> None:
        room = self._begin_bar(painter, spot, cell.text, is_barred=True)
        if room is None:
            return
        self._paint_groove(painter, spot, room)
        width = max(room.height(), room.width() * cell.share)
        start = room.right() - width if spot.is_mirrored else room.x()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        bar = QRectF(start, room.y(), width, room.height())
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)

    def _meter_width(self, cell: MeterCell) -> float:
        fixed = self._theme.px(_BAR_PX + CELL_PADDING_PX)
        return fixed + self._body.horizontalAdvance(cell.text) + 2

    def _write(self, painter: QPainter, box: QRectF, text: str, *, colour: str) -> None:
        painter.setFont(self._theme.font(Face.BODY))
        painter.setPen(self._theme.colour(colour))
        shown = self._body.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        is_rtl = not text.isascii() and reads_right_to_left(text)
        painter.drawText(box, _flags(at_right=is_rtl, is_rtl=is_rtl), shown)

    def _paint_progress(self, painter: QPainter, spot: _Spot, cell: ProgressCell) -> None:
        room = self._begin_bar(painter, spot, _progress_text(cell), is_barred=bool(cell.total))
        if room is not None:
            self._paint_bar(painter, spot, room, cell)

    def _begin_bar(
        self, painter: QPainter, spot: _Spot, written: str, *, is_barred: bool
    ) -> QRectF | None:
        """Write the number of a bar, and return where the bar is, if there is room for one."""
        px = self._theme.px
        text_width = self._body.horizontalAdvance(written) + 2
        room = spot.box.width() - text_width - px(CELL_PADDING_PX)
        start, bar = 0.0, None
        if is_barred and room >= px(_LEAST_BAR_PX):
            width = min(room, px(_BAR_PX))
            bar = spot.take(0, width, px(_BAR_HEIGHT_PX))
            start = width + px(CELL_PADDING_PX)
        box = spot.take(start, spot.box.width() - start, spot.box.height())
        painter.setFont(self._theme.font(Face.BODY))
        painter.setPen(self._theme.colour(self._ink(spot, muted=True)))
        shown = self._body.elidedText(written, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, _flags(at_right=spot.is_mirrored, is_rtl=False), shown)
        return bar

    def _paint_groove(self, painter: QPainter, spot: _Spot, box: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("strong" if spot.is_selected else "line"))
        painter.setOpacity(0.35 if spot.is_selected else 1.0)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setOpacity(1.0)

    def _paint_bar(
        self, painter: QPainter, spot: _Spot, box: QRectF, cell: ProgressCell
    ) -> None:
        self._paint_groove(painter, spot, box)
        if not cell.finished:
            return
        width = max(box.height(), box.width() * cell.finished / cell.total)
        start = box.right() - width if spot.is_mirrored else box.x()
        finished = tuple(
            number if place in FINISHED else 0 for place, number in enumerate(cell.counts)
        )
        done = QRectF(start, box.y(), width, box.height())
        paint_proportions(painter, done, finished, self._theme, mirrored=spot.is_mirrored)

    def _progress_width(self, cell: ProgressCell) -> float:
        fixed = self._theme.px(_BAR_PX + CELL_PADDING_PX) if cell.total else 0
        return fixed + self._body.horizontalAdvance(_progress_text(cell)) + 2

    def _paint_tags(self, painter: QPainter, spot: _Spot, cell: TagsCell) -> None:
        start, left = 0.0, len(cell.names)
        gap = self._theme.px(_CHIP_GAP_PX)
        for name in cell.names:
            wanted = self._chip_width(name)
            room = spot.box.width() - start
            if left > 1:
                room -= gap + self._body.horizontalAdvance(f"+{left - 1}")
            if wanted > room and start > 0:
                break
            self._paint_chip(painter, spot, start, min(wanted, max(room, 0)), name)
            start += wanted + gap
            left -= 1
        if left:
            box = spot.take(start, spot.box.width() - start, spot.box.height())
            painter.setFont(self._theme.font(Face.BODY))
            painter.setPen(self._theme.colour(self._ink(spot, muted=True)))
            painter.drawText(box, _flags(at_right=spot.is_mirrored, is_rtl=False), f"+{left}")

    def _paint_chip(
        self, painter: QPainter, spot: _Spot, start: float, width: float, name: str
    ) -> None:
        px = self._theme.px
        chip = spot.take(start, width, px(_CHIP_PX)).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(self._theme.colour("line"))
        painter.setBrush(self._theme.colour("raised"))
        painter.drawRoundedRect(chip, px(_CHIP_RADIUS_PX), px(_CHIP_RADIUS_PX))
        inside = chip.adjusted(px(_CHIP_PADDING_PX), 0, 1 - px(_CHIP_PADDING_PX), 0)
        self._write(painter, inside, name, colour="muted")

    def _chip_width(self, name: str) -> float:
        advance = self._body.horizontalAdvance(name[:_SHOWN_CHARS])
        return advance + self._theme.px(2 * _CHIP_PADDING_PX) + 2

    def _tags_width(self, cell: TagsCell) -> float:
        gaps = self._theme.px(_CHIP_GAP_PX) * max(0, len(cell.names) - 1)
        return sum(self._chip_width(name) for name in cell.names) + gaps

    def _paint_check(self, painter: QPainter, spot: _Spot, cell: CheckCell) -> None:
        side = self._theme.px(_BOX_PX)
        box = spot.take(0, side, side).adjusted(0.5, 0.5, -0.5, -0.5)
        ink = "accent" if cell.checked else "muted" if spot.is_selected else "strong"
        painter.setPen(self._theme.colour(ink))
        painter.setBrush(self._theme.colour("accent" if cell.checked else "surface"))
        painter.drawRoundedRect(box, side / 4, side / 4)
        if cell.checked:
            edge = side * _TICK_EDGE
            inner = box.adjusted(edge, edge, -edge, -edge)
            paint_mark(painter, Status.SUCCEEDED, inner, self._theme.colour("on_accent"))

    def _paint_absent(self, painter: QPainter, spot: _Spot, salt: int) -> None:
        part = _ABSENT_PARTS[salt % len(_ABSENT_PARTS)]
        bar = spot.take(0, spot.box.width() * part, self._theme.px(_BAR_HEIGHT_PX + 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("line"))
        painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)


_ABSENT_PARTS: Final = (0.6, 0.45, 0.7, 0.35, 0.55)


def _pill(cell: StatusCell) -> PillCell:
    return PillCell(STATUS_MARK[cell.status], cell.word, STATUS_INK[cell.status])


def _flags(*, at_right: bool, is_rtl: bool) -> int:
    if is_rtl:
        return _RIGHT_RTL if at_right else _LEFT_RTL
    return _RIGHT if at_right else _LEFT


def _face(cell: TextCell) -> Face:
    if cell.mono:
        return Face.MONO
    return Face.MEDIUM if cell.strong else Face.BODY


def _progress_text(cell: ProgressCell) -> str:
    return f"{count(cell.done)} / {count(cell.total)}" if cell.total else "–"
