"""The jobs of an open workspace in the window: the panel, its button, and what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from db.exchange.choices import choices_in
from db.jobs import JobRecord, OwnKind
from db.times import MICROSECONDS, now_us
from desktop_app.actions.ids import ActionId as Do
from desktop_app.activity.model import Activity, JobAction
from desktop_app.activity.panel import ActivityPanel
from desktop_app.activity.words import running_words, why_not_stopped
from desktop_app.exporting import Exporting, order_of
from desktop_app.importing import Importing
from desktop_app.look import text
from desktop_app.main_window import MainWindow
from desktop_app.pages import Pages
from desktop_app.workspace import Workspace

LONG_US: Final = 10 * MICROSECONDS
"""Work that took longer asks for attention when it is over, if the window has none."""
SLOW_US: Final = 2 * MICROSECONDS
_AGAIN: Final = {
    OwnKind.IMPORT.value: ("Import again", "Nothing of it was kept."),
    OwnKind.EXPORT.value: ("Export again", "What was there before is kept."),
}
"""What the window offers at once where one job was cut short, and what is left of it."""


class ActivityDesk(QObject):
    """Shows the jobs, and shows or begins again what a person chooses there."""

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        pages: Pages,
        importing: Importing,
        exporting: Exporting,
        show_import: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._pages = pages
        self._importing = importing
        self._exporting = exporting
        self._workspace = workspace
        self._told: set[str] = set()
        self.activity = Activity(workspace, self)
        self.panel = ActivityPanel(window)
        self.panel.follow(self.activity)
        self.destroyed.connect(self.panel.deleteLater)
        self.panel.closed.connect(window.enter_page)
        self.activity.changed.connect(self._on_changed)
        self.activity.over.connect(self._on_over)
        self.activity.open_wanted.connect(self._open)
        self.activity.show_wanted.connect(lambda _job: show_import())
        self.activity.again_wanted.connect(self._begin_again)
        window.status.activity_wanted.connect(window.registry[Do.ACTIVITY].trigger)
        window.status.show_activity("Activity")

    def close(self) -> None:
        """Look no more, and take the panel away."""
        self._window.status.activity_wanted.disconnect(
            self._window.registry[Do.ACTIVITY].trigger
        )
        self.activity.stop()
        self.panel.follow(None)

    def _on_changed(self) -> None:
        activity = self.activity
        if activity.running:
            said = running_words(len(activity.running), activity.share)
        elif activity.interrupted:
            said = f"{text.count(len(activity.interrupted))} interrupted"
        else:
            said = "Activity"
        self._window.status.show_activity(said)
        self._open_for_slow_work()
        self._tell_interrupted()

    def _open_for_slow_work(self) -> None:
        """Show, once, what takes its time and shows nowhere else."""
        since = now_us() - SLOW_US
        slow = {
            job.id
            for job in self.activity.running
            if why_not_stopped(job) and (job.started_at or 0) < since
        }
        if slow - self._told:
            self.panel.open_itself()
        self._told |= slow

    def _tell_interrupted(self) -> None:
        """Offer to begin again what was cut short, once, where that can be done."""
        if self._workspace.only_read:
            return
        new = [job for job in self.activity.interrupted if job.id not in self._told]
        self._told |= {job.id for job in new}
        if not new:
            return
        what = f"“{new[0].title}” was" if len(new) == 1 else f"{len(new):,} jobs were"
        kept = "The activity list tells more."
        buttons = [("Show", self.panel.toggle, False)]
        job = new[0]
        may_begin = JobAction.AGAIN in self.activity.actions(job)
        if len(new) == 1 and may_begin and job.kind in _AGAIN:
            again, kept = _AGAIN[job.kind]
            buttons = [
                (again, lambda: self._decide(self.activity.begin_again, job), True),
                ("Leave it", lambda: self._decide(self.activity.leave, job), False),
            ]
        self._window.ribbon.show_message(
            "warning", f"{what} cut short, as Sheaf ended meanwhile. {kept}", buttons
        )
        if not self._window.ribbon.isVisible():
            self.panel.open_itself()

    def _decide(self, act: Callable[[JobRecord], None], job: JobRecord) -> None:
        self._window.ribbon.hide()
        act(job)

    def _on_over(self, job: JobRecord) -> None:
        took = (job.finished_at or 0) - (job.started_at or 0)
        if took > LONG_US and not self._window.isActiveWindow():
            QApplication.alert(self._window)

    def _open(self, job: JobRecord) -> None:
        outcome = job.outcome
        if "path" in outcome:
            path = Path(outcome["path"])
            folder = path if path.is_dir() else path.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
        else:
            self.panel.leave()
            page = "imports" if job.kind == OwnKind.IMPORT else "history"
            self._pages.show_operation(page, outcome["operation"])

    def _begin_again(self, job: JobRecord) -> None:
        given = job.given
        if job.kind == OwnKind.IMPORT:
            self._importing.import_paths(map(Path, given["paths"]), choices_in(given))
        elif job.kind == OwnKind.EXPORT:
            self._exporting.write(order_of(given))
        else:
            self._window.registry[Do.CHECK].trigger()
