"""Reading records: rows of the tables become the frozen records of `db.records`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from db.errors import RecordNotFoundError
from db.records import (
    AnyRecord,
    BatchDetail,
    BatchRecord,
    Kind,
    Link,
    SourceRange,
    TaskDetail,
    TaskRecord,
)
from db.sqlite.connection import Session
from db.sqlite.counts import COUNT_COLUMNS
from db.sqlite.curtain import hidden
from db.vocabulary import LinkKind, Priority, Status

_STATUSES: Final = tuple(Status)
_PRIORITIES: Final = tuple(Priority)

_BATCHES: Final = (
    "SELECT pk, id, title, created_at, updated_at, archived_at, trashed_at, version, origin,"
    f" external_id, status, {', '.join(COUNT_COLUMNS)} FROM batch"
    " WHERE pk IN (SELECT value FROM json_each(?))"
)
_TASKS: Final = (
    "SELECT t.pk, t.id, t.title, t.created_at, t.updated_at, t.archived_at, t.trashed_at,"
    " t.version, t.origin, t.external_id, t.status, t.status_word, t.kind, t.priority,"
    " t.batch_pk, b.title, t.parent_pk"
    " FROM task t LEFT JOIN batch b ON b.pk = t.batch_pk"
    " WHERE t.pk IN (SELECT value FROM json_each(?))"
)
_TAGS: Final = (
    "SELECT task_pk, name FROM task_tag JOIN tag ON tag.pk = tag_pk"
    " WHERE task_pk IN (SELECT value FROM json_each(?)) ORDER BY name"
)


def fetch(session: Session, kind: Kind, pks: Sequence[int]) -> list[AnyRecord]:
    """Return the records with these pks, in this order, leaving out those there are not."""
    if not pks:
        return []
    listed = json.dumps(list(pks))
    found: dict[int, Any]
    if kind is Kind.BATCH:
        found = {row[0]: _batch(row) for row in session.execute(_BATCHES, (listed,))}
    else:
        tags: dict[int, tuple[str, ...]] = {}
        for pk, name in session.execute(_TAGS, (listed,)):
            tags[pk] = (*tags.get(pk, ()), name)
        found = {
            row[0]: _task(row, tags.get(row[0], ()))
            for row in session.execute(_TASKS, (listed,))
        }
    return [found[pk] for pk in pks if pk in found]


def _batch(row: tuple[Any, ...]) -> BatchRecord:
    return BatchRecord(
        pk=row[0],
        id=row[1],
        title=row[2],
        created_at=row[3],
        updated_at=row[4],
        archived_at=row[5],
        trashed_at=row[6],
        version=row[7],
        origin=row[8],
        external_id=row[9],
        status=_STATUSES[row[10]],
        counts=row[11:],
    )


def _task(row: tuple[Any, ...], tags: tuple[str, ...]) -> TaskRecord:
    return TaskRecord(
        pk=row[0],
        id=row[1],
        title=row[2],
        created_at=row[3],
        updated_at=row[4],
        archived_at=row[5],
        trashed_at=row[6],
        version=row[7],
        origin=row[8],
        external_id=row[9],
        status=_STATUSES[row[10]],
        status_word=row[11],
        kind=row[12],
        priority=_PRIORITIES[row[13]],
        batch_pk=row[14],
        batch_title=row[15] or "",
        parent_pk=row[16],
        tags=tags,
    )


def one(session: Session, kind: Kind, pk: int) -> AnyRecord:
    """Return one record that is not behind the curtain.

    Raises:
        RecordNotFoundError: there is none.
    """
    found = [] if pk in hidden(session, kind) else fetch(session, kind, [pk])
    if not found:
        raise RecordNotFoundError(f"This {kind.word} is no longer there.")
    return found[0]


def batch_detail(session: Session, pk: int) -> BatchDetail:
    """Return everything about one batch.

    Raises:
        RecordNotFoundError: there is none.
    """
    record = one(session, Kind.BATCH, pk)
    assert isinstance(record, BatchRecord)
    description, raw, source_range = _body(session, "batch", pk)
    return BatchDetail(
        record=record, description=description, raw=raw, source_range=source_range
    )


def task_detail(session: Session, pk: int) -> TaskDetail:
    """Return everything about one task.

    Raises:
        RecordNotFoundError: there is none.
    """
    record = one(session, Kind.TASK, pk)
    assert isinstance(record, TaskRecord)
    description, raw, source_range = _body(session, "task_body", pk)
    parent = _tasks(session, [] if record.parent_pk is None else [record.parent_pk])
    children = session.rows("SELECT pk FROM task WHERE parent_pk = ? ORDER BY pk", (pk,))
    return TaskDetail(
        record=record,
        description=description,
        raw=raw,
        source_range=source_range,
        parent=parent[0] if parent else None,
        children=tuple(_tasks(session, [child for (child,) in children])),
        links=_links(session, pk),
    )


def _body(session: Session, table: str, pk: int) -> tuple[str, str | None, SourceRange | None]:
    row = session.row(
        f"SELECT description, raw, upload_pk, name, byte_offset, byte_length FROM {table}"
        f" LEFT JOIN upload ON upload.pk = upload_pk WHERE {table}.pk = ?",
        (pk,),
    )
    if row is None:
        return "", None, None
    description, raw, upload_pk, name, offset, length = row
    if name is None or offset is None:
        return description, raw, None
    place = SourceRange(upload_pk=upload_pk, name=name, offset=offset, length=length)
    return description, raw, place


def _tasks(session: Session, pks: Sequence[int]) -> list[TaskRecord]:
    behind = hidden(session, Kind.TASK)
    found = fetch(session, Kind.TASK, [pk for pk in pks if pk not in behind])
    return [record for record in found if isinstance(record, TaskRecord)]


def _links(session: Session, pk: int) -> tuple[Link, ...]:
    ends = session.rows(
        "SELECT to_pk, kind, 0 FROM task_link WHERE from_pk = ?1"
        " UNION ALL SELECT from_pk, kind, 1 FROM task_link WHERE to_pk = ?1",
        (pk,),
    )
    others = {task.pk: task for task in _tasks(session, [end for end, _, _ in ends])}
    return tuple(
        Link(kind=LinkKind(kind), incoming=bool(incoming), task=others[end])
        for end, kind, incoming in ends
        if end in others
    )
