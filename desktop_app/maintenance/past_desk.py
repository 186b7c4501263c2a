"""A backup that is shown in the window: only to be read, with a way back and to take along."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from db.cancel import CancelToken
from db.jobs import JobOrder, OwnKind
from db.maintenance.manifest import Backup
from db.maintenance.taking_back import take_back
from db.ports import Storage
from db.query import Query
from db.records import Kind, Outcome
from desktop_app.background import Report
from desktop_app.desk import Desk
from desktop_app.main_window import MainWindow
from desktop_app.maintenance.backup_words import when_words


class PastDesk(QObject):
    """Says in the ribbon what is shown, and takes chosen records back into the workspace.

    `left` asks for the workspace, and carries what is to be done there, or None.
    """

    left = Signal(object)

    def __init__(self, desk: Desk, window: MainWindow, backup: Backup) -> None:
        super().__init__(desk)
        self._desk = desk
        self._window = window
        self._backup = backup
        self._offered: str | None = None
        desk.pages.changed.connect(self._offer)
        window.ribbon.closed.connect(self._say)
        desk.workspace.failed.connect(lambda _error: self._forget_offer())
        self._offer()

    def take_back_chosen(self) -> None:
        """Go back to the workspace, and make the chosen records there what they are here."""
        page = self._desk.pages.records
        if page is None or not page.chosen_count:
            return
        kind, choice = page.kind, page.choice
        workspace = self._desk.workspace

        def ids(storage: Storage, token: CancelToken) -> list[str]:
            pks = storage.ids(choice, token=token) if isinstance(choice, Query) else choice
            return [record.id for record in storage.fetch(kind, list(pks), token)]

        workspace.background.read(
            ids,
            lambda found: self.left.emit(partial(_take_back, self._backup, kind, found)),
            workspace.failed.emit,
        )

    def _offer(self) -> None:
        """Offer to take back what is chosen, if anything is."""
        page = self._desk.pages.records
        number = 0 if page is None else page.chosen_count
        words = "" if page is None or not number else f"Take back {page.kind.counted(number)}"
        if words != self._offered:
            self._offered = words
            self._say()

    def _say(self) -> None:
        take = [(self._offered, self.take_back_chosen, True)] if self._offered else []
        self._window.ribbon.show_message(
            "info",
            f"This is the backup of {when_words(self._backup)}. Nothing can be changed in it.",
            [*take, ("Back to the workspace", lambda: self.left.emit(None), not take)],
            closable=False,
        )

    def _forget_offer(self) -> None:
        """Say it all again once something else that was said is closed."""
        self._offered = None


def _take_back(backup: Backup, kind: Kind, ids: Sequence[str], desk: Desk) -> None:
    """Take records back into the workspace of a desk, as a job."""
    what = kind.counted(len(ids))
    order = JobOrder(
        kind=OwnKind.IMPORT, title=f"Take back {what} from {backup.name}", max_attempts=1
    )

    def work(storage: Storage, token: CancelToken, _report: Report) -> tuple[Outcome, object]:
        outcome = take_back(storage, backup, kind, ids, token)
        operation = outcome.operation
        return outcome, None if operation is None else {"operation": operation.pk}

    desk.workspace.recorded_job(
        order, "", work, desk.workspace.take, desk.workspace.failed.emit
    )
