"""The records that go into one file together: tasks, and what belongs to them."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from db.exchange.formats.base import Selection
from db.exchange.rewriting import Entry
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES, Query, TaskQuery
from db.records import AnyRecord, Kind, RecordDetail

_PAGE: Final = 1000


def companions(storage: Storage, selection: Selection, kind: Kind) -> Sequence[int]:
    """Return the pks of one other kind that go with a selection, as they were made.

    Those are all that belong to a task of it, or to a batch of which it has all tasks.
    """
    if selection.others is not None:
        chosen, pks = selection.others
        return pks if chosen is kind else ()
    made = QUERIES[kind]
    if selection.complete:
        return sorted(storage.ids(made(places=EVERYWHERE)))
    found: set[int] = set()
    alone = set(selection.tasks)
    for batch in fetched(storage, Kind.BATCH, selection.batches):
        tasks = storage.ids(TaskQuery(places=EVERYWHERE, batch_id=batch.id))
        if set(selection.tasks).issuperset(tasks):
            alone.difference_update(tasks)
            found.update(storage.ids(_within(made, batch_id=batch.id)))
    for task in fetched(storage, Kind.TASK, sorted(alone)):
        found.update(storage.ids(_within(made, task_id=task.id)))
    return sorted(found)


def named_again(
    storage: Storage, selection: Selection, source: str, kinds: Sequence[Kind]
) -> frozenset[str]:
    """Return the ids of records whose names outside others have: those of several files.

    In one file each of these kinds needs a name of its own. The first of a name keeps it.
    """
    taken: set[str] = set()
    found: set[str] = set()
    for kind in kinds:
        pks = selection.tasks if kind is Kind.TASK else companions(storage, selection, kind)
        for record in fetched(storage, kind, pks):
            name = record.external_id if record.source == source else None
            if name in taken:
                found.add(record.id)
            elif name:
                taken.add(name)
    return frozenset(found)


def count(storage: Storage, selection: Selection, kinds: Sequence[Kind]) -> int:
    """Return how many records `in_file_order` yields."""
    return len(selection.tasks) + sum(
        len(companions(storage, selection, kind)) for kind in kinds
    )


def in_file_order(
    storage: Storage, selection: Selection, kinds: Sequence[Kind]
) -> Iterator[Entry]:
    """Yield the tasks of a selection and their companions, each where its file had it.

    Records of one kind keep their order; those that came from no file are last.
    """
    tasks: Iterator[Entry] = storage.task_details(selection.tasks)
    others: list[Iterator[Entry]] = [
        details(storage, kind, companions(storage, selection, kind)) for kind in kinds
    ]
    yield from heapq.merge(tasks, *others, key=_place)


def details(storage: Storage, kind: Kind, pks: Sequence[int]) -> Iterator[RecordDetail]:
    """Yield everything about each of some records that are neither batches nor tasks."""
    for pk in pks:
        found = storage.detail(kind, pk)
        assert isinstance(found, RecordDetail)
        yield found


def fetched(storage: Storage, kind: Kind, pks: Sequence[int]) -> Iterator[AnyRecord]:
    """Yield records as lists show them, in bounded memory."""
    for start in range(0, len(pks), _PAGE):
        yield from storage.fetch(kind, pks[start : start + _PAGE])


def _within(made: type[Query], **home: Any) -> Query:
    return made(places=EVERYWHERE, **home)


def _place(detail: Entry) -> tuple[int, int]:
    place = detail.source_range
    return (sys.maxsize, 0) if place is None else (place.upload_pk, place.offset)
