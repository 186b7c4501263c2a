"""What an import brings: records as a format read them, and how a storage takes them in.

They wait behind a curtain (`Staging`) until the import is whole, and show all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from db.cancel import CancelToken
from db.records import Block, Kind, Outcome


class IncomingTask(Struct, kw_only=True, gc=False):
    """A task as a format read it from a file. Times are microseconds; None is unknown.

    `external_id` is the record's name inside its origin; `parent` and the first half of
    each of `links` are such names, of tasks in the same origin; `batch` is the name of a
    batch that this or another file of it holds. `raw` is the exact source text, where that
    is no JSON as a JSON string or list, `offset` and `length` its byte range in the file.
    Each of `links` is a name, a `LinkKind`, and whether the link goes out from this task.
    `merge` makes, of the raw text of the task that is there already, what this one and
    that one are together, which is never older than either; it must not hold on to this
    task, which Python would then never let go of.
    """

    external_id: str
    title: str
    status: int
    raw: str
    offset: int
    length: int
    batch: str = ""
    status_word: str | None = None
    kind: str = "task"
    priority: int = 2
    description: str = ""
    created_at: int | None = None
    updated_at: int | None = None
    parent: str | None = None
    tags: tuple[str, ...] = ()
    links: tuple[tuple[str, int, bool], ...] = ()
    merge: Callable[[str], IncomingTask] | None = None


class IncomingBatch(Struct, kw_only=True):
    """A batch as a format read it. `external_id` names it inside its origin.

    `merge` makes, of the raw text of the batch that is there already, what this one and
    that one are together.
    """

    external_id: str
    title: str
    description: str = ""
    raw: str | None = None
    offset: int | None = None
    length: int | None = None
    created_at: int | None = None
    updated_at: int | None = None
    merge: Callable[[str], IncomingBatch] | None = None


class IncomingRecord(Struct, kw_only=True):
    """A record of any kind but batch and task, as a format read it.

    `fields` are the columns that only its kind has, by name. `refs` name other records of
    the same origin by their external ids: `batch`, `task`, `conversation`, `parent`,
    `superseded_by`; so do `tasks` of a bug and `evidence` of a learning. A reference to
    nothing is left out, but a run without its task and a message without its conversation
    cannot be stored and are refused. Records of the same kind that have this one as
    `parent`, should they have come before it, are known by how their external ids begin,
    `parts`, or by what their description is, `parts_say`.
    """

    kind: Kind
    external_id: str
    title: str
    description: str = ""
    fields: dict[str, Any] = {}
    refs: dict[str, str] = {}
    parts: str = ""
    parts_say: str = ""
    tags: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    raw: str | None = None
    offset: int | None = None
    length: int | None = None
    created_at: int | None = None
    updated_at: int | None = None


def kind_of_incoming(incoming: IncomingBatch | IncomingTask | IncomingRecord) -> Kind:
    """Return what kind of record it is."""
    if isinstance(incoming, IncomingRecord):
        return incoming.kind
    return Kind.TASK if isinstance(incoming, IncomingTask) else Kind.BATCH


class IncomingRow(Struct, frozen=True):
    """A row of a Sheaf dump, read back from what `Storage.rows` gave, and where it stands."""

    table: str
    row: dict[str, Any]
    line: int | None = None
    pointer: str = ""


MOST_EXAMPLES: Final = 8
"""Records that the report of an import names."""
PROBLEM_CHARS: Final = 1 << 20
"""So much of the text of a problem is kept; all of it is in the original."""


Sampled: TypeAlias = tuple[str, str | None, bool]
"""Of a record near the start of a file its external id, its title, of which None matches
any, and whether the file says when it was changed."""


class BadRecords(StrEnum):
    """What happens to records that cannot be used."""

    STOP = "stop"
    SET_ASIDE = "set-aside"


class Conflicts(StrEnum):
    """Which side wins where a person and a file changed the same field of a record.

    With `NEWER`, nobody does where the file does not say when, or both say the same. `PAST`
    is for what comes out of a backup: all of it wins, also over what is newer here.
    """

    NEWER = "newer"
    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"
    STOP = "stop"
    PAST = "past"


class Duplicates(StrEnum):
    """What becomes of the earlier ones of records that one file holds several times.

    Only the latest of each is kept, or all as records of their own, or the earlier ones as
    earlier states in the history of the latest.
    """

    NEWEST = "newest"
    BOTH = "both"
    HISTORY = "history"


Decisions: TypeAlias = Mapping[tuple[Kind, int], Conflicts]
"""Which side wins for single records, by kind and pk."""


class Conflict(Struct, frozen=True):
    """A record whose fields a person and a file changed in different ways.

    `fields` maps each to what it holds here and in the file; `winner` is the side that wins,
    None where somebody has to choose.
    """

    kind: str
    pk: int
    title: str
    fields: dict[str, tuple[Any, Any]]
    winner: Conflicts | None = None


class Problem(Struct, frozen=True, kw_only=True):
    """A part of a file that cannot be used: where it stands, why, and its text.

    `line` and `column` count from 1; `pointer` is a JSON pointer to it in its document, and
    `fault` to what is wrong inside it; `offset` and `length` are bytes of the file, None
    where they are not known; `text` is cut at `PROBLEM_CHARS`.
    """

    file: str
    reason: str
    line: int | None = None
    column: int | None = None
    pointer: str = ""
    fault: str = ""
    text: str = ""
    offset: int | None = None
    length: int | None = None


class Progress(Struct, frozen=True):
    """How far an import is. `done` and `total` are in bytes; `total` is 0 if unknown."""

    done: int
    total: int
    records: int
    file: str


class Committing(Struct, frozen=True):
    """How far the committing of an import is, in records."""

    done: int
    total: int


def ignore_committing(_progress: Committing) -> None:
    """Do nothing with it."""


class ImportReport(Struct, kw_only=True):
    """What an import does, by kind of record: the preview before, the summary after.

    `records` says what was read from each of `files`, by kind;
    `older` are records the file holds in an older state than Sheaf does, left as they are;
    `repeated` those that one file holds again, of which the latest of each is kept, and
    `earlier` those that are kept in its history as earlier states;
    `overwritten` are those of the changed ones that would lose what a person gave a field
    here, and `overwritten_examples` the titles of some of them; `kept` are those that keep
    it; `undecided` those for which somebody has to choose before the import is committed;
    `conflicts` are some of all these;
    `examples` are the titles of some new and some changed records; `passed_over` are files
    of a folder in no known format, `vanished` those that were gone when it was their turn;
    `skipped` says by name why files or folders were not looked into, `unreadable` what is
    wrong with files of which nothing can be read; `failed_formats` says by name why formats
    could not be asked whether a file is theirs;
    `unfinished` are files whose last line is cut off and left
    out; `files_known` says how many of the files were imported before; `without_originals`
    are dumps that speak of kept originals, which are not inside;
    `size` is that of all files together, in bytes.
    """

    files: list[str] = []
    records: list[dict[str, int]] = []
    formats: list[str] = []
    new: dict[str, int] = {}
    changed: dict[str, int] = {}
    identical: dict[str, int] = {}
    older: dict[str, int] = {}
    repeated: dict[str, int] = {}
    earlier: dict[str, int] = {}
    overwritten: dict[str, int] = {}
    overwritten_examples: list[str] = []
    kept: dict[str, int] = {}
    undecided: dict[str, int] = {}
    conflicts: list[Conflict] = []
    examples: list[str] = []
    passed_over: list[str] = []
    vanished: list[str] = []
    skipped: dict[str, str] = {}
    unreadable: list[Problem] = []
    failed_formats: dict[str, str] = {}
    unfinished: list[str] = []
    without_originals: list[str] = []
    set_aside: int = 0
    problems: list[Problem] = []
    updates_origin: bool = False
    files_known: int = 0
    size: int = 0

    @property
    def effective(self) -> int:
        """How many records the import makes or changes."""
        return sum(self.new.values()) + sum(self.changed.values())


def ignore_end(_outcome: Outcome | None) -> None:
    """Do nothing with it."""


@runtime_checkable
class Staging(Protocol):
    """An import behind the curtain: stored, but in no list, search or export.

    Exactly one of `commit` and `discard` ends it. If the program dies before, the next
    start discards it.
    """

    report: ImportReport
    problems: Sequence[Problem]
    """The first thousand parts of the files that cannot be used, and are set aside."""
    operation_pk: int
    on_end: Callable[[Outcome | None], None]
    """Called when it is committed, with the outcome, or discarded, with None."""

    def begin_file(
        self,
        *,
        name: str,
        path: str,
        format_name: str,
        origin: str,
        duplicates: Duplicates | None = Duplicates.NEWEST,
    ) -> None:
        """Start a file; the records that follow come from it.

        Where nobody chose what becomes of duplicates, they are history if each is later
        than those before it.
        """
        ...

    def add_batches(self, batches: Sequence[IncomingBatch]) -> None:
        """Store batches of the current file."""
        ...

    def add_tasks(self, tasks: Sequence[IncomingTask]) -> None:
        """Store tasks of the current file: one transaction."""
        ...

    def add_records(self, records: Sequence[IncomingRecord]) -> list[Problem]:
        """Store records of the current file, all of one kind: one transaction.

        Returns the runs and messages that belong to nothing, which are left out.

        Raises:
            ExchangeError: one breaks a rule of its kind, as a second run of one turn does.
        """
        ...

    def add_rows(self, rows: Sequence[IncomingRow]) -> None:
        """Store rows of a Sheaf dump, each table's after those it refers to.

        Raises:
            ExchangeError: a row that no table can take.
        """
        ...

    def retitle(self, title: str) -> None:
        """Call the import by another name."""
        ...

    def set_aside(self, problems: Sequence[Problem]) -> None:
        """Keep parts of the current file that cannot be used, to be mended and tried again."""
        ...

    def index_new(self) -> None:
        """Put what was stored into the full-text index, if that is enough to be worth it."""
        ...

    def end_file(self, *, sha256: str, size: int) -> None:
        """End the current file, whose original is kept under that hash."""
        ...

    def commit(
        self,
        token: CancelToken | None = None,
        on_progress: Callable[[Committing], None] = ignore_committing,
    ) -> Outcome:
        """Show everything at once: one operation, which can be undone.

        Raises:
            UndecidedError: `report.undecided` is not empty; nothing is imported.
            StorageRejectedError: a record was changed meanwhile; nothing is imported.
            WorkCancelledError: `token` was cancelled; nothing is imported, and it can be
                committed again or discarded.
        """
        ...

    def discard(self) -> None:
        """Take everything out again, as if it had never been."""
        ...
