"""The first page of the lists of runs, messages, learnings and the rest, under each filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from db.ports import Storage
from db.query import QUERIES, ConversationQuery, Period, Query, TaskQuery
from db.records import Kind, Place
from db.storage import open_storage
from db.times import DAY_US
from db.vocabulary import Review, Role, Severity, Status
from tests.benchmarks import data, records
from tests.benchmarks.measure import Measurement, Target, Times, times_of
from tests.benchmarks.subject import MANY, SMALL, Plan

NAME: Final = "lists"
PAGE_ROWS: Final = 100
ROUNDS: Final = 7
BUDGET_S: Final = 0.15
COMMON_MS: Final = 10
EVER_MS: Final = 100
WHY: Final = (
    "Where two conditions each hold for many rows and few meet both, or where a filter that"
    " keeps most is sorted by something that goes against it, no index has the answer in order:"
    " the rows of one condition are read and sorted."
)
_INSIDE: Final = frozenset({"turn", "position"})


class _Case(Struct, frozen=True):
    """A filter under a sort, and how long the first page took."""

    name: str
    times: Times
    is_common: bool


def measure(_plan: Plan) -> Iterator[Measurement]:
    """Measure each kind at each size: what is asked most, and the slowest of all."""
    for size in (SMALL, MANY):
        path = records.store(size, records.LISTED, "listed")
        storage = open_storage(f"sqlite://{path}")
        try:
            for kind in QUERIES:
                if kind not in {Kind.BATCH, Kind.TASK}:
                    rows = int(size * records.LISTED[kind])
                    yield from _kind(storage, kind, f"{rows:,} {kind.plural}")
        finally:
            storage.close()


def _kind(storage: Storage, kind: Kind, what: str) -> Iterator[Measurement]:
    cases = list(_cases(storage, kind))
    common = max((each for each in cases if each.is_common), key=lambda each: each.times.median)
    yield _measurement(
        "one filter or none, newest change first: slowest", what, common, COMMON_MS
    )
    worst = max(cases, key=lambda each: each.times.median)
    yield _measurement("filters, pairs of them and sorts: slowest", what, worst, EVER_MS)


def _measurement(subject: str, what: str, case: _Case, bound: float) -> Measurement:
    return Measurement(
        subject=f"First page of {PAGE_ROWS}, {subject}",
        case=f"{what}: {case.name}",
        unit="ms",
        median=case.times.median,
        p95=case.times.p95,
        target=Target(value=case.times.median, bound=bound, unit="ms"),
        why=WHY,
    )


def _cases(storage: Storage, kind: Kind) -> Iterator[_Case]:
    made = QUERIES[kind]
    plain = made()
    sorts = [sort for sort in type(plain.sort) if sort not in _INSIDE]
    filters = dict(_filters(storage, kind))
    asked = {"none": plain, **{name: made(**each) for name, each in filters.items()}}
    for name, query in asked.items():
        for sort in sorts:
            for descending in (True, False):
                is_common = sort == "updated" and descending
                ordered = replace(query, sort=sort, descending=descending)
                arrow = "down" if descending else "up"
                yield _timed(storage, f"{name}; {sort} {arrow}", ordered, is_common=is_common)
    names = list(filters)
    for first, second in zip(names, names[1:] + names[:1], strict=True):
        both = filters[first] | filters[second]
        if len(both) > 1:
            yield _timed(storage, f"{first} {second}", made(**both))


def _timed(storage: Storage, name: str, query: Query, *, is_common: bool = False) -> _Case:
    def first_page() -> None:
        storage.fetch(query.kind, storage.ids(query, limit=PAGE_ROWS))

    return _Case(name, times_of(first_page, rounds=ROUNDS, budget_s=BUDGET_S)[0], is_common)


def _filters(storage: Storage, kind: Kind) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the filters of a kind by name, each as fields of its query."""
    fields = {*QUERIES[kind].__struct_fields__}
    values: dict[str, Any] = {
        "statuses": frozenset({Status.FAILED}),
        "severities": frozenset({Severity.CRITICAL}),
        "steps": frozenset({records.STEPS[2]}),
        "decisions": frozenset({records.DECISIONS[1]}),
        "actors": frozenset({records.ACTORS[3]}),
        "projects": frozenset({records.PROJECTS[3]}),
        "roles": frozenset({Role.TOOL}),
        "categories": frozenset({records.CATEGORIES[1]}),
        "reviews": frozenset({Review.PENDING}),
        "tags": frozenset({data.COMMON_TAG}),
        "least": 0.8,
        "most": 0.1,
        "stalled": True,
        "has_error": True,
        "sources": frozenset({"generic"}),
        "created": Period(after=data.END_US - 7 * DAY_US),
        "updated": Period(after=data.END_US - 7 * DAY_US),
        "text": data.COMMON,
        "places": frozenset({Place.ARCHIVED}),
    }
    for field, value in values.items():
        if field in fields:
            yield field, {field: value}
    for word in ("MIDDLING", "RARE"):
        yield f"text {word.lower()}", {"text": getattr(data, word)}
    if "tags" in fields:
        yield "tag rare", {"tags": frozenset({data.RARE_TAG})}
    if "sources" in fields:
        yield "source without any", {"sources": frozenset({"taskmaster"})}
    yield from _homes(storage, fields)


def _homes(storage: Storage, fields: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    task = storage.find(TaskQuery(), 1).items[0]
    if "task_id" in fields:
        yield "task", {"task_id": task.id}
    if "batch_id" in fields:
        batch_pk = getattr(task, "batch_pk", 0)
        yield "batch", {"batch_id": storage.batches.get(batch_pk).record.id}
    if "conversation_id" in fields:
        conversation = storage.find(ConversationQuery(), 1).items[0]
        yield "conversation", {"conversation_id": conversation.id}
