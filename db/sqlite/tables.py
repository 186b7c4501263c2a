"""The tables as the query builder and the audit log know them. The migrations make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from peewee import Table

from db.errors import InvalidEditError
from db.records import Kind

Batch: Final[Any] = Table(
    "batch",
    (
        "pk", "id", "title", "created_at", "updated_at", "archived_at", "trashed_at", "version",
        "origin", "external_id", "running", "queued", "review", "blocked", "failed",
        "succeeded", "canceled", "place", "status", "total", "source",
    ),
)  # fmt: skip
Task: Final[Any] = Table(
    "task",
    (
        "pk", "id", "batch_pk", "parent_pk", "title", "status", "status_word", "kind",
        "priority", "created_at", "updated_at", "archived_at", "trashed_at", "version",
        "origin", "external_id", "place", "source",
    ),
)  # fmt: skip
_HEAD: Final = (
    "pk", "id", "title", "created_at", "updated_at", "archived_at", "trashed_at", "version",
    "origin", "external_id", "place", "source",
)  # fmt: skip
TABLES: Final[dict[Kind, Any]] = {
    Kind.BATCH: Batch,
    Kind.TASK: Task,
    Kind.EXECUTION: Table(
        "execution",
        (
            *_HEAD, "task_pk", "turn", "step", "attempt", "status", "status_word", "decision",
            "started_at", "completed_at", "lease_until", "duration",
        ),
    ),
    Kind.STATUS_UPDATE: Table("status_update", (*_HEAD, "batch_pk", "task_pk", "actor")),
    Kind.BUG: Table("bug", (*_HEAD, "batch_pk", "status", "status_word", "severity")),
    Kind.DESIGN_NOTE: Table(
        "design_note", (*_HEAD, "batch_pk", "task_pk", "superseded_by_pk")
    ),
    Kind.CONVERSATION: Table(
        "conversation",
        (
            *_HEAD, "batch_pk", "task_pk", "parent_pk", "model", "project", "messages",
            "errors",
        ),
    ),
    Kind.MESSAGE: Table(
        "message",
        (*_HEAD, "conversation_pk", "parent_pk", "position", "role", "parts", "has_error"),
    ),
    Kind.LEARNING: Table(
        "learning",
        (
            *_HEAD, "batch_pk", "task_pk", "category", "confidence", "review",
            "superseded_by_pk",
        ),
    ),
}  # fmt: skip
"""The table of each kind of record, with the columns that lists read."""

Tag: Final[Any] = Table("tag", ("pk", "name"))
BugTask: Final[Any] = Table("bug_task", ("bug_pk", "task_pk"))

UPLOADS: Final = 0
"""What stands in `curtain.kind` for rows of `upload`, which are no kind of record."""

SORT_INDEXES: Final = {
    "task_updated": (
        "task (place, updated_at, pk, status, kind, priority, created_at, batch_pk)"
    ),
    "task_created": "task (place, created_at)",
    "task_title": "task (place, title COLLATE NOCASE)",
    "task_status": "task (place, status, updated_at, pk, kind, priority, created_at, batch_pk)",
    "task_priority": "task (place, priority, updated_at)",
    "task_kind": "task (place, kind, updated_at)",
    "task_source": "task (place, source, updated_at)",
    "task_batch": "task (batch_pk, place, updated_at, pk, status, kind, priority, created_at)",
}
"""The indexes of tasks that serve lists only: made anew after the first large import.

