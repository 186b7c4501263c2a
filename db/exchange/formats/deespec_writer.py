"""Writing tasks, runs and status updates as a DeeSpec folder.

Where records came from several such folders, each but the first is a folder inside it, as
their files may be called the same; what came from elsewhere goes into the first.

The files of an item come back as they were, but for what was changed; in its `meta.yaml`
only the lines of changed members are new.
"""

from __future__ import annotations

import itertools
import json
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final, TypeAlias

from db.exchange import companions, sections
from db.exchange.checklists import one_line
from db.exchange.companions import fetched
from db.exchange.fields import first_line, json_text
from db.exchange.filing import free_name
from db.exchange.formats.base import Files as FolderFiles
from db.exchange.formats.base import Selection
from db.exchange.formats.deespec_reader import (
    ARRAY,
    JOURNAL,
    META_NAMES,
    NAME,
    NOTE,
    PROJECT,
    SPEC,
    STATE,
    Files,
    described,
    files_in,
    headed,
    headings_of,
    main_text,
    to_batch,
    to_task,
    to_update,
)
from db.exchange.front_matter import Value, with_members
from db.exchange.raw_object import RawObject
from db.ports import Storage
from db.records import (
    AnyRecord,
    BatchDetail,
    BatchRecord,
    ExecutionRecord,
    Kind,
    Record,
    RecordDetail,
    StatusUpdateRecord,
    TaskDetail,
    TaskRecord,
)
from db.texts import storable
from db.times import to_iso
from db.vocabulary import Status

KINDS: Final = (Kind.EXECUTION, Kind.STATUS_UPDATE)
_File: TypeAlias = tuple[tuple[str, ...], Iterator[tuple[bytes, int]]]
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_DIGITS: Final = 26
_SHELF_DEPTH: Final = 2
_SHELVES: Final = ("specs", "reports", "var")
_STATES: Final = {
    Status.QUEUED: "todo",
    Status.RUNNING: "doing",
    Status.REVIEW: "review",
    Status.BLOCKED: "blocked",
    Status.FAILED: "failed",
    Status.SUCCEEDED: "done",
    Status.CANCELED: "canceled",
}
_NOT_A_STEP: Final = re.compile(r"[^\w-]+")


