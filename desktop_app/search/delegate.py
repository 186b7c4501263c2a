"""How a row of the results is painted: matches bold on a ground of their own."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QIcon,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from db.snippets import Pieces
from desktop_app.look import text
from desktop_app.look.icons import icon
from desktop_app.look.theme import Face, current_theme
from desktop_app.look.tokens import ICON_PX
from desktop_app.search.model import ROW_ROLE, Index, Row, RowKind

PADDING_PX: Final = 16
_HEAD_PX: Final = 40
_LINE_PX: Final = 34
_EDGE_PX: Final = 8
_SNIPPET_LINES: Final = 2
_CUT_SIGNS: Final = 24
"""So many signs are tried to be left out for an ellipsis."""
_STEP: Final = "  \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}  "
_ICONS: Final = "batches tasks play update bug note conversation conversation learning".split()
"""Those of the kinds, by number."""


class ResultsDelegate(QStyledItemDelegate):
    """Paints headings, hits and ways to more."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self._theme = current_theme()
        self._icons: dict[str, QIcon] = {}
        self._theme.changed.connect(self._icons.clear)
        self._theme.changed.connect(view.doItemsLayout)

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        row: Row = index.data(ROW_ROLE)
        px = self._theme.px
        if row.what is RowKind.HEAD:
            return QSize(0, px(_HEAD_PX))
        if row.hit is None:
            return QSize(0, px(_LINE_PX))
        lines = 1 + self._snippet_lines(row)
        height = lines * self._line_height(Face.BODY) + 2 * px(_EDGE_PX)
        return QSize(0, height + self._line_height(Face.SMALL))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(ROW_ROLE)
        painter.save()
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        if row.what is not RowKind.HEAD:
            self._paint_ground(painter, option, is_current=is_current)
        pad = self._theme.px(PADDING_PX)
        box = option.rect.adjusted(pad, 0, -pad, 0)
        if row.what is RowKind.HEAD:
            self._paint_head(painter, box, row)
        elif row.hit is None:
            self._paint_line(painter, box, row, is_current=is_current)
        else:
            self._paint_hit(painter, box, row, is_current=is_current)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, is_current: bool
    ) -> None:
        rect: QRect = option.rect
        colour = self._theme.colour
        if is_current:
            painter.fillRect(rect, colour("sel"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colour("hover"))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, colour("line"))
        if is_current and self._view.hasFocus():
            painter.setPen(QPen(colour("accent"), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def _paint_head(self, painter: QPainter, box: QRect, row: Row) -> None:
        px = self._theme.px
        inner = box.adjusted(0, px(_EDGE_PX), 0, 0)
        if row.kind is not None:
            side = px(ICON_PX)
            spot = QRect(inner.x(), inner.center().y() - side // 2, side, side)
            self._icon(_ICONS[row.kind - 1]).paint(painter, self._mirrored(spot, box))
            inner.adjust(side + px(8), 0, 0, 0)
        font = QFont(self._theme.font(Face.BODY))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self._theme.colour("text"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(self._mirrored(inner, box), flags, row.words)
        inner.adjust(painter.fontMetrics().horizontalAdvance(row.words) + px(8), 0, 0, 0)
        painter.setFont(self._theme.font(Face.BODY))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(self._mirrored(inner, box), flags, row.facts)

    def _paint_line(self, painter: QPainter, box: QRect, row: Row, *, is_current: bool) -> None:
        ink = "sel_text" if is_current else "accent" if row.what is RowKind.MORE else "text"
        painter.setFont(self._theme.font(Face.BODY))
        painter.setPen(self._theme.colour(ink))
        shown = painter.fontMetrics().elidedText(
            row.words, Qt.TextElideMode.ElideRight, box.width()
        )
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(box, flags, shown)

    def _paint_hit(self, painter: QPainter, box: QRect, row: Row, *, is_current: bool) -> None:
        hit = row.hit
        assert hit is not None
        px = self._theme.px
        ink, quiet = ("sel_text", "sel_text") if is_current else ("text", "muted")
        top = box.y() + px(_EDGE_PX)
        line = self._line_height(Face.BODY)
        when = text.relative_time(hit.record.updated_at)
        small = self._theme.metrics(Face.SMALL)
        room = int(small.horizontalAdvance(when)) + px(12)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing
        painter.setFont(self._theme.font(Face.SMALL))
        painter.setPen(self._theme.colour(quiet))
        painter.drawText(QRect(box.x(), top, box.width(), line), flags, when)
        title = QRect(box.x(), top, box.width() - room, line)
        self._paint_pieces(painter, self._mirrored(title, box), row.title, Face.MEDIUM, ink, 1)
        lines = self._snippet_lines(row)
        body = QRect(box.x(), top + line, box.width(), line * lines)
        if lines:
            self._paint_pieces(painter, body, row.snippet, Face.BODY, ink, lines)
        path = _STEP.join(text.isolated(step) for _, _, step in hit.path)
        said = "  \N{MIDDLE DOT}  ".join(part for part in (row.facts, path) if part)
        foot = QRect(
            box.x(), body.y() + line * lines, box.width(), self._line_height(Face.SMALL)
        )
        painter.setFont(self._theme.font(Face.SMALL))
        painter.setPen(self._theme.colour(quiet))
        shown = small.elidedText(said, Qt.TextElideMode.ElideMiddle, foot.width())
        painter.drawText(
            foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, shown
        )

    def _paint_pieces(
        self, painter: QPainter, box: QRect, pieces: Pieces, face: Face, ink: str, lines: int
    ) -> None:
        words = "".join(piece for piece, _ in pieces)
        layout = self._laid_out(words, pieces, face, box.width())
        kept = layout.lineCount()
        if kept > lines:
            end = layout.lineAt(lines - 1)
            layout, kept = self._cut(
                words, end.textStart() + end.textLength(), pieces, face, box, lines
            )
        painter.setPen(self._theme.colour(ink))
        for place in range(kept):
            line = layout.lineAt(place)
            top = box.y() + place * self._line_height(Face.BODY)
            line.setPosition(QPointF(0, 0))
            line.draw(painter, QPointF(box.x(), top))

    def _cut(
        self, words: str, end: int, pieces: Pieces, face: Face, box: QRect, lines: int
    ) -> tuple[QTextLayout, int]:
        """Lay out as much as fits in some lines with an ellipsis after it."""
        for at in range(end - 1, max(0, end - _CUT_SIGNS), -1):
            layout = self._laid_out(f"{words[:at].rstrip()}…", pieces, face, box.width())
            if layout.lineCount() <= lines:
                break
        return layout, min(lines, layout.lineCount())

    def _laid_out(self, words: str, pieces: Pieces, face: Face, width: int) -> QTextLayout:
        layout = QTextLayout(words, self._theme.font(face))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if text.reads_right_to_left(words):
            option.setTextDirection(Qt.LayoutDirection.RightToLeft)
        layout.setTextOption(option)
        layout.setFormats(self._marks(words, pieces))
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
        layout.endLayout()
        return layout

    def _marks(self, words: str, pieces: Pieces) -> list[QTextLayout.FormatRange]:
        marks, at = [], 0
        form = QTextCharFormat()
        form.setFontWeight(QFont.Weight.Bold)
        form.setBackground(self._theme.colour("run_bg"))
        form.setForeground(self._theme.colour("text"))
        for piece, is_match in pieces:
            # Qt counts in halves of UTF-16, in which signs such as emoji are two.
            length = len(piece.encode("utf-16-le", "surrogatepass")) // 2
            if is_match and at < len(words):
                mark = QTextLayout.FormatRange()
                mark.start, mark.length, mark.format = at, length, form
                marks.append(mark)
            at += length
        return marks

    def _snippet_lines(self, row: Row) -> int:
        if not row.snippet:
            return 0
        words = "".join(piece for piece, _ in row.snippet)
        width = self._view.viewport().width() - 2 * self._theme.px(PADDING_PX)
        fits = self._theme.metrics(Face.BODY).horizontalAdvance(words) < width * 0.95
        return 1 if fits else _SNIPPET_LINES

    def _line_height(self, face: Face) -> int:
        return round(self._theme.metrics(face).height() * 1.25)

    def _mirrored(self, part: QRect, whole: QRect) -> QRect:
        return QStyle.visualRect(self._view.layoutDirection(), whole, part)

    def _icon(self, name: str) -> QIcon:
        if name not in self._icons:
            self._icons[name] = icon(name, "muted")
        return self._icons[name]
