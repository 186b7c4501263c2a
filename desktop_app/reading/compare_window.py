"""Two records in a window of their own, and what differs between their texts."""

from __future__ import annotations

from typing import TypeAlias

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db.cancel import CancelToken
from db.ports import Storage
from db.records import Kind
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.reading.diff_view import DiffView, Side
from desktop_app.reading.record_text import read_side
from desktop_app.widgets.early_escape import EarlyEscape
from desktop_app.widgets.enter import press_focused
from desktop_app.workspace import Workspace

Key: TypeAlias = tuple[Kind, int]


class CompareWindow(QWidget):
    """Compares the texts of two records of any kinds."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Compare — Sheaf")
        self.diff = DiffView(workspace.background)
        QShortcut(QKeySequence("Ctrl+W"), self, self.close)
        column = QVBoxLayout(self)
        gap = current_theme().px(CARD_GAP_PX)
        column.setContentsMargins(gap, gap, gap, gap)
        column.addWidget(self.diff)
        wanted = QSize(current_theme().px(960), current_theme().px(680))
        self.resize(wanted.boundedTo(self.screen().availableSize() * 0.9))

    def compare(self, left: Key, right: Key) -> None:
        """Show what differs between two records, and bring the window to the front."""

        def read(storage: Storage, token: CancelToken) -> tuple[Side, Side]:
            return read_side(storage, *left, token), read_side(storage, *right, token)

        self.diff.show_reading(read)
        if self.parentWidget() is not None:
            EarlyEscape(self)
        self.show()
        self.raise_()
        self.activateWindow()
        self.diff.setFocus()

    # -- Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif not press_focused(self, event):
            super().keyPressEvent(event)
