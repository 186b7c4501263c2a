"""The one delegate that paints every table's rows, fast enough to do it while scrolling."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from desktop_app.look.cell_painter import CellPainter
from desktop_app.look.cells import ROLE_CELL, TextCell
from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import RowPx

if TYPE_CHECKING:
    from desktop_app.look.cells import Cell

    AnyIndex = QModelIndex | QPersistentModelIndex

_RING_PX: Final = 2
_TOOLTIP_CHARS: Final = 2000


class RowDelegate(QStyledItemDelegate):
    """Paints the cells that a model returns under `ROLE_CELL`, row by row.

    Making one dresses `view`: the delegate is set, rows have one height and light up under
    the mouse, and the row of the current cell is ringed while the view has the focus. A
    cell without a `ROLE_CELL` shows its plain text; with neither it is still on its way.
    """

    def __init__(self, view: QTableView, row_px: RowPx = RowPx.NORMAL) -> None:
        super().__init__(view)
        self._view = view
        self._row_px = row_px
        self._theme = current_theme()
        self._painter = CellPainter(self._theme)
        self._hovered_row = -1
        self._ringed_row = -1
        self._edge_columns = (0, 0)
        view.setItemDelegate(self)
        view.setShowGrid(False)
        view.setMouseTracking(True)
        view.setWordWrap(False)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().hide()
        view.horizontalHeader().setHighlightSections(False)
        view.entered.connect(self._on_entered)
        _ViewportWatch(view, self._prepare, lambda: self._hover(-1))
        self._theme.changed.connect(self._measure)
        self._measure()

    def set_row_px(self, row_px: RowPx) -> None:
        """Make the rows of the view lower or higher."""
        if row_px != self._row_px:
            self._row_px = row_px
            self._measure()

    def _measure(self) -> None:
        self._painter = CellPainter(self._theme)
        self._view.verticalHeader().setDefaultSectionSize(self._theme.px(self._row_px))
        self._view.verticalHeader().setMinimumSectionSize(self._theme.px(RowPx.TIGHT))

    def _on_entered(self, index: QModelIndex) -> None:
        self._hover(index.row())

    def _hover(self, row: int) -> None:
        if row == self._hovered_row:
            return
        former, self._hovered_row = self._hovered_row, row
        for changed in (former, row):
            self._repaint_row(changed)

    def _repaint_row(self, row: int) -> None:
        if row >= 0:
            viewport = self._view.viewport()
            top = self._view.rowViewportPosition(row)
            viewport.update(0, top, viewport.width(), self._view.rowHeight(row))

    def _prepare(self) -> None:
        """Find out once for a whole repaint what holds for each of its cells."""
        row = self._view.currentIndex().row() if self._view.hasFocus() else -1
        if row != self._ringed_row:
            # Without a change of selection the view repaints one cell, the ring spans all.
            self._repaint_row(self._ringed_row)
            self._repaint_row(row)
            self._ringed_row = row
        header = self._view.horizontalHeader()
        shown = [
            column
            for place in range(header.count())
            if not header.isSectionHidden(column := header.logicalIndex(place))
        ]
        self._edge_columns = (shown[0], shown[-1]) if shown else (0, 0)

    def _paint_ring(self, painter: QPainter, option: QStyleOptionViewItem, column: int) -> None:
        rect: QRect = option.rect
        accent = self._theme.colour("accent")
        bottom = rect.bottom() - _RING_PX + 1
        painter.fillRect(rect.x(), rect.y(), rect.width(), _RING_PX, accent)
        painter.fillRect(rect.x(), bottom, rect.width(), _RING_PX, accent)
        first, last = self._edge_columns
        if option.direction == Qt.LayoutDirection.RightToLeft:
            first, last = last, first
        if column == first:
            painter.fillRect(rect.x(), rect.y(), _RING_PX, rect.height(), accent)
        if column == last:
            right = rect.right() - _RING_PX + 1
            painter.fillRect(right, rect.y(), _RING_PX, rect.height(), accent)

    def _cell(self, index: AnyIndex) -> Cell | None:
        cell = index.data(ROLE_CELL)
        if cell is None:
            text = index.data(Qt.ItemDataRole.DisplayRole)
            return TextCell(str(text)) if text else None
        return cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Paint one cell: its ground unless it is the view's, its content, the lines around."""
        row = index.row()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, self._theme.colour("sel"))
        elif row == self._hovered_row:
            painter.fillRect(option.rect, self._theme.colour("hover"))
        self._painter.paint(painter, option, self._cell(index), row + index.column())
        rect = option.rect
        line = self._theme.colour("line")
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, line)
        if row == self._ringed_row:
            self._paint_ring(painter, option, index.column())

    def sizeHint(self, _option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Return the room a cell needs to show everything it has to say."""
        width = self._painter.width(self._cell(index))
        return QSize(width, self._theme.px(self._row_px))

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: AnyIndex
    ) -> None:
        """Let an editor fill its cell, however low the row is."""
        editor.setGeometry(option.rect)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: AnyIndex,
    ) -> bool:
        """Show the model's tooltip, or the whole text of a cell that is cut short."""
        if event.type() != QEvent.Type.ToolTip:
            return super().helpEvent(event, view, option, index)
        text = index.data(Qt.ItemDataRole.ToolTipRole) or ""
        if not text and self._painter.width(self._cell(index)) > option.rect.width():
            text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        QToolTip.showText(event.globalPos(), plain_tooltip(text[:_TOOLTIP_CHARS]), view)
        return True


class _ViewportWatch(QObject):
    """Tells of the mouse leaving a view's surface, and of each repaint before it starts."""

    def __init__(
        self, view: QTableView, on_paint: Callable[[], None], on_leave: Callable[[], None]
    ) -> None:
        super().__init__(view)
        self._on_paint = on_paint
        self._on_leave = on_leave
        view.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Look at the event and let it pass."""
        kind = event.type()
        if kind == QEvent.Type.Paint:
            self._on_paint()
        elif kind == QEvent.Type.Leave:
            self._on_leave()
        return False
