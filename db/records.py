"""What is kept: one frozen struct for each kind of record, the same everywhere in Sheaf."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Final, TypeAlias

from msgspec import Struct, field

from db.vocabulary import LinkKind, Part, Priority, Review, Role, Severity, Status


class Kind(IntEnum):
    """The kinds of record. The numbers are stored in the audit log and the search index."""

    BATCH = 1
    TASK = 2
    EXECUTION = 3
    STATUS_UPDATE = 4
    BUG = 5
    DESIGN_NOTE = 6
    CONVERSATION = 7
    MESSAGE = 8
    LEARNING = 9

    @property
    def word(self) -> str:
        """What a person calls it, in lower case: `batch`, `run`, `design note`."""
        return "run" if self is Kind.EXECUTION else self.name.lower().replace("_", " ")

    @property
    def plural(self) -> str:
        """What a person calls several of them."""
        return self.word + ("es" if self.word.endswith("ch") else "s")

    @classmethod
    def named(cls, word: str) -> Kind:
        """Return the kind of that `word`, as reports name it."""
        return next(kind for kind in cls if kind.word == word)

    def counted(self, number: int, adjective: str = "") -> str:
        """Return a number with this kind's noun: `1 task`, `1,204 new batches`."""
        noun = self.word if number == 1 else self.plural
        return f"{number:,} {adjective} {noun}" if adjective else f"{number:,} {noun}"

    def counted_with(self, numbers: Mapping[Kind, int]) -> str:
        """Return numbers by kind, this one first: `1 batch with 60,000 tasks and 2 bugs`."""
        others = [kind.counted(n) for kind, n in numbers.items() if n and kind is not self]
        own = self.counted(numbers.get(self, 0))
        named = " and ".join(filter(None, (", ".join(others[:-1]), *others[-1:])))
        return f"{own} with {named}" if named else own


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

    `counts[status]` leaves out tasks in the trash; of a batch in the trash, all others.
    """

    status: Status
    counts: tuple[int, ...] = (0,) * STATUS_COUNT

    @property
    def total(self) -> int:
        """How many tasks there are in the same place: in the trash, or out of it."""
        return sum(self.counts)

    @property
    def done(self) -> int:
        """How many tasks succeeded: what counts as done wherever a batch is shown."""
        return self.counts[Status.SUCCEEDED]

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


class ExecutionRecord(Record, frozen=True, kw_only=True, gc=False):
    """A run: one turn of the work on a task. `size` is that of its text, in characters.

    A running one whose lease, `lease_until`, has passed is stalled. `decision` is what a
    review said of it, in the source's own word.
    """

    status: Status
    status_word: str | None = None
    task_pk: int
    task_title: str = ""
    batch_pk: int | None = None
    batch_title: str = ""
    turn: int
    step: str = ""
    attempt: int = 1
    decision: str = ""
    started_at: int | None = None
    completed_at: int | None = None
    lease_until: int | None = None
    size: int = 0

    @property
    def duration(self) -> int | None:
        """How long it took, in microseconds."""
        if self.started_at is None or self.completed_at is None:
            return None
        return self.completed_at - self.started_at

    def is_stalled(self, now: int) -> bool:
        """Whether it holds a lease that has passed."""
        return (
            self.status is Status.RUNNING
            and self.lease_until is not None
            and self.lease_until < now
        )


class PointingRecord(Record, frozen=True, kw_only=True, gc=False):
    """A record that points at a batch or a task, where there is one."""

    batch_pk: int | None = None
    batch_title: str = ""
    task_pk: int | None = None
    task_title: str = ""


class StatusUpdateRecord(PointingRecord, frozen=True, kw_only=True, gc=False):
    """What somebody said of how the work goes. `title` is the beginning of the text."""

    actor: str = ""


class BugRecord(Record, frozen=True, kw_only=True, gc=False):
    """A bug; the tasks it is linked with are in its detail."""

    status: Status
    status_word: str | None = None
    severity: Severity = Severity.MEDIUM
    batch_pk: int | None = None
    batch_title: str = ""


class DesignNoteRecord(PointingRecord, frozen=True, kw_only=True, gc=False):
    """A decision, and the newer one that supersedes it, if any."""

    superseded_by_pk: int | None = None


class ConversationRecord(PointingRecord, frozen=True, kw_only=True, gc=False):
    """A conversation. One of a sub-agent has the conversation that called it as parent.

    `messages` and `errors` count its messages and those with an error. `project` is the
    folder or project it was held in.
    """

    parent_pk: int | None = None
    model: str = ""
    project: str = ""
    messages: int = 0
    errors: int = 0


class MessageRecord(Record, frozen=True, kw_only=True, gc=False):
    """One message, number `position` of its conversation; `MessageDetail` has the text.

    `parent_pk` is the message it answers: the messages of a conversation are a tree.
    """

    conversation_pk: int
    conversation_title: str = ""
    parent_pk: int | None = None
    position: int
    role: Role
    parts: Part = Part(0)
    has_error: bool = False


class LearningRecord(PointingRecord, frozen=True, kw_only=True, gc=False):
    """Something learned, how sure it is (0 to 1), and what a person decided about it."""

    category: str = ""
    confidence: float = 0.5
    review: Review = Review.PENDING
    superseded_by_pk: int | None = None
    tags: tuple[str, ...] = ()


class Block(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A piece of a message.

    `name` and `call_id` are the tool's and the call's in a call and its result; `text` is
    what was said, the input of a call as JSON, or the result as text. An image has its
    media type as `name`, and its bytes stay in the original.
    """

    type: Part
    text: str = ""
    name: str = ""
    call_id: str = ""
    is_error: bool = False


