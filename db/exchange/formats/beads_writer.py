"""Writing records as Beads' JSONL: what was imported comes back line by line as it was.

Comments stand inside their issue, so status updates of an issue are written there. Records
of other origins become issues with the types, words and ids that Beads has.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from db.exchange import companions, sections
from db.exchange.fields import first_line, json_text, text_of
from db.exchange.formats.base import Pieces, Selection
from db.exchange.formats.beads_issue import PARENT, SECTIONS, Issue, dependency, link, shown
from db.exchange.formats.beads_log import comments_of, read_entry
from db.exchange.raw_object import RawObject, raw_items
from db.exchange.remarks import Remarks, Shape
from db.exchange.rewriting import (
    Entry,
    Link,
    Put,
    link_changes,
    member,
    moment,
    name_in,
    own_object,
    parted,
    rewritten,
)
from db.incoming import IncomingRecord, IncomingTask
from db.ports import Storage
from db.records import (
    AnyRecord,
    BugRecord,
    DesignNoteRecord,
    Kind,
    LearningRecord,
    RecordDetail,
    StatusUpdateRecord,
    TaskDetail,
    TaskRecord,
)
from db.times import to_iso
from db.vocabulary import LinkKind, Status

NAME: Final = "beads"
KINDS: Final = (Kind.BUG, Kind.DESIGN_NOTE, Kind.STATUS_UPDATE, Kind.LEARNING)
_PREFIX: Final = "bd"
_CLOSED: Final = "closed"
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_STATUS_WORDS: Final = {
    Status.QUEUED: "open",
    Status.RUNNING: "in_progress",
    Status.REVIEW: "in_progress",
    Status.BLOCKED: "blocked",
    Status.FAILED: "blocked",
    Status.SUCCEEDED: _CLOSED,
    Status.CANCELED: _CLOSED,
}
_TYPES: Final = frozenset({"task", "feature", "epic", "chore"})
_TYPE_OF: Final[dict[type, str]] = {
    BugRecord: "bug",
    DesignNoteRecord: "decision",
    StatusUpdateRecord: "message",
}
_DEPENDENCIES: Final = {
    LinkKind.BLOCKS: "blocks",
    LinkKind.RELATES: "related",
    LinkKind.DUPLICATES: "duplicates",
    LinkKind.DISCOVERED_FROM: "discovered-from",
    LinkKind.SUPERSEDES: "supersedes",
    LinkKind.REPLIES_TO: "replies-to",
    LinkKind.TRACKS: "tracks",
}


def count(storage: Storage, selection: Selection) -> int:
    """Return how many records `write` counts."""
    return companions.count(storage, selection, KINDS)


def write(storage: Storage, selection: Selection) -> Pieces:
    """Yield the lines, each with the records it completes."""
    return _Writer(storage, selection).pieces()


class _Writer:
    """Writes one selection."""

    def __init__(self, storage: Storage, selection: Selection) -> None:
        self._storage = storage
        self._selection = selection
        self._prefix = _PREFIX
        self._names: frozenset[str] = frozenset()
        self._remarks = Remarks(storage, selection, _COMMENTS)
        self._renamed = companions.named_again(storage, selection, NAME, (Kind.TASK, *KINDS))

    def pieces(self) -> Pieces:
        """Yield a line for each record, but for comments, which are in their issue's."""
        for batch in companions.fetched(self._storage, Kind.BATCH, self._selection.batches):
            if name := name_in(NAME, batch):
                self._prefix = name
                break
        tasks = companions.fetched(self._storage, Kind.TASK, self._selection.tasks)
        self._names = frozenset(map(self._name, tasks))
        for text in (raw for pk in self._selection.batches for raw in self._others(pk)):
            yield f"{text}\n".encode(), 0
        for detail in companions.in_file_order(self._storage, self._selection, KINDS):
            text = "" if self._remarks.holds(detail) else self._line(detail)
            yield (f"{text}\n" if text else "").encode(), 1

    def _others(self, batch_pk: int) -> Iterator[str]:
        """Yield the lines of a project that are no record."""
        batch = self._storage.batches.get(batch_pk)
        if batch.raw and batch.record.source == NAME:
            yield from (value.raw for value in raw_items(batch.raw))

    def _name(self, record: AnyRecord) -> str:
        """Return the id of a record in Beads; of one from elsewhere always the same."""
        own = None if record.id in self._renamed else name_in(NAME, record)
        return own or f"{self._prefix}-{_short(int(record.id[-12:], 16))}"

    def _line(self, detail: Entry) -> str:
        found = own_object(detail, NAME)
        if isinstance(detail.record, LearningRecord):
            return self._memory(detail)
        if found is not None and "title" not in found:
            return detail.raw or ""
        if found is None and (name := name_in(NAME, detail.record)):
            assert isinstance(detail, RecordDetail)
            return _alone(name, detail)
        new = RawObject()
        new.set("id", self._name(detail.record))
        put: dict[str, Put] = {**_PUT, "status": partial(_put_status, detail.record)}
        text = rewritten(detail, NAME, _read, put, new)
        if detail.record.id in self._renamed:
            text.set("id", self._name(detail.record))
        if text is new:
            new.set("issue_type", _type_of(detail.record))
        if isinstance(detail, TaskDetail):
            self._put_links(text, detail)
        elif text is new:
            others = [*detail.related.get("tasks", ()), *detail.related.get("task", ())]
            named = [(self._name(each), int(LinkKind.RELATES), True) for each in others]
            self._put_dependencies(text, detail.record, [], set(), {*named})
        issue = name_in(NAME, detail.record) or self._name(detail.record)
        self._remarks.put_into(text, detail.record, issue)
        return text.text()

    def _memory(self, detail: Entry) -> str:
        new = RawObject()
        new.set("_type", "memory")
        new.set("key", detail.record.title)
        return rewritten(detail, NAME, _read_memory, _PUT_MEMORY, new).text()

    def _put_links(self, text: RawObject, detail: TaskDetail) -> None:
        imported = _read_task(text) if text.data else None
        lost, added = link_changes(detail, imported, self._name, self._names.__contains__)
        added = {each for each in added if each[0] in self._names}
        old = imported.parent if imported is not None else None
        new = self._name(detail.parent) if detail.parent is not None else None
        parents = []
        if detail.record.version > 1 or imported is None:
            gone = old is not None and old != new and (new or old in self._names)
            parents = [old if gone else None, new if new != old else None]
        self._put_dependencies(text, detail.record, parents, lost, added)

    def _put_dependencies(
        self,
        text: RawObject,
        record: AnyRecord,
        parents: list[str | None],
        lost: set[Link],
        added: set[Link],
    ) -> None:
        """Take out and add dependencies; `parents` are the one it lost and the one it got."""
        gone, got = parents or (None, None)
        if not lost and not added and gone == got:
            return
        kept = [
            item.raw
            for item in text.items("dependencies")
            if not _is_lost(dependency(item.data), lost, gone)
        ]
        pairs = [(_DEPENDENCIES[LinkKind(kind)], other) for other, kind, _ in sorted(added)]
        pairs += [(PARENT, got)] if got else []
        own = self._name(record)
        when = to_iso(record.updated_at)
        kept += [
            json_text(
                {"issue_id": own, "depends_on_id": other, "type": kind, "created_at": when}
            )
            for kind, other in pairs
        ]
        text.set_items("dependencies", kept)


