"""The pages in the middle of the window, made when they are first wanted."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from db.query import TaskQuery
from db.records import Kind, OperationState, Outcome
from desktop_app.actions.ids import ActionId
from desktop_app.actions.registry import ActionRegistry
from desktop_app.lists.page import ListPage
from desktop_app.lists.presenter import PAGE_SIZE
from desktop_app.lists.state import load_state
from desktop_app.lists.views import VIEWS
from desktop_app.operations_page import OperationsPage
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

PAGE_SIZE_KEY: Final = "lists/page_size"
"""What the window remembers the rows of a page by."""
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
    record_hidden = Signal(object, int)
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
        self._kinds_chosen: dict[str, str] = state.get(f"kinds/{self._uri}", {})
        self._just_come_to = ""
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
        """Show a page, and remember it as the next step of the way.

        Of a place for both kinds of record, that of the kind chosen last; if there is none
        of that kind, that of the other.
        """
        key = self._kinds_chosen.get(key, key)
        self._just_come_to = key
        self._step_to(key)
        self._leave_if_empty(key)

    def _step_to(self, key: str) -> None:
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

    def seek_record(self, kind: Kind, pk: int) -> None:
        """List all records of a kind, with no filter, and select one."""
        self.show_page("batches" if kind is Kind.BATCH else "tasks")
        assert self.list is not None
        self.list.clear_filters()
        self.list.seek(pk)

    def save(self) -> None:
        """Keep what each page shows, for the next start."""
        for key, page in self._pages.items():
            if isinstance(page, ListPage):
                self._state.put(self._key_of(key), msgspec.to_builtins(page.save()))
                self._state.put(f"columns/{key}", page.columns.save())
        self._state.put(f"kinds/{self._uri}", self._kinds_chosen)
        self._state.put(f"page/{self._uri}", self.key)

    def resize_pages(self, rows: int) -> None:
        """Let every list show pages of so many rows, also those not opened since the start."""
        for key in VIEWS:
            page = self._pages.get(key)
            if isinstance(page, ListPage):
                page.presenter.resize(rows)
            elif (state := load_state(self._state.get(self._key_of(key)))) is not None:
                resized = replace(state, page=0, page_size=rows)
                self._state.put(self._key_of(key), msgspec.to_builtins(resized))

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
            operations = OperationsPage(self._workspace, OPERATIONS[key], verb)
            operations.chosen_changed.connect(self.changed)
            return operations
        page = ListPage(self._workspace, VIEWS[key])
        self._registry.add_table(page.table)
        page.selection_changed.connect(self.changed)
        page.state_changed.connect(self.changed)
        page.record_wanted.connect(self.record_wanted)
        page.menu_wanted.connect(self.menu_wanted)
        page.view_wanted.connect(self._choose_kind)
        page.record_hidden.connect(lambda pk: self.record_hidden.emit(page.kind, pk))
        if page.kinds is not None:
            page.kinds.counted.connect(lambda: self._leave_if_empty(key))
        page.action_wanted.connect(self.action_wanted)
        columns: dict[str, Any] | None = self._state.get(f"columns/{key}")
        if columns is not None:
            page.columns.restore(columns)
        page.presenter.page_size = self._state.get(PAGE_SIZE_KEY, PAGE_SIZE)
        state = load_state(self._state.get(self._key_of(key)))
        if state is None:
            page.show_query(page.view.query)
        else:
            page.restore(state)
        return page

    def _key_of(self, key: str) -> str:
        return f"list/{self._uri}/{key}"

    def _choose_kind(self, key: str) -> None:
        self._kinds_chosen[SIDEBAR_KEY.get(key, key)] = key
        self._just_come_to = ""
        self._step_to(key)

    def _leave_if_empty(self, key: str) -> None:
        """Go on to the other kind of record, if that is the only one in the place come to."""
        page = self._pages[key]
        if key != self._just_come_to or not isinstance(page, ListPage) or page.kinds is None:
            return
        if page.kinds.counts:
            self._just_come_to = ""
        if page.kinds.has_only_others:
            self._trail[self._place] = page.view.other
            self._turn_to(page.view.other)

    def _on_changed(self, outcome: Outcome) -> None:
        operation = outcome.operation
        if self.list is not None and operation and operation.state is OperationState.UNDONE:
            self.list.expect(outcome.changed.get(self.list.kind, ()))
        for page in self._pages.values():
            page.refresh()

    def _on_noticed(self) -> None:
        if self.page is not None and not self._registry.state.paused:
            self.page.look_for_news()
