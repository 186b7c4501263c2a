"""Status updates that stand inside the object of what they are about: comments, annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from db.exchange import companions
from db.exchange.formats.base import Selection
from db.exchange.raw_object import RawObject
from db.exchange.rewriting import Entry, Put, Read, brought_up, name_in
from db.ports import Storage
from db.records import AnyRecord, Kind, RecordDetail, StatusUpdateRecord, TaskRecord


class Shape(Struct, frozen=True):
    """How a format writes remarks: in the list `key` of an object, each by `read` and `put`.

    `name` is that of a remark in its origin, by the name of what it is about, its number
    and its own object; `new` is the object that a new one starts from, by the former name.
    """

    source: str
    key: str
    read: Read
    put: Mapping[str, Put]
    name: Callable[[str, int, Mapping[str, Any]], str]
    new: Callable[[str, RecordDetail], RawObject]


class Remarks:
    """The remarks of one selection."""

    def __init__(self, storage: Storage, selection: Selection, shape: Shape) -> None:
        """Find out which status updates are remarks."""
        self._storage = storage
        self._selection = selection
        self._shape = shape
        self._said: dict[tuple[str | None, str], dict[str, int]] = {}
        self._added: dict[int, list[int]] = {}
        kind = Kind.STATUS_UPDATE
        pks = companions.companions(storage, selection, kind)
        for detail in companions.details(storage, kind, pks):
            if self.holds(detail):
                self._note(detail.record)

    def holds(self, detail: Entry) -> bool:
        """Whether a record is a remark; one of another origin is if it is about a task."""
        record = detail.record
        if self._selection.others is not None or not isinstance(record, StatusUpdateRecord):
            return False
        if record.source == self._shape.source:
            return detail.raw is None
        return record.task_pk is not None

    def _note(self, record: AnyRecord) -> None:
        assert isinstance(record, StatusUpdateRecord)
        if name := name_in(self._shape.source, record):
            about = (record.origin, name.rpartition("/")[0])
            self._said.setdefault(about, {})[name] = record.pk
        else:
            self._added.setdefault(record.task_pk or 0, []).append(record.pk)

    def put_into(self, found: RawObject, record: AnyRecord, name: str) -> None:
        """Write the remarks about a record of that name as they are now.

        One that is not among the records stays, unless all records there are were asked.
        """
        before = found.items(self._shape.key)
        said = dict(self._said.get((record.origin, name), {}))
        texts: list[str] = []
        for number, item in enumerate(before, start=1):
            data = item.data if isinstance(item.data, dict) else {}
            pk = said.pop(self._shape.name(name, number, data), None)
            if pk is not None:
                texts.append(self._text(RawObject(item.raw), pk, is_new=False))
            elif not data or not self._selection.complete:
                texts.append(item.raw)
        added = self._added.get(record.pk, []) if isinstance(record, TaskRecord) else []
        texts += [self._new(name, pk) for pk in (*said.values(), *added)]
        if texts != [item.raw for item in before]:
            found.set_items(self._shape.key, texts)

    def _new(self, name: str, pk: int) -> str:
        new = self._shape.new(name, self._storage.status_updates.get(pk))
        return self._text(new, pk, is_new=True)

    def _text(self, found: RawObject, pk: int, *, is_new: bool) -> str:
        detail = self._storage.status_updates.get(pk)
        read = None if is_new else self._shape.read
        is_same = not brought_up(found, detail, read, self._shape.put)
        return found.value.raw if is_same and not is_new else found.text()
