"""The one place where a query becomes SQL that finds its records in order.

Where some filter keeps only a few rows, they are gathered by that filter's index and
sorted. Otherwise the index of the sort order is walked until the page is full. Filters
mostly hold often enough for that to be soon; for when they do not, the walk is tried over
a stretch first, and after it the rows are gathered after all, however many.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, Final

from peewee import SQL, Expression, NodeList, fn

from db.query import BatchSort, Query, TaskQuery, TaskSort
from db.sqlite import curtain
from db.sqlite.connection import Session
from db.sqlite.filters import Filter, filters, table_of, unindexed

STRETCH_ROWS: Final = 50_000
"""So many rows of a sort index are tried before all rows of the filters are gathered."""

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


def find(
    session: Session, query: Query, now: int, limit: int | None, offset: int = 0
) -> list[int]:
    """Return the pks that a query finds, in order: all, or a page of them."""
    return _Search(session, query, now).find(limit, offset)


def count(session: Session, query: Query, now: int) -> int:
    """Return how many records a query finds."""
    table = table_of(query)
    hidden = curtain.hidden(session, query.kind).conditions(table.pk)
    conditions = [each.indexed for each in filters(query, now)]
    place = table.place.in_(sorted(query.places))
    select = table.select(fn.COUNT(table.pk)).where(place, *hidden, *conditions)
    return int(session.value(*select.sql()))


class _Search:
    """One query, asked at one moment."""

    def __init__(self, session: Session, query: Query, now: int) -> None:
        self._session = session
        self._query = query
        self._table = table_of(query)
        self._hidden = [*curtain.hidden(session, query.kind).conditions(self._table.pk)]
        self._filters = [*filters(query, now)]
        self._sort = _SORT_COLUMNS[query.sort]

    def find(self, limit: int | None, offset: int) -> list[int]:
        """Return the pks, in order: all, or a page of them."""
        few = next((each for each in self._filters if self._keeps_few(each)), None)
        if few is not None:
            return self._pks(self._gathering(few), limit, offset)
        leading = next((each for each in self._filters if self._leads(each)), None)
        tried = [each for each in self._filters if each is not leading and not each.by_pk]
        if limit is not None and tried and isinstance(self._query, TaskQuery):
            found = self._pks(self._stretch(leading), limit, offset)
            if len(found) == limit:
                return found
            if any(each.probe is not None for each in self._filters):
                return self._pks(self._gathering(None), limit, offset)
        return self._pks(self._walk(leading), limit, offset)

    def _pks(self, select: Any, limit: int | None, offset: int) -> list[int]:
        bounded = select.limit(-1 if limit is None else limit).offset(offset)
        return [row[0] for row in self._session.execute(*bounded.sql())]

    def _keeps_few(self, each: Filter) -> bool:
        if each.probe is None:
            return False
        sql, params = each.probe.limit(each.few + 1).sql()
        found: int = self._session.value(f"SELECT count(*) FROM ({sql})", params)
        return found <= each.few

    def _leads(self, each: Filter) -> bool:
        """Whether a filter's own index holds what it keeps in the order that is wanted."""
        if len(self._query.places) != 1 or not each.column:
            return False
        return each.column == self._sort[0] or (
            each.pinned and self._sort in {("updated_at",), (each.column, "updated_at")}
        )

    def _gathering(self, few: Filter | None) -> Any:
        """Select by the index of one filter, or whichever SQLite thinks best, and sort."""
        conditions = [
            each.plain if few is not None and each is not few else each.indexed
            for each in self._filters
        ]
        place = unindexed(self._table.place).in_(sorted(self._query.places))
        keys = [unindexed(self._key(name)) for name in self._sort]
        return self._ordered(self._selected([place, *conditions]), keys)

    def _walk(self, leading: Filter | None, bound: Sequence[Any] = ()) -> Any:
        """Select along the sort index of each place and merge: it begins with the place."""
        conditions = [each.indexed if each is leading else each.plain for each in self._filters]
        walks = [
            self._selected([self._table.place == place, *bound, *conditions])
            for place in sorted(self._query.places)
        ]
        if len(walks) == 1:
            return self._ordered(walks[0], [self._key(name) for name in self._sort])
        merged = reduce(lambda left, right: left.union_all(right), walks)
        keys = [SQL(f"key{number}") for number in range(len(self._sort))]
        return self._ordered(merged, keys, SQL("pk"))

    def _stretch(self, leading: Filter | None) -> Any:
        """Select like `_walk`, but no farther than so many rows from the beginning."""
        keys = [self._key(name) for name in self._sort]
        ends = []
        for place in self._query.places:
            domain = [self._table.place == place, *([leading.indexed] if leading else [])]
            select = self._ordered(self._table.select(*keys).where(*domain), keys)
            end = self._session.row(*select.limit(1).offset(STRETCH_ROWS).sql())
            if end is None:
                return self._walk(leading)
            ends.append(end)
        farthest = min(ends) if self._query.descending else max(ends)
        sign = ">=" if self._query.descending else "<="
        bound = Expression(_tuple(keys), sign, _tuple(list(farthest)))
        return self._walk(leading, [bound])

    def _selected(self, conditions: Sequence[Any]) -> Any:
        keys = [self._key(name).alias(f"key{number}") for number, name in enumerate(self._sort)]
        return self._table.select(self._table.pk, *keys).where(*conditions, *self._hidden)

    def _key(self, name: str) -> Any:
        column = getattr(self._table, name)
        return NodeList((column, SQL("COLLATE NOCASE"))) if name == "title" else column

    def _ordered(self, select: Any, keys: Sequence[Any], pk: Any = None) -> Any:
        way = SQL("DESC") if self._query.descending else SQL("ASC")
        by = (*keys, self._table.pk if pk is None else pk)
        return select.order_by(*(NodeList((key, way)) for key in by))


def _tuple(parts: Sequence[Any]) -> Any:
    """Return one value, or several as a row value."""
    return parts[0] if len(parts) == 1 else NodeList(parts, glue=", ", parens=True)
