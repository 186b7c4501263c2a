"""Records as JSON documents: every field, times as RFC 3339 text, states as words, no pk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum, IntFlag
from typing import Any, Final

from msgspec import to_builtins

from db.ports import Storage
from db.query import EVERYWHERE, KEPT, QUERIES, MessageSort
from db.records import (
    AnyRecord,
    BatchRecord,
    Detail,
    ExecutionRecord,
    HistoryEntry,
    Hit,
    Kind,
    Link,
    MessageRecord,
    OperationRecord,
    Place,
    Record,
    RecordDetail,
    SavedView,
    SourceRange,
    TaskDetail,
)
from db.times import now_us, to_iso
from db.view_layout import sound_layout
from db.vocabulary import Priority, Review, Severity, Status
from desktop_app.cli.answer import problem_document

_Document = dict[str, Any]
_Ids = dict[tuple[Kind, int], str]
_Briefs = dict[tuple[Kind, int], _Document]

_REFERENCES: Final = {
    "batch_pk": Kind.BATCH,
    "task_pk": Kind.TASK,
    "conversation_pk": Kind.CONVERSATION,
}
"""The kinds that references are to; all others are to one of the record's own kind."""
_MOMENTS: Final = ("started_at", "completed_at", "lease_until")

_LISTED: Final = {"tasks": Kind.TASK, "links": Kind.TASK, "evidence": Kind.MESSAGE}
"""The kinds that fields with several references are to."""
_ENUMS: Final[dict[str, type[IntEnum]]] = {
    "status": Status,
    "priority": Priority,
    "severity": Severity,
    "review": Review,
}

SHOWN_RELATED: Final = 20
_BELONGING: Final = {
    Kind.BATCH: (
        Kind.TASK,
        Kind.BUG,
        Kind.STATUS_UPDATE,
        Kind.DESIGN_NOTE,
        Kind.CONVERSATION,
        Kind.LEARNING,
    ),
    Kind.TASK: (
        Kind.EXECUTION,
        Kind.BUG,
        Kind.STATUS_UPDATE,
        Kind.DESIGN_NOTE,
        Kind.CONVERSATION,
        Kind.LEARNING,
    ),
    Kind.CONVERSATION: (Kind.MESSAGE,),
}
"""The kinds of records that are shown with the record they belong to."""


def record_documents(
    storage: Storage, kind: Kind, records: Sequence[AnyRecord]
) -> list[_Document]:
    """Return a document for each record of a kind; references are ids."""
    named: dict[Kind, set[int]] = {}
    for record in records:
        for name in _own_fields(record):
            pk = getattr(record, name)
            if name.endswith("_pk") and pk is not None:
                named.setdefault(_REFERENCES.get(name, kind), set()).add(pk)
    ids = _ids(storage, named)
    return [_document(kind, record, ids) for record in records]


def detail_document(
    storage: Storage, kind: Kind, detail: Detail, history: Iterable[HistoryEntry]
) -> _Document:
    """Return everything about one record as one document.

    `related` are the records it is tied to, of those that belong to it the first
    `SHOWN_RELATED`, newest change first or in order; `related_totals` tells how many of
    these there are, and `related_query` which query lists them all.
    """
    (record,) = record_documents(storage, kind, [detail.record])
    document = {
        "record": kind.word,
        **record,
        "description": detail.description,
        "raw": detail.raw,
        "source_range": _source_range(detail.source_range),
    }
    if isinstance(detail, TaskDetail):
        document["children"] = [_brief(child) for child in detail.children]
        document["links"] = [_link(link) for link in detail.links]
    elif isinstance(detail, RecordDetail):
        document |= detail.texts
        document["related"] = {
            name: [_brief(each) for each in records] for name, records in detail.related.items()
        }
    if kind in _BELONGING:
        _add_belonging(document, storage, kind, detail.record)
    if kind is Kind.MESSAGE:
        (message,) = storage.message_details([detail.record.pk])
        document["blocks"] = [
            {**to_builtins(block), "type": _words(block.type)[0]} for block in message.blocks
        ]
    return {**document, "history": _history(storage, kind, [*history])}


