"""Any list of objects: an array, JSONL, or an object that holds one, with guessed fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, names_in, read_priority, read_status, text_of
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import Kind as JsonKind
from db.exchange.json_reader import Value
from db.exchange.raw_object import RawObject
from db.exchange.rewriting import rewritten
from db.incoming import IncomingBatch, IncomingTask
from db.ports import Storage
from db.records import Kind, TaskDetail
from db.times import parse_time
from db.vocabulary import LinkKind, Priority, Status

_BATCH: Final = "file"
GUESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id", "_id", "uuid", "key", "taskid", "issueid", "number", "slug"),
    "title": (
        "title", "name", "summary", "subject", "task", "label", "headline", "question",
        "prompt", "description", "content", "text", "message", "body",
    ),
    "status": (
        "status", "state", "stage", "progress", "done", "completed", "passes", "success",
    ),
    "description": (
        "description", "body", "details", "detail", "content", "text", "message", "notes",
        "prompt", "comment",
    ),
    "priority": ("priority", "severity", "urgency", "importance"),
    "kind": ("type", "kind", "issuetype", "category"),
    "tags": ("tags", "labels", "keywords", "topics"),
    "created": (
        "createdat", "created", "createddate", "creationdate", "timestamp", "date", "time",
        "ts", "entry", "starttime", "startedat",
    ),
    "updated": (
        "updatedat", "updated", "modified", "modifiedat", "lastmodified", "lastupdated",
        "closedat", "completedat", "finishedat",
    ),
    "parent": ("parentid", "parent", "parenttaskid"),
    "needs": ("dependencies", "dependson", "blockedby", "depends", "requires"),
}  # fmt: skip
"""For each field of a task, the names that other tools give it, the likeliest first."""

_SEPARATORS: Final = str.maketrans("", "", "-_ .")


class Generic:
    """Reads lists of objects whose shape nobody told."""

    name = "generic"
    title = "A list of JSON objects"
    suffix = ".json"
    loses = "which batch a record is in, and links and parents made in Sheaf"
    kinds = frozenset(Kind)

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape == "object":
            if _list_key(sample) or _is_keyed(sample.members):
                return 0.05
            return 0.01 if _candidates(tuple(sample.members))["title"] else 0.0
        return 0.1 if sample.objects else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the file as one batch, and each object in it as a task."""
        yield IncomingBatch(external_id=_BATCH, title=document.stem)
        for number, (name, value) in enumerate(_objects(document), start=1):
            if isinstance(value.data, dict):
                yield to_task(value, value.data, name or f"#{number}")
            else:
                yield _bare(value, number)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield an array of the objects as they came, with what was changed since.

        Records of the other kinds are written as the dump writes them.
        """
        before = b"[\n"
        for text in _objects_of(storage, selection):
            yield before + text.encode(), 1
            before = b",\n"
        yield (b"[]\n" if before == b"[\n" else b"\n]\n"), 0


def _objects_of(storage: Storage, selection: Selection) -> Iterator[str]:
    if selection.others is None:
        return map(_object, storage.task_details(selection.tasks))
    kind, pks = selection.others
    return storage.rows(kind.name.lower(), pks)


def _object(detail: TaskDetail) -> str:
    """Return a task's object: its raw text with the changed fields under its own names."""
    record = detail.record
    is_own = record.source == Generic.name and record.version == 1
    if is_own and detail.raw and not detail.raw.startswith("{"):
        return detail.raw
    new = RawObject()
    new.set("id", record.id)
    found = rewritten(detail, None, partial(_read, record.external_id or ""), _PUT, new)
    return found.text()


def _read(name: str, found: RawObject) -> IncomingTask:
    return to_task(found.value, found.data, name)


def _put(field: str, found: RawObject, value: Any) -> None:
    key = next(iter(_candidates(tuple(found.data))[field]), field)
    if value != "" or key in found:
        found.set(key, value.word if isinstance(value, Status | Priority) else value)


