"""An import, from the files a person gives to the operation that can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from db.cancel import CancelToken
from db.errors import (
    MalformedFileError,
    RefusedRecordsError,
    SheafError,
    StorageUnavailableError,
    WorkCancelledError,
)
from db.exchange.choices import ImportChoices, job_payload
from db.exchange.document import problem_of
from db.exchange.importing import AS_USUAL
from db.exchange.mapping import Rows, remember
from db.incoming import Committing, ImportReport, Problem, Progress, Staging
from db.job_run import ImportRun
from db.maintenance.manifest import Backup
from db.ports import Storage
from db.records import Outcome
from desktop_app.background import Report, Request
from desktop_app.import_sources import ImportSource, keep_recent
from desktop_app.workspace import Workspace

BACKUP: Final = "the backup before it"
"""What stands for the name of a file while what is here is backed up first."""

LARGE: Final = 1_000
"""From so many records on an import that was read is not given up without a question."""


class Phase(Enum):
    """How far an import is."""

    NONE = auto()
    """There is none."""

    READING = auto()
    READ = auto()
    """It can be imported as its report says, read again or given up.

    An error says why it could not be imported just now."""

    REFUSED = auto()
    """It cannot be used as it is; nothing of it is kept."""

    APPLYING = auto()
    DONE = auto()


class Importing(QObject):
    """Reads what it is given behind the curtain, and imports or discards it when told to.

    What is given while an import is being read, decided or carried out waits for its turn;
    a result with which nothing is left to do gives way to it. `changed` says that a
    phase begins, `queued` that more waits, `progressed` carries how far the reading is, and
    `given_up` says that nothing was imported, as a person wanted it.
    """

    began = Signal()
    ended = Signal()
    given_up = Signal()
    changed = Signal()
    queued = Signal()
    progressed = Signal(object)
    _cancel_asked = Signal()

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._waiting: list[tuple[ImportSource, ImportChoices]] = []
        self._request: Request | None = None
        self._staged: list[Staging] = []
        self._cancel_asked.connect(self.give_up)
        self._shapes: Mapping[str, Rows] = {}
        self.phase = Phase.NONE
        self.source = ImportSource()
        self.choices = AS_USUAL
        self._run = self._new_run(self.source)
        self.error: SheafError | None = None
        self.outcome = Outcome(operation=None)
        self.report = ImportReport()
        self.grown = 0
        """About how many bytes more the workspace takes with it."""
        self.problems: Sequence[Problem] = ()
        """The first parts of the files that cannot be used."""

    @property
    def is_under_way(self) -> bool:
        """Whether an import is being read, looked at or carried out."""
        return self.phase is not Phase.NONE and not self.gives_way

    @property
    def gives_way(self) -> bool:
        """Whether nothing is left to do with what was read, or it was done."""
        is_idle = self.phase is Phase.READ and not self.has_effect
        return is_idle or self.phase in {Phase.REFUSED, Phase.DONE}

    @property
    def has_effect(self) -> bool:
        """Whether what was read makes or changes anything here, or sets something aside."""
        return bool(self.report.effective or self.report.set_aside or self.undecided)

    @property
    def is_large(self) -> bool:
        """Whether it takes a while to read it once more."""
        return self.report.effective >= LARGE

    @property
    def undecided(self) -> int:
        """For how many records somebody has to choose which side wins."""
        return sum(self.report.undecided.values())

    @property
    def backup(self) -> Backup | None:
        """The latest backup before it; None where there is to be none."""
        return self._run.backup

    @property
    def waiting(self) -> int:
        """How many imports wait until this one is decided."""
        return len(self._waiting)

    def import_paths(self, paths: Iterable[Path], choices: ImportChoices = AS_USUAL) -> None:
        """Import files and folders, as one import."""
        self.take(ImportSource(tuple(paths)), choices)

    def import_text(self, pasted: str) -> None:
        """Import a text."""
        self.take(ImportSource(text=pasted))

    def take(self, source: ImportSource, choices: ImportChoices = AS_USUAL) -> None:
        """Read what is given, in its turn; where nothing may be changed, only say so."""
        if self._workspace.refuses():
            return
        self._waiting.append((source, choices))
        if self.gives_way:
            self._leave()
        elif self.phase is Phase.NONE:
            self._start_next()
        else:
            self.queued.emit()

    def read_again(self, choices: ImportChoices, shapes: Mapping[str, Rows]) -> None:
        """Read the same once more, in another way.

        `shapes` are objects of unknown shape, by its digest; the mapping chosen for them is
        kept for others like them once they are imported.
        """
        self.choices, self._shapes = choices, shapes
        self._read()

    def commit(self) -> None:
        """Import what was read."""
        if self._workspace.refuses():
            return
        left, self._staged = self._staged, []
        self._enter(Phase.APPLYING)
        self._run.decided()

        def done(outcome: Outcome) -> None:
            self._request = None
            self.outcome = outcome
            self._enter(Phase.DONE)
            self._workspace.take(outcome)
            if self._waiting:
                self._leave()

        def fail(error: SheafError) -> None:
            self._request, self._staged = None, left
            if isinstance(error, StorageUnavailableError):
                self._enter(Phase.READ, error)
            else:
                self._refuse(error)

        def stopped() -> None:
            self._request, self._staged = None, left
            self._leave()
            self.given_up.emit()

        self._request = self._workspace.job(
            self._committing(left), done, fail, self.progressed.emit, stopped
        )

    def _committing(
        self, left: list[Staging]
    ) -> Callable[[Storage, CancelToken, Report], Outcome]:
        """Return what commits an import; one that is stopped is discarded, and not `left`."""
        source, mappings, shapes, run = (
            self.source,
            self.choices.mappings,
            self._shapes,
            self._run,
        )

        def work(storage: Storage, token: CancelToken, report: Report) -> Outcome:
            def tell(progress: Committing) -> None:
                run.progress(progress, "records")
                report(progress)

            try:
                outcome = left[0].commit(token, tell)
            except WorkCancelledError:
                left.pop().discard()
                raise
            for shape in mappings.keys() & shapes.keys():
                remember(storage, shapes[shape], mappings[shape])
            keep_recent(storage, source)
            return outcome

        return work

    def give_up(self) -> None:
        """Stop reading or importing, or discard what was read: nothing of it stays."""
        if self.phase is Phase.APPLYING:
            self._stop_applying()
            return
        is_lost = self.is_under_way
        self._leave()
        if is_lost:
            self.given_up.emit()

    def cancel(self) -> None:
        """Give up what is under way, and what waits."""
        self._waiting.clear()
        if self.phase is Phase.APPLYING:
            self._stop_applying()
        else:
            self._leave()

    def _stop_applying(self) -> None:
        """Ask for it to be rolled back; what is imported by then stays, and is told as done."""
        if self._request is not None:
            self._request.token.cancel()

    def _start_next(self) -> None:
        (self.source, self.choices), self._shapes = self._waiting.pop(0), {}
        self._run = self._new_run(self.source)
        self.began.emit()
        self._read()

    def _new_run(self, source: ImportSource) -> ImportRun:
        payload = job_payload(source.paths, self.choices)
        # Asked for on another thread; the signal brings it to this one.
        return ImportRun(f"Import {source.title}", payload, self._cancel_asked.emit)

    def _read(self) -> None:
        former = self._staged
        # Filled on the job's thread, so that a cancelled job's import can be discarded there.
        staged: list[Staging] = []
        self._staged = staged
        source, choices, run = self.source, self.choices, self._run
        run.payload = job_payload(source.paths, choices)

        def work(storage: Storage, token: CancelToken, report: Report) -> tuple[Staging, int]:
            grown = 0

            def read(tell: Report) -> Staging:
                def show(progress: Progress) -> None:
                    tell(progress)
                    report(progress)

                nonlocal grown
                before = _used(storage)
                staging = source.stage(storage, choices, token, show)
                grown = _used(storage) - before
                return staging

            staged.append(
                run.stage(
                    storage,
                    read,
                    former,
                    token,
                    lambda told: report(Progress(told.done, told.total, 0, BACKUP)),
                )
            )
            return staged[0], grown

        self._enter(Phase.READING)
        self._request = self._workspace.job(
            work, self._on_read, self._refuse, self.progressed.emit
        )

    def _on_read(self, found: tuple[Staging, int]) -> None:
        self._request = None
        staging, self.grown = found
        self.report, self.problems = staging.report, staging.problems
        self._enter(Phase.READ)

    def _refuse(self, error: SheafError) -> None:
        self._request = None
        self.problems = _problems(error)
        self._discard()
        self._enter(Phase.REFUSED, error)

    def _enter(self, phase: Phase, error: SheafError | None = None) -> None:
        self.phase, self.error = phase, error
        if phase in {Phase.NONE, Phase.READING}:
            self.report, self.problems = ImportReport(), ()
        self.changed.emit()

    def _leave(self) -> None:
        """Let go of what was read, and turn to what waits."""
        if self._request is not None:
            staged = self._staged
            self._workspace.withdraw(self._request, lambda: _discard_all(staged))
            self._request, self._staged = None, []
        else:
            self._discard()
        if self._waiting:
            self._start_next()
        else:
            self._enter(Phase.NONE)
            self.ended.emit()

    def _discard(self) -> None:
        staged, self._staged = self._staged, []
        if staged:
            self._workspace.job(
                lambda *_context: _discard_all(staged),
                lambda _nothing: None,
                self._workspace.failed.emit,
            )


def _used(storage: Storage) -> int:
    info = storage.info()
    return info.size - info.free


def _discard_all(staged: Sequence[Staging]) -> None:
    for staging in staged:
        staging.discard()


def _problems(error: SheafError) -> Sequence[Problem]:
    """Return the places of files that an error names."""
    if isinstance(error, RefusedRecordsError):
        return error.problems
    return [problem_of(error)] if isinstance(error, MalformedFileError) else []
