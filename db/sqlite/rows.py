"""Reading records: rows of the tables become the frozen records of `db.records`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct

from db.errors import RecordNotFoundError
from db.records import (
    AnyRecord,
    BatchRecord,
    BugRecord,
    ConversationRecord,
    DesignNoteRecord,
    ExecutionRecord,
    Kind,
    LearningRecord,
    MessageRecord,
    StatusUpdateRecord,
    TaskRecord,
)
from db.sqlite.connection import Session
from db.sqlite.counts import COUNT_COLUMNS
from db.sqlite.curtain import hidden
from db.sqlite.tables import LAYOUTS
from db.vocabulary import Part, Priority, Review, Role, Severity, Status

_SHARED: Final = (
    "pk", "id", "title", "created_at", "updated_at", "archived_at", "trashed_at", "version",
    "origin", "external_id",
)  # fmt: skip
_CONVERTERS: Final[dict[str, Callable[[Any], Any]]] = {
    "status": tuple(Status).__getitem__,
    "priority": tuple(Priority).__getitem__,
    "severity": tuple(Severity).__getitem__,
    "role": tuple(Role).__getitem__,
    "review": tuple(Review).__getitem__,
    "parts": Part,
    "has_error": bool,
}
"""What a stored number becomes, by field, where it is not a number to the program."""


class _Reader(Struct, frozen=True):
    """How one kind is read: its record, and the SQL of the fields beyond the shared ones.

    A field that is not among `sql` is the column of its name.
    """

    kind: Kind
    record: type[Any]
    fields: tuple[str, ...]
    sql: dict[str, str] = {}
    joins: str = ""

    @property
    def converters(self) -> list[tuple[str, Callable[[Any], Any]]]:
        """What to do to the values of fields, by name."""
        return [
            (name, convert)
            for name, convert in _CONVERTERS.items()
            if name in self.record.__struct_fields__
        ]

    @property
    def select(self) -> str:
        """The statement that reads records by a JSON list of pks."""
        table = LAYOUTS[self.kind].table
        columns = [self.sql.get(name, f"{table}.{name}") for name in (*_SHARED, *self.fields)]
        return (
            f"SELECT {', '.join(columns)} FROM {table} {self.joins}"
            f" WHERE {table}.pk IN (SELECT value FROM json_each(?))"
        )


_BATCH_JOIN: Final = "LEFT JOIN batch b ON b.pk = {}.batch_pk"
_TASK_JOIN: Final = "LEFT JOIN task t ON t.pk = {}.task_pk"
_HOME: Final = ("batch_pk", "batch_title", "task_pk", "task_title")
_HOME_SQL: Final = {
    "batch_title": "coalesce(b.title, '')",
    "task_title": "coalesce(t.title, '')",
}


def _pointing(kind: Kind, record: type[Any], *fields: str) -> _Reader:
    table = LAYOUTS[kind].table
    joins = f"{_BATCH_JOIN} {_TASK_JOIN}".format(table, table)
    return _Reader(kind, record, (*_HOME, *fields), _HOME_SQL, joins)


_READERS: Final = {
    reader.kind: reader
    for reader in (
        _Reader(Kind.BATCH, BatchRecord, ("status", *COUNT_COLUMNS)),
        _Reader(
            Kind.TASK,
            TaskRecord,
            (
                "status", "status_word", "kind", "priority", "batch_pk", "batch_title",
                "parent_pk",
            ),
            {"batch_title": "coalesce(b.title, '')"},
            _BATCH_JOIN.format("task"),
        ),
        _Reader(
            Kind.EXECUTION,
            ExecutionRecord,
            (
                "status", "status_word", "task_pk", "task_title", "batch_pk", "batch_title",
                "turn", "step", "attempt", "decision", "started_at", "completed_at",
                "lease_until", "size",
            ),
            {
                **_HOME_SQL,
                "batch_pk": "t.batch_pk",
                "size": (
                    "coalesce((SELECT length(description) FROM execution_body d"
                    " WHERE d.pk = execution.pk), 0)"
                ),
            },
            f"{_TASK_JOIN.format('execution')} {_BATCH_JOIN.format('t')}",
        ),
        _pointing(Kind.STATUS_UPDATE, StatusUpdateRecord, "actor"),
        _Reader(
            Kind.BUG,
            BugRecord,
            ("status", "status_word", "severity", "batch_pk", "batch_title"),
            {"batch_title": "coalesce(b.title, '')"},
            _BATCH_JOIN.format("bug"),
        ),
        _pointing(Kind.DESIGN_NOTE, DesignNoteRecord, "superseded_by_pk"),
        _pointing(
            Kind.CONVERSATION,
            ConversationRecord,
            "parent_pk",
            "model",
            "project",
            "messages",
            "errors",
        ),
        _Reader(
            Kind.MESSAGE,
            MessageRecord,
            (
                "conversation_pk", "conversation_title", "parent_pk", "position", "role",
                "parts", "has_error",
            ),
            {"conversation_title": "coalesce(c.title, '')"},
            "LEFT JOIN conversation c ON c.pk = message.conversation_pk",
        ),
        _pointing(
            Kind.LEARNING,
            LearningRecord,
            "category",
            "confidence",
            "review",
            "superseded_by_pk",
        ),
    )
}  # fmt: skip
_SELECTS: Final = {kind: reader.select for kind, reader in _READERS.items()}


def _tag_select(kind: Kind) -> str:
    tags = LAYOUTS[kind].lists["tags"]
    return (
        f"SELECT {tags.owner}, name FROM {tags.table} JOIN tag ON tag.pk = tag_pk"
        f" WHERE {tags.owner} IN (SELECT value FROM json_each(?)) ORDER BY name"
    )


_TAGS: Final = {kind: _tag_select(kind) for kind in Kind if "tags" in LAYOUTS[kind].lists}


def fetch(session: Session, kind: Kind, pks: Sequence[int]) -> list[AnyRecord]:
    """Return the records with these pks, in this order, leaving out those there are not."""
    if not pks:
        return []
    listed = json.dumps(list(pks))
    more: dict[int, dict[str, Any]] = {}
    if kind in _TAGS:
        for pk, name in session.execute(_TAGS[kind], (listed,)):
            tags = more.setdefault(pk, {"tags": ()})
            tags["tags"] += (name,)
    reader = _READERS[kind]
    names = (*_SHARED, *reader.fields)
    converters = reader.converters
    found: dict[int, Any] = {}
    for row in session.execute(_SELECTS[kind], (listed,)):
        values = dict(zip(names, row, strict=True))
        for name, convert in converters:
            values[name] = convert(values[name])
        if kind is Kind.BATCH:
            values["counts"] = tuple(values.pop(name) for name in COUNT_COLUMNS)
        found[row[0]] = reader.record(**values, **more.get(row[0], {}))
    return [found[pk] for pk in pks if pk in found]


def one(session: Session, kind: Kind, pk: int) -> AnyRecord:
    """Return one record that is not behind the curtain.

    Raises:
        RecordNotFoundError: there is none.
    """
    found = [] if pk in hidden(session, kind) else fetch(session, kind, [pk])
    if not found:
        raise RecordNotFoundError(f"This {kind.word} is no longer there.")
    return found[0]
