"""Tasky's tasks: its own document, an object of tasks by id, and what it exports, a list.

The raw text of the batch is what stands around the tasks.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, Final

from db.exchange.companions import named_again
from db.exchange.document import Document, Sample
from db.exchange.fields import json_text, read_status, text_of
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import JsonCursor, Kind, Value
from db.exchange.raw_object import RawObject
from db.exchange.rewriting import Put, member, moment, name_in, rewritten
from db.exchange.shells import ShellReader, objects_of, shell_pieces
from db.incoming import IncomingBatch, IncomingTask
from db.ports import Storage
from db.records import Kind as RecordKind
from db.records import TaskDetail, TaskRecord
from db.times import now_us, parse_time, to_iso
from db.vocabulary import Status

_BATCH: Final = "file"
_TASKS: Final = "tasks"
_COUNT: Final = "task_count"
_DEFAULT_PROJECT: Final = "default"
_FOLDER: Final = ".tasky"
_TELLING: Final = frozenset({"name", "details", "status"})
_WORDS: Final = {Status.SUCCEEDED: "completed", Status.CANCELED: "cancelled"}


class Tasky:
    """Reads and writes the documents of Tasky."""

    name = "tasky"
    title = "Tasky tasks"
    suffix = ".json"
    loses = (
        "priorities, tags, links and parents of tasks, states other than pending, completed"
        " and cancelled, which batch a task is in where there are several, and ids that tasks"
        " of several files share: the first keeps it"
    )

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        found = sample.members.get(_TASKS)
        items = [*found.values()] if isinstance(found, dict) else found
        if not isinstance(items, list):
            return 0.0
        if not items:
            is_export = sample.members.keys() >= {"source_project", "exported_at"}
            return 0.9 * is_export
        telling = [item for item in items if _is_task(item)]
        return 0.97 * len(telling) / len(items)

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the project as one batch, and its tasks."""
        batch = IncomingBatch(external_id=_BATCH, title=_project(document))
        yield batch
        shell = ShellReader([_TASKS], (Kind.ARRAY, Kind.OBJECT))
        cursor = document.cursor()
        for _ in shell.walk(cursor):
            for name, value in _named(cursor):
                for each in objects_of(document, [value]):
                    assert isinstance(each.data, dict)
                    yield _to_task(each, each.data, name)
        cursor.end()
        batch.raw = shell.text()
        yield batch

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield one document: of the shape it had, or an export of Tasky's."""
        shell = _shell(storage, selection)
        is_keyed = isinstance(shell.data.get(_TASKS), dict)
        renamed = named_again(storage, selection, self.name, (RecordKind.TASK,))
        named = (
            (each, _new_name(each.record) if each.record.id in renamed else _name(each.record))
            for each in storage.task_details(selection.tasks)
        )
        texts = (
            (f"{json_text(name)}: " if is_keyed else "") + _object(each, name)
            for each, name in named
        )
        yield from shell_pieces(shell, {_TASKS: texts})


def _is_task(item: object) -> bool:
    return isinstance(item, dict) and "task_id" in item and item.keys() >= _TELLING


def _project(document: Document) -> str:
    """Return what the tasks are of: the project, or the folder that holds Tasky's own."""
    named = text_of(document.sample.members.get("source_project"))
    if named and named != _DEFAULT_PROJECT:
        return named
    folder = PurePath(document.path).parent
    return folder.parent.name if folder.name == _FOLDER else document.stem


def _named(cursor: JsonCursor) -> Iterator[tuple[str, Value]]:
    if cursor.kind() is Kind.OBJECT:
        for key in cursor.records():
            if value := cursor.usable_value():
                yield key, value
    else:
        for number in cursor.items():
            if value := cursor.usable_value():
                data = value.data if isinstance(value.data, dict) else {}
                yield text_of(data.get("task_id")) or f"#{number + 1}", value


def _to_task(value: Value, data: dict[str, Any], name: str) -> IncomingTask:
    status, word = read_status(data.get("status"))
    return IncomingTask(
        external_id=text_of(name),
        title=text_of(data.get("name")) or text_of(name),
        status=status,
        status_word=word,
        description=text_of(data.get("details")),
        created_at=parse_time(data.get("created_at")),
        updated_at=parse_time(data.get("updated_at")),
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        batch=_BATCH,
    )


def _shell(storage: Storage, selection: Selection) -> RawObject:
    """Return what stands around the tasks: of the one file they came from, or a new export."""
    batches = [storage.batches.get(pk) for pk in selection.batches]
    only = batches[0] if len(batches) == 1 else None
    if only is not None and only.raw and only.record.source == Tasky.name:
        shell = RawObject(only.raw)
    else:
        shell = RawObject()
        shell.set("version", "1.0")
        shell.set("exported_at", to_iso(now_us()))
        shell.set("source_project", only.record.title if only else _DEFAULT_PROJECT)
        shell.set(_COUNT, 0)
        shell.set(_TASKS, [])
    if _COUNT in shell and shell.get(_COUNT) != len(selection.tasks):
        shell.set(_COUNT, len(selection.tasks))
    return shell


def _name(record: TaskRecord) -> str:
    """Return the id of a task: its own, or a random UUID made of the one it has in Sheaf."""
    return name_in(Tasky.name, record) or _new_name(record)


def _new_name(record: TaskRecord) -> str:
    return str(uuid.UUID(int=uuid.UUID(record.id).int, version=4))


def _object(detail: TaskDetail, name: str) -> str:
    new = RawObject()
    new.set("task_id", name)
    found = rewritten(detail, Tasky.name, _read, _PUT, new)
    if name != _name(detail.record):
        found.set("task_id", name)
    if found is new and not found.get("details"):
        # Tasky takes no task without details.
        found.set("details", detail.record.title)
    return found.text()


def _read(found: RawObject) -> IncomingTask:
    return _to_task(found.value, found.data, text_of(found.data.get("task_id")))


_PUT: Final[dict[str, Put]] = {
    "title": member("name"),
    "description": member("details"),
    "status": lambda found, value: found.set("status", _WORDS.get(value, "pending")),
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
}
TASKY: Final = Tasky()
