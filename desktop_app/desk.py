"""An open workspace in the window: its pages and details, and what acts on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, QPoint, QTimer

from db.errors import SheafError
from db.ports import Finding, StorageInfo
from db.records import Kind, OperationRecord, OperationState, Outcome
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.menus import ROW_MENU
from desktop_app.actions.spec import Surface, UiState
from desktop_app.detail.pane import DetailPane
from desktop_app.dialogs.new_record import NewBatchDialog, NewTaskDialog
from desktop_app.exporting import Exporting
from desktop_app.import_sources import ask_for_files, paste
from desktop_app.importing import Importing
from desktop_app.lists.page import ListPage
from desktop_app.main_window import MainWindow, focus_into
from desktop_app.operation_words import outcome_words
from desktop_app.pages import SIDEBAR_KEY, Pages
from desktop_app.record_commands import RecordCommands
from desktop_app.record_search import RecordSearch
from desktop_app.row_menu import popup_menu
from desktop_app.sidebar_counts import SidebarCounts
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

SLOW_MS: Final = 300


class Desk(QObject):
    """Joins one workspace to the window, until it is closed."""

    def __init__(self, window: MainWindow, workspace: Workspace, state: WindowState) -> None:
        super().__init__(window)
        self._window = window
        self.workspace = workspace
        self.pages = Pages(workspace, window.registry, state)
        self.detail = DetailPane(workspace, window.registry)
        self.importing = Importing(workspace, window.import_panel, self)
        self.exporting = Exporting(workspace, window, self)
        self._records = RecordCommands(workspace, self.pages, self.detail, window)
        self._counts = SidebarCounts(window.sidebar, workspace, self)
        self._paused = False
        self._settle = QTimer(self, singleShot=True, interval=0)
        self._settle.timeout.connect(self._show_chosen)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(lambda: window.status.showMessage("Working…"))
        window.put_workspace(self.pages, self.detail)
        self._connect()
        self.pages.restore()
        if self.pages.page is not None:
            focus_into(self.pages.page)
        self._look_after()

    def handlers(self) -> dict[Do, Callable[[], object]]:
        """Return what to do for each action that needs an open workspace."""
        acts: dict[Do, Callable[[], object]] = {
            action: partial(self._on_list, handle)
            for action, handle in self._records.handlers.items()
        }
        for number, key in enumerate(self._window.sidebar.keys, 1):
            acts[Do(f"view.sidebar_{number}")] = partial(self.pages.show_page, key)
        return acts | {
            Do.IMPORT: partial(ask_for_files, self._window, self.importing.import_paths),
            Do.PASTE: partial(paste, self.importing, self._window.toast.show_message),
            Do.EXPORT: self._export,
            Do.UNDO: self.workspace.undo,
            Do.REDO: self.workspace.redo,
            Do.NEW: self._new,
            Do.NEW_BATCH: self._new_batch,
            Do.NEW_TASK: self._new_task,
            Do.SEARCH: partial(focus_into, self._window.top.search),
            Do.REFRESH: self.refresh,
            Do.PAUSE: self._pause,
            Do.BACK: partial(self.pages.step, -1),
            Do.FORWARD: partial(self.pages.step, 1),
            Do.HISTORY: partial(self.pages.show_page, "history"),
            Do.GO_TO: lambda: RecordSearch(self.workspace, self._window, self._go_to),
            Do.CHECK: self.check,
        }

    def check(self) -> None:
        """Check the whole workspace, in the background."""
        self._window.status.show_checking()
        self.workspace.job(
            lambda storage, token, _report: storage.check(token),
            self._tell_findings,
            self._fail,
        )

    def close(self) -> None:
        """Remember what was shown, and let go of the storage."""
        self.detail.finish_editing()
        self.pages.save()
        self._settle.stop()
        self._counts.stop()
        if self.importing.is_under_way:
            self.importing.cancel()
        self.workspace.close()
        self._window.drop_workspace()
        self.deleteLater()

    def show_state(self) -> None:
        """Enable what makes sense now."""
        page = self.pages.page
        undo, redo = self.workspace.next_undo, self.workspace.next_redo
        shown = Surface.LIST if isinstance(page, ListPage) else Surface.OPERATIONS
        facts: dict[str, Any] = {}
        if isinstance(page, ListPage):
            facts = {
                "kind": page.kind,
                "selected": page.chosen_count,
                "place": self._records.place_of(page),
            }
        self._window.registry.update(
            UiState(
                surface=shown if self._window.shows_lists else Surface.NOTHING,
                undo="" if undo is None else undo.title,
                redo="" if redo is None else redo.title,
                is_open=True,
                paused=self._paused,
                **facts,
            )
        )

    # Wiring

    def _connect(self) -> None:
        window, workspace, pages = self._window, self.workspace, self.pages
        window.sidebar.chosen.connect(pages.show_page)
        window.top.search.query_changed.connect(self._search)
        window.escaped.connect(self._leave_one_level)
        window.drop.dropped.connect(self.importing.import_paths)
        self.importing.ended.connect(self._on_import_ended)
        pages.turned.connect(self._on_turned)
        pages.changed.connect(self._on_page_changed)
        pages.record_wanted.connect(self._open_record)
        pages.action_wanted.connect(lambda action: window.registry[action].trigger())
        pages.menu_wanted.connect(self._open_row_menu)
        workspace.changed.connect(self._tell_outcome)
        workspace.changed.connect(self._ask_info)
        workspace.failed.connect(self._fail)
        workspace.undo_changed.connect(self.show_state)
        workspace.busy_changed.connect(self._on_busy)
        self.detail.record_chosen.connect(self._go_to)
        self._records.said.connect(window.toast.show_message)
        self._records.export_wanted.connect(lambda order: self.exporting.export_before(*order))

    def _look_after(self) -> None:
        """Finish what a dead process left, then check the file, while lists already show."""
        self._ask_info()
        self._window.status.show_checking()
        self.workspace.job(
            lambda storage, token, _report: (storage.recover(), storage.quick_check(token)),
            self._on_looked_after,
            self._fail,
        )

    def _on_looked_after(self, found: tuple[Sequence[OperationRecord], Finding]) -> None:
        recovered, finding = found
        self._window.status.show_findings([finding])
        if recovered:
            titles = ", ".join(operation.title for operation in recovered)
            self._window.toast.show_message(f"Cut short last time, now put in order: {titles}")
            self.refresh()

    # Answers

    def _on_list(self, handle: Callable[[ListPage], object]) -> None:
        if self.pages.list is not None:
            handle(self.pages.list)

    def _on_import_ended(self) -> None:
        """Move the focus on to the list, as its panel is about to go."""
        focused = self._window.focusWidget()
        page = self.pages.page
        if page is not None and focused and self._window.import_panel.isAncestorOf(focused):
            focus_into(page)

    def _on_turned(self) -> None:
        key = SIDEBAR_KEY.get(self.pages.key, self.pages.key)
        self._window.sidebar.set_current(key)
        self._on_page_changed()

    def _on_page_changed(self) -> None:
        page = self.pages.list
        search = self._window.top.search
        search.setEnabled(page is not None)
        if not search.hasFocus():
            search.set_query("" if page is None else page.text)
        self._settle.start()

    def _show_chosen(self) -> None:
        page = self.pages.list
        number = 0 if page is None else page.chosen_count
        record = None if page is None else page.chosen_record
        if record is not None and page is not None:
            if self.detail.key != (page.kind, record.pk):
                self.detail.show_record(page.kind, record.pk)
        elif number > 1:
            self.detail.show_several(number, "What you do now is done to all of them.")
        elif page is not None:
            self.detail.clear()
        self._window.show_detail(wanted=number > 0)
        self.show_state()

    def _leave_one_level(self) -> None:
        """Stop what is being read; else go back to the list; else select nothing."""
        page = self.pages.page
        if isinstance(page, ListPage) and page.presenter.is_busy:
            page.stop()
        elif page is not None and not page.table.hasFocus():
            focus_into(page)
        elif isinstance(page, ListPage):
            page.selection.clear()

    def _open_row_menu(self, where: QPoint) -> None:
        self.show_state()
        popup_menu(self._window, self._window.registry, ROW_MENU, where)

    def _on_busy(self, busy: bool) -> None:
        if busy:
            self._slow.start()
        else:
            self._slow.stop()
            self._window.status.clearMessage()

    def _search(self, typed: str) -> None:
        if self.pages.list is not None:
            self.pages.list.set_text(typed)

    def _open_record(self, in_window: bool) -> None:
        action = Do.OPEN_WINDOW if in_window else Do.OPEN_PANE
        self._window.registry[action].trigger()

    def _go_to(self, kind: Kind, pk: int) -> None:
        """Show a record in the details, and in the list if the list has it."""
        page = self.pages.list
        if page is not None and page.kind is kind and page.presenter.page_of(pk) is not None:
            page.show_record(pk)
        else:
            self.detail.show_record(kind, pk)

    def refresh(self) -> None:
        """Read again all that is shown, keeping the place."""
        if self.pages.page is not None:
            self.pages.page.refresh()
        self.detail.refresh()
        self._counts.refresh()
        self._ask_info()

    def _pause(self) -> None:
        self._paused = self._window.registry[Do.PAUSE].isChecked()
        self.show_state()

    def _export(self) -> None:
        self.exporting.open_dialog(self.pages.list)

    def _new(self) -> None:
        page = self.pages.list
        if page is not None and page.kind is Kind.BATCH:
            self._new_batch()
        else:
            self._new_task()

    def _new_batch(self) -> None:
        dialog = NewBatchDialog(self.workspace, self._window)
        dialog.created.connect(self._go_to)
        dialog.open()

    def _new_task(self) -> None:
        page = self.pages.list
        in_batches = page is not None and page.kind is Kind.BATCH
        dialog = NewTaskDialog(
            self.workspace, page.chosen_record if in_batches else None, self._window
        )
        dialog.created.connect(self._go_to)
        dialog.open()

    # Telling

    def _ask_info(self) -> None:
        def show(info: StorageInfo) -> None:
            self._window.status.show_info(info)

        self.workspace.background.read(lambda storage, _token: storage.info(), show, self._fail)

    def _tell_outcome(self, outcome: Outcome) -> None:
        operation = outcome.operation
        if operation is None:
            self._window.toast.show_message("Nothing to change: it is so already.")
            return
        self._window.status.show_operation(operation)
        undone = operation.state is OperationState.UNDONE
        act = self.workspace.redo if undone else self.workspace.undo
        button = ("Redo" if undone else "Undo", partial(act, operation.pk))
        self._window.toast.show_message(
            outcome_words(operation, outcome), button if operation.undoable else None
        )

    def _tell_findings(self, findings: Sequence[Finding]) -> None:
        self._window.status.show_findings(findings)
        bad = [finding.title for finding in findings if not finding.ok]
        self._window.toast.show_message("; ".join(bad) or "All checks passed")

    def _fail(self, error: SheafError) -> None:
        self._window.ribbon.show_message("error", str(error))