def _add_belonging(
    document: _Document, storage: Storage, kind: Kind, record: AnyRecord
) -> None:
    """Add the first of the records that belong to one, and how many there are."""
    is_trashed = record.place is Place.TRASHED
    related, totals = document.setdefault("related", {}), {}
    for other in _BELONGING[kind]:
        order: dict[str, Any] = {}
        if other is Kind.MESSAGE:
            order = {"sort": MessageSort.POSITION, "descending": False}
        query = QUERIES[other](
            places=EVERYWHERE if is_trashed else KEPT, **{f"{kind.word}_id": record.id}, **order
        )
        page = storage.find(query, SHOWN_RELATED)
        if page.items:
            name = other.plural.replace(" ", "_")
            related[name] = [_brief(each) for each in page.items]
            totals[name] = page.total
    document["related_totals"] = totals
    place = "any" if is_trashed else "kept"
    document["related_query"] = f"{kind.word}:{record.id} is:{place}"


def hit_documents(storage: Storage, hits: Sequence[Hit]) -> list[_Document]:
    """Return a document for each hit.

    `matches` are the places in `snippet` where the text stands: the first sign, and the one
    past the last.
    """
    named: dict[Kind, set[int]] = {}
    for hit in hits:
        for kind, pk, _title in hit.path:
            named.setdefault(kind, set()).add(pk)
    ids = _ids(storage, named)
    return [_hit(hit, ids) for hit in hits]


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


def report_document(report: _Document) -> _Document:
    """Return what an import noted of itself, its problems as scripts read them."""
    told = {
        name: [*map(problem_document, report[name])]
        for name in ("problems", "unreadable")
        if name in report
    }
    return {**report, **told}


def _ids(storage: Storage, named: dict[Kind, set[int]]) -> _Ids:
    return {
        (kind, record.pk): record.id
        for kind, pks in named.items()
        for record in storage.fetch(kind, sorted(pks))
    }


def _own_fields(record: AnyRecord) -> list[str]:
    """Return the fields that only this kind of record has."""
    return [name for name in record.__struct_fields__ if name not in Record.__struct_fields__]


