"""A text that is too long for its place in a thread, in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db.ports import Storage
from desktop_app.background import Background
from desktop_app.detail.long_text_view import LongTextView
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.widgets.json_view import displayable


class WholeText(QWidget):
    """Shows all of a text as it is; Esc closes it."""

    def __init__(
        self, background: Background[Storage], text: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Whole text — Sheaf")
        self.view = LongTextView("Whole text", background)
        self.view.show_raw(True)
        self.view.show_text(displayable(text))
        gap = current_theme().px(CARD_GAP_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(gap, gap, gap, gap)
        column.addWidget(self.view)
        for keys in ("Esc", "Ctrl+W"):
            QShortcut(QKeySequence(keys), self, self.close)
        self.resize(current_theme().px(720), current_theme().px(640))
