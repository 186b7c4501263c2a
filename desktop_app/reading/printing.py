"""One record printed, saved as PDF, or copied as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QMarginsF, QObject, Qt
from PySide6.QtGui import QGuiApplication, QPagedPaintDevice, QPageLayout, QPageSize, QPdfWriter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QWidget

from db.cancel import CancelToken
from db.errors import SheafError, UnwritableFileError
from db.ports import Storage
from db.records import AnyRecord, Kind
from desktop_app.detail.files import write_whole
from desktop_app.look.text import count
from desktop_app.main_window import MainWindow
from desktop_app.reading.page_printer import PagePrinter
from desktop_app.reading.record_text import record_markdown
from desktop_app.widgets.file_dialog import FileDialog
from desktop_app.workspace import Workspace

_MARGIN_MM: Final = 18
_NAME_CHARS: Final = 80
_UNFIT: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
"""What a name of a file must not have, on one system or another."""
_COPIED: Final = 10_000_000
"""Characters; a longer text belongs in a file, not on the clipboard."""


class Printing(QObject):
    """Reads a record on a thread, then paints it page by page; one at a time."""

    def __init__(self, workspace: Workspace, window: MainWindow, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._window = window
        self._printer: PagePrinter | None = None

    def print(self, kind: Kind, pk: int, over: QWidget | None = None) -> None:
        """Ask for a printer, over the window or another one, then print."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        _set_margins(printer)
        dialog = QPrintDialog(printer, over or self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(
            lambda: self._read(
                kind, pk, lambda source: self._paint(printer, source, self._tell_printed)
            )
        )
        dialog.show()

    def save_as_pdf(self, kind: Kind, pk: int) -> None:
        """Ask for a file, called as the record is, then write it."""

        def ask(records: Sequence[AnyRecord]) -> None:
            for record in records:
                self._ask_for_file(kind, pk, f"{file_name(record.title) or kind.word}.pdf")

        self._workspace.background.read(
            lambda storage, token: storage.fetch(kind, [pk], token), ask, self._fail
        )

    def _ask_for_file(self, kind: Kind, pk: int, name: str) -> None:
        dialog = FileDialog(self._window, "Save as PDF", name, "PDF (*.pdf)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(
            lambda chosen: self._read(kind, pk, partial(self.write_pdf, Path(chosen)))
        )
        dialog.open()

    def copy_as_markdown(self, kind: Kind, pk: int) -> None:
        """Put the record's title, facts and text on the clipboard."""
        self._read(kind, pk, self._copy)

    def write_pdf(self, path: Path, source: str) -> None:
        """Paint Markdown and write it to a PDF file, whole, or leave what was there."""
        buffer = QBuffer(self)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(buffer)
        writer.setCreator("Sheaf")
        _set_margins(writer)

        def end(done: bool) -> None:
            content = buffer.data().data()
            buffer.deleteLater()
            if done:
                self._workspace.background.read(
                    lambda _storage, _token: write_whole(path, [content]),
                    lambda _nothing: self._window.toast.show_message(f"Saved {path.name}"),
                    self._fail,
                )

        self._paint(writer, source, end)

    def _tell_printed(self, done: bool) -> None:
        self._window.toast.show_message("Printed" if done else "Printing was cancelled")

    def _copy(self, source: str) -> None:
        QGuiApplication.clipboard().setText(source[:_COPIED])
        is_cut = len(source) > _COPIED
        self._window.toast.show_message(
            f"Copied the first {count(_COPIED)} characters" if is_cut else "Copied as Markdown"
        )

    def _read(self, kind: Kind, pk: int, on_read: Callable[[str], object]) -> None:
        def work(storage: Storage, token: CancelToken) -> str:
            return record_markdown(storage, kind, pk, token)

        self._workspace.background.read(work, on_read, self._fail)

    def _paint(
        self, device: QPagedPaintDevice, source: str, on_end: Callable[[bool], object]
    ) -> None:
        """Paint all pages; `on_end` hears whether they are complete."""
        if self._printer is not None:
            self._window.toast.show_message("Something is still being printed.")
            return
        printer = PagePrinter(device, source, self)

        def end(done: bool) -> None:
            self._printer = None
            printer.deleteLater()
            self._window.ribbon.hide()
            self._window.status.clearMessage()
            on_end(done)

        printer.finished.connect(end)
        printer.progressed.connect(self._show_page)
        if not printer.start():
            self._fail(UnwritableFileError("The printer takes nothing."))
            return
        self._printer = printer
        self._window.ribbon.show_message(
            "info", "Printing…", [("Cancel", printer.cancel, False)], closable=False
        )

    def _show_page(self, page: int) -> None:
        self._window.status.showMessage(f"Printing: page {count(page)}")

    def _fail(self, error: SheafError) -> None:
        self._window.ribbon.show_message("error", str(error))


def file_name(title: str) -> str:
    """Return a title as a file can be called, without an ending."""
    return " ".join(_UNFIT.sub(" ", title).split())[:_NAME_CHARS].strip(" .")


def _set_margins(device: QPagedPaintDevice) -> None:
    device.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    device.setPageMargins(margins, QPageLayout.Unit.Millimeter)
