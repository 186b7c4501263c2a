"""Sheaf's own dump: every row of every table, as one JSON document or as JSONL.

Rows refer to each other by id. The originals themselves are not inside; the rows of
`upload` name them by their SHA-256.

    {"sheaf": 1, "exported_at": "2026-01-31T12:00:00Z", "tables": {"batch": [{...}], ...}}

    {"sheaf": 1, "exported_at": "2026-01-31T12:00:00Z"}
    {"table": "batch", "row": {...}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from db.errors import MalformedFileError, UnsupportedVersionError
from db.exchange.document import Document, Sample
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import Value
from db.incoming import IncomingRow
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES
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
    loses = "the kept originals, which the format `original` writes"

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
                    for _ in cursor.items():
                        document.lacks_originals |= table == "upload"
                        value = cursor.value()
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
        for number, table in enumerate(_tables(selection)):
            yield (b"," if number else b"") + f'\n"{table}":['.encode(), 0
            before = b"\n"
            for row in _rows(storage, table, selection):
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
        for table in _tables(selection):
            for row in _rows(storage, table, selection):
                yield (
                    f'{{"table":"{table}","row":{row}}}\n'.encode(),
                    int(table in _RECORD_TABLES),
                )


def _header() -> bytes:
    return f'{{"sheaf":{VERSION},"exported_at":"{to_iso(now_us())}"}}'.encode()


def _size(storage: Storage, selection: Selection) -> int:
    if selection.complete:
        return sum(storage.count(made(places=EVERYWHERE)) for made in QUERIES.values())
    return len(selection.batches) + len(selection.tasks)


def _tables(selection: Selection) -> tuple[str, ...]:
    """Return the tables to write: a part of the records goes without the history."""
    return _TABLES if selection.complete else ("batch", "task")


def _rows(storage: Storage, table: str, selection: Selection) -> Iterator[str]:
    if selection.complete:
        return storage.rows(table)
    return storage.rows(table, selection.batches if table == "batch" else selection.tasks)


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
    return IncomingRow(table, row)


JSON_DUMP: Final = JsonDump()
JSONL_DUMP: Final = JsonlDump()
