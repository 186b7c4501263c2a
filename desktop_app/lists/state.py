"""What is remembered of a list: its filters, text, page and columns."""

from __future__ import annotations

from typing import Any

import msgspec

from db.query import Query
from desktop_app.lists.presenter import PAGE_SIZE


class ListState(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it was left. `anchor` is the pk of the record that was current and chosen."""

    query: dict[str, Any]
    text: str = ""
    page: int = 0
    page_size: int = PAGE_SIZE
    anchor: int | None = None


def save_query(query: Query) -> dict[str, Any]:
    """Return a query as JSON can carry it."""
    saved: dict[str, Any] = msgspec.to_builtins(query)
    return saved


def load_query(saved: dict[str, Any], default: Query) -> Query:
    """Return the query that was saved, or the default where it cannot be read."""
    try:
        return msgspec.convert(saved, type(default))
    except msgspec.ValidationError:
        return default


def load_state(saved: object) -> ListState | None:
    """Return the state that was saved, or None where it cannot be read."""
    try:
        return msgspec.convert(saved, ListState)
    except msgspec.ValidationError:
        return None
