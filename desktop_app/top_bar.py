"""The row above the list: search, commands, export, import."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.registry import ActionRegistry
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.search_field import SearchField


class TopBar(QWidget):
    """One search field for whatever list is shown, and the buttons people need most."""

    def __init__(self, registry: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._registry = registry
        self.search = SearchField("Search    status:failed   tag:auth   updated:<7d")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(current_theme().px(8))
        row.addWidget(self.search, 1)
        row.addWidget(self._button(f"Commands  {registry.shortcut(Do.PALETTE)}", Do.PALETTE))
        row.addWidget(self._button("Export…", Do.EXPORT))
        row.addWidget(self._button("Import…", Do.IMPORT, primary=True))

    def _button(self, words: str, action: Do, *, primary: bool = False) -> QPushButton:
        target = self._registry[action]
        button = push_button(words, target.trigger, primary=primary)
        button.setAccessibleName(words.partition("  ")[0].rstrip("…"))
        button.setEnabled(target.isEnabled())
        target.enabledChanged.connect(button.setEnabled)
        return button
