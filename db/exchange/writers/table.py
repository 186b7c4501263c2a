"""Records as a table for spreadsheets: CSV as RFC 4180 describes it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from db.cancel import CancelToken
from db.errors import MalformedFileError
from db.exchange.formats.base import Pieces, Selection
from db.exchange.verifying import Prints, ReadBack
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES
from db.records import Kind, Record
from db.times import to_iso
from db.vocabulary import Priority, Review, Role, Severity, Status

NAME: Final = "csv"
_MARK: Final = "\ufeff"
_HEAD: Final = ("record", "id", "title")
_TAIL: Final = (
    "created_at", "updated_at", "archived_at", "trashed_at", "origin", "external_id",
    "description",
)  # fmt: skip
_OWN: Final = {
    Kind.BATCH: tuple(status.word for status in Status),
    Kind.TASK: (
        "status", "status_word", "kind", "priority", "tags", "batch", "batch_title", "parent",
    ),
    Kind.EXECUTION: (
        "status", "status_word", "task", "turn", "step", "attempt", "decision", "started_at",
        "completed_at", "lease_until",
    ),
    Kind.STATUS_UPDATE: ("batch", "batch_title", "task", "actor"),
    Kind.BUG: (
        "status", "status_word", "severity", "batch", "batch_title", "tasks", "steps",
        "proposed_fix",
    ),
    Kind.DESIGN_NOTE: (
        "batch", "batch_title", "task", "context", "decision", "consequences", "superseded_by",
    ),
    Kind.CONVERSATION: (
        "batch", "batch_title", "task", "parent", "model", "project", "messages", "errors",
    ),
    Kind.MESSAGE: ("conversation", "parent", "position", "role", "has_error", "text"),
    Kind.LEARNING: (
        "batch", "batch_title", "task", "category", "confidence", "review", "tags",
        "superseded_by",
    ),
}  # fmt: skip
"""The columns that only some kinds have, under the names of the dump."""

_WORDS: Final[dict[str, type[IntEnum]]] = {
    "status": Status,
    "priority": Priority,
    "severity": Severity,
    "review": Review,
    "role": Role,
}
_MOMENTS: Final = frozenset(
    {"created_at", "updated_at", "archived_at", "trashed_at", "started_at", "completed_at",
     "lease_until"}
)  # fmt: skip
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a formula begins, also where the signs are of full width."""
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_PAGE: Final = 1000


class CsvStyle(Struct, frozen=True):
    """How a table is written.

    With `mark` it begins with a byte-order mark, without which some spreadsheets take UTF-8
    for something else. Unless `formulas` are kept, a cell that a spreadsheet would run as one
    begins with an apostrophe.
    """

    mark: bool = True
    formulas: bool = False


class CsvTable:
    """Writes one table: records of one kind, or of several below each other."""

    name = NAME
    title = "Table for spreadsheets, CSV"
    suffix = ".csv"
    loses = (
        "the exact text a record came from, its history, the links of a task, and what a"
        " message says beside its text"
    )
    kinds = frozenset(Kind)

    def __init__(self, style: CsvStyle | None = None) -> None:
        self._style = style or CsvStyle()
        self._prints = Prints()

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records `write` counts."""
        if selection.complete:
            return sum(storage.count(made(places=EVERYWHERE)) for made in QUERIES.values())
        return sum(len(pks) for _, pks in _chosen(storage, selection))

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield the table, a row at a time."""
        chosen = _chosen(storage, selection)
        columns = _columns([kind for kind, _ in chosen])
        yield ((_MARK if self._style.mark else "") + _line(columns)).encode(), 0
        for kind, pks in chosen:
            for cells in self._rows(storage, kind, pks, columns):
                self._prints.add(*cells)
                yield _line(cells).encode(), 1

    def _rows(
        self, storage: Storage, kind: Kind, pks: Sequence[int], columns: Sequence[str]
    ) -> Iterator[list[str]]:
        for start in range(0, len(pks), _PAGE):
            page = pks[start : start + _PAGE]
            homes = {
                record.id: getattr(record, "batch_title", "")
                for record in storage.fetch(kind, page)
            }
            for row in storage.rows(kind.name.lower(), page):
                fields = _fields(kind, json.loads(row), homes)
                cells = (fields.get(column, "") for column in columns)
                yield [each if self._style.formulas else _harmless(each) for each in cells]

    def note(self, name: str, value: Any, *, is_redacted: bool) -> None:
        """Do nothing: what is written is noted cell by cell."""

    def read_back(self, path: Path, name: str, token: CancelToken, found: ReadBack) -> None:
        """Read the table."""
        kinds = {kind.word: kind for kind in Kind}
        limit = csv.field_size_limit(1 << 30)
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows = csv.reader(stream, strict=True)
                width = len(next(rows, []))
                for number, row in enumerate(rows):
                    if number % _PAGE == 0:
                        token.check()
                    if len(row) != width:
                        raise MalformedFileError(
                            f"row {number + 2} has {len(row)} cells.", path=name
                        )
                    found.add(kinds.get(row[0]), *row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise MalformedFileError(f"{error}.", path=name) from error
        finally:
            csv.field_size_limit(limit)

    def verified(self, written: int, found: ReadBack) -> int:
        """Return how many rows were read as they were written."""
        return min(written, self._prints.common(found.prints))

    def missing(
        self, _storage: Storage, _selection: Selection, _found: ReadBack
    ) -> Iterator[tuple[Kind, Record]]:
        """Yield nothing: a row is known as a whole."""
        yield from ()


def _chosen(storage: Storage, selection: Selection) -> list[tuple[Kind, Sequence[int]]]:
    """Return what a table holds: with batches their tasks, but with tasks no batches."""
    if selection.others is not None:
        return [selection.others]
    tasks: tuple[Kind, Sequence[int]] = (Kind.TASK, selection.tasks)
    if selection.complete:
        more = [(kind, _every(storage, kind)) for kind in Kind if kind > Kind.TASK]
        return [(Kind.BATCH, selection.batches), tasks, *(each for each in more if each[1])]
    return [tasks] if selection.asked is Kind.TASK else [(Kind.BATCH, selection.batches), tasks]


def _every(storage: Storage, kind: Kind) -> Sequence[int]:
    return sorted(storage.ids(QUERIES[kind](places=EVERYWHERE)))


def _columns(kinds: Iterable[Kind]) -> list[str]:
    own = [column for kind in kinds for column in _OWN[kind]]
    return list(dict.fromkeys((*_HEAD, *own, *_TAIL)))


def _fields(kind: Kind, row: dict[str, Any], homes: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a record by column; `homes` are the titles of batches by its id."""
    found = {**row, "record": kind.word, "batch_title": homes.get(row["id"], "")}
    if kind is Kind.MESSAGE:
        blocks = json.loads(found.get("blocks") or "[]")
        found["text"] = "\n\n".join(filter(None, (block.get("text") for block in blocks)))
    return {
        column: _cell(_words(kind, column), column, value) for column, value in found.items()
    }


def _words(kind: Kind, column: str) -> type[IntEnum] | None:
    """Return what the numbers of a column stand for; in review are so many tasks of a batch."""
    is_number = kind is Kind.BATCH and column == "review"
    return None if is_number else _WORDS.get(column)


def _cell(words: type[IntEnum] | None, column: str, value: Any) -> str:
    if value is None:
        return ""
    if words is not None and isinstance(value, int):
        return words(value).name.lower()
    if column in _MOMENTS and isinstance(value, int):
        return to_iso(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else str(value)


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a plain number is none."""
    if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
