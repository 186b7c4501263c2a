"""One open storage, and everything the window does to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from db.cancel import CancelToken
from db.errors import SheafError, StorageUnavailableError, VersionConflictError
from db.job_run import recorded, recorded_act, recorded_turn, runs_of
from db.jobs import JobOrder, OwnKind
from db.ports import Storage
from db.query import Query
from db.records import Kind, OperationRecord, Outcome, Place, TurnProgress
from db.repositories import Choice, EditValue
from desktop_app.actions.spec import ONLY_READ
from desktop_app.background import Background, OnFailed, Report, Request

POLL_MS: Final = 1_000

T = TypeVar("T")
OnDone: TypeAlias = Callable[[Outcome], None]


class Workspace(QObject):
    """Does each operation on the writer thread and tells everyone what it changed.

    `changed` carries the `Outcome` of an own operation, `failed` the error of one that did
    not happen; while that is told, `retry` asks for it again, where this may help. `noticed`
    says that another process changed the data, `damaged` what the file was found to be
    damaged by, while it is open to be written. `undo_changed` follows what Undo and Redo
    would do, `under_way_changed` which operations are `under_way`, and `job_began` comes
    whenever there may be another job of the queue. An undo or redo of very
    much tells its `TurnProgress` by `turning`, and None once it is over; meanwhile another
    is `refused`, in words.
    """

    changed = Signal(object)
    damaged = Signal(object)
    noticed = Signal()
    failed = Signal(object)
    undo_changed = Signal()
    under_way_changed = Signal()
    job_began = Signal()
    turning = Signal(object)
    refused = Signal(str)

    def __init__(
        self,
        storage: Storage,
        parent: QObject | None = None,
        *,
        is_past: bool = False,
        only_read: str = "",
    ) -> None:
        """`only_read` says why it is only to be read; `is_past` that it is a backup."""
        super().__init__(parent)
        self.storage = storage
        self.is_past = is_past
        self.only_read = only_read or (ONLY_READ if is_past else "")
        self.background: Background[Storage] = Background(storage, self)
        self.next_undo: OperationRecord | None = None
        self.next_redo: OperationRecord | None = None
        self.retry: Callable[[], None] | None = None
        self.turn: TurnProgress | None = None
        self.under_way: tuple[str, ...] = ()
        """What is being written and what waits for that, in the order of being asked for."""
        self.unwritten: tuple[str, ...] = ()
        """What was not written, as the file was found to be damaged."""
        self._own_work = 0
        self._seen_version: int | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)
        self._poll.start()
        self._ask_version()
        self._ask_undo()

    @property
    def is_at_work(self) -> bool:
        """Whether something was asked for that may write, and is not over yet."""
        return self._own_work > 0

    @property
    def is_damaged(self) -> bool:
        """Whether what is open to be written was found to be damaged."""
        return self.storage.damage is not None and not self.only_read

    def refuses(self) -> bool:
        """Whether nothing may be changed; if so, it is said why."""
        if self.only_read:
            self.refused.emit(self.only_read)
        return bool(self.only_read)

    # Operations

    def archive(self, kind: Kind, choice: Choice) -> None:
        """Archive records; a batch takes its tasks along."""
        self._move("Archive", kind, choice, Place.ARCHIVED)

    def unarchive(self, kind: Kind, choice: Choice) -> None:
        """Put archived records back."""
        self._move("Unarchive", kind, choice, Place.LIVE)

    def trash(self, kind: Kind, choice: Choice) -> None:
        """Move records to the trash; a batch takes its tasks along."""
        self._move("Trash", kind, choice, Place.TRASHED)

    def restore(self, kind: Kind, choice: Choice) -> None:
        """Take records out of the trash."""
        self._move("Restore", kind, choice, Place.LIVE)

    def purge(self, kind: Kind, choice: Choice, reason: str = "") -> None:
        """Delete records for good. Cannot be undone."""
        what = f"Delete {_named(kind, choice)} permanently"
        self._act(
            what,
            kind,
            choice,
            lambda storage: storage.purge(kind, choice, reason),
            OwnKind.PURGE,
        )

    def _move(self, verb: str, kind: Kind, choice: Choice, place: Place) -> None:
        what = f"{verb} {_named(kind, choice)}"
        self._act(
            what,
            kind,
            choice,
            lambda storage: storage.move(kind, choice, place),
        )

    def edit(
        self,
        kind: Kind,
        pk: int,
        changes: Mapping[str, EditValue],
        seen_version: int,
        on_done: OnDone | None = None,
        on_conflict: Callable[[VersionConflictError], None] | None = None,
    ) -> None:
        """Change fields of one record; a conflict goes to `on_conflict` alone."""

        def fail(error: SheafError) -> None:
            if isinstance(error, VersionConflictError) and on_conflict is not None:
                on_conflict(error)
            else:
                self.failed.emit(error)

        self._operate(
            f"Change 1 {kind.word}",
            lambda storage: storage.edit(kind, pk, changes, seen_version=seen_version),
            on_done,
            fail,
        )

    def merge_learnings(self, kept_pk: int, other_pk: int) -> None:
        """Make one learning part of another."""
        self._operate(
            "Merge 2 learnings", lambda storage: storage.merge_learnings(kept_pk, other_pk)
        )

    def edit_many(self, kind: Kind, choice: Choice, changes: Mapping[str, EditValue]) -> None:
        """Give many records the same status, priority, severity or kind."""
        what = f"Change {_named(kind, choice)}"
        self._act(
            what,
            kind,
            choice,
            lambda storage: storage.edit_many(kind, choice, changes),
        )

    def add_tag(self, kind: Kind, choice: Choice, name: str) -> None:
        """Add a tag to many records."""
        what = f"Tag {_named(kind, choice)}"
        self._act(
            what,
            kind,
            choice,
            lambda storage: storage.edit_tags(kind, choice, add=(name,)),
        )

    def remove_tag(self, kind: Kind, choice: Choice, name: str) -> None:
        """Remove a tag from many records."""
        what = f"Untag {_named(kind, choice)}"
        self._act(
            what,
            kind,
            choice,
            lambda storage: storage.edit_tags(kind, choice, remove=(name,)),
        )

    def create(
        self, kind: Kind, fields: Mapping[str, EditValue], on_done: OnDone | None = None
    ) -> None:
        """Make a record from the fields that `edit` takes; `on_done` is of who asks again."""
        self._operate(
            f"Create 1 {kind.word}",
            lambda storage: storage.create(kind, fields),
            on_done,
            may_retry=on_done is None,
        )

    def undo(self, operation_pk: int | None = None) -> None:
        """Take back the latest operation, or the one given."""
        self._turn(
            self._turn_title("Undo", operation_pk, self.next_undo),
            lambda storage, report: storage.history.undo(operation_pk, report),
        )

    def redo(self, operation_pk: int | None = None) -> None:
        """Do again what was taken back last, or the one given."""
        self._turn(
            self._turn_title("Redo", operation_pk, self.next_redo),
            lambda storage, report: storage.history.redo(operation_pk, report),
        )

    def put(self, work: Callable[[Storage], T], on_done: Callable[[T], None]) -> None:
        """Write what is no operation, such as a view."""
        if self.refuses():
            return
        self._own_work += 1

        def done(result: T) -> None:
            self._end_own_work()
            on_done(result)

        def fail(error: SheafError) -> None:
            self._end_own_work()
            self.failed.emit(error)

        self.background.write(lambda storage, _token: work(storage), done, fail)

    def job(
        self,
        work: Callable[[Storage, CancelToken, Report], T],
        on_done: Callable[[T], None],
        on_failed: OnFailed,
        on_progress: Report | None = None,
        on_cancelled: Callable[[], None] = lambda: None,
    ) -> Request:
        """Run long work after the jobs asked for before."""
        self._own_work += 1
        self.job_began.emit()

        def done(result: T) -> None:
            self._end_own_work()
            on_done(result)

        def fail(error: SheafError) -> None:
            self._end_own_work()
            on_failed(error)

        def cancelled() -> None:
            self._end_own_work()
            on_cancelled()

        return self.background.job(work, done, fail, on_progress, cancelled)

    def recorded_job(
        self,
        order: JobOrder,
        unit: str,
        work: Callable[[Storage, CancelToken, Report], tuple[T, object]],
        on_done: Callable[[T], None],
        on_failed: OnFailed,
        on_progress: Report | None = None,
        on_cancelled: Callable[[], None] = lambda: None,
    ) -> Request:
        """Run long work that is recorded, and can be stopped, as a job of the queue.

        `work` returns its result, and what the job is to keep of it, which JSON can carry.
        What it reports has `done` and `total`, in a unit such as `records`, or is words for
        a step, which are only shown.
        """

        def run(storage: Storage, token: CancelToken, report: Report) -> T:
            with recorded(storage.jobs, order, token.cancel) as recording:

                def tell(how_far: Any) -> None:
                    if not isinstance(how_far, str):
                        recording.progress(how_far, unit)
                    report(how_far)

                result, kept = work(storage, token, tell)
                recording.note(kept)
                return result

        return self.job(run, on_done, on_failed, on_progress, on_cancelled)

    def withdraw(self, job: Request, clean_up: Callable[[], None] = lambda: None) -> None:
        """Cancel a job; `clean_up` runs on its thread, whether or not it had come to an end."""
        job.cancel()
        self.background.job(
            lambda _storage, _token, _report: clean_up(),
            lambda _nothing: self._end_own_work(),
            self.failed.emit,
        )

    def take(self, outcome: Outcome) -> None:
        """Tell everyone about an operation that was done in a job."""
        self._ask_undo()
        self.changed.emit(outcome)

    def notice(self) -> None:
        """Tell everyone that the data changed by what nobody here asked for."""
        self._ask_undo()
        self.noticed.emit()

    def close(self) -> None:
        """Finish the writes asked for, stop all else and release the storage."""
        self._poll.stop()
        self.background.close()
        for run in runs_of(self.storage.jobs):
            run.stop("The window was closed.")
        self.storage.close()

    # Answers

    def _turn(self, what: str, turn: Callable[[Storage, Report], Outcome]) -> None:
        if self.turn is not None:
            verb = "redo" if self.turn.forward else "undo"
            self.refused.emit(f"Not now: the {verb} of “{self.turn.title}” is not over yet.")
            return
        self.job_began.emit()
        self._do(
            what,
            lambda storage, report: recorded_turn(
                storage, lambda tell: turn(storage, tell), report
            ),
            None,
            None,
            may_retry=True,
        )

    def _act(
        self,
        what: str,
        kind: Kind,
        choice: Choice,
        act: Callable[[Storage], Outcome],
        own_kind: OwnKind = OwnKind.CHANGE,
    ) -> None:
        """Do something with records, as a job where it may take a while."""
        self.job_began.emit()
        self._operate(
            what,
            lambda storage: recorded_act(
                storage, what, kind, choice, lambda: act(storage), own_kind
            ),
        )

    def _operate(
        self,
        what: str,
        operation: Callable[[Storage], Outcome],
        on_done: OnDone | None = None,
        on_failed: OnFailed | None = None,
        *,
        may_retry: bool = True,
    ) -> None:
        self._do(
            what,
            lambda storage, _report: operation(storage),
            on_done,
            on_failed,
            may_retry=may_retry,
        )

    def _do(
        self,
        what: str,
        operation: Callable[[Storage, Report], Outcome],
        on_done: OnDone | None,
        on_failed: OnFailed | None,
        *,
        may_retry: bool,
    ) -> None:
        if self.refuses():
            self.noticed.emit()
            return
        self._own_work += 1
        self._put_under_way((*self.under_way, what))

        def done(outcome: Outcome) -> None:
            self._end_own_work()
            self._tell_turn(None)
            self._put_under_way(self.under_way[1:])
            self._ask_undo()
            if on_done is not None:
                on_done(outcome)
            self.changed.emit(outcome)

        def fail(error: SheafError) -> None:
            self._end_own_work()
            self._tell_turn(None)
            self._put_under_way(self.under_way[1:])
            if may_retry and isinstance(error, StorageUnavailableError):
                self.retry = partial(
                    self._do, what, operation, on_done, on_failed, may_retry=may_retry
                )
            if self.is_damaged:
                self.unwritten += (what,)
            (on_failed or self.failed.emit)(error)
            self.retry = None

        self.background.write_long(
            lambda storage, _token, report: operation(storage, report),
            done,
            fail,
            self._tell_turn,
        )

    def _tell_turn(self, progress: TurnProgress | None) -> None:
        if progress is not self.turn:
            self.turn = progress
            self.turning.emit(progress)

    def _turn_title(self, verb: str, pk: int | None, latest: OperationRecord | None) -> str:
        """Return what an undo or redo is called: by the operation, if that is known now."""
        is_latest = latest is not None and not self.under_way and pk in {None, latest.pk}
        return f"{verb} “{latest.title}”" if latest is not None and is_latest else verb

    def _put_under_way(self, asked: tuple[str, ...]) -> None:
        self.under_way = asked
        self.under_way_changed.emit()

    def _end_own_work(self) -> None:
        self._own_work -= 1

    def _ask_undo(self) -> None:
        self.background.read(
            lambda storage, _token: (storage.history.next_undo(), storage.history.next_redo()),
            self._take_undo,
            self.failed.emit,
        )

    def _take_undo(self, found: tuple[OperationRecord | None, OperationRecord | None]) -> None:
        self.next_undo, self.next_redo = found
        self.undo_changed.emit()

    def _look(self) -> None:
        """Look whether the file was found to be damaged, or else changed by others."""
        if self.is_damaged:
            self._poll.stop()
            self.damaged.emit(self.storage.damage)
        else:
            self._ask_version()

    def _ask_version(self) -> None:
        self.background.read(
            lambda storage, _token: storage.others_version(), self._take_version
        )

    def _take_version(self, version: int) -> None:
        if self._seen_version is not None and version != self._seen_version:
            self.notice()
        self._seen_version = version


def _named(kind: Kind, choice: Choice) -> str:
    """Return which records are chosen: `3 tasks`, `all tasks of a list`."""
    if isinstance(choice, Query):
        return f"all {kind.plural} of a list"
    return kind.counted(len(choice))
