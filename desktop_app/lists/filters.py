"""The filters that the chips above a list offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from db.cancel import CancelToken
from db.ports import Storage
from db.query import QUERIES, Query
from db.records import Kind
from db.repositories import Facet
from db.vocabulary import Priority, Review, Role, Severity, Status
from desktop_app.look import text

ACTIVE_DAYS: Final = 7
RECENT_RECORDS: Final = 20
OFFERED_VALUES: Final = 60


class Option(Struct, frozen=True):
    """One value a filter can take, as it reads and as the query holds it."""

    title: str
    value: Any


ReadOptions: TypeAlias = Callable[[Storage, Query, CancelToken], tuple[Option, ...]]


class Filter(Struct, frozen=True, kw_only=True):
    """One chip: the field of the query it sets, and the values to choose among.

    `options` are known beforehand, or `read` finds them on a reader thread, among what the
    query finds without this filter; where there are none, `none` says so. Where that takes
    long, `read_first` finds most of them before. `read_name` finds
    how a value reads that is no word itself. `many` values are any-of. A `toggle` has one
    value, which a click sets.
    """

    title: str
    field: str
    off: Any
    options: tuple[Option, ...] = ()
    read: ReadOptions | None = None
    read_first: ReadOptions | None = None
    read_name: Callable[[Storage, Any], str] | None = None
    none: str = ""
    many: bool = True
    toggle: bool = False
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


class RangeFilter(Struct, frozen=True, kw_only=True):
    """One chip that bounds a share from 0 to 1: the fields of the query for its two ends."""

    title: str
    least: str
    most: str
    read_name: None = None

    def bounds(self, query: Query) -> tuple[float, float]:
        """Return the two ends, where they are not set the widest."""
        least, most = getattr(query, self.least), getattr(query, self.most)
        return 0.0 if least is None else least, 1.0 if most is None else most

    def is_on(self, query: Query) -> bool:
        """Whether the query is narrowed by this filter."""
        return self.bounds(query) != (0.0, 1.0)

    def summary(self, query: Query) -> str:
        """Return the ends, as the chip shows them."""
        least, most = self.bounds(query)
        if most == 1.0:
            return f"from {least:.2f}"
        return f"{least:.2f} to {most:.2f}" if least else f"up to {most:.2f}"

    def bounded(self, query: Query, least: float, most: float) -> Query:
        """Return the query with these ends; the widest are none."""
        ends = {self.least: least if least > 0 else None, self.most: most if most < 1 else None}
        return replace(query, **ends)

    def cleared(self, query: Query) -> Query:
        """Return the query without this filter."""
        return self.bounded(query, 0.0, 1.0)


AnyFilter: TypeAlias = Filter | RangeFilter
_NAMED_VALUES: Final = 2


def _facets(field: str, name: str, *, at_once: bool = False) -> ReadOptions:
    """Return a reader of the values of a field of records, `name` being the query's."""

    def read(storage: Storage, query: Query, token: CancelToken) -> tuple[Option, ...]:
        without: Query = replace(query, **{name: frozenset()})
        found = storage.facets(without, field, token, at_once=at_once)
        return tuple(Option(_facet_words(facet), facet.value) for facet in found if facet.value)

    return read


def _facet_words(facet: Facet) -> str:
    more = "+" if facet.at_least else ""
    return f"{facet.value}  ({text.count(facet.count)}{more})"


def _recent(kind: Kind) -> ReadOptions:
    def read(storage: Storage, _query: Query, token: CancelToken) -> tuple[Option, ...]:
        pks = storage.ids(QUERIES[kind](), RECENT_RECORDS, token=token)
        return tuple(
            Option(record.title or record.id, record.id)
            for record in storage.fetch(kind, pks, token)
        )

    return read


def _title_of(storage: Storage, id_: str) -> str:
    kind, pk = storage.resolve(id_)
    return "".join(record.title or record.id for record in storage.fetch(kind, [pk]))


