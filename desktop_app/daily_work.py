"""Work that is done once a day in the background while the window is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from db.cancel import CancelToken
from db.errors import SheafError
from db.jobs import JobOrder
from db.ports import Storage
from desktop_app.background import Report
from desktop_app.workspace import Workspace

LOOK_MS: Final = 3_600_000
Work: TypeAlias = Callable[[Storage, CancelToken, Report], tuple[Any, object]]
"""Does it, as a job: returns its result, and what the job is to keep of that."""


class DailyWork(QObject):
    """Looks once an hour whether it is time, and says what keeps it from being done.

    After a failure it looks no more until the workspace is opened again: what is wrong is
    said once, and stays shown. `done` carries the result.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        parent: QObject,
        order: JobOrder,
        is_due: Callable[[Storage], bool],
        work: Work,
        unit: str = "records",
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._order = order
        self._is_due = is_due
        self._work = work
        self._unit = unit
        self._looks = QTimer(self, interval=LOOK_MS)
        self._looks.timeout.connect(self.look)

    def begin(self) -> None:
        """Look now, and from now on."""
        self._looks.start()
        self.look()

    def look(self) -> None:
        """Do what is due, if anything is."""
        is_due = self._is_due
        self._workspace.background.read(
            lambda storage, _token: is_due(storage), self._on_looked, self._fail
        )

    def stop(self) -> None:
        """Look no more."""
        self._looks.stop()

    def _on_looked(self, is_due: bool) -> None:
        if is_due:
            self._workspace.recorded_job(
                self._order, self._unit, self._work, self.done.emit, self._fail
            )

    def _fail(self, error: SheafError) -> None:
        self.stop()
        self.failed.emit(error)
