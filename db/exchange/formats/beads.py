"""Beads: `issues.jsonl`, and the logs that stand beside it.

Each line tells what it is, in the sparse shape, in a backup's with every column, and in an
export's with `_type`. Issues become tasks, but for those whose type says that they are a bug,
a decision, or a message. Their ids begin with the prefix of the project, so that all files
with one prefix update and complete each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from db.exchange.document import Document, Sample
from db.exchange.fields import names_in, read_priority, read_status, text_of
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.formats.beads_log import ISSUE, comments_of, read_entry
from db.exchange.json_reader import Value
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.records import Kind
from db.times import parse_time
from db.vocabulary import LinkKind, Severity

_KINDS: Final = {
    "bug": Kind.BUG,
    "decision": Kind.DESIGN_NOTE,
    "message": Kind.STATUS_UPDATE,
    "event": Kind.STATUS_UPDATE,
}
"""The types of issue that are no task."""

_KEPT_BACK: Final = (Kind.BUG, Kind.DESIGN_NOTE, Kind.STATUS_UPDATE)
_SECTIONS: Final = {
    "design": "Design",
    "acceptance_criteria": "Acceptance criteria",
    "notes": "Notes",
    "close_reason": "Close reason",
}
_CLOSED: Final = "Closed"
"""What Beads writes as the reason where nobody gave one."""

_PARENT: Final = "parent-child"
_SUPERSEDES: Final = "supersedes"
_BLOCKED: Final = (LinkKind.BLOCKS.value, False)
_LINKS: Final = {
    **dict.fromkeys(("blocks", "blocked-by", "conditional-blocks", "waits-for"), _BLOCKED),
    "duplicates": (LinkKind.DUPLICATES.value, True),
    "discovered-from": (LinkKind.DISCOVERED_FROM.value, True),
    _SUPERSEDES: (LinkKind.SUPERSEDES.value, True),
    "replies-to": (LinkKind.REPLIES_TO.value, True),
    "tracks": (LinkKind.TRACKS.value, True),
}
_RELATED: Final = (LinkKind.RELATES.value, True)


class Beads(ReadOnly):
    """Reads the files that Beads keeps in a repository."""

    name = "beads"
    title = "Beads issues"

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        found = sample.objects
        telling = [item for item in found if _is_line(item)]
        return 0.97 * len(telling) / len(found) if found else 0.0

    def origin(self, sample: Sample) -> str | None:
        """Return the project, by the prefix that its issues have."""
        prefix = _prefix(sample)
        return f"{self.name}:{prefix}" if prefix else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield the project as one batch, its tasks, and then the records of other kinds."""
        project = _prefix(document.sample) or document.stem
        yield IncomingBatch(external_id=project, title=project)
        reader = _Reader(project)
        for value in document.records():
            if isinstance(value.data, dict):
                yield from reader.take(value, value.data)
        yield from reader.rest()


def _is_line(item: dict[str, Any]) -> bool:
    return (_is_issue(item) and "issue_type" in item) or read_entry(item) is not None


def _is_issue(item: dict[str, Any]) -> bool:
    return bool(text_of(item.get("id"))) and "title" in item


def _prefix(sample: Sample) -> str:
    """Return what most ids begin with, or the shorter prefix that this is made from."""
    ids = (_issue_id(item) for item in sample.objects)
    found = Counter(prefix for name in ids if (prefix := name.rpartition("-")[0]))
    if not found:
        return ""
    ((most, _),) = found.most_common(1)
    return min((each for each in found if f"{most}-".startswith(f"{each}-")), key=len)


def _issue_id(item: dict[str, Any]) -> str:
    """Return the issue that a line is of, or nothing if it is of none."""
    if _is_issue(item):
        return text_of(item["id"])
    entry = read_entry(item)
    return entry.refs.get(ISSUE, "") if entry else ""


class _Reader:
    """Makes records of lines; issues that are no tasks wait until every line was read.

    Only then is known which tasks depend on a bug. Comments wait too, so that what is
    stored together is of one kind. Of two lines with the same id, the one updated last counts.
    """

    def __init__(self, project: str) -> None:
        self._project = project
        self._updated: dict[str, int] = {}
        self._kept: dict[tuple[Kind, str], IncomingRecord] = {}
        self._dependents: dict[str, list[str]] = {}
        self._superseded: dict[str, str] = {}

    def take(self, value: Value, data: dict[str, Any]) -> Iterator[Incoming]:
        """Yield the task or the entry of a log that a line is, or keep the record it is."""
        if not _is_issue(data):
            if entry := read_entry(data):
                yield self._completed(_placed(entry, value, raw=value.raw))
            return
        for comment in comments_of(data):
            self._keep(_placed(comment, value))
        issue = _Issue(value, data)
        if not self._is_newest(issue):
            return
        self._note_dependents(issue)
        if issue.kind is Kind.TASK:
            yield issue.task(self._project)
        else:
            self._keep(issue.record())

    def rest(self) -> Iterator[IncomingRecord]:
        """Yield the records that were kept, those of a kind together."""
        for kind in _KEPT_BACK:
            for record in self._kept.values():
                if record.kind is kind:
                    yield self._completed(record)

    def _completed(self, record: IncomingRecord) -> IncomingRecord:
        """Return a record with its project, and with what other issues say of it."""
        name = record.external_id
        record.refs = {**record.refs, "batch": self._project}
        dependents = self._dependents.get(name, [])
        if record.kind is Kind.BUG:
            record.tasks = tuple(dict.fromkeys((*record.tasks, *dependents)))
        elif record.kind is Kind.DESIGN_NOTE:
            if name in self._superseded:
                record.refs["superseded_by"] = self._superseded[name]
            if dependents:
                record.refs.setdefault(ISSUE, dependents[0])
        return record

    def _keep(self, record: IncomingRecord) -> None:
        self._kept[record.kind, record.external_id] = record

    def _is_newest(self, issue: _Issue) -> bool:
        updated = issue.updated_at or 0
        if updated < self._updated.get(issue.name, 0):
            return False
        self._updated[issue.name] = updated
        return True

    def _note_dependents(self, issue: _Issue) -> None:
        for kind, other in issue.dependencies:
            if kind == _SUPERSEDES:
                self._superseded[other] = issue.name
            self._dependents.setdefault(other, []).append(issue.name)