def _words(values: Iterable[Any]) -> tuple[Option, ...]:
    return tuple(Option(value.word.capitalize(), value) for value in values)


def _days(number: int) -> str:
    return text.counted(number, "day", "days")


def _choice(title: str, field: str, values: Iterable[Any]) -> Filter:
    """Return the filter of a field whose values are known beforehand."""
    return Filter(
        title=title,
        field=field,
        off=frozenset(),
        options=_words(values),
        describe=lambda value: value.word,
    )


def _found(title: str, field: str, facet: str, none: str) -> Filter:
    """Return the filter of a field whose values are looked up."""
    return Filter(
        title=title,
        field=field,
        off=frozenset(),
        read=_facets(facet, field),
        read_first=_facets(facet, field, at_once=True),
        none=none,
        describe=lambda value: value or f"No {facet}",
    )


def _home(kind: Kind) -> Filter:
    """Return the filter by what records belong to."""
    return Filter(
        title=kind.word.capitalize(),
        field=f"{kind.word}_id",
        off=None,
        many=False,
        none=f"No {kind.plural} yet.",
        read=_recent(kind),
        read_name=_title_of,
    )


def _toggle(title: str, field: str) -> Filter:
    """Return the filter that is on or off."""
    return Filter(
        title=title, field=field, off=False, many=False, toggle=True, describe=lambda _on: ""
    )


_STATUS: Final = _choice("Status", "statuses", Status)
_SOURCE: Final = _found("Source", "sources", "source", "No sources yet.")
_TAG: Final = _found("Tag", "tags", "tag", "No tags yet.")
_BATCH: Final = _home(Kind.BATCH)
_TASK: Final = _home(Kind.TASK)
_HAS_ERROR: Final = _toggle("Has error", "has_error")
_ACTIVE: Final = Filter(
    title="Active",
    field="active_days",
    off=None,
    options=tuple(Option(_days(number), number) for number in (1, ACTIVE_DAYS, 30, 90)),
    many=False,
    describe=_days,
)

FILTERS: Final[dict[Kind, tuple[AnyFilter, ...]]] = {
    Kind.BATCH: (_ACTIVE, _STATUS, _SOURCE),
    Kind.TASK: (
        _STATUS,
        _found("Kind", "kinds", "kind", "No kinds yet."),
        _choice("Priority", "priorities", Priority),
        _TAG,
        _BATCH,
        _SOURCE,
    ),
    Kind.EXECUTION: (
        _STATUS,
        _toggle("Stalled", "stalled"),
        _found("Step", "steps", "step", "No steps yet."),
        _found("Decision", "decisions", "decision", "No decisions yet."),
        _TASK,
        _BATCH,
        _SOURCE,
    ),
    Kind.STATUS_UPDATE: (
        _found("By", "actors", "actor", "Nobody is named yet."),
        _TASK,
        _BATCH,
        _SOURCE,
    ),
    Kind.BUG: (
        _STATUS,
        _choice("Severity", "severities", Severity),
        _TASK,
        _BATCH,
        _SOURCE,
    ),
    Kind.DESIGN_NOTE: (_TASK, _BATCH, _SOURCE),
    Kind.CONVERSATION: (
        _HAS_ERROR,
        _found("Project", "projects", "project", "No projects yet."),
        _TASK,
        _BATCH,
        _SOURCE,
    ),
    Kind.MESSAGE: (
        _choice("Role", "roles", Role),
        _HAS_ERROR,
        _home(Kind.CONVERSATION),
        _BATCH,
        _SOURCE,
    ),
    Kind.LEARNING: (
        _choice("Review", "reviews", Review),
        _found("Category", "categories", "category", "No categories yet."),
        RangeFilter(title="Confidence", least="least", most="most"),
        _TAG,
        _TASK,
        _BATCH,
        _SOURCE,
    ),
}
