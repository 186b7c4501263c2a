"""The values that the records of a query have in a field, and how many have each."""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Final

from db.errors import InvalidQueryError
from db.query import ANY_OF, LIVE, Query
from db.records import Kind
from db.repositories import Facet
from db.sqlite import curtain, selects
from db.sqlite.connection import Row, Session
from db.sqlite.filters import filters
from db.sqlite.tables import LAYOUTS
from db.times import now_us
from db.vocabulary import Priority, Review, Role, Severity, Status

COUNTED: Final = 20_000
"""So many of the first records that a narrowed query finds are counted: some 20 ms."""

COUNTED_AT_ONCE: Final = 5_000
"""So many of the first records are counted where the answer is awaited: some 10 ms."""

_WORDS: Final[dict[str, type[IntEnum]]] = {
    "status": Status,
    "priority": Priority,
    "severity": Severity,
    "role": Role,
    "review": Review,
}
"""The fields that hold numbers, and what these stand for."""


def facets(
    session: Session, query: Query, field: str, *, at_once: bool = False
) -> tuple[Facet, ...]:
    """Return the values of a field among what a query finds, by count.

    With `at_once` those of its first records alone.

    Raises:
        InvalidQueryError: there is no such field, or these records do not have it.
    """
    now = now_us()
    kind, is_tag = query.kind, field == "tag"
    if not (is_tag and "tags" in LAYOUTS[kind].lists) and field not in _columns(query):
        raise InvalidQueryError(f"There are no facets of {field}.")
    is_partial = False
    if at_once or any(filters(query, now, query.terms)):
        most = COUNTED_AT_ONCE if at_once else COUNTED
        pks = selects.find(session, query, now, most + 1)
        is_partial = len(pks) > most
        found = _among(session, kind, field, pks[:most])
    elif is_tag and query.places == LIVE:
        found = _live_tags(session, kind)
    else:
        found = _everywhere(session, query, field)
    if words := _WORDS.get(field):
        found = [(words(value).name.lower(), count) for value, count in found]
    found.sort(key=lambda row: (-row[1], row[0]))
    return tuple(Facet(value, count, is_partial) for value, count in found)


def _columns(query: Query) -> set[str]:
    """Return the columns that a query can name values of."""
    named = {ANY_OF[name] for name in query.__struct_fields__ if name in ANY_OF}
    return (named | {"source"}) - ({"status"} if query.kind is Kind.BATCH else set())


def _among(session: Session, kind: Kind, field: str, pks: list[int]) -> list[Row]:
    """Count the values that some records have."""
    layout, listed = LAYOUTS[kind], (json.dumps(pks),)
    if field == "tag":
        tags = layout.lists["tags"]
        return session.rows(
            f"SELECT name, count(*) FROM {tags.table} JOIN tag ON tag.pk = tag_pk"
            f" WHERE {tags.owner} IN (SELECT value FROM json_each(?)) GROUP BY tag_pk",
            listed,
        )
    return session.rows(
        f"SELECT {field}, count(*) FROM {layout.table} "
        " WHERE pk IN (SELECT value FROM json_each(?))"
        f" AND coalesce({field}, '') <> '' GROUP BY {field}",
        listed,
    )


def _everywhere(session: Session, query: Query, field: str) -> list[Row]:
    """Count the values that all records in some places have."""
    layout = LAYOUTS[query.kind]
    places = ", ".join(f"{place:d}" for place in sorted(query.places))
    hidden = curtain.hidden(session, query.kind).sql(f"{layout.table}.pk")
    shown = f"place IN ({places}){hidden}"
    if field == "tag":
        tags = layout.lists["tags"]
        return session.rows(
            f"SELECT name, count(*) FROM {layout.table} CROSS JOIN {tags.table}"
            f" ON {tags.owner} = {layout.table}.pk JOIN tag ON tag.pk = tag_pk"
            f" WHERE {shown} GROUP BY tag_pk"
        )
    return session.rows(
        f"SELECT {field}, count(*) FROM {layout.table} WHERE {shown}"
        f" AND coalesce({field}, '') <> '' GROUP BY {field}"
    )


def _live_tags(session: Session, kind: Kind) -> list[Row]:
    """Count the tags of the live records, or all but the others': of whichever are fewer.

    To count all rows of a tag is fast; to look at each one's record is not.
    """
    layout = LAYOUTS[kind]
    tags, table = layout.lists["tags"], layout.table
    hidden = curtain.hidden(session, kind)
    tags_of = (
        f"SELECT tag_pk FROM {table} CROSS JOIN {tags.table} ON {tags.owner} = {table}.pk"
        f" WHERE place IN ({{places}}){hidden.sql(f'{table}.pk')}"
    )
    live, others = session.rows(
        f"SELECT count(*) FROM {table} WHERE place = 0"
        f" UNION ALL SELECT count(*) FROM {table} WHERE place IN (1, 2)"
    )
    if live <= others:
        return session.rows(
            f"SELECT name, count(*) FROM ({tags_of.format(places='0')})"
            " JOIN tag ON tag.pk = tag_pk GROUP BY tag_pk"
        )
    behind = "".join(
        f" UNION ALL SELECT tag_pk FROM {tags.table}"
        f" WHERE {tags.owner} BETWEEN {first:d} AND {last:d}"
        for first, last in hidden.ranges
    )
    return session.rows(
        "WITH other AS (SELECT tag_pk, count(*) AS number FROM"
        f" ({tags_of.format(places='1, 2')}{behind}) GROUP BY tag_pk)"
        f" SELECT name, (SELECT count(*) FROM {tags.table} WHERE tag_pk = tag.pk)"
        " - coalesce(number, 0) AS live FROM tag LEFT JOIN other ON tag_pk = tag.pk"
        " WHERE live > 0"
    )
