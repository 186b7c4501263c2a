"""What an open workspace needs only once its first page is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal

from db.records import Kind
from desktop_app.actions.ids import ActionId as Do
from desktop_app.detail.pane import DetailPane
from desktop_app.dialogs.new_record import NewBatchDialog, NewTaskDialog
from desktop_app.exporting import Exporting
from desktop_app.import_sources import ask_for_files, paste
from desktop_app.importing import Importing
from desktop_app.lists.page import ListPage
from desktop_app.main_window import MainWindow
from desktop_app.pages import Pages
from desktop_app.record_commands import RecordCommands
from desktop_app.record_search import RecordSearch
from desktop_app.workspace import Workspace


class DeskTools(QObject):
    """The details, import and export, and the actions on records.

    `record_wanted` carries the kind and pk of a record to show.
    """

    record_wanted = Signal(object, int)

    def __init__(
        self, window: MainWindow, workspace: Workspace, pages: Pages, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._workspace = workspace
        self._pages = pages
        self.detail = DetailPane(workspace, window.registry)
        self.importing = Importing(workspace, window.import_panel, self)
        self.exporting = Exporting(workspace, window, self)
        self.records = RecordCommands(workspace, pages, self.detail, window)
        self.handlers = self._own_handlers()
        self.detail.record_chosen.connect(self.record_wanted)
        self.records.said.connect(window.toast.show_message)
        pages.record_hidden.connect(self._tell_hidden)
        self.records.export_wanted.connect(lambda order: self.exporting.export_before(*order))

    def finish_editing(self) -> None:
        """Save what is being edited, here and in windows of its own."""
        for pane in (self.detail, *self._window.findChildren(DetailPane)):
            pane.finish_editing()

    def _own_handlers(self) -> Mapping[Do, Callable[[], object]]:
        acts: dict[Do, Callable[[], object]] = {
            action: partial(self._on_list, handle)
            for action, handle in self.records.handlers.items()
        }
        return acts | {
            Do.IMPORT: partial(ask_for_files, self._window, self.importing.import_paths),
            Do.PASTE: partial(paste, self.importing, self._window.toast.show_message),
            Do.EXPORT: lambda: self.exporting.open_dialog(self._pages.list),
            Do.NEW: self._new,
            Do.NEW_BATCH: self._new_batch,
            Do.NEW_TASK: self._new_task,
            Do.GO_TO: lambda: RecordSearch(
                self._workspace, self._window, self.record_wanted.emit
            ),
        }

    def _on_list(self, handle: Callable[[ListPage], object]) -> None:
        if self._pages.list is not None:
            handle(self._pages.list)

    def _new(self) -> None:
        page = self._pages.list
        if page is not None and page.kind is Kind.BATCH:
            self._new_batch()
        else:
            self._new_task()

    def _new_batch(self) -> None:
        dialog = NewBatchDialog(self._workspace, self._window)
        dialog.created.connect(self._show_created)
        dialog.open()

    def _new_task(self) -> None:
        page = self._pages.list
        in_batches = page is not None and page.kind is Kind.BATCH
        dialog = NewTaskDialog(
            self._workspace, page.chosen_record if in_batches else None, self._window
        )
        dialog.created.connect(self._show_created)
        dialog.open()

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
