"""Which records, in which order: one frozen object that everything which lists takes.

The table, its total, "select all matching", export, bulk actions and the command all take
the same query, so they cannot disagree. `matches` says the same in plain Python.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, TypeAlias

from msgspec import Struct

from db.ids import ID_START, NAMING_END, NAMING_START, WHOLE_ID
from db.records import (
    AnyRecord,
    BatchRecord,
    ExecutionRecord,
    Kind,
    LearningRecord,
    Place,
    TaskRecord,
)
from db.terms import Terms, parse_terms, words_of, words_of_name
from db.times import DAY_US
from db.vocabulary import Priority, Review, Role, Severity, Status

LIVE: Final = frozenset({Place.LIVE})
KEPT: Final = frozenset({Place.LIVE, Place.ARCHIVED})
EVERYWHERE: Final = frozenset(Place)


class BatchSort(StrEnum):
    """What a list of batches can be ordered by."""

    UPDATED = "updated"
    CREATED = "created"
    TITLE = "title"
    STATUS = "status"
    TOTAL = "total"
    SOURCE = "source"


class TaskSort(StrEnum):
    """What a list of tasks can be ordered by."""

    UPDATED = "updated"
    CREATED = "created"
    TITLE = "title"
    STATUS = "status"
    PRIORITY = "priority"
    KIND = "kind"
    BATCH = "batch"


class ExecutionSort(StrEnum):
    """What a list of runs can be ordered by."""

    UPDATED = "updated"
    CREATED = "created"
    STATUS = "status"
    STEP = "step"
    DECISION = "decision"
    DURATION = "duration"
    TURN = "turn"


class StatusUpdateSort(StrEnum):
    """What a list of status updates can be ordered by."""

    UPDATED = "updated"
    CREATED = "created"
    TITLE = "title"
    ACTOR = "actor"


class BugSort(StrEnum):
    """What a list of bugs can be ordered by."""

    UPDATED = "updated"
    CREATED = "created"
    TITLE = "title"
    STATUS = "status"
    SEVERITY = "severity"


class DesignNoteSort(StrEnum):
    """What a list of design notes can be ordered by."""

    UPDATED = "updated"
    CREATED = "created"
    TITLE = "title"


class ConversationSort(StrEnum):
    """What a list of conversations can be ordered by."""

    UPDATED = "updated"
    CREATED = "created"
    TITLE = "title"
    SOURCE = "source"
    PROJECT = "project"
    MESSAGES = "messages"


class MessageSort(StrEnum):
    """What a list of messages can be ordered by. `POSITION` is for one conversation."""

    UPDATED = "updated"
    CREATED = "created"
    ROLE = "role"
    POSITION = "position"


class LearningSort(StrEnum):
    """What a list of learnings can be ordered by."""

    UPDATED = "updated"
    CREATED = "created"
    TITLE = "title"
    CATEGORY = "category"
    CONFIDENCE = "confidence"
    REVIEW = "review"


class Period(Struct, frozen=True, gc=False):
    """A stretch of time; each bound may be absent.

    `after` and `before` are microseconds since 1970; `younger_than` and `older_than` are
    ages in microseconds, counted back from the moment the query is asked.
    """

    after: int | None = None
    before: int | None = None
    younger_than: int | None = None
    older_than: int | None = None

    def bounds(self, now: int) -> tuple[int | None, int | None]:
        """Return the first time inside and the first time past the end, at `now`."""
        lower = [self.after, None if self.younger_than is None else now - self.younger_than]
        upper = [self.before, None if self.older_than is None else now - self.older_than]
        return (
            max((bound for bound in lower if bound is not None), default=None),
            min((bound for bound in upper if bound is not None), default=None),
        )

    @property
    def is_relative(self) -> bool:
        """Whether it moves on with time."""
        return self.younger_than is not None or self.older_than is not None

    def holds(self, moment: int, now: int) -> bool:
        """Whether `moment` lies in the period, at `now`."""
        start, end = self.bounds(now)
        return (start is None or moment >= start) and (end is None or moment < end)


ANY_TIME: Final = Period()


def _was(period: Period, moment: int | None, now: int) -> bool:
    """Whether something happened within a period, any or none at all if that is any time."""
    return period == ANY_TIME or (moment is not None and period.holds(moment, now))


class Home(Struct, frozen=True, gc=False):
    """What a record belongs to: a query names these, a record has only their pks.

    The batch of a task is also that of what belongs to the task, but for other tasks.
    """

    batches: tuple[AnyRecord, ...] = ()
    tasks: tuple[AnyRecord, ...] = ()
    conversations: tuple[AnyRecord, ...] = ()

    def answers(self, query: Any) -> bool:
        """Whether a record with this home belongs to all that a query names."""
        return all(
            (name := getattr(query, field, None)) is None
            or any(is_called(record, name) for record in records)
            for field, records in (
                ("batch_id", self.batches),
                ("task_id", self.tasks),
                ("conversation_id", self.conversations),
            )
        )


def is_called(record: AnyRecord, name: str) -> bool:
    """Whether a record has a name: its id, an end of that, that in its file, or its title.

    A title is named by some of its words, or how these begin.
    """
    if WHOLE_ID.fullmatch(name):
        return record.id == name.lower()
    if NAMING_START.fullmatch(name) and record.id.startswith(name.lower()):
        return True
    if NAMING_END.fullmatch(name) and record.id.endswith(name.lower()):
        return True
    wanted, words = words_of_name(name), words_of(record.title)
    is_titled = bool(wanted) and all(term.match_words(words) for term in wanted)
    return is_titled or record.external_id == name


NO_HOME: Final = Home()


Without: TypeAlias = frozenset[tuple[str, Any]]
"""Values that no record found has: the field of a query that would ask for each, and it."""


class _Query(Struct, frozen=True, kw_only=True, gc=False):
    """What all queries have. `text` is what a person typed to search for."""

    text: str = ""
    places: frozenset[Place] = LIVE
    sources: frozenset[str] = frozenset()
    without: Without = frozenset()
    created: Period = ANY_TIME
    updated: Period = ANY_TIME
    archived: Period = ANY_TIME
    trashed: Period = ANY_TIME
    descending: bool = True

    @property
    def terms(self) -> Terms:
        """The text as search terms."""
        return parse_terms(self.text)

    @property
    def is_relative(self) -> bool:
        """Whether what it finds depends on when it is asked."""
        periods = (self.created, self.updated, self.archived, self.trashed)
        return any(period.is_relative for period in periods)

    def matches(self, record: Any, searchable: str, now: int, home: Home = NO_HOME) -> bool:
        """Whether the query finds a record of its kind, whose full text is `searchable`."""
        return (
            record.place in self.places
            and (not self.sources or record.source in self.sources)
            and self.created.holds(record.created_at, now)
            and self.updated.holds(record.updated_at, now)
            and _was(self.archived, record.archived_at, now)
            and _was(self.trashed, record.trashed_at, now)
            and all(
                not (wanted := getattr(self, field)) or getattr(record, name) in wanted
                for field, name in ANY_OF.items()
                if field in self.__struct_fields__
            )
            and not any(_has(record, field, value) for field, value in self.without)
            and home.answers(self)
            and self._holds_more(record, now)
            and (self.terms.match(searchable) or self._names(record))
        )

    def _holds_more(self, record: Any, now: int) -> bool:  # noqa: ARG002
        """Whether a record meets the conditions that only this kind of query has."""
        return True

    def _names(self, record: AnyRecord) -> bool:
        """Whether the text is the beginning of the record's id."""
        start = self.text.strip().lower()
        return bool(ID_START.fullmatch(start)) and record.id.startswith(start)


