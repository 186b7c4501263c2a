"""Batches and tasks of one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Generic, TypeVar, cast

from db.errors import InvalidQueryError
from db.query import KEPT, LIVE, BatchQuery, BatchSort, Query, TaskQuery
from db.records import (
    AnyRecord,
    BatchDetail,
    BatchRecord,
    Kind,
    Outcome,
    Place,
    RecordDetail,
    TaskDetail,
    TaskRecord,
)
from db.repositories import EditValue
from db.sqlite import changes, details, rows, selects
from db.sqlite.connection import Pool, Session
from db.times import now_us
from db.vocabulary import fold_status

_R = TypeVar("_R", bound=AnyRecord)
_Q = TypeVar("_Q", bound=Query)
ARCHIVED: Final = {"no": LIVE, "yes": KEPT, "only": frozenset({Place.ARCHIVED})}
_DIRECTIONS: Final = {"asc": False, "desc": True}


class SqliteBatches:
    """The batches of one file."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def find_batches(
        self,
        limit: int = 20,
        offset: int = 0,
        status: str = "all",
        archived: str = "no",
        days: int = 7,
        search: str = "",
        sort: str = "updated:desc",
    ) -> tuple[tuple[BatchRecord, ...], int]:
        """Return one page of batches and how many there are in all: see `BatchRepo`.

        Raises:
            InvalidQueryError: a value that is none of those allowed.
        """
        field, _, direction = sort.partition(":")
        if (
            status not in {"all", "active"}
            or archived not in ARCHIVED
            or field not in {"updated", "created"}
            or (direction or "desc") not in _DIRECTIONS
        ):
            raise InvalidQueryError(
                f"Batches cannot be listed by status {status!r}, archived {archived!r} and"
                f" sort {sort!r}."
            )
        query = BatchQuery(
            text=search,
            places=ARCHIVED[archived],
            active_days=days if status == "active" else None,
            sort=BatchSort(field),
            descending=_DIRECTIONS[direction or "desc"],
        )
        with self._pool.read() as session:
            found, total = find(session, query, limit, offset)
        return tuple(item for item in found if isinstance(item, BatchRecord)), total

    def get(self, pk: int) -> BatchDetail:
        """Return everything about one batch.

        Raises:
            RecordNotFoundError: there is none.
        """
        with self._pool.read() as session:
            found = details.detail(session, Kind.BATCH, pk)
        assert isinstance(found, BatchDetail)
        return found

    def create(self, title: str, *, description: str = "") -> Outcome:
        """Make an empty batch."""
        with self._pool.write() as session:
            return changes.create(
                session, Kind.BATCH, {"title": title, "description": description}
            )


class SqliteTasks:
    """The tasks of one file."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def find_tasks(
        self,
        batch_id: str | None = None,
        limit: int = 50,
        offset: int = 0,
        status: str | None = None,
    ) -> tuple[tuple[TaskRecord, ...], int]:
        """Return one page of tasks, newest change first, and how many there are in all.

        Raises:
            InvalidQueryError: `status` is no known state.
        """
        folded = fold_status(status) if status else None
        if status and folded is None:
            raise InvalidQueryError(f"There is no status {status!r}.")
        wanted = frozenset() if folded is None else frozenset({folded})
        query = TaskQuery(batch_id=batch_id, statuses=wanted)
        with self._pool.read() as session:
            found, total = find(session, query, limit, offset)
        return tuple(item for item in found if isinstance(item, TaskRecord)), total

    def get(self, pk: int) -> TaskDetail:
        """Return everything about one task.

        Raises:
            RecordNotFoundError: there is none.
        """
        with self._pool.read() as session:
            found = details.detail(session, Kind.TASK, pk)
        assert isinstance(found, TaskDetail)
        return found

    def create(self, fields: Mapping[str, EditValue]) -> Outcome:
        """Make a task; `title` is needed."""
        with self._pool.write() as session:
            return changes.create(session, Kind.TASK, fields)


class SqliteRecords(Generic[_R, _Q]):
    """The records of one other kind."""

    def __init__(self, pool: Pool, kind: Kind) -> None:
        self._pool = pool
        self._kind = kind

    def find(self, query: _Q, limit: int, offset: int = 0) -> tuple[tuple[_R, ...], int]:
        """Return one page of the matching records, and how many there are in all."""
        with self._pool.read() as session:
            found, total = find(session, query, limit, offset)
        return cast("tuple[_R, ...]", tuple(found)), total

    def get(self, pk: int) -> RecordDetail:
        """Return everything about one record.

        Raises:
            RecordNotFoundError: there is none.
        """
        with self._pool.read() as session:
            found = details.detail(session, self._kind, pk)
        assert isinstance(found, RecordDetail)
        return found

    def create(self, fields: Mapping[str, EditValue]) -> Outcome:
        """Make a record; see `Storage.create`."""
        with self._pool.write() as session:
            return changes.create(session, self._kind, fields)


def ids(session: Session, query: Query, limit: int | None, offset: int = 0) -> list[int]:
    """Return pks that a query finds, in order."""
    if offset < 0 or (limit is not None and limit < 0):
        raise InvalidQueryError("A limit and an offset are 0 or more.")
    return selects.find(session, query, now_us(), limit, offset)


def count(session: Session, query: Query) -> int:
    """Return how many records a query finds."""
    return selects.count(session, query, now_us())


def find(
    session: Session, query: Query, limit: int, offset: int
) -> tuple[list[AnyRecord], int]:
    """Return one page of a query, and its total."""
    page = ids(session, query, limit, offset)
    return rows.fetch(session, query.kind, page), count(session, query)
