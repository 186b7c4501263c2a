"""The repositories of a storage: what each promises for its kind of record.

They keep to what `db.ports` says of every method of a storage.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from db.cancel import CancelToken
from db.jobs import JobDetail, JobFilter, JobOrder, JobRecord, JobState
from db.query import (
    Query,
)
from db.records import (
    AnyRecord,
    BatchDetail,
    BatchRecord,
    HistoryEntry,
    Kind,
    OnTurn,
    OperationRecord,
    Outcome,
    RecordDetail,
    SavedView,
    SetAside,
    TaskDetail,
    TaskRecord,
    ignore_turn,
)
from db.retiring import Act, Due, Going, Protected
from db.traces import (
    BytesTrace,
    Erased,
    Found,
    Needles,
    StorageSizes,
    TableTrace,
    Wanted,
)
from db.vocabulary import LinkKind

if TYPE_CHECKING:
    from db.ports import CopyProgress

Choice: TypeAlias = Query | Collection[int]
"""The records to act on: all that a query finds, or those with these pks."""

EditValue: TypeAlias = str | int | float | Sequence[str] | Sequence[tuple[str, LinkKind]] | None
_R_co = TypeVar("_R_co", bound=AnyRecord, covariant=True)
_Q_contra = TypeVar("_Q_contra", bound=Query, contravariant=True)


class Page(Struct, frozen=True):
    """Some records of a list, and how many there are in all of it."""

    items: tuple[AnyRecord, ...]
    total: int


class Facet(Struct, frozen=True, gc=False):
    """A value records can be filtered by, and how many have it: so many `at_least`, or just."""

    value: str
    count: int
    at_least: bool = False


class BatchRepo(Protocol):
    """Batches."""

    def find_batches(
        self,
        limit: int = 20,
        offset: int = 0,
        status: str = "all",
        archived: str = "no",
        days: int = 7,
        search: str = "",
        sort: str = "updated:desc",
    ) -> tuple[tuple[BatchRecord, ...], int]:
        """Return one page of batches and how many there are in all.

        `status` is `all` or `active`; active are batches with a running or queued task,
        and those with a finished one that were updated within `days`. `archived` is `no`,
        `yes` (too) or `only`. `sort` is `updated` or `created`, `:asc` or `:desc`.

        Raises:
            InvalidQueryError: a value that is none of these.
        """
        ...

    def get(self, pk: int) -> BatchDetail:
        """Return everything about one batch.

        Raises:
            RecordNotFoundError: there is none.
        """
        ...

    def create(self, title: str, *, description: str = "") -> Outcome:
        """Make an empty batch; `outcome.changed` holds its pk."""
        ...


class TaskRepo(Protocol):
    """Tasks."""

    def find_tasks(
        self,
        batch_id: str | None = None,
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
    ) -> tuple[tuple[TaskRecord, ...], int]:
        """Return one page of tasks, newest change first, and how many there are in all.

        Raises:
            InvalidQueryError: `status` is no known state.
        """
        ...

    def get(self, pk: int) -> TaskDetail:
        """Return everything about one task.

        Raises:
            RecordNotFoundError: there is none.
        """
        ...

    def create(self, fields: Mapping[str, EditValue]) -> Outcome:
        """Make a task from any fields that `Storage.edit` takes; `title` is needed."""
        ...


class RecordRepo(Protocol[_R_co, _Q_contra]):
    """Records of one of the other kinds."""

    def find(
        self, query: _Q_contra, limit: int, offset: int = 0
    ) -> tuple[tuple[_R_co, ...], int]:
        """Return one page of the matching records, and how many there are in all."""
        ...

    def get(self, pk: int) -> RecordDetail:
        """Return everything about one record.

        Raises:
            RecordNotFoundError: there is none.
        """
        ...

    def create(self, fields: Mapping[str, EditValue]) -> Outcome:
        """Make a record from any fields that `Storage.edit` takes; see `Storage.create`."""
        ...


class Views(Protocol):
    """The lists that a person keeps."""

    def all(self) -> tuple[SavedView, ...]:
        """Return them by name."""
        ...

    def save(self, view: SavedView) -> SavedView:
        """Keep a view, in place of the one of the same id or name; return it as it is kept.

        Raises:
            InvalidEditError: a name without a letter.
        """
        ...

    def delete(self, name: str) -> None:
        """Delete the view of that name, if there is one."""
        ...


class Tray(Protocol):
    """What imports set aside, until it is mended and taken in, or dropped."""

    def count(self) -> int:
        """Return how many wait."""
        ...

    def items(self, limit: int, offset: int = 0) -> tuple[SetAside, ...]:
        """Return some of those that wait, the newest import's first, in the file's order."""
        ...

    def get(self, pks: Sequence[int]) -> tuple[SetAside, ...]:
        """Return those with these pks that wait."""
        ...

    def mend(self, pk: int, text: str) -> None:
        """Give one another text.

        Raises:
            RecordNotFoundError: it does not wait any more.
        """
        ...

    def drop(self, pks: Sequence[int], *, dropped: bool = True) -> None:
        """Let them wait no more, or again."""
        ...

    def take_in(self, pks: Sequence[int], operation_pk: int) -> None:
        """Note that an import took them in: they wait again only if it is undone."""
        ...


class Retiring(Protocol):
    """Archiving, trashing and deleting what is due by a rule, and what is protected from it.

    Protected are running tasks and runs, all that these are part of, and what belongs to it;
    what the payload of a running job names; and, but for what is in the trash, the batches
    that changed last with all that is in them, `NEWEST_KEPT` of them.
    """

    def protected(self, act: Act, token: CancelToken | None = None) -> Protected:
        """Return what is protected from an act now."""
        ...

    def due(
        self,
        query: Query,
        protected: Protected,
        moment: int,
        until: int,
        token: CancelToken | None = None,
    ) -> Due:
        """Return which records of a query are due at a moment, or will be until another.

        Ages are counted back from then; all else is taken as it is now. A million take some
        seconds.
        """
        ...

    def going(
        self,
        act: Act,
        protected: Protected,
        heads: Mapping[Kind, Sequence[int]],
        token: CancelToken | None = None,
    ) -> Going:
        """Return all that an act on some records would take.

        A record is left out with which something would go that is protected or, for good,
        that is not in the trash.
        """
        ...

    def size(self, kind: Kind, pks: Sequence[int], token: CancelToken | None = None) -> int:
        """Return how many bytes some records have in texts and in what they were made of."""
        ...

    def retire(
        self,
        queries: Sequence[Query],
        act: Act,
        heads: Mapping[Kind, Sequence[int]],
        moment: int,
        named: str,
    ) -> Outcome:
        """Do it with those of some records that are still due by a query: one operation.

        What changed since and is not found any more at that moment stays, and so does what
        is protected by now. `named` says by which rule it is done.
        """
        ...


class Upkeep(Protocol):
    """Searching all that a storage holds, forgetting, compacting and measuring it."""

    def needles(self, wanted: Wanted) -> Needles:
        """Return the texts by which something is looked for: a text, or ids of records.

        Raises:
            StorageRejectedError: the text is too short.
        """
        ...

    def find(
        self, wanted: Wanted, originals: Collection[str], token: CancelToken | None = None
    ) -> Found:
        """Return what there is of something; `originals` are the hashes of those with it.

        A record is found where it stands in its texts, tags, ids or history; with it goes
        all that is part of it.
        """
        ...

    def erase(self, wanted: Wanted, expected: int, originals: Collection[str]) -> Erased:
        """Take out what there is: one operation, which cannot be undone and holds none of it.

        The files of the originals are left to the caller. What was taken out can still be
        in pages that are free, until `merge_index` and `compact`.

        Raises:
            StorageRejectedError: there are not so many records as expected, or an import or
                other work with it is under way.
        """
        ...

    def keep_note(self, operation_pk: int, note: str) -> None:
        """Keep a note, JSON, with the operation that took something out."""
        ...

    def search(
        self, needles: Needles, token: CancelToken | None = None
    ) -> tuple[TableTrace, ...]:
        """Search every text of every table, and those that are one word in the index."""
        ...

    def search_bytes(self, needles: Needles, token: CancelToken | None = None) -> BytesTrace:
        """Search all bytes of the file and its log: also those of pages that are free."""
        ...

    def merge_index(self, token: CancelToken, on_wait: Callable[[str], None]) -> None:
        """Write the index anew as far as it holds words of records that are gone.

        `on_wait` hears, in words, what is waited for.

        Raises:
            StorageBusyError: others write all the time.
        """
        ...

    def compact(
        self,
        home: Path,
        token: CancelToken,
        on_progress: Callable[[CopyProgress], None],
        on_wait: Callable[[str], None],
    ) -> None:
        """Write the file anew without free pages; `home` has room for a copy of it.

        `on_wait` hears, in words, what is waited for.

        Raises:
            StorageBusyError: others write all the time.
            StorageRejectedError: an import is under way, or others write all the time.
            UnwritableFileError: there is no room for the copy.
        """
        ...

    def fold_log(self, token: CancelToken, on_wait: Callable[[str], None]) -> bool:
        """Put the log into the file and empty it; whether all others let that happen."""
        ...

    def sizes(self, token: CancelToken | None = None) -> StorageSizes:
        """Return what takes room: some 5 seconds for a million tasks, which can be stopped."""
        ...


class Jobs(Protocol):
    """The queue of jobs: of work that one worker at a time has, for as long as its lease.

    A lease that ends gives the job back to the queue, and the attempt is counted. A worker
    names itself by the token that its claim gave it; `LeaseLostError` is raised when that
    holds no more.
    """

    def enqueue(self, orders: Sequence[JobOrder]) -> list[str]:
        """Queue jobs and return their ids, in this order.

        Raises:
            InvalidEditError: a kind without a letter or of Sheaf's own, or no attempt at all.
        """
        ...

    def claim(self, kinds: Collection[str], worker: str, lease_s: float) -> JobRecord | None:
        """Give the first job of these kinds that may run to a worker, for so many seconds.

        Raises:
            InvalidEditError: no kind at all, or one of Sheaf's own.
        """
        ...

    def begin(self, order: JobOrder, worker: str, lease_s: float) -> JobRecord:
        """Put in a job that its worker begins at once; no other can claim it."""
        ...

    def heartbeat(
        self,
        token: str,
        lease_s: float,
        *,
        done: int | None = None,
        total: int | None = None,
        unit: str = "",
        lines: Sequence[str] = (),
        result: Any = None,
    ) -> bool:
        """Renew a lease, note how far the work is, and say whether to go on.

        `result` is what there is of it by now. A job whose cancelling was asked for is
        canceled by that.
        """
        ...

    def complete(
        self, token: str, result: Any = None, *, errors: str = "", lines: Sequence[str] = ()
    ) -> None:
        """Say that a job is done, or done with errors; `result` is what JSON can carry.

        Also after it was canceled meanwhile: what is done is done.
        """
        ...

    def fail(
        self, token: str, error: str, *, may_retry: bool = True, lines: Sequence[str] = ()
    ) -> JobState:
        """Say that an attempt failed: the job is queued again for later, or has failed.

        The first time it waits 2 s, then 4, 8 and so on, each a fifth more or less.
        """
        ...

    def stop(self, token: str, lines: Sequence[str] = ()) -> None:
        """Say that a worker stopped because the job was called off."""
        ...

    def cancel(self, wanted: JobFilter) -> int:
        """Cancel queued jobs at once, and ask running ones to stop; return how many."""
        ...

    def retry(self, wanted: JobFilter) -> int:
        """Queue jobs again that failed, were canceled or have errors; return how many.

        Those of Sheaf's own are left out, as nobody claims them.
        """
        ...

    def delete(self, wanted: JobFilter) -> int:
        """Delete jobs, with their logs, that nobody is running; return how many."""
        ...

    def settle(self, id_: str, state: JobState, line: str = "") -> None:
        """Say how one that is over is to be seen from now on.

        Raises:
            RecordNotFoundError: there is none.
            StorageRejectedError: it is not over, or would not be.
        """
        ...

    def forget_running(self) -> None:
        """Delete Sheaf's own work that is under way, as in a copy, where nobody does it."""
        ...

    def release_dead(self) -> tuple[JobRecord, ...]:
        """End what dead processes had: leases are over, Sheaf's own work is interrupted.

        Returns the interrupted ones; each says in its log what became of it. To be called
        when what was half-done is finished or taken out.
        """
        ...

    def find(
        self, wanted: JobFilter | None = None, limit: int = 100, offset: int = 0
    ) -> tuple[JobRecord, ...]:
        """Return jobs: first those running, then those queued, then the last that ended."""
        ...

    def counts(self, wanted: JobFilter | None = None) -> dict[tuple[str, JobState], int]:
        """Return how many jobs there are of each kind in each state."""
        ...

    def get(self, id_: str) -> JobDetail:
        """Return one job with the last lines of its log.

        Raises:
            RecordNotFoundError: there is none.
        """
        ...


