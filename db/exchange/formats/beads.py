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
from db.exchange.fields import text_of
from db.exchange.formats import beads_writer
from db.exchange.formats.base import Incoming, Pieces, Selection
from db.exchange.formats.beads_issue import SUPERSEDES, Issue, placed
from db.exchange.formats.beads_log import ISSUE, comments_of, read_entry
from db.exchange.json_reader import Value
from db.incoming import IncomingBatch, IncomingRecord
from db.ports import Storage
from db.records import Kind

_KEPT_BACK: Final = (Kind.BUG, Kind.DESIGN_NOTE, Kind.STATUS_UPDATE)


class Beads:
    """Reads the files that Beads keeps in a repository, and writes one of them."""

    name = beads_writer.NAME
    title = "Beads issues"
    suffix = ".jsonl"
    loses = (
        "runs, conversations, what was changed of entries of logs, categories and confidence"
        " of learnings, that work is in review, failed or was canceled, and ids that issues"
        " of several projects share: the first keeps it"
    )
    kinds = frozenset({Kind.BATCH, Kind.TASK, *beads_writer.KINDS})

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
        batch = IncomingBatch(external_id=project, title=project)
        yield batch
        reader = _Reader(project)
        for value in document.records():
            yield from reader.take(value, value.data if isinstance(value.data, dict) else {})
        yield from reader.rest()
        if reader.others:
            batch.raw = f"[{','.join(reader.others)}]"
            yield batch

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records `write` counts: those of every kind that it writes."""
        return beads_writer.count(storage, selection)

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield a line for each issue and each other record, in the order of their file."""
        return beads_writer.write(storage, selection)


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
    `others` are the lines that are neither an issue nor an entry of a log.
    """

    def __init__(self, project: str) -> None:
        self.others: list[str] = []
        self._project = project
        self._updated: dict[str, int] = {}
        self._kept: dict[tuple[Kind, str], IncomingRecord] = {}
        self._dependents: dict[str, list[str]] = {}
        self._superseded: dict[str, str] = {}

    def take(self, value: Value, data: dict[str, Any]) -> Iterator[Incoming]:
        """Yield the task or the entry of a log that a line is, or keep the record it is."""
        if not _is_issue(data):
            if entry := read_entry(data):
                yield self._completed(placed(entry, value, raw=value.raw))
            else:
                self.others.append(value.raw)
            return
        for comment in comments_of(data):
            self._keep(placed(comment, value))
        issue = Issue(value, data)
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

    def _is_newest(self, issue: Issue) -> bool:
        updated = issue.updated_at or 0
        if updated < self._updated.get(issue.name, 0):
            return False
        self._updated[issue.name] = updated
        return True

    def _note_dependents(self, issue: Issue) -> None:
        for kind, other in issue.dependencies:
            if kind == SUPERSEDES:
                self._superseded[other] = issue.name
            self._dependents.setdefault(other, []).append(issue.name)


BEADS: Final = Beads()
