"""A text that is too long for its place in a thread, in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db.ports import Storage
from desktop_app.background import Background
from desktop_app.detail.long_text_view import LongTextView
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.reading.find_bar import FindBar
from desktop_app.reading.find_keys import FindKeys
from desktop_app.reading.finder import Finder
from desktop_app.widgets.buttons import icon_button
from desktop_app.widgets.json_view import displayable
from desktop_app.widgets.tool_row import ToolRow


class WholeText(QWidget):
    """Shows all of a text as it is: Ctrl+F finds in it, Ctrl+S saves it, Esc closes it."""

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
        self.find_bar = FindBar()
        self.finder = Finder(self.find_bar, self.view, background)
        FindKeys(self, self.finder, self.finder.open)
        tools = ToolRow()
        for icon, says, act in (
            ("search", "Find in this text (Ctrl+F)", self.finder.open),
            ("export", "Save the text to a file (Ctrl+S)", self.view.save),
        ):
            tools.add(icon_button(icon, says, act))
        gap = current_theme().px(CARD_GAP_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(gap, gap, gap, gap)
        column.addWidget(tools)
        column.addWidget(self.find_bar)
        column.addWidget(self.view, 1)
        QShortcut(QKeySequence("Ctrl+W"), self, self.close)
        QShortcut(QKeySequence("Ctrl+S"), self, self.view.save)
        self.resize(current_theme().px(720), current_theme().px(640))
        self.view.view.setFocus()

    # -- Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
