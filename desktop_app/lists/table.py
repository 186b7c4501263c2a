"""The table of a list."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QInputEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyleOptionButton,
    QStyleOptionHeader,
    QTableView,
    QWidget,
)

from desktop_app.look.delegates import RowDelegate
from desktop_app.look.tokens import RowPx
from desktop_app.models.paged_table import CHECK_COLUMN, Index, PagedTableModel

_Flag = QItemSelectionModel.SelectionFlag
_PLAIN_KEYS = Qt.KeyboardModifier.NoModifier
_PLAIN = frozenset({_PLAIN_KEYS, Qt.KeyboardModifier.KeypadModifier})
_MOVES = frozenset(
    {
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)
_PASSING = frozenset(
    {
        Qt.FocusReason.PopupFocusReason,
        Qt.FocusReason.MenuBarFocusReason,
        Qt.FocusReason.ActiveWindowFocusReason,
    }
)
_SCROLLED_PART = 4
"""An arrow key shows a quarter of the width that it did not show before."""


class RecordTable(QTableView):
    """A table of records: whole rows, any number of them, check boxes at their start.

    `row_opened` carries the row of a double click, `row_entered` that of the Enter key;
    `cleared` says that the person chose something else instead of what was chosen,
    `marking` whether rows are marked, by boxes or as several, or only one is looked at.
    `framed` says that the frame around the current row came, went or is elsewhere.
    `drag_wanted` says that the chosen rows are dragged, `drag_ended` that they are let go.
    """

    row_opened = Signal(int)
    row_entered = Signal(int)
    cleared = Signal()
    marking = Signal(bool)
    page_check_clicked = Signal()
    menu_wanted = Signal(QPoint)
    framed = Signal()
    drag_wanted = Signal()
    drag_ended = Signal()

    def __init__(self, model: PagedTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setHorizontalHeader(_Header(self))
        # Only once it is the table's: being put in turns this off.
        self.horizontalHeader().setSortIndicatorShown(True)
        self._rows = RowDelegate(self)
        self._is_pulled = False
        model.is_checked = self._is_checked
        self.horizontalHeader().sectionClicked.connect(self._on_section_clicked)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setCornerButtonEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_wanted)
        self.doubleClicked.connect(lambda index: self.row_opened.emit(index.row()))
        self.selectionModel().currentRowChanged.connect(self.framed)

    def set_row_px(self, row_px: RowPx) -> None:
        """Make the rows lower or higher."""
        self._rows.set_row_px(row_px)

    def set_low(self, low: bool) -> None:
        """Make the titles of the columns low, or as high as they usually are."""
        header = self.horizontalHeader()
        header.setProperty("low", low)
        header.style().unpolish(header)
        header.style().polish(header)
        # It keeps the height it came to until a title changes.
        header.headerDataChanged(header.orientation(), 0, header.count() - 1)
        self.updateGeometries()

    def set_page_check(self, state: Qt.CheckState) -> None:
        """Show in the header whether the page is chosen: all, some or none of it."""
        header = self.horizontalHeader()
        assert isinstance(header, _Header)
        header.set_check(state)

    def _scroll_across(self, *, rightward: bool) -> None:
        bar = self.horizontalScrollBar()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        step = self.viewport().width() // _SCROLLED_PART
        bar.setValue(bar.value() + (step if rightward != mirrored else -step))

    def _choose_unmoved(self, former: Index) -> None:
        """Choose the row that a key would move to, where that is the current one already."""
        index = self.currentIndex()
        if not index.isValid() or index.row() != former.row() or self._is_checked(index.row()):
            return
        self.cleared.emit()
        self.marking.emit(False)
        self.selectionModel().select(index, _Flag.ClearAndSelect | _Flag.Rows)

    def _is_checked(self, row: int) -> bool:
        return self.selectionModel().isRowSelected(row, QModelIndex())

    def _on_section_clicked(self, section: int) -> None:
        if section == CHECK_COLUMN:
            self.page_check_clicked.emit()

    def _on_menu_wanted(self, position: QPoint) -> None:
        if not self.indexAt(position).isValid() and self.currentIndex().isValid():
            position = self.visualRect(self.currentIndex()).center()
        self.menu_wanted.emit(self.viewport().mapToGlobal(position))

    # Qt overrides

    def selectionCommand(
        self, index: Index, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        command = super().selectionCommand(index, event)
        if event is None:
            return command
        if _is_check_click(index, event) or _is_plain_space(event):
            command = _Flag.Toggle | _Flag.Rows
        is_range = _is_range(command, event)
        if is_range:
            command |= _Flag.Clear
        if command & _Flag.Clear:
            self.cleared.emit()
        if command != _Flag.NoUpdate:
            self.marking.emit(is_range or not command & _Flag.Clear)
        return command

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a row into sight; the columns stay where they are."""
        bar = self.horizontalScrollBar()
        place = bar.value()
        super().scrollTo(index, hint)
        bar.setValue(place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().height() < event.oldSize().height() and self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let chosen rows be dragged away; from any other row on, rows are chosen."""
        index = self.indexAt(event.position().toPoint())
        is_chosen = index.isValid() and self.selectionModel().isSelected(index)
        self.setDragEnabled(is_chosen and index.column() != CHECK_COLUMN)
        self._is_pulled = False
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_pulled:
            self._is_pulled = False
            self.drag_ended.emit()
        else:
            super().mouseReleaseEvent(event)

    def startDrag(self, _actions: Qt.DropAction) -> None:
        self._is_pulled = True
        self.drag_wanted.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        started_on_check = self.state() is QAbstractItemView.State.DragSelectingState and (
            self.currentIndex().column() == CHECK_COLUMN
        )
        if not (started_on_check or self._is_pulled):
            super().mouseMoveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and row >= 0:
            self.row_entered.emit(row)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()  # the window's; the view would take it for a letter to search by
        else:
            former = self.currentIndex()
            super().keyPressEvent(event)
            if event.key() in _MOVES and event.modifiers() in _PLAIN:
                self._choose_unmoved(former)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.framed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # What pops up, and a window in front, leave the frame where it is.
        if event.reason() not in _PASSING:
            self.framed.emit()

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Move by rows only: Home and End mean the first and the last row.

        Left and right show what does not fit in width.
        """
        move = QAbstractItemView.CursorAction
        last = self.model().rowCount() - 1
        if action in {move.MoveHome, move.MoveEnd} and last >= 0:
            return self.model().index(0 if action == move.MoveHome else last, 1)
        if action in {move.MoveLeft, move.MoveRight}:
            self._scroll_across(rightward=action == move.MoveRight)
            return self.currentIndex()
        return super().moveCursor(action, modifiers)


def _is_check_click(index: Index, event: QEvent) -> bool:
    return (
        isinstance(event, QMouseEvent)
        and event.type() == QEvent.Type.MouseButtonPress
        and event.button() == Qt.MouseButton.LeftButton
        and index.isValid()
        and index.column() == CHECK_COLUMN
    )


def _is_range(command: QItemSelectionModel.SelectionFlag, event: QEvent) -> bool:
    """Whether rows are chosen up to this one, and not added to those chosen before."""
    return (
        bool(command & _Flag.Current and command & _Flag.Select)
        and isinstance(event, QInputEvent)
        and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
    )


def _is_plain_space(event: QEvent) -> bool:
    return (
        isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Space
        and event.modifiers() == _PLAIN_KEYS
    )


class _Header(QHeaderView):
    """Column titles, with the check box of the whole page at their start.

    Only those by which the list can be sorted answer to the mouse.
    """

    def __init__(self, table: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._check = Qt.CheckState.Unchecked
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName("Columns")

    def set_check(self, state: Qt.CheckState) -> None:
        """Show another state of the check box."""
        if state is not self._check:
            self._check = state
            self.viewport().update()

    # Qt overrides

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, section: int) -> None:
        super().initStyleOptionForIndex(option, section)
        model = self.model()
        assert isinstance(model, PagedTableModel)
        column = model.column_at(section)
        if column is not None and column.sort is None:
            option.state &= ~(QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Sunken)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if section != CHECK_COLUMN:
            return
        option = QStyleOptionButton()
        size = self.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, option, self)
        option.rect = QRect(0, 0, size, size)
        option.rect.moveCenter(rect.center())
        option.palette = self.palette()
        option.state = QStyle.StateFlag.State_Enabled | _CHECK_STATES[self._check]
        element = QStyle.PrimitiveElement.PE_IndicatorCheckBox
        self.style().drawPrimitive(element, option, painter, self)


_CHECK_STATES = {
    Qt.CheckState.Unchecked: QStyle.StateFlag.State_Off,
    Qt.CheckState.PartiallyChecked: QStyle.StateFlag.State_NoChange,
    Qt.CheckState.Checked: QStyle.StateFlag.State_On,
}
