"""One issue of Beads: a task, or by its type a bug, a decision or a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from db.exchange import sections
from db.exchange.fields import names_in, read_priority, read_status, text_of
from db.exchange.formats.beads_log import ISSUE
from db.exchange.json_reader import Value
from db.incoming import IncomingRecord, IncomingTask
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

SECTIONS: Final = {
    "design": "Design",
    "acceptance_criteria": "Acceptance criteria",
    "notes": "Notes",
    "close_reason": "Close reason",
}
_CLOSED: Final = "Closed"
"""What Beads writes as the reason where nobody gave one."""

PARENT: Final = "parent-child"
SUPERSEDES: Final = "supersedes"
_BLOCKED: Final = (LinkKind.BLOCKS.value, False)
_LINKS: Final = {
    **dict.fromkeys(("blocks", "blocked-by", "conditional-blocks", "waits-for"), _BLOCKED),
    "duplicates": (LinkKind.DUPLICATES.value, True),
    "discovered-from": (LinkKind.DISCOVERED_FROM.value, True),
    SUPERSEDES: (LinkKind.SUPERSEDES.value, True),
    "replies-to": (LinkKind.REPLIES_TO.value, True),
    "tracks": (LinkKind.TRACKS.value, True),
}
_RELATED: Final = (LinkKind.RELATES.value, True)


class Issue:
    """One issue, as a task or as a record of another kind."""

    def __init__(self, value: Value, data: dict[str, Any]) -> None:
        self._value = value
        self._data = data
        self.name = text_of(data["id"])
        self.dependencies = dependencies(data)
        self.updated_at = parse_time(data.get("updated_at"))
        self._type = text_of(data.get("issue_type"))[:100] or "task"
        self.kind = _KINDS.get(self._type, Kind.TASK)

    def task(self, project: str) -> IncomingTask:
        """Return the task that it is, in the batch of a project."""
        status, word = read_status(self._data.get("status"))
        parent = self._parent()
        links = [
            link(kind, other)
            for kind, other in self.dependencies
            if (kind, other) != (PARENT, parent)
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
        return placed(record, self._value, raw=self._value.raw)

    def _title(self) -> str:
        return text_of(self._data["title"]) or self.name

    def _author(self) -> str:
        wanted = ("sender", "actor", "created_by")
        return next(filter(None, (text_of(self._data.get(key)) for key in wanted)), "")

    def _parent(self) -> str | None:
        """Return the issue it is a part of: one it names, or that its own id begins with."""
        named = (other for kind, other in self.dependencies if kind == PARENT)
        stem, _, part = self.name.rpartition(".")
        return next(named, stem if part.isdecimal() else "") or None

    def _text(self, without: str = "") -> str:
        texts = {key: shown(self._data, key) for key in ("description", *SECTIONS)}
        return sections.joined({**texts, without: ""}, SECTIONS)


def shown(data: Mapping[str, Any], key: str) -> str:
    """Return a long text of an issue as the description shows it."""
    text = text_of(data.get(key))
    return "" if text == _CLOSED and key in SECTIONS else text


def dependencies(data: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what an issue depends on, each by the kind of dependency and the id."""
    listed = data.get("dependencies")
    found = [dependency(item) for item in (listed if isinstance(listed, list) else ())]
    return [pair for pair in found if pair[1]]


def dependency(item: object) -> tuple[str, str]:
    """Return the kind of a dependency, and the id, which is empty if it is none."""
    if not isinstance(item, dict):
        return "", ""
    kind = text_of(item.get("type") or item.get("dependency_type")) or "blocks"
    return kind, text_of(item.get("depends_on_id") or item.get("id"))


def link(kind: str, other: str) -> tuple[str, int, bool]:
    """Return a dependency as the link of a task."""
    return (other, *_LINKS.get(kind, _RELATED))


def _severity(priority: object) -> int:
    """Return how bad a bug of some priority is; there is nothing below low."""
    return min(read_priority(priority).value, Severity.LOW.value)


def placed(record: IncomingRecord, value: Value, raw: str | None = None) -> IncomingRecord:
    """Return a record with where it stands in the file."""
    record.raw = raw
    record.offset, record.length = value.offset, value.length
    return record