class _Issue:
    """One issue, as a task or as a record of another kind."""

    def __init__(self, value: Value, data: dict[str, Any]) -> None:
        self._value = value
        self._data = data
        self.name = text_of(data["id"])
        self.dependencies = _dependencies(data)
        self.updated_at = parse_time(data.get("updated_at"))
        self._type = text_of(data.get("issue_type"))[:100] or "task"
        self.kind = _KINDS.get(self._type, Kind.TASK)

    def task(self, project: str) -> IncomingTask:
        status, word = read_status(self._data.get("status"))
        parent = self._parent()
        links = [
            (other, *_LINKS.get(kind, _RELATED))
            for kind, other in self.dependencies
            if (kind, other) != (_PARENT, parent)
        ]
        return IncomingTask(
            external_id=self.name,
            title=self._title(),
            status=status,
            status_word=word,
            kind=self._type,
            priority=read_priority(self._data.get("priority")),
            description=self._text(),
            created_at=parse_time(self._data.get("created_at")),
            updated_at=self.updated_at,
            raw=self._value.raw,
            offset=self._value.offset,
            length=self._value.length,
            batch=project,
            parent=parent,
            tags=names_in(self._data.get("labels")),
            links=tuple(links),
        )

    def record(self) -> IncomingRecord:
        """Return the bug, design note or status update that it is."""
        others = tuple(dict.fromkeys(other for _, other in self.dependencies))
        record = IncomingRecord(
            kind=self.kind,
            external_id=self.name,
            title=self._title(),
            description=self._text(),
            created_at=parse_time(self._data.get("created_at")),
            updated_at=self.updated_at,
        )
        if self.kind is Kind.BUG:
            status, word = read_status(self._data.get("status"))
            record.fields = {
                "status": status.value,
                "status_word": word,
                "severity": _severity(self._data.get("priority")),
                "proposed_fix": text_of(self._data.get("design")),
            }
            record.description = self._text(without="design")
            record.tasks = others
        else:
            if named := text_of(self._data.get("target")) or next(iter(others), ""):
                record.refs = {ISSUE: named}
            if self.kind is Kind.DESIGN_NOTE:
                record.fields = {"decision": text_of(self._data.get("design"))}
                record.description = self._text(without="design")
            else:
                record.fields = {"actor": self._author()}
        return _placed(record, self._value, raw=self._value.raw)

    def _title(self) -> str:
        return text_of(self._data["title"]) or self.name

    def _author(self) -> str:
        wanted = ("sender", "actor", "created_by")
        return next(filter(None, (text_of(self._data.get(key)) for key in wanted)), "")

    def _parent(self) -> str | None:
        """Return the issue it is a part of: one it names, or that its own id begins with."""
        named = (other for kind, other in self.dependencies if kind == _PARENT)
        stem, _, part = self.name.rpartition(".")
        return next(named, stem if part.isdecimal() else "") or None

    def _text(self, without: str = "") -> str:
        parts = [text_of(self._data.get("description"))]
        for key, heading in _SECTIONS.items():
            text = text_of(self._data.get(key))
            if text and key != without and text != _CLOSED:
                parts.append(f"## {heading}\n\n{text}")
        return "\n\n".join(part for part in parts if part)


def _dependencies(data: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what an issue depends on, each by the kind of dependency and the id."""
    listed = data.get("dependencies")
    found = listed if isinstance(listed, list) else []
    pairs = (
        (
            text_of(item.get("type") or item.get("dependency_type")) or "blocks",
            text_of(item.get("depends_on_id") or item.get("id")),
        )
        for item in found
        if isinstance(item, dict)
    )
    return [(kind, other) for kind, other in pairs if other]


def _severity(priority: object) -> int:
    """Return how bad a bug of some priority is; there is nothing below low."""
    return min(read_priority(priority).value, Severity.LOW.value)


def _placed(record: IncomingRecord, value: Value, raw: str | None = None) -> IncomingRecord:
    """Return a record with where it stands in the file."""
    record.raw = raw
    record.offset, record.length = value.offset, value.length
    return record


BEADS: Final = Beads()
