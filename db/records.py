"""What is kept: one frozen struct for each kind of record, the same everywhere in Sheaf."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, TypeAlias

from msgspec import Struct, field

from db.vocabulary import LinkKind, Priority, Status


class Kind(IntEnum):
    """The kinds of record. The numbers are stored in the audit log and the search index."""

    BATCH = 1
    TASK = 2

    @property
    def word(self) -> str:
        """The lower-case name: `batch`, `task`."""
        return self.name.lower()

    def counted(self, number: int) -> str:
        """Return a number with this kind's noun: `1 task`, `1,204 batches`."""
        plural = self.word + ("es" if self.word.endswith("ch") else "s")
        return f"{number:,} {self.word if number == 1 else plural}"


class Place(IntEnum):
    """Where a record is kept. The numbers are stored."""

    LIVE = 0
    ARCHIVED = 1
    TRASHED = 2


STATUS_COUNT: Final = len(Status)


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """What every record has. Times are microseconds, UTC.

    `pk` is the number inside this file; `id` is the name outside it. An imported record
    also has the `origin` it came from and its `external_id` there.
    """

    pk: int
    id: str
    title: str
    created_at: int
    updated_at: int
    archived_at: int | None = None
    trashed_at: int | None = None
    version: int = 1
    origin: str | None = None
    external_id: str | None = None

    @property
    def source(self) -> str:
        """The tool or format the record came from; empty for one made in Sheaf."""
        return (self.origin or "").partition(":")[0]

    @property
    def place(self) -> Place:
        """Where the record is kept: live, archived or in the trash."""
        if self.trashed_at is not None:
            return Place.TRASHED
        return Place.LIVE if self.archived_at is None else Place.ARCHIVED


class BatchRecord(Record, frozen=True, kw_only=True, gc=False):
    """A batch of tasks, with how many there are in each state.

    `counts[status]` leaves out tasks in the trash.
    """

    status: Status
    counts: tuple[int, ...] = (0,) * STATUS_COUNT

    @property
    def total(self) -> int:
        """How many tasks there are, those in the trash left out."""
        return sum(self.counts)

    @property
    def finished(self) -> int:
        """How many tasks succeeded, failed or were canceled."""
        return (
            self.counts[Status.SUCCEEDED]
            + self.counts[Status.FAILED]
            + self.counts[Status.CANCELED]
        )


class TaskRecord(Record, frozen=True, kw_only=True, gc=False):
    """A task as a table shows it; `TaskDetail` holds the rest.

    `status_word` is the source's own word where it differs from ours.
    """

    status: Status
    status_word: str | None = None
    kind: str = "task"
    priority: Priority = Priority.MEDIUM
    batch_pk: int | None = None
    batch_title: str = ""
    parent_pk: int | None = None
    tags: tuple[str, ...] = ()


class Link(Struct, frozen=True, kw_only=True, gc=False):
    """A link as seen from one task: `incoming` where the other task is its source."""

    kind: LinkKind
    incoming: bool
    task: TaskRecord


class SourceRange(Struct, frozen=True, kw_only=True, gc=False):
    """Where a record came from: a byte range of a kept original."""

    upload_pk: int
    name: str
    offset: int
    length: int


class BatchDetail(Struct, frozen=True, kw_only=True, gc=False):
    """Everything about one batch. `raw` is the JSON text it was imported from."""

    record: BatchRecord
    description: str = ""
    raw: str | None = None
    source_range: SourceRange | None = None


class TaskDetail(Struct, frozen=True, kw_only=True, gc=False):
    """Everything about one task. `raw` is the JSON text it was imported from, exactly."""

    record: TaskRecord
    description: str = ""
    raw: str | None = None
    source_range: SourceRange | None = None
    parent: TaskRecord | None = None
    children: tuple[TaskRecord, ...] = ()
    links: tuple[Link, ...] = ()


class UploadRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A file that was given to Sheaf and is kept byte for byte. `size` is in bytes."""

    pk: int
    id: str
    sha256: str
    name: str
    path: str
    format: str
    origin: str
    size: int
    created_at: int


class OperationState(IntEnum):
    """How an operation stands. The numbers are stored."""

    STAGED = 0
    DONE = 1
    UNDONE = 2
    WITHDRAWING = 3
    RESTORING = 4


class OperationRecord(Struct, frozen=True, kw_only=True, gc=False):
    """One act of a person, which can be taken back as one.

    `title` completes the words "Undo …": `Archive 3 batches`. `report` is what an import
    says of itself, as JSON.
    """

    pk: int
    id: str
    verb: str
    title: str
    actor: str
    state: OperationState
    started_at: int
    finished_at: int | None = None
    undoable: bool = True
    report: str | None = None


class HistoryEntry(Struct, frozen=True, kw_only=True, gc=False):
    """One change of one record: by which operation, and the fields before and after.

    `before` and `after` hold only the fields that changed.
    """

    operation: OperationRecord
    action: str
    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)


class Outcome(Struct, frozen=True, kw_only=True, gc=False):
    """What an operation did: the records it touched by kind, and those it had to leave.

    The window refreshes `changed`; `skipped` names records edited since, which an undo
    leaves as they are. `operation` is None where there was nothing to do.
    """

    operation: OperationRecord | None
    changed: dict[Kind, tuple[int, ...]] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


AnyRecord: TypeAlias = BatchRecord | TaskRecord
