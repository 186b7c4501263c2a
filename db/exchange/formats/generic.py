"""Any list of objects: an array, JSONL, or an object that holds one.

Which member is which field is told by a `Mapping`, or else guessed by the members' names.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple, TypeAlias

from db.exchange.companions import fetched
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, names_in, read_priority, read_status, text_of
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import Kind as JsonKind
from db.exchange.json_reader import Value
from db.exchange.mapping import GUESSES, Mapping, candidates, fitting, member_of, parts_of
from db.exchange.plain import plain, said
from db.exchange.raw_object import RawObject
from db.exchange.rewriting import rewritten
from db.exchange.shells import ShellReader, shell_pieces
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.ports import Storage
from db.records import Detail, Kind, MessageDetail, RecordDetail, TaskDetail, TaskRecord
from db.texts import storable
from db.times import parse_time
from db.vocabulary import LinkKind, Priority, Severity, Status

_BATCH: Final = "file"
_MOST_LISTS: Final = 100
_PAGE: Final = 1000
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
    loses = (
        "which batch a record is in, links and parents made in Sheaf, of everything all"
        " records but tasks, and ids that records of several files share: the first keeps it"
    )
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
            if _lists(sample) or _is_keyed(sample.members):
                return 0.05
            return 0.01 if _candidates(tuple(sample.members))["title"] else 0.0
        return 0.1 if sample.objects else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield each list of the file as one batch, and each object in it as a record."""
        if lists := _lists(document.sample):
            yield from self._read_lists(document, lists)
            return
        yield IncomingBatch(external_id=_BATCH, title=document.stem)
        for number, (name, value) in enumerate(_objects(document), start=1):
            yield self._reader.read(value, name or f"#{number}", _BATCH)

    def _read_lists(self, document: Document, lists: Collection[str]) -> Iterator[Incoming]:
        """Yield the lists of an object, whose other members are the raw text of its batches.

        A name that a list before used is told apart by that of the list.
        """
        shell = ShellReader(lists)
        cursor = document.cursor()
        batches: list[IncomingBatch] = []
        names: set[str] = set()
        for key in shell.walk(cursor):
            title = document.stem if len(lists) == 1 else f"{document.stem}: {key}"
            batches.append(IncomingBatch(external_id=storable(key), title=title))
            yield batches[-1]
            before = frozenset(names)
            for number, value in enumerate(cursor.values(), start=1):
                record = self._reader.read(value, f"#{number}", batches[-1].external_id)
                if record.external_id in before:
                    record.external_id = f"{batches[-1].external_id}/{record.external_id}"
                elif len(lists) > 1:
                    names.add(record.external_id)
                yield record
        cursor.end()
        for batch in batches:
            batch.raw = shell.text()
            yield batch

    def rows(self, sample: Sample) -> list[dict[str, Any]]:
        """Return the objects at the start of a file that become records."""
        listed: Any = sample.objects
        if lists := _lists(sample):
            found: list[Any] = [sample.members[key] for key in lists]
            listed = max(found, key=len)
        elif sample.shape == "object" and _is_keyed(sample.members):
            listed = sample.members.values()
        return [each for each in listed if isinstance(each, dict)]

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield an array of the objects as they came, with what was changed since.

        What stood around the lists of one file stands around them again. Records of the
        other kinds that came from no object are written in plain words. Of objects that
        share an id, as those of several files may, the first keeps it.
        """
        if lists := _lists_around(storage, selection):
            yield from shell_pieces(*lists)
            return
        before = b"[\n"
        for text in _told_apart(storage, selection):
            yield before + text.encode(), 1
            before = b",\n"
        yield (b"[]\n" if before == b"[\n" else b"\n]\n"), 0


def _lists_around(
    storage: Storage, selection: Selection
) -> tuple[RawObject, dict[str, Iterator[str]]] | None:
    """Return what stood around the tasks, and the objects of each list; None if nothing did."""
    if selection.others is not None or not 0 < len(selection.batches) <= _MOST_LISTS:
        return None
    batches = [storage.batches.get(pk) for pk in selection.batches]
    shell = RawObject(batches[0].raw or "")
    names = {each.record.pk: each.record.external_id or "" for each in batches}
    if not all(
        each.record.source == Generic.name
        and each.raw == batches[0].raw
        and shell.data.get(each.record.external_id or "") == []
        for each in batches
    ):
        return None
    pks: dict[int | None, array[int]] = {pk: array("q") for pk in names}
    for start in range(0, len(selection.tasks), _PAGE):
        for task in storage.fetch(Kind.TASK, selection.tasks[start : start + _PAGE]):
            assert isinstance(task, TaskRecord)
            if task.batch_pk not in pks:
                return None
            pks[task.batch_pk].append(task.pk)
    find = fitting(storage)
    return shell, {
        name: (_object(each, find) for each in storage.task_details(pks[pk]))
        for pk, name in names.items()
    }


def _told_apart(storage: Storage, selection: Selection) -> Iterator[str]:
    """Yield objects with an id of its own for each, and in what refers to it."""
    find = fitting(storage)
    renamed: dict[int, _Renamed] = {}
    if _are_of_several(storage, selection):
        taken: set[str] = set()
        for detail, text in _objects_of(storage, selection, find):
            name = _own_id(text, find)
            if name in taken:
                renamed[detail.record.pk] = _Renamed(name, detail.record.id)
            elif name:
                taken.add(name)
    for detail, text in _objects_of(storage, selection, find):
        yield _with_new_ids(detail, text, renamed, find) if renamed else text


def _are_of_several(storage: Storage, selection: Selection) -> bool:
    """Whether records come from several files, or from several lists of one."""
    kind, pks = selection.others or (Kind.TASK, selection.tasks)
    homes: set[tuple[object, ...]] = set()
    for record in fetched(storage, kind, () if kind is Kind.MESSAGE else pks):
        homes.add((record.origin, getattr(record, "batch_pk", None)))
        if len(homes) > 1:
            return True
    return False


def _objects_of(
    storage: Storage, selection: Selection, find: _Find
) -> Iterator[tuple[_AnyDetail, str]]:
    if selection.others is None:
        details = storage.task_details(selection.tasks)
        return ((each, _object(each, find)) for each in details)
    kind, pks = selection.others
    if kind is Kind.MESSAGE:
        pages = (pks[start : start + _PAGE] for start in range(0, len(pks), _PAGE))
        messages = (each for page in pages for each in storage.message_details(page))
        return ((each, plain(each).text()) for each in messages)
    others = (storage.detail(kind, pk) for pk in pks)
    return ((each, _other_object(each, kind, find)) for each in others)


def _own_id(text: str, find: _Find) -> str:
    """Return the id in an object, as it is read again; empty if it has none."""
    data = RawObject(text).data
    return _Reader(find(data) or Mapping()).id_in(data)


def _with_new_ids(
    detail: _AnyDetail, text: str, renamed: dict[int, _Renamed], find: _Find
) -> str:
    """Return an object with its new id, if it has one, and those of what it refers to."""
    pk = detail.record.pk
    near = [] if not isinstance(detail, TaskDetail) else [each.task for each in detail.links]
    if isinstance(detail, TaskDetail) and detail.parent is not None:
        near.append(detail.parent)
    names = dict(renamed[task.pk] for task in near if task.pk in renamed)
    if not names and pk not in renamed:
        return text
    raw = RawObject(text)
    mapping = find(raw.data) or Mapping()
    if pk in renamed:
        _put(mapping, "id", raw, renamed[pk].new)
    for field, value in _Reader(mapping).references_in(raw.data):
        if (now := _renamed_in(value, names)) != value:
            _put(mapping, field, raw, now)
    return raw.text()


def _renamed_in(value: Any, names: dict[str, str]) -> Any:
    """Return what names other records, with the new names of some."""
    if isinstance(value, list):
        return [_renamed_in(each, names) for each in value]
    if isinstance(value, dict) and "id" in value:
        return {**value, "id": _renamed_in(value["id"], names)}
    if isinstance(value, str) and "," in value:
        return ", ".join(names.get(each, each) for each in names_in(value))
    return names.get(text_of(value).strip(), value) if isinstance(value, str | int) else value


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


def _other_object(detail: Detail, kind: Kind, find: _Find) -> str:
    """Return the object of a record that is no task: its raw text with what changed, or new."""
    assert isinstance(detail, RecordDetail)
    if not (detail.raw or "").startswith("{"):
        return plain(detail).text()
    record, raw = detail.record, RawObject(detail.raw or "")
    is_own = record.source == Generic.name
    if is_own and record.version == 1:
        return detail.raw or ""
    mapping = (find(raw.data) if is_own else None) or Mapping(becomes=kind.word)
    reader = _Reader(mapping)

    def read(found: RawObject) -> IncomingRecord:
        task = reader.task(found.value, found.data, record.external_id or "")
        return _become(kind, task, found.data)

    if record.version == 1:
        # Another format knows more of it than its words say here.
        if "title" not in raw and record.title != read(raw).title:
            raw.set("title", record.title)
        return raw.text()
    names = {*record.__struct_fields__, *detail.texts, "description"}
    put = {name: partial(_put, mapping, name) for name in names - _NEVER_WRITTEN}
    return rewritten(detail, None, read, put, RawObject()).text()


_Find: TypeAlias = Callable[[dict[str, Any]], Mapping | None]
_AnyDetail: TypeAlias = Detail | MessageDetail


class _Renamed(NamedTuple):
    """The id that an object came with, and the one it is written with."""

    old: str
    new: str


_NEVER_WRITTEN: Final = frozenset({"id", "created_at", "updated_at"})
_READ_FROM: Final = {"severity": "priority", "category": "kind"}
"""The fields of other records that a mapping knows as a task's."""

