"""What a report for people says, whatever it is written as.

A batch is followed by its tasks, each with its runs and what else belongs to it; a conversation
by its messages in order. Every record stands in it once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol, TypeAlias

from msgspec import Struct

from db.exchange.companions import fetched
from db.exchange.formats.base import Selection
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES, BugQuery, MessageQuery, MessageSort, TaskQuery
from db.records import (
    AnyRecord,
    BatchDetail,
    BatchRecord,
    Block,
    ConversationRecord,
    Detail,
    Kind,
    MessageDetail,
    MessageRecord,
    Place,
    TaskDetail,
    TaskRecord,
)
from db.times import to_iso
from db.vocabulary import Part, Status

TITLE: Final = "Sheaf report"
_BELONGING: Final = (
    Kind.EXECUTION,
    Kind.BUG,
    Kind.STATUS_UPDATE,
    Kind.DESIGN_NOTE,
    Kind.LEARNING,
    Kind.CONVERSATION,
)
_PAGE: Final = 500
_FACTS: Final = (
    "kind", "priority", "severity", "category", "confidence", "review", "actor", "step",
    "attempt", "decision", "model", "project",
)  # fmt: skip
_TIMES: Final = (
    "started_at", "completed_at", "created_at", "updated_at", "archived_at", "trashed_at",
)  # fmt: skip
_LONG: Final = {
    "steps": "Steps",
    "proposed_fix": "Proposed fix",
    "context": "Context",
    "decision": "Decision",
    "consequences": "Consequences",
}


_Within: TypeAlias = dict[Kind, defaultdict[int, list[int]]]


class Entry(Struct, frozen=True):
    """One record of a report.

    `level` counts from 1 as headings do; `texts` are its long texts, the first without a
    name; `blocks` is what a message says. `number` is how many records it counts as.
    """

    kind: Kind
    id: str
    level: int
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Block, ...] = ()
    number: int = 1


class Heading(Struct, frozen=True):
    """A title over entries that belong to no batch."""

    title: str


class Look(Protocol):
    """How a report is written."""

    def begin(self, contents: Sequence[tuple[str, str]]) -> str:
        """Return what stands before all entries; `contents` are batches: id and title."""
        ...

    def heading(self, heading: Heading) -> str:
        """Return a title over entries."""
        ...

    def entry(self, entry: Entry) -> str:
        """Return one record."""
        ...

    def end(self) -> str:
        """Return what stands after all entries."""
        ...


class Report:
    """The records of a selection in the order in which a person reads them."""

    def __init__(self, storage: Storage, selection: Selection) -> None:
        self._storage = storage
        self._selection = selection
        self._told: set[tuple[Kind, int]] = set()
        self._kinds = [
            kind for kind in _BELONGING if storage.ids(QUERIES[kind](places=EVERYWHERE), 1)
        ]

    def contents(self) -> list[tuple[str, str]]:
        """Return the id and the title of each batch."""
        batches = fetched(self._storage, Kind.BATCH, self._selection.batches)
        return [(batch.id, batch.title) for batch in batches]

    def entries(self) -> Iterator[Entry | Heading]:
        """Yield the records."""
        if self._selection.others is not None:
            kind, pks = self._selection.others
            for record in fetched(self._storage, kind, pks):
                yield from self._record(kind, record, 2, counts=True)
            return
        wanted = set(self._selection.tasks)
        for batch in fetched(self._storage, Kind.BATCH, self._selection.batches):
            yield from self._batch(batch, wanted)
        alone = [pk for pk in self._selection.tasks if (Kind.TASK, pk) not in self._told]
        if alone:
            yield Heading("Tasks without a batch")
            yield from self._tasks(alone, self._everything())
        if self._selection.complete:
            yield from self._rest()

    def _everything(self) -> _Within | None:
        return self._within() if self._selection.complete else None

    def _rest(self) -> Iterator[Entry | Heading]:
        for kind in self._kinds:
            pks = sorted(self._storage.ids(QUERIES[kind](places=EVERYWHERE)))
            left = [pk for pk in pks if (kind, pk) not in self._told]
            if left:
                yield Heading(kind.plural.capitalize())
            for record in fetched(self._storage, kind, left):
                yield from self._record(kind, record, 3)

    def _batch(self, batch: AnyRecord, wanted: set[int]) -> Iterator[Entry | Heading]:
        is_asked = self._selection.asked is Kind.BATCH
        yield from self._record(Kind.BATCH, batch, 2, counts=is_asked)
        found = self._storage.ids(TaskQuery(places=EVERYWHERE, batch_id=batch.id))
        within = self._within(batch_id=batch.id)
        yield from self._tasks(sorted(wanted.intersection(found)), within)
        if is_asked:
            for kind in self._kinds:
                pks = sorted(pk for pks in within[kind].values() for pk in pks)
                for record in fetched(self._storage, kind, pks):
                    yield from self._record(kind, record, 3)

    def _within(self, **home: str) -> _Within:
        """Return what belongs to a batch or a task: by kind, and by the task it is tied to."""
        within: _Within = {}
        for kind in self._kinds:
            made: Any = QUERIES[kind]
            pks = sorted(self._storage.ids(made(places=EVERYWHERE, **home)))
            tied: defaultdict[int, list[int]] = defaultdict(list)
            for record in fetched(self._storage, kind, pks):
                tied[getattr(record, "task_pk", None) or 0].append(record.pk)
            within[kind] = tied
        return within

    def _tasks(
        self, pks: Sequence[int], within: _Within | None = None
    ) -> Iterator[Entry | Heading]:
        """Yield tasks with what belongs to each, which is `within` or looked for."""
        for task in fetched(self._storage, Kind.TASK, pks):
            yield from self._record(Kind.TASK, task, 3, counts=True)
            own = self._within(task_id=task.id) if within is None else within
            for kind in self._kinds:
                # A bug is tied to several tasks: it stands below the first.
                tied = self._bugs(task) if kind is Kind.BUG else own[kind].get(task.pk, [])
                for record in fetched(self._storage, kind, tied):
                    yield from self._record(kind, record, 4)

    def _bugs(self, task: AnyRecord) -> list[int]:
        return sorted(self._storage.ids(BugQuery(places=EVERYWHERE, task_id=task.id)))

    def _record(
        self, kind: Kind, record: AnyRecord, level: int, *, counts: bool = False
    ) -> Iterator[Entry | Heading]:
        """Yield a record that was not told yet, and the messages of a conversation."""
        if (kind, record.pk) in self._told:
            return
        if kind is Kind.MESSAGE:
            yield from self._messages([record.pk], level, counts=counts)
            return
        self._told.add((kind, record.pk))
        detail = self._storage.detail(kind, record.pk)
        # A batch that only stands here because of its tasks was not asked for.
        number = int(counts or self._selection.complete)
        yield entry_of(kind, detail, level, number)
        if isinstance(record, ConversationRecord):
            query = MessageQuery(
                places=EVERYWHERE,
                conversation_id=record.id,
                sort=MessageSort.POSITION,
                descending=False,
            )
            yield from self._messages(self._storage.ids(query), level + 1)

    def _messages(
        self, pks: Sequence[int], level: int, *, counts: bool = False
    ) -> Iterator[Entry]:
        number = int(counts or self._selection.complete)
        before: int | None = None
        for start in range(0, len(pks), _PAGE):
            for message in self._storage.message_details(pks[start : start + _PAGE]):
                yield _message(message, level, number, before)
                before = message.record.pk


def entry_of(kind: Kind, detail: Detail, level: int, number: int) -> Entry:
    """Return what a report says of one record that is no message."""
    record = detail.record
    named = getattr(detail, "texts", {})
    texts = [("", detail.description)] if detail.description else []
    texts += [(_LONG.get(name, name), text) for name, text in named.items() if text]
    facts = list(_facts(record))
    if isinstance(detail, TaskDetail):
        facts += _ties(detail)
    elif not isinstance(detail, BatchDetail):
        facts += [
            (name.replace("_", " "), ", ".join(f"{each.title} ({each.id})" for each in others))
            for name, others in detail.related.items()
            if others and name not in {"batch", "task", "conversation"}
        ]
    return Entry(kind, record.id, level, _title(record), tuple(facts), tuple(texts), (), number)


def _title(record: AnyRecord) -> str:
    turn = getattr(record, "turn", None)
    return record.title if turn is None else f"Turn {turn}: {record.title}"


def _facts(record: AnyRecord) -> Iterator[tuple[str, str]]:
    """Yield what a record says in few words, by name."""
    yield from _standing(record)
    for name in _FACTS:
        value = getattr(record, name, None)
        if value not in {None, ""}:
            yield name, getattr(value, "word", None) or str(value)
    if tags := getattr(record, "tags", ()):
        yield "tags", ", ".join(tags)
    for name in _TIMES:
        moment = getattr(record, name, None)
        if moment is not None:
            yield name.removesuffix("_at"), to_iso(moment)
    if record.external_id and record.source:
        yield "source", f"{record.source}: {record.external_id}"
    if record.place is not Place.LIVE:
        yield "kept", "in the trash" if record.place is Place.TRASHED else "in the archive"


def _standing(record: AnyRecord) -> Iterator[tuple[str, str]]:
    status = getattr(record, "status", None)
    if status is not None:
        word = getattr(record, "status_word", None)
        yield "status", f"{status.word} ({word})" if word else status.word
    if isinstance(record, BatchRecord):
        told = (
            f"{record.counts[each]:,} {each.word}" for each in Status if record.counts[each]
        )
        yield "tasks", ", ".join(told) or "none"


def _ties(detail: TaskDetail) -> Iterator[tuple[str, str]]:
    if detail.parent is not None:
        yield "part of", _named(detail.parent)
    for link in detail.links:
        yield link.kind.word + (" (from)" if link.incoming else ""), _named(link.task)


def _named(task: TaskRecord) -> str:
    return f"{task.title} ({task.id})"


def _message(message: MessageDetail, level: int, number: int, before: int | None) -> Entry:
    record: MessageRecord = message.record
    facts = [("time", to_iso(record.created_at))]
    if record.parent_pk is not None and before is not None and record.parent_pk != before:
        facts.append(("branch", "answers an earlier message"))
    if record.has_error:
        facts.append(("error", "yes"))
    title = f"{record.position + 1}. {record.role.word.capitalize()}"
    blocks = message.blocks
    return Entry(Kind.MESSAGE, record.id, level, title, tuple(facts), (), blocks, number)


BLOCK_TITLES: Final = {
    Part.TEXT: "",
    Part.THINKING: "Thinking",
    Part.TOOL_CALL: "Call",
    Part.TOOL_RESULT: "Result",
    Part.IMAGE: "Image",
}


def block_title(block: Block) -> str:
    """Return what stands over a block of a message: nothing over what is said."""
    words = [BLOCK_TITLES.get(block.type, ""), block.name]
    if block.is_error:
        words.append("(error)")
    return " ".join(filter(None, words))
