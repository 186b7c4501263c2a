"""The conditions of a query as SQL, each in a form that uses its index and one that does not.

A unary plus before a column keeps SQLite from using an index for it
(sqlite.org/optoverview.html#disqualifying_where_clause_terms_using_unary_).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from functools import reduce
from operator import or_
from typing import Any, Final, TypeAlias

from msgspec import Struct
from peewee import OP, SQL, Expression, NodeList, Table, fn

from db.ids import ID_START, NAMING_END, NAMING_START, WHOLE_ID
from db.query import (
    ANY_OF,
    BatchQuery,
    ConversationQuery,
    ExecutionQuery,
    LearningQuery,
    MessageQuery,
    Query,
)
from db.records import Kind
from db.sqlite.tables import LAYOUTS, SEARCHES, TABLES, Batch, BugTask, Tag, Task
from db.terms import Terms, folded, words_of_name
from db.times import DAY_US
from db.vocabulary import Priority, Review, Role, Severity, Status

_END_OF_TIME: Final = 1 << 62
_EVERY: Final[dict[str, type[IntEnum]]] = {
    "statuses": Status,
    "priorities": Priority,
    "severities": Severity,
    "roles": Role,
    "reviews": Review,
}
"""The fields of queries that ask for some of a few values."""


class Filter(Struct, frozen=True):
    """One condition of a query.

    `indexed` is open to its index, `plain` kept from it. `probe` selects the rows it
    keeps, where that can be counted fast. `column` is what it compares, `pinned` whether
    it holds that at one value. `by_pk` tells that `plain` looks at nothing but the pk, and
    `places_apart` that its index does not hold where a record is kept.
    """

    indexed: Any
    plain: Any
    probe: Any = None
    column: str = ""
    pinned: bool = False
    by_pk: bool = False
    places_apart: bool = False


_Inside: TypeAlias = Callable[[Query, str], Filter]
"""Makes the condition of belonging to the record with some name."""


def table_of(query: Query) -> Any:
    """Return the table of the records that a query lists."""
    return TABLES[query.kind]


def unindexed(column: Any) -> Any:
    """Return a column in a form that no index serves."""
    return NodeList((SQL("+"), column), glue="")


def filters(query: Query, now: int, terms: Terms) -> Iterator[Filter]:
    """Yield the conditions of a query, but for where the records are kept.

    `terms` are those of its text, maybe with the words they begin.
    """
    for name, inside in _HOMES[query.kind].items():
        if (id_ := getattr(query, f"{name}_id")) is not None:
            yield inside(query, id_)
    for name, column in ANY_OF.items():
        if (values := _wanted(query, name)) is not None:
            yield _any_of(query, column, sorted(values))
    yield from _left_out(query)
    yield from _shared_filters(query, now)
    yield from _own_filters(query, now)
    if terms.alternatives:
        yield _found(query, terms)
    elif terms.finds_nothing:
        nothing = SQL("0")
        yield Filter(nothing, nothing, table_of(query).select(SQL("1")).where(nothing))


def _wanted(query: Query, name: str) -> frozenset[Any] | None:
    """Return the values that a field of a query asks for, None for any.

    Of the few there are, all others are asked for where some are not to be found.
    """
    values: frozenset[Any] = getattr(query, name, frozenset())
    left_out = {value for field, value in query.without if field == name}
    if left_out and (every := _EVERY.get(name)):
        return (values or frozenset(every)) - left_out
    return values or None


def _left_out(query: Query) -> Iterator[Filter]:
    """Yield the conditions of what is not to be found, of fields that hold any words."""
    for name in sorted({field for field, _ in query.without} - _EVERY.keys()):
        values = sorted(value for field, value in query.without if field == name)
        if name == "tags":
            holds = ~_tagged(query, frozenset(values)).plain
        else:
            column = getattr(table_of(query), "source" if name == "sources" else ANY_OF[name])
            holds = ~fn.COALESCE(unindexed(column), "").in_(values)
        yield Filter(holds, holds)


def _shared_filters(query: Query, now: int) -> Iterator[Filter]:
    if query.sources:
        yield _any_of(query, "source", sorted(query.sources))
    for name in ("created", "updated", "archived", "trashed"):
        yield from _between(query, f"{name}_at", *getattr(query, name).bounds(now))
    if tags := getattr(query, "tags", None):
        yield _tagged(query, tags)


def _own_filters(query: Query, now: int) -> Iterator[Filter]:
    """Yield the conditions that only one kind of query has."""
    if isinstance(query, BatchQuery) and query.active_days is not None:
        active = _is_active(now - query.active_days * DAY_US)
        yield Filter(active, active)
    elif isinstance(query, ExecutionQuery) and query.stalled:
        yield _stalled(query, now)
    elif isinstance(query, ConversationQuery) and query.has_error:
        failed = table_of(query).errors > 0
        yield Filter(failed, failed)
    elif isinstance(query, MessageQuery) and query.has_error:
        table = table_of(query)
        kept = table.place.in_(sorted(query.places)) & (table.has_error == 1)
        plain = Expression(unindexed(table.has_error), OP.EQ, 1)
        yield Filter(kept, plain, table.select(SQL("1")).where(kept))
    elif isinstance(query, LearningQuery):
        least, most = query.least, query.most
        if least is not None or most is not None:
            yield _range(
                query, "confidence", 0.0 if least is None else least,
                1.0 if most is None else most,
            )  # fmt: skip


def _stalled(query: ExecutionQuery, now: int) -> Filter:
    table = table_of(query)
    running = table.status == Status.RUNNING.value
    kept = (table.lease_until < now) & running
    plain = Expression(unindexed(table.lease_until), OP.LT, now) & running
    return Filter(kept, plain, table.select(SQL("1")).where(kept))


def _refers(column: str, target: Kind) -> _Inside:
    """Return the filter of records whose column refers to a record with some name."""

    def inside(query: Query, name: str) -> Filter:
        table, found = table_of(query), called(target, name)
        is_one = WHOLE_ID.fullmatch(name) is not None
        compared = OP.EQ if is_one else OP.IN
        # An index of the place alone would be taken for as good as that of the reference.
        is_apart = query.kind is not Kind.TASK
        place = unindexed(table.place) if is_apart else table.place
        places = Expression(place, OP.IN, sorted(query.places))
        kept = Expression(getattr(table, column), compared, found) & places
        plain = Expression(unindexed(getattr(table, column)), compared, found)
        return Filter(
            kept,
            plain,
            table.select(SQL("1")).where(kept),
            column=column,
            pinned=is_one,
            places_apart=is_apart,
        )

    return inside


def _among(select: Callable[[str], Any], column: str = "pk") -> _Inside:
    """Return the filter of records whose column is among what a select by name gives."""

    def inside(query: Query, name: str) -> Filter:
        table, found = table_of(query), select(name)
        kept = getattr(table, column).in_(found)
        plain = Expression(unindexed(getattr(table, column)), OP.IN, found)
        return Filter(kept, plain, table.select(SQL("1")).where(kept), places_apart=True)

    return inside


def called(kind: Kind, name: str) -> Any:
    """Select the pks of the records of a kind that have a name, as `is_called` tells it."""
    table = TABLES[kind]
    by_id = table.select(table.pk)
    if WHOLE_ID.fullmatch(name):
        return by_id.where(table.id == name.lower())
    found = table.select(table.pk).where(
        table.origin.is_null(is_null=False), table.external_id == name
    )
    if NAMING_START.fullmatch(name):
        found |= by_id.where(table.id.between(name.lower(), f"{name.lower()}~"))
    if NAMING_END.fullmatch(name):
        found |= by_id.where(fn.substr(table.id, -len(name)) == name.lower())
    if words := words_of_name(name):
        match = " AND ".join(word.to_match() for word in words)
        found |= _hits(kind, f"title : ({match})")
    return found


def _tasks_of_batch(name: str) -> Any:
    return Task.select(Task.pk).where(Task.batch_pk.in_(called(Kind.BATCH, name)))


def _bugs_of(tasks: Any) -> Any:
    return BugTask.select(BugTask.bug_pk).where(BugTask.task_pk.in_(tasks))


def _bugs_of_task(name: str) -> Any:
    return _bugs_of(called(Kind.TASK, name))


def _of_batch(kind: Kind) -> Callable[[str], Any]:
    """Return what selects the records of a batch: those that name it, or a task in it."""

    def select(name: str) -> Any:
        table, tasks = TABLES[kind], _tasks_of_batch(name)
        naming = table.select(table.pk).where(table.batch_pk.in_(called(Kind.BATCH, name)))
        if kind is Kind.BUG:
            return naming | _bugs_of(tasks)
        return naming | table.select(table.pk).where(table.task_pk.in_(tasks))

    return select


_ON_TASK: Final = _refers("task_pk", Kind.TASK)
_HOMES: Final[dict[Kind, dict[str, _Inside]]] = {
    Kind.BATCH: {},
    Kind.TASK: {"batch": _refers("batch_pk", Kind.BATCH)},
    Kind.EXECUTION: {"batch": _among(_tasks_of_batch, "task_pk"), "task": _ON_TASK},
    Kind.STATUS_UPDATE: {"batch": _among(_of_batch(Kind.STATUS_UPDATE)), "task": _ON_TASK},
    Kind.BUG: {"batch": _among(_of_batch(Kind.BUG)), "task": _among(_bugs_of_task)},
    Kind.DESIGN_NOTE: {"batch": _among(_of_batch(Kind.DESIGN_NOTE)), "task": _ON_TASK},
    Kind.CONVERSATION: {"batch": _among(_of_batch(Kind.CONVERSATION)), "task": _ON_TASK},
    Kind.MESSAGE: {
        "batch": _among(_of_batch(Kind.CONVERSATION), "conversation_pk"),
        "conversation": _refers("conversation_pk", Kind.CONVERSATION),
    },
    Kind.LEARNING: {"batch": _among(_of_batch(Kind.LEARNING)), "task": _ON_TASK},
}
"""How records are found by the name of what they belong to."""


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
    if start is not None or end is not None:
        last = (_END_OF_TIME if end is None else end) - 1
        yield _range(query, name, 0 if start is None else start, last)


def _range(query: Query, name: str, first: float, last: float) -> Filter:
    table = table_of(query)
    column = getattr(table, name)
    kept = table.place.in_(sorted(query.places)) & column.between(first, last)
    plain = Expression(unindexed(column), OP.BETWEEN, NodeList((first, SQL("AND"), last)))
    return Filter(kept, plain, table.select(SQL("1")).where(kept), column=name)


def _tagged(query: Query, names: frozenset[str]) -> Filter:
    """Return the filter of records with a tag by some name, whatever its case and accents."""
    field = LAYOUTS[query.kind].lists["tags"]
    table = table_of(query)
    pairs: Any = Table(field.table, (field.owner, field.value))
    owner = getattr(pairs, field.owner)
    is_ascii = fn.OCTET_LENGTH(Tag.name) == fn.LENGTH(Tag.name)
    name = fn.IIF(is_ascii, fn.LOWER(Tag.name), fn.FOLDED(Tag.name))
    # Names are compared once, and not for each record.
    tags = Tag.select(Tag.pk).where(name.in_(sorted(set(map(folded, names)))))
    tagged = pairs.select(owner).where(getattr(pairs, field.value).in_(tags))
    holds = fn.EXISTS(tagged.where(owner == unindexed(table.pk)))
    return Filter(table.pk.in_(tagged), holds, tagged)


def _is_active(since: int) -> Any:
    finished = Batch.succeeded + Batch.failed + Batch.canceled
    return (
        (Batch.running > 0)
        | (Batch.queued > 0)
        | ((finished > 0) & (unindexed(Batch.updated_at) >= since))
    )


def _found(query: Query, terms: Terms) -> Filter:
    """Return the condition of the text: full-text hits, read at once, as a set of pks."""
    table = table_of(query)
    pk = unindexed(table.pk)
    wanted, unwanted = terms.to_match()
    others = [Expression(pk, OP.NOT_IN, _hits(query.kind, match)) for match in unwanted]
    others += _named(query)
    if wanted and not others:
        hits = _hits(query.kind, wanted)
        return Filter(table.pk.in_(hits), Expression(pk, OP.IN, hits), hits, by_pk=True)
    if wanted:
        others.append(Expression(pk, OP.IN, _hits(query.kind, wanted)))
    kept = reduce(or_, others)
    return Filter(kept, kept, by_pk=True)


def is_start_of_id(text: str) -> bool:
    """Whether ids begin like a text, so that it also finds what has such an id."""
    return ID_START.fullmatch(text.strip()) is not None


def _named(query: Query) -> Iterator[Any]:
    """Yield the condition that an id begins as the text does, if ids look like it."""
    if is_start_of_id(query.text):
        start = query.text.strip().lower()
        yield table_of(query).id.between(start, f"{start}~")


def _hits(kind: Kind, match: str) -> Any:
    search = SEARCHES[kind]
    whole_row = getattr(search, LAYOUTS[kind].search_table)
    return search.select(search.rowid).where(Expression(whole_row, "MATCH", match))
