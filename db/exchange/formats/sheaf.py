"""Sheaf's own dump: every row of every table, as one JSON document or as JSONL.

Rows refer to each other by id. The originals themselves are not inside; the rows of
`upload` name them by their SHA-256. The queue of jobs belongs to the machine, not to what a
person keeps, and stays where it is.

    {"sheaf": 1, "exported_at": "2026-01-31T12:00:00Z", "tables": {"batch": [{...}], ...}}

    {"sheaf": 1, "exported_at": "2026-01-31T12:00:00Z"}
    {"table": "batch", "row": {...}}
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from db.errors import MalformedFileError, UnsupportedVersionError
from db.exchange.companions import companions, fetched
from db.exchange.document import Document, Sample
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import Value
from db.incoming import IncomingRow
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES, MessageQuery, MessageSort
from db.records import Kind
from db.texts import storable
from db.times import now_us, to_iso

VERSION: Final = 1
_TABLES: Final = (
    "upload", "batch", "task", "task_link", "execution", "status_update", "bug", "design_note",
    "conversation", "message", "learning", "operation", "audit_entry", "tombstone",
    "saved_view", "setting", "set_aside",
)  # fmt: skip
"""Each after those its rows refer to."""


_RECORD_TABLES: Final = frozenset(kind.name.lower() for kind in Kind)


class JsonDump:
    """Reads dumps of one JSON document."""

    name = "sheaf"
    title = "Sheaf dump, JSON"
    suffix = ".sheaf.json"
    loses = (
        "the kept originals, which the format `original` writes; read again, settings that"
        " have Sheaf do something by itself stay behind"
    )
    kinds = frozenset(Kind)

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        return float(sample.shape == "object" and "sheaf" in sample.members)

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the rows of each table."""
        missing = {"sheaf", "tables"}
        cursor = document.cursor()
        for key in cursor.members():
            missing.discard(key)
            if key == "sheaf":
                _check_version(cursor.value(), document)
            elif key == "tables":
                for table in cursor.members():
                    for value in cursor.values():
                        document.lacks_originals |= table == "upload"
                        yield _row(table, value.data, value, document)
        for key in sorted(missing):
            raise _no_dump(f'the object has no member "{key}"', document, line=1)
        cursor.end()

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records `write` counts: those of every kind."""
        return _size(storage, selection)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield one document."""
        yield _header()[:-1] + b',"tables":{', 0
        for number, (table, pks) in enumerate(_tables(storage, selection)):
            yield (b"," if number else b"") + f'\n"{table}":['.encode(), 0
            before = b"\n"
            for row in storage.rows(table, pks):
                yield before + row.encode(), int(table in _RECORD_TABLES)
                before = b",\n"
            yield b"]", 0
        yield b"}}\n", 0


