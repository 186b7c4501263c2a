"""Searching by text: what is found, and where it stands in the records."""

from __future__ import annotations

from collections.abc import Iterator

from db.query import Query
from db.records import Hit
from db.sqlite import repos, rows
from db.sqlite.connection import Session


def hits(session: Session, query: Query, limit: int, *, best_first: bool) -> Iterator[Hit]:  # noqa: ARG001
    """Yield the first records that a query's text finds."""
    for record in rows.fetch(session, query.kind, repos.ids(session, query, limit)):
        yield Hit(kind=query.kind, record=record)
