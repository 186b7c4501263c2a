"""The tables as the query builder and the audit log know them. The migrations make them."""

from __future__ import annotations

from collections.abc import Mapping
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
Tag: Final[Any] = Table("tag", ("pk", "name"))
TaskTag: Final[Any] = Table("task_tag", ("task_pk", "tag_pk"))

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


class Layout(Struct, frozen=True):
    """Where a kind of record is stored: its table, and the table of its long fields.

    `references` are the columns that hold the pk of a record this one belongs to, and goes
    with; a kind is declared after all it belongs to. `lists` are the fields that are rows
    of other tables: see `db.sqlite.lists`.
    """

    kind: Kind
    table: str
    columns: tuple[str, ...]
    body_table: str
    body_columns: tuple[str, ...]
    search_table: str
    references: Mapping[str, Kind] = {}
    lists: tuple[str, ...] = ()

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

LAYOUTS: Final = {
    Kind.BATCH: Layout(Kind.BATCH, "batch", _SHARED + _BODY, "batch", (), "batch_search"),
    Kind.TASK: Layout(
        Kind.TASK,
        "task",
        (*_SHARED, "batch_pk", "parent_pk", "status", "status_word", "kind", "priority"),
        "task_body",
        _BODY,
        "task_search",
        references={"batch_pk": Kind.BATCH, "parent_pk": Kind.TASK},
        lists=("tags", "links"),
    ),
}

SEARCHES: Final[dict[Kind, Any]] = {
    kind: Table(layout.search_table, ("rowid", layout.search_table))
    for kind, layout in LAYOUTS.items()
}
"""The full-text tables, to be matched against as a whole by their hidden column."""
