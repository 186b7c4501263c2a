"""Backlog.md: a folder of Markdown files with front matter, one for each task.

A milestone is a batch, or else the project is; acceptance criteria and the definition of
done are parts of their task, notes a status update. Decisions and documents are design
notes. Raw text is the whole file as a JSON string; that of a part, its lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from db.exchange.checklists import Checklist, Item, line_starts
from db.exchange.document import Document, Sample
from db.exchange.fields import first_line, json_text, read_priority, read_status
from db.exchange.formats.base import Incoming, ReadOnly
from db.exchange.front_matter import (
    Members,
    front_lines,
    front_matter,
    read_members,
    text_in,
    words_in,
)
from db.incoming import IncomingBatch, IncomingRecord, IncomingTask
from db.records import Kind
from db.times import parse_time
from db.vocabulary import LinkKind

_PROJECT: Final = "project"
_SECTION_LEVEL: Final = 2
_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*-\d+(?:\.\d+)*")
_CONFIG: Final = frozenset({"statuses", "default_status", "task_prefix", "date_format"})
_HEAD: Final = frozenset({"status", "assignee", "created_date", "dependencies", "type", "date"})
_MARKER: Final = re.compile(
    r"\s*<!-- (?:SECTION:\w+|AC|DOD|COMMENTS?(?::\w+)*):(?:BEGIN|END) -->"
)
_CRITERIA: Final = {"Acceptance Criteria": "AC", "Definition of Done": "DoD"}
_NOTES: Final = "Implementation Notes"
_ABOUT: Final = "Description"
_DECISION: Final = {
    "Context": "context",
    "Decision": "decision",
    "Consequences": "consequences",
}
_NUMBER: Final = re.compile(r"#(\d{1,9})\s+")
_FOLDERS: Final = frozenset(
    {"tasks", "drafts", "completed", "archive", "decisions", "docs", "milestones"}
)
_HOMES: Final = frozenset({"backlog", ".backlog"})


class BacklogMd(ReadOnly):
    """Reads one file of a Backlog.md folder."""

    name = "backlog-md"
    title = "Backlog.md folder"
    reads_text = True
    leads = frozenset({"milestones"})

    def recognise(self, sample: Sample) -> float:
        """Return how sure it is that the start of a file is in this format."""
        if sample.shape != "text":
            return 0.0
        lines = sample.text.split("\n")
        if not front_lines(lines):
            members = read_members(lines)
            is_config = "project_name" in members and not _CONFIG.isdisjoint(members)
            return 0.9 if is_config else 0.0
        members = front_matter(lines)
        if not ("title" in members and _ID.fullmatch(text_in(members, "id"))):
            return 0.0
        if "<!-- SECTION:" in sample.text or "<!-- AC:BEGIN -->" in sample.text:
            return 0.97
        is_milestone = members.keys() == {"id", "title"} and text_in(members, "id").startswith(
            "m-"
        )
        return 0.9 if is_milestone or not _HEAD.isdisjoint(members) else 0.0

    def origin(self, sample: Sample) -> str | None:
        """Return the one origin of all files of a project."""
        home = _home(sample.path)
        return f"{self.name}:{home}" if home else None

    def read(self, document: Document) -> Iterator[Incoming]:
        """Yield what one file holds, the batch it belongs to first."""
        text = document.text()
        project = _project_name(document)
        if not front_lines(text.split("\n")):
            yield _config(project, text, document)
            return
        entry = _Entry(text, document, project)
        if entry.name.startswith("m-"):
            yield entry.milestone()
            return
        yield entry.batch()
        if entry.name.startswith(("decision-", "doc-")):
            yield entry.note()
        else:
            yield from entry.task()


def _home(path: str) -> str:
    """Return the folder of a project's files, empty if that cannot be told."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    for place in range(len(parts) - 2, -1, -1):
        if parts[place] in _HOMES:
            return str(PurePosixPath(*parts[: place + 1]))
    while len(parts) > 1 and parts[-2] in _FOLDERS:
        parts = (*parts[:-2], parts[-1])
    return str(PurePosixPath(*parts[:-1])) if len(parts) > 1 else ""