_WRITTEN: Final = ("title", "status", "description", "priority", "kind", "tags")


def _put(mapping: Mapping, field: str, found: RawObject, value: Any) -> None:
    named = _READ_FROM.get(field, field)
    likeliest = next(iter(_candidates(tuple(found.data)).get(named, ())), field)
    key, *deeper = parts_of(mapping.members.get(named) or likeliest)
    if value == "" and key not in found:
        return
    found.set(key, _put_inside(found.get(key), deeper, said(field, value)))


def _put_inside(data: object, parts: Sequence[str], value: Any) -> Any:
    """Return a value, or the object that holds it further inside instead of another."""
    if not parts:
        return value
    home = dict(data) if isinstance(data, dict) else {}
    home[parts[0]] = _put_inside(home.get(parts[0]), parts[1:], value)
    return home


def _lists(sample: Sample) -> list[str]:
    """Return the members of an object that hold lists of objects."""
    return [
        key
        for key, value in sample.members.items()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    ]


def _is_keyed(members: dict[str, object]) -> bool:
    return bool(members) and all(isinstance(value, dict) for value in members.values())


def _objects(document: Document) -> Iterator[tuple[str, Value]]:
    if document.sample.shape != "object" or not _is_keyed(document.sample.members):
        yield from (("", value) for value in document.records())
        return
    cursor = document.cursor()
    for key in cursor.records():
        if cursor.kind() is JsonKind.OBJECT and (value := cursor.usable_value()):
            yield key, value
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

    def read(self, value: Value, name: str, batch: str) -> IncomingTask | IncomingRecord:
        """Return the record that an element of a list is; `name` stands for a missing id."""
        data: Any = value.data
        is_object = isinstance(data, dict)
        task = self.task(value, data, name) if is_object else _bare(value, name)
        task.batch = batch
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
            parent=text_of(parent) if isinstance(parent, (str, int)) else None,
            tags=names_in(tags),
            links=tuple([(each, LinkKind.BLOCKS.value, False) for each in names_in(needs)]),
        )

    def id_in(self, data: dict[str, Any]) -> str:
        """Return the id that an object has; empty if it has none."""
        id_ = self._values(data)[0]
        return text_of(id_) if isinstance(id_, str | int) else ""

    def references_in(self, data: dict[str, Any]) -> list[tuple[str, Any]]:
        """Return what an object says of other objects, by field."""
        said = zip(GUESSES, self._values(data), strict=True)
        return [(field, value) for field, value in said if field in {"parent", "needs"}]

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
        refs={"batch": task.batch},
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
