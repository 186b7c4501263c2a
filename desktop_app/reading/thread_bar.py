"""The line over a thread: what of it is shown, and where one can jump."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QMenu, QToolButton, QWidget

from db.records import AnyRecord
from desktop_app.look.icons import put_icon
from desktop_app.look.text import count, counted, plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.reading.thread_plan import EVERYTHING, Sort
from desktop_app.widgets.buttons import icon_button
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.tool_row import ToolRow

_NAMES: Final = {
    Sort.PROMPT: "Prompts",
    Sort.ANSWER: "Answers",
    Sort.TOOL: "Tools",
    Sort.THINKING: "Thinking",
}
_TITLE_CHARS: Final = 60
_ROOMY_PX: Final = 640
"""From this width on the tools stand beside the boxes, else below them."""
_LESS: Final = 2
"""The rank of tools that can be looked for in a menu."""


class ThreadBar(QWidget):
    """`visible_chosen` carries what is to be shown, `conversation_chosen` the pk of another.

    The boxes that choose what is shown are all in sight, however narrow it is.
    """

    visible_chosen = Signal(object)
    conversation_chosen = Signal(int)
    error_wanted = Signal()
    outline_toggled = Signal(bool)
    find_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = ToolRow()
        self._choices = QWidget()
        choices = FlowLayout(self._choices)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.addWidget(self._choices)
        self._line.addWidget(self._tools, 1)
        self.boxes: dict[Sort, QCheckBox] = {}
        for sort, name in _NAMES.items():
            box = QCheckBox(name)
            box.setChecked(True)
            box.toggled.connect(lambda _on: self._choose_visible())
            self.boxes[sort] = box
            choices.addWidget(box)
        add = self._tools.add
        self.show_all = self._make_button("", self._show_everything)
        add(self.show_all, 1, offered=False)
        self.errors = self._make_button("", self.error_wanted.emit)
        self.errors.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        put_icon(self.errors, "error", "bad")
        add(self.errors, 1, offered=False)
        self.parent_button = self._make_button("Called from", self._go_to_parent)
        self.children_button = self._make_button("Sub-agents", None)
        add(self.parent_button, _LESS, offered=False)
        add(self.children_button, _LESS, offered=False)
        self.outline = icon_button("columns", "Show the list of prompts", lambda: None)
        self.outline.setCheckable(True)
        self.outline.toggled.connect(self.outline_toggled)
        add(self.outline, _LESS)
        add(icon_button("search", "Find in this conversation", self.find_wanted.emit))
        self._parent_pk: int | None = None

    @property
    def visible(self) -> Sort:
        """What is to be shown."""
        found = Sort(0)
        for sort, box in self.boxes.items():
            if box.isChecked():
                found |= sort
        return found

    def set_visible_sorts(self, visible: Sort) -> None:
        """Check the boxes without telling anyone."""
        for sort, box in self.boxes.items():
            box.blockSignals(True)
            box.setChecked(bool(sort & visible & EVERYTHING))
            box.blockSignals(False)
        self._tell_hidden()

    def _choose_visible(self) -> None:
        self._tell_hidden()
        self.visible_chosen.emit(self.visible)

    def _show_everything(self) -> None:
        self.set_visible_sorts(EVERYTHING)
        self.visible_chosen.emit(EVERYTHING)

    def _tell_hidden(self) -> None:
        """Say that what is hidden here is so in every conversation."""
        hidden = [
            _NAMES[sort].lower() for sort, box in self.boxes.items() if not box.isChecked()
        ]
        told = f"Hidden everywhere: {', '.join(hidden)}. Show all"
        self.show_all.setText("Show hidden")
        self.show_all.setAccessibleName(told)
        self.show_all.setToolTip(plain_tooltip(f"{told} of every conversation again"))
        self._tools.offer(self.show_all, bool(hidden))

    def forget_counts(self) -> None:
        """Say nothing of a conversation that is still being read."""
        for sort, box in self.boxes.items():
            box.setText(_NAMES[sort])
            box.setToolTip("")
        self._tools.offer(self.errors, False)

    def show_counts(self, counts: dict[Sort, int], errors: int) -> None:
        """Say how many messages of the branch hold what, and how many of all have an error."""
        for sort, box in self.boxes.items():
            box.setText(f"{_NAMES[sort]} ({count(counts[sort])})")
            words = f"{counted(counts[sort], 'message', 'messages')} with these"
            if sort is Sort.ANSWER:
                words = f"{words}; what the system says is shown and hidden with them"
            box.setToolTip(plain_tooltip(words))
        self.errors.setText(counted(errors, "error", "errors"))
        self.errors.setToolTip(plain_tooltip("Jump to the first error, then to the next (F8)"))
        self._tools.offer(self.errors, bool(errors))

    def show_related(self, parents: Sequence[AnyRecord], children: Sequence[AnyRecord]) -> None:
        """Offer the conversation that called this one, and those that it called."""
        self._parent_pk = parents[0].pk if parents else None
        self._tools.offer(self.parent_button, bool(parents))
        if parents:
            self.parent_button.setToolTip(plain_tooltip(parents[0].title))
            self.parent_button.setAccessibleName(f"Called from {parents[0].title}")
        self.children_button.setText(counted(len(children), "sub-agent", "sub-agents"))
        self._tools.offer(self.children_button, bool(children))
        former = self.children_button.menu()
        if former is not None:
            former.deleteLater()
        menu = QMenu(self.children_button)
        menu.setAccessibleName("Conversations of sub-agents")
        for child in children:
            title = (child.title or "Untitled")[:_TITLE_CHARS].replace("&", "&&")
            menu.addAction(title, lambda pk=child.pk: self.conversation_chosen.emit(pk))
        self.children_button.setMenu(menu)

    def _go_to_parent(self) -> None:
        if self._parent_pk is not None:
            self.conversation_chosen.emit(self._parent_pk)

    def _make_button(self, words: str, act: Callable[[], None] | None) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        button.setProperty("quiet", True)
        if act is None:
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        else:
            button.clicked.connect(lambda _on: act())
        return button

    # -- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = event.size().width() >= current_theme().px(_ROOMY_PX)
        direction = QBoxLayout.Direction
        self._line.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)
        self._line.setSpacing(current_theme().px(SPACE_PX if is_wide else SPACE_PX // 2))