def _short(number: int) -> str:
    """Return a number in the digits and small letters that ids of Beads are made of."""
    text = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text or _DIGITS[0]


def _type_of(record: AnyRecord) -> str:
    if isinstance(record, TaskRecord) and record.kind in _TYPES:
        return record.kind
    return _TYPE_OF.get(type(record), "task")


def _read(found: RawObject) -> IncomingTask | IncomingRecord:
    issue = Issue(found.value, found.data)
    return issue.task("") if issue.kind is Kind.TASK else issue.record()


def _read_task(found: RawObject) -> IncomingTask | None:
    issue = Issue(found.value, found.data)
    return issue.task("") if issue.kind is Kind.TASK else None


def _put_status(record: AnyRecord, found: RawObject, value: Status) -> None:
    word = _STATUS_WORDS[value]
    found.set("status", word)
    if word == _CLOSED:
        found.set("closed_at", to_iso(record.updated_at))
    else:
        found.remove("closed_at")
    if value is Status.CANCELED and not found.get("close_reason"):
        found.set("close_reason", "Canceled")


def _put_under(heading: str) -> Put:
    """Return what appends a text that issues have no member for to the description."""

    def put(found: RawObject, value: str) -> None:
        said = text_of(found.get("description"))
        if value:
            text = sections.joined({"description": said, "more": value}, {"more": heading})
            found.set("description", text)

    return put


_PUT: Final[dict[str, Put]] = {
    "title": member("title"),
    "description": parted(SECTIONS, shown),
    "priority": lambda found, value: found.set("priority", int(value)),
    "severity": lambda found, value: found.set("priority", int(value)),
    "kind": member("issue_type"),
    "tags": member("labels"),
    "actor": member("sender"),
    "proposed_fix": member("design"),
    "decision": member("design"),
    "steps": _put_under("Steps"),
    "context": _put_under("Context"),
    "consequences": _put_under("Consequences"),
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
}


def _is_lost(pair: tuple[str, str], lost: set[Link], parent: str | None) -> bool:
    kind, other = pair
    if kind == PARENT and other == parent:
        return True
    return bool(other) and link(kind, other) in lost


def _alone(name: str, detail: RecordDetail) -> str:
    """Return a comment that stands in no issue's text, by its name there."""
    new = _new_comment(name.rpartition("/")[0], detail)
    found = rewritten(detail, "", _read_comment, _PUT_COMMENT, new)
    if "author" not in found:
        # Without it the line would be no comment.
        found.set("author", "")
    return found.text()


def _new_comment(issue: str, detail: RecordDetail) -> RawObject:
    name = name_in(NAME, detail.record)
    new = RawObject()
    new.set("id", name.rpartition("/")[2] if name else detail.record.id)
    new.set("issue_id", issue)
    return new


def _read_comment(found: RawObject) -> IncomingRecord:
    (imported,) = comments_of({"id": "", "comments": [found.data]})
    return imported


def _put_comment_title(found: RawObject, value: str) -> None:
    if not found.data:
        found.set("text", value)


def _put_comment_text(found: RawObject, value: str) -> None:
    """Write the text; of a new comment, behind a title that is not its beginning."""
    title = text_of(found.get("text"))
    if found.data or first_line(value) == title:
        found.set("text", value)
    elif value:
        found.set("text", f"{title}\n\n{value}")


_PUT_COMMENT: Final = {
    "title": _put_comment_title,
    "description": _put_comment_text,
    "actor": member("author"),
    "created_at": moment("created_at"),
}


_COMMENTS: Final = Shape(
    source=NAME,
    key="comments",
    read=_read_comment,
    put=_PUT_COMMENT,
    name=lambda issue, number, data: f"{issue}/{text_of(data.get('id', f'#{number}'))}",
    new=_new_comment,
)


def _read_memory(found: RawObject) -> IncomingRecord:
    entry = read_entry(found.data)
    assert entry is not None
    return entry


def _put_memory(found: RawObject, value: str) -> None:
    found.set("value", value or text_of(found.get("key")))


_PUT_MEMORY: Final[dict[str, Put]] = {"title": member("key"), "description": _put_memory}