class MessageDetail(Struct, frozen=True, kw_only=True, gc=False):
    """A message with what it says."""

    record: MessageRecord
    blocks: tuple[Block, ...] = ()


class ThreadEntry(Struct, frozen=True, gc=False):
    """A message of a conversation, as its outline needs it."""

    pk: int
    parent_pk: int | None
    role: Role
    parts: Part
    has_error: bool
    created_at: int
    title: str


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


class RecordDetail(Struct, frozen=True, kw_only=True, gc=False):
    """Everything about one record of the other kinds.

    `description` is its long text; `texts` are the further long fields, by name: `steps`
    and `proposed_fix` of a bug, `context`, `decision` and `consequences` of a design note.
    `related` are the records it points at or that point at it, by what they are to it:
    `batch`, `task`, `tasks`, `evidence`, `superseded_by`, `supersedes`, `parent`,
    `children`, `conversation`.
    """

    record: AnyRecord
    description: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    raw: str | None = None
    source_range: SourceRange | None = None
    related: dict[str, tuple[AnyRecord, ...]] = field(default_factory=dict)


class SavedView(Struct, frozen=True, kw_only=True, gc=False):
    """A list as a person keeps it. `query` is as `db.query_text` writes it.

    `layout` is what the window keeps of columns, sort and density.
    """

    pk: int
    id: str
    name: str
    kind: Kind
    query: str
    layout: dict[str, object] = field(default_factory=dict)
    is_default: bool = False


class Hit(Struct, frozen=True, kw_only=True, gc=False):
    """A record that a search found.

    `snippet` is a stretch of its text in pieces, the second of each pair telling whether
    it is a match; `path` leads to the record from outside: batch, task, conversation.
    """

    kind: Kind
    record: AnyRecord
    snippet: tuple[tuple[str, bool], ...] = ()
    path: tuple[tuple[Kind, int, str], ...] = ()


class SetAside(Struct, frozen=True, gc=False):
    """A part of an imported file that could not be used, waiting to be mended.

    `line` and `column` count from 1; `length` is in bytes, and `text` shorter where it was
    cut; `format` and `origin` are those of the file, `set_aside_at` is in microseconds.
    """

    pk: int
    id: str
    file: str
    line: int | None
    column: int | None
    pointer: str
    reason: str
    text: str
    length: int | None
    format: str
    origin: str
    set_aside_at: int


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

    `before` and `after` hold only the fields that changed. `action` is created, changed, or
    earlier: what its file says the record was before it was imported as it is.
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
    changed: Mapping[Kind, Sequence[int]] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


class TurnProgress(Struct, frozen=True):
    """How far the undo (or, `forward`, the redo) of an operation is that changed very much.

    `title` is that of the operation, `done` and `total` are parts of the work; `total` is 0
    where there are none.
    """

    title: str
    forward: bool
    done: int
    total: int
    operation_pk: int = 0


OnTurn: TypeAlias = Callable[[TurnProgress], None]


def ignore_turn(_progress: TurnProgress) -> None:
    """Do nothing with it."""


AnyRecord: TypeAlias = (
    BatchRecord
    | TaskRecord
    | ExecutionRecord
    | StatusUpdateRecord
    | BugRecord
    | DesignNoteRecord
    | ConversationRecord
    | MessageRecord
    | LearningRecord
)
Detail: TypeAlias = BatchDetail | TaskDetail | RecordDetail


_KINDS: Final[dict[type[Record], Kind]] = {
    BatchRecord: Kind.BATCH,
    TaskRecord: Kind.TASK,
    ExecutionRecord: Kind.EXECUTION,
    StatusUpdateRecord: Kind.STATUS_UPDATE,
    BugRecord: Kind.BUG,
    DesignNoteRecord: Kind.DESIGN_NOTE,
    ConversationRecord: Kind.CONVERSATION,
    MessageRecord: Kind.MESSAGE,
    LearningRecord: Kind.LEARNING,
}


def kind_of(record: Record) -> Kind:
    """Return what kind of record it is."""
    return _KINDS[type(record)]
