"""Taskwarrior's `task export`: an array, or an object on each line.

Each project is a batch, each annotation a status update of its task. The ids of tasks are
the same in whatever file they stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from db.exchange import companions
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, names_in, read_priority, read_status, text_of
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import Value
from db.exchange.raw_object import RawObject
from db.exchange.remarks import Remarks, Shape
from db.exchange.rewriting import Put, link_changes, member, name_in, rewritten
from db.exchange.shells import array_pieces
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.ports import Storage
from db.records import AnyRecord, Kind, RecordDetail, TaskDetail, TaskRecord
from db.texts import storable
from db.times import MICROSECONDS, parse_time
from db.vocabulary import LinkKind, Priority, Status

_NAME: Final = "taskwarrior"
_TELLING: Final = frozenset({"uuid", "description", "status", "entry"})
_NO_PROJECT: Final = "Taskwarrior"
_STATUS_WORDS: Final = {Status.SUCCEEDED: "completed", Status.CANCELED: "deleted"}
_PRIORITIES: Final = {
    Priority.HIGHEST: "H",
    Priority.HIGH: "H",
    Priority.MEDIUM: "M",
    Priority.LOW: "L",
    Priority.LOWEST: "L",
}


class Taskwarrior:
    """Reads and writes what `task export` and `task import` do."""

    name = _NAME
    title = "Taskwarrior export"
    suffix = ".json"
    loses = (
        "fractions of a second, kinds and parents of tasks, links other than dependencies,"
        " that work is in review, blocked or failed, and UUIDs that tasks of several lists"
        " share: the first keeps it"
    )

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        found = sample.objects
        telling = [item for item in found if item.keys() >= _TELLING]
        return 0.97 * len(telling) / len(found) if found else 0.0

    def origin(self, sample: Sample) -> str | None:  # noqa: ARG002
        """Return one origin for all files: ids are the same everywhere."""
        return f"{_NAME}:tasks"

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield each project when it is first named, and the tasks with their annotations."""
        projects: set[str] = set()
        for number, value in enumerate(document.objects(), start=1):
            assert isinstance(value.data, dict)
            task = _to_task(value, value.data, f"#{number}")
            if task.batch not in projects:
                projects.add(task.batch)
                title = task.batch or _NO_PROJECT
                yield IncomingBatch(external_id=task.batch, title=title)
            yield task
            yield from _annotations(task, value, value.data)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield an array of tasks."""
        writer = _Writer(storage, selection)
        yield from array_pieces(map(writer.text, storage.task_details(selection.tasks)))
        yield b"\n", 0


def _to_task(value: Value, data: dict[str, Any], fallback: str) -> IncomingTask:
    text = text_of(data.get("description"))
    title = first_line(text)
    status, word = read_status(data.get("status"))
    if status is Status.QUEUED and data.get("start"):
        status = Status.RUNNING
    parent = text_of(data.get("parent"))
    name = text_of(data.get("uuid")) or fallback
    return IncomingTask(
        external_id=name,
        title=title or f"Record {name}",
        status=status,
        status_word=word,
        priority=read_priority(data.get("priority")),
        description="" if text == title else text,
        created_at=parse_time(data.get("entry")),
        updated_at=parse_time(data.get("modified") or data.get("end")),
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        batch=text_of(data.get("project")),
        parent=parent or None,
        tags=names_in(data.get("tags")),
        links=tuple(
            (each, LinkKind.BLOCKS.value, False) for each in names_in(data.get("depends"))
        ),
    )


def _annotations(
    task: IncomingTask, value: Value, data: dict[str, Any]
) -> Iterator[IncomingRecord]:
    listed = data.get("annotations")
    for number, item in enumerate(listed if isinstance(listed, list) else (), start=1):
        if isinstance(item, dict):
            record = _to_remark(item)
            record.external_id = _remark_name(task.external_id, number, item)
            record.refs = {"task": task.external_id, "batch": task.batch}
            record.offset, record.length = value.offset, value.length
            yield record


def _to_remark(item: dict[str, Any]) -> IncomingRecord:
    text = text_of(item.get("description"))
    moment = parse_time(item.get("entry"))
    return IncomingRecord(
        kind=Kind.STATUS_UPDATE,
        external_id="",
        title=first_line(text) or "Empty annotation",
        description=text,
        created_at=moment,
        updated_at=moment,
    )


def _remark_name(task: str, number: int, item: Mapping[str, Any]) -> str:
    """Return the name of an annotation: Taskwarrior tells those of a task by their time."""
    return f"{task}/{text_of(item.get('entry')) or f'#{number}'}"


class _Writer:
    """Writes the tasks of one selection."""

    def __init__(self, storage: Storage, selection: Selection) -> None:
        self._again = companions.named_again(storage, selection, _NAME, (Kind.TASK,))
        tasks = companions.fetched(storage, Kind.TASK, selection.tasks)
        self._names = frozenset(map(self._name, tasks))
        self._remarks = Remarks(storage, selection, _ANNOTATIONS)

    def text(self, detail: TaskDetail) -> str:
        """Return a task as an object."""
        record = detail.record
        new = RawObject()
        new.set("uuid", self._name(record))
        put: dict[str, Put] = {
            **_PUT,
            "title": partial(_put_text, detail),
            "description": partial(_put_text, detail),
            "status": partial(_put_status, record),
        }
        found = rewritten(detail, _NAME, _read, put, new)
        imported = _read(found) if found is not new else None
        if record.id in self._again:
            found.set("uuid", self._name(record))
        _put_project(found, record)
        self._put_depends(found, detail, imported)
        self._remarks.put_into(found, record, _name(record))
        if imported is None and detail.description:
            note = RawObject()
            note.set("entry", _basic(record.created_at))
            note.set("description", detail.description)
            others = (item.raw for item in found.items("annotations"))
            found.set_items("annotations", [note.text(), *others])
        return found.text()

    def _name(self, record: AnyRecord) -> str:
        """Return the UUID of a task; that of one from elsewhere is always the same."""
        return record.id if record.id in self._again else _name(record)

    def _put_depends(
        self, found: RawObject, detail: TaskDetail, imported: IncomingTask | None
    ) -> None:
        lost, added = link_changes(detail, imported, self._name, self._names.__contains__)
        gone = {other for other, kind, _ in lost if kind == LinkKind.BLOCKS}
        more = [
            other
            for other, kind, _ in sorted(added)
            if kind == LinkKind.BLOCKS and other in self._names
        ]
        if gone or more:
            before = names_in(found.data.get("depends"))
            listed = [*(each for each in before if each not in gone), *more]
            is_text = isinstance(found.data.get("depends"), str)
            found.set("depends", ",".join(listed) if is_text else listed)


def _name(record: AnyRecord) -> str:
    return name_in(_NAME, record) or record.id


def _basic(moment_us: int) -> str:
    """Return a time as Taskwarrior writes it, in whole seconds."""
    moment = datetime.fromtimestamp(moment_us // MICROSECONDS, UTC)
    return moment.strftime("%Y%m%dT%H%M%SZ")


def _read(found: RawObject) -> IncomingTask:
    return _to_task(found.value, found.data, "")


def _put_text(detail: TaskDetail, found: RawObject, _value: Any) -> None:
    """Write the description: the title, and what follows of a task that had more than it."""
    title, text = detail.record.title, detail.description
    if "description" in found.data and text:
        title = text if first_line(text) == title else f"{title}\n{text}"
    found.set("description", title)


def _put_status(record: TaskRecord, found: RawObject, value: Status) -> None:
    found.set("status", _STATUS_WORDS.get(value, "pending"))
    found.remove("start")
    found.remove("end")
    if value in _STATUS_WORDS:
        found.set("end", _basic(record.updated_at))
    elif value is Status.RUNNING:
        found.set("start", _basic(record.updated_at))


def _put_tags(found: RawObject, value: list[str]) -> None:
    """Write tags, which are single words there."""
    if value or "tags" in found:
        found.set("tags", ["_".join(tag.split()) for tag in value])


def _put_project(found: RawObject, record: TaskRecord) -> None:
    project = storable(text_of(found.data.get("project")))
    if record.batch_title == (project or _NO_PROJECT):
        return
    if record.batch_pk is None:
        found.remove("project")
    else:
        found.set("project", record.batch_title)


def _moment(key: str) -> Put:
    return lambda found, value: found.set(key, _basic(value))


def _new_remark(_task: str, detail: RecordDetail) -> RawObject:
    new = RawObject()
    new.set("entry", _basic(detail.record.created_at))
    return new


_PUT: Final[dict[str, Put]] = {
    "priority": lambda found, value: found.set("priority", _PRIORITIES[value]),
    "tags": _put_tags,
    "created_at": _moment("entry"),
    "updated_at": _moment("modified"),
}
_ANNOTATIONS: Final = Shape(
    source=_NAME,
    key="annotations",
    read=lambda found: _to_remark(found.data),
    put={"description": member("description")},
    name=_remark_name,
    new=_new_remark,
)
TASKWARRIOR: Final = Taskwarrior()
