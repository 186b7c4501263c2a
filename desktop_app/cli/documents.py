"""Records as JSON documents: every field, times as RFC 3339 text, states as words, no pk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from db.ports import Storage
from db.records import (
    AnyRecord,
    BatchDetail,
    BatchRecord,
    HistoryEntry,
    Kind,
    Link,
    OperationRecord,
    Record,
    SourceRange,
    TaskDetail,
    TaskRecord,
)
from db.times import to_iso
from db.vocabulary import Status

_Document = dict[str, Any]


def record_documents(storage: Storage, records: Sequence[AnyRecord]) -> list[_Document]:
    """Return a document for each record; tasks name their batch and parent by id."""
    tasks = [record for record in records if isinstance(record, TaskRecord)]
    batches = _ids(storage, Kind.BATCH, (task.batch_pk for task in tasks))
    parents = _ids(storage, Kind.TASK, (task.parent_pk for task in tasks))
    return [
        _task(record, batches, parents) if isinstance(record, TaskRecord) else _batch(record)
        for record in records
    ]


def detail_document(
    storage: Storage, detail: BatchDetail | TaskDetail, history: Iterable[HistoryEntry]
) -> _Document:
    """Return everything about one record as one document."""
    is_task = isinstance(detail, TaskDetail)
    (record,) = record_documents(storage, [detail.record])
    document = {
        "record": "task" if is_task else "batch",
        **record,
        "description": detail.description,
        "raw": detail.raw,
        "source_range": _source_range(detail.source_range),
    }
    if isinstance(detail, TaskDetail):
        document["children"] = [_brief(child) for child in detail.children]
        document["links"] = [_link(link) for link in detail.links]
    return {**document, "history": [_history_entry(entry) for entry in history]}


def operation_document(operation: OperationRecord | None) -> _Document | None:
    """Return an operation without its report, which has a place of its own."""
    if operation is None:
        return None
    return {
        "id": operation.id,
        "verb": operation.verb,
        "title": operation.title,
        "actor": operation.actor,
        "state": operation.state.name.lower(),
        "started_at": to_iso(operation.started_at),
        "finished_at": _moment(operation.finished_at),
        "undoable": operation.undoable,
    }


def _ids(storage: Storage, kind: Kind, pks: Iterable[int | None]) -> dict[int | None, str]:
    wanted = sorted({pk for pk in pks if pk is not None})
    return {record.pk: record.id for record in storage.fetch(kind, wanted)} if wanted else {}


def _common(record: Record, status: Status) -> _Document:
    return {
        "id": record.id,
        "title": record.title,
        "status": status.word,
        "place": record.place.name.lower(),
        "source": record.source,
        "origin": record.origin,
        "external_id": record.external_id,
        "created_at": to_iso(record.created_at),
        "updated_at": to_iso(record.updated_at),
        "archived_at": _moment(record.archived_at),
        "trashed_at": _moment(record.trashed_at),
        "version": record.version,
    }


def _batch(record: BatchRecord) -> _Document:
    return {
        **_common(record, record.status),
        "counts": {status.word: record.counts[status] for status in Status},
        "total": record.total,
        "finished": record.finished,
    }


def _task(
    record: TaskRecord, batches: dict[int | None, str], parents: dict[int | None, str]
) -> _Document:
    return {
        **_common(record, record.status),
        "status_word": record.status_word,
        "kind": record.kind,
        "priority": record.priority.word,
        "batch": batches.get(record.batch_pk),
        "batch_title": record.batch_title,
        "parent": parents.get(record.parent_pk),
        "tags": list(record.tags),
    }


def _brief(task: TaskRecord) -> _Document:
    return {"id": task.id, "title": task.title, "status": task.status.word}


def _link(link: Link) -> _Document:
    direction = "incoming" if link.incoming else "outgoing"
    return {"kind": link.kind.word, "direction": direction, **_brief(link.task)}


def _source_range(found: SourceRange | None) -> _Document | None:
    if found is None:
        return None
    return {"name": found.name, "offset": found.offset, "length": found.length}


def _history_entry(entry: HistoryEntry) -> _Document:
    return {
        "at": to_iso(entry.operation.started_at),
        "operation": entry.operation.title,
        "actor": entry.operation.actor,
        "state": entry.operation.state.name.lower(),
        "action": entry.action,
        "before": entry.before,
        "after": entry.after,
    }


def _moment(time_us: int | None) -> str | None:
    return None if time_us is None else to_iso(time_us)
