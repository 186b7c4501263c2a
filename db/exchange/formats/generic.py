"""Any list of objects: an array, JSONL, or an object that holds one.

Which member is which field is told by a `Mapping`, or else guessed by the members' names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, names_in, read_priority, read_status, text_of
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import Kind as JsonKind
from db.exchange.json_reader import Value
from db.exchange.mapping import GUESSES, Mapping, candidates, fitting, member_of, parts_of
from db.exchange.raw_object import RawObject
from db.exchange.rewriting import rewritten
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.ports import Storage
from db.records import Kind, TaskDetail
from db.times import parse_time
from db.vocabulary import LinkKind, Priority, Severity, Status

_BATCH: Final = "file"
_SEVERITIES: Final = {
    Priority.HIGHEST: Severity.CRITICAL,
    Priority.HIGH: Severity.HIGH,
    Priority.MEDIUM: Severity.MEDIUM,
}


class Generic:
    """Reads lists of objects, by a mapping or by what their members are called."""

    name = "generic"
    title = "A list of JSON objects"
    suffix = ".json"
    loses = "which batch a record is in, and links and parents made in Sheaf"
    kinds = frozenset(Kind)

    def __init__(self, mapping: Mapping | None = None) -> None:
        """Take the mapping to read by, if there is one."""
        self._reader = _Reader(mapping or Mapping())
        self.grows = frozenset(Kind) if mapping is None else frozenset[Kind]()

    def mapped(self, mapping: Mapping) -> Generic:
        """Return this format, reading by a mapping."""
        return Generic(mapping)

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape == "object":
            if _list_key(sample) or _is_keyed(sample.members):
                return 0.05
            return 0.01 if _candidates(tuple(sample.members))["title"] else 0.0
        return 0.1 if sample.objects else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the file as one batch, and each object in it as a record."""
        yield IncomingBatch(external_id=_BATCH, title=document.stem)
        for number, (name, value) in enumerate(_objects(document), start=1):
            yield self._reader.read(value, name or f"#{number}")

    def rows(self, sample: Sample) -> list[dict[str, Any]]:
        """Return the objects at the start of a file that become records."""
        listed: Any = sample.objects
        if sample.shape == "object" and (wanted := _list_key(sample)):
            listed = sample.members[wanted]
        elif sample.shape == "object" and _is_keyed(sample.members):
            listed = sample.members.values()
        return [each for each in listed if isinstance(each, dict)]

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
        find = fitting(storage)
        return (_object(each, find) for each in storage.task_details(selection.tasks))
    kind, pks = selection.others
    return storage.rows(kind.name.lower(), pks)


def _object(detail: TaskDetail, find: Callable[[dict[str, Any]], Mapping | None]) -> str:
    """Return a task's object: its raw text with the changed fields under its own names."""
    record = detail.record
    if record.source == Generic.name and record.version == 1 and detail.raw:
        return detail.raw
    raw = RawObject(detail.raw or "")
    mapping = (find(raw.data) if record.source == Generic.name else None) or Mapping()
    reader = _Reader(mapping)
    new = RawObject()
    new.set("id", record.id)

    def read(found: RawObject) -> IncomingTask:
        return reader.task(found.value, found.data, record.external_id or "")

    put = {field: partial(_put, mapping, field) for field in _WRITTEN}
    return rewritten(detail, None, read, put, new).text()


_WRITTEN: Final = ("title", "status", "description", "priority", "kind", "tags")


def _put(mapping: Mapping, field: str, found: RawObject, value: Any) -> None:
    likeliest = next(iter(_candidates(tuple(found.data))[field]), field)
    key, *deeper = parts_of(mapping.members.get(field) or likeliest)
    if value == "" and key not in found:
        return
    said = value.word if isinstance(value, Status | Priority) else value
    found.set(key, _put_inside(found.get(key), deeper, said))


def _put_inside(data: object, parts: Sequence[str], value: Any) -> Any:
    """Return a value, or the object that holds it further inside instead of another."""
    if not parts:
        return value
    home = dict(data) if isinstance(data, dict) else {}
    home[parts[0]] = _put_inside(home.get(parts[0]), parts[1:], value)
    return home


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
    return candidates(keys)


