"""What an import brings: records as a format read them, and how a storage takes them in.

They wait behind a curtain (`Staging`) until the import is whole, and show all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

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
    cannot be stored and are refused. `parts` is how the external ids begin of records of
    the same kind that have this one as `parent`, should they have come before it.
    """

    kind: Kind
    external_id: str
    title: str
    description: str = ""
    fields: dict[str, Any] = {}
    refs: dict[str, str] = {}
    parts: str = ""
    tags: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    raw: str | None = None
    offset: int | None = None
    length: int | None = None
    created_at: int | None = None
    updated_at: int | None = None


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


class BadRecords(StrEnum):
    """What happens to records that cannot be used."""

    STOP = "stop"
    SET_ASIDE = "set-aside"


class Conflicts(StrEnum):
    """Which side wins where a person and a file changed the same field of a record.

    With `NEWER`, nobody does where the file does not say when, or both say the same.
    """

    NEWER = "newer"
    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"
    STOP = "stop"


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

    `line` and `column` count from 1; `pointer` is a JSON pointer; `offset` and `length` are
    bytes of the file, None where they are not known; `text` is cut at `PROBLEM_CHARS`.
    """

    file: str
    reason: str
    line: int | None = None
    column: int | None = None
    pointer: str = ""
    text: str = ""
    offset: int | None = None
    length: int | None = None


class Progress(Struct, frozen=True):
    """How far an import is. `done` and `total` are in bytes; `total` is 0 if unknown."""

    done: int
    total: int
    records: int
    file: str


class ImportReport(Struct, kw_only=True):
    """What an import does, by kind of record: the preview before, the summary after.

    `older` are records the file holds in an older state than Sheaf does, left as they are;
    `repeated` those that one file holds again, of which the latest of each is kept;
    `overwritten` are those of the changed ones that would lose what a person gave a field
    here, and `overwritten_examples` the titles of some of them; `kept` are those that keep
    it; `undecided` those for which somebody has to choose before the import is committed;
    `conflicts` are some of all these;
    `examples` are the titles of some new and some changed records; `passed_over` are files
    of a folder in no known format, `vanished` those that were gone when it was their turn;
    `unfinished` are files whose last line is cut off and left
    out; `files_known` says how many of the files were imported before; `without_originals`
    are dumps that speak of kept originals, which are not inside;
    `size` is that of all files together, in bytes.
    """

    files: list[str] = []
    formats: list[str] = []
    new: dict[str, int] = {}
    changed: dict[str, int] = {}
    identical: dict[str, int] = {}
    older: dict[str, int] = {}
    repeated: dict[str, int] = {}
    overwritten: dict[str, int] = {}
    overwritten_examples: list[str] = []
    kept: dict[str, int] = {}
    undecided: dict[str, int] = {}
    conflicts: list[Conflict] = []
    examples: list[str] = []
    passed_over: list[str] = []
    vanished: list[str] = []
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

    def begin_file(self, *, name: str, path: str, format_name: str, origin: str) -> None:
        """Start a file; the records that follow come from it."""
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

    def set_aside(self, problems: Sequence[Problem]) -> None:
        """Keep parts of the current file that cannot be used, to be mended and tried again."""
        ...

    def index_new(self) -> None:
        """Put what was stored into the full-text index, if that is enough to be worth it."""
        ...

    def end_file(self, *, sha256: str, size: int) -> None:
        """End the current file, whose original is kept under that hash."""
        ...

    def commit(self) -> Outcome:
        """Show everything at once: one operation, which can be undone.

        Raises:
            UndecidedError: `report.undecided` is not empty; nothing is imported.
            StorageRejectedError: a record was changed meanwhile; nothing is imported.
        """
        ...

    def discard(self) -> None:
        """Take everything out again, as if it had never been."""
        ...