ANY_OF: Final = {
    "statuses": "status",
    "kinds": "kind",
    "priorities": "priority",
    "severities": "severity",
    "steps": "step",
    "decisions": "decision",
    "actors": "actor",
    "projects": "project",
    "roles": "role",
    "categories": "category",
    "reviews": "review",
}
"""The fields of queries that hold any of which a record must have, and its own field."""


def _has(record: Any, field: str, value: Any) -> bool:
    """Whether a record has a value that a field of a query would ask for."""
    if field == "tags":
        return value in record.tags
    return bool(getattr(record, "source" if field == "sources" else ANY_OF[field]) == value)


class BatchQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which batches, in which order.

    `active_days` keeps the active ones: those with a running or queued task, and those
    with a finished one that were updated within so many days. None keeps all.
    """

    statuses: frozenset[Status] = frozenset()
    active_days: int | None = None
    sort: BatchSort = BatchSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.BATCH

    @property
    def is_relative(self) -> bool:
        """Whether what it finds depends on when it is asked."""
        return self.active_days is not None or super().is_relative

    def _holds_more(self, record: BatchRecord, now: int) -> bool:
        if self.active_days is None:
            return True
        if record.counts[Status.RUNNING] or record.counts[Status.QUEUED]:
            return True
        return record.finished > 0 and record.updated_at >= now - self.active_days * DAY_US


class TaskQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which tasks, in which order. `batch_id` keeps the tasks of one batch; `tags` any of."""

    batch_id: str | None = None
    statuses: frozenset[Status] = frozenset()
    kinds: frozenset[str] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    tags: frozenset[str] = frozenset()
    sort: TaskSort = TaskSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.TASK

    def _holds_more(self, record: TaskRecord, now: int) -> bool:  # noqa: ARG002
        return not self.tags or not self.tags.isdisjoint(record.tags)


class ExecutionQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which runs, in which order. `stalled` keeps running ones whose lease has passed."""

    batch_id: str | None = None
    task_id: str | None = None
    statuses: frozenset[Status] = frozenset()
    steps: frozenset[str] = frozenset()
    decisions: frozenset[str] = frozenset()
    stalled: bool = False
    sort: ExecutionSort = ExecutionSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.EXECUTION

    @property
    def is_relative(self) -> bool:
        """Whether what it finds depends on when it is asked."""
        return self.stalled or super().is_relative

    def _holds_more(self, record: ExecutionRecord, now: int) -> bool:
        return not self.stalled or record.is_stalled(now)


class StatusUpdateQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which status updates, in which order."""

    batch_id: str | None = None
    task_id: str | None = None
    actors: frozenset[str] = frozenset()
    sort: StatusUpdateSort = StatusUpdateSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.STATUS_UPDATE


class BugQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which bugs, in which order. `task_id` keeps those linked with one task."""

    batch_id: str | None = None
    task_id: str | None = None
    statuses: frozenset[Status] = frozenset()
    severities: frozenset[Severity] = frozenset()
    sort: BugSort = BugSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.BUG


class DesignNoteQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which design notes, in which order."""

    batch_id: str | None = None
    task_id: str | None = None
    sort: DesignNoteSort = DesignNoteSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.DESIGN_NOTE


class ConversationQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which conversations, in which order. `has_error` keeps those with a failed message."""

    batch_id: str | None = None
    task_id: str | None = None
    projects: frozenset[str] = frozenset()
    has_error: bool = False
    sort: ConversationSort = ConversationSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.CONVERSATION

    def _holds_more(self, record: Any, now: int) -> bool:  # noqa: ARG002
        return not self.has_error or record.errors > 0


class MessageQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which messages, in which order. `batch_id` is that of their conversation."""

    batch_id: str | None = None
    conversation_id: str | None = None
    roles: frozenset[Role] = frozenset()
    has_error: bool = False
    sort: MessageSort = MessageSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.MESSAGE

    def _holds_more(self, record: Any, now: int) -> bool:  # noqa: ARG002
        return not self.has_error or record.has_error


class LearningQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which learnings, in which order. `least` and `most` bound the confidence."""

    batch_id: str | None = None
    task_id: str | None = None
    categories: frozenset[str] = frozenset()
    reviews: frozenset[Review] = frozenset()
    tags: frozenset[str] = frozenset()
    least: float | None = None
    most: float | None = None
    sort: LearningSort = LearningSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.LEARNING

    def _holds_more(self, record: LearningRecord, now: int) -> bool:  # noqa: ARG002
        return (
            (not self.tags or not self.tags.isdisjoint(record.tags))
            and (self.least is None or record.confidence >= self.least)
            and (self.most is None or record.confidence <= self.most)
        )


Query: TypeAlias = (
    BatchQuery
    | TaskQuery
    | ExecutionQuery
    | StatusUpdateQuery
    | BugQuery
    | DesignNoteQuery
    | ConversationQuery
    | MessageQuery
    | LearningQuery
)
QUERIES: Final[dict[Kind, type[Query]]] = {
    Kind.BATCH: BatchQuery,
    Kind.TASK: TaskQuery,
    Kind.EXECUTION: ExecutionQuery,
    Kind.STATUS_UPDATE: StatusUpdateQuery,
    Kind.BUG: BugQuery,
    Kind.DESIGN_NOTE: DesignNoteQuery,
    Kind.CONVERSATION: ConversationQuery,
    Kind.MESSAGE: MessageQuery,
    Kind.LEARNING: LearningQuery,
}


class Search(Struct, frozen=True, kw_only=True, gc=False):
    """One search over every kind: each field narrows the kinds that have it.

    A kind that lacks a field which is set is not searched at all; `without` leaves nothing
    out of those that lack it. `among` names the kinds to search, none for all. `kinds` are
    those of tasks, and the words of other kinds of record. `best_first` orders by how well
    the text fits, else newest change first.
    """

    text: str = ""
    among: frozenset[Kind] = frozenset()
    places: frozenset[Place] = KEPT
    sources: frozenset[str] = frozenset()
    without: Without = frozenset()
    created: Period = ANY_TIME
    updated: Period = ANY_TIME
    archived: Period = ANY_TIME
    trashed: Period = ANY_TIME
    statuses: frozenset[Status] = frozenset()
    kinds: frozenset[str] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    severities: frozenset[Severity] = frozenset()
    roles: frozenset[Role] = frozenset()
    categories: frozenset[str] = frozenset()
    reviews: frozenset[Review] = frozenset()
    tags: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    decisions: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    batch_id: str | None = None
    task_id: str | None = None
    conversation_id: str | None = None
    active_days: int | None = None
    least: float | None = None
    most: float | None = None
    has_error: bool = False
    stalled: bool = False
    best_first: bool = True

    def query(self, kind: Kind) -> Query | None:
        """Return what this searches for among one kind, or None if it has none of that."""
        if not self._searches(kind):
            return None
        made, fresh = QUERIES[kind], Search()
        wanted = {
            name: value
            for name in self.__struct_fields__
            if name not in _OF_SEARCH and (value := getattr(self, name)) != getattr(fresh, name)
        }
        if kind is not Kind.TASK or Kind.TASK.plural in self.kinds:
            wanted.pop("kinds", None)
        if not wanted.keys() <= set(made.__struct_fields__):
            return None
        without = {pair for pair in self.without if pair[0] in made.__struct_fields__}
        return made(places=self.places, without=frozenset(without), **wanted)

    def _searches(self, kind: Kind) -> bool:
        """Whether a kind of record is among those that are named, if any, and not left out."""
        if (self.among and kind not in self.among) or ("among", kind) in self.without:
            return False
        if kind is Kind.TASK:
            return True
        is_left_out = ("kinds", kind.word) in self.without
        return not is_left_out and (not self.kinds or kind.word in self.kinds)


_OF_SEARCH: Final = frozenset({"among", "best_first", "places", "without"})
"""What a search has beside the conditions of the queries it stands for."""
