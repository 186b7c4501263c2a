"""The row above the list: search, commands, export, import."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.menus import NEW_MENU
from desktop_app.actions.registry import ActionRegistry
from desktop_app.drop import leave_files
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.search_field import SearchField

_EXAMPLES: Final = ("status:failed", "tag:auth", "updated:<7d")
"""Filters, to be seen where one types."""
ROOMY_PX: Final = 600
"""From this width on there is room for the button of the commands, which have a key."""


def search_hints(words: str) -> list[str]:
    """Return what an empty search field may say, with as many examples as it has room for."""
    numbers = range(len(_EXAMPLES), -1, -1)
    return ["   ".join((words, *_EXAMPLES[:number])) for number in numbers]


class TopBar(QWidget):
    """One search field for whatever list is shown, and the buttons people need most.

    `details_wanted` comes from the button that is there where the details have no place.
    """

    details_wanted = Signal()

    def __init__(self, registry: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._registry = registry
        self.search = SearchField()
        self.search.set_hints(search_hints("Search"))
        leave_files(self.search)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(current_theme().px(8))
        row.addWidget(self.search, 1)
        self.details = push_button("Details", self.details_wanted.emit)
        self.details.hide()
        words = f"Commands  {registry.shortcut(Do.PALETTE)}"
        self.commands = self._button(words, Do.PALETTE)
        row.addWidget(self.details)
        row.addWidget(self.commands)
        row.addWidget(self._new_button())
        row.addWidget(self._button("Export…", Do.EXPORT))
        row.addWidget(self._button("Import…", Do.IMPORT, primary=True))

    def _new_button(self) -> QPushButton:
        """Return the button that offers to make a record of each kind."""
        button = QPushButton("New \N{BLACK DOWN-POINTING SMALL TRIANGLE}")
        button.setAccessibleName("New record")
        menu = QMenu(button)
        self._registry.fill(menu, NEW_MENU)
        button.setMenu(menu)
        # They are all possible at the same time.
        one = self._registry[Do.NEW_TASK]
        button.setEnabled(one.isEnabled())
        one.enabledChanged.connect(button.setEnabled)
        return button

    def _button(self, words: str, action: Do, *, primary: bool = False) -> QPushButton:
        target = self._registry[action]
        button = push_button(words, target.trigger, primary=primary)
        button.setAccessibleName(words.partition("  ")[0].rstrip("…"))
        button.setEnabled(target.isEnabled())
        target.enabledChanged.connect(button.setEnabled)
        return button

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.commands.setVisible(event.size().width() >= current_theme().px(ROOMY_PX))
