"""The one place where a query becomes SQL.

A page of a million rows is found in one of two ways. Where some filter keeps only a few
rows, they are gathered by that filter's index and sorted. Otherwise the index of the sort
order is walked until the page is full; the filters hold often enough for that to be soon.
Which it is, a look at the first rows of each filter's index tells.

A unary plus before a column keeps SQLite from using an index for it
(sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any, Final

from msgspec import Struct
from peewee import OP, SQL, Expression, NodeList, fn

from db.ids import ID_START
from db.query import BatchQuery, BatchSort, Query, TaskQuery, TaskSort
from db.sqlite import curtain
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS, SEARCHES, Batch, Tag, Task, TaskTag
from db.times import DAY_US

FEW_ROWS: Final = 5000
"""Up to so many rows are gathered and sorted: some 5 ms."""

FEW_HITS: Final = 20_000
"""The same for a full-text filter, which is dear to try row by row."""

DEEP_ROWS: Final = 1000
"""From here on into a list, all full-text hits are read at once instead of row by row."""

_SORT_COLUMNS: Final[dict[object, tuple[str, ...]]] = {
    BatchSort.UPDATED: ("updated_at",),
    BatchSort.CREATED: ("created_at",),
    BatchSort.TITLE: ("title",),
    BatchSort.STATUS: ("status", "updated_at"),
    BatchSort.TOTAL: ("total", "updated_at"),
    BatchSort.SOURCE: ("source", "updated_at"),
    TaskSort.PRIORITY: ("priority", "updated_at"),
    TaskSort.KIND: ("kind", "updated_at"),
}
"""A batch's and a task's sorts of one name are one key here: they are equal strings."""


class Filter(Struct, frozen=True):
    """One condition of a query.

    `indexed` is open to its index, `plain` kept from it. `probe` selects the rows it
    keeps, where that can be counted fast; `few` is how many are few. `pinned` names the
    column that it holds at one value, where an index goes on from there by last change.
    """

    indexed: Any
    plain: Any
    probe: Any = None
    few: int = FEW_ROWS
    pinned: str = ""


def page(session: Session, query: Query, now: int, limit: int | None, offset: int = 0) -> Any:
    """Build the select of the pks a query finds, in order, read in the cheaper way."""
    table = _table(query)
    deep = limit is None or offset + limit > DEEP_ROWS
    hidden = [*curtain.hidden(session, query.kind).conditions(table.pk)]
    filters = [*_filters(query, now, deep=deep)]
    sort = _SORT_COLUMNS[query.sort]
    few = next((each for each in filters if _keeps_few(session, each)), None)
    chosen = few or next((each for each in filters if _is_in_order(each, query, sort)), None)
    conditions = hidden + [each.indexed if each is chosen else each.plain for each in filters]
    if few is None:
        return _merged(table, query, conditions, sort, limit, offset)
    conditions.append(_unindexed(table.place).in_(sorted(query.places)))
    keys = [_unindexed(_collated(table, name)) for name in sort]
    return _ordered(_selected(table, conditions, sort), keys, table.pk, query, limit, offset)


def _is_in_order(each: Filter, query: Query, sort: tuple[str, ...]) -> bool:
    """Whether a filter's index holds the rows it keeps in the order that is wanted."""
    if not each.pinned or len(query.places) != 1:
        return False
    return sort in {("updated_at",), (each.pinned, "updated_at")}


def total(session: Session, query: Query, now: int) -> Any:
    """Build the select that counts what a query finds."""
    table = _table(query)
    hidden = curtain.hidden(session, query.kind).conditions(table.pk)
    conditions = [each.indexed for each in _filters(query, now, deep=True)]
    place = table.place.in_(sorted(query.places))
    return _where(table.select(fn.COUNT(table.pk)), [place, *hidden, *conditions])


def _table(query: Query) -> Any:
    return Batch if isinstance(query, BatchQuery) else Task


def _keeps_few(session: Session, each: Filter) -> bool:
    if each.probe is None:
        return False
    sql, params = each.probe.limit(each.few + 1).sql()
    found: int = session.value(f"SELECT count(*) FROM ({sql})", params)
    return found <= each.few


def _merged(
    table: Any,
    query: Query,
    conditions: list[Any],
    sort: tuple[str, ...],
    limit: int | None,
    offset: int,
) -> Any:
    """Walk the sort index of each place and merge: each index begins with the place."""
    walks = [
        _selected(table, [table.place == place, *conditions], sort)
        for place in sorted(query.places)
    ]
    if len(walks) == 1:
        keys = [_collated(table, name) for name in sort]
        return _ordered(walks[0], keys, table.pk, query, limit, offset)
    merged = reduce(lambda left, right: left.union_all(right), walks)
    keys = [SQL(f"key{number}") for number in range(len(sort))]
    return _ordered(merged, keys, SQL("pk"), query, limit, offset)


def _selected(table: Any, conditions: Sequence[Any], sort: tuple[str, ...]) -> Any:
    keys = [_collated(table, name).alias(f"key{number}") for number, name in enumerate(sort)]
    return _where(table.select(table.pk, *keys), conditions)