def _project_name(document: Document) -> str:
    home = PurePosixPath(_home(document.path or document.name))
    return (home.parent.name if home.name in _HOMES else home.name) or "Backlog"


def _config(project: str, text: str, document: Document | None = None) -> IncomingBatch:
    """Return the project as its settings tell it."""
    members = read_members(text.split("\n"))
    length = None if document is None else len(text.encode(document.encoding))
    return IncomingBatch(
        external_id=_PROJECT,
        title=text_in(members, "project_name") or project,
        raw=json_text(text),
        offset=None if document is None else document.mark_bytes,
        length=length,
    )


def _bare_project(project: str) -> IncomingBatch:
    return IncomingBatch(
        external_id=_PROJECT,
        title=project,
        merge=lambda present: _config(project, json.loads(present)),
    )


def _milestone(name: str, text: str) -> IncomingBatch:
    """Return a milestone as its file tells it."""
    lines = text.split("\n")
    body = Checklist("\n".join(lines[front_lines(lines) :]))
    return IncomingBatch(
        external_id=name,
        title=text_in(front_matter(lines), "title") or name,
        description=_described(body),
        raw=json_text(text),
    )


def _sections(body: Checklist) -> Iterator[tuple[str, range]]:
    """Yield each heading with the numbers of the lines below it; first what none has."""
    heads = [each for each in body.headings if each.level <= _SECTION_LEVEL]
    bounds = [*(each.line for each in heads), len(body.lines)]
    yield "", range(bounds[0])
    for head, end in zip(heads, bounds[1:], strict=True):
        yield head.title, range(head.line + 1, end)


def _described(body: Checklist, *, left_out: Collection[str] = ()) -> str:
    """Return sections as one text without criteria, the one that is described unnamed."""
    listed = {
        number
        for item in body.items
        if _is_criterion(item)
        for number in (item.first, *item.rest)
    }
    parts: list[str] = []
    for heading, numbers in _sections(body):
        words = _plain(body, (number for number in numbers if number not in listed))
        if heading not in left_out and words:
            is_named = heading not in {"", _ABOUT}
            parts.append(f"## {heading}\n\n{words}" if is_named else words)
    return "\n\n".join(parts)


def _plain(body: Checklist, numbers: Iterable[int]) -> str:
    """Return lines without the markers that Backlog.md finds its sections by."""
    lines = (body.lines[number].rstrip("\r") for number in numbers)
    return "\n".join(line for line in lines if not _MARKER.fullmatch(line)).strip("\n")


def _is_criterion(item: Item) -> bool:
    """Whether an item is a part of its task, by the heading it stands below."""
    return item.parent is None and not _CRITERIA.keys().isdisjoint(item.headings[:1])


