"""agent-dashboard's export: tasks, bugs, status updates and design notes in one object.

Times are milliseconds. Tasks and bugs name each other; a bug is linked with both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, names_in, read_priority, read_status, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.json_reader import Kind as JsonKind
from db.exchange.json_reader import Value
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Severity, Status, fold_severity

_BATCH: Final = "file"
_LISTS: Final = ("tasks", "bugs", "statusUpdates", "designNotes")
_DELETED: Final = "deleted"


class AgentDashboard(ReadOnly):
    """Reads the export of agent-dashboard's first version."""

    name = "agent-dashboard"
    title = "agent-dashboard export"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        meta = sample.members.get("meta")
        is_dated = isinstance(meta, dict) and "generatedAt" in meta
        found = [key for key in _LISTS if isinstance(sample.members.get(key), list)]
        own = {"statusUpdates", "designNotes"} & set(found)
        return 0.97 if len(found) > 1 and (is_dated or own) else 0.0

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the file as one batch, and what it lists."""
        yield IncomingBatch(external_id=_BATCH, title=document.stem)
        reader = _Reader()
        cursor = document.cursor()
        for key in cursor.members():
            if key in _LISTS and cursor.kind() is JsonKind.ARRAY:
                for _ in cursor.items():
                    value = cursor.value()
                    if isinstance(value.data, dict) and value.data.get("id"):
                        yield reader.record(key, value, value.data)
        cursor.end()


class _Reader:
    """Makes records, keeping in mind which bugs tasks have named."""

    def __init__(self) -> None:
        self._tasks_of: dict[str, list[str]] = {}
        self._makers: dict[str, Callable[[dict[str, Any]], IncomingRecord]] = {
            "bugs": self._bug,
            "statusUpdates": _status_update,
            "designNotes": _design_note,
        }

    def record(self, key: str, value: Value, data: dict[str, Any]) -> Incoming:
        """Return an element of one of the lists as a record."""
        if key == "tasks":
            return self._task(value, data)
        record = self._makers[key](data)
        record.external_id = text_of(data["id"])
        record.refs["batch"] = _BATCH
        record.raw, record.offset, record.length = value.raw, value.offset, value.length
        record.created_at, record.updated_at = _times(data)
        return record

    def _task(self, value: Value, data: dict[str, Any]) -> IncomingTask:
        name = text_of(data["id"])
        for bug in names_in(data.get("linkedBugIds")):
            self._tasks_of.setdefault(bug, []).append(name)
        status, word = _status(data)
        created_at, updated_at = _times(data)
        reasons = text_of(data.get("rationaleLog"))
        parts = [text_of(data.get("description")), reasons and f"## Rationale\n\n{reasons}"]
        return IncomingTask(
            external_id=name,
            title=text_of(data.get("title")) or name,
            status=status,
            status_word=word,
            priority=read_priority(data.get("priority")),
            description="\n\n".join(filter(None, parts)),
            created_at=created_at,
            updated_at=updated_at,
            raw=value.raw,
            offset=value.offset,
            length=value.length,
            batch=_BATCH,
        )

    def _bug(self, data: dict[str, Any]) -> IncomingRecord:
        status, word = _status(data)
        severity = fold_severity(text_of(data.get("severity")))
        named = (
            *names_in(data.get("linkedTaskIds")),
            *self._tasks_of.get(text_of(data["id"]), ()),
        )
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
            tasks=tuple(dict.fromkeys(named)),
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


AGENT_DASHBOARD: Final = AgentDashboard()
