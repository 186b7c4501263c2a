"""An export from the wizard to the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec import convert
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from db.errors import SheafError
from db.exchange.exporting import Exported, ExportOptions, ExportProgress
from db.query import QUERIES
from db.records import Kind
from db.repositories import Choice
from desktop_app.export_order import ExportOrder, Scope
from desktop_app.export_wizard.wizard import ExportWizard
from desktop_app.export_wizard.words import left_out_lines, progress_words, written_words
from desktop_app.lists.page import ListPage
from desktop_app.look import text
from desktop_app.main_window import MainWindow
from desktop_app.workspace import Workspace
from desktop_app.writing import Writing


class Exporting(QObject):
    """Asks what to export, has it written, and says when it is, if the wizard does not."""

    def __init__(self, workspace: Workspace, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._window = window
        self._wizard: ExportWizard | None = None

    def open_dialog(self, page: ListPage | None) -> None:
        """Ask, offering what is chosen in a list and what it shows, unless that is asked."""
        if self._wizard is not None:
            self._come_back(self._wizard)
            return
        self._ask([*([] if page is None else _scopes_of(page)), _EVERYTHING])

    def export_before(self, kind: Kind, choice: Choice, afterwards: Callable[[], None]) -> None:
        """Export some records, and go on only if all of them were written.

        As they are to be deleted, all that goes with them is written, and the secrets in them
        are kept unless somebody redacts them.
        """
        if self._wizard is not None:
            self._come_back(self._wizard)
            self._window.toast.show_message("Nothing was deleted: finish this export first.")
            return
        some = Scope("What is to be deleted", kind, choice)
        self._ask([some], afterwards, last_copy=True)

    def _ask(
        self,
        scopes: list[Scope],
        afterwards: Callable[[], None] = lambda: None,
        *,
        last_copy: bool = False,
    ) -> None:
        wizard = ExportWizard(
            scopes, Path.home(), self._workspace, self._window, last_copy=last_copy
        )
        self._wizard = wizard
        self.destroyed.connect(wizard.deleteLater)
        wizard.ordered.connect(partial(self._write_in, wizard, afterwards))
        wizard.left.connect(self._tell)
        wizard.finished.connect(self._forget_wizard)
        self._come_back(wizard)

    def _come_back(self, wizard: ExportWizard) -> None:
        wizard.show()
        wizard.raise_()
        wizard.activateWindow()

    def _forget_wizard(self) -> None:
        self._wizard = None

    def _write_in(
        self, wizard: ExportWizard, afterwards: Callable[[], None], order: ExportOrder
    ) -> None:
        """Write what a wizard asks for, and let it show that until it is left."""
        writing = self._writing(order, afterwards)
        wizard.follow(writing)
        writing.begin()

    def write(self, order: ExportOrder, afterwards: Callable[[], None] = lambda: None) -> None:
        """Write the file in the background."""
        writing = self._writing(order, afterwards)
        self._tell(writing)
        writing.begin()

    def _writing(self, order: ExportOrder, afterwards: Callable[[], None]) -> Writing:
        writing = Writing(self._workspace, order, self)
        writing.done.connect(lambda exported: afterwards() if exported.is_whole else None)
        return writing

    def _tell(self, writing: Writing) -> None:
        """Say in the window how the writing goes."""
        self._window.ribbon.show_message(
            "info",
            f"Exporting to {writing.order.path.name}…",
            [("Cancel", writing.cancel, False)],
            closable=False,
        )
        writing.progressed.connect(self._show_progress)
        writing.done.connect(partial(self._on_done, writing.order))
        writing.failed.connect(self._on_failed)
        writing.cancelled.connect(self._end)

    def _show_progress(self, progress: ExportProgress) -> None:
        self._window.status.showMessage(f"Exporting: {progress_words(progress)}")

    def _on_done(self, order: ExportOrder, exported: Exported) -> None:
        self._end()
        what, path = written_words(order, exported), str(order.path)
        lost = [*left_out_lines(order, exported)]
        if exported.verified not in {None, exported.written}:
            lost.insert(
                0, f"Read back as they were meant: {text.count(exported.verified)} of {what}."
            )
        if lost:
            self._window.ribbon.show_message("warning", "\n".join(lost))
        self._window.toast.show_message(
            f"Exported {what} to {order.path.name}",
            ("Copy path", lambda: QGuiApplication.clipboard().setText(path)),
        )

    def _on_failed(self, error: SheafError) -> None:
        self._end()
        self._window.ribbon.show_message("error", str(error))

    def _end(self) -> None:
        self._window.status.clearMessage()
        self._window.ribbon.hide()


def order_of(payload: Mapping[str, Any]) -> ExportOrder:
    """Return the order that a job kept, to carry it out once more."""
    kind = Kind.named(payload["kind"])
    choice: Choice | None = payload["pks"]
    if payload["query"] is not None:
        choice = convert(payload["query"], QUERIES[kind])
    options = convert(payload.get("options", {}), ExportOptions)
    return ExportOrder(
        Scope("", kind, choice), payload["format"], Path(payload["path"]), options
    )


_EVERYTHING: Final = Scope("Everything in this workspace")


def _scopes_of(page: ListPage) -> list[Scope]:
    scopes = []
    if page.chosen_count:
        scopes.append(Scope("Selected", page.kind, page.choice, page.chosen_count))
    shown = f"All that “{page.view.title}” shows"
    scopes.append(Scope(shown, page.kind, page.query, page.presenter.total))
    return scopes
