"""Which records, in which order: one frozen object that everything which lists takes.

The table, its total, "select all matching", export, bulk actions and the command all take
the same query, so they cannot disagree. `matches` says the same in plain Python.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from db.ids import ID_START
from db.records import AnyRecord, BatchRecord, Kind, Place, TaskRecord
from db.terms import Terms, parse_terms
from db.times import DAY_US
from db.vocabulary import Priority, Status

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


class _Query(Struct, frozen=True, kw_only=True, gc=False):
    """What both kinds of query have. `text` is what a person typed to search for."""

    text: str = ""
    places: frozenset[Place] = LIVE
    statuses: frozenset[Status] = frozenset()
    sources: frozenset[str] = frozenset()
    created: Period = ANY_TIME
    updated: Period = ANY_TIME
    descending: bool = True

    @property
    def terms(self) -> Terms:
        """The text as search terms."""
        return parse_terms(self.text)

    @property
    def is_relative(self) -> bool:
        """Whether what it finds depends on when it is asked."""
        return self.created.is_relative or self.updated.is_relative

    def _names(self, record: AnyRecord) -> bool:
        """Whether the text is the beginning of the record's id."""
        start = self.text.strip().lower()
        return bool(ID_START.fullmatch(start)) and record.id.startswith(start)

    def _matches_common(self, record: AnyRecord, searchable: str, now: int) -> bool:
        return (
            record.place in self.places
            and (not self.statuses or record.status in self.statuses)
            and (not self.sources or record.source in self.sources)
            and self.created.holds(record.created_at, now)
            and self.updated.holds(record.updated_at, now)
            and (self.terms.match(searchable) or self._names(record))
        )


class BatchQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which batches, in which order.

    `active_days` keeps the active ones: those with a running or queued task, and those
    with a finished one that were updated within so many days. None keeps all.
    """

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

    def matches(self, record: BatchRecord, searchable: str, now: int) -> bool:
        """Whether the query finds this record, whose full text is `searchable`."""
        return self._is_active(record, now) and self._matches_common(record, searchable, now)

    def _is_active(self, record: BatchRecord, now: int) -> bool:
        if self.active_days is None:
            return True
        if record.counts[Status.RUNNING] or record.counts[Status.QUEUED]:
            return True
        return record.finished > 0 and record.updated_at >= now - self.active_days * DAY_US


class TaskQuery(_Query, frozen=True, kw_only=True, gc=False):
    """Which tasks, in which order. `batch_id` keeps the tasks of one batch; `tags` any of."""

    batch_id: str | None = None
    kinds: frozenset[str] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    tags: frozenset[str] = frozenset()
    sort: TaskSort = TaskSort.UPDATED

    @property
    def kind(self) -> Kind:
        """The kind of record this query lists."""
        return Kind.TASK

    def matches(
        self, record: TaskRecord, searchable: str, now: int, *, batch_id: str | None
    ) -> bool:
        """Whether the query finds this record, of the batch with that id."""
        return (
            (self.batch_id is None or self.batch_id == batch_id)
            and (not self.kinds or record.kind in self.kinds)
            and (not self.priorities or record.priority in self.priorities)
            and (not self.tags or not self.tags.isdisjoint(record.tags))
            and self._matches_common(record, searchable, now)
        )


Query: TypeAlias = BatchQuery | TaskQuery
