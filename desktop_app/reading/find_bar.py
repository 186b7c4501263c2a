"""The bar in which one finds words of the text that is shown."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.drop import leave_files
from desktop_app.look.text import count, counted
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import icon_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.search_field import SearchField


class FindBar(QWidget):
    """A field, how often it is found, and ways to the next place and the one before.

    `sought` carries what is typed, `stepped` 1 or -1, `closed` that one is done with it.
    """

    sought = Signal(str)
    stepped = Signal(int)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = SearchField("Find in this text")
        self.field.setAccessibleName("Find in this text")
        self.field.query_changed.connect(self.sought)
        self.field.installEventFilter(self)
        leave_files(self.field)
        self._count = PlainLabel("", "muted")
        row = QHBoxLayout(self)
        gap = current_theme().px(SPACE_PX) // 2
        row.setContentsMargins(0, gap, 0, 0)
        row.setSpacing(gap)
        row.addWidget(self.field, 1)
        row.addWidget(self._count)
        for icon, says, act in (
            ("chevron-up", "Previous place (Shift+F3)", lambda: self.stepped.emit(-1)),
            ("chevron-down", "Next place (F3)", lambda: self.stepped.emit(1)),
            ("close", "Close the find bar (Esc)", self.leave),
        ):
            row.addWidget(icon_button(icon, says, act))
        self.hide()

    def open(self, text: str = "") -> None:
        """Show the bar, with some text to find if there is any, and type into it."""
        self.show()
        if text:
            self.field.set_query(text)
        self.field.setFocus()
        self.field.selectAll()

    def leave(self) -> None:
        """Hide the bar and take the marks away."""
        self.hide()
        self.closed.emit()

    def show_count(self, place: int, places: int, *, are_more: bool = False) -> None:
        """Say at which place, counted from 0, one is, of how many."""
        if not self.field.text():
            words = ""
        elif not places:
            words = "Not found"
        elif place < 0:
            words = counted(places, "place", "places")
        else:
            words = f"{count(place + 1)} of {count(places)}{'+' if are_more else ''}"
        if words != self._count.text():
            self._count.setText(words)
            announce(self.field, words)

    # -- Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.field.tell()
                self.stepped.emit(-1 if is_back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
        return super().eventFilter(watched, event)