def _document(kind: Kind, record: AnyRecord, ids: _Ids) -> _Document:
    document: _Document = {
        "id": record.id,
        "title": record.title,
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
    for name in _own_fields(record):
        value = getattr(record, name)
        if name.endswith("_pk"):
            target = _REFERENCES.get(name, kind)
            document[name.removesuffix("_pk")] = ids.get((target, value))
        else:
            document[name] = _moment(value) if name in _MOMENTS else _value(value)
    if isinstance(record, ExecutionRecord):
        document["stalled"] = record.is_stalled(now_us())
    if isinstance(record, BatchRecord):
        document["counts"] = {status.word: record.counts[status] for status in Status}
        document |= {
            "total": record.total,
            "done": record.done,
            "finished": record.finished,
        }
    return document


def _value(value: Any) -> Any:
    if isinstance(value, IntFlag):
        return _words(value)
    if isinstance(value, IntEnum):
        return value.name.lower()
    return list(value) if isinstance(value, tuple) else value


def _words(flags: IntFlag) -> list[str]:
    return [str(flag.name).lower() for flag in type(flags) if flag in flags]


def _hit(hit: Hit, ids: _Ids) -> _Document:
    matches, at = [], 0
    for piece, is_match in hit.snippet:
        if is_match:
            matches.append([at, at + len(piece)])
        at += len(piece)
    record = hit.record
    return {
        "kind": hit.kind.word,
        "id": record.id,
        "title": record.title,
        "snippet": "".join(piece for piece, _ in hit.snippet),
        "matches": matches,
        "path": [
            {"kind": kind.word, "id": ids.get((kind, pk)), "title": title}
            for kind, pk, title in hit.path
        ],
        "place": record.place.name.lower(),
        "source": record.source,
        "external_id": record.external_id,
        "created_at": to_iso(record.created_at),
        "updated_at": to_iso(record.updated_at),
    }


def _brief(record: AnyRecord) -> _Document:
    brief: _Document = {"id": record.id, "title": record.title}
    if isinstance(record, MessageRecord):
        return {**brief, "role": record.role.name.lower()}
    status = getattr(record, "status", None)
    if isinstance(record, ExecutionRecord):
        brief["stalled"] = record.is_stalled(now_us())
    return brief if status is None else {**brief, "status": status.word}


def _link(link: Link) -> _Document:
    direction = "incoming" if link.incoming else "outgoing"
    return {"kind": link.kind.word, "direction": direction, **_brief(link.task)}


def _source_range(found: SourceRange | None) -> _Document | None:
    if found is None:
        return None
    return {"name": found.name, "offset": found.offset, "length": found.length}


def _history(storage: Storage, kind: Kind, entries: Sequence[HistoryEntry]) -> list[_Document]:
    """Return the changes of a record; other records in them are told by id and title."""
    named: dict[Kind, set[int]] = {}
    for entry in entries:
        for fields in (entry.before, entry.after):
            for name, value in fields.items():
                if (target := _target(name, kind)) is not None:
                    named.setdefault(target, set()).update(_pks(value))
    briefs = {
        (target, record.pk): {"id": record.id, "title": record.title}
        for target, pks in named.items()
        for record in storage.fetch(target, sorted(pks))
    }
    return [_history_entry(entry, kind, briefs) for entry in entries]


def _history_entry(entry: HistoryEntry, kind: Kind, briefs: _Briefs) -> _Document:
    def told(fields: dict[str, Any]) -> _Document:
        return {
            name.removesuffix("_pk"): _told(name, value, _target(name, kind), briefs)
            for name, value in fields.items()
        }

    return {
        "at": to_iso(entry.operation.started_at),
        "operation": entry.operation.title,
        "actor": entry.operation.actor,
        "state": entry.operation.state.name.lower(),
        "action": entry.action,
        "before": told(entry.before),
        "after": told(entry.after),
    }


def _target(name: str, kind: Kind) -> Kind | None:
    """Return the kind of record that a field of a record of a kind refers to, if it does."""
    if name in _LISTED:
        return _LISTED[name]
    if not name.endswith("_pk") or name == "upload_pk":
        return None
    return _REFERENCES.get(name, kind)


def _pks(value: Any) -> list[int]:
    """Return the pks in a reference: one, several, or several with the kind of link."""
    if not isinstance(value, list):
        return [] if value is None else [value]
    return [each[0] if isinstance(each, list) else each for each in value]


def _told(name: str, value: Any, target: Kind | None, briefs: _Briefs) -> Any:
    if target is not None:
        found = [briefs[target, pk] for pk in _pks(value) if (target, pk) in briefs]
        return found if isinstance(value, list) else next(iter(found), None)
    if name in _ENUMS and value is not None:
        return _ENUMS[name](value).name.lower()
    return _moment(value) if name.endswith(("_at", "_until")) else value


def _moment(time_us: int | None) -> str | None:
    return None if time_us is None else to_iso(time_us)


def view_document(view: SavedView) -> dict[str, Any]:
    """Return a saved view: its filters as a query, its order and the columns it shows."""
    layout = sound_layout(view.layout, view.kind)
    columns = layout.get("columns", {})
    hidden = columns.get("hidden", ())
    return {
        "id": view.id,
        "name": view.name,
        "kind": view.kind.plural,
        "query": view.query,
        "sort": layout.get("sort", ""),
        "descending": layout.get("descending", True),
        "columns": [name for name in columns.get("order", ()) if name not in hidden],
        "is_default": view.is_default,
    }
