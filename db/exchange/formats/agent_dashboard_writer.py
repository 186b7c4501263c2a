"""Writing records as an export of agent-dashboard: what was imported comes back as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from msgspec import Struct

from db.exchange import companions, sections
from db.exchange.fields import first_line, names_in, text_of
from db.exchange.formats.base import Pieces, Selection
from db.exchange.json_reader import Value
from db.exchange.raw_object import RawObject
from db.exchange.rewriting import Entry, Put, member, name_in, rewritten
from db.exchange.shells import shell_pieces
from db.incoming import IncomingRecord, IncomingTask
from db.ports import Storage
from db.records import AnyRecord, Kind, RecordDetail, TaskDetail, TaskRecord
from db.times import now_us
from db.vocabulary import Priority, Severity, Status

NAME: Final = "agent-dashboard"
KINDS: Final = (Kind.BUG, Kind.STATUS_UPDATE, Kind.DESIGN_NOTE)
SECTIONS: Final = {"rationaleLog": "Rationale"}
_LIST_OF: Final = {
    Kind.TASK: "tasks",
    Kind.BUG: "bugs",
    Kind.STATUS_UPDATE: "statusUpdates",
    Kind.DESIGN_NOTE: "designNotes",
}
LISTS: Final = tuple(_LIST_OF.values())
_LETTERS: Final = dict(zip(LISTS, "TBSD", strict=True))
_US_PER_MS: Final = 1000
_TASK_WORDS: Final = {
    Status.QUEUED: "todo",
    Status.RUNNING: "in_progress",
    Status.REVIEW: "in_progress",
    Status.BLOCKED: "blocked",
    Status.FAILED: "blocked",
    Status.SUCCEEDED: "done",
}
_BUG_WORDS: Final = {
    Status.QUEUED: "open",
    Status.RUNNING: "in_progress",
    Status.REVIEW: "in_progress",
    Status.BLOCKED: "triaged",
    Status.FAILED: "open",
    Status.SUCCEEDED: "resolved",
}
_PRIORITIES: Final = {
    Priority.HIGHEST: "critical",
    Priority.HIGH: "high",
    Priority.MEDIUM: "medium",
    Priority.LOW: "low",
    Priority.LOWEST: "low",
}


_REFERENCES: Final = {
    "linkedBugIds": "bugs",
    "linkedTaskIds": "tasks",
    "taskId": "tasks",
    "supersededBy": "designNotes",
}
"""The members that name records of other lists, and which."""


class Records(Struct, frozen=True):
    """How the format reads the objects of its lists."""

    task: Callable[[Value, dict[str, Any], str], IncomingTask]
    record: Callable[[str, Value, dict[str, Any], str], IncomingRecord]


def count(storage: Storage, selection: Selection) -> int:
    """Return how many records `write` counts."""
    return companions.count(storage, selection, KINDS)


def write(storage: Storage, selection: Selection, records: Records) -> Pieces:
    """Yield the document, each piece with the records it completes."""
    names = _Names(storage, selection)
    lists = {
        key: _texts(storage, selection, kind, records, names) for kind, key in _LIST_OF.items()
    }
    return shell_pieces(_shell(storage, selection), lists)


def _shell(storage: Storage, selection: Selection) -> RawObject:
    """Return what stands around the lists: of the one file they came from, or a new one."""
    batches = [storage.batches.get(pk) for pk in selection.batches]
    own = [each.raw for each in batches if each.raw and each.record.source == NAME]
    if len(own) == 1:
        return RawObject(own[0])
    shell = RawObject()
    shell.set("meta", {"generatedAt": now_us() // _US_PER_MS, "version": 1})
    for key in LISTS:
        shell.set(key, [])
    return shell


def _details(storage: Storage, selection: Selection, kind: Kind) -> Iterator[Entry]:
    if kind is Kind.TASK:
        yield from storage.task_details(selection.tasks)
    else:
        pks = companions.companions(storage, selection, kind)
        yield from companions.details(storage, kind, pks)


def _texts(
    storage: Storage,
    selection: Selection,
    kind: Kind,
    records: Records,
    names: _Names,
) -> Iterator[str]:
    for detail in _details(storage, selection, kind):
        yield _text(storage, kind, detail, records, names)


class _Names:
    """The ids that records have in one file, each list its own."""

    def __init__(self, storage: Storage, selection: Selection) -> None:
        self._again = frozenset[str]().union(
            *(companions.named_again(storage, selection, NAME, (kind,)) for kind in _LIST_OF)
        )
        self._new: dict[tuple[str | None, str, str | None], str] = {}
        """The new ids of records, by their origin, their list and their own."""
        for kind, key in _LIST_OF.items() if self._again else ():
            pks = selection.tasks
            if kind is not Kind.TASK:
                pks = companions.companions(storage, selection, kind)
            for record in companions.fetched(storage, kind, pks):
                if record.id in self._again:
                    own = (record.origin, key, record.external_id)
                    self._new[own] = self.of(key, record)
        tasks = companions.fetched(storage, Kind.TASK, selection.tasks)
        self.known = frozenset(self.of("tasks", task) for task in tasks)

    def of(self, key: str, record: AnyRecord) -> str:
        """Return the id of a record; that of one from elsewhere is always the same."""
        own = None if record.id in self._again else name_in(NAME, record)
        return own or f"{_LETTERS[key]}-{record.id[-12:]}"

    def put_new(self, found: RawObject, record: AnyRecord, key: str) -> None:
        """Write what another id was given than the object says: its own, and those it names."""
        if not self._new:
            return
        if record.id in self._again:
            found.set("id", self.of(key, record))
        for member_, listed in _REFERENCES.items():
            said = names_in(found.data.get(member_))
            now = [self._new.get((record.origin, listed, name), name) for name in said]
            if now != [*said]:
                found.set(member_, now if member_.endswith("Ids") else now[0])


def _text(storage: Storage, kind: Kind, detail: Entry, records: Records, names: _Names) -> str:
    key = _LIST_OF[kind]
    new = RawObject()
    new.set("id", names.of(key, detail.record))

    def read(found: RawObject) -> IncomingTask | IncomingRecord:
        name = text_of(found.data.get("id"))
        if kind is Kind.TASK:
            return records.task(found.value, found.data, name)
        return records.record(key, found.value, found.data, name)

    put: dict[str, Put] = {**_PUT[kind], "status": partial(_put_status, kind, detail.record)}
    if kind is Kind.DESIGN_NOTE:
        put |= dict.fromkeys(("description", "context"), partial(_put_context, detail))
    if kind is Kind.STATUS_UPDATE:
        put |= dict.fromkeys(("title", "description"), partial(_put_message, detail))
    found = rewritten(detail, NAME, read, put, new)
    if found is not new:
        names.put_new(found, detail.record, key)
    if found is new or detail.record.version > 1:
        _put_references(storage, found, detail, names)
    return found.text()


def _put_references(storage: Storage, found: RawObject, detail: Entry, names: _Names) -> None:
    """Write what a record refers to now, where its object says something else."""
    if isinstance(detail, TaskDetail):
        _put_project(found, detail.record)
        return
    if "linkedTaskIds" in found or detail.related.get("tasks"):
        _put_tasks(storage, found, detail, names)
    for key, name, listed in (
        ("taskId", "task", "tasks"),
        ("supersededBy", "superseded_by", "designNotes"),
    ):
        targets = detail.related.get(name, ())
        target = names.of(listed, targets[0]) if targets else ""
        if target and text_of(found.data.get(key)) != target:
            found.set(key, target)


def _put_project(found: RawObject, record: TaskRecord) -> None:
    project = text_of(found.data.get("projectId"))
    if project and record.batch_title != project:
        found.set("projectId", record.batch_title or None)


def _put_tasks(storage: Storage, found: RawObject, detail: RecordDetail, names: _Names) -> None:
    """Write the tasks of a bug: those it names that it lost go, those nobody names come."""
    present = {names.of("tasks", each): each for each in detail.related.get("tasks", ())}
    named = names_in(found.data.get("linkedTaskIds"))
    own = name_in(NAME, detail.record) or names.of("bugs", detail.record)
    missing = [
        name
        for name, task in present.items()
        if name not in named and own not in _bugs_of(storage, task)
    ]
    kept = [name for name in named if name in present or name not in names.known]
    if missing or len(kept) < len(named) or not found.data:
        found.set("linkedTaskIds", [*kept, *missing])


def _bugs_of(storage: Storage, task: AnyRecord) -> tuple[str, ...]:
    """Return the bugs that a task's own object names."""
    if task.source != NAME:
        return ()
    return names_in(RawObject(storage.tasks.get(task.pk).raw or "").data.get("linkedBugIds"))


