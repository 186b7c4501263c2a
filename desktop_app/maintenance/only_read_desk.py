"""A workspace that cannot be written now: what it is good for, and a way to try again."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from db.errors import SheafError, StorageDamagedError
from desktop_app.desk import Desk
from desktop_app.main_window import MainWindow


class OnlyReadDesk(QObject):
    """Says in the ribbon why nothing can be changed.

    `again_wanted` asks for it to be opened for writing; of a damaged one, `backups_wanted`
    asks for a backup in its place, and `salvage_wanted` for a new file of what can be read.
    """

    again_wanted = Signal()
    backups_wanted = Signal()
    salvage_wanted = Signal()

    def __init__(self, desk: Desk, window: MainWindow, refusal: SheafError) -> None:
        super().__init__(desk)
        self._window = window
        self._refusal = refusal
        window.ribbon.closed.connect(self._say)
        desk.workspace.failed.connect(self._on_failed)
        self._say()

    def _on_failed(self, error: SheafError) -> None:
        was_known = isinstance(self._refusal, StorageDamagedError)
        if isinstance(error, StorageDamagedError) and not was_known:
            self._refusal = error
            self._say()

    def _say(self) -> None:
        if isinstance(self._refusal, StorageDamagedError):
            self._window.ribbon.show_message(
                "error",
                f"{self._refusal.what} It is open only for reading, so that nothing more is"
                " damaged: put a backup in its place, or save what can be read into a new"
                " file.",
                [
                    ("Restore a backup…", self.backups_wanted.emit, True),
                    ("Salvage…", self.salvage_wanted.emit, False),
                ],
                closable=False,
            )
            return
        self._window.ribbon.show_message(
            "warning",
            f"{self._refusal.what} Nothing can be changed, but everything can be read,"
            f" searched and exported to another place. {self._refusal.advice}",
            [("Try again to open for writing", self.again_wanted.emit, False)],
            closable=False,
        )
