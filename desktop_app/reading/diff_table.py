"""The rows of a difference as a table: only those in sight are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop_app.look.theme import Face, current_theme
from desktop_app.reading.diff import common_start
from desktop_app.reading.diff_rows import ADDED, REMOVED, SAME, DiffRow, DiffRows, Half

if TYPE_CHECKING:
    AnyIndex = QModelIndex | QPersistentModelIndex

ROLE_ROW: Final = Qt.ItemDataRole.UserRole + 1
NARROWEST: Final = 20
"""Signs; in less room the text is cut."""
_GAP_PX: Final = 6
_BAR_PX: Final = 3
"""The bar at the side of rows that are the current ones."""
_ALIKE: Final = 3
"""What differs is underlined in lines of which at least one part in so many is alike."""
_NOWHERE: Final = QModelIndex()
_INKS: Final = {ADDED: ("ok", "ok_bg"), REMOVED: ("bad", "bad_bg")}
_WORDS: Final = {ADDED: "added", REMOVED: "removed", SAME: "same"}
_COPY: Final = QKeySequence.StandardKey.Copy


class DiffTable(QTableView):
    """Shows rows with their line numbers and signs, side by side or below each other.

    Ctrl+C copies the selected rows with their signs. `room_changed` carries how many signs
    of text fit into a row, `moved` the row that is the current one.
    """

    room_changed = Signal(int)
    moved = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Differences")
        self._room = 0
        self._model = _DiffModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_HalfPainter(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.selectionModel().currentRowChanged.connect(
            lambda current, _former: self.moved.emit(current.row())
        )
        self._dress()
        current_theme().changed.connect(self._dress)

    @property
    def room(self) -> int:
        """How many signs of text fit into a row."""
        width = self.viewport().width() // self._model.columnCount()
        sign = current_theme().metrics(Face.MONO).horizontalAdvance("0")
        return max(NARROWEST, int((width - self.gutter) / sign) - 1)

    @property
    def gutter(self) -> int:
        """The width of the line numbers and the sign."""
        metrics = current_theme().metrics(Face.MONO)
        numbers = 1 if self._model.side_by_side else 2
        signs = numbers * self._model.digits + 1
        gaps = (numbers + 2) * current_theme().px(_GAP_PX)
        return int(metrics.horizontalAdvance("0") * signs) + gaps

    @property
    def side_by_side(self) -> bool:
        """Whether both sides stand beside each other."""
        return self._model.side_by_side

    def set_form(self, *, side_by_side: bool, lines: int) -> None:
        """Prepare for rows of this form, whose numbers go up to `lines`."""
        self._model.set_form(side_by_side=side_by_side, digits=len(str(max(lines, 1))))
        self._tell_room()

    def show_rows(self, rows: DiffRows) -> None:
        """Show other rows."""
        self._model.set_rows(rows.rows)

    def go_to(self, row: int) -> None:
        """Make a row the current one, a few rows below the top."""
        index = self._model.index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def copy(self) -> None:
        """Put the selected rows on the clipboard, each with its sign."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        lines = [line for row in rows for line in _as_lines(self._model.rows[row])]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _tell_room(self) -> None:
        if self.room != self._room:
            self._room = self.room
            self.room_changed.emit(self._room)

    def _dress(self) -> None:
        metrics = current_theme().metrics(Face.MONO)
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(round(metrics.height() * 1.25))
        self._tell_room()
        self.viewport().update()

    # -- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_room()

    def event(self, event: QEvent) -> bool:
        """Take Ctrl+C before the window does, which has it too."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.matches(_COPY):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(_COPY):
            self.copy()
        elif event.text().isprintable() and event.text():
            # Qt would look for a row that begins with it.
            event.ignore()
        else:
            super().keyPressEvent(event)


class _DiffModel(QAbstractTableModel):
    """A column for each side that is shown beside the other."""

    def __init__(self, parent: DiffTable) -> None:
        super().__init__(parent)
        self.rows: tuple[DiffRow, ...] = ()
        self.side_by_side = False
        self.digits = 1

    def set_form(self, *, side_by_side: bool, digits: int) -> None:
        self.beginResetModel()
        self.rows, self.side_by_side, self.digits = (), side_by_side, digits
        self.endResetModel()

    def set_rows(self, rows: tuple[DiffRow, ...]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, _parent: AnyIndex = _NOWHERE) -> int:
        return 2 if self.side_by_side else 1

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == ROLE_ROW:
            return row
        half = self._half(row, index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return half.text if half is not None else ""
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(half)
        return None

    def _half(self, row: DiffRow, column: int) -> Half | None:
        if self.side_by_side:
            return row.right if column else row.left
        return row.left or row.right


class _HalfPainter(QStyledItemDelegate):
    """Paints a line of one side: its number, its sign, its text."""

    def __init__(self, table: DiffTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row: DiffRow = index.data(ROLE_ROW)
        both = self._table.side_by_side
        half = (row.right if index.column() else row.left) if both else row.left or row.right
        theme = current_theme()
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        rect: QRect = option.rect
        if half is None:
            painter.fillRect(rect, theme.colour("sel" if is_selected else "raised"))
            return
        ink, ground = _INKS.get(half.sign, ("text", ""))
        # What was removed and what was added stays told apart where it is the current one.
        is_plain = is_selected and not ground
        if is_plain:
            ink = "sel_text"
            painter.fillRect(rect, theme.colour("sel"))
        elif ground:
            painter.fillRect(rect, theme.colour(ground))
        if is_selected and ground:
            painter.fillRect(
                rect.x(), rect.y(), theme.px(_BAR_PX), rect.height(), theme.colour("accent")
            )
        numbers = (half,) if both else (row.left, row.right)
        x = self._paint_numbers(painter, rect, numbers, "sel_text" if is_plain else "muted")
        advance = theme.metrics(Face.MONO).horizontalAdvance("0")
        self._write(painter, rect, x, half.sign, ink)
        x += int(advance) + theme.px(_GAP_PX)
        if half.sign != SAME:
            self._underline(painter, rect, x, half, row.right if half is row.left else row.left)
        self._write(painter, rect, x, half.text, "sel_text" if is_plain else "text")

    def _paint_numbers(
        self, painter: QPainter, rect: QRect, halves: tuple[Half | None, ...], ink: str
    ) -> int:
        theme = current_theme()
        metrics = theme.metrics(Face.MONO)
        x = rect.x() + theme.px(_GAP_PX)
        digits = self._table.model().digits
        for half in halves:
            words = str(half.number).rjust(digits) if half is not None and half.number else ""
            self._write(painter, rect, x, words, ink)
            x += int(metrics.horizontalAdvance("0") * digits) + theme.px(_GAP_PX)
        return x

    def _underline(
        self, painter: QPainter, rect: QRect, x: int, half: Half, other: Half | None
    ) -> None:
        """Underline what a line has that the one beside it has not."""
        if other is None:
            return
        start = common_start(half.text, other.text)
        tail = common_start(half.text[start:][::-1], other.text[start:][::-1])
        end = len(half.text) - tail
        alike = start + tail
        if start == end or alike * _ALIKE < max(len(half.text), len(other.text)):
            return
        theme = current_theme()
        metrics = theme.metrics(Face.MONO)
        left = x + int(metrics.horizontalAdvance(half.text[:start]))
        width = int(metrics.horizontalAdvance(half.text[start:end]))
        ink = theme.colour(_INKS[half.sign][0])
        painter.fillRect(left, rect.bottom() - 1, width, 2, ink)

    def _write(self, painter: QPainter, rect: QRect, x: int, words: str, ink: str) -> None:
        if not words:
            return
        theme = current_theme()
        painter.setFont(theme.font(Face.MONO))
        painter.setPen(theme.colour(ink))
        room = QRect(x, rect.y(), rect.right() - x, rect.height())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, flags | Qt.TextFlag.TextSingleLine, words)


def _spoken(half: Half | None) -> str:
    if half is None:
        return "nothing on this side"
    line = f"line {half.number}" if half.number else "the line goes on"
    return f"{line}, {_WORDS[half.sign]}: {half.text or 'empty'}"


def _as_lines(row: DiffRow) -> list[str]:
    if not row.is_changed:
        assert row.left is not None
        return [f"{SAME} {row.left.text}"]
    return [f"{half.sign} {half.text}" for half in (row.left, row.right) if half is not None]