def _put_status(kind: Kind, record: AnyRecord, found: RawObject, value: Status) -> None:
    """Write a state; one that is canceled here was deleted there."""
    words = _BUG_WORDS if kind is Kind.BUG else _TASK_WORDS
    if value is Status.CANCELED:
        found.set("deletedAt", record.updated_at // _US_PER_MS)
        if "status" not in found:
            found.set("status", words[Status.QUEUED])
        return
    found.remove("deletedAt")
    found.set("status", words[value])


def _put_description(found: RawObject, value: str) -> None:
    for key, text in sections.split(value, SECTIONS).items():
        if text != text_of(found.data.get(key)):
            found.set(key, text.split("\n") if key in SECTIONS and text else text)


def _put_lines(key: str) -> Put:
    """Return what writes a text as a list of its lines."""

    def put(found: RawObject, value: str) -> None:
        if value or key in found:
            found.set(key, value.split("\n") if value else [])

    return put


def _put_context(detail: Entry, found: RawObject, _value: str) -> None:
    """Write the context; the description, which design notes lack there, stands before it."""
    assert isinstance(detail, RecordDetail)
    texts = (detail.description, detail.texts["context"])
    found.set("context", "\n\n".join(filter(None, texts)))


def _put_message(detail: Entry, found: RawObject, _value: str) -> None:
    """Write the text; a title that is not its beginning stands before it."""
    record, said = detail.record, detail.description
    is_said = record.title in {first_line(said), name_in(NAME, record)}
    texts = ("" if is_said else record.title, said)
    found.set("message", "\n\n".join(filter(None, texts)))


def _moment(key: str) -> Put:
    return lambda found, value: found.set(key, value // _US_PER_MS)


_TIMES: Final = {"created_at": _moment("createdAt"), "updated_at": _moment("updatedAt")}
_PUT: Final[dict[Kind, dict[str, Put]]] = {
    Kind.TASK: {
        "title": member("title"),
        "description": _put_description,
        "priority": lambda found, value: found.set("priority", _PRIORITIES[value]),
        **_TIMES,
    },
    Kind.BUG: {
        "title": member("title"),
        "description": member("description"),
        "severity": lambda found, value: found.set("severity", Severity(value).word),
        "steps": _put_lines("reproSteps"),
        "proposed_fix": member("proposedFix"),
        **_TIMES,
    },
    Kind.STATUS_UPDATE: {
        "actor": member("actor"),
        "created_at": _moment("createdAt"),
    },
    Kind.DESIGN_NOTE: {
        "title": member("title"),
        "decision": member("decision"),
        "consequences": member("consequences"),
        "created_at": _moment("createdAt"),
    },
}
