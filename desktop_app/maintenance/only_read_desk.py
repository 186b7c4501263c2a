"""A workspace that cannot be written now: what it is good for, and a way to try again."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from db.errors import SheafError
from desktop_app.desk import Desk
from desktop_app.main_window import MainWindow


class OnlyReadDesk(QObject):
    """Says in the ribbon why nothing can be changed.

    `again_wanted` asks for it to be opened for writing.
    """

    again_wanted = Signal()

    def __init__(self, desk: Desk, window: MainWindow, refusal: SheafError) -> None:
        super().__init__(desk)
        self._window = window
        self._refusal = refusal
        window.ribbon.closed.connect(self._say)
        self._say()

    def _say(self) -> None:
        self._window.ribbon.show_message(
            "warning",
            f"{self._refusal.what} Nothing can be changed, but everything can be read,"
            f" searched and exported to another place. {self._refusal.advice}",
            [("Try again to open for writing", self.again_wanted.emit, False)],
            closable=False,
        )