class DeeSpecWriter:
    """Writes one selection."""

    def __init__(self, storage: Storage, selection: Selection) -> None:
        self._storage = storage
        self._selection = selection
        self._names = {
            record.pk: _name(record, "SBI")
            for record in fetched(storage, Kind.TASK, selection.tasks)
        }
        self._items = {
            record.pk: _name(record, "PBI")
            for record in fetched(storage, Kind.BATCH, selection.batches)
        }
        self._is_array = False

    def files(self) -> FolderFiles:
        """Yield each file: the names that lead to it, and its pieces."""
        selected = {Kind.BATCH: self._selection.batches, Kind.TASK: self._selection.tasks}
        for kind in KINDS:
            selected[kind] = companions.companions(self._storage, self._selection, kind)
        first, *others = self._homes(selected) or [""]
        sorted_in = {kind: self._by_home(kind, pks, first) for kind, pks in selected.items()}
        taken = {*_SHELVES}
        for home in (first, *others):
            folder = PurePosixPath(home.partition(":")[2]).name
            inside = () if home == first else (free_name(folder, taken, NAME),)
            own = {kind: found.get(home, ()) for kind, found in sorted_in.items()}
            for names, pieces in self._home(own):
                yield (*inside, *names), pieces

    def _homes(self, selected: Mapping[Kind, Sequence[int]]) -> list[str]:
        """Return the origins of all records that came from such folders."""
        found = (
            _home_of(record)
            for kind, pks in selected.items()
            for record in fetched(self._storage, kind, pks)
        )
        return [*dict.fromkeys(filter(None, found))]

    def _by_home(self, kind: Kind, pks: Sequence[int], first: str) -> dict[str, array[int]]:
        """Return the records by the folder that they came from, or go to."""
        found: dict[str, array[int]] = {}
        for record in fetched(self._storage, kind, pks):
            found.setdefault(_home_of(record) or first, array("q")).append(record.pk)
        return found

    def _home(self, own: Mapping[Kind, Sequence[int]]) -> Iterator[_File]:
        """Yield the files of one folder."""
        self._is_array = False
        yield from self._batches(own[Kind.BATCH])
        yield from self._tasks(own[Kind.TASK])
        yield from self._runs(own[Kind.EXECUTION])
        yield from self._journal(own[Kind.STATUS_UPDATE])

    def _batches(self, pks: Iterable[int]) -> Iterator[_File]:
        for pk in pks:
            yield from self._batch(self._storage.batches.get(pk))

    def _tasks(self, pks: Sequence[int]) -> Iterator[_File]:
        for detail in self._storage.task_details(pks):
            yield from self._task(detail)

    def _batch(self, detail: BatchDetail) -> Iterator[_File]:
        record = detail.record
        name = self._items[record.pk]
        if record.source == NAME and record.external_id == PROJECT:
            self._is_array = _journal_shape(detail.raw) == ARRAY
            return
        files = files_in(detail.raw) if record.source == NAME else {}
        if not files:
            files = {f"specs/pbi/{name}/pbi.md": _text(record.title, detail.description)}
        elif record.version > 1:
            before = to_batch(name, files)
            changed: dict[str, Value] = {}
            if record.title != storable(before.title):
                changed["title"] = record.title
            files = _changed(files, changed, record, before.title)
            if detail.description != storable(before.description):
                files = _redescribed(files, detail.description, record.title)
        yield from _written(files, name, 0)

    def _task(self, detail: TaskDetail) -> Iterator[_File]:
        record = detail.record
        name = self._names[record.pk]
        files = files_in(detail.raw) if record.source == NAME else {}
        if not files:
            folder = f"specs/sbi/{name}"
            files = {
                f"{folder}/{META_NAMES[0]}": "\n".join(with_members([], self._meta(detail), 0))
                + "\n",
                f"{folder}/{SPEC}": _text(record.title, detail.description),
            }
        elif record.version > 1:
            files = self._brought_up(detail, files)
        yield from _written(files, name, 1)

    def _meta(self, detail: TaskDetail) -> dict[str, Value]:
        """Return the members of a new item."""
        record = detail.record
        return {
            "id": self._names[record.pk],
            "title": record.title,
            "status": _STATES[record.status],
            "pbi_id": self._item_of(record),
            "labels": sorted(record.tags),
            "created_at": to_iso(record.created_at),
            "updated_at": to_iso(record.updated_at),
        }

    def _item_of(self, record: TaskRecord) -> str:
        name = self._items.get(record.batch_pk or 0, PROJECT)
        return "0" if name == PROJECT else name

    def _brought_up(self, detail: TaskDetail, files: Files) -> Files:
        """Return the files of an item with what was changed since it was read."""
        record = detail.record
        before = to_task(record.external_id or "", files)
        changed: dict[str, Value] = {}
        if record.title != storable(before.title):
            changed["title"] = record.title
        if (record.status, record.status_word) != (before.status, before.status_word):
            changed["status"] = _STATES[record.status]
        if sorted(record.tags) != sorted({storable(tag) for tag in before.tags}):
            changed["labels"] = sorted(record.tags)
        item = self._items.get(record.batch_pk or 0, before.batch)
        if item != before.batch:
            changed["pbi_id"] = "0" if item == PROJECT else item
        files = _changed(files, changed, record, before.title)
        if detail.description != storable(before.description):
            files = _redescribed(files, detail.description, record.title)
        return files

    def _runs(self, pks: Sequence[int]) -> Iterator[_File]:
        for detail in companions.details(self._storage, Kind.EXECUTION, pks):
            record = detail.record
            assert isinstance(record, ExecutionRecord)
            path = _report_path(detail) if record.source == NAME else ""
            names = tuple(path.split("/"))
            if not path:
                step = _NOT_A_STEP.sub("-", record.step).strip("-_") or "implement"
                step = step if step[0].isalpha() else f"step-{step}"
                again = f".attempt-{record.attempt}" if record.attempt > 1 else ""
                task = self._names.get(record.task_pk) or self._name_of(record.task_pk)
                names = ("reports", "sbi", task, f"{step}_{record.turn}{again}.md")
            text = detail.description or ("" if record.source == NAME else record.title)
            yield names, iter([(text.encode(), 1)])

    def _name_of(self, task_pk: int) -> str:
        return _name(self._storage.tasks.get(task_pk).record, "SBI")

    def _journal(self, pks: Sequence[int]) -> Iterator[_File]:
        states: list[RecordDetail] = []
        entries = self._entries(pks, states)
        if (first := next(entries, None)) is not None:
            lines = itertools.chain([first], entries)
            pieces = _array(lines) if self._is_array else _lines(lines)
            yield tuple(JOURNAL.split("/")), pieces
        for detail in states:
            yield ("var", STATE), iter([((detail.raw or "").encode(), 1)])

    def _entries(self, pks: Iterable[int], states: list[RecordDetail]) -> Iterator[str]:
        """Yield the lines of a journal; what is the folder's state is put aside."""
        for detail in companions.details(self._storage, Kind.STATUS_UPDATE, [*pks]):
            record = detail.record
            assert isinstance(record, StatusUpdateRecord)
            is_own = record.source == NAME and detail.raw is not None
            if is_own and record.external_id == f"var/{STATE}":
                states.append(detail)
            elif is_own and detail.raw is not None:
                is_entry = detail.raw.startswith("{") or self._is_array
                raw = self._entry(detail.raw, record, detail.description)
                yield raw if is_entry else str(json.loads(raw))
            else:
                yield self._new_entry(record, detail.description)

    def _entry(self, raw: str, record: StatusUpdateRecord, text: str) -> str:
        """Return an entry with what was changed since it was read."""
        entry = RawObject(raw)
        if record.version == 1 or not entry.data:
            return raw
        before = to_update(entry.value, 0)
        changed: dict[str, object] = {}
        if text != storable(before.description):
            changed["message"] = text
        if record.actor != storable(before.fields["actor"]):
            changed["actor"] = record.actor
        if (item := self._item(record)) and item != before.refs.get("task"):
            changed["sbi_id"] = item
        for name, value in changed.items():
            entry.set(name, value)
        if record.title != storable(to_update(RawObject(entry.text()).value, 0).title):
            entry.set("title", record.title)
            changed["title"] = record.title
        return entry.text() if changed else raw

    def _item(self, record: StatusUpdateRecord) -> str:
        """Return the item that a status update is about, empty if about none."""
        task = record.task_pk
        return (self._names.get(task) or self._name_of(task)) if task else ""

    def _new_entry(self, record: StatusUpdateRecord, text: str) -> str:
        named = {} if record.title == first_line(text) else {"title": record.title}
        return json_text(
            {
                "timestamp": to_iso(record.created_at),
                "sbi_id": self._item(record),
                "turn": 0,
                "step": NOTE,
                "status": "",
                "attempt": 1,
                "decision": "",
                "elapsed_ms": 0,
                "error": "",
                "artifacts": [],
                "actor": record.actor,
                "message": text,
                **named,
            }
        )


