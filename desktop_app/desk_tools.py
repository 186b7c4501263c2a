"""What an open workspace needs only once its first page is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from db.records import AnyRecord, Hit, Kind, LearningRecord, Outcome
from db.terms import Terms
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.record_catalogue import NEW_OF
from desktop_app.activity.joining import ActivityDesk
from desktop_app.detail.pane import DetailPane
from desktop_app.detail.shown import ShownRecord
from desktop_app.detail.window import DetailWindow
from desktop_app.dialogs.new_record import NewDialog
from desktop_app.dialogs.take_back import TakingBack
from desktop_app.exporting import Exporting
from desktop_app.following.dialog import WatchedFoldersDialog
from desktop_app.following.model import Following
from desktop_app.following.question import FollowQuestion
from desktop_app.import_sources import copied
from desktop_app.import_wizard.wizard import ImportWizard
from desktop_app.importing import Importing
from desktop_app.inbox import Inbox
from desktop_app.lists.page import ListPage
from desktop_app.lists.views import HOMES
from desktop_app.main_window import MainWindow
from desktop_app.models.course import Course
from desktop_app.pages import TRAY, Pages, RecordsPage
from desktop_app.reading.comparing import comparing
from desktop_app.reading.printing import Printing
from desktop_app.record_commands import RecordCommands
from desktop_app.record_search import RecordSearch
from desktop_app.search.opening import open_hit, preview_hit, show_found
from desktop_app.search.page import SearchPage
from desktop_app.widgets.toast import Toast
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

_WAITS: Final = " waits: choose another, then Compare (Ctrl+D)"


class DeskTools(QObject):
    """The details, import and export, and the actions on records.

    `record_wanted` carries the kind and pk of a record to show.
    """

    record_wanted = Signal(object, int)

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        state: WindowState,
        pages: Pages,
        detail: DetailPane,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._workspace = workspace
        self._pages = pages
        self.detail = detail
        self.importing = Importing(workspace, self)
        self._wizard: ImportWizard | None = None
        self.importing.began.connect(self._show_import)
        self.importing.given_up.connect(
            lambda: window.toast.show_message("Nothing was imported.")
        )
        self.exporting = Exporting(workspace, window, self)
        taking_back = TakingBack(workspace, window)
        self.destroyed.connect(taking_back.deleteLater)
        self.take_back = taking_back.ask
        self.activity = ActivityDesk(
            window, workspace, pages, self.importing, self.exporting, self._show_import, self
        )
        self.following = Following(workspace, state, self)
        FollowQuestion(self.following, window.ribbon, self._open_folders)
        self.following.changed.connect(lambda: window.status.show_folders(self.following.said))
        self.printing = Printing(workspace, window, self)
        self.records = RecordCommands(workspace, pages, self.detail, window)
        self.comparing = comparing(workspace.background)
        self.comparing.changed.connect(self._tell_compared)
        self.comparing.chosen.connect(self.records.show_difference)
        self.comparing.failed.connect(workspace.failed)
        self.inbox = Inbox(workspace, window, self)
        self.handlers = self._own_handlers()
        self.inbox.edit_wanted.connect(self.detail.edit_title)
        pages.merge_wanted.connect(partial(self._on_twin, self.inbox.merge))
        pages.supersede_wanted.connect(partial(self._on_twin, self.inbox.supersede))
        self.detail.step_wanted.connect(
            lambda distance: window.registry[
                Do.NEXT_RECORD if distance > 0 else Do.PREVIOUS_RECORD
            ].trigger()
        )
        self.detail.record_chosen.connect(self.record_wanted)
        self.detail.seen_anew.connect(lambda _seen: self._show_standing())
        pages.changed.connect(self._show_standing)
        self.detail.purge_wanted.connect(self.records.purge)
        self.detail.import_wanted.connect(self._open_import)
        self.detail.action_wanted.connect(partial(self._act_on_shown, self.detail))
        self.records.window_wanted.connect(self._open_window)
        self.records.detail_wanted.connect(window.enter_detail)
        self.records.said.connect(window.toast.show_message)
        pages.record_hidden.connect(self._tell_hidden)
        self.records.export_wanted.connect(lambda order: self.exporting.export_before(*order))

    @property
    def wizard(self) -> ImportWizard:
        """The window of imports."""
        if self._wizard is None:
            self._wizard = ImportWizard(self.importing, self._workspace, self._window)
            self.destroyed.connect(self._wizard.deleteLater)
            self._wizard.show_wanted.connect(self._show_imported)
            self._wizard.tray_wanted.connect(self._open_tray)
            self._wizard.said.connect(self._window.toast.show_message)
        return self._wizard

    def _show_import(self) -> None:
        self.wizard.appear()

    def _open_import(self) -> None:
        self.wizard.open_wizard()

    def _paste(self) -> None:
        source = copied(QGuiApplication.clipboard().mimeData())
        if source is None:
            self._window.toast.show_message("The clipboard holds no text and no files.")
        else:
            self.importing.take(source)

    def _open_folders(self) -> None:
        opened = self._window.findChild(WatchedFoldersDialog)
        dialog = opened or WatchedFoldersDialog(self.following, self._window)
        dialog.show()
        dialog.activateWindow()

    def _open_tray(self) -> None:
        self._pages.show_page(TRAY)
        self._come_to_page()

    def _show_imported(self, outcome: Outcome) -> None:
        """List what an import brought: all of one batch, or the kind there is most of."""
        made = {kind: pks for kind, pks in outcome.changed.items() if kind in HOMES}
        batches = made.pop(Kind.BATCH, ())
        if not made and not batches:
            return
        kind = max(made, key=lambda each: len(made[each]), default=Kind.BATCH)
        if kind is Kind.TASK and len(batches) == 1:
            self._workspace.background.read(
                lambda storage, _token: storage.batches.get(batches[0]).record.id,
                self._show_inside_batch,
            )
        else:
            self._pages.seek_record(kind, made.get(kind, batches)[0])
            self._come_to_page()

    def _show_inside_batch(self, id_: str) -> None:
        self._pages.show_inside(Kind.BATCH, id_)
        self._come_to_page()

    def _come_to_page(self) -> None:
        self._window.activateWindow()
        self._window.enter_page()

    def preview_hit(self, hit: Hit, terms: Terms) -> None:
        """Show the record of a hit that is chosen."""
        preview_hit(self.detail, hit, terms)

    def show_found(self, kind: Kind, pk: int, terms: Terms) -> None:
        """Show a record of the list, what was searched for there marked."""
        show_found(self.detail, kind, pk, terms)

    def open_hit(self, hit: Hit, terms: Terms) -> None:
        """Show what a search found, at the match."""
        open_hit(self.detail, hit, terms)

    def open_hit_window(self, hit: Hit, terms: Terms) -> None:
        """Show what a search found in a window of its own."""
        page = self._pages.page
        course = page.course if isinstance(page, SearchPage) else None
        window = self._open_window(hit.kind, hit.record.pk, course)
        open_hit(window.pane, hit, terms)

    def _open_window(self, kind: Kind, pk: int, course: Course | None) -> DetailWindow:
        window = DetailWindow(self._workspace, self._window, course=course)
        window.print_wanted.connect(self.printing.print)
        window.pane.purge_wanted.connect(partial(self.records.purge, parent=window))
        window.pane.import_wanted.connect(self._open_import)
        window.pane.action_wanted.connect(partial(self._act_on_shown, window.pane))
        window.show_record(kind, pk)
        return window

    def _show_standing(self) -> None:
        """Say where the run that is shown stands in the list, or among those of its task."""
        page, key = self._pages.records, self.detail.key
        if key is None or key[0] is not Kind.EXECUTION:
            return
        record = None if page is None else page.chosen_record
        is_listed = page is not None and record is not None and (page.kind, record.pk) == key
        self.detail.show_standing(page.standing if is_listed else None)

    def _act_on_shown(self, pane: DetailPane, action: Do, record: AnyRecord) -> None:
        """Do something with the record that a pane shows, whatever is chosen in a list."""
        shown = ShownRecord(record, pane)
        kind, pk = shown.kind, record.pk
        others: dict[Do, Callable[[], object]] = {
            Do.COPY_RECORD: partial(self.printing.copy_as_markdown, kind, pk),
            Do.KEEP_LEARNING: partial(pane.keep_learning, pk),
        }
        act = others.get(action) or partial(self.records.shown_handlers[action], shown)
        act()

    def _tell_compared(self) -> None:
        """Say which record waits to be compared, while one does, and how to name the other."""
        for told in self._window.findChildren(Toast):
            if told.text.endswith(_WAITS):
                told.dismiss()
        if title := self.comparing.title:
            active = QApplication.activeWindow()
            toast = active.toast if isinstance(active, DetailWindow) else self._window.toast
            toast.show_message(
                f"“{title}”{_WAITS}",
                ("Never mind", self.comparing.forget),
            )

    def finish_editing(self) -> None:
        """Save what is being edited, here and in windows of its own."""
        for pane in (self.detail, *self._window.findChildren(DetailPane)):
            pane.finish_editing()

    def _own_handlers(self) -> Mapping[Do, Callable[[], object]]:
        lists = {**self.records.list_handlers, **self.inbox.handlers}
        acts: dict[Do, Callable[[], object]] = {
            **{action: partial(self._on_list, handle) for action, handle in lists.items()},
            **{
                action: partial(self._on_chosen, handle)
                for action, handle in self.records.handlers.items()
            },
        }
        for action, act in (
            (Do.PRINT, self.printing.print),
            (Do.SAVE_PDF, self.printing.save_as_pdf),
            (Do.COPY_RECORD, self.printing.copy_as_markdown),
        ):
            acts[action] = partial(self._on_record, act)
        return acts | {
            Do.IMPORT: self._open_import,
            Do.PASTE: self._paste,
            Do.WATCH: self._open_folders,
            Do.ACTIVITY: self.activity.panel.toggle,
            Do.EXPORT: lambda: self.exporting.open_dialog(self._pages.list),
            Do.NEW: self._new,
            **{action: partial(self._new_record, kind) for kind, action in NEW_OF.items()},
            Do.KEEP_LEARNING: partial(self._on_chosen, self._keep_learning),
            Do.GO_TO: lambda: RecordSearch(
                self._workspace, self._window, self.record_wanted.emit
            ),
        }

    def _on_list(self, handle: Callable[[ListPage], object]) -> None:
        if self._pages.list is not None:
            handle(self._pages.list)

    def _on_chosen(self, handle: Callable[[RecordsPage], object]) -> None:
        if self._pages.records is not None:
            handle(self._pages.records)

    def _on_twin(
        self, act: Callable[[ListPage, LearningRecord], None], twin: LearningRecord
    ) -> None:
        if self._pages.list is not None:
            act(self._pages.list, twin)

    def _on_record(self, act: Callable[[Kind, int], object]) -> None:
        """Do something with the current hit, elsewhere with the record in the details."""
        page = self._pages.page
        if isinstance(page, SearchPage):
            for pk in page.choice:
                act(page.kind, pk)
        elif self.detail.key is not None:
            act(*self.detail.key)

    def _new(self) -> None:
        page = self._pages.records
        self._new_record(page.kind if page is not None and page.kind in NEW_OF else Kind.TASK)

    def _new_record(self, kind: Kind) -> None:
        page = self._pages.records
        near = None if page is None else page.chosen_record
        dialog = NewDialog(self._workspace, kind, near, parent=self._window)
        dialog.created.connect(self._show_created)
        dialog.open()

    def _keep_learning(self, page: RecordsPage) -> None:
        if page.chosen_record is not None:
            self.detail.keep_learning(page.chosen_record.pk)

    def _show_created(self, kind: Kind, pk: int) -> None:
        """Select a new record in the list once that is read again, or show its details."""
        page = self._pages.list
        if page is not None and page.kind is kind:
            page.seek(pk)
        else:
            self.record_wanted.emit(kind, pk)

    def _tell_hidden(self, kind: Kind, pk: int) -> None:
        show = partial(self._pages.seek_record, kind, pk)
        self._window.toast.show_message("Created; hidden by the filter", ("Show", show))
