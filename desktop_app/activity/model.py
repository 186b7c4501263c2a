"""The jobs there are, read again for as long as one is under way."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from db.errors import SheafError
from db.job_run import run_named
from db.jobs import RETRYABLE, JobFilter, JobLine, JobRecord, JobState, OwnKind
from db.ports import Storage
from desktop_app.activity.pace import Pace
from desktop_app.activity.words import percent, waits_for_decision, why_not_stopped
from desktop_app.background import Request
from desktop_app.workspace import Workspace

LOOK_MS: Final = 500
OWN_SHOWN: Final = 40
OTHERS_SHOWN: Final = 20
_OTHERS: Final = frozenset({JobState.RUNNING, JobState.FAILED})
_DONE: Final = frozenset({JobState.DONE, JobState.DONE_WITH_ERRORS})
_NEEDED: Final = {OwnKind.IMPORT.value: "paths", OwnKind.EXPORT.value: "path"}
"""What must be known of work to do it again."""


class JobAction(Enum):
    """What a person can do about a job; the value is what its button says."""

    CANCEL = "Cancel"
    SHOW = "Show"
    OPEN = "Open"
    RETRY = "Retry"
    AGAIN = "Begin again"
    LEAVE = "Leave it"


class Activity(QObject):
    """Follows the jobs of a workspace; those of scripts only while they run or have failed.

    What a dead process did is shown once it was put in order, as what became of it.
    `changed` says that something about them is another, `over` carries a job that was under
    way before and is no more. `show_wanted`, `open_wanted` and `again_wanted` carry the job
    which is to be shown itself, whose result is, or which is to be done once more.
    """

    changed = Signal()
    over = Signal(object)
    show_wanted = Signal(object)
    open_wanted = Signal(object)
    again_wanted = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._request: Request | None = None
        self._is_stale = False
        self._paces: dict[str, Pace] = {}
        self.jobs: tuple[JobRecord, ...] = ()
        self.queued = 0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        workspace.job_began.connect(self._timer.start)
        workspace.noticed.connect(self.look)
        self._timer.start()
        self.look()

    @property
    def running(self) -> tuple[JobRecord, ...]:
        """The jobs that are under way."""
        return tuple(job for job in self.jobs if job.state is JobState.RUNNING)

    @property
    def interrupted(self) -> tuple[JobRecord, ...]:
        """Sheaf's own work that was cut short, and of which nobody has decided yet."""
        return tuple(job for job in self.jobs if job.state is JobState.INTERRUPTED)

    @property
    def share(self) -> int | None:
        """How many hundredths are done of all that runs; None where nobody knows."""
        shares = [percent(job) for job in self.running if not waits_for_decision(job)]
        known = [share for share in shares if share is not None]
        return sum(known) // len(known) if known and len(known) == len(shares) else None

    def pace(self, job: JobRecord) -> Pace:
        """Return how fast a job goes."""
        return self._paces.get(job.id, Pace())

    def look(self) -> None:
        """Read the jobs again, once more if that is under way."""
        self._is_stale = self._request is not None
        if self._request is None:
            self._request = self._workspace.background.read(
                lambda storage, _token: _read(storage), self._take, self._miss
            )

    def actions(self, job: JobRecord) -> tuple[JobAction, ...]:
        """Return what a person can do about a job now."""
        if self._workspace.only_read and job.state not in _DONE:
            return ()
        if job.state is JobState.RUNNING:
            if job.cancel_asked or why_not_stopped(job):
                return ()
            is_shown = job.kind == OwnKind.IMPORT and run_named(job.id) is not None
            return (JobAction.SHOW, JobAction.CANCEL) if is_shown else (JobAction.CANCEL,)
        if job.state is JobState.INTERRUPTED:
            again = (JobAction.AGAIN,) if _can_be_begun(job) else ()
            return (*again, JobAction.LEAVE)
        if job.state in _DONE and _has_result(job):
            return (JobAction.OPEN,)
        return (JobAction.RETRY,) if job.state in RETRYABLE and _can_be_begun(job) else ()

    def act(self, action: JobAction, job: JobRecord) -> None:
        """Do what a person wants about a job."""
        {
            JobAction.CANCEL: self.cancel,
            JobAction.SHOW: self.show_wanted.emit,
            JobAction.OPEN: self.open_wanted.emit,
            JobAction.RETRY: self.begin_again,
            JobAction.AGAIN: self.begin_again,
            JobAction.LEAVE: self.leave,
        }[action](job)

    def cancel(self, job: JobRecord) -> None:
        """Ask whoever does a job to stop."""
        run = run_named(job.id)
        if run is not None:
            run.cancel()
        self._write(lambda storage: storage.jobs.cancel(JobFilter(ids=(job.id,))))

    def begin_again(self, job: JobRecord) -> None:
        """Do a job once more: that of a script is queued, Sheaf's own begins anew."""
        one = JobFilter(ids=(job.id,))
        if job.is_own:
            self._write(lambda storage: storage.jobs.delete(one))
            self.again_wanted.emit(job)
        else:
            self._write(lambda storage: storage.jobs.retry(one))

    def leave(self, job: JobRecord) -> None:
        """Leave interrupted work as it is."""
        self._write(
            lambda storage: storage.jobs.settle(
                job.id, JobState.CANCELED, "It was left as it is."
            )
        )

    def clear(self) -> None:
        """Take out of the list what is over and needs nobody's decision."""
        over = frozenset(state for state in JobState if state.is_over)
        wanted = JobFilter(states=over - {JobState.INTERRUPTED}, own=True)
        self._write(lambda storage: storage.jobs.delete(wanted))

    def read_log(self, id_: str, on_lines: Callable[[tuple[JobLine, ...]], None]) -> None:
        """Hand over the log of a job."""
        self._workspace.background.read(
            lambda storage, _token: storage.jobs.get(id_).lines,
            on_lines,
            lambda _error: on_lines(()),
        )

    def stop(self) -> None:
        """Look no more, as the workspace is being closed."""
        self._timer.stop()

    def _write(self, work: Callable[[Storage], object]) -> None:
        self._workspace.put(work, lambda _done: self.look())

    def _miss(self, _error: SheafError) -> None:
        self._request = None

    def _take(self, found: tuple[tuple[JobRecord, ...], int]) -> None:
        self._request = None
        before = {job.id for job in self.running}
        is_news = found != (self.jobs, self.queued)
        self.jobs, self.queued = found
        self._keep_pace()
        if self.running:
            self._timer.start()
        elif not self._workspace.is_at_work:
            self._timer.stop()
        for job in self.jobs:
            if job.id in before and job.state.is_over:
                self.over.emit(job)
        if is_news or self.running:
            self.changed.emit()
        if self._is_stale:
            self.look()

    def _keep_pace(self) -> None:
        now = time.monotonic()
        self._paces = {job.id: self.pace(job) for job in self.running}
        for job in self.running:
            if job.done is not None:
                self._paces[job.id].see(now, job.done)