class History(Protocol):
    """The operations, and taking them back."""

    def of_record(self, kind: Kind, pk: int) -> tuple[HistoryEntry, ...]:
        """Return the changes of one record, newest first.

        Those taken back are among them; the state of their operation is `UNDONE`.
        """
        ...

    def operations(self, verb: str = "", limit: int = 100) -> tuple[OperationRecord, ...]:
        """Return the newest operations, all or those of one verb such as `import`."""
        ...

    def since(self, operation_pk: int) -> tuple[OperationRecord, ...]:
        """Return what was done later to records of an operation, newest first.

        While that stands, undoing the operation leaves those records as they are.
        """
        ...

    def changed_since(self, operation_pk: int) -> dict[Kind, list[int]]:
        """Return the pks of the records of an operation that `since` is about, by kind.

        Those of which nothing changed but the time, as their tasks did, are left out.
        """
        ...

    def last_moment(self) -> int:
        """Return when something was last done or taken back, in microseconds; 0 if never."""
        ...

    def next_undo(self) -> OperationRecord | None:
        """Return the operation that `undo` would take back."""
        ...

    def next_redo(self) -> OperationRecord | None:
        """Return the operation that `redo` would do again."""
        ...

    def undo(
        self, operation_pk: int | None = None, on_progress: OnTurn = ignore_turn
    ) -> Outcome:
        """Take back the latest operation, or the one given.

        A record that was changed since by another operation is left as it is and named
        in `outcome.skipped`, and so is one that was purged since. `on_progress` hears how
        far it is where that takes long; by then what goes is out of sight.

        Raises:
            RecordNotFoundError: there is nothing to take back.
        """
        ...

    def redo(
        self, operation_pk: int | None = None, on_progress: OnTurn = ignore_turn
    ) -> Outcome:
        """Do again the operation that was taken back last, or the one given.

        `on_progress` hears how far it is where that takes long.

        Raises:
            RecordNotFoundError: there is nothing to do again.
        """
        ...


class Settings(Protocol):
    """Small values kept with the data: JSON by key."""

    def get(self, key: str) -> object:
        """Return the value, or None."""
        ...

    def put(self, key: str, value: object) -> None:
        """Keep a value that JSON can carry."""
        ...

    def keys(self) -> tuple[str, ...]:
        """Return the keys there are values of, in order."""
        ...