Those of the last change, of the state and of the batch hold all that filters compare, so
that a row is judged without being read.
"""


class ListField(Struct, frozen=True):
    """A field of a record that is rows of another table; see `db.sqlite.lists`.

    Each row has the record in column `owner` and one value of the list in column `value`:
    a record of the kind `target`, or a tag where there is none. The links of a task are
    pairs, the other task and the kind of link.
    """

    table: str
    owner: str
    value: str
    target: Kind | None = None
    is_links: bool = False


class Layout(Struct, frozen=True, kw_only=True):
    """Where and how a kind of record is stored: all that the audit log and imports know of it.

    `columns` are stored in `table`, `body_columns` in `body_table`, which is the same for
    records without much text. `references` are the columns that hold pks, and of what
    kind; a record is part of what its `owners` refer to: it is moved and deleted with it.
    `searched` are the fields in the full-text index beside the title and external id.
    No two records are the same in all of the `unique` columns.
    """

    kind: Kind
    table: str
    columns: tuple[str, ...]
    body_table: str
    body_columns: tuple[str, ...] = ()
    references: Mapping[str, Kind] = {}
    owners: tuple[str, ...] = ()
    lists: Mapping[str, ListField] = {}
    searched: tuple[str, ...] = ("description",)
    unique: tuple[str, ...] = ()

    @property
    def search_table(self) -> str:
        """The full-text table."""
        return f"{self.table}_search"

    @property
    def words_table(self) -> str:
        """The words of the full-text table: each connection has this table to itself."""
        return f"{self.table}_words"

    def table_of(self, field: str) -> str:
        """Return the table that has a field.

        Raises:
            InvalidEditError: no table has it.
        """
        if field in self.columns:
            return self.table
        if field in self.body_columns:
            return self.body_table
        raise InvalidEditError(f"A {self.kind.word} has no field named {field}.")

    @property
    def own_references(self) -> list[str]:
        """The columns that refer to records of the same kind."""
        return [name for name, kind in self.references.items() if kind is self.kind]

    @property
    def join(self) -> str:
        """The FROM clause that reaches every column, the main table first."""
        if self.body_table == self.table:
            return self.table
        return f"{self.table} LEFT JOIN {self.body_table} USING (pk)"

    @property
    def body_join(self) -> str:
        """The JOIN clause that adds the table of the long fields to the main table."""
        if self.body_table == self.table:
            return ""
        return f"LEFT JOIN {self.body_table} ON {self.body_table}.pk = {self.table}.pk"

    @property
    def image_columns(self) -> tuple[str, ...]:
        """All stored columns but the pk and the version."""
        return self.columns + self.body_columns


_SHARED: Final = (
    "id", "title", "created_at", "updated_at", "archived_at", "trashed_at", "origin",
    "external_id",
)  # fmt: skip
_BODY: Final = ("description", "raw", "upload_pk", "byte_offset", "byte_length")
_HOME: Final = {"batch_pk": Kind.BATCH, "task_pk": Kind.TASK}


def _inline(kind: Kind, table: str, *columns: str, **more: Any) -> Layout:
    """Return the layout of a kind whose long fields are in its own table."""
    return Layout(
        kind=kind, table=table, columns=(*_SHARED, *columns, *_BODY), body_table=table, **more
    )


def _apart(
    kind: Kind, table: str, *columns: str, body: Sequence[str] = (), **more: Any
) -> Layout:
    """Return the layout of a kind whose long fields have a table of their own."""
    return Layout(
        kind=kind,
        table=table,
        columns=(*_SHARED, *columns),
        body_table=f"{table}_body",
        body_columns=(*_BODY, *body),
        **more,
    )


_ALL_LAYOUTS: Final = (
    _inline(Kind.BATCH, "batch"),
    _apart(
        Kind.TASK,
        "task",
        "batch_pk",
        "parent_pk",
        "status",
        "status_word",
        "kind",
        "priority",
        references={"batch_pk": Kind.BATCH, "parent_pk": Kind.TASK},
        owners=("batch_pk", "parent_pk"),
        lists={
            "tags": ListField("task_tag", "task_pk", "tag_pk"),
            "links": ListField("task_link", "from_pk", "to_pk", Kind.TASK, is_links=True),
        },
    ),
    _apart(
        Kind.EXECUTION,
        "execution",
        "task_pk",
        "turn",
        "step",
        "attempt",
        "status",
        "status_word",
        "decision",
        "started_at",
        "completed_at",
        "lease_until",
        references={"task_pk": Kind.TASK},
        owners=("task_pk",),
        unique=("task_pk", "turn", "step", "attempt"),
    ),
    _inline(
        Kind.STATUS_UPDATE,
        "status_update",
        "batch_pk",
        "task_pk",
        "actor",
        references=_HOME,
        owners=("batch_pk", "task_pk"),
    ),
    _inline(
        Kind.BUG,
        "bug",
        "batch_pk",
        "status",
        "status_word",
        "severity",
        "steps",
        "proposed_fix",
        references={"batch_pk": Kind.BATCH},
        lists={"tasks": ListField("bug_task", "bug_pk", "task_pk", Kind.TASK)},
        searched=("description", "steps", "proposed_fix"),
    ),
    _inline(
        Kind.DESIGN_NOTE,
        "design_note",
        "batch_pk",
        "task_pk",
        "context",
        "decision",
        "consequences",
        "superseded_by_pk",
        references={**_HOME, "superseded_by_pk": Kind.DESIGN_NOTE},
        searched=("description", "context", "decision", "consequences"),
    ),
    _inline(
        Kind.CONVERSATION,
        "conversation",
        "batch_pk",
        "task_pk",
        "parent_pk",
        "model",
        "project",
        references={**_HOME, "parent_pk": Kind.CONVERSATION},
        owners=("parent_pk",),
        searched=("description", "project"),
    ),
    _apart(
        Kind.MESSAGE,
        "message",
        "conversation_pk",
        "parent_pk",
        "position",
        "role",
        "parts",
        "has_error",
        body=("blocks",),
        references={"conversation_pk": Kind.CONVERSATION, "parent_pk": Kind.MESSAGE},
        owners=("conversation_pk",),
        searched=("blocks",),
    ),
    _inline(
        Kind.LEARNING,
        "learning",
        "batch_pk",
        "task_pk",
        "category",
        "confidence",
        "review",
        "superseded_by_pk",
        references={**_HOME, "superseded_by_pk": Kind.LEARNING},
        lists={
            "tags": ListField("learning_tag", "learning_pk", "tag_pk"),
            "evidence": ListField(
                "learning_evidence", "learning_pk", "message_pk", Kind.MESSAGE
            ),
        },
        searched=("description", "category"),
    ),
)
LAYOUTS: Final = {layout.kind: layout for layout in _ALL_LAYOUTS}

SEARCHES: Final[dict[Kind, Any]] = {
    kind: Table(layout.search_table, ("rowid", "rank", layout.search_table))
    for kind, layout in LAYOUTS.items()
}
"""The full-text tables, to be matched against as a whole by their hidden column."""
