"""What a storage promises. Everything above the storages knows only these protocols.

Every method may be called on any thread that Python made. A reading method takes a
`CancelToken` and stops within milliseconds of its `cancel`; a writing method is one
transaction and one operation: it happens whole or not at all, is in the audit log, and can
be undone.

All of them raise `StorageUnavailableError` when the file cannot be used, and reading ones
`WorkCancelledError` when they were called off.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct

from db.cancel import CancelToken
from db.errors import StorageDamagedError
from db.incoming import Conflicts, Decisions, Sampled, Staging
from db.overview import Overview, Picture
from db.query import (
    BugQuery,
    ConversationQuery,
    DesignNoteQuery,
    ExecutionQuery,
    LearningQuery,
    MessageQuery,
    Query,
    StatusUpdateQuery,
)
from db.records import (
    AnyRecord,
    BugRecord,
    ConversationRecord,
    DesignNoteRecord,
    Detail,
    ExecutionRecord,
    Hit,
    Kind,
    LearningRecord,
    MessageDetail,
    MessageRecord,
    OperationRecord,
    Outcome,
    Place,
    StatusUpdateRecord,
    TaskDetail,
    ThreadEntry,
    UploadRecord,
)
from db.repositories import (
    BatchRepo,
    Choice,
    EditValue,
    Facet,
    History,
    Jobs,
    Page,
    RecordRepo,
    Retiring,
    Settings,
    TaskRepo,
    Tray,
    Upkeep,
    Views,
)
from db.traces import Needles


class Gravity(StrEnum):
    """How bad it is what a check found. The words are in what `sheaf check --json` says."""

    DAMAGE = "damage"
    WARNING = "warning"
    NOTE = "note"


class Finding(Struct, frozen=True):
    """What a check found: its name, how bad, and examples of the rows.

    One that is `ok` and has rows is worth knowing, and no damage. `pks` are the first of the
    records of a `kind` that it is about. `ignored_until` is the moment, in microseconds,
    until which a person does not want to be told.
    """

    check: str
    title: str
    ok: bool
    rows: int = 0
    examples: tuple[str, ...] = ()
    why: str = ""
    gravity: Gravity = Gravity.DAMAGE
    is_mendable: bool = False
    kind: Kind | None = None
    pks: tuple[int, ...] = ()
    ignored_until: int | None = None

    @property
    def is_told(self) -> bool:
        """Whether something is wrong that a person wants to hear of now."""
        return not self.ok and self.ignored_until is None


class LostRange(Struct, frozen=True):
    """Numbers of rows, first and last, that could not be read; None where they have none."""

    first: int | None
    last: int | None


class SalvagedTable(Struct, frozen=True):
    """What became of a table: rows kept, rows that were not what it holds, and those lost.

    Of the rows kept, `undecoded` had a value that says nothing to Sheaf any more: the text of
    a message is kept as it stands there, what a change was is not.
    """

    name: str
    rows: int
    refused: int
    lost: tuple[LostRange, ...] = ()
    undecoded: int = 0


class Salvaged(Struct, frozen=True):
    """What was saved of a damaged file: its tables, what had to be mended, and originals."""

    path: Path
    output: Path
    tables: tuple[SalvagedTable, ...]
    notes: tuple[str, ...]
    originals: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be lost."""
        return not self.notes and not any(
            each.lost or each.refused or each.undecoded for each in self.tables
        )


class Differing(Struct, frozen=True):
    """How records differ from those of a copy.

    `newer` are not in the copy, or not as they are now; `gone` are only in the copy.
    """

    newer: int
    gone: int


class StorageInfo(Struct, frozen=True, kw_only=True):
    """What the status bar says of a storage. Sizes are in bytes."""

    uri: str
    name: str
    engine: str
    size: int
    kept: bool
    schema_version: int
    free: int = 0
    """So much of its size holds nothing and is used before it grows."""


class MigrationStep(Struct, frozen=True):
    """A step that tables were brought up by: its SQL's SHA-256, and when, in microseconds."""

    version: int
    description: str
    checksum: str
    applied_at: int


class Lost(Struct, frozen=True):
    """Changes that were once kept and are not in the storage any more, and when that was seen.

    All until `since` is there; both times are in microseconds.
    """

    since: int
    noticed_at: int


