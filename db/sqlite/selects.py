"""The one place where a query becomes SQL that finds its records in order.

Where some filter keeps only a few rows, they are gathered by that filter's index and
sorted. Otherwise the index of the sort order is walked until the page is full. Filters
mostly hold often enough for that to be soon; for when they do not, the walk is tried over
a stretch first, and after it the rows of the filter that keeps the fewest are gathered,
however many.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import cycle
from math import prod
from typing import Any, Final, TypeAlias

from msgspec.structs import replace
from peewee import JOIN, OP, SQL, Expression, NodeList, Value, fn

from db.query import EVERYWHERE, Query
from db.records import Kind, Place
from db.sqlite import curtain, index
from db.sqlite.connection import Session
from db.sqlite.filters import Filter, called, filters, table_of, unindexed
from db.sqlite.tables import SEARCHES, TABLES, Batch
from db.terms import Terms

FEW_ROWS: Final = 5000
"""Up to so many rows are gathered and sorted: some 5 ms."""

STRETCH_ROWS: Final = 10_000
"""So many rows of a sort index are tried before the rows of a filter are gathered."""

TEXT_PATIENCE: Final = 4
"""With a text beside other filters both are so many times as many: its hits are read anew
at every attempt."""

SAMPLED_ROWS: Final = 5000
"""So many of the first rows that the other filters keep are looked for among many hits of a
text: a page is mostly full by then, and a set of all the hits takes three times as long."""

SOUGHT_ROWS: Final = 100
"""Up to so many hits of a text that most records have are sought one by one: some 0.1 ms
each, where to look through all hits takes 40 ms for a million."""

COUNTED_ROWS: Final = 100_000
"""Up to so many rows of each filter are counted to tell which keeps the fewest: some 3 ms.

When each keeps more, an index that holds all that filters compare is read to its end.
"""

REMEMBERED_QUERIES: Final = 64
"""So many queries keep their SQL, which takes as long to build as to run."""

_SORT_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "updated": ("updated_at",),
    "created": ("created_at",),
    "title": ("title",),
    "position": ("position",),
    "turn": ("turn", "step", "attempt"),
    "batch": ("batch_title", "batch_pk", "updated_at"),
}
"""The columns of a sort, where they are not the one of its name and then the last change."""

_ORDERED_INSIDE: Final = {("conversation_pk", "position"), ("task_pk", "turn")}
"""What belongs to a record and in which order an index holds it."""

_ORDERED_OTHERWISE: Final = {
    (Kind.EXECUTION, "task_pk"),
    (Kind.MESSAGE, "conversation_pk"),
}
"""What no index holds in the order of the last change, as it does for other kinds."""

_NULLABLE: Final = frozenset({"duration", "source"})
"""What a record may lack: no stretch of their indexes can be told by its last keys."""


_ALL: Final = -1
"""SQLite's limit for as many as there are."""

_END: Final = object()
"""Stands among the parameters of a statement for a key at which the stretch ends."""

Statement: TypeAlias = tuple[str, Sequence[Any]]


def find(
    session: Session, query: Query, now: int, limit: int | None, offset: int = 0
) -> list[int]:
    """Return the pks that a query finds, in order: all, or a page of them."""
    return _search(session, query, now).find(session, limit, offset)


def first_kept(
    session: Session, query: Query, now: int, pks: Sequence[int], limit: int
) -> list[int]:
    """Return the first of some matches of a query's text that hold to its other filters."""
    others = replace(query, text="")
    return _search(session, others, now).first_kept(session, pks, limit) if pks else []


def count(session: Session, query: Query, now: int) -> int:
    """Return how many records a query finds."""
    return _search(session, query, now).count(session)


def with_columns(session: Session, query: Query, now: int, *columns: str) -> Statement:
    """Return a statement for the pk and further columns of all records a query finds."""
    return _search(session, query, now).with_columns(session, columns)


def is_there(session: Session, kind: Kind, name: str) -> bool:
    """Whether a query that names a record of some kind names one that there is."""
    table = TABLES[kind]
    hidden = curtain.hidden(session, kind).conditions(table.pk)
    found = table.select(table.pk).where(table.pk.in_(called(kind, name)), *hidden)
    return session.value(*found.limit(1).sql()) is not None


def _search(session: Session, query: Query, now: int) -> _Search:
    moment = now if query.is_relative else 0
    terms = index.with_words(session, query.kind, query.terms)
    return _remembered(query, terms, moment, curtain.hidden(session, query.kind))


