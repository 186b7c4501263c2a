"""The backup of the day, made in the background while the window is used."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from db.cancel import CancelToken
from db.errors import SheafError, StorageDamagedError
from db.jobs import JobOrder, OwnKind
from db.maintenance.backups import Backups
from db.maintenance.verifying import is_under_way
from db.ports import Storage
from desktop_app.background import Report
from desktop_app.workspace import Workspace

LOOK_MS: Final = 3_600_000
SOON_MS: Final = 30_000
_ORDER: Final = JobOrder(kind=OwnKind.BACKUP, title="Back up, daily", max_attempts=1)


class DailyBackup(QObject):
    """Looks once an hour whether it is time, and says what keeps it from being made.

    After a failure it looks no more until the workspace is opened again: what is wrong is
    said once, and stays shown.
    """

    failed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._looks = QTimer(self, interval=LOOK_MS)
        self._looks.timeout.connect(self.look)
        self._soon = QTimer(self, interval=SOON_MS, singleShot=True)
        self._soon.timeout.connect(self.look)

    def begin(self) -> None:
        """Look now, and from now on."""
        self._looks.start()
        self.look()

    def look(self) -> None:
        """Make what is due, if anything is."""
        self._workspace.background.read(
            lambda storage, _token: _is_due(storage), self._on_looked, self._fail
        )

    def look_soon(self) -> None:
        """Look once a backup that was just made should be verified."""
        if self._looks.isActive():
            self._soon.start()

    def stop(self) -> None:
        """Look no more."""
        self._looks.stop()
        self._soon.stop()

    def _on_looked(self, is_due: bool) -> None:
        if is_due:
            self._workspace.recorded_job(
                _ORDER, "bytes", _look_after, lambda _nothing: None, self._fail
            )

    def _fail(self, error: SheafError) -> None:
        self.stop()
        self.failed.emit(error)


def _is_due(storage: Storage) -> bool:
    if storage.backups_folder() is None:
        return False
    backups = Backups(storage)
    is_left = bool(backups.pending()) and not is_under_way()
    return is_left or backups.is_daily_due() or backups.is_proof_due()


def _look_after(storage: Storage, token: CancelToken, report: Report) -> tuple[None, object]:
    backups = Backups(storage)
    bad = backups.look_after(token, report)
    if bad is not None:
        has_another = backups.all()[-1].manifest.is_verified
        raise StorageDamagedError(
            f"The backup {bad.name} cannot be restored: {bad.manifest.trouble}",
            safe="The workspace and the other backups are untouched.",
            advice="Check the disk. Another backup was made just now."
            if has_another
            else "Make another one now, and check the disk.",
        )
    return None, {"said": f"{len(backups.all()):,} backups are kept"}
