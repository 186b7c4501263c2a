"""The filters that the chips above a list offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from db.cancel import CancelToken
from db.ports import Storage
from db.query import BatchQuery, Query
from db.records import Kind
from db.vocabulary import Priority, Status
from desktop_app.look import text

ACTIVE_DAYS: Final = 7
RECENT_BATCHES: Final = 20
OFFERED_VALUES: Final = 60


class Option(Struct, frozen=True):
    """One value a filter can take, as it reads and as the query holds it."""

    title: str
    value: Any


class Filter(Struct, frozen=True, kw_only=True):
    """One chip: the field of the query it sets, and the values to choose among.

    `options` are known beforehand, or `read` finds them on a reader thread; where there are
    none, `none` says so. `read_name` finds how a value reads that is no word itself. `many`
    values are any-of.
    """

    title: str
    field: str
    off: Any
    options: tuple[Option, ...] = ()
    read: Callable[[Storage, CancelToken], tuple[Option, ...]] | None = None
    read_name: Callable[[Storage, Any], str] | None = None
    none: str = ""
    many: bool = True
    describe: Callable[[Any], str] = str

    def value(self, query: Query) -> Any:
        """Return what the query has for this filter."""
        return getattr(query, self.field)

    def is_on(self, query: Query) -> bool:
        """Whether the query is narrowed by this filter."""
        return bool(self.value(query) != self.off)

    def summary(self, query: Query) -> str:
        """Return the values chosen, as the chip shows them."""
        value = self.value(query)
        if not self.many:
            return self.describe(value)
        words = sorted(self.describe(one) for one in value)
        return ", ".join(words) if len(words) <= _NAMED_VALUES else f"{len(words)} chosen"

    def toggled(self, query: Query, value: Any) -> Query:
        """Return the query with a value put in, or taken out if it was there."""
        if not self.many:
            new = self.off if self.value(query) == value else value
        else:
            new = self.value(query) ^ {value}
        return replace(query, **{self.field: new})

    def cleared(self, query: Query) -> Query:
        """Return the query without this filter."""
        return replace(query, **{self.field: self.off})


_NAMED_VALUES: Final = 2


def _facets(field: str) -> Callable[[Storage, CancelToken], tuple[Option, ...]]:
    def read(storage: Storage, token: CancelToken) -> tuple[Option, ...]:
        return tuple(
            Option(f"{facet.value}  ({text.count(facet.count)})", facet.value)
            for facet in storage.facets(field, token)[:OFFERED_VALUES]
            if facet.value
        )

    return read


def _recent_batches(storage: Storage, token: CancelToken) -> tuple[Option, ...]:
    pks = storage.ids(BatchQuery(), RECENT_BATCHES, token=token)
    records = storage.fetch(Kind.BATCH, pks, token)
    return tuple(Option(record.title, record.id) for record in records)


def _batch_title(storage: Storage, batch_id: str) -> str:
    kind, pk = storage.resolve(batch_id)
    return "".join(record.title for record in storage.fetch(kind, [pk]))


def _words(values: Iterable[Status | Priority]) -> tuple[Option, ...]:
    return tuple(Option(value.word.capitalize(), value) for value in values)


def _days(number: int) -> str:
    return text.counted(number, "day", "days")


_STATUS: Final = Filter(
    title="Status",
    field="statuses",
    off=frozenset(),
    options=_words(Status),
    describe=lambda status: status.word,
)
_SOURCE: Final = Filter(
    title="Source",
    field="sources",
    off=frozenset(),
    read=_facets("source"),
    none="No sources yet.",
)
_ACTIVE: Final = Filter(
    title="Active",
    field="active_days",
    off=None,
    options=tuple(Option(_days(number), number) for number in (1, ACTIVE_DAYS, 30, 90)),
    many=False,
    describe=_days,
)

FILTERS: Final[dict[Kind, tuple[Filter, ...]]] = {
    Kind.BATCH: (_ACTIVE, _STATUS, _SOURCE),
    Kind.TASK: (
        _STATUS,
        Filter(
            title="Kind",
            field="kinds",
            off=frozenset(),
            read=_facets("kind"),
            none="No kinds yet.",
        ),
        Filter(
            title="Priority",
            field="priorities",
            off=frozenset(),
            options=_words(Priority),
            describe=lambda priority: priority.word,
        ),
        Filter(
            title="Tag",
            field="tags",
            off=frozenset(),
            read=_facets("tag"),
            none="No tags yet.",
        ),
        Filter(
            title="Batch",
            field="batch_id",
            off=None,
            many=False,
            none="No batches yet.",
            read=_recent_batches,
            read_name=_batch_title,
        ),
        _SOURCE,
    ),
}