@lru_cache(REMEMBERED_QUERIES)
def _remembered(query: Query, terms: Terms, now: int, hidden: curtain.Hidden) -> _Search:
    return _Search(query, terms, now, hidden)


class _Search:
    """One query, asked at one moment, with the SQL that was built for it so far."""

    def __init__(self, query: Query, terms: Terms, now: int, hidden: curtain.Hidden) -> None:
        self._query = query
        self._now = now
        self._table = table_of(query)
        self._hidden = [*hidden.conditions(self._table.pk)]
        self._filters = [*filters(query, now, terms)]
        self._sort = _SORT_COLUMNS.get(query.sort, (str(query.sort), "updated_at"))
        self._is_by_batch = self._sort[0] == "batch_title"
        self._leading = next((each for each in self._filters if self._leads(each)), None)
        has_text = any(each.by_pk for each in self._filters)
        self._patience = TEXT_PATIENCE if has_text and len(self._filters) > 1 else 1
        self._probed = [each for each in self._filters if each.probe is not None]
        self._text = next((each for each in self._probed if each.by_pk), None)
        self._is_known = terms.is_known
        self._statements: dict[tuple[Any, ...], Statement] = {}

    def find(self, session: Session, limit: int | None, offset: int) -> list[int]:
        """Return the pks, in order: all, or a page of them."""
        others = [each for each in self._filters if each is not self._leading]
        if not others or not self._probed:
            return self._pks(session, self._built(self._walk), limit, offset)
        few = FEW_ROWS * self._patience
        for each in self._probed:
            kept = self._kept(session, each, few + 1)
            if kept <= few:
                gathering = self._built(self._gathering, each)
                return self._pks(session, gathering, limit, offset) if kept else []
        sampled = self._sampled(session, limit, offset)
        if sampled is not None:
            return sampled
        counts = self._kept_each(session) if self._text is not None else []
        walked = self._walked(session, counts) * (limit or 0)
        is_near = walked <= STRETCH_ROWS * self._patience
        if limit is not None and is_near and self._sort[0] not in _NULLABLE:
            end = None if all(each.by_pk for each in others) else self._end(session)
            if end is None:
                return self._pks(session, self._built(self._walk), limit, offset)
            found = self._pks(session, self._stretch(end), limit, offset)
            if len(found) == limit:
                return found
        fewest = self._fewest(counts or self._kept_each(session))
        return self._pks(session, self._built(self._gathering, fewest), limit, offset)

    def _sampled(self, session: Session, limit: int | None, offset: int) -> list[int] | None:
        """Return a page of hits if it lies among the first rows that other filters keep."""
        if self._text is None or limit is None or offset + limit > SAMPLED_ROWS // 2:
            return None
        others = _search(session, replace(self._query, text=""), self._now)
        walked = others.walked(session)
        for rows, build in self._samples(session, self._text, offset + limit):
            if rows * walked > STRETCH_ROWS:
                return None
            first = others.find(session, rows, 0)
            sql, params = self._built(build, self._text)
            among = (json.dumps(first), min(first, default=0), max(first, default=0))
            found = {pk for (pk,) in session.execute(sql, (*params[:-3], *among))}
            kept = [pk for pk in first if pk in found]
            if len(first) < rows or len(kept) >= offset + limit:
                return kept[offset : offset + limit]
        return None

    def _samples(
        self, session: Session, text: Filter, wanted: int
    ) -> Iterator[tuple[int, Callable[[Filter], Any]]]:
        """Yield how many of the first rows to look for among the hits, and how."""
        if self._is_known:
            sql, params = self._built(self._probe, text)
            span = session.value(
                f"SELECT max(rowid) - min(rowid) FROM ({sql} LIMIT ?)", (*params, SAMPLED_ROWS)
            )
            likely = (span or 0) * wanted // SAMPLED_ROWS
            if likely < 2 * wanted <= 2 * SOUGHT_ROWS:
                yield 2 * wanted, self._hits_sought
            elif 0 < 3 * likely < SAMPLED_ROWS:
                yield 3 * likely, self._hits_among
        yield SAMPLED_ROWS, self._hits_among

    def _hits_sought(self, text: Filter) -> Any:
        """Select the same as `_hits_among`; each of the pks is looked up."""
        listed = SQL("(SELECT value FROM json_each(?))", (None,))
        rowid = SEARCHES[self._query.kind].rowid
        return text.probe.where(
            Expression(rowid, OP.IN, listed),
            Expression(
                unindexed(rowid), OP.BETWEEN, NodeList((Value(None), SQL("AND"), Value(None)))
            ),
        )

    def _hits_among(self, text: Filter) -> Any:
        """Select the hits that are among pks given as JSON, whose least and most are given."""
        listed = SQL("(SELECT value FROM json_each(?))", (None,))
        rowid = SEARCHES[self._query.kind].rowid
        # Else each of the pks would be looked up, for which a beginning is worked out anew.
        is_listed = Expression(unindexed(rowid), OP.IN, listed)
        return text.probe.where(is_listed, rowid.between(None, None))

    def first_kept(self, session: Session, pks: Sequence[int], limit: int) -> list[int]:
        """Return the first of some pks that all filters but the text keep."""
        sql, params = self._built(self._keeping)
        kept: list[int] = []
        done, size = 0, 4 * limit
        while len(kept) < limit and done < len(pks):
            some = pks[done : done + size]
            among = {pk for (pk,) in session.execute(sql, (json.dumps(some), *params[1:]))}
            kept += [pk for pk in some if pk in among]
            done, size = done + size, 4 * size
        return kept[:limit]

    def count(self, session: Session) -> int:
        """Return how many records there are."""
        if self._is_text_alone():
            return self._count_hits(session, self._filters[0])
        fewest = next(iter(self._probed), None)
        if len(self._probed) > 1:
            fewest = self._fewest(self._kept_each(session))
        return int(session.value(*self._built(self._counting, fewest)))

    def with_columns(self, session: Session, columns: Sequence[str]) -> Statement:
        """Return a statement for the pk and further columns of all records, in no order."""
        fewest = next(iter(self._probed), None)
        if len(self._probed) > 1:
            fewest = self._fewest(self._kept_each(session))
        wanted = (getattr(self._table, name) for name in ("pk", *columns))
        found = self._table.select(*wanted).where(*self._counted(fewest))
        sql, params = found.sql()
        return sql, params

    def _count_hits(self, session: Session, text: Filter) -> int:
        """Count the hits but for those elsewhere, by looking at whichever are fewer."""
        hits = self._kept(session, text, _ALL)
        sql, params = self._built(self._elsewhere)
        others = session.value(f"SELECT count(*) FROM ({sql} LIMIT ?)", (*params, hits + 1))
        if not others:
            return hits
        if others <= hits:
            counting = self._counting_hits_elsewhere
        elif hits <= FEW_ROWS:
            return int(session.value(*self._built(self._counting, text)))
        else:
            counting = self._counting_elsewhere
        return hits - int(session.value(*self._built(counting, text)))

    def _built(self, build: Callable[..., Any], *about: Any) -> Statement:
        """Return the SQL of the select that a method builds, which it does only once."""
        key = (build.__name__, *map(id, about))
        if key not in self._statements:
            self._statements[key] = build(*about).sql()
        return self._statements[key]

    def _pks(
        self, session: Session, statement: Statement, limit: int | None, offset: int
    ) -> list[int]:
        sql, params = statement
        page = (-1 if limit is None else limit, offset)
        found = session.execute(f"{sql} LIMIT ? OFFSET ?", (*params, *page))
        return [row[0] for row in found]

    def _kept(self, session: Session, each: Filter, limit: int) -> int:
        """Count the rows that a filter keeps, up to a limit."""
        sql, params = self._built(self._probe, each)
        kept: int = session.value(f"SELECT count(*) FROM ({sql} LIMIT ?)", (*params, limit))
        return kept

    def _probe(self, each: Filter) -> Any:
        return each.probe

    def _kept_each(self, session: Session) -> list[int]:
        """Count the rows that each filter keeps, as far as `COUNTED_ROWS`."""
        return [self._kept(session, each, COUNTED_ROWS) for each in self._probed]

    def walked(self, session: Session) -> float:
        """Return about how many rows of an index are walked over to find one."""
        if self._leading is not None:
            return 1.0
        return self._walked(session, self._kept_each(session))

    def _walked(self, session: Session, counts: Sequence[int]) -> float:
        """Return the same for filters that keep so many rows each."""
        last: int = session.value(*self._built(self._last)) if counts else 0
        return prod(last / count for count in counts if count)

    def _last(self) -> Any:
        return self._table.select(fn.MAX(self._table.pk))

    def _fewest(self, counts: Sequence[int]) -> Filter | None:
        """Return the filter that keeps the fewest rows; None if each keeps very many."""
        least = min(counts)
        return self._probed[counts.index(least)] if least < COUNTED_ROWS else None

    def _leads(self, each: Filter) -> bool:
        """Whether a filter's own index holds what it keeps in the order that is wanted."""
        if len(self._query.places) != 1 or not each.column:
            return False
        if each.pinned and (each.column, self._sort[0]) in _ORDERED_INSIDE:
            return True
        if (self._query.kind, each.column) in _ORDERED_OTHERWISE:
            return False
        return each.column == self._sort[0] or (
            each.pinned and self._sort in {("updated_at",), (each.column, "updated_at")}
        )

    def _conditions(self, indexed: Filter | None) -> list[Any]:
        return [each.indexed if each is indexed else each.plain for each in self._filters]

    def _counting(self, fewest: Filter | None) -> Any:
        return self._table.select(fn.COUNT(self._table.pk)).where(*self._counted(fewest))

    def _counted(self, fewest: Filter | None) -> list[Any]:
        """Return the conditions of all records, for where their order does not matter."""
        conditions = (
            [each.indexed for each in self._filters]
            if fewest is None
            else self._conditions(fewest)
        )
        places = sorted(self._query.places)
        # A filter asks for the place itself; asked twice, SQLite takes a wrong index.
        is_asked = fewest is not None or any(each.places_apart for each in self._filters)
        column = unindexed(self._table.place) if is_asked else self._table.place
        place = Expression(column, OP.IN, places)
        return [place, *self._hidden, *conditions]

    def _is_text_alone(self) -> bool:
        """Whether nothing but full-text hits narrows the list of live records."""
        return (
            len(self._filters) == 1
            and self._filters[0].by_pk
            and self._filters[0].probe is not None
            and Place.LIVE in self._query.places
            and not self._hidden
        )

    def _is_elsewhere(self) -> Any:
        return self._table.place.in_(sorted(EVERYWHERE - self._query.places))

    def _elsewhere(self) -> Any:
        """Select the records that are kept in other places."""
        return self._table.select(self._table.pk).where(self._is_elsewhere())

    def _counting_elsewhere(self, text: Filter) -> Any:
        """Count the records in other places that are among the hits."""
        return self._table.select(fn.COUNT(self._table.pk)).where(
            self._is_elsewhere(), text.plain
        )

    def _counting_hits_elsewhere(self, text: Filter) -> Any:
        """Count the hits that are among the records in other places."""
        rowid = SEARCHES[self._query.kind].rowid
        among = text.probe.where(Expression(unindexed(rowid), OP.IN, self._elsewhere()))
        return among.select(fn.COUNT(rowid))

    def _keeping(self) -> Any:
        """Select those of the pks given as JSON that the filters keep, the text left aside."""
        among = SQL("(SELECT value FROM json_each(?))", (None,))
        return self._table.select(self._table.pk).where(
            Expression(self._table.pk, OP.IN, among),
            unindexed(self._table.place).in_(sorted(self._query.places)),
            *self._hidden,
            *(each.plain for each in self._filters if not each.by_pk),
        )

    def _gathering(self, few: Filter | None) -> Any:
        """Select by the index of one filter, or of the last change, and sort.

        To be put in the order of their batches very many are walked along these instead.
        """
        if few is None and self._is_by_batch:
            return self._walk()
        places = sorted(self._query.places)
        place = (
            self._table.place.in_(places) & (self._table.updated_at >= 0)
            if few is None
            else unindexed(self._table.place).in_(places)
        )
        keys = [unindexed(self._key(name)) for name in self._sort]
        if few is not None and few.by_pk:
            # Each hit is looked up as it is read; a set of them would be made first.
            others = [each.plain for each in self._filters if each is not few]
            hits = few.probe.alias("hits")
            is_hit = self._table.pk == hits.c.rowid
            joined = self._selected([place, *others]).from_(hits)
            return self._ordered(joined.join(self._table, JOIN.CROSS, on=is_hit), keys)
        return self._ordered(self._selected([place, *self._conditions(few)]), keys)

    def _walk(self, bound: Sequence[Any] = ()) -> Any:
        """Select along the sort index of each place and merge: it begins with the place."""
        conditions = [*bound, *self._conditions(self._leading)]
        walk_at = self._walk_batches if self._is_by_batch else self._walk_place
        walks = [
            walk for place in sorted(self._query.places) for walk in walk_at(place, conditions)
        ]
        if len(walks) == 1:
            return self._ordered(walks[0], [self._key(name) for name in self._sort])
        merged = reduce(lambda left, right: left.union_all(right), walks)
        keys = [SQL(f"key{number}") for number in range(len(self._sort))]
        return self._ordered(merged, keys, SQL("pk"))

    def _walk_place(self, place: int, conditions: Sequence[Any]) -> Iterator[Any]:
        """Yield what walks along the sort index of a place."""
        yield self._selected([self._is_at(place), *conditions])

    def _walk_batches(self, place: int, conditions: Sequence[Any]) -> Iterator[Any]:
        """Yield walks along the titles of the batches of each place and, inside, their tasks.

        And one along what is in no batch: its keys are the column that is empty then.
        """
        task = self._table
        inside = [self._is_at(place), *conditions, *self._hidden]
        for batches in sorted(EVERYWHERE):
            keys = (_titled(Batch.title), Batch.pk, task.updated_at)
            yield (
                task.select(task.pk, *_aliased(keys))
                .from_(Batch)
                .join(task, JOIN.CROSS, on=task.batch_pk == Batch.pk)
                .where(Batch.place == batches, *inside)
            )
        keys = (task.batch_pk, task.batch_pk, task.updated_at)
        yield task.select(task.pk, *_aliased(keys)).where(task.batch_pk.is_null(), *inside)

    def _is_at(self, place: int) -> Any:
        """Return the condition of a place, for the index that is walked."""
        if self._leading is not None and self._leading.places_apart:
            return Expression(unindexed(self._table.place), OP.EQ, place)
        return self._table.place == place

    def _end(self, session: Session) -> tuple[Any, ...] | None:
        """Return the keys at which a stretch ends; None if a walk is no longer than one.

        A walk along batches is not cut short: it reads nothing but indexes.
        """
        if self._is_by_batch:
            return None
        ends = []
        for place in sorted(self._query.places):
            sql, params = self._built(self._keys_of, place)
            end = session.row(
                f"{sql} LIMIT 1 OFFSET ?", (*params, STRETCH_ROWS * self._patience)
            )
            if end is not None:
                ends.append(end)
        farthest = min if self._query.descending else max
        return farthest(ends) if ends else None

    def _stretch(self, end: Sequence[Any]) -> Statement:
        """Return a walk that goes no farther than to some keys."""
        sql, params = self._built(self._bound_walk)
        keys = cycle(end)
        return sql, [next(keys) if each is _END else each for each in params]

    def _keys_of(self, place: int) -> Any:
        keys = [self._key(name) for name in self._sort]
        leading = [self._leading.indexed] if self._leading else []
        return self._ordered(
            self._table.select(*keys).where(self._is_at(place), *leading), keys
        )

    def _bound_walk(self) -> Any:
        sign = ">=" if self._query.descending else "<="
        keys = [self._key(name) for name in self._sort]
        return self._walk([Expression(_tuple(keys), sign, _tuple([Value(_END)] * len(keys)))])

    def _selected(self, conditions: Sequence[Any]) -> Any:
        keys = _aliased([self._key(name) for name in self._sort])
        return self._table.select(self._table.pk, *keys).where(*conditions, *self._hidden)

    def _key(self, name: str) -> Any:
        if name == "batch_title":
            own = Batch.select(Batch.title).where(Batch.pk == self._table.batch_pk)
            return _titled(own)
        column = getattr(self._table, name)
        return _titled(column) if name == "title" else column

    def _ordered(self, select: Any, keys: Sequence[Any], pk: Any = None) -> Any:
        way = SQL("DESC") if self._query.descending else SQL("ASC")
        by = (*keys, self._table.pk if pk is None else pk)
        return select.order_by(*(NodeList((key, way)) for key in by))


def _titled(title: Any) -> Any:
    """Return a title as it is put in order."""
    return NodeList((title, SQL("COLLATE NOCASE")))


def _aliased(keys: Sequence[Any]) -> list[Any]:
    """Return the keys of a sort by the names that the parts of a walk are merged by."""
    return [key.alias(f"key{number}") for number, key in enumerate(keys)]


def _tuple(parts: Sequence[Any]) -> Any:
    """Return one value, or several as a row value."""
    return parts[0] if len(parts) == 1 else NodeList(parts, glue=", ", parens=True)
