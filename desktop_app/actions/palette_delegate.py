"""How the palette paints an entry: its title, and its shortcut at the far end."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.look.theme import current_theme

HINT_ROLE: Final = Qt.ItemDataRole.UserRole + 2
ROW_PX: Final = 34
PADDING_PX: Final = 12
Index = QModelIndex | QPersistentModelIndex


class PaletteDelegate(QStyledItemDelegate):
    """Paints the item, then its hint, muted."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        hint = index.data(HINT_ROLE)
        room = option.fontMetrics.horizontalAdvance(hint) + 2 * PADDING_PX if hint else 0
        rect = option.rect
        selected = option.state & QStyle.StateFlag.State_Selected
        if selected:
            painter.fillRect(rect, option.palette.color(QPalette.ColorRole.Highlight))
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.setPen(option.palette.color(role))
        centred = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        title = option.fontMetrics.elidedText(
            index.data(), Qt.TextElideMode.ElideRight, rect.width() - room - 2 * PADDING_PX
        )
        inner = rect.adjusted(PADDING_PX, 0, -PADDING_PX, 0)
        painter.drawText(inner, centred, title)
        if hint:
            painter.setPen(current_theme().colour("sel_text" if selected else "muted"))
            end = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing
            painter.drawText(inner, end, hint)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = max(current_theme().px(ROW_PX), option.fontMetrics.height() + 8)
        return QSize(super().sizeHint(option, index).width(), height)
