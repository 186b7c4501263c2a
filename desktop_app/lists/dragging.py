"""Rows that are dragged out of a list become a file where they are dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData, QObject, Qt, QTemporaryDir, QUrl, Signal
from PySide6.QtGui import QDrag, QGuiApplication

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.records import Kind
from db.repositories import Choice
from desktop_app.background import Background
from desktop_app.latest import Latest
from desktop_app.lists.table import RecordTable
from desktop_app.look import text

_FORMAT: Final = "sheaf-jsonl"
_TOO_SOON: Final = "Nothing was dropped: the rows were still being written. Hold them longer."


class RowDrag(QObject):
    """Writes the chosen rows to a file for as long as the mouse holds them, then drags it.

    What looks like a secret is not in it. The files are gone when the list is. `dragged`
    carries the path of one that is dragged from now on; `told` says what was left out of
    it, or why nothing is dragged.
    """

    dragged = Signal(object)
    told = Signal(str)

    def __init__(
        self,
        table: RecordTable,
        background: Background[Storage],
        kind: Kind,
        choice: Callable[[], Choice],
    ) -> None:
        super().__init__(table)
        self._table = table
        self._kind = kind
        self._choice = choice
        self._writing = Latest(background, self)
        self._folder = QTemporaryDir()
        self._number = 0
        self._is_writing = False
        table.drag_wanted.connect(self._write)
        table.drag_ended.connect(self._end)

    def _write(self) -> None:
        """Write a file of its own for each drag: who took the last one may still read it."""
        self._number += 1
        folder = Path(self._folder.filePath(str(self._number)))
        path = folder / f"{self._kind.plural.replace(' ', '-')}.sheaf.jsonl"
        choice, kind = self._choice(), self._kind

        def work(storage: Storage, token: CancelToken) -> tuple[Path, int]:
            # Rows are seldom dragged, and the window starts without what writes them.
            from db.exchange.exporting import ExportOptions, export  # noqa: PLC0415
            from desktop_app.export_order import query_and_pks  # noqa: PLC0415

            query, pks = query_and_pks(choice)
            folder.mkdir()
            exported = export(
                storage,
                _FORMAT,
                path,
                query=query,
                pks=pks,
                kind=kind,
                options=ExportOptions(redact=True, manifest=False),
                token=token,
            )
            return path, exported.secrets or 0

        self._is_writing = True
        self._writing.ask(work, self._drag, self._leave)

    def _drag(self, written: tuple[Path, int]) -> None:
        path, secrets = written
        if not QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self._end()
            return
        self._is_writing = False
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        drag = QDrag(self._table)
        drag.setMimeData(data)
        self.dragged.emit(path)
        if secrets:
            number = text.counted(secrets, "secret is", "secrets are")
            self.told.emit(f"{number} blacked out in what you drag")
        drag.exec(Qt.DropAction.CopyAction)

    def _end(self) -> None:
        self._writing.cancel()
        if self._is_writing:
            self._is_writing = False
            self.told.emit(_TOO_SOON)

    def _leave(self, error: SheafError) -> None:
        self._is_writing = False
        self.told.emit(f"Nothing was dropped. {error.what}")