class JsonlDump:
    """Reads dumps of one line for each row."""

    name = "sheaf-jsonl"
    title = "Sheaf dump, JSON lines"
    suffix = ".sheaf.jsonl"
    loses = JsonDump.loses
    kinds = JsonDump.kinds

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        first = sample.items[0] if sample.shape == "lines" and sample.items else None
        return float(isinstance(first, dict) and "sheaf" in first)

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the rows of each table."""
        for number, value in enumerate(document.records()):
            data = value.data if isinstance(value.data, dict) else {}
            if not number and "sheaf" not in data:
                raise _no_dump(
                    'the first line has no member "sheaf"', document, value.line, value.pointer
                )
            if "sheaf" in data:
                _check_version(Value(data["sheaf"], "", 0, 0, value.line, "/sheaf"), document)
                continue
            table = data.get("table")
            if not isinstance(table, str):
                raise MalformedFileError(
                    "the line names no table.",
                    path=document.name,
                    line=value.line,
                    pointer=f"{value.pointer}/table",
                )
            document.lacks_originals |= table == "upload"
            place = Value(None, "", 0, 0, value.line, f"{value.pointer}/row")
            yield _row(table, data.get("row"), place, document)

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records `write` counts: those of every kind."""
        return _size(storage, selection)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield a line for each row."""
        yield _header() + b"\n", 0
        for table, pks in _tables(storage, selection):
            for row in storage.rows(table, pks):
                yield (
                    f'{{"table":"{table}","row":{row}}}\n'.encode(),
                    int(table in _RECORD_TABLES),
                )


def _header() -> bytes:
    return f'{{"sheaf":{VERSION},"exported_at":"{to_iso(now_us())}"}}'.encode()


def _size(storage: Storage, selection: Selection) -> int:
    if selection.complete:
        return sum(storage.count(made(places=EVERYWHERE)) for made in QUERIES.values())
    return sum(len(pks) for _, pks in _tables(storage, selection) if pks is not None)


def _tables(
    storage: Storage, selection: Selection
) -> Iterable[tuple[str, Sequence[int] | None]]:
    """Return the tables to write, and the rows of each or None for all.

    A part of the records goes without the history, but with what it cannot be without: runs
    with their tasks, messages with their conversations. Conversations bring their messages.
    """
    if selection.complete:
        return ((table, None) for table in _TABLES)
    if selection.others is None:
        own_tables = (("batch", selection.batches), ("task", selection.tasks))
        return (*own_tables, *_related(storage, selection)) if selection.related else own_tables
    kind, pks = selection.others
    own = (kind.name.lower(), pks)
    if kind is Kind.EXECUTION:
        tasks = _named(storage, kind, pks, "task_pk")
        return (("batch", _named(storage, Kind.TASK, tasks, "batch_pk")), ("task", tasks), own)
    if kind is Kind.MESSAGE:
        return (("conversation", _named(storage, kind, pks, "conversation_pk")), own)
    if kind is Kind.CONVERSATION:
        return (own, ("message", _messages(storage, pks)))
    return (own,)


def _related(
    storage: Storage, selection: Selection
) -> Iterable[tuple[str, Sequence[int] | None]]:
    """Yield the tables of what belongs to batches and tasks, messages with conversations."""
    for kind in Kind:
        if kind not in {Kind.BATCH, Kind.TASK, Kind.MESSAGE}:
            pks = companions(storage, selection, kind)
            yield kind.name.lower(), pks
            if kind is Kind.CONVERSATION:
                yield "message", _messages(storage, pks)


def _named(storage: Storage, kind: Kind, pks: Sequence[int], field: str) -> list[int]:
    """Return the pks that records have in a field, each once."""
    named = (getattr(record, field) for record in fetched(storage, kind, pks))
    return list(dict.fromkeys(pk for pk in named if pk is not None))


def _messages(storage: Storage, pks: Sequence[int]) -> Sequence[int]:
    found = array("q")
    for conversation in fetched(storage, Kind.CONVERSATION, pks):
        query = MessageQuery(
            places=EVERYWHERE,
            conversation_id=conversation.id,
            sort=MessageSort.POSITION,
            descending=False,
        )
        found.extend(storage.ids(query))
    return found


def _check_version(value: Value, document: Document) -> None:
    if not isinstance(value.data, int) or value.data > VERSION:
        raise UnsupportedVersionError(
            f"{document.name} is a Sheaf dump of version {value.data};"
            f" this Sheaf reads them up to {VERSION}."
        )


def _no_dump(
    reason: str, document: Document, line: int, pointer: str = ""
) -> MalformedFileError:
    return MalformedFileError(
        f"this is no Sheaf dump: {reason}.",
        path=document.name,
        line=line,
        pointer=pointer,
        advice="Name another format, or none: Sheaf recognises those it knows.",
    )


def _row(table: str, row: object, place: Value, document: Document) -> IncomingRow:
    if not isinstance(row, dict):
        raise MalformedFileError(
            f"a row of the table {storable(table)} is not an object.",
            path=document.name,
            line=place.line,
            pointer=storable(place.pointer),
        )
    return IncomingRow(table, row, place.line, storable(place.pointer))


JSON_DUMP: Final = JsonDump()
JSONL_DUMP: Final = JsonlDump()
DUMPS: Final = frozenset({JsonDump.name, JsonlDump.name})