def _collated(table: Any, name: str) -> Any:
    column = getattr(table, name)
    return NodeList((column, SQL("COLLATE NOCASE"))) if name == "title" else column


def _where(select: Any, conditions: Sequence[Any]) -> Any:
    return select.where(*conditions) if conditions else select


def _ordered(
    select: Any, keys: Sequence[Any], pk: Any, query: Query, limit: int | None, offset: int
) -> Any:
    way = SQL("DESC") if query.descending else SQL("ASC")
    ordered = select.order_by(*(NodeList((key, way)) for key in (*keys, pk)))
    return ordered.limit(-1 if limit is None else limit).offset(offset)


def _unindexed(column: Any) -> Any:
    return NodeList((SQL("+"), column), glue="")


def _filters(query: Query, now: int, *, deep: bool) -> Iterator[Filter]:
    table = _table(query)
    if query.statuses:
        yield _any_of(query, "status", sorted(query.statuses))
    if query.sources:
        yield _any_of(query, "source", sorted(query.sources))
    for name in ("created", "updated"):
        start, end = getattr(query, name).bounds(now)
        yield from _between(query, f"{name}_at", start, end)
    if isinstance(query, TaskQuery):
        yield from _task_filters(query)
    elif query.active_days is not None:
        active = _is_active(now - query.active_days * DAY_US)
        yield Filter(active, active)
    if query.terms.alternatives:
        yield _found(query, table, deep=deep)


def _task_filters(query: TaskQuery) -> Iterator[Filter]:
    if query.batch_id is not None:
        batch = Batch.select(Batch.pk).where(Batch.id == query.batch_id)
        inside = Task.batch_pk == batch
        places = Task.place.in_(sorted(query.places))
        probe = Task.select(SQL("1")).where(inside, places)
        plain = Expression(_unindexed(Task.batch_pk), OP.EQ, batch)
        yield Filter(inside, plain, probe, pinned="batch_pk")
    if query.kinds:
        yield _any_of(query, "kind", sorted(query.kinds))
    if query.priorities:
        yield _any_of(query, "priority", sorted(query.priorities))
    if query.tags:
        tagged = (
            TaskTag.select(TaskTag.task_pk)
            .join(Tag, on=(Tag.pk == TaskTag.tag_pk))
            .where(Tag.name.in_(sorted(query.tags)))
        )
        holds = fn.EXISTS(tagged.where(TaskTag.task_pk == _unindexed(Task.pk)))
        yield Filter(Task.pk.in_(tagged), holds, tagged)


def _any_of(query: Query, name: str, values: Sequence[Any]) -> Filter:
    table = _table(query)
    column = getattr(table, name)
    kept = table.place.in_(sorted(query.places)) & column.in_(values)
    return Filter(
        kept,
        Expression(_unindexed(column), OP.IN, values),
        table.select(SQL("1")).where(kept),
        pinned=name if len(values) == 1 else "",
    )


def _between(query: Query, name: str, start: int | None, end: int | None) -> Iterator[Filter]:
    if start is None and end is None:
        return
    table = _table(query)
    column = getattr(table, name)
    first, past = start or 0, (1 << 62) if end is None else end
    inside = column.between(first, past - 1)
    kept = table.place.in_(sorted(query.places)) & inside
    walked = inside if query.sort.value == name.removesuffix("_at") else None
    plain = Expression(_unindexed(column), OP.BETWEEN, NodeList((first, SQL("AND"), past - 1)))
    yield Filter(kept, plain if walked is None else walked, table.select(SQL("1")).where(kept))


def _is_active(since: int) -> Any:
    finished = Batch.succeeded + Batch.failed + Batch.canceled
    return (
        (Batch.running > 0)
        | (Batch.queued > 0)
        | ((finished > 0) & (_unindexed(Batch.updated_at) >= since))
    )


def _found(query: Query, table: Any, *, deep: bool) -> Filter:
    wanted, unwanted = query.terms.to_match()
    missed = [table.pk.not_in(_hits(query, match)) for match in unwanted]
    if not wanted:
        kept = reduce(or_, missed)
        return Filter(kept, kept)
    hits = _hits(query, wanted)
    pk = _unindexed(table.pk)
    one_by_one = fn.EXISTS(hits.where(SEARCHES[query.kind].rowid == pk))
    plain = Expression(pk, OP.IN, hits) if deep else one_by_one
    others = [*missed, *_named(query, table)]
    if others:
        return Filter(reduce(or_, others, plain), reduce(or_, others, plain))
    return Filter(table.pk.in_(hits), plain, hits, FEW_HITS)


def _named(query: Query, table: Any) -> Iterator[Any]:
    """Yield the condition that an id begins as the text does, if ids look like it."""
    if ID_START.fullmatch(query.text.strip()):
        start = query.text.strip().lower()
        yield table.id.between(start, f"{start}~")


def _hits(query: Query, match: str) -> Any:
    search = SEARCHES[query.kind]
    whole_row = getattr(search, LAYOUTS[query.kind].search_table)
    return search.select(search.rowid).where(Expression(whole_row, "MATCH", match))
