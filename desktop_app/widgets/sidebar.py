"""The list of places one can go to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QHelpEvent,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from desktop_app.look.icons import icon
from desktop_app.look.text import isolated, plain_tooltip
from desktop_app.look.theme import Face, Theme, current_theme
from desktop_app.look.tokens import CELL_PADDING_PX, ICON_PX, SPACE_PX
from desktop_app.widgets.enter import ENTER

Section: TypeAlias = tuple[str, Sequence[tuple[str, str, str]]]
"""A heading, and its entries: key, title, name of an icon."""

_KEY_ROLE: Final = Qt.ItemDataRole.UserRole
_COUNT_ROLE: Final = Qt.ItemDataRole.UserRole + 1
_ICON_ROLE: Final = Qt.ItemDataRole.UserRole + 2
_ENTRY_PX: Final = 25
_HEAD_PX: Final = 24
_RADIUS_PX: Final = 7
SIDEBAR_PX: Final = 198
"""What the usual titles need beside a count of four digits."""
ICONS_PX: Final = 44
"""What the icons alone need, with a scroll bar beside them."""
_ICON_ENTRY_PX: Final = 24
_GAP_PX: Final = 7


class Sidebar(QListWidget):
    """Entries under headings, each with a count; the current one is the page shown.

    Up and down move it, Enter is `entered`. `chosen` comes when a person chose, also what is
    current already, and not on `set_current`. Where room is short it shows `icons_only`;
    titles and counts are in their tooltips then.
    """

    chosen = Signal(str)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: dict[str, QListWidgetItem] = {}
        self._theme = current_theme()
        self.icons_only = False
        self._has_turned = False
        self.setAccessibleName("Pages")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_EntryDelegate(self))
        self.viewport().setAutoFillBackground(False)
        self.currentItemChanged.connect(self._on_current_changed)
        self.itemClicked.connect(self._on_clicked)
        self._theme.changed.connect(self._measure)
        self._measure()

    def set_icons_only(self, wanted: bool) -> None:
        """Show the icons alone, or with titles, counts and headings."""
        self.icons_only = wanted
        self._measure()

    def _measure(self) -> None:
        self.setFixedWidth(self._theme.px(ICONS_PX if self.icons_only else SIDEBAR_PX))
        self.doItemsLayout()

    def set_sections(self, sections: Sequence[Section]) -> None:
        """Show these sections; nothing is current until `set_current`."""
        was_blocked = self.blockSignals(True)
        self.clear()
        self._entries.clear()
        for heading, entries in sections:
            head = QListWidgetItem(heading, self)
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            for key, title, icon_name in entries:
                entry = QListWidgetItem(title, self)
                entry.setData(_KEY_ROLE, key)
                entry.setData(_ICON_ROLE, icon_name)
                self._entries[key] = entry
        self.blockSignals(was_blocked)
        for key in self._entries:
            self.set_count(key, "")

    def set_count(self, key: str, text: str) -> None:
        """Show a count, or any short text, at the end of an entry."""
        entry = self._entries[key]
        entry.setData(_COUNT_ROLE, text)
        title = entry.text()
        said = f"{title}, {text}" if text else title
        entry.setData(Qt.ItemDataRole.AccessibleTextRole, said)

    def set_current(self, key: str | None) -> None:
        """Mark an entry as the current one without telling anyone; None marks none."""
        was_blocked = self.blockSignals(True)
        self.setCurrentRow(-1 if key is None else self.row(self._entries[key]))
        self.blockSignals(was_blocked)
        self.viewport().update()

    @property
    def current(self) -> str | None:
        """The key of the current entry."""
        item = self.currentItem()
        return None if item is None else item.data(_KEY_ROLE)

    @property
    def keys(self) -> list[str]:
        """The keys of all entries, from the top."""
        return list(self._entries)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        if not self._has_turned and item is self.currentItem():
            self.chosen.emit(item.data(_KEY_ROLE))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take note whether this click turns to another entry."""
        self._has_turned = False
        super().mousePressEvent(event)

    def _on_current_changed(self, item: QListWidgetItem | None) -> None:
        self._has_turned = True
        if item is not None and item.data(_KEY_ROLE) is not None:
            self.chosen.emit(item.data(_KEY_ROLE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter the page of the current entry."""
        if event.key() in ENTER and self.current is not None:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Keep the ground of the window behind the entries."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.viewport().setAutoFillBackground(False)


class _EntryDelegate(QStyledItemDelegate):
    """Paints a heading or an entry."""

    def __init__(self, view: Sidebar) -> None:
        super().__init__(view)
        self._view = view
        self._theme: Theme = current_theme()
        self._icons: dict[tuple[str, str], QIcon] = {}
        self._theme.changed.connect(self._icons.clear)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(_KEY_ROLE) is None:
            if not self._view.icons_only:
                self._paint_head(painter, option, index.data())
        else:
            self._paint_entry(painter, option, index)
        painter.restore()

    def sizeHint(
        self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        is_head, is_first = index.data(_KEY_ROLE) is None, not index.row()
        if self._view.icons_only:
            height = (0 if is_first else _GAP_PX) if is_head else _ICON_ENTRY_PX
        else:
            height = _HEAD_PX + (0 if is_first else SPACE_PX) if is_head else _ENTRY_PX
        return QSize(0, self._theme.px(height))

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """Show the whole title of an entry that is cut short, or is an icon alone."""
        if event.type() != QEvent.Type.ToolTip:
            return super().helpEvent(event, view, option, index)
        text = index.data() or ""
        if self._view.icons_only:
            said = index.data(Qt.ItemDataRole.AccessibleTextRole) or ""
            QToolTip.showText(event.globalPos(), plain_tooltip(said), view)
            return True
        _spot, title, _counted = self._boxes(option.rect, index.data(_COUNT_ROLE) or "")
        is_cut = self._theme.metrics(Face.MEDIUM).horizontalAdvance(text) > title.width()
        QToolTip.showText(event.globalPos(), plain_tooltip(text) if is_cut else "", view)
        return True

    def _paint_head(self, painter: QPainter, option: QStyleOptionViewItem, text: str) -> None:
        px = self._theme.px
        font = QFont(self._theme.font(Face.SMALL))
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self._theme.colour("faint"))
        box = option.rect.adjusted(px(CELL_PADDING_PX), 0, -px(CELL_PADDING_PX), -px(6))
        flags = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeading
        painter.drawText(QStyle.visualRect(option.direction, option.rect, box), flags, text)

    def _paint_entry(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        is_current = index.row() == self._view.currentRow()
        self._paint_ground(painter, option, is_current=is_current)
        count = index.data(_COUNT_ROLE) or ""
        spot, title, counted = self._boxes(option.rect, count)

        def placed(part: QRect) -> QRect:
            return QStyle.visualRect(option.direction, option.rect, part)

        ink = "sel_text" if is_current else "text"
        quiet = "sel_text" if is_current else "muted"
        self._icon(index.data(_ICON_ROLE), quiet).paint(painter, placed(spot))
        if self._view.icons_only:
            return
        face = Face.MEDIUM if is_current else Face.BODY
        shown = self._theme.metrics(face).elidedText(
            index.data(), Qt.TextElideMode.ElideRight, title.width()
        )
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._theme.font(face))
        painter.setPen(self._theme.colour(ink))
        painter.drawText(placed(title), middle | Qt.AlignmentFlag.AlignLeading, shown)
        painter.setFont(self._theme.font(Face.BODY))
        painter.setPen(self._theme.colour(quiet))
        painter.drawText(
            placed(counted), middle | Qt.AlignmentFlag.AlignTrailing, isolated(count)
        )

    def _boxes(self, rect: QRect, count: str) -> tuple[QRect, QRect, QRect]:
        """Return where in an entry its icon, its title and its count are."""
        px = self._theme.px
        box: QRect = rect.adjusted(px(CELL_PADDING_PX), 0, -px(CELL_PADDING_PX), 0)
        side = px(ICON_PX)
        spot = QRect(box.x(), box.center().y() - side // 2 + 1, side, side)
        width = int(self._theme.metrics(Face.BODY).horizontalAdvance(count)) + 2
        counted = QRect(box.right() - width + 1, box.y(), width, box.height())
        return spot, box.adjusted(side + px(SPACE_PX), 0, -width - px(SPACE_PX), 0), counted

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, is_current: bool
    ) -> None:
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if is_current or is_hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("sel" if is_current else "hover"))
            radius = self._theme.px(_RADIUS_PX)
            painter.drawRoundedRect(option.rect.adjusted(0, 1, 0, -1), radius, radius)
        if is_current and self._view.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            radius = self._theme.px(_RADIUS_PX) - 1
            painter.drawRoundedRect(option.rect.adjusted(1, 2, -1, -2), radius, radius)

    def _icon(self, name: str, ink: str) -> QIcon:
        key = (name, ink)
        if key not in self._icons:
            self._icons[key] = icon(name, ink)
        return self._icons[key]