class _Entry:
    """One file with front matter."""

    def __init__(self, text: str, document: Document, project: str) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._front = front_lines(self._lines)
        self._head: Members = front_matter(self._lines)
        self._body = Checklist("\n".join(self._lines[self._front :]))
        self._starts = line_starts(self._lines, document.mark_bytes, document.encoding)
        self._newline = len("\n".encode(document.encoding))
        self._project = project
        self.name = text_in(self._head, "id") or document.stem
        self._title = text_in(self._head, "title") or self.name
        self._created = self._time("created_date", "date")
        self._updated = self._time("updated_date", "completed_date") or self._created

    @property
    def _milestone(self) -> str:
        return text_in(self._head, "milestone")

    def milestone(self) -> IncomingBatch:
        """Return the milestone that the file is."""
        found = _milestone(self.name, self._text)
        found.offset, found.length = self._place(0, len(self._lines))
        return found

    def batch(self) -> IncomingBatch:
        """Return the batch that the file's records belong to, as far as they tell it."""
        name = self._milestone
        if not name:
            return _bare_project(self._project)
        return IncomingBatch(
            external_id=name,
            title=name,
            merge=lambda present: _milestone(name, json.loads(present)),
        )

    def note(self) -> IncomingRecord:
        """Return the design note that a decision or a document is."""
        is_decision = self.name.startswith("decision-")
        fields = {
            _DECISION[heading]: _plain(self._body, numbers)
            for heading, numbers in _sections(self._body)
            if is_decision and heading in _DECISION
        }
        whole = "\n".join(line.rstrip("\r") for line in self._body.lines).strip("\n")
        offset, length = self._place(0, len(self._lines))
        return IncomingRecord(
            kind=Kind.DESIGN_NOTE,
            external_id=self.name,
            title=self._title,
            description=_described(self._body, left_out=_DECISION) if is_decision else whole,
            fields={**fields},
            refs={"batch": _PROJECT},
            raw=json_text(self._text),
            offset=offset,
            length=length,
            created_at=self._created,
            updated_at=self._updated,
        )

    def task(self) -> Iterator[Incoming]:
        """Yield the task, the parts of it that can be ticked off, and what was noted."""
        status, word = read_status(text_in(self._head, "status"))
        offset, length = self._place(0, len(self._lines))
        yield IncomingTask(
            external_id=self.name,
            title=self._title,
            status=status,
            status_word=word,
            kind=text_in(self._head, "type") or _kind(self.name),
            priority=read_priority(text_in(self._head, "priority")),
            description=_described(self._body, left_out={_NOTES}),
            parent=text_in(self._head, "parent_task_id") or self._above(),
            tags=tuple(words_in(self._head, "labels")),
            links=tuple(
                (each, LinkKind.BLOCKS.value, False)
                for each in words_in(self._head, "dependencies")
            ),
            batch=self._milestone or _PROJECT,
            created_at=self._created,
            updated_at=self._updated,
            raw=json_text(self._text),
            offset=offset,
            length=length,
        )
        yield from self._criteria()
        sections = _sections(self._body)
        notes = [
            _plain(self._body, numbers) for heading, numbers in sections if heading == _NOTES
        ]
        if any(notes):
            yield self._noted("\n\n".join(filter(None, notes)))

    def _criteria(self) -> Iterator[IncomingTask]:
        for heading, short in _CRITERIA.items():
            for place, item in enumerate(self._items(heading), start=1):
                number = _NUMBER.match(item.title)
                lines = [self._body.lines[each] for each in (item.first, *item.rest)]
                offset, length = self._place(
                    self._front + item.first, self._front + item.last + 1
                )
                yield IncomingTask(
                    external_id=f"{self.name}/{short}#{number[1] if number else place}",
                    title=item.title[number.end() :] if number else item.title,
                    status=item.status,
                    status_word=item.status_word,
                    kind="criterion",
                    description=self._body.description(item),
                    parent=self.name,
                    batch=self._milestone or _PROJECT,
                    created_at=self._created,
                    updated_at=self._updated,
                    raw=json_text([heading, "\n".join(lines)]),
                    offset=offset,
                    length=length,
                )

    def _items(self, heading: str) -> list[Item]:
        return [
            item
            for item in self._body.items
            if _is_criterion(item) and heading == item.headings[0]
        ]

    def _noted(self, notes: str) -> IncomingRecord:
        offset, length = self._place(0, len(self._lines))
        return IncomingRecord(
            kind=Kind.STATUS_UPDATE,
            external_id=f"{self.name}/notes",
            title=first_line(notes),
            description=notes,
            refs={"task": self.name, "batch": self._milestone or _PROJECT},
            raw=json_text(notes),
            offset=offset,
            length=length,
            created_at=self._updated,
            updated_at=self._updated,
        )

    def _above(self) -> str | None:
        """Return the task that this one is a part of by its number, if it is one."""
        above, dot, _ = self.name.rpartition(".")
        return above if dot else None

    def _time(self, *keys: str) -> int | None:
        times = (parse_time(text_in(self._head, key)) for key in keys)
        return next((each for each in times if each is not None), None)

    def _place(self, first: int, end: int) -> tuple[int, int]:
        """Return the byte range of some lines, the last line's end left out."""
        offset = self._starts[first]
        return offset, self._starts[end] - self._newline - offset


def _kind(name: str) -> str:
    return "draft" if name.startswith("draft-") else "task"


BACKLOG_MD: Final = BacklogMd()