_PUT: Final = {
    field: partial(_put, field)
    for field in ("title", "status", "description", "priority", "kind", "tags")
}


def _list_key(sample: Sample) -> str:
    """Return the member of an object that holds the longest list of objects, or nothing."""
    lists = {
        key: len(value)
        for key, value in sample.members.items()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    }
    return max(lists, key=lists.__getitem__, default="")


def _is_keyed(members: dict[str, object]) -> bool:
    return bool(members) and all(isinstance(value, dict) for value in members.values())


def _objects(document: Document) -> Iterator[tuple[str, Value]]:
    sample = document.sample
    if sample.shape != "object":
        for value in document.records():
            yield "", value
        return
    wanted = _list_key(sample)
    if not wanted and not _is_keyed(sample.members):
        yield from (("", value) for value in document.records())
        return
    cursor = document.cursor()
    for key in cursor.members():
        if key == wanted and cursor.kind() is JsonKind.ARRAY:
            for _ in cursor.items():
                yield "", cursor.value()
        elif not wanted and cursor.kind() is JsonKind.OBJECT:
            yield key, cursor.value()
    cursor.end()


@lru_cache(maxsize=1024)
def _candidates(keys: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return which of an object's keys may hold each field, the likeliest first."""
    by_name = {key.lower().translate(_SEPARATORS): key for key in reversed(keys)}
    return {
        field: tuple(by_name[name] for name in names if name in by_name)
        for field, names in GUESSES.items()
    }


class _Shape(NamedTuple):
    """Where objects with the same keys hold each field of a task, in the order of `GUESSES`.

    `likeliest` has one key or None for each; `others`, by the field's place, the keys to
    look at where the likeliest says nothing.
    """

    likeliest: tuple[str | None, ...]
    others: tuple[tuple[int, tuple[str, ...]], ...]


@lru_cache(maxsize=1024)
def _shape(keys: tuple[str, ...]) -> _Shape:
    candidates = [*_candidates(keys).values()]
    return _Shape(
        tuple(names[0] if names else None for names in candidates),
        tuple((place, names[1:]) for place, names in enumerate(candidates) if names[1:]),
    )


def _values(data: dict[Any, Any]) -> list[Any]:
    """Return what an object says of each field, in the order of `GUESSES`; None for nothing."""
    shape = _shape(tuple(data))
    values = [*map(data.get, shape.likeliest)]
    if "" in values:
        values = [None if value == "" else value for value in values]
    for place, keys in shape.others:
        if values[place] is None:
            found = (data[key] for key in keys if data[key] is not None and data[key] != "")
            values[place] = next(found, None)
    return values


def to_task(value: Value, data: dict[str, Any], fallback_id: str) -> IncomingTask:
    """Return the task that an object most likely is."""
    (id_, heading, state, text, priority, kind, tags, created, updated, parent, needs) = (
        _values(data)
    )
    title = first_line(text_of(heading))
    description = text_of(text)
    status, word = read_status(state)
    name = text_of(id_) if isinstance(id_, (str, int)) else fallback_id
    return IncomingTask(
        external_id=name,
        title=title or f"Record {name}",
        status=status,
        status_word=word,
        kind=_kind(kind),
        priority=read_priority(priority),
        description="" if description == title else description,
        created_at=parse_time(created),
        updated_at=parse_time(updated),
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        batch=_BATCH,
        parent=text_of(parent) if isinstance(parent, (str, int)) else None,
        tags=names_in(tags),
        links=tuple([(each, LinkKind.BLOCKS.value, False) for each in names_in(needs)]),
    )


def _kind(value: object) -> str:
    return text_of(value)[:100] if isinstance(value, str) and value.strip() else "task"


def _bare(value: Value, number: int) -> IncomingTask:
    """Return the task for an element that is no object: its text is the title."""
    return IncomingTask(
        external_id=f"#{number}",
        title=first_line(text_of(value.data)) or f"Record #{number}",
        status=read_status(None)[0],
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        batch=_BATCH,
    )


GENERIC: Final = Generic()
