"""Reading everything about one record: its long texts, its original, and what it is tied to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence, Set
from typing import Any, Final

from db.blocks import readable_blocks
from db.records import (
    AnyRecord,
    BatchDetail,
    BatchRecord,
    Detail,
    Kind,
    Link,
    MessageDetail,
    MessageRecord,
    RecordDetail,
    SourceRange,
    TaskDetail,
    TaskRecord,
    ThreadEntry,
)
from db.sqlite.connection import Session
from db.sqlite.curtain import hidden
from db.sqlite.rows import fetch, one
from db.sqlite.tables import LAYOUTS
from db.vocabulary import LinkKind, Part, Role

_LONG_FIELDS: Final = {
    Kind.BUG: ("steps", "proposed_fix"),
    Kind.DESIGN_NOTE: ("context", "decision", "consequences"),
}
_PARTS: Final = tuple(Part(number) for number in range(1 << len(Part)))
"""Every set of parts by its number: making one anew costs more than reading a message."""

_MENTIONED_BY: Final = {
    Kind.DESIGN_NOTE: {"supersedes": (Kind.DESIGN_NOTE, "superseded_by_pk")},
    Kind.LEARNING: {"supersedes": (Kind.LEARNING, "superseded_by_pk")},
    Kind.CONVERSATION: {"children": (Kind.CONVERSATION, "parent_pk")},
}
"""What other records that refer to a record are to it, and by which column they do."""


def detail(session: Session, kind: Kind, pk: int) -> Detail:
    """Return everything about one record.

    Raises:
        RecordNotFoundError: there is none.
    """
    record = one(session, kind, pk)
    if isinstance(record, BatchRecord):
        return batch_detail(session, record)
    if isinstance(record, TaskRecord):
        return task_detail(session, record)
    description, raw, source_range = _body(session, kind, pk)
    long_fields = _LONG_FIELDS.get(kind, ())
    texts: dict[str, str] = {}
    if long_fields:
        row = session.row(
            f"SELECT {', '.join(long_fields)} FROM {LAYOUTS[kind].table} WHERE pk = ?", (pk,)
        )
        texts = dict(zip(long_fields, row or (), strict=True))
    return RecordDetail(
        record=record,
        description=description,
        texts=texts,
        raw=raw,
        source_range=source_range,
        related=dict(_related(session, kind, record)),
    )


def batch_detail(session: Session, record: BatchRecord) -> BatchDetail:
    """Return everything about one batch."""
    description, raw, source_range = _body(session, Kind.BATCH, record.pk)
    return BatchDetail(
        record=record, description=description, raw=raw, source_range=source_range
    )


def task_detail(session: Session, record: TaskRecord) -> TaskDetail:
    """Return everything about one task."""
    pk = record.pk
    description, raw, source_range = _body(session, Kind.TASK, pk)
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


def thread_start(session: Session, conversation_pk: int, most: int) -> tuple[ThreadEntry, ...]:
    """Return the first messages of an outline, only the last being answered further down."""
    entries = thread(session, conversation_pk, most)
    place_of = {entry.pk: place for place, entry in enumerate(entries)}
    answered_below = session.rows(
        "SELECT DISTINCT m.parent_pk FROM json_each(?1) j JOIN message m"
        " ON m.parent_pk = j.value WHERE m.pk NOT IN (SELECT value FROM json_each(?1))",
        (json.dumps(list(place_of)),),
    )
    parents = [place_of.get(entry.parent_pk or 0) for entry in entries]
    below = {place_of[pk] for (pk,) in answered_below}
    return entries[: _start_length(parents, below)]


def _start_length(parents: Sequence[int | None], below: Set[int]) -> int:
    """Return of how many messages the rest of a conversation is only a continuation.

    Each has the place of the one it answers; those `below` are answered further down.
    """
    roots: list[int] = []
    last_answers = [len(parents) if place in below else 0 for place in range(len(parents))]
    for place, parent in enumerate(parents):
        if parent is None or parent > place:
            roots.append(place)
        else:
            roots.append(roots[parent])
            last_answers[parent] = max(last_answers[parent], place)
    length = latest_root = reached = 0
    for place, root in enumerate(roots):
        latest_root = max(latest_root, root)
        is_open = last_answers[place] > place
        # What follows an open one must come last, and not instead of one beside it.
        is_last = root == latest_root and (
            root == place or parents[place] not in parents[:place]
        )
        if reached <= place and (is_last or not is_open):
            length = place + 1
        reached = max(reached, last_answers[place])
    return length


def thread_around(
    session: Session, conversation_pk: int, message_pk: int, most: int
) -> tuple[ThreadEntry, ...]:
    """Return messages of an outline around one, without branches that begin further up."""
    found = session.row(
        "SELECT position FROM message WHERE pk = ? AND conversation_pk = ?",
        (message_pk, conversation_pk),
    )
    if found is None:
        return ()
    place = (conversation_pk, *found, message_pk)
    before = _entries(
        session,
        "conversation_pk = ? AND (position, pk) < (?, ?) ORDER BY position DESC, pk DESC",
        (*place, most // 2),
    )
    after = _entries(
        session,
        "conversation_pk = ? AND (position, pk) >= (?, ?) ORDER BY position, pk",
        (*place, most - most // 2),
    )
    return _joined((*reversed(before), *after), message_pk)


def _joined(entries: Sequence[ThreadEntry], message_pk: int) -> tuple[ThreadEntry, ...]:
    """Return those that answer nothing, that lead to a message, or that answer another one."""
    parents = {entry.pk: entry.parent_pk for entry in entries}
    kept: set[int] = set()
    above: int | None = message_pk
    while above in parents and above not in kept:
        kept.add(above)
        above = parents[above]
    for entry in entries:
        if entry.parent_pk is None or entry.parent_pk in kept:
            kept.add(entry.pk)
    return tuple(entry for entry in entries if entry.pk in kept)


def thread(session: Session, conversation_pk: int, most: int = -1) -> tuple[ThreadEntry, ...]:
    """Return the outline of a conversation, its messages in order; if so wished, the first."""
    return _entries(
        session, "conversation_pk = ? ORDER BY position, pk", (conversation_pk, most)
    )


def _entries(
    session: Session, condition: str, values: tuple[int, ...]
) -> tuple[ThreadEntry, ...]:
    found = session.execute(
        "SELECT pk, parent_pk, role, parts, has_error, created_at, title FROM message"
        f" WHERE {condition} LIMIT ?",
        values,
    )
    roles = tuple(Role)
    return tuple(
        ThreadEntry(pk, parent_pk, roles[role], _PARTS[parts], error == 1, created_at, title)
        for pk, parent_pk, role, parts, error, created_at, title in found
    )


def message_details(session: Session, pks: Sequence[int]) -> Iterator[MessageDetail]:
    """Yield messages with what they say, in this order."""
    for record in _visible(session, Kind.MESSAGE, pks):
        assert isinstance(record, MessageRecord)
        blocks = session.value("SELECT blocks FROM message_body WHERE pk = ?", (record.pk,))
        yield MessageDetail(record=record, blocks=readable_blocks(blocks or "[]"))


def _related(
    session: Session, kind: Kind, record: AnyRecord
) -> Iterator[tuple[str, tuple[AnyRecord, ...]]]:
    layout = LAYOUTS[kind]
    for column, target in layout.references.items():
        pk = getattr(record, column)
        if pk is not None and (found := _visible(session, target, [pk])):
            yield column.removesuffix("_pk"), tuple(found)
    for name, field in layout.lists.items():
        if field.target is not None:
            select = f"SELECT {field.value} FROM {field.table} WHERE {field.owner} = ?"
            yield name, _pointed(session, field.target, select, record.pk)
    for name, (other, column) in _MENTIONED_BY.get(kind, {}).items():
        select = f"SELECT pk FROM {LAYOUTS[other].table} WHERE {column} = ?"
        yield name, _pointed(session, other, select, record.pk)


def _pointed(session: Session, kind: Kind, select: str, pk: int) -> tuple[AnyRecord, ...]:
    return tuple(_visible(session, kind, [found for (found,) in session.rows(select, (pk,))]))


def _body(session: Session, kind: Kind, pk: int) -> tuple[str, str | None, SourceRange | None]:
    table = LAYOUTS[kind].body_table
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


def _visible(session: Session, kind: Kind, pks: Sequence[int]) -> list[AnyRecord]:
    behind = hidden(session, kind)
    return fetch(session, kind, [pk for pk in pks if pk not in behind])


def _tasks(session: Session, pks: Sequence[int]) -> list[Any]:
    return list(_visible(session, Kind.TASK, pks))


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