def _home_of(record: AnyRecord) -> str:
    return record.origin or "" if record.source == NAME else ""


def _name(record: Record, kind: str) -> str:
    """Return the id of a record here: its own, or one of the digits of its id."""
    if record.source == NAME and record.external_id:
        return record.external_id
    number = int(record.id.replace("-", ""), 16)
    digits = (_CROCKFORD[number >> 5 * place & 31] for place in range(_ULID_DIGITS))
    return f"{kind}-{''.join(digits)[::-1]}"


def _journal_shape(raw: str | None) -> str:
    return str(RawObject(raw or "").data.get("journal", ""))


def _report_path(detail: RecordDetail) -> str:
    return str(RawObject(detail.raw or "").data.get("file", ""))


def _text(title: str, description: str) -> str:
    return f"# {one_line(title)}\n\n{description}\n"


def _written(files: Files, name: str, records: int) -> Iterator[_File]:
    """Yield the files of an item, the first of which completes it."""
    for place, path in enumerate(sorted(files)):
        names = tuple(part for part in path.split("/") if part) or (name,)
        yield names, iter([(files[path].encode(), 0 if place else records)])


def _changed(
    files: Files, changed: dict[str, Value], record: TaskRecord | BatchRecord, title: str
) -> Files:
    """Return the files of an item with other members, and its title as heading."""
    if not changed:
        return files
    files = dict(files)
    path = next((path for path in files if path.endswith((".yaml", ".yml"))), "")
    home = PurePosixPath(min(files)).parent
    if not path and isinstance(record, TaskRecord) and len(home.parts) > _SHELF_DEPTH:
        path = str(home / META_NAMES[0])
        changed = {"id": record.external_id or "", **changed}
    if path:
        lines = files.get(path, "").split("\n")
        end = max((number for number, line in enumerate(lines, 1) if line.strip()), default=0)
        files[path] = "\n".join(with_members(lines, changed, end))
    main = main_text(files)
    head, rest = headed(files.get(main, ""))
    if "title" in changed and main and (not path or _heading(head) == title):
        files[main] = (head or f"# {title}\n\n").replace(
            title, one_line(record.title), 1
        ) + rest
    state = next((path for path in files if path.endswith(f"/{STATE}")), None)
    if "status" in changed and state is not None:
        found = RawObject(files[state])
        found.set("status", changed["status"])
        files[state] = found.text()
    return files


def _heading(head: str) -> str:
    return head.strip().removeprefix("# ").strip()


def _redescribed(files: Files, description: str, title: str) -> Files:
    """Return the files of an item with other texts, each of which keeps its heading."""
    headings = headings_of(files)
    main = main_text(files)
    before = sections.split(described(files, title), headings)
    texts = sections.split(description, headings)
    files = dict(files)
    for path in headings:
        if texts[path] != before[path]:
            files[path] = texts[path] + "\n"
    if main and texts[sections.DESCRIPTION] != before[sections.DESCRIPTION]:
        head, _ = headed(files[main])
        files[main] = (
            (head if _heading(head) == title else "") + texts[sections.DESCRIPTION] + "\n"
        )
    elif not main:
        path = next(iter(files))
        files[str(PurePosixPath(path).parent / SPEC)] = _text(title, description)
    return files


def _lines(texts: Iterable[str]) -> Iterator[tuple[bytes, int]]:
    for text in texts:
        yield f"{text}\n".encode(), 1


def _array(texts: Iterable[str]) -> Iterator[tuple[bytes, int]]:
    before = "[\n"
    for text in texts:
        yield f"{before}{text}".encode(), 1
        before = ",\n"
    yield b"\n]\n", 0
