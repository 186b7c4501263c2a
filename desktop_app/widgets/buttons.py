"""Buttons as this window makes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QToolButton, QWidget

from desktop_app.look.icons import put_icon
from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX

ButtonSpec: TypeAlias = tuple[str, Callable[[], object], bool]
"""A button's text, what a click does, and whether it is the primary one of its surface."""


def push_button(
    text: str, on_click: Callable[[], object], *, primary: bool = False
) -> QPushButton:
    """Return a button with words; Enter presses it while it has the focus."""
    button = QPushButton(text)
    button.setAutoDefault(True)
    if primary:
        button.setProperty("primary", True)
    button.clicked.connect(lambda _checked: on_click())
    return button


def icon_button(
    name: str, says: str, on_click: Callable[[], object], *, quiet: bool = True
) -> QToolButton:
    """Return a button with an icon alone; `says` is its name and its tooltip."""
    button = QToolButton()
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if quiet:
        button.setProperty("quiet", True)
    button.setAccessibleName(says)
    button.setToolTip(plain_tooltip(says))
    put_icon(button, name)
    button.clicked.connect(lambda _checked: on_click())
    return button


class ButtonRow(QWidget):
    """Buttons side by side, which can be exchanged for others.

    There are `in_line` of them at most in a line; more are spread evenly over several.
    """

    def __init__(self, in_line: int = 8) -> None:
        super().__init__()
        self._in_line = in_line
        self._row = QGridLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(current_theme().px(SPACE_PX))
        self._buttons: list[QPushButton] = []
        self._words: list[str] = []

    @property
    def buttons(self) -> list[QPushButton]:
        """The buttons shown, in their order."""
        return list(self._buttons)

    def show_buttons(self, specs: Sequence[ButtonSpec]) -> None:
        """Show these buttons and no others; one that had the focus and comes again has it."""
        named = zip(self._words, self._buttons, strict=True)
        focused = next((words for words, button in named if button.hasFocus()), None)
        for former in self._buttons:
            self._row.removeWidget(former)
            former.hide()
            former.deleteLater()
        self._buttons = [
            push_button(text, on_click, primary=is_primary)
            for text, on_click, is_primary in specs
        ]
        self._words = [text for text, _on_click, _is_primary in specs]
        lines = ceil(len(specs) / self._in_line)
        for place, button in enumerate(self._buttons):
            self._row.addWidget(button, *divmod(place, ceil(len(specs) / lines)))
            if self._words[place] == focused:
                button.setFocus()
        self.setVisible(bool(specs))
