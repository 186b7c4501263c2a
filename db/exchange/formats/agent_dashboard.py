"""agent-dashboard's export: tasks, bugs, status updates and design notes in one object.

Times are milliseconds. Tasks and bugs name each other; a bug is linked with both. Each
project that tasks name is a batch; the rest is one batch for the file, whose raw text is
what stands around the lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from db.exchange import sections
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, names_in, read_priority, read_status, text_of
from db.exchange.formats import agent_dashboard_writer as writer
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.json_reader import Value
from db.exchange.shells import ShellReader, objects_of
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.ports import Storage
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Severity, Status, fold_severity

_BATCH: Final = "file"
_DELETED: Final = "deleted"
_TELLING: Final = {"projectId", "linkedBugIds", "linkedTaskIds", "reproSteps", "supersededBy"}
"""What tells the first list where the others are too far behind it to be seen."""


class AgentDashboard:
    """Reads and writes the export of agent-dashboard's first version."""

    name = writer.NAME
    title = "agent-dashboard export"
    suffix = ".json"
    loses = (
        "tags, kinds, links and parents of tasks, that work is in review or failed, what a"
        " status update belongs to but its task, and ids that records of several files share:"
        " the first keeps it"
    )
    kinds = frozenset({Kind.BATCH, Kind.TASK, *writer.KINDS})

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        meta = sample.members.get("meta")
        is_dated = isinstance(meta, dict) and "generatedAt" in meta
        found = [key for key in writer.LISTS if isinstance(sample.members.get(key), list)]
        own = {"statusUpdates", "designNotes"} & set(found)
        if len(found) > 1 and (is_dated or own):
            return 0.97
        first: Any = sample.members[found[0]] if is_dated and found else []
        telling = [item for item in first if isinstance(item, dict) and _TELLING & item.keys()]
        return 0.9 if telling else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the file as one batch, and what it lists."""
        batch = IncomingBatch(external_id=_BATCH, title=document.stem)
        yield batch
        reader = Reader()
        shell = ShellReader(writer.LISTS)
        cursor = document.cursor()
        for key in shell.walk(cursor):
            listed = objects_of(document, cursor.values())
            for number, value in enumerate(listed, start=1):
                assert isinstance(value.data, dict)
                yield from reader.take(key, value, value.data, f"{key} #{number}")
        cursor.end()
        yield from reader.rest()
        batch.raw = shell.text()
        yield batch

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records `write` counts: those of every kind that it writes."""
        return writer.count(storage, selection)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield one document with the four lists."""
        return writer.write(storage, selection, RECORDS)


class Reader:
    """Makes records, keeping in mind which bugs tasks have named.

    Bugs that come before the tasks wait for them.
    """

    def __init__(self) -> None:
        self._tasks_of: dict[str, list[str]] = {}
        self._projects: set[str] = set()
        self._has_tasks = False
        self._waiting: list[IncomingRecord] = []

    def take(
        self, key: str, value: Value, data: dict[str, Any], fallback: str
    ) -> Iterator[Incoming]:
        """Yield an element of one of the lists, after the project it is the first of."""
        name = text_of(data.get("id")) or fallback
        if key == "tasks":
            self._has_tasks = True
            task = to_task(value, data, name)
            if task.batch != _BATCH and task.batch not in self._projects:
                self._projects.add(task.batch)
                yield IncomingBatch(external_id=task.batch, title=task.batch)
            for bug in names_in(data.get("linkedBugIds")):
                self._tasks_of.setdefault(bug, []).append(name)
            yield task
            return
        record = to_record(key, value, data, name)
        if record.kind is Kind.BUG and not self._has_tasks:
            self._waiting.append(record)
        else:
            yield self._linked(record)

    def rest(self) -> Iterator[IncomingRecord]:
        """Yield the bugs that waited."""
        yield from map(self._linked, self._waiting)

    def _linked(self, record: IncomingRecord) -> IncomingRecord:
        if record.kind is Kind.BUG:
            named = (*record.tasks, *self._tasks_of.get(record.external_id, ()))
            record.tasks = tuple(dict.fromkeys(named))
        return record


def to_task(value: Value, data: dict[str, Any], name: str) -> IncomingTask:
    """Return a task as its object says it."""
    status, word = _status(data)
    created_at, updated_at = _times(data)
    texts = {key: text_of(data.get(key)) for key in ("description", *writer.SECTIONS)}
    return IncomingTask(
        external_id=name,
        title=text_of(data.get("title")) or name,
        status=status,
        status_word=word,
        priority=read_priority(data.get("priority")),
        description=sections.joined(texts, writer.SECTIONS),
        created_at=created_at,
        updated_at=updated_at,
        raw=value.raw,
        offset=value.offset,
        length=value.length,
        batch=text_of(data.get("projectId")) or _BATCH,
    )


def to_record(key: str, value: Value, data: dict[str, Any], name: str) -> IncomingRecord:
    """Return a bug, a status update or a design note as its object says it."""
    record = _MAKERS[key](data)
    record.external_id = name
    record.title = record.title or name
    record.refs["batch"] = _BATCH
    record.raw, record.offset, record.length = value.raw, value.offset, value.length
    record.created_at, record.updated_at = _times(data)
    return record


def _bug(data: dict[str, Any]) -> IncomingRecord:
    status, word = _status(data)
    severity = fold_severity(text_of(data.get("severity")))
    return IncomingRecord(
        kind=Kind.BUG,
        external_id="",
        title=text_of(data.get("title")),
        description=text_of(data.get("description")),
        fields={
            "status": status.value,
            "status_word": word,
            "severity": (Severity.MEDIUM if severity is None else severity).value,
            "steps": text_of(data.get("reproSteps")),
            "proposed_fix": text_of(data.get("proposedFix")),
        },
        refs={},
        tasks=names_in(data.get("linkedTaskIds")),
    )


def _status_update(data: dict[str, Any]) -> IncomingRecord:
    message = text_of(data.get("message"))
    task = text_of(data.get("taskId"))
    return IncomingRecord(
        kind=Kind.STATUS_UPDATE,
        external_id="",
        title=first_line(message),
        description=message,
        fields={"actor": text_of(data.get("actor"))},
        refs={"task": task} if task else {},
    )


def _design_note(data: dict[str, Any]) -> IncomingRecord:
    newer = text_of(data.get("supersededBy"))
    return IncomingRecord(
        kind=Kind.DESIGN_NOTE,
        external_id="",
        title=text_of(data.get("title")),
        fields={key: text_of(data.get(key)) for key in ("context", "decision", "consequences")},
        refs={"superseded_by": newer} if newer else {},
    )


def _status(data: dict[str, Any]) -> tuple[Status, str | None]:
    """Return how a task or bug stands; one that was deleted there is canceled here."""
    return read_status(_DELETED if data.get("deletedAt") else data.get("status"))


def _times(data: dict[str, Any]) -> tuple[int | None, int | None]:
    created_at = parse_time(data.get("createdAt"))
    return created_at, parse_time(data.get("updatedAt")) or created_at


_MAKERS: Final[dict[str, Callable[[dict[str, Any]], IncomingRecord]]] = {
    "bugs": _bug,
    "statusUpdates": _status_update,
    "designNotes": _design_note,
}
RECORDS: Final = writer.Records(task=to_task, record=to_record)
AGENT_DASHBOARD: Final = AgentDashboard()
