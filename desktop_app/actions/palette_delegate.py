"""How the palette paints an entry: its group, its title, its shortcut at the far end."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.look.theme import current_theme

HINT_ROLE: Final = Qt.ItemDataRole.UserRole + 2
GROUP_ROLE: Final = Qt.ItemDataRole.UserRole + 3
"""What the text of an item begins with, to be painted quietly."""
ROW_PX: Final = 34
PADDING_PX: Final = 12
Index = QModelIndex | QPersistentModelIndex


class PaletteDelegate(QStyledItemDelegate):
    """Paints the group, muted, then the item, then its hint, muted."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        hint = index.data(HINT_ROLE)
        room = option.fontMetrics.horizontalAdvance(hint) + 2 * PADDING_PX if hint else 0
        rect = option.rect
        selected = option.state & QStyle.StateFlag.State_Selected
        if selected:
            painter.fillRect(rect, option.palette.color(QPalette.ColorRole.Highlight))
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        quiet = current_theme().colour("sel_text" if selected else "muted")
        centred = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        inner = rect.adjusted(PADDING_PX, 0, -PADDING_PX, 0)
        group = index.data(GROUP_ROLE) or ""
        painter.setPen(quiet)
        painter.drawText(inner, centred, group)
        before = option.fontMetrics.horizontalAdvance(group)
        title = option.fontMetrics.elidedText(
            index.data().removeprefix(group),
            Qt.TextElideMode.ElideRight,
            inner.width() - room - before,
        )
        is_mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        rest = (
            inner.adjusted(0, 0, -before, 0) if is_mirrored else inner.adjusted(before, 0, 0, 0)
        )
        painter.setPen(option.palette.color(role))
        painter.drawText(rest, centred, title)
        if hint:
            painter.setPen(quiet)
            end = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing
            painter.drawText(inner, end, hint)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = max(current_theme().px(ROW_PX), option.fontMetrics.height() + 8)
        return QSize(super().sizeHint(option, index).width(), height)