def _read(storage: Storage) -> tuple[tuple[JobRecord, ...], int]:
    own = storage.jobs.find(JobFilter(own=True), OWN_SHOWN)
    others = storage.jobs.find(JobFilter(own=False, states=_OTHERS), OTHERS_SHOWN)
    queued = storage.jobs.counts(JobFilter(own=False, states=frozenset({JobState.QUEUED})))
    told = (job for job in (*own, *others) if not job.is_cut_short)
    return tuple(sorted(told, key=_order)), sum(queued.values())


def _order(job: JobRecord) -> tuple[int, int, int]:
    """Return what jobs are ordered by: what runs, what waits for a decision, the last ended."""
    first = (JobState.RUNNING, JobState.INTERRUPTED)
    place = first.index(job.state) if job.state in first else len(first)
    moment = job.started_at if job.state is JobState.RUNNING else -(job.finished_at or 0)
    return place, moment or 0, job.pk


def _has_result(job: JobRecord) -> bool:
    outcome = job.outcome
    return isinstance(outcome, dict) and bool({"operation", "path"} & outcome.keys())


def _can_be_begun(job: JobRecord) -> bool:
    if not job.is_own:
        return True
    needed = _NEEDED.get(job.kind)
    if needed is None:
        return job.kind == OwnKind.CHECK
    given = job.given
    return isinstance(given, dict) and bool(given.get(needed))
