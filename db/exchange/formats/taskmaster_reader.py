"""Reading Task Master's `tasks.json`: tags of tasks with subtasks and two kinds of dependency.

Read from real files: `{tag: {tasks, metadata}}`, `{tag: [tasks]}` and `{tasks, metadata}`.
The raw text of a batch tells the shape: the members beside the tasks in the first, `[]` in
the second, and in the third the whole object with its list of tasks emptied.
An id is unique within its tag, a subtask's within its parent. In a task, a dependency
names a task of the tag; in a subtask, a bare number names the subtask beside it, where there
is one, and a dotted one, `5.2`, any subtask of the tag.
"""

from __future__ import annotations

import io
from collections.abc import Container, Iterator
from typing import Any, Final

from db.errors import MalformedFileError
from db.exchange import sections
from db.exchange.document import Document, Sample
from db.exchange.fields import json_text, read_priority, read_status, text_of
from db.exchange.formats.base import Incoming
from db.exchange.json_reader import JsonCursor, Kind, Value
from db.incoming import IncomingBatch, IncomingTask
from db.texts import storable
from db.times import parse_time
from db.vocabulary import LinkKind

NAME: Final = "taskmaster"
UNTAGGED: Final = "master"
BARE_LIST: Final = "[]"
IGNORED: Final = frozenset({"tag", "_rawTaggedData"})
"""Left in files by a bug of the tool: a second copy of what the file holds."""

_TELLING_KEYS: Final = frozenset({"dependencies", "subtasks", "testStrategy", "details"})
SECTIONS: Final = {"details": "Details", "testStrategy": "Test strategy"}


def recognise(sample: Sample) -> float:
    """Return how sure it is that the start of a file is Task Master's."""
    if sample.shape != "object":
        return 0.0
    lists = [_tasks_in(value) for value in (sample.members, *sample.members.values())]
    lists += [value for value in sample.members.values() if isinstance(value, list)]
    found = [item for tasks in lists for item in tasks[:5]]
    telling = [item for item in found if _is_task(item)]
    return 0.95 * len(telling) / len(found) if found else 0.0


def read(document: Document) -> Iterator[Incoming]:
    """Yield each tag as a batch, and its tasks and subtasks."""
    cursor = document.cursor()
    if isinstance(document.sample.members.get("tasks"), list):
        yield from _tag(cursor, UNTAGGED, document.stem, is_whole_file=True)
    else:
        tags = 0
        for tag in cursor.members():
            if tag not in IGNORED and cursor.kind() in {Kind.OBJECT, Kind.ARRAY}:
                tags += 1
                yield from _tag(cursor, tag, f"{document.stem}: {tag}")
        if not tags:
            raise MalformedFileError(
                "this is no file of Task Master: the object has no list of tasks and no tag.",
                path=document.name,
                line=1,
                advice="Name another format, or none: Sheaf recognises those it knows.",
            )
    cursor.end()


def _tasks_in(value: object) -> list[object]:
    tasks = value.get("tasks") if isinstance(value, dict) else None
    return tasks if isinstance(tasks, list) else []


def _is_task(item: object) -> bool:
    return (
        isinstance(item, dict)
        and "id" in item
        and "title" in item
        and ("status" in item or not _TELLING_KEYS.isdisjoint(item))
        and not _TELLING_KEYS.isdisjoint(item)
    )


def _tag(
    cursor: JsonCursor, tag: str, title: str, *, is_whole_file: bool = False
) -> Iterator[Incoming]:
    """Yield one tag: the batch first, and again at the end with the tag's other members."""
    tag = storable(tag)
    batch = IncomingBatch(external_id=tag, title=title)
    yield batch
    if cursor.kind() is Kind.ARRAY:
        yield from _tasks(cursor, tag)
        batch.raw = BARE_LIST
        yield batch
        return
    others: list[str] = []
    for key in cursor.members():
        if key == "tasks" and cursor.kind() is Kind.ARRAY:
            yield from _tasks(cursor, tag)
            others += ['"tasks":[]'] if is_whole_file else []
        elif key not in IGNORED and (value := cursor.usable_value()):
            others.append(f"{json_text(key)}:{value.raw}")
            if key == "metadata" and isinstance(value.data, dict):
                batch.description = text_of(value.data.get("description"))
                batch.created_at = parse_time(value.data.get("created"))
                batch.updated_at = parse_time(value.data.get("updated"))
    if others:
        batch.raw = "{" + ",".join(others) + "}"
        yield batch


