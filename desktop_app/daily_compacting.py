"""Compacting by itself while the window is used: where it is due, worth it, and has room."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject

from db.cancel import CancelToken
from db.errors import StorageBusyError, StorageRejectedError
from db.jobs import JobOrder, OwnKind
from db.maintenance import vacuuming
from db.ports import Storage
from desktop_app.background import Report
from desktop_app.daily_work import DailyWork
from desktop_app.workspace import Workspace

_ORDER: Final = JobOrder(kind=OwnKind.COMPACT, title="Compact, by itself", max_attempts=1)


class DailyCompacting(DailyWork):
    """Compacts the workspace when that is due; see `DailyWork`."""

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(workspace, parent, _ORDER, vacuuming.is_due, _compact, "bytes")


def _compact(storage: Storage, token: CancelToken, report: Report) -> tuple[None, object]:
    try:
        done = vacuuming.compact(storage, token, report)
    except (StorageBusyError, StorageRejectedError) as error:
        # Others are at work; it is looked again in an hour.
        return None, {"said": f"Put off. {error.what}".rstrip(".")}
    return None, {"said": f"Freed {done.freed / 1e6:,.1f} MB"}
