"""What the search page asks the storage: hits, then counts, facets and what is unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from db.cancel import CancelToken
from db.errors import InvalidQueryError, SheafError
from db.ports import Storage
from db.query import Query, Search
from db.query_text import Note, unknown_names
from db.records import Hit, Kind
from db.repositories import Facet
from desktop_app.background import Background, Request

SHOWN: Final = 8
"""So many hits of each kind are shown; one kind alone shows `SHOWN_ALONE`."""
SHOWN_ALONE: Final = 50
OFFERED: Final = 8
"""So many values of each field are offered."""

ORDER: Final = (
    Kind.MESSAGE,
    Kind.TASK,
    Kind.EXECUTION,
    Kind.LEARNING,
    Kind.BUG,
    Kind.DESIGN_NOTE,
    Kind.STATUS_UPDATE,
    Kind.CONVERSATION,
    Kind.BATCH,
)
"""The kinds in the order in which their results stand."""

FIELDS: Final = {
    "status": "statuses",
    "kind": "kinds",
    "category": "categories",
    "tag": "tags",
    "source": "sources",
}
"""The fields whose values are offered to narrow a search, and those of it that they set."""

Facets = dict[str, tuple[Facet, ...]]


class Group(Struct, frozen=True):
    """What was found of one kind."""

    kind: Kind
    hits: tuple[Hit, ...]


class Asking:
    """Asks for one search at a time; a new one withdraws what is left of the one before.

    Hits come kind by kind; `on_hits` gets each kind's as soon as they are there, also where
    there are none.
    """

    def __init__(
        self,
        background: Background[Storage],
        on_hits: Callable[[Group], None],
        on_counts: Callable[[dict[Kind, int]], None],
        on_facets: Callable[[Facets], None],
        on_unknown: Callable[[tuple[Note, ...]], None],
        on_failed: Callable[[SheafError], None],
    ) -> None:
        self._background = background
        self._on_hits = on_hits
        self._on_counts = on_counts
        self._on_facets = on_facets
        self._on_unknown = on_unknown
        self._on_failed = on_failed
        self._requests: list[Request] = []

    def ask(self, search: Search) -> None:
        """Ask for everything that a search finds."""
        self.cancel()
        wanted = [(kind, query) for kind in ORDER if (query := search.query(kind))]
        limit = SHOWN_ALONE if len(wanted) == 1 else SHOWN
        for kind, query in wanted:
            self._read(
                lambda storage, token, kind=kind, query=query: Group(
                    kind,
                    storage.hits(query, limit, best_first=search.best_first, token=token),
                ),
                self._on_hits,
            )
        # The rows stand first; the readers take requests in order.
        self._read(lambda storage, token: unknown(storage, token, search), self._on_unknown)
        self._read(lambda storage, token: counts(storage, token, search), self._on_counts)
        self._read(lambda storage, token: facets(storage, token, search), self._on_facets)

    def cancel(self) -> None:
        """Withdraw what has been asked."""
        for request in self._requests:
            request.cancel()
        self._requests.clear()

    def _read(self, work: Callable[..., object], on_done: Callable[..., None]) -> None:
        self._requests.append(self._background.read(work, on_done, self._on_failed))


def unknown(storage: Storage, token: CancelToken, search: Search) -> tuple[Note, ...]:
    """Return what a search names that there is not."""
    return unknown_names(search, lambda kind, name: storage.is_there(kind, name, token))


def counts(storage: Storage, token: CancelToken, search: Search) -> dict[Kind, int]:
    """Count what a search finds of each kind, also of those it was narrowed not to search."""
    everything = replace(search, among=frozenset())
    queries = {kind: everything.query(kind) for kind in ORDER}
    return {
        kind: number
        for kind, query in queries.items()
        if query is not None and (number := storage.count(query, token))
    }


def facets(storage: Storage, token: CancelToken, search: Search) -> Facets:
    """Count the values of what a search finds, over all the kinds that have a field.

    What a field itself is narrowed to is left aside for its own counts: they tell what
    choosing another value as well would find.
    """
    found: Facets = {}
    for field, narrowed in FIELDS.items():
        values: dict[str, Facet] = {}
        others = _without_own(search, narrowed)
        for kind in ORDER:
            query = others.query(kind)
            for facet in _facets_of(storage, token, query, field) if query else ():
                former = values.get(facet.value, Facet(facet.value, 0))
                values[facet.value] = Facet(
                    facet.value,
                    former.count + facet.count,
                    former.at_least or facet.at_least,
                )
        if values:
            found[field] = _offered(values, getattr(search, narrowed))
    return found


def _without_own(search: Search, narrowed: str) -> Search:
    """Return a search without what one of its fields is narrowed to."""
    without = frozenset(pair for pair in search.without if pair[0] != narrowed)
    return replace(search, without=without, **{narrowed: frozenset()})


def _offered(values: dict[str, Facet], chosen: frozenset[object]) -> tuple[Facet, ...]:
    """Return the values that most records have, and those that are chosen."""
    most = sorted(values.values(), key=lambda facet: (-facet.count, facet.value))
    words = {getattr(value, "word", value) for value in chosen}
    return tuple(facet for at, facet in enumerate(most) if at < OFFERED or facet.value in words)


def _facets_of(
    storage: Storage, token: CancelToken, query: Query, field: str
) -> tuple[Facet, ...]:
    try:
        return storage.facets(query, field, token)
    except InvalidQueryError:
        return ()