class CopyProgress(Struct, frozen=True):
    """How far copying is, in bytes."""

    done: int
    total: int


class StepProgress(Struct, frozen=True):
    """How many steps of some are done."""

    done: int
    total: int


def ignore_steps(_progress: StepProgress) -> None:
    """Do nothing with it."""


class TableState(Struct, frozen=True):
    """What a table holds: so many rows."""

    rows: int


class Contents(Struct, frozen=True, kw_only=True):
    """What a storage holds at one moment. `size` is in bytes.

    `tables` are all that are not derived from others; `originals` the hashes of the kept
    originals that records name; `mark` another text once something that people keep was
    changed; `counts` how many records of each kind there are, empty where the tables are of
    an older version.
    """

    schema_version: int
    size: int
    tables: dict[str, TableState]
    originals: tuple[str, ...]
    mark: str
    counts: dict[Kind, int]

    @property
    def records(self) -> int:
        """How many records of all kinds there are, those of unfinished imports among them."""
        kinds = {kind.name.lower() for kind in Kind}
        return sum(state.rows for name, state in self.tables.items() if name in kinds)


class Storage(Protocol):
    """One open storage."""

    uri: str
    batches: BatchRepo
    tasks: TaskRepo
    executions: RecordRepo[ExecutionRecord, ExecutionQuery]
    status_updates: RecordRepo[StatusUpdateRecord, StatusUpdateQuery]
    bugs: RecordRepo[BugRecord, BugQuery]
    design_notes: RecordRepo[DesignNoteRecord, DesignNoteQuery]
    conversations: RecordRepo[ConversationRecord, ConversationQuery]
    messages: RecordRepo[MessageRecord, MessageQuery]
    learnings: RecordRepo[LearningRecord, LearningQuery]
    views: Views
    history: History
    tray: Tray
    retiring: Retiring
    upkeep: Upkeep
    jobs: Jobs
    settings: Settings
    copies: Sequence[Path]
    """Copies of the file as it was before its tables changed, made since it was opened."""
    only_read: bool
    """Whether it was opened only for reading: what would change something is refused."""
    lost: Lost | None
    """What is known to be missing."""

    @property
    def damage(self) -> StorageDamagedError | None:
        """What it was found to be damaged by since it was opened; nothing more is written."""
        ...

    def ids(
        self,
        query: Query,
        limit: int | None = None,
        offset: int = 0,
        token: CancelToken | None = None,
    ) -> Sequence[int]:
        """Return the pks of the matching records, in order: all, or some of them.

        The first hundred of a million take a few milliseconds under any filter and sort;
        all of them cost one index walk, some 200 ms for a million, held as 8 bytes each.
        """
        ...

    def count(self, query: Query, token: CancelToken | None = None) -> int:
        """Return how many records match. May take as long as reading them all."""
        ...

    def fetch(
        self, kind: Kind, pks: Sequence[int], token: CancelToken | None = None
    ) -> list[AnyRecord]:
        """Return the records with these pks, in this order, leaving out those gone."""
        ...

    def find(
        self, query: Query, limit: int, offset: int = 0, token: CancelToken | None = None
    ) -> Page:
        """Return one page and the total, of one and the same state of the data."""
        ...

    def detail(self, kind: Kind, pk: int) -> Detail:
        """Return everything about one record.

        Raises:
            RecordNotFoundError: there is none.
        """
        ...

    def thread(
        self, conversation_pk: int, token: CancelToken | None = None
    ) -> tuple[ThreadEntry, ...]:
        """Return the outline of a conversation: its messages in order, without their text."""
        ...

    def thread_start(
        self, conversation_pk: int, most: int, token: CancelToken | None = None
    ) -> tuple[ThreadEntry, ...]:
        """Return the beginning of an outline, of which the rest is only a continuation.

        Those are at most so many messages, and only the last of them is answered further
        down. However long the conversation is, it takes some milliseconds.
        """
        ...

    def thread_around(
        self,
        conversation_pk: int,
        message_pk: int,
        most: int,
        token: CancelToken | None = None,
    ) -> tuple[ThreadEntry, ...]:
        """Return at most so many messages of an outline, before and after one, and itself.

        Branches that begin further up are left out, unless it is on one of them. However
        long the conversation is, it takes some milliseconds. Of a message that is not in
        the conversation, nothing is returned.
        """
        ...

    def message_details(
        self, pks: Sequence[int], token: CancelToken | None = None
    ) -> list[MessageDetail]:
        """Return messages with what they say, in this order, leaving out those gone."""
        ...

    def hits(
        self,
        query: Query,
        limit: int,
        *,
        best_first: bool = True,
        token: CancelToken | None = None,
    ) -> tuple[Hit, ...]:
        """Return the first records that a query's text finds, with where it stands in them.

        `best_first` orders by how well the text fits among the latest matches; otherwise
        the order is the query's own.
        """
        ...

    def is_there(self, kind: Kind, name: str, token: CancelToken | None = None) -> bool:
        """Whether there is a batch, task or conversation that a query names so."""
        ...

    def resolve(self, name: str) -> tuple[Kind, int]:
        """Return the record that a person means by an id.

        Its id, the start of its id (6 signs or more), or its id in the file it came from,
        where only one record has it.

        Raises:
            RecordNotFoundError: no record, or more than one, has that name.
        """
        ...

    def facets(
        self,
        query: Query,
        field: str,
        token: CancelToken | None = None,
        *,
        at_once: bool = False,
    ) -> tuple[Facet, ...]:
        """Return the values of a field among what a query finds, by count.

        The field is `tag`, `source` or one that the query can name values of, such as
        `kind` or `category`; of states and the like the values are words. Where the query
        narrows, no more than its first 20,000 records are counted; `at_once` of any query
        no more than its first 5,000, which takes some 10 ms.

        Raises:
            InvalidQueryError: there is no such field, or these records do not have it.
        """
        ...

    def overview(
        self,
        days: int,
        token: CancelToken | None = None,
        pictures: Collection[Picture] = tuple(Picture),
    ) -> Overview:
        """Return numbers to draw of the last so many days, today being one of them.

        Reads no more than what was changed in that time. `pictures` are the ones wanted.
        """
        ...

    def create(self, kind: Kind, fields: Mapping[str, EditValue]) -> Outcome:
        """Make a record from any fields that `edit` takes; `outcome.changed` holds its pk.

        A title is needed, or for a status update its text. A run needs its `task`, and is
        the next turn of it unless `turn` says otherwise. Messages cannot be made.

        Raises:
            InvalidEditError: a value the field cannot take, or a needed one is missing.
        """
        ...

    def edit(
        self, kind: Kind, pk: int, changes: Mapping[str, EditValue], *, seen_version: int
    ) -> Outcome:
        """Change fields of one record that was seen at `seen_version`.

        All but messages take `title` and `description`; `batch` and `task` are ids or None
        wherever a record points at one. Beside these:

        - task: `status`, `priority`, `kind`, `tags` (names), `parent` (id or None) and
          `links` (pairs of task id and `LinkKind`, going out from this task);
        - run: `status`, `decision`, `step`, `turn`, `attempt`, and `started_at`,
          `completed_at` and `lease_until` (microseconds, ISO 8601 or None);
        - status update: `actor`;
        - bug: `status`, `severity`, `steps`, `proposed_fix`, `tasks` (ids);
        - design note: `context`, `decision`, `consequences`, `superseded_by` (id or None);
        - learning: `category`, `confidence` (0 to 1), `review`, `tags` (names),
          `evidence` (ids of messages), `superseded_by` (id or None; with an id the review is
          superseded, unless it is given too).

        Raises:
            VersionConflictError: it was changed since; holds both.
            InvalidEditError: a value the field cannot take, or a parent circle.
            RecordNotFoundError: it is gone.
        """
        ...

    def merge_learnings(self, kept_pk: int, other_pk: int) -> Outcome:
        """Make one learning part of another, in one operation.

        The kept one gets the tags and the evidence of the other, and its text below its own
        unless that says it already; the other is superseded by it.

        Raises:
            InvalidEditError: they are one and the same, or the other supersedes the kept one.
            RecordNotFoundError: one of them is gone.
        """
        ...

    def edit_many(
        self, kind: Kind, choice: Choice, changes: Mapping[str, EditValue]
    ) -> Outcome:
        """Give many records the same `status`, `priority`, `severity` or `kind`.

        Raises:
            InvalidEditError: a field that the kind does not have, or another field.
        """
        ...

    def edit_tags(
        self,
        kind: Kind,
        choice: Choice,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> Outcome:
        """Add tags to many records and remove others from them; a tag in both is added.

        Raises:
            InvalidEditError: records of this kind have no tags.
        """
        ...

    def move(self, kind: Kind, choice: Choice, place: Place) -> Outcome:
        """Archive, trash or put back records. The tasks of a batch go with it.

        Putting a batch back puts back the tasks that went with it, and only those.
        """
        ...

    def purge(self, kind: Kind, choice: Choice, reason: str = "") -> Outcome:
        """Delete records for good, with their history; each leaves a tombstone.

        Cannot be undone. The tasks of a purged batch are purged with it.
        """
        ...

    def with_contents(self, kind: Kind, choice: Choice) -> dict[Kind, list[int]]:
        """Return the pks, by kind, of records and all that is part of them.

        It is what `purge` would delete.
        """
        ...

    def stage(
        self,
        title: str,
        policy: Conflicts = Conflicts.NEWER,
        decisions: Decisions = MappingProxyType({}),
    ) -> Staging:
        """Start an import behind the curtain.

        `policy` says which side wins a conflict; for some records `decisions` do.
        """
        ...

    def find_origin(
        self,
        format_name: str,
        path: str,
        sample: Sequence[Sampled],
        operation_pk: int | None = None,
    ) -> str | None:
        """Return the origin that a file is a newer version of, or None.

        That of the last file of this format from the same path, or else the one that
        already has most of the sampled records, and hardly any other in the place of one.
        What other unfinished imports hold does not count; that of `operation_pk` does.
        """
        ...

    def recover(self) -> tuple[OperationRecord, ...]:
        """Finish or roll back what a dead process left half-done; return what it was."""
        ...

    def uploads(self) -> tuple[UploadRecord, ...]:
        """Return the kept originals, newest first."""
        ...

    def last_upload(self, path: str) -> UploadRecord | None:
        """Return the last import of the file at a path, if it was committed, or None."""
        ...

    def is_taken_back(self, path: str) -> bool:
        """Whether an import of the file at a path was undone, and none was done since.

        Of an archive, that of any file in it.
        """
        ...

    def is_whole_since(self, moment: int) -> bool:
        """Whether, since a moment, nothing was deleted for good and no import taken back."""
        ...

    def originals_folder(self) -> Path:
        """Return the folder the originals are kept in."""
        ...

    def rows(self, table: str, pks: Sequence[int] | None = None) -> Iterator[str]:
        """Yield rows of a table as the Sheaf dump writes them: JSON objects, references by id.

        All rows, or of `batch` and `task` those with some pks.
        """
        ...

    def task_details(self, pks: Sequence[int]) -> Iterator[TaskDetail]:
        """Yield everything about each of some tasks, in bounded memory."""
        ...

    def planned_migrations(self, target: int | None = None) -> list[str]:
        """Return what `migrate` would do, a line for each step."""
        ...

    def migrations(self) -> tuple[MigrationStep, ...]:
        """Return the steps by which the tables came to their version, oldest first."""
        ...

    def quick_check(self, token: CancelToken | None = None) -> Finding:
        """Check the structure of the file, as far as a few seconds allow."""
        ...

    def migrate(self, target: int | None = None) -> list[str]:
        """Bring the tables to a version, keeping a copy of the file as it was.

        Returns what was done, a line for each step.

        Raises:
            StorageRejectedError: there is no such version.
        """
        ...

    def check(
        self,
        token: CancelToken | None = None,
        on_progress: Callable[[StepProgress], None] = ignore_steps,
    ) -> tuple[Finding, ...]:
        """Check the file, its records and everything derived in it, and say what was found.

        What cannot be read because the file is damaged is a finding, and no error.
        """
        ...

    def cheap_checks(self, token: CancelToken | None = None) -> tuple[Finding, ...]:
        """Check what takes some milliseconds, however large the file is."""
        ...

    def mend(self, check: str) -> Outcome:
        """Mend what the check of a name finds: one operation, where it changes records.

        What is derived is made anew, and is no operation. What cannot be mended stays.
        """
        ...

    def copy_to(
        self,
        path: Path,
        token: CancelToken | None = None,
        on_progress: Callable[[CopyProgress], None] = lambda _progress: None,
        *,
        check: bool = True,
    ) -> Contents:
        """Write a copy of the whole storage as it is at one moment, and check the copy.

        Others may go on writing meanwhile. Returns what there was at that moment. Without
        `check`, the copy is neither checked nor sure to outlast a power cut; that is left
        to `Backend.check_copy`.

        Raises:
            StorageDamagedError: the copy is not whole, as the storage itself is not.
            UnwritableFileError: the copy cannot be written.
        """
        ...

    def contents(self, token: CancelToken | None = None, *, check: bool = False) -> Contents:
        """Return what there is, counted table by table: less than a second for a GB.

        With `check`, the structure of the tables is checked first, which takes some seconds.

        Raises:
            StorageDamagedError: that is damaged.
        """
        ...

    def mark(self) -> str:
        """Return what `contents` would have as its `mark`, at once."""
        ...

    def changed_since(
        self, path: Path, token: CancelToken | None = None
    ) -> dict[Kind, Differing]:
        """Return how many records of each kind differ from those of a copy.

        Nobody writes to the copy, whose tables may have an older version.

        Raises:
            StorageUnavailableError: the copy is damaged or cannot be read.
            WorkCancelledError: `token` was cancelled.
        """
        ...

    def replace_with(
        self,
        path: Path,
        seen_mark: str,
        token: CancelToken | None = None,
        on_progress: Callable[[CopyProgress], None] = lambda _progress: None,
    ) -> Contents:
        """Put a copy in the place of everything but the queue of jobs: at once, or not at all.

        The copy, whose tables have the present version, is one that nothing else uses.
        Returns what it holds.

        Raises:
            StorageRejectedError: the mark is not the one that was seen, so that something
                was changed since, or an import is under way.
        """
        ...

    def exchange_with(
        self,
        path: Path,
        put: Callable[[Contents], bool],
        token: CancelToken | None = None,
    ) -> Contents | None:
        """Have a copy take the place of the file itself, if nobody else has that open.

        Does what `replace_with` does, without writing anything a second time. While nothing
        is open, `put` is given what the file holds, and gives its name to the copy, which
        is synced and has the queue of jobs by then; it returns whether it did. Returns what
        the copy holds, or None if nothing was changed: then `replace_with` is the way.

        Raises:
            StorageRejectedError: an import is under way.
        """
        ...

    def backups_folder(self) -> Path | None:
        """Return the folder for the backups; None where there is no file to back up."""
        ...

    def info(self) -> StorageInfo:
        """Return what there is to say about the storage itself."""
        ...

    def others_version(self) -> int:
        """Return a number that changes when another process changes the data."""
        ...

    def close(self) -> None:
        """Release everything. Not to be used afterwards."""
        ...


class Backend(Protocol):
    """What a kind of storage registers under its URI scheme."""

    scheme: str
    title: str

    def open(self, uri: str, *, create: bool = True, may_migrate: bool = True) -> Storage:
        """Open the storage, making it where there is none if `create` says so.

        Without `may_migrate`, tables of an older version stay as they are.
        """
        ...

    def read(self, uri: str, *, may_migrate: bool = True) -> Storage:
        """Open a storage only for reading, though it could not be opened otherwise.

        Nothing in it is changed, and nothing is made beside it.

        Raises:
            StorageUnavailableError: it cannot be read either.
        """
        ...

    def check_copy(self, uri: str, token: CancelToken) -> Contents:
        """Check the structure of a copy that nobody writes to, and return what it holds.

        Nothing in it is changed, and its content is made to outlast a power cut.

        Raises:
            StorageDamagedError: the copy is damaged.
            StorageUnavailableError: it cannot be read.
            UnwritableFileError: it cannot be made to last.
            WorkCancelledError: `token` was cancelled.
        """
        ...

    def search_copy(
        self, uri: str, needles: Needles, ids: tuple[str, ...], token: CancelToken
    ) -> int:
        """Return how many rows of a copy that nobody writes to hold one of some texts.

        Where ids of records are given: whether one of these is there. Nothing is changed.

        Raises:
            StorageUnavailableError: it is damaged or cannot be read.
        """
        ...

    def salvage(self, uri: str, output: Path, token: CancelToken) -> Salvaged:
        """Write what can be read of a damaged storage into a new file; change nothing in it.

        Raises:
            StorageMissingError: there is no such storage, or none that can be damaged.
            StorageDamagedError: nothing of it can be read.
            UnwritableFileError: the new file cannot be written, or is there already.
        """
        ...
