"""Writing a record as the object it came from, with what was changed since.

A format reads the object again, as it would from a file. Only the fields in which the record
now says something else are written; every other member keeps its text, to the digit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from db.exchange import sections
from db.exchange.raw_object import RawObject
from db.incoming import IncomingRecord, IncomingTask
from db.records import (
    AnyRecord,
    BugRecord,
    DesignNoteRecord,
    ExecutionRecord,
    LearningRecord,
    RecordDetail,
    StatusUpdateRecord,
    TaskDetail,
    TaskRecord,
)
from db.texts import storable
from db.times import to_iso
from db.vocabulary import LinkKind, Priority, Review, Severity, Status

Entry: TypeAlias = TaskDetail | RecordDetail
Read: TypeAlias = Callable[[RawObject], IncomingTask | IncomingRecord]
Put: TypeAlias = Callable[[RawObject, Any], None]
Link: TypeAlias = tuple[str, int, bool]
"""The name of another task, a `LinkKind`, and whether the link goes out from this one."""

_UNTITLED: Final = "Untitled"
_FIRST_VERSION: Final = 1
_DEFAULTS: Final[dict[type, dict[str, object]]] = {
    TaskRecord: {"kind": "task", "priority": Priority.MEDIUM, "tags": ()},
    ExecutionRecord: {
        "turn": 0,
        "step": "",
        "attempt": 1,
        "decision": "",
        "started_at": None,
        "completed_at": None,
        "lease_until": None,
    },
    StatusUpdateRecord: {"actor": ""},
    BugRecord: {"severity": Severity.MEDIUM, "steps": "", "proposed_fix": ""},
    DesignNoteRecord: {"context": "", "decision": "", "consequences": ""},
    LearningRecord: {"category": "", "confidence": 0.5, "review": Review.PENDING, "tags": ()},
}
"""The fields that only some kinds of record have, with the value where a file gives none."""


def rewritten(
    detail: Entry,
    source: str | None,
    read: Read,
    put: Mapping[str, Put],
    new: RawObject,
) -> RawObject:
    """Return the object of a record as it came, with what was changed since.

    `put` writes the value of a field, by its name, under those that the format has for it;
    see `changes`. What nobody touched is left as it is. Where the record came from no object
    of that source, every field is put into `new`; None stands for any source, whose object
    may lack what the record says.
    """
    found = own_object(detail, source)
    if found is None:
        brought_up(new, detail, None, put)
        return new
    if source is None or detail.record.version > _FIRST_VERSION:
        brought_up(found, detail, read, put)
    return found


def brought_up(
    found: RawObject, detail: Entry, read: Read | None, put: Mapping[str, Put]
) -> bool:
    """Write into an object what it does not say of a record; return whether anything was.

    Without `read` it is a new one, that gets every field.
    """
    changed = changes(detail, found, read)
    for field, value in changed.items():
        if field in put:
            put[field](found, value)
    return bool(changed)


def member(key: str) -> Put:
    """Return what writes a value under a key; an empty one only over another."""

    def put(found: RawObject, value: Any) -> None:
        if value or key in found:
            found.set(key, value)

    return put


def moment(key: str) -> Put:
    """Return what writes a time under a key, as ISO 8601."""
    return lambda found, value: found.set(key, to_iso(value))


def parted(headings: Mapping[str, str], shown: Callable[[Mapping[str, Any], str], str]) -> Put:
    """Return what writes a description as the texts that were joined under headings.

    `shown` tells the text that an object gives for a key; one that is the same stays.
    """

    def put(found: RawObject, value: Any) -> None:
        for key, text in sections.split(value, headings).items():
            if text != shown(found.data, key):
                found.set(key, text)

    return put


def own_object(detail: Entry, source: str | None) -> RawObject | None:
    """Return the object a record came from, or None if there is none of that source."""
    is_own = source is None or detail.record.source == source
    if not is_own or detail.raw is None or not detail.raw.startswith("{"):
        return None
    return RawObject(detail.raw)


def changes(detail: Entry, found: RawObject, read: Read | None) -> dict[str, Any]:
    """Return the fields of a record that an object does not say, by name.

    `status` is a `Status`, `tags` are sorted, times are microseconds. `updated_at` is
    among them where another field is. Without `read` all fields are, also empty ones.
    """
    record = detail.record
    if read is None:
        times = {"created_at": record.created_at, "updated_at": record.updated_at}
        return {**_present(detail), **times}
    now = _present(detail)
    imported = read(found)
    before = _imported(imported, type(record))
    changed = {name: value for name, value in now.items() if value != before[name]}
    word = getattr(imported, "status_word", None) or _given(imported).get("status_word")
    if "status" in now and getattr(record, "status_word", None) != word:
        changed["status"] = now["status"]
    if changed and record.updated_at != imported.updated_at:
        changed["updated_at"] = record.updated_at
    return changed


def _present(detail: Entry) -> dict[str, Any]:
    """Return what a record says now of the fields that files can give."""
    record = detail.record
    texts = {} if isinstance(detail, TaskDetail) else detail.texts
    fields: dict[str, Any] = {"title": record.title}
    if hasattr(record, "status"):
        fields["status"] = record.status
    fields["description"] = detail.description
    for name in _DEFAULTS.get(type(record), ()):
        value = texts[name] if name in texts else getattr(record, name)
        fields[name] = sorted(value) if name == "tags" else value
    return fields


def _given(imported: IncomingTask | IncomingRecord) -> dict[str, Any]:
    return imported.fields if isinstance(imported, IncomingRecord) else {}


def _imported(imported: IncomingTask | IncomingRecord, made: type) -> dict[str, Any]:
    """Return what a record said of the same fields when it was imported."""
    given = _given(imported)
    fields: dict[str, Any] = {
        "title": storable(imported.title) or _UNTITLED,
        "description": storable(imported.description),
        "status": given.get("status", getattr(imported, "status", Status.QUEUED)),
    }
    for name, default in _DEFAULTS.get(made, {}).items():
        value = given.get(name, getattr(imported, name, default))
        if name == "tags":
            value = sorted({storable(tag) for tag in imported.tags})
        fields[name] = storable(value) if isinstance(value, str) else value
    return fields


def links_of(detail: TaskDetail, name_of: Callable[[TaskRecord], str]) -> set[Link]:
    """Return the links that a task's own object says: what blocks it, and those going out."""
    return {
        (name_of(link.task), int(link.kind), not link.incoming)
        for link in detail.links
        if link.incoming == (link.kind is LinkKind.BLOCKS)
    }


def link_changes(
    detail: TaskDetail,
    imported: IncomingTask | None,
    name_of: Callable[[TaskRecord], str],
    is_known: Callable[[str], bool],
) -> tuple[set[Link], set[Link]]:
    """Return the links that a task's object says and the task lost, and those it lacks.

    A link to a name that `is_known` does not know was never made, so it is not lost.
    """
    now = links_of(detail, name_of)
    before: set[Link] = set() if imported is None else {*imported.links}
    own = name_of(detail.record)
    lost = {link for link in before - now if link[0] != own and is_known(link[0])}
    return lost, now - before


def name_in(source: str, record: AnyRecord) -> str | None:
    """Return the name of a record in the files of a format, or None if it has none there."""
    return record.external_id if record.source == source else None
