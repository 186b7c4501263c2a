"""The conditions of a query as SQL, each in a form that uses its index and one that does not.

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
from db.query import BatchQuery, Query, TaskQuery
from db.sqlite.tables import LAYOUTS, SEARCHES, Batch, Tag, Task, TaskTag
from db.times import DAY_US

_END_OF_TIME: Final = 1 << 62


class Filter(Struct, frozen=True):
    """One condition of a query.

    `indexed` is open to its index, `plain` kept from it. `probe` selects the rows it
    keeps, where that can be counted fast. `column` is what it compares, `pinned` whether
    it holds that at one value. `by_pk` tells that `plain` looks at nothing but the pk.
    """

    indexed: Any
    plain: Any
    probe: Any = None
    column: str = ""
    pinned: bool = False
    by_pk: bool = False


def table_of(query: Query) -> Any:
    """Return the table of the records that a query lists."""
    return Batch if isinstance(query, BatchQuery) else Task


def unindexed(column: Any) -> Any:
    """Return a column in a form that no index serves."""
    return NodeList((SQL("+"), column), glue="")


def filters(query: Query, now: int) -> Iterator[Filter]:
    """Yield the conditions of a query, but for where the records are kept."""
    if isinstance(query, TaskQuery) and query.batch_id is not None:
        yield _in_batch(query, query.batch_id)
    if query.statuses:
        yield _any_of(query, "status", sorted(query.statuses))
    if query.sources:
        yield _any_of(query, "source", sorted(query.sources))
    for name in ("created", "updated"):
        yield from _between(query, f"{name}_at", *getattr(query, name).bounds(now))
    if isinstance(query, TaskQuery):
        yield from _task_filters(query)
    elif query.active_days is not None:
        active = _is_active(now - query.active_days * DAY_US)
        yield Filter(active, active)
    if query.terms.alternatives:
        yield _found(query)


def _task_filters(query: TaskQuery) -> Iterator[Filter]:
    if query.kinds:
        yield _any_of(query, "kind", sorted(query.kinds))
    if query.priorities:
        yield _any_of(query, "priority", sorted(query.priorities))
    if query.tags:
        yield _tagged(query.tags)


def _in_batch(query: TaskQuery, batch_id: str) -> Filter:
    batch = Batch.select(Batch.pk).where(Batch.id == batch_id)
    inside = (Task.batch_pk == batch) & Task.place.in_(sorted(query.places))
    plain = Expression(unindexed(Task.batch_pk), OP.EQ, batch)
    probe = Task.select(SQL("1")).where(inside)
    return Filter(inside, plain, probe, column="batch_pk", pinned=True)


def _any_of(query: Query, name: str, values: Sequence[Any]) -> Filter:
    table = table_of(query)
    column = getattr(table, name)
    kept = table.place.in_(sorted(query.places)) & column.in_(values)
    return Filter(
        kept,
        Expression(unindexed(column), OP.IN, values),
        table.select(SQL("1")).where(kept),
        column=name,
        pinned=len(values) == 1,
    )


def _between(query: Query, name: str, start: int | None, end: int | None) -> Iterator[Filter]:
    if start is None and end is None:
        return
    table = table_of(query)
    column = getattr(table, name)
    first, last = start or 0, (end or _END_OF_TIME) - 1
    kept = table.place.in_(sorted(query.places)) & column.between(first, last)
    plain = Expression(unindexed(column), OP.BETWEEN, NodeList((first, SQL("AND"), last)))
    yield Filter(kept, plain, table.select(SQL("1")).where(kept), column=name)


def _tagged(names: frozenset[str]) -> Filter:
    tagged = (
        TaskTag.select(TaskTag.task_pk)
        .join(Tag, on=(Tag.pk == TaskTag.tag_pk))
        .where(Tag.name.in_(sorted(names)))
    )
    holds = fn.EXISTS(tagged.where(TaskTag.task_pk == unindexed(Task.pk)))
    return Filter(Task.pk.in_(tagged), holds, tagged)


def _is_active(since: int) -> Any:
    finished = Batch.succeeded + Batch.failed + Batch.canceled
    return (
        (Batch.running > 0)
        | (Batch.queued > 0)
        | ((finished > 0) & (unindexed(Batch.updated_at) >= since))
    )


def _found(query: Query) -> Filter:
    """Return the condition of the text: full-text hits, read at once, as a set of pks."""
    table = table_of(query)
    pk = unindexed(table.pk)
    wanted, unwanted = query.terms.to_match()
    others = [Expression(pk, OP.NOT_IN, _hits(query, match)) for match in unwanted]
    others += _named(query)
    if wanted and not others:
        hits = _hits(query, wanted)
        return Filter(table.pk.in_(hits), Expression(pk, OP.IN, hits), hits, by_pk=True)
    if wanted:
        others.append(Expression(pk, OP.IN, _hits(query, wanted)))
    kept = reduce(or_, others)
    return Filter(kept, kept, by_pk=True)


def _named(query: Query) -> Iterator[Any]:
    """Yield the condition that an id begins as the text does, if ids look like it."""
    start = query.text.strip().lower()
    if ID_START.fullmatch(start):
        yield table_of(query).id.between(start, f"{start}~")


def _hits(query: Query, match: str) -> Any:
    search = SEARCHES[query.kind]
    whole_row = getattr(search, LAYOUTS[query.kind].search_table)
    return search.select(search.rowid).where(Expression(whole_row, "MATCH", match))
