"""The backup of the day, made in the background while the window is used."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer

from db.cancel import CancelToken
from db.errors import StorageDamagedError
from db.jobs import JobOrder, OwnKind
from db.maintenance.backups import Backups
from db.maintenance.verifying import is_under_way
from db.ports import Storage
from desktop_app.background import Report
from desktop_app.daily_work import DailyWork
from desktop_app.look.text import counted
from desktop_app.workspace import Workspace

SOON_MS: Final = 30_000
_ORDER: Final = JobOrder(kind=OwnKind.BACKUP, title="Back up, daily", max_attempts=1)


class DailyBackup(DailyWork):
    """Makes and looks after the backups; see `DailyWork`."""

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(workspace, parent, _ORDER, _is_due, _look_after, "bytes")
        self._soon = QTimer(self, interval=SOON_MS, singleShot=True)
        self._soon.timeout.connect(self.look)

    def look_soon(self) -> None:
        """Look once a backup that was just made should be verified."""
        if self._looks.isActive():
            self._soon.start()

    def stop(self) -> None:
        """Look no more."""
        super().stop()
        self._soon.stop()


def _is_due(storage: Storage) -> bool:
    if storage.backups_folder() is None:
        return False
    backups = Backups(storage)
    is_left = bool(backups.pending()) and not is_under_way()
    is_due = backups.is_daily_due() or backups.is_proof_due() or backups.is_rotation_due()
    return is_left or is_due


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
    return None, {"said": f"{counted(len(backups.all()), 'backup is', 'backups are')} kept"}
