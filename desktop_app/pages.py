"""The pages in the middle of the window, made when they are first wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import msgspec
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from db.query import Query
from db.records import Kind, Outcome, Place, SavedView
from desktop_app.actions.ids import ActionId
from desktop_app.actions.registry import ActionRegistry
from desktop_app.lists.page import ListPage
from desktop_app.lists.presenter import PAGE_SIZE
from desktop_app.lists.state import load_state
from desktop_app.lists.views import HOMES, VIEWS, ListView, family, inside, saved_view
from desktop_app.maintenance.health import Health
from desktop_app.maintenance.retention import Retention
from desktop_app.operations_page import OperationsPage
from desktop_app.overview.recent import RecentRecords
from desktop_app.overview.targets import ListTarget, RecordTarget, Target
from desktop_app.saved_views import SavedViews
from desktop_app.search.page import SearchPage
from desktop_app.view_menu import ViewCommands
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

if TYPE_CHECKING:
    from desktop_app.maintenance.backups_page import BackupsPage
    from desktop_app.maintenance.health_page import HealthPage
    from desktop_app.maintenance.retention_page import RetentionPage
    from desktop_app.maintenance.storage_page import StoragePage
    from desktop_app.overview.page import OverviewPage
    from desktop_app.tray.page import TrayPage

PAGE_SIZE_KEY: Final = "lists/page_size"
"""What the window remembers the rows of a page by."""
COMPACT_KEY: Final = "lists/compact"
"""What the window remembers low rows by."""
RecordsPage: TypeAlias = "ListPage | SearchPage"
"""A page on which records are chosen."""
OtherPage: TypeAlias = (
    "BackupsPage | HealthPage | OperationsPage | OverviewPage | RetentionPage | StoragePage"
    " | TrayPage"
)
Page: TypeAlias = "RecordsPage | OtherPage"
OPERATIONS: Final = {"imports": "Imports", "history": "History"}
OVERVIEW: Final = "overview"
OVERVIEW_MODULE: Final = "desktop_app.overview.page"
"""Loaded once the first page is on the screen, or when it is the first page."""
SEARCH: Final = "search"
TRAY: Final = "tray"
TRAY_MODULE: Final = "desktop_app.tray.page"
BACKUPS: Final = "backups"
BACKUPS_MODULE: Final = "desktop_app.maintenance.backups_page"
HEALTH: Final = "health"
HEALTH_MODULE: Final = "desktop_app.maintenance.health_page"
RETENTION: Final = "retention"
RETENTION_MODULE: Final = "desktop_app.maintenance.retention_page"
STORAGE: Final = "storage"
STORAGE_MODULE: Final = "desktop_app.maintenance.storage_page"
WITHOUT_DETAILS: Final = frozenset({OVERVIEW, TRAY, BACKUPS, RETENTION, STORAGE, HEALTH})
"""The pages that take all the room there is."""
_OTHERS: Final = frozenset({*OPERATIONS, SEARCH, *WITHOUT_DETAILS})
"""The pages that are no lists of records."""
_PLACES: Final = {Place.ARCHIVED: "archived", Place.TRASHED: "trash"}


class Stop(msgspec.Struct, frozen=True):
    """A step of the way: a page, what it listed or searched for, and the hit chosen."""

    key: str
    base: Query | None = None
    text: str = ""
    hit: tuple[Kind, int] | None = None

    def goes_on(self, former: Stop) -> bool:
        """Whether this is the same step: another order, or more of a text being typed."""
        if self.key != former.key:
            return False
        if self.base is None or former.base is None:
            return True
        ordered = replace(self.base, sort=former.base.sort, descending=former.base.descending)
        is_typing = self.text == former.text or bool(self.text and former.text)
        return ordered == former.base and is_typing


class Pages(QStackedWidget):
    """Shows one page at a time and remembers the way one came.

    `turned` says that another page is shown, `changed` that what the page shows or has
    selected is another, `framed` that another row has the frame, `views_changed` that there
    are other views than before.
    """

    turned = Signal()
    changed = Signal()
    framed = Signal()
    views_changed = Signal()
    said = Signal(str, object)
    merge_wanted = Signal(object)
    supersede_wanted = Signal(object)
    record_wanted = Signal(bool)
    detail_wanted = Signal()
    record_hidden = Signal(object, int)
    hit_wanted = Signal(object, object, bool)
    menu_wanted = Signal(QPoint)
    action_wanted = Signal(ActionId)
    tray_changed = Signal()
    told = Signal(str)
    backups_changed = Signal()
    browse_wanted = Signal(object)

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
        self._led_to: set[str] = set(state.get(f"led_to/{self._uri}", []))
        self._just_come_to = ""
        self._trail: list[Stop] = []
        self._place = -1
        self._stale: set[str] = set()
        self.health = Health(workspace, self)
        self.retention = Retention(workspace, self)
        self.recent = RecentRecords(state, self._uri, self)
        self.key = ""
        self.saved = SavedViews(workspace, self._last_known_views(), self)
        self.views = self._all_views()
        self._commands = ViewCommands(self.saved, self._views_of, self._step_to, self)
        self.saved.changed.connect(self._on_views_changed)
        self.saved.kept.connect(lambda view: self._step_to(saved_view(view).key))
        self.saved.said.connect(self.said)
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

    @property
    def records(self) -> RecordsPage | None:
        """The page that is shown, if records are chosen on it."""
        return self.page if isinstance(self.page, ListPage | SearchPage) else None

    @property
    def entry(self) -> str:
        """The key of the sidebar entry that stands for the page shown."""
        view = self.views.get(self.key)
        return self.key if view is None else view.family or self.key

    def show_page(self, key: str) -> None:
        """Show a page, and remember it as the next step of the way.

        Of a place for several kinds of record, that of the kind chosen last; if there is
        none of that kind, that of another. In place of all records of a kind, the view that
        is to open first, if one is.
        """
        key = self._kinds_chosen.get(key, self._opened_first(key))
        self._just_come_to = key
        self._step_to(key)
        self._leave_if_empty(key)

    def show_entry(self, key: str) -> None:
        """Show what an entry of the sidebar names.

        Filters with which a mark of the overview, a record or a search led to a list are not
        what is named so, and go; those that a person set in it stay.
        """
        if self._opened_first(key) not in self._led_to:
            self.show_page(key)
            return
        self._begin_stop(key)
        self._led_to.discard(key)
        assert self.list is not None
        self.list.clear_filters()

    def _lead_to(self, query: Query, text: str = "") -> None:
        """List what a query and a text find among all records of its kind."""
        key = HOMES[query.kind]
        self._begin_stop(key)
        self._led_to.add(key)
        assert self.list is not None
        self.list.show_query(query, text)

    def _step_to(self, key: str) -> None:
        self._begin_stop(key)
        self._note_stop()

    def _begin_stop(self, key: str) -> None:
        """Turn to a page; what it lists now is part of the way only once that is noted."""
        if key != self.key:
            self._note_search()
            del self._trail[self._place + 1 :]
            self._trail.append(Stop(key))
            self._place = len(self._trail) - 1
            self._turn_to(key)

    def step(self, distance: int) -> None:
        """Go back or forward on the way one came, to what was listed there."""
        place = self._place + distance
        if not 0 <= place < len(self._trail):
            return
        stop = self._trail[place]
        if stop.key not in self.views and stop.key not in _OTHERS:
            del self._trail[place]
            self._place -= place < self._place
            self.step(distance)
            return
        self._note_search()
        self._place = place
        self._turn_to(stop.key)
        if isinstance(self.page, SearchPage):
            self.page.go_back_to(stop.text, stop.hit)
            self.turned.emit()
        page = self.list
        if page is not None and stop.base is not None:
            if (page.base, page.text) != (stop.base, stop.text):
                page.show_query(stop.base, stop.text)
            self.turned.emit()

    def show_inside(self, kind: Kind, id_: str) -> None:
        """List what is inside one record, with no other filter: its tasks, runs or messages."""
        query = inside(kind, id_)
        if query is not None:
            self._lead_to(query)

    def seek_record(self, kind: Kind, pk: int) -> None:
        """List all records of a kind, with no filter, and select one."""
        self._begin_stop(HOMES[kind])
        assert self.list is not None
        self.list.clear_filters()
        self.list.seek(pk)

    def _follow(self, target: Target) -> None:
        """Go where a part of the overview leads."""
        if isinstance(target, RecordTarget):
            place = _PLACES.get(target.place)
            key = HOMES[target.kind] if place is None else family(place)[target.kind].key
            self._begin_stop(key)
        elif isinstance(target, ListTarget):
            self._lead_to(target.query, target.text)
            return
        else:
            self._begin_stop(target.key)
        page = self.list
        if page is None:
            return
        page.clear_filters()
        if isinstance(target, RecordTarget):
            page.seek(target.pk)

    def set_compact(self, compact: bool) -> None:
        """Make the rows of every list low, or as high as they usually are."""
        self._state.put(COMPACT_KEY, compact)
        for page in self._pages.values():
            if isinstance(page, ListPage):
                page.set_compact(compact)

    def open_view_menu(self) -> None:
        """Offer what can be done with the view shown."""
        if self.list is not None:
            self._commands.open_menu(self.list)

    def save_view(self) -> None:
        """Keep what is shown as a view."""
        if self.list is not None:
            self._commands.save(self.list)

    def catch_up(self) -> None:
        """Look for what came while updates were paused."""
        if self.key in self._stale:
            self._look_for_news(self.key)

    def save(self) -> None:
        """Keep what each page shows, for the next start."""
        for key, page in self._pages.items():
            if isinstance(page, ListPage):
                self._state.put(self._key_of(key), msgspec.to_builtins(page.save()))
                self._state.put(f"columns/{key}", page.columns.save())
            elif key == TRAY:
                cast("TrayPage", page).keep()
        self._state.put(f"kinds/{self._uri}", self._kinds_chosen)
        self._state.put(f"led_to/{self._uri}", sorted(self._led_to))
        self._state.put(f"page/{self._uri}", self.key)
        self._state.put(f"views/{self._uri}", msgspec.to_builtins(self.saved.views))

    def resize_pages(self, rows: int) -> None:
        """Let every list show pages of so many rows, also those not opened since the start."""
        for key in self.views:
            page = self._pages.get(key)
            if isinstance(page, ListPage):
                page.presenter.resize(rows)
            elif (state := load_state(self._state.get(self._key_of(key)))) is not None:
                resized = replace(state, page=0, page_size=rows)
                self._state.put(self._key_of(key), msgspec.to_builtins(resized))

    def restore(self) -> None:
        """Show the page that was shown last."""
        key = self._state.get(f"page/{self._uri}")
        known = key in self.views or key in _OTHERS
        self._step_to(key if known else HOMES[Kind.BATCH])

    def show_operation(self, key: str, pk: int) -> None:
        """Show one operation on the page of imports or of the history."""
        self.show_page(key)
        if isinstance(self.page, OperationsPage):
            self.page.show_operation(pk)

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
        if self.list is not None:
            self._registry[ActionId.COMPACT].setChecked(self.list.compact)
        self.turned.emit()
        if key in self._stale and not self._registry.state.paused:
            self._look_for_news(key)

    def _make(self, key: str) -> Page:
        if key in OPERATIONS:
            return self._make_operations(key)
        make: dict[str, Callable[[], Page]] = {
            OVERVIEW: self._make_overview,
            SEARCH: self._make_search,
            TRAY: self._make_tray,
            BACKUPS: self._make_backups,
            HEALTH: self._make_health,
            RETENTION: self._make_retention,
            STORAGE: self._make_storage,
        }
        return make[key]() if key in make else self._make_list(key)

    def _make_operations(self, key: str) -> OperationsPage:
        operations = OperationsPage(
            self._workspace, OPERATIONS[key], "import" if key == "imports" else ""
        )
        operations.chosen_changed.connect(self.changed)
        operations.detail_wanted.connect(self.detail_wanted)
        operations.action_wanted.connect(self.action_wanted)
        return operations

    def _make_overview(self) -> OverviewPage:
        make: type[OverviewPage] = import_module(OVERVIEW_MODULE).OverviewPage
        overview = make(self._workspace, self.recent, self._state)
        overview.target_wanted.connect(self._follow)
        return overview

    def _make_list(self, key: str) -> ListPage:
        page = ListPage(self._workspace, self.views[key])
        self._registry.add_table(page.table, inbox=page.view.inbox)
        page.selection_changed.connect(self.changed)
        page.framed.connect(self.framed)
        page.state_changed.connect(self._note_stop)
        page.state_changed.connect(self.changed)
        page.view_menu_wanted.connect(self.open_view_menu)
        page.record_wanted.connect(self.record_wanted)
        page.menu_wanted.connect(self.menu_wanted)
        page.view_wanted.connect(self._choose_kind)
        page.record_hidden.connect(lambda pk: self.record_hidden.emit(page.kind, pk))
        if page.kinds is not None:
            page.kinds.counted.connect(lambda: self._leave_if_empty(key))
        page.action_wanted.connect(self.action_wanted)
        page.told.connect(self.told)
        if page.twins is not None:
            page.twins.merge_wanted.connect(self.merge_wanted)
            page.twins.supersede_wanted.connect(self.supersede_wanted)
        columns: dict[str, Any] | None = self._state.get(f"columns/{key}")
        if columns is not None:
            page.columns.restore(columns)
        compact = page.view.layout.get("compact", self._state.get(COMPACT_KEY, False))
        page.set_compact(bool(compact))
        page.presenter.page_size = self._state.get(PAGE_SIZE_KEY, PAGE_SIZE)
        state = load_state(self._state.get(self._key_of(key)))
        if state is None:
            page.show_query(page.view.filters, page.view.text)
        else:
            page.restore(state)
        return page

    def _make_search(self) -> SearchPage:
        page = SearchPage(self._workspace, self._state)
        self._registry.add_table(page.table)
        page.chosen_changed.connect(self.changed)
        page.text_changed.connect(self.changed)
        page.hit_chosen.connect(lambda hit, terms: self.hit_wanted.emit(hit, terms, False))
        page.window_wanted.connect(lambda hit, terms: self.hit_wanted.emit(hit, terms, True))
        page.list_wanted.connect(self._list_found)
        page.menu_wanted.connect(self.menu_wanted)
        return page

    def _make_tray(self) -> TrayPage:
        make: type[TrayPage] = import_module(TRAY_MODULE).TrayPage
        page = make(self._workspace)
        page.said.connect(self.said)
        page.changed.connect(self.tray_changed)
        return page

    def _make_backups(self) -> BackupsPage:
        make: type[BackupsPage] = import_module(BACKUPS_MODULE).BackupsPage
        page = make(self._workspace)
        page.said.connect(self.said)
        page.told.connect(self.told)
        page.job_ended.connect(self.backups_changed)
        page.browse_wanted.connect(self.browse_wanted)
        return page

    def look_at_backups(self) -> None:
        """Read the backups again, if they are listed: a job may have made one."""
        if BACKUPS in self._pages:
            self._pages[BACKUPS].look_for_news()

    def _make_health(self) -> HealthPage:
        make: type[HealthPage] = import_module(HEALTH_MODULE).HealthPage
        page = make(self._workspace, self.health)
        page.target_wanted.connect(self._follow)
        page.action_wanted.connect(self.action_wanted)
        return page

    def _make_storage(self) -> StoragePage:
        make: type[StoragePage] = import_module(STORAGE_MODULE).StoragePage
        page = make(self._workspace, self._state)
        page.told.connect(self.told)
        page.target_wanted.connect(self._follow)
        page.backups_changed.connect(self.backups_changed)
        page.backups_changed.connect(self.look_at_backups)
        page.forgetting.connect(self._forget_texts)
        return page

    def _forget_texts(self, stands_in: Callable[[str], bool]) -> None:
        """Look no more for texts that are being forgotten, and leave the way to them."""
        for page in self._pages.values():
            if isinstance(page, ListPage) and stands_in(page.text):
                page.clear_filters()
            elif isinstance(page, SearchPage) and stands_in(page.text):
                page.set_text("")
        self._trail = [Stop(self.key)]
        self._place = 0

    def _make_retention(self) -> RetentionPage:
        make: type[RetentionPage] = import_module(RETENTION_MODULE).RetentionPage
        page = make(self._workspace, self.retention)
        page.target_wanted.connect(self._follow)
        return page

    def back_up(self) -> None:
        """Make a backup now, on the page of the backups."""
        self.show_page(BACKUPS)
        cast("BackupsPage", self.page).back_up()

    def search_everything(self, text: str = "") -> None:
        """Show the page that searches every kind, with a text unless it is empty."""
        self._step_to(SEARCH)
        if text and isinstance(self.page, SearchPage):
            self.page.set_text(text)

    def _list_found(self, base: Query, text: str) -> None:
        """List all that a search finds of one kind."""
        self._lead_to(base, text)

    def _key_of(self, key: str) -> str:
        return f"list/{self._uri}/{key}"

    def _choose_kind(self, key: str) -> None:
        family_of = self.views[key].family
        if family_of:
            self._kinds_chosen[family_of] = key
        self._just_come_to = ""
        self._step_to(key)

    def _leave_if_empty(self, key: str) -> None:
        """Go on to another kind of record, if only such are in the place come to."""
        page = self._pages[key]
        if key != self._just_come_to or not isinstance(page, ListPage) or page.kinds is None:
            return
        if page.kinds.counts:
            self._just_come_to = ""
        if page.kinds.has_only_others:
            other = family(page.view.family)[next(iter(page.kinds.others))].key
            self._trail[self._place] = Stop(other)
            self._turn_to(other)
            self._note_stop()

    def _note_stop(self) -> None:
        """Remember what is listed as a step of the way, or as what the present step is now."""
        page = self.list
        if page is None or self._place < 0:
            return
        stop, present = Stop(self.key, page.base, page.text), self._trail[self._place]
        if stop == present:
            return
        if stop.goes_on(present):
            self._trail[self._place] = stop
        else:
            self._trail[self._place + 1 :] = [stop]
            self._place += 1

    def _note_search(self) -> None:
        """Remember what is searched for, as it is being left."""
        page = self.page
        if isinstance(page, SearchPage) and self._trail[self._place].key == SEARCH:
            self._trail[self._place] = Stop(SEARCH, text=page.text, hit=page.chosen_key)

    # Views

    def _last_known_views(self) -> tuple[SavedView, ...]:
        """Return the saved views as they were, so that they are there from the start."""
        try:
            found = self._state.get(f"views/{self._uri}", [])
            return tuple(msgspec.convert(found, list[SavedView]))
        except msgspec.ValidationError:
            return ()

    def _all_views(self) -> dict[str, ListView]:
        saved = map(saved_view, self.saved.views)
        return VIEWS | {view.key: view for view in saved}

    def _views_of(self, kind: Kind) -> Iterable[ListView]:
        """Return the views to choose among for a kind: all its records, then the others."""
        found = [v for v in self.views.values() if v.kind is kind and not v.family]
        return sorted(found, key=lambda view: view.key != HOMES[kind])

    def _opened_first(self, key: str) -> str:
        for kind, home in HOMES.items():
            default = self.saved.default_of(kind) if key == home else None
            if default is not None:
                return saved_view(default).key
        return key

    def _on_views_changed(self) -> None:
        self.views = self._all_views()
        for key in [key for key in self._pages if key not in self.views.keys() | _OTHERS]:
            page = self._pages[key]
            if key == self.key and isinstance(page, ListPage):
                self._step_to(HOMES[page.kind])
            del self._pages[key]
            self.removeWidget(page)
            page.deleteLater()
        for key, page in self._pages.items():
            if isinstance(page, ListPage) and page.view != self.views[key]:
                page.take_view(self.views[key])
        self.views_changed.emit()

    def _on_changed(self, outcome: Outcome) -> None:
        for page in self._pages.values():
            if page is self.list:
                self.list.take_outcome(outcome)
            else:
                page.refresh()

    def _on_noticed(self) -> None:
        self._stale.update(self._pages)
        if not self._registry.state.paused:
            self._look_for_news(self.key)

    def _look_for_news(self, key: str) -> None:
        self._stale.discard(key)
        if key in self._pages:
            self._pages[key].look_for_news()
