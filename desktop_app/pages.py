"""The pages in the middle of the window, made when they are first wanted."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from db.query import TaskQuery
from desktop_app.actions.ids import ActionId
from desktop_app.actions.registry import ActionRegistry
from desktop_app.lists.page import ListPage
from desktop_app.lists.state import load_state
from desktop_app.lists.views import VIEWS
from desktop_app.operations_page import OperationsPage
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

Page = ListPage | OperationsPage
OPERATIONS: Final = {"imports": "Imports", "history": "History"}
SIDEBAR_KEY: Final = {
    "archived-tasks": "archived",
    "trash-tasks": "trash",
    "history": "imports",
}
"""The sidebar entry that is marked for pages without one of their own."""


class Pages(QStackedWidget):
    """Shows one page at a time and remembers the way one came.

    `turned` says that another page is shown, `changed` that what the page shows or has
    selected is another.
    """

    turned = Signal()
    changed = Signal()
    record_wanted = Signal(bool)
    menu_wanted = Signal(QPoint)
    action_wanted = Signal(ActionId)

    def __init__(
        self,
        workspace: Workspace,
        registry: ActionRegistry,
        state: WindowState,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._registry = registry
        self._state = state
        self._uri = workspace.storage.uri
        self._pages: dict[str, Page] = {}
        self._trail: list[str] = []
        self._place = -1
        self.key = ""
        workspace.changed.connect(self._on_changed)
        workspace.noticed.connect(self._on_noticed)

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        return self._pages.get(self.key)

    @property
    def list(self) -> ListPage | None:
        """The page that is shown, if it lists records."""
        return self.page if isinstance(self.page, ListPage) else None

    def show_page(self, key: str) -> None:
        """Show a page, and remember it as the next step of the way."""
        if key != self.key:
            del self._trail[self._place + 1 :]
            self._trail.append(key)
            self._place = len(self._trail) - 1
            self._turn_to(key)

    def step(self, distance: int) -> None:
        """Go back or forward on the way one came."""
        place = self._place + distance
        if 0 <= place < len(self._trail):
            self._place = place
            self._turn_to(self._trail[place])

    def show_tasks_of(self, batch_id: str) -> None:
        """List the tasks of one batch, with no other filter."""
        self.show_page("tasks")
        page = self._pages["tasks"]
        assert isinstance(page, ListPage)
        page.show_query(replace(TaskQuery(), batch_id=batch_id))

    def save(self) -> None:
        """Keep what each page shows, for the next start."""
        for key, page in self._pages.items():
            if isinstance(page, ListPage):
                self._state.put(self._key_of(key), msgspec.to_builtins(page.save()))
                self._state.put(f"columns/{page.kind.word}", page.columns.save())
        self._state.put(f"page/{self._uri}", self.key)

    def restore(self) -> None:
        """Show the page that was shown last."""
        key = self._state.get(f"page/{self._uri}")
        self.show_page(key if key in VIEWS or key in OPERATIONS else "batches")

    def _turn_to(self, key: str) -> None:
        self.key = key
        if key not in self._pages:
            self._pages[key] = self._make(key)
            self.addWidget(self._pages[key])
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self.setCurrentWidget(self._pages[key])
        if had_focus:
            self._pages[key].setFocus()
        self.turned.emit()

    def _make(self, key: str) -> Page:
        if key in OPERATIONS:
            verb = "import" if key == "imports" else ""
            return OperationsPage(self._workspace, OPERATIONS[key], verb)
        page = ListPage(self._workspace, VIEWS[key])
        self._registry.add_table(page.table)
        page.selection_changed.connect(self.changed)
        page.state_changed.connect(self.changed)
        page.record_wanted.connect(self.record_wanted)
        page.menu_wanted.connect(self.menu_wanted)
        page.view_wanted.connect(self.show_page)
        page.action_wanted.connect(self.action_wanted)
        columns: dict[str, Any] | None = self._state.get(f"columns/{page.kind.word}")
        if columns is not None:
            page.columns.restore(columns)
        state = load_state(self._state.get(self._key_of(key)))
        if state is None:
            page.show_query(page.view.query)
        else:
            page.restore(state)
        return page

    def _key_of(self, key: str) -> str:
        return f"list/{self._uri}/{key}"

    def _on_changed(self) -> None:
        for page in self._pages.values():
            page.refresh()

    def _on_noticed(self) -> None:
        if self.page is not None and not self._registry.state.paused:
            self.page.look_for_news()