class _Shape(NamedTuple):
    """Where objects with the same keys hold each field, in the order of `GUESSES`.

    `likeliest` has one key or None for each; `others`, by the field's place, the keys to
    look at where the likeliest says nothing; `inside` the members of objects in them.
    """

    likeliest: tuple[str | None, ...]
    others: tuple[tuple[int, tuple[str, ...]], ...]
    inside: tuple[tuple[int, str], ...]


def _shape(members: tuple[str | None, ...], keys: tuple[str, ...]) -> _Shape:
    """Return the shape of objects; `members` are those of a mapping, None to be guessed."""
    guessed = [*_candidates(keys).values()]
    names = [
        guess if member is None else (member,) if member in keys else ()
        for guess, member in zip(guessed, members, strict=True)
    ]
    return _Shape(
        tuple(each[0] if each else None for each in names),
        tuple((place, each[1:]) for place, each in enumerate(names) if each[1:]),
        tuple((n, each) for n, each in enumerate(members) if each and each.startswith("/")),
    )


class _Reader:
    """Makes records of objects, by a mapping."""

    def __init__(self, mapping: Mapping) -> None:
        self._kind = mapping.kind
        members = tuple(mapping.members.get(field) for field in GUESSES)
        self._shape = lru_cache(maxsize=1024)(partial(_shape, members))
        self._states = {
            word.strip(): Status[state.upper()] for word, state in mapping.statuses.items()
        }

    def read(self, value: Value, name: str) -> IncomingTask | IncomingRecord:
        """Return the record that an element of a list is; `name` stands for a missing id."""
        data: Any = value.data
        is_object = isinstance(data, dict)
        task = self.task(value, data, name) if is_object else _bare(value, name)
        return task if self._kind is Kind.TASK else _become(self._kind, task, data)

    def task(self, value: Value, data: dict[str, Any], name: str) -> IncomingTask:
        """Return the task that an object is."""
        (id_, heading, state, text, priority, kind, tags, created, updated, parent, needs) = (
            self._values(data)
        )
        title = first_line(text_of(heading))
        description = text_of(text)
        status, word = self._status(state)
        own_name = text_of(id_) if isinstance(id_, (str, int)) else name
        return IncomingTask(
            external_id=own_name,
            title=title or f"Record {own_name}",
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

    def _values(self, data: dict[Any, Any]) -> list[Any]:
        """Return what an object says of each field, in the order of `GUESSES`, or None."""
        shape = self._shape(tuple(data))
        values = [*map(data.get, shape.likeliest)]
        if "" in values:
            values = [None if value == "" else value for value in values]
        for place, keys in shape.others:
            if values[place] is None:
                found = (data[key] for key in keys if data[key] is not None and data[key] != "")
                values[place] = next(found, None)
        for place, member in shape.inside:
            values[place] = member_of(data, member)
        return values

    def _status(self, state: Any) -> tuple[Status, str | None]:
        if self._states:
            word = text_of(state).strip()
            if (status := self._states.get(word)) is not None:
                return status, None if word == status.word else word
        return read_status(state)


def _kind(value: object) -> str:
    return text_of(value)[:100] if isinstance(value, str) and value.strip() else "task"


def _bare(value: Value, name: str) -> IncomingTask:
    """Return the task for an element that is no object: its text is the title."""
    return IncomingTask(
        external_id=name,
        title=first_line(text_of(value.data)) or f"Record {name}",
        status=read_status(None)[0],
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        batch=_BATCH,
    )


def _become(kind: Kind, task: IncomingTask, data: Any) -> IncomingRecord:
    """Return what a task would be as a record of another kind."""
    is_text = isinstance(data, str)
    return IncomingRecord(
        kind=kind,
        external_id=task.external_id,
        title=task.title,
        description=task.description or (text_of(data) if is_text else ""),
        fields=_fields(kind, task),
        refs={"batch": _BATCH},
        tags=task.tags if kind is Kind.LEARNING else (),
        raw=task.raw,
        offset=task.offset,
        length=task.length,
        created_at=task.created_at,
        updated_at=task.updated_at,
    )


def _fields(kind: Kind, task: IncomingTask) -> dict[str, Any]:
    if kind is Kind.BUG:
        severity = _SEVERITIES.get(Priority(task.priority), Severity.LOW)
        status = {"status": task.status, "status_word": task.status_word}
        return {**status, "severity": severity.value}
    if kind is Kind.LEARNING:
        return {"category": "" if task.kind == "task" else task.kind}
    return {}


GENERIC: Final = Generic()
