"""A record in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db.records import Kind
from desktop_app.detail.pane import DetailPane
from desktop_app.detail.seen import Seen
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.workspace import Workspace


class DetailWindow(QWidget):
    """Shows one record, and those that are chosen in it; its title is the record's."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.pane = DetailPane(workspace)
        self.pane.record_chosen.connect(self.pane.show_record)
        self.pane.seen_anew.connect(self._name)
        for keys, act in (
            ("F2", self.pane.edit_title),
            ("F5", self.pane.refresh),
            ("Ctrl+W", self.close),
            ("Ctrl+Z", workspace.undo),
            ("Ctrl+Shift+Z", workspace.redo),
        ):
            QShortcut(QKeySequence(keys), self, act)
        column = QVBoxLayout(self)
        gap = current_theme().px(CARD_GAP_PX)
        column.setContentsMargins(gap, gap, gap, gap)
        column.addWidget(self.pane)
        self.resize(current_theme().px(640), current_theme().px(720))

    def show_record(self, kind: Kind, pk: int) -> None:
        """Show a record and bring the window to the front."""
        self.pane.show_record(kind, pk)
        self.show()
        self.raise_()
        self.activateWindow()

    def _name(self, seen: Seen) -> None:
        self.setWindowTitle(f"{seen.record.title or 'Untitled'} — Sheaf")

    # -- Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.pane.finish_editing()
        super().closeEvent(event)
