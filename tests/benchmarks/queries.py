"""What people ask of a list of tasks, as queries of Sheaf and as SQL written by hand."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from db.query import KEPT, Period, TaskQuery, TaskSort
from db.records import Place
from db.times import DAY_US
from db.vocabulary import Priority, Status
from tests.benchmarks import data


class Asked(Struct, frozen=True, kw_only=True):
    """A query, and the condition that a person would write for it."""

    name: str
    query: TaskQuery
    where: str
    params: tuple[Any, ...] = ()


class Batches(Struct, frozen=True):
    """The ids and pks of a large, a middling and a small batch."""

    large: tuple[str, int]
    middling: tuple[str, int]
    small: tuple[str, int]


_TAGGED: Final = (
    "t.place = 0 AND t.pk IN (SELECT task_pk FROM task_tag JOIN tag ON tag.pk = tag_pk"
    " WHERE tag.name = ?)"
)
_MATCHED: Final = "t.pk IN (SELECT rowid FROM task_search WHERE task_search MATCH ?)"

_BATCH_TITLE: Final = "(SELECT title FROM batch WHERE pk = t.batch_pk)"
_ORDERS: Final = {
    TaskSort.BATCH: f"{_BATCH_TITLE} COLLATE NOCASE {{way}}, t.batch_pk {{way}},"
    " t.updated_at {way}, t.pk {way}",
    TaskSort.UPDATED: "t.updated_at {way}, t.pk {way}",
    TaskSort.CREATED: "t.created_at {way}, t.pk {way}",
    TaskSort.TITLE: "t.title COLLATE NOCASE {way}, t.pk {way}",
    TaskSort.STATUS: "t.status {way}, t.updated_at {way}, t.pk {way}",
    TaskSort.PRIORITY: "t.priority {way}, t.updated_at {way}, t.pk {way}",
    TaskSort.KIND: "t.kind {way}, t.updated_at {way}, t.pk {way}",
}

_ROWS: Final = (
    "SELECT t.pk, t.id, t.title, t.created_at, t.updated_at, t.archived_at, t.trashed_at,"
    " t.version, t.origin, t.external_id, t.status, t.status_word, t.kind, t.priority,"
    " t.batch_pk, b.title, t.parent_pk, (SELECT group_concat(name, char(10)) FROM task_tag"
    " JOIN tag ON tag.pk = tag_pk WHERE task_pk = t.pk)"
)
_JOINS: Final = "JOIN task t ON t.pk = page.pk LEFT JOIN batch b ON b.pk = t.batch_pk"


def page_sql(asked: Asked) -> str:
    """Return SQL for the first page of a hundred."""
    way = "DESC" if asked.query.descending else "ASC"
    found = f"FROM task t WHERE {asked.where}"
    return rows_sql(found, _ORDERS[asked.query.sort].format(way=way), 100)


def hits_sql(limit: int) -> str:
    """Return SQL for the newest live tasks that FTS5 finds."""
    found = (
        "FROM task_search JOIN task t ON t.pk = task_search.rowid"
        " WHERE task_search MATCH ? AND t.place = 0"
    )
    return rows_sql(found, "t.updated_at DESC, t.pk DESC", limit)


def rows_sql(found: str, order: str, limit: int) -> str:
    """Return SQL for the first rows of what is found, with all that a list shows."""
    page = f"SELECT t.pk {found} ORDER BY {order} LIMIT {limit}"
    return f"{_ROWS} FROM ({page}) page {_JOINS} ORDER BY {order}"


def total_sql(asked: Asked) -> str:
    """Return SQL for the total."""
    return f"SELECT count(*) FROM task t WHERE {asked.where}"  # noqa: S608 - constants


def filters(batches: Batches) -> list[Asked]:
    """Return the filters that are measured, from none to several at once."""
    week = Period(after=data.END_US - 7 * DAY_US)
    year = Period(after=data.END_US - 365 * DAY_US)
    return [
        _asked("none", "t.place = 0"),
        _asked("status:running", "t.place = 0 AND t.status = 0", statuses={Status.RUNNING}),
        _asked(
            "status:failed,blocked",
            "t.place = 0 AND t.status IN (3, 4)",
            statuses={Status.BLOCKED, Status.FAILED},
        ),
        _asked("status:succeeded", "t.place = 0 AND t.status = 5", statuses={Status.SUCCEEDED}),
        _asked("kind:bug", "t.place = 0 AND t.kind = 'bug'", kinds={"bug"}),
        _asked("kind:spike", "t.place = 0 AND t.kind = 'spike'", kinds={"spike"}),
        _asked(
            "priority:highest", "t.place = 0 AND t.priority = 0", priorities={Priority.HIGHEST}
        ),
        _asked("tag common", _TAGGED, data.COMMON_TAG, tags={data.COMMON_TAG}),
        _asked("tag rare", _TAGGED, data.RARE_TAG, tags={data.RARE_TAG}),
        _in_batch("batch large", batches.large),
        _in_batch("batch middling", batches.middling),
        _in_batch("batch small", batches.small),
        _asked("updated:<7d", "t.place = 0 AND t.updated_at >= ?", week.after, updated=week),
        _asked("created:<1y", "t.place = 0 AND t.created_at >= ?", year.after, created=year),
        _asked("is:archived", "t.place = 1", places={Place.ARCHIVED}),
        _asked("is:trashed", "t.place = 2", places={Place.TRASHED}),
        _asked("is:kept", "t.place IN (0, 1)", places=KEPT),
        _text("text common", data.COMMON),
        _text("text middling", data.MIDDLING),
        _text("text rare", data.RARE),
        _text("text phrase", f'"{" ".join(data.PHRASE)}"'),
        *_combinations(batches, week),
    ]


def _combinations(batches: Batches, week: Period) -> list[Asked]:
    matched = f"t.place = 0 AND {_MATCHED}"
    return [
        _asked(
            "status:failed kind:bug priority:high",
            "t.place = 0 AND t.status = 4 AND t.kind = 'bug' AND t.priority = 1",
            statuses={Status.FAILED},
            kinds={"bug"},
            priorities={Priority.HIGH},
        ),
        _asked(
            "status:running tag common",
            f"{_TAGGED} AND t.status = 0",
            data.COMMON_TAG,
            statuses={Status.RUNNING},
            tags={data.COMMON_TAG},
        ),
        _asked(
            "batch large, status:failed",
            "t.place = 0 AND t.batch_pk = ? AND t.status = 4",
            batches.large[1],
            batch_id=batches.large[0],
            statuses={Status.FAILED},
        ),
        _asked(
            "text common, status:failed",
            f"{matched} AND t.status = 4",
            f'"{data.COMMON}" *',
            text=data.COMMON,
            statuses={Status.FAILED},
        ),
        _asked(
            "text common, updated:<7d",
            f"{matched} AND t.updated_at >= ?",
            f'"{data.COMMON}" *',
            week.after,
            text=data.COMMON,
            updated=week,
        ),
        _asked(
            "text common, batch small",
            f"{matched} AND t.batch_pk = ?",
            f'"{data.COMMON}" *',
            batches.small[1],
            text=data.COMMON,
            batch_id=batches.small[0],
        ),
    ]


def _asked(name: str, where: str, *params: Any, **fields: Any) -> Asked:
    frozen = {
        key: frozenset(value) if isinstance(value, set) else value
        for key, value in fields.items()
    }
    return Asked(name=name, query=TaskQuery(**frozen), where=where, params=params)


def _in_batch(name: str, batch: tuple[str, int]) -> Asked:
    id_, pk = batch
    return _asked(name, "t.place = 0 AND t.batch_pk = ?", pk, batch_id=id_)


def _text(name: str, text: str) -> Asked:
    match = text if text.startswith('"') else f'"{text}" *'
    return _asked(name, f"t.place = 0 AND {_MATCHED}", match, text=text)


def sorted_by(asked: Asked, sort: TaskSort, *, descending: bool) -> Asked:
    """Return the same filter under another sort."""
    arrow = "down" if descending else "up"
    return Asked(
        name=f"{asked.name}; {sort.value} {arrow}",
        query=replace(asked.query, sort=sort, descending=descending),
        where=asked.where,
        params=asked.params,
    )
