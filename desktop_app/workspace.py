"""One open storage, and everything the window does to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from db.cancel import CancelToken
from db.errors import SheafError, StorageUnavailableError, VersionConflictError
from db.ports import Choice, EditValue, Storage
from db.records import Kind, OperationRecord, Outcome, Place
from desktop_app.background import Background, OnFailed, Report, Request

POLL_MS: Final = 1_000

T = TypeVar("T")
OnDone: TypeAlias = Callable[[Outcome], None]


class Workspace(QObject):
    """Does each operation on the writer thread and tells everyone what it changed.

    `changed` carries the `Outcome` of an own operation, `failed` the error of one that did
    not happen; while that is told, `retry` asks for it again, where this may help. `noticed`
    says that another process changed the data. `undo_changed` follows what Undo and Redo
    would do, `busy_changed` whether an operation is being written.
    """

    changed = Signal(object)
    noticed = Signal()
    failed = Signal(object)
    undo_changed = Signal()
    busy_changed = Signal(bool)

    def __init__(self, storage: Storage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.storage = storage
        self.background: Background[Storage] = Background(storage, self)
        self.next_undo: OperationRecord | None = None
        self.next_redo: OperationRecord | None = None
        self.retry: Callable[[], None] | None = None
        self._own_work = 0
        self._seen_version: int | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._ask_version)
        self._poll.start()
        self._ask_undo()

    # Operations

    def archive(self, kind: Kind, choice: Choice) -> None:
        """Archive records; a batch takes its tasks along."""
        self._operate(lambda storage: storage.move(kind, choice, Place.ARCHIVED))

    def unarchive(self, kind: Kind, choice: Choice) -> None:
        """Put archived records back."""
        self._operate(lambda storage: storage.move(kind, choice, Place.LIVE))

    def trash(self, kind: Kind, choice: Choice) -> None:
        """Move records to the trash; a batch takes its tasks along."""
        self._operate(lambda storage: storage.move(kind, choice, Place.TRASHED))

    def restore(self, kind: Kind, choice: Choice) -> None:
        """Take records out of the trash."""
        self._operate(lambda storage: storage.move(kind, choice, Place.LIVE))

    def purge(self, kind: Kind, choice: Choice, reason: str = "") -> None:
        """Delete records for good. Cannot be undone."""
        self._operate(lambda storage: storage.purge(kind, choice, reason))

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
            lambda storage: storage.edit(kind, pk, changes, seen_version=seen_version),
            on_done,
            fail,
        )

    def merge_learnings(self, kept_pk: int, other_pk: int) -> None:
        """Make one learning part of another."""
        self._operate(lambda storage: storage.merge_learnings(kept_pk, other_pk))

    def edit_many(self, kind: Kind, choice: Choice, changes: Mapping[str, EditValue]) -> None:
        """Give many records the same status, priority, severity or kind."""
        self._operate(lambda storage: storage.edit_many(kind, choice, changes))

    def add_tag(self, kind: Kind, choice: Choice, name: str) -> None:
        """Add a tag to many records."""
        self._operate(lambda storage: storage.edit_tags(kind, choice, add=(name,)))

    def remove_tag(self, kind: Kind, choice: Choice, name: str) -> None:
        """Remove a tag from many records."""
        self._operate(lambda storage: storage.edit_tags(kind, choice, remove=(name,)))

    def create(
        self, kind: Kind, fields: Mapping[str, EditValue], on_done: OnDone | None = None
    ) -> None:
        """Make a record from the fields that `edit` takes; `on_done` is of who asks again."""
        self._operate(
            lambda storage: storage.create(kind, fields), on_done, may_retry=on_done is None
        )

    def undo(self, operation_pk: int | None = None) -> None:
        """Take back the latest operation, or the one given."""
        self._operate(lambda storage: storage.history.undo(operation_pk))

    def redo(self, operation_pk: int | None = None) -> None:
        """Do again what was taken back last, or the one given."""
        self._operate(lambda storage: storage.history.redo(operation_pk))

    def put(self, work: Callable[[Storage], T], on_done: Callable[[T], None]) -> None:
        """Write what is no operation, such as a view; it is not taken for another process's."""
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
    ) -> Request:
        """Run long work; what it writes meanwhile is not taken for another process's."""
        self._own_work += 1

        def done(result: T) -> None:
            self._end_own_work()
            on_done(result)

        def fail(error: SheafError) -> None:
            self._end_own_work()
            on_failed(error)

        return self.background.job(work, done, fail, on_progress)

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

    def close(self) -> None:
        """Finish the writes asked for, stop all else and release the storage."""
        self._poll.stop()
        self.background.close()
        self.storage.close()

    # Answers

    def _operate(
        self,
        operation: Callable[[Storage], Outcome],
        on_done: OnDone | None = None,
        on_failed: OnFailed | None = None,
        *,
        may_retry: bool = True,
    ) -> None:
        self._own_work += 1
        self.busy_changed.emit(True)

        def done(outcome: Outcome) -> None:
            self._end_own_work()
            self.busy_changed.emit(False)
            self._ask_undo()
            if on_done is not None:
                on_done(outcome)
            self.changed.emit(outcome)

        def fail(error: SheafError) -> None:
            self._end_own_work()
            self.busy_changed.emit(False)
            if may_retry and isinstance(error, StorageUnavailableError):
                self.retry = partial(self._operate, operation, on_done, on_failed)
            (on_failed or self.failed.emit)(error)
            self.retry = None

        self.background.write(lambda storage, _token: operation(storage), done, fail)

    def _end_own_work(self) -> None:
        self._own_work -= 1
        self._seen_version = None

    def _ask_undo(self) -> None:
        self.background.read(
            lambda storage, _token: (storage.history.next_undo(), storage.history.next_redo()),
            self._take_undo,
            self.failed.emit,
        )

    def _take_undo(self, found: tuple[OperationRecord | None, OperationRecord | None]) -> None:
        self.next_undo, self.next_redo = found
        self.undo_changed.emit()

    def _ask_version(self) -> None:
        if not self._own_work:
            self.background.read(
                lambda storage, _token: storage.data_version(), self._take_version
            )

    def _take_version(self, version: int) -> None:
        if self._own_work:
            return
        if self._seen_version is not None and version != self._seen_version:
            self._ask_undo()
            self.noticed.emit()
        self._seen_version = version
