"""Sheaf's own long work, recorded as a job of the queue while this process does it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from db.cancel import CancelToken
from db.errors import SheafError, StorageUnavailableError, WorkCancelledError
from db.incoming import Progress, Staging, ignore_end
from db.jobs import JobFilter, JobOrder, LeaseLostError, OwnKind
from db.maintenance.backups import Backups, ignore_progress
from db.maintenance.manifest import Backup, BackupKind
from db.maintenance.verifying import VerifyingBeside
from db.ports import CopyProgress, Storage
from db.processes import owner_name
from db.query import Query
from db.records import (
    AnyRecord,
    BatchRecord,
    ConversationRecord,
    Kind,
    OnTurn,
    Outcome,
    TurnProgress,
)
from db.repositories import Choice, Jobs
from db.times import now_us

log = logging.getLogger("db.job_run")

LEASE_S: Final = 600.0
"""Longer than one transaction may take, during which nothing else can be written."""
BEAT_S: Final = 0.5
LOOK_S: Final = 2.0
"""The time between two looks at whether another process asked to stop."""
MANY: Final = 1_000
"""From so many records on, what is done with them is recorded."""


class Measured(Protocol):
    """How far something is."""

    @property
    def done(self) -> int:
        """How much is done."""
        ...

    @property
    def total(self) -> int:
        """How much there is; 0 where nobody knows."""
        ...


def ignore_cancel() -> None:
    """Do nothing: what cannot be stopped half-way ends by itself."""


class JobRun:
    """One job while this process does it: tells how far it is, and obeys a cancelling.

    What it is told is written down on a thread of its own, twice a second at most. Where
    the storage cannot be written, the work goes on and is in no list. Safe on any thread.
    """

    def __init__(self, jobs: Jobs, order: JobOrder, on_cancel: Callable[[], None]) -> None:
        self.jobs = jobs
        self.order = order
        self.id = ""
        self.result: Any = None
        self._token = ""
        self._on_cancel = on_cancel
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._news: dict[str, Any] = {}
        self._total: int | None = None
        self._lines: list[str] = []
        self._heart: threading.Thread | None = None
        try:
            begun = jobs.begin(order, owner_name(), LEASE_S)
        except StorageUnavailableError as error:
            log.info("not recorded as a job: %s", error)
            return
        self.id, self._token = begun.id, begun.token or ""
        _under_way[self.id] = self
        self._heart = threading.Thread(target=self._beat, name="sheaf-job-beat", daemon=True)
        self._heart.start()

    @property
    def is_over(self) -> bool:
        """Whether it was said how it ended."""
        return self._over.is_set()

    def progress(self, how_far: Measured, unit: str) -> None:
        """Say how far it is, in bytes, records or whatever the unit is."""
        with self._lock:
            self._total = how_far.total or None
            self._news |= {"done": how_far.done, "total": self._total, "unit": unit}

    def note(self, result: Any) -> None:
        """Say what there is of it by now, for who finds it interrupted."""
        with self._lock:
            self.result = self._news["result"] = result

    def say(self, line: str) -> None:
        """Add a line to its log."""
        with self._lock:
            self._lines.append(line)

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._on_cancel()

    def complete(self, result: Any = None) -> None:
        """Say that it is done."""
        with self._lock:
            if self._total is not None:
                self._news["done"] = self._total
        self._end(lambda lines: self.jobs.complete(self._token, result, lines=lines))

    def fail(self, error: str) -> None:
        """Say that it failed."""
        self._end(
            lambda lines: self.jobs.fail(self._token, error, may_retry=False, lines=lines)
        )

    def stop(self, *lines: str) -> None:
        """Say that it was stopped."""
        self._end(lambda told: self.jobs.stop(self._token, [*told, *lines]))

    def _end(self, settle: Callable[[list[str]], object]) -> None:
        """End it once; whatever is said afterwards is not heard."""
        with self._lock:
            if self._over.is_set():
                return
            self._over.set()
        if self._heart is None:
            return
        if self._heart is not threading.current_thread():
            self._heart.join()
        _under_way.pop(self.id, None)
        try:
            how_far = {key: value for key, value in self._news.items() if key != "result"}
            if how_far:
                self.jobs.heartbeat(self._token, LEASE_S, **how_far)
            settle(self._lines)
        except (StorageUnavailableError, LeaseLostError) as error:
            log.info("the end of a job is not recorded: %s", error)

    def _beat(self) -> None:
        written_at = looked_at = time.monotonic()
        while not self._over.wait(BEAT_S):
            now = time.monotonic()
            try:
                if self._has_news() or now - written_at > LEASE_S / 4:
                    written_at = looked_at = now
                    goes_on = self._tell()
                elif now - looked_at > LOOK_S:
                    looked_at = now
                    goes_on = not self.jobs.get(self.id).job.cancel_asked
                else:
                    continue
            except StorageUnavailableError as error:
                log.info("a job tells nothing for the moment: %s", error)
                continue
            except SheafError as error:
                log.warning("a job tells nothing any more: %s", error)
                return
            if not goes_on:
                self.cancel()
                return

    def _has_news(self) -> bool:
        with self._lock:
            return bool(self._news or self._lines)

    def _tell(self) -> bool:
        with self._lock:
            news, self._news = self._news, {}
            lines, self._lines = self._lines, []
        return self.jobs.heartbeat(self._token, LEASE_S, lines=lines, **news)


_under_way: dict[str, JobRun] = {}


def runs_of(jobs: Jobs) -> list[JobRun]:
    """Return what this process does for one storage."""
    return [run for run in list(_under_way.values()) if run.jobs is jobs]


def run_named(id_: str) -> JobRun | None:
    """Return what this process does under the id of a job, if it does."""
    return _under_way.get(id_)


@contextmanager
def recorded(
    jobs: Jobs, order: JobOrder, on_cancel: Callable[[], None] = ignore_cancel
) -> Iterator[JobRun]:
    """Record what is done inside as a job, which is over when that is.

    It is done, with what it noted last as the result, unless something is raised.
    """
    run = JobRun(jobs, order, on_cancel)
    with _failing(run):
        yield run
    run.complete(run.result)


@contextmanager
def _failing(run: JobRun) -> Iterator[None]:
    try:
        yield
    except WorkCancelledError:
        run.stop()
        raise
    except SheafError as error:
        run.fail(str(error))
        raise
    except BaseException as error:
        run.fail(f"{type(error).__name__}: {error}")
        raise


def back_up_first(
    run: JobRun,
    storage: Storage,
    kind: BackupKind,
    what: str,
    token: CancelToken | None = None,
    on_progress: Callable[[CopyProgress], None] = ignore_progress,
    *,
    unasked: bool = False,
) -> Backup | None:
    """Make the backup before something, as the first step of its job, if there is to be one.

    Whether there is says `Backups.is_needed`. One that is only copied is verified beside
    what follows. Returns it, or the latest backup where there was to be none, or None where
    the settings are against it.

    Raises:
        BackupError: it cannot be made.
        WorkCancelledError: `token` was cancelled.
    """

    def tell(progress: CopyProgress) -> None:
        run.progress(progress, "bytes")
        on_progress(progress)

    if storage.backups_folder() is None:
        return None
    backups = Backups(storage)
    made = backups.before(kind, what, token or CancelToken(), tell, unasked=unasked)
    if made is None:
        known = [] if kind in backups.settings.without else backups.all()
        if known:
            run.say(f"The latest backup is recent enough: {known[-1].name}")
        return known[-1] if known else None
    if made.manifest.is_pending:
        VerifyingBeside(backups.folder, made).start()
    run.say(f"Backed up before: {made.name}")
    return made


class ImportRun:
    """An import as a job, from its first reading until it is committed or given up.

    `on_cancel` is called on another thread when someone asks the job to stop; `asks` is
    whether somebody decides about what was read, and `unasked` whether nobody asked for it
    just now.
    """

    def __init__(
        self,
        title: str,
        payload: Any,
        on_cancel: Callable[[], None],
        *,
        asks: bool = True,
        unasked: bool = False,
    ) -> None:
        self._title = title
        self.payload = payload
        self._on_cancel = on_cancel
        self._asks = asks
        self._unasked = unasked
        self.backup: Backup | None = None
        """The latest backup before it; None where there is to be none."""
        self._run: JobRun | None = None
        self._asked_at: int | None = None
        self._waited = 0

    def stage(
        self,
        storage: Storage,
        stage: Callable[[Callable[[Progress], None]], Staging],
        former: Sequence[Staging] = (),
        token: CancelToken | None = None,
        on_backup: Callable[[CopyProgress], None] = ignore_progress,
    ) -> Staging:
        """Read what is to be imported, instead of the `former` readings, which are discarded.

        `stage` is called with what is to be told how far it is. With another payload than
        before it is another job, which takes the place of the one before. What there is is
        backed up first, where `Backups.is_needed`; `on_backup` hears how far that is.
        """
        order = JobOrder(
            kind=OwnKind.IMPORT, title=self._title, payload=self.payload, max_attempts=1
        )
        if self._run is not None and self._run.order != order:
            self._run.stop()
            storage.jobs.delete(JobFilter(ids=(self._run.id,)))
        if self._run is None or self._run.is_over:
            self._run = JobRun(storage.jobs, order, self._on_cancel)
        run = self._run
        self._end_wait()
        with _failing(run):
            for each in former:
                each.on_end = ignore_end
                each.discard()
            made = back_up_first(
                run,
                storage,
                BackupKind.IMPORT,
                self._title,
                token or CancelToken(),
                on_backup,
                unasked=self._unasked,
            )
            self.backup = made or self.backup
            staging = stage(lambda progress: run.progress(progress, "bytes"))
        run.note({"operation": staging.operation_pk, "waits": self._asks})
        self._asked_at = now_us() if self._asks else None
        run.say("Read. Nothing is imported until somebody decides." if self._asks else "Read.")

        def end(outcome: Outcome | None) -> None:
            self._end_wait()
            if outcome is None:
                run.note({**run.result, "waited": self._waited})
                run.stop("Nothing was imported.")
                return
            report, operation = staging.report, outcome.operation
            kept = {} if operation is None else {"operation": operation.pk}
            kept["waited"] = self._waited
            new, changed = sum(report.new.values()), sum(report.changed.values())
            run.complete({**kept, "said": f"{new:,} new, {changed:,} changed"})

        staging.on_end = end
        return staging

    def progress(self, how_far: Measured, unit: str) -> None:
        """Say how far the importing is, in records or whatever the unit is."""
        if self._run is not None:
            self._run.progress(how_far, unit)

    def decided(self) -> None:
        """Say that it is being imported now."""
        self._end_wait()
        if self._run is not None:
            self._run.note({**self._run.result, "waits": False})

    def _end_wait(self) -> None:
        if self._asked_at is not None:
            self._waited += now_us() - self._asked_at
            self._asked_at = None


def recorded_act(
    storage: Storage,
    title: str,
    kind: Kind,
    choice: Choice,
    act: Callable[[], Outcome],
    own_kind: OwnKind = OwnKind.CHANGE,
) -> Outcome:
    """Do something with records as a job, if they are so many that it takes a while."""
    is_purge = own_kind is OwnKind.PURGE
    needs_backup = is_purge and is_backup_needed(storage, BackupKind.PURGE)
    if not (_is_much(storage, kind, choice) or needs_backup):
        return act()
    order = JobOrder(kind=own_kind, title=title, max_attempts=1)
    with recorded(storage.jobs, order) as run:
        if is_purge:
            back_up_first(run, storage, BackupKind.PURGE, title)
        outcome = act()
        done = outcome.operation
        run.note(None if done is None else {"operation": done.pk})
        return outcome


def is_backup_needed(storage: Storage, kind: BackupKind, *, unasked: bool = False) -> bool:
    """Whether there is to be a backup before something; see `Backups.is_needed`."""
    has_folder = storage.backups_folder() is not None
    return has_folder and Backups(storage).is_needed(kind, unasked=unasked)


def _is_much(storage: Storage, kind: Kind, choice: Choice) -> bool:
    """Whether records are many, those counted in that go along with them."""
    pks = storage.ids(choice, MANY) if isinstance(choice, Query) else choice
    if len(pks) >= MANY or kind not in {Kind.BATCH, Kind.CONVERSATION}:
        return len(pks) >= MANY
    return sum(_inside(each) for each in storage.fetch(kind, [*pks])) >= MANY


def _inside(record: AnyRecord) -> int:
    if isinstance(record, BatchRecord):
        return record.total
    return record.messages if isinstance(record, ConversationRecord) else 0


def recorded_turn(
    storage: Storage, turn: Callable[[OnTurn], Outcome], on_progress: OnTurn
) -> Outcome:
    """Undo or redo as a job, if it is one that takes long: only then it tells how far it is."""
    run: JobRun | None = None

    def tell(progress: TurnProgress) -> None:
        nonlocal run
        if run is None:
            kind = OwnKind.REDO if progress.forward else OwnKind.UNDO
            word = "Redo" if progress.forward else "Undo"
            order = JobOrder(
                kind=kind,
                title=f"{word}: {progress.title}",
                payload={"operation": progress.operation_pk},
                max_attempts=1,
            )
            run = JobRun(storage.jobs, order, ignore_cancel)
        run.progress(progress, "parts")
        on_progress(progress)

    try:
        outcome = turn(tell)
    except BaseException as error:
        if run is not None:
            run.fail(str(error))
        raise
    if run is not None:
        operation = outcome.operation
        run.complete(None if operation is None else {"operation": operation.pk})
    return outcome