def _tasks(cursor: JsonCursor, tag: str) -> Iterator[IncomingTask]:
    for index in cursor.items():
        value = cursor.usable_value()
        if value and isinstance(value.data, dict):
            yield from _task(value, value.data, f"{tag}:", index, parent=None)


def _task(
    value: Value,
    data: dict[str, Any],
    scope: str,
    index: int,
    parent: str | None,
    siblings: Container[str] = (),
) -> Iterator[IncomingTask]:
    name = _name(data.get("id", index + 1), scope)
    subtasks = data.get("subtasks")
    kept_raw, inner = value.raw, None
    if isinstance(subtasks, list) and subtasks:
        kept_raw, inner = _cut_out(value.raw, "subtasks")
    yield to_task(name, data, kept_raw, value.offset, value.length, parent, siblings)
    if inner is not None:
        shift = value.offset if value.length == len(value.raw.encode()) else None
        yield from _subtasks(value, inner, shift, name)


def _name(id_: object, scope: str) -> str:
    """Return a task's name in its origin; a subtask's id may say its parent's already."""
    tag, _, inner = scope.partition(":")
    is_whole = inner and str(id_).startswith(inner)
    return storable(f"{tag}:{id_}" if is_whole else f"{scope}{id_}")


def to_task(
    name: str,
    data: dict[str, Any],
    raw: str,
    offset: int,
    length: int,
    parent: str | None,
    siblings: Container[str],
) -> IncomingTask:
    """Return what a task's or a subtask's object says; `siblings` are the names beside it."""
    status, word = read_status(data.get("status"))
    updated = parse_time(data.get("updatedAt"))
    tags = data.get("tags")
    return IncomingTask(
        external_id=name,
        title=text_of(data.get("title")),
        status=status,
        status_word=word,
        kind="task" if parent is None else "subtask",
        priority=read_priority(data.get("priority")),
        description=described(data),
        created_at=parse_time(data.get("createdAt")),
        updated_at=updated,
        raw=raw,
        offset=offset,
        length=length,
        batch=name.partition(":")[0],
        parent=parent,
        tags=tuple(map(text_of, tags)) if isinstance(tags, list) else (),
        links=tuple(
            (dependency, LinkKind.BLOCKS.value, False)
            for dependency in _dependencies(name, data, parent, siblings)
        ),
    )


def described(data: dict[str, Any]) -> str:
    """Return a task's long texts as one, each under its heading."""
    texts = {key: text_of(data.get(key)) for key in ("description", *SECTIONS)}
    return sections.joined(texts, SECTIONS)


def _dependencies(
    name: str, data: dict[str, Any], parent: str | None, siblings: Container[str]
) -> list[str]:
    listed = data.get("dependencies")
    if not isinstance(listed, list):
        return []
    tag = name.partition(":")[0]
    beside = f"{parent}."
    return [
        f"{beside}{each}" if f"{beside}{each}" in siblings else f"{tag}:{each}"
        for each in listed
        if isinstance(each, int | str)
    ]


def _cut_out(raw: str, key: str) -> tuple[str, Value | None]:
    """Return an object's text with the list under a key emptied, and that list."""
    data = raw.encode()
    cursor = JsonCursor(io.BytesIO(data))
    for name in cursor.members():
        if name == key:
            value = cursor.value()
            end = value.offset + value.length
            return (data[: value.offset] + b"[]" + data[end:]).decode(), value
    return raw, None


def _subtasks(
    value: Value, inner: Value, shift: int | None, parent: str
) -> Iterator[IncomingTask]:
    """Yield the subtasks in a list; one in a UTF-16 file has its parent's byte range."""
    scope = f"{parent}."
    listed = inner.data if isinstance(inner.data, list) else []
    siblings = {_name(each.get("id"), scope) for each in listed if isinstance(each, dict)}
    cursor = JsonCursor(io.BytesIO(inner.raw.encode()))
    for index in cursor.items():
        found = cursor.value()
        if not isinstance(found.data, dict):
            continue
        offset, length = value.offset, value.length
        if shift is not None:
            offset, length = shift + inner.offset + found.offset, found.length
        moved = Value(found.data, found.raw, offset, length, value.line, value.pointer)
        yield from _task(moved, found.data, scope, index, parent, siblings)
