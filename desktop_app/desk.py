"""An open workspace in the window: its pages and details, and what acts on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from db.cancel import CancelToken
from db.errors import SheafError, StorageDamagedError
from db.exchange.view_files import SUFFIX
from db.maintenance import health
from db.ports import Finding, Storage
from db.records import (
    Hit,
    Kind,
    OperationRecord,
    Place,
    TurnProgress,
)
from db.terms import Terms
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.menus import ROW_MENU
from desktop_app.actions.spec import Surface, UiState
from desktop_app.actions.view_catalogue import PAGES
from desktop_app.daily_backup import DailyBackup
from desktop_app.daily_compacting import DailyCompacting
from desktop_app.lists.page import ListPage
from desktop_app.look.text import count
from desktop_app.main_window import MainWindow, focus_into
from desktop_app.operations_page import OperationsPage
from desktop_app.pages import BACKUPS, HEALTH, OVERVIEW, OVERVIEW_MODULE, WITHOUT_DETAILS, Pages
from desktop_app.row_menu import popup_menu
from desktop_app.search.page import SearchPage
from desktop_app.sidebar_counts import SidebarCounts
from desktop_app.telling import Telling
from desktop_app.top_bar import search_hints
from desktop_app.tray.count import TrayCount
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

if TYPE_CHECKING:
    from desktop_app.desk_tools import DeskTools
    from desktop_app.detail.pane import DetailPane
    from desktop_app.importing import Importing
    from desktop_app.widgets.banner import Banner

PAINT_MS: Final = 30
"""The time in which a page that was read is painted."""
DETAIL: Final = "desktop_app.detail.pane"
TOOLS: Final = "desktop_app.desk_tools"
_FOR_SEVERAL: Final = (Do.ARCHIVE, Do.TRASH, Do.RESTORE, Do.SET_STATUS, Do.ADD_TAG)
"""What is offered as buttons when several records are selected."""
_FOR_TRASHED: Final = (*_FOR_SEVERAL, Do.PURGE)


class Desk(QObject):
    """Joins one workspace to the window, until it is closed."""

    import_ended = Signal()
    job_over = Signal()

    def __init__(self, window: MainWindow, workspace: Workspace, state: WindowState) -> None:
        super().__init__(window)
        self._window = window
        self.workspace = workspace
        self._state = state
        self.pages = Pages(workspace, window.registry, state)
        self._detail: DetailPane | None = None
        self._tools: DeskTools | None = None
        self._counts = SidebarCounts(window.sidebar, workspace, self)
        self._set_aside = 0
        self._tray = TrayCount(workspace, self)
        self._tray.counted.connect(self._on_tray_counted)
        self._telling = Telling(window, workspace, self.pages, self._take_back, self)
        self._handlers = self._own_handlers()
        self._paused = False
        self._shown_hit: tuple[Kind, int] | None = None
        self._shown_terms: Terms | None = None
        self._listed: tuple[Kind, int, Terms] | None = None
        self._is_hit_open = False
        self._settle = QTimer(self, singleShot=True, interval=0)
        self._settle.timeout.connect(self._show_chosen)
        self._steps = iter(self._last_steps())
        self._stepping = QTimer(self, interval=0)
        self._stepping.timeout.connect(self._take_step)
        self._daily = DailyBackup(workspace, self)
        self._daily.failed.connect(self._telling.fail)
        self._compacting = DailyCompacting(workspace, self)
        self._compacting.failed.connect(self._telling.fail)
        window.put_pages(self.pages)
        self._connect()
        self._show_views()
        self.pages.restore()
        if self.pages.page is not None:
            focus_into(self.pages.page)
        self._await_first_page()

    @property
    def tools(self) -> DeskTools:
        """What the first page does without; made soon after it, or when first asked for."""
        if self._tools is None:
            self._tools = self._make_tools()
        return self._tools

    @property
    def detail(self) -> DetailPane:
        """The details of the record that is chosen."""
        return self.tools.detail

    def _make_detail(self) -> DetailPane:
        if self._detail is None:
            pane = import_module(DETAIL).DetailPane
            self._detail = pane(self.workspace)
        return self._detail

    @property
    def importing(self) -> Importing:
        """What takes files and text in."""
        return self.tools.importing

    @property
    def is_importing(self) -> bool:
        """Whether an import is being read, looked at or carried out."""
        return self._tools is not None and self._tools.importing.is_under_way

    def asking_place(self) -> Banner:
        """Return where to ask: in the window of imports, if it lies before the main one."""
        if self.is_importing:
            wizard = self.tools.wizard
            if wizard.isVisible():
                wizard.appear()
                return wizard.banner
        return self._window.ribbon

    def act(self, action: Do) -> None:
        """Carry out an action that needs an open workspace.

        Where nothing is selected, what would act on the selection acts on the row that has
        the frame, which is selected then.
        """
        page = self.pages.list
        framed = None if page is None else page.framed_record
        wants_choice = self._window.registry.wants_choice(action)
        if page is not None and framed is not None and wants_choice:
            page.selection.choose(framed.pk)
            self._show_chosen()
        handle = self._handlers.get(action) or self.tools.handlers.get(action)
        if handle is not None:
            handle()

    def _own_handlers(self) -> Mapping[Do, Callable[[], object]]:
        acts: dict[Do, Callable[[], object]] = {
            Do(f"go.{key}"): partial(self._go_to_page, key) for key in PAGES
        }
        return acts | {
            Do.UNDO: self._telling.undo,
            Do.REDO: self.workspace.redo,
            Do.SEARCH: self._enter_search,
            Do.SEARCH_ALL: self._search_everything,
            Do.REFRESH: self.refresh,
            Do.PAUSE: self._pause,
            Do.BACK: self._go_back,
            Do.FORWARD: partial(self.pages.step, 1),
            Do.COMPACT: lambda: self.pages.set_compact(
                self._window.registry[Do.COMPACT].isChecked()
            ),
            Do.VIEW_MENU: self.pages.open_view_menu,
            Do.SAVE_VIEW: self.pages.save_view,
            Do.HISTORY: partial(self._go_to_page, "history"),
            Do.GO_OVERVIEW: partial(self._go_to_page, OVERVIEW),
            Do.CHECK: self.pages.health.check,
            Do.BACK_UP: self.pages.back_up,
        }

    def close(self) -> None:
        """Keep everything, close what belongs to the workspace, and let go of the storage."""
        self.keep()
        for child in self._window.findChildren(QWidget):
            if child.isWindow() and child.isVisible():
                child.close()
        self._settle.stop()
        self._daily.stop()
        self._compacting.stop()
        self.pages.retention.daily.stop()
        self._stepping.stop()
        self._counts.stop()
        if self._detail is not None and self._tools is None:
            self._detail.deleteLater()
        if self.is_importing:
            self.importing.cancel()
        if self._tools is not None:
            self._tools.activity.close()
            self._tools.following.stop()
        self.workspace.close()
        self._window.drop_workspace()
        self.deleteLater()

    def keep(self) -> None:
        """Save what is being edited, and remember what is shown."""
        if self._tools is not None:
            self._tools.finish_editing()
        self.pages.save()

    def show_state(self) -> None:
        """Enable what makes sense now."""
        page = self.pages.page
        turns = self.workspace.turn is not None
        writes = bool(self.workspace.under_way)
        latest, redo = self.workspace.next_undo, self.workspace.next_redo
        undo = "" if latest is None or writes else latest.title
        if self._telling.offers_undo:
            undo = f"“{self._window.toast.text}”"
        shown = Surface.LIST if isinstance(page, ListPage) else Surface.OPERATIONS
        if isinstance(page, SearchPage):
            shown = Surface.SEARCH
        if self.pages.key in WITHOUT_DETAILS:
            shown = Surface.NOTHING
        facts: dict[str, Any] = {}
        if isinstance(page, ListPage | SearchPage):
            facts = {
                "kind": page.kind,
                "selected": page.chosen_count,
                "place": page.chosen_place,
            }
        if isinstance(page, ListPage):
            framed = page.framed_record
            if framed is not None:
                facts |= {"selected": 1, "place": framed.place}
            facts |= {
                "has_current": page.selection.current is not None,
                "inbox": page.view.inbox,
            }
        self._window.registry.update(
            UiState(
                surface=shown if self._window.shows_lists else Surface.NOTHING,
                undo=undo,
                redo="" if redo is None or turns else redo.title,
                turns=turns,
                writes=writes,
                is_open=True,
                paused=self._paused,
                compared="" if self._tools is None else self._tools.comparing.title,
                is_past=self.workspace.is_past,
                only_read=self.workspace.only_read,
                **facts,
            )
        )

    # Wiring

    def _connect(self) -> None:
        window, workspace, pages = self._window, self.workspace, self.pages
        window.sidebar.chosen.connect(pages.show_entry)
        window.sidebar.itemClicked.connect(self._on_entry_clicked)
        window.sidebar.entered.connect(self._enter_entry)
        window.top.search.query_changed.connect(self._search)
        window.top.search.left.connect(self._enter_results)
        window.escaped.connect(self._leave_one_level)
        window.drop.dropped.connect(self.take_in)
        pages.turned.connect(self._on_turned)
        pages.views_changed.connect(self._show_views)
        pages.said.connect(self.show_state)
        pages.health.changed.connect(self._show_health)
        pages.told.connect(window.toast.show_message)
        pages.retention.told.connect(window.toast.show_message)
        pages.retention.daily.failed.connect(self._telling.fail)
        for changed in (self.job_over, pages.backups_changed):
            changed.connect(self._telling.ask_info)
        self.job_over.connect(pages.look_at_backups)
        pages.tray_changed.connect(self._tray.refresh)
        pages.changed.connect(self._on_page_changed)
        pages.framed.connect(self.show_state)
        pages.record_wanted.connect(self._open_record)
        pages.detail_wanted.connect(window.enter_detail)
        pages.action_wanted.connect(lambda action: window.registry[action].trigger())
        pages.menu_wanted.connect(self._open_row_menu)
        pages.hit_wanted.connect(self._open_hit)
        window.toast.changed.connect(self.show_state)
        workspace.undo_changed.connect(self.show_state)
        workspace.turning.connect(self._show_turn)
        workspace.under_way_changed.connect(self.show_state)

    def _make_tools(self) -> DeskTools:
        tools: DeskTools = import_module(TOOLS).DeskTools(
            self._window, self.workspace, self._state, self.pages, self._make_detail(), self
        )
        tools.record_wanted.connect(self._go_to)
        tools.detail.seen_anew.connect(
            lambda seen: self.pages.recent.see(seen.kind, seen.record)
        )
        tools.comparing.changed.connect(self.show_state)
        tools.importing.ended.connect(self._on_import_ended)
        tools.activity.activity.over.connect(lambda _job: self.job_over.emit())
        self._window.put_detail(tools.detail)
        return tools

    def _await_first_page(self) -> None:
        later = QTimer(self, singleShot=True, interval=PAINT_MS)
        later.timeout.connect(self._load_tools)
        page = self.pages.list
        if page is None:
            later.start()
        else:
            once = Qt.ConnectionType.SingleShotConnection
            page.presenter.busy_changed.connect(lambda _busy: later.start(), once)

    def _load_tools(self) -> None:
        """Load the other half of the window's code, on a thread, and then use it."""
        self.workspace.background.read(
            lambda _storage, _token: [import_module(each) for each in (TOOLS, OVERVIEW_MODULE)],
            lambda _modules: self._stepping.start(),
        )

    def _last_steps(self) -> Sequence[Callable[[], object]]:
        """Return what completes the window; between two of them it sees to keys and clicks."""
        return (
            self._make_detail,
            lambda: self.tools,
            lambda: self.detail.description,
            self._show_chosen_before,
            self._look_after,
        )

    def _show_chosen_before(self) -> None:
        """Show what was chosen before there were details, unless they show something by now."""
        if self.detail.key is None:
            self._show_chosen()

    def _take_step(self) -> None:
        step = next(self._steps, None)
        if step is None:
            self._stepping.stop()
        else:
            step()

    def _look_after(self) -> None:
        """Finish what a dead process left, then check the file, while lists already show."""
        self._telling.ask_info()
        self._tray.refresh()
        self._window.status.show_checking()
        self.workspace.job(
            lambda storage, token, _report: _looked_after(storage, token),
            self._on_looked_after,
            self._on_not_looked_after,
        )

    def _on_not_looked_after(self, error: SheafError) -> None:
        if isinstance(error, StorageDamagedError):
            self._on_looked_after(((), (health.damage(error),)))
        else:
            self._telling.fail(error)

    def _on_looked_after(
        self, found: tuple[Sequence[OperationRecord], Sequence[Finding]]
    ) -> None:
        recovered, findings = found
        if not self.pages.health.are_complete:
            self.pages.health.take(findings)
        if self.workspace.is_damaged:
            return
        self._tell_lost(findings)
        self.tools.activity.activity.look()
        if not self.workspace.only_read:
            self.tools.following.begin()
            self._daily.begin()
            self._compacting.begin()
            self.pages.retention.daily.begin()
        if recovered and not self.workspace.is_past:
            titles = ", ".join(operation.title for operation in recovered)
            self._window.toast.show_message(f"Cut short last time, now put in order: {titles}")
            self.refresh()

    def _tell_lost(self, findings: Sequence[Finding]) -> None:
        """Say at once that changes were lost, where a backup may still hold them."""
        for finding in findings:
            if finding.check == "lost" and finding.is_told and not self.workspace.is_past:
                said = "; ".join(finding.examples)
                self._window.ribbon.show_message(
                    "warning",
                    f"{finding.title}: {said}.",
                    [
                        ("Show the backups", partial(self._go_to_page, BACKUPS), True),
                        ("Why?", partial(self._go_to_page, HEALTH), False),
                    ],
                )

    # Answers

    def _on_import_ended(self) -> None:
        """Give the focus to the list, unless something else in the window has it."""
        if self._window.focusWidget() is None:
            self._window.enter_page()
        self._daily.look_soon()
        self.import_ended.emit()

    def _on_turned(self) -> None:
        self._shown_hit, self._is_hit_open = None, False
        self._window.uncover_page()
        self._mark_page()
        self._window.top.search.set_query(self._typed or "")
        self._on_page_changed()

    @property
    def _typed(self) -> str | None:
        """What the page shown searches for; None if it does not search."""
        page = self.pages.page
        return page.text if isinstance(page, ListPage | SearchPage) else None

    def _mark_page(self) -> None:
        sidebar, entry = self._window.sidebar, self.pages.entry
        sidebar.set_current(entry if entry in sidebar.keys else None)

    def _show_views(self) -> None:
        """Offer the views there are now."""
        saved = [view for view in self.pages.views.values() if view.saved is not None]
        self._window.show_views(saved, self._set_aside)
        self._counts.show_views(self.pages.views)
        self._show_health()
        self._mark_page()

    def _on_tray_counted(self, number: int) -> None:
        if number != self._set_aside:
            self._set_aside = number
            self._show_views()

    def _on_page_changed(self) -> None:
        search, typed = self._window.top.search, self._typed
        where = "this list" if isinstance(self.pages.page, ListPage) else "everything"
        search.set_hints(search_hints(f"Search {where}"))
        if not search.hasFocus():
            search.set_query(typed or "")
        self._settle.start()

    def _show_chosen(self) -> None:
        if self.pages.key in WITHOUT_DETAILS:
            self._window.show_detail(wanted=None)
        elif self._tools is None:
            pass  # They show it once they are there.
        elif isinstance(self.pages.page, OperationsPage):
            self._show_operation(self.pages.page.chosen)
        elif isinstance(self.pages.page, SearchPage):
            self._show_hit(self.pages.page)
        else:
            self._show_records()
        self.show_state()

    def _show_operation(self, operation: OperationRecord | None) -> None:
        if operation is None:
            self.detail.clear()
        else:
            self.detail.show_operation(operation)
        self._window.show_detail(wanted=operation is not None)

    def _show_hit(self, page: SearchPage) -> None:
        """Show a hit that was chosen; one that was opened stays open, at its match."""
        self._listed = None
        hit, key, terms = page.chosen, page.chosen_key, page.model.terms
        is_shown = key == self._shown_hit and (self._is_hit_open or terms == self._shown_terms)
        if hit is None:
            self.detail.clear()
        elif not is_shown:
            self._is_hit_open = False
            self.tools.preview_hit(hit, terms)
        self._shown_hit, self._shown_terms = key, terms
        self._window.show_detail(wanted=hit is not None)

    def _go_back(self) -> None:
        """Go back from a hit that was opened to what was found; else on the way one came."""
        page = self.pages.page
        if isinstance(page, SearchPage) and self._is_hit_open:
            self._shown_hit = None
            self._show_hit(page)
            self._window.enter_page()
        else:
            self.pages.step(-1)

    def _show_records(self) -> None:
        page = self.pages.list
        number = 0 if page is None else page.chosen_count
        pk = None if page is None else page.chosen_pk
        if pk is not None and page is not None:
            listed = (page.kind, pk, page.query.terms)
            # Else they may show another by now, that was gone to from this one.
            if listed != self._listed or self.detail.key is None:
                self.tools.show_found(*listed)
            self._listed = listed
        elif number > 1:
            self.show_state()
            registry = self._window.registry
            is_trashed = registry.state.place is Place.TRASHED
            self.detail.show_several(
                number,
                "What you do now is done to all of them.",
                [
                    (registry.title(action), registry[action].trigger, False)
                    for action in (_FOR_TRASHED if is_trashed else _FOR_SEVERAL)
                    if registry[action].isEnabled()
                ],
            )
        elif page is not None:
            focused = self._window.focusWidget()
            had_focus = focused is not None and self.detail.isAncestorOf(focused)
            self.detail.clear()
            if had_focus:
                self._window.enter_page()
        self._window.show_detail(wanted=number > 0)

    def _leave_one_level(self) -> None:
        """Close the jobs, or stop a long reading; else go to the list; else select nothing."""
        page = self.pages.page
        panel = None if self._tools is None else self._tools.activity.panel
        if panel is not None and panel.isVisible():
            panel.leave()
        elif isinstance(page, ListPage) and page.is_slow:
            page.stop()
        elif page is not None and not page.hasFocus():
            self._window.enter_page()
        elif isinstance(page, SearchPage):
            self.pages.step(-1)
        elif isinstance(page, ListPage):
            page.selection.clear()

    def _open_row_menu(self, where: QPoint) -> None:
        self.show_state()
        popup_menu(self._window, self._window.registry, ROW_MENU, where)

    def take_in(self, paths: Sequence[Path]) -> None:
        """Import files; those that hold views become views."""
        if self.workspace.refuses():
            return
        views = [path for path in paths if path.name.endswith(SUFFIX)]
        self.pages.saved.read_files(views)
        if len(views) < len(paths):
            self.importing.import_paths([path for path in paths if path not in views])

    def _on_entry_clicked(self) -> None:
        """Let one type at once what to search everything for."""
        if isinstance(self.pages.page, SearchPage):
            focus_into(self._window.top.search)

    def _enter_entry(self) -> None:
        """Go from the sidebar into the page that is shown, or to where one types for it."""
        if isinstance(self.pages.page, SearchPage):
            self._enter_search()
        else:
            self._window.enter_page()

    def _take_back(self, operation_pk: int) -> None:
        self.tools.take_back(operation_pk)

    def _go_to_page(self, key: str) -> None:
        self.pages.show_page(key)
        self._window.enter_page()

    def _search(self, typed: str) -> None:
        if isinstance(self.pages.page, ListPage | SearchPage):
            self.pages.page.set_text(typed)
        elif typed:
            self.pages.search_everything(typed)
            self._window.top.search.set_query(typed)

    def _enter_results(self) -> None:
        """Go from the search field down to what it found."""
        if isinstance(self.pages.page, ListPage | SearchPage):
            self.pages.page.enter()

    def _enter_search(self) -> None:
        self._window.uncover_page()
        focus_into(self._window.top.search)

    def _search_everything(self) -> None:
        """Go to the page that searches every kind, with what is typed already."""
        self._window.uncover_page()
        search = self._window.top.search
        self.pages.search_everything(search.text())
        search.set_query(self._typed or "")
        search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        search.selectAll()

    def _open_hit(self, hit: Hit, terms: Terms, in_window: bool) -> None:
        self._settle.stop()
        if in_window:
            self.tools.open_hit_window(hit, terms)
        else:
            self._shown_hit, self._is_hit_open = (hit.kind, hit.record.pk), True
            self.tools.open_hit(hit, terms)
            self._window.show_detail(wanted=True)
            self._window.enter_detail()

    def _open_record(self, in_window: bool) -> None:
        self._listed = None
        self._show_chosen()
        action = Do.OPEN_WINDOW if in_window else Do.OPEN_PANE
        self._window.registry[action].trigger()

    def _go_to(self, kind: Kind, pk: int) -> None:
        """Show a record in the details, and in the list if the list has it."""
        page = self.pages.list
        is_listed = (
            page is not None and page.kind is kind and page.presenter.page_of(pk) is not None
        )
        if is_listed and page.chosen_pk != pk:
            page.show_record(pk)
        else:
            self.detail.show_record(kind, pk)
            self._window.show_detail(wanted=True)
            if not self.detail.isVisible():
                self._window.enter_detail()

    def refresh(self) -> None:
        """Read again all that is shown, keeping the place."""
        if self.pages.page is not None:
            self.pages.page.refresh()
        self.detail.refresh()
        self._counts.refresh()
        self._telling.ask_info()

    def _pause(self) -> None:
        self._paused = self._window.registry[Do.PAUSE].isChecked()
        self.show_state()
        if not self._paused:
            self.pages.catch_up()

    def _show_turn(self, turn: TurnProgress | None) -> None:
        """Let nothing be shown any more that an undo of very much has put out of sight."""
        registry = self._window.registry
        if turn is not None and not registry.state.turns:
            self._window.toast.dismiss()
            self.refresh()
        self._telling.repeat_under_way()
        self.show_state()

    def _show_health(self) -> None:
        health, status = self.pages.health, self._window.status
        if health.doing:
            status.show_checking()
        elif health.findings is not None:
            status.show_findings(health.findings)
        number = len(health.problems)
        self._window.sidebar.set_count(HEALTH, count(number) if number else "")


def _looked_after(
    storage: Storage, token: CancelToken
) -> tuple[Sequence[OperationRecord], Sequence[Finding]]:
    """Check a file, and finish what a dead process left in it, unless it is damaged."""
    found = health.quick_check(storage, token)
    if storage.damage is not None:
        return (), found
    recovered = storage.recover()
    return recovered, health.quick_check(storage, token) if recovered else found
