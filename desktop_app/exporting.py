"""An export from the dialog to the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from db.cancel import CancelToken
from db.errors import SheafError
from db.exchange.exporting import Exported, ExportProgress, export
from db.ports import Choice, Storage
from db.records import Kind
from desktop_app.background import Report, Request
from desktop_app.export_dialog import ExportDialog, ExportOrder, Scope, query_and_pks
from desktop_app.lists.page import ListPage
from desktop_app.look import text
from desktop_app.main_window import MainWindow
from desktop_app.workspace import Workspace


class Exporting(QObject):
    """Asks what to export, writes it in a job, and says when it is written."""

    def __init__(self, workspace: Workspace, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._window = window
        self._request: Request | None = None

    def open_dialog(self, page: ListPage | None) -> None:
        """Ask, offering what is chosen in a list and what it shows."""
        scopes = [] if page is None else _scopes_of(page)
        self._ask([*scopes, _EVERYTHING], lambda: None)

    def export_before(self, kind: Kind, choice: Choice, afterwards: Callable[[], None]) -> None:
        """Export some records, and go on only if that worked."""
        some = Scope("What is to be deleted", kind, choice)
        self._ask([some], afterwards)

    def _ask(self, scopes: list[Scope], afterwards: Callable[[], None]) -> None:
        dialog = ExportDialog(scopes, Path.home(), self._window)
        dialog.ordered.connect(lambda order: self.write(order, afterwards))
        dialog.open()

    def write(self, order: ExportOrder, afterwards: Callable[[], None] = lambda: None) -> None:
        """Write the file in the background."""
        query, pks = query_and_pks(order.scope.choice)
        kind, name, path = order.scope.kind, order.format_name, order.path

        def work(storage: Storage, token: CancelToken, report: Report) -> Exported:
            return export(
                storage,
                name,
                path,
                query=query,
                pks=pks,
                kind=kind,
                token=token,
                on_progress=report,
            )

        def done(exported: Exported) -> None:
            self._end()
            what = text.counted(exported.written, "record", "records")
            if exported.left_out:
                lost = text.counted(len(exported.left_out), "original", "originals")
                self._window.ribbon.show_message(
                    "warning", f"Left out, as missing or damaged: {lost}."
                )
            self._window.toast.show_message(
                f"Exported {what} to {path.name}",
                ("Copy path", lambda: QGuiApplication.clipboard().setText(str(path))),
            )
            afterwards()

        self._window.ribbon.show_message(
            "info",
            f"Exporting to {path.name}…",
            [("Cancel", self._cancel, False)],
            closable=False,
        )
        self._request = self._workspace.job(work, done, self._fail, self._show_progress)

    def _show_progress(self, progress: ExportProgress) -> None:
        done, total = text.count(progress.done), text.count(progress.total)
        self._window.status.showMessage(f"Exporting: {done} of {total} records")

    def _end(self) -> None:
        self._request = None
        self._window.status.clearMessage()
        self._window.ribbon.hide()

    def _cancel(self) -> None:
        if self._request is not None:
            self._workspace.withdraw(self._request)
        self._end()

    def _fail(self, error: SheafError) -> None:
        self._end()
        self._window.ribbon.show_message("error", str(error))


_EVERYTHING: Final = Scope("Everything in this workspace")


def _scopes_of(page: ListPage) -> list[Scope]:
    scopes = []
    total = page.presenter.total
    if page.chosen_count:
        chosen = page.kind.counted(page.chosen_count)
        scopes.append(Scope(f"Selected: {chosen}", page.kind, page.choice))
    listed = f"“{page.view.title}”" if total is None else page.kind.counted(total)
    scopes.append(Scope(f"What this list shows: {listed}", page.kind, page.query))
    return scopes
