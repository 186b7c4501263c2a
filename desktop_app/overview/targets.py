"""Where the parts of the overview lead."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeAlias

from msgspec import Struct

from db.overview import Day
from db.query import Query
from db.query_text import read_query
from db.records import Kind, Place
from db.times import MICROSECONDS


class ListTarget(Struct, frozen=True):
    """The list of all that `query` finds within what `text` says, as a person would type it."""

    query: Query
    text: str = ""

    @property
    def whole(self) -> Query:
        """Both as one query."""
        return read_query(self.text, self.query)


class PageTarget(Struct, frozen=True):
    """A page of the sidebar, by its key."""

    key: str


class RecordTarget(Struct, frozen=True):
    """One record, and where it is kept."""

    kind: Kind
    pk: int
    place: Place


Target: TypeAlias = ListTarget | PageTarget | RecordTarget


def date_of(moment: int) -> date:
    """Return the date of a time on the person's clock."""
    return datetime.fromtimestamp(moment / MICROSECONDS).date()


def within(first: Day, last: Day) -> str:
    """Return what one types to find what was changed from one day to another, and is kept."""
    return f"after:{date_of(first.first)} before:{date_of(last.past)} is:kept"
