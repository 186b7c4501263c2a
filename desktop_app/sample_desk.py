"""The sample: filled in the background, and kept only if someone asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from db.cancel import CancelToken
from db.errors import SheafError
from db.exchange.exporting import export
from db.exchange.importing import stage_import
from db.ports import Storage
from db.storage import open_storage
from desktop_app.background import Report
from desktop_app.desk import Desk
from desktop_app.main_window import MainWindow
from desktop_app.sample.filling import fill_sample
from desktop_app.widgets.file_dialog import FileDialog


class SampleDesk(QObject):
    """Fills the sample, and copies it into a file of its own on request."""

    def __init__(self, desk: Desk, window: MainWindow, open_uri: Callable[[str], None]) -> None:
        super().__init__(desk)
        self._desk = desk
        self._window = window
        self._open_uri = open_uri
        window.show_panel("clock", "Making the sample…", "")
        desk.workspace.job(
            lambda storage, _token, _report: fill_sample(storage), self._on_filled, self._fail
        )

    def _on_filled(self, _nothing: object) -> None:
        self._desk.refresh()
        page = self._desk.pages.list
        if page is None:
            self._show_lists()
        else:
            once = Qt.ConnectionType.SingleShotConnection
            page.presenter.busy_changed.connect(lambda _busy: self._show_lists(), once)
        self._window.ribbon.show_message(
            "info",
            "Sample: nothing is kept.",
            [("Keep as workspace…", self._choose_file, False)],
            closable=False,
        )

    def _show_lists(self) -> None:
        """Show the lists now that they hold something; before, they would say otherwise."""
        self._window.show_lists()
        self._desk.show_state()
        if self._window.focusWidget() is None:
            self._window.enter_page()

    def _choose_file(self) -> None:
        dialog = FileDialog(
            self._window, "Keep as workspace", str(Path.home() / "sample.sheaf")
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("sheaf")
        dialog.fileSelected.connect(self.keep)
        dialog.open()

    def keep(self, target: str) -> None:
        """Copy everything into a new workspace file, and open that."""

        def work(storage: Storage, token: CancelToken, _report: Report) -> None:
            copy_storage(storage, target, token)

        self._desk.workspace.job(work, lambda _nothing: self._open_uri(target), self._fail)

    def _fail(self, error: SheafError) -> None:
        self._show_lists()
        self._window.ribbon.show_message("error", str(error))


def copy_storage(storage: Storage, target: str, token: CancelToken) -> None:
    """Write everything of a storage into another one, through the dump of all of it."""
    with TemporaryDirectory() as folder:
        dump = Path(folder) / "sample.sheaf.jsonl"
        export(storage, "sheaf-jsonl", dump, token=token)
        kept = open_storage(target)
        try:
            stage_import(kept, [dump], token=token).commit()
        finally:
            kept.close()
