"""Which records an export covers, and the files they came from."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence

from db.exchange.companions import fetched
from db.exchange.formats.base import Selection
from db.ports import Storage
from db.query import EVERYWHERE, BatchQuery, BatchSort, Query, TaskQuery, TaskSort
from db.records import Detail, Kind, TaskRecord, UploadRecord


def select(
    storage: Storage,
    *,
    query: Query | None = None,
    pks: Collection[int] | None = None,
    kind: Kind = Kind.TASK,
    related: bool = False,
) -> Selection:
    """Return the records that an export of these covers.

    With `related` that is all they bring along when they are deleted, at the least.
    """
    kind = kind if query is None else query.kind
    if pks is None and query is None:
        return Selection(
            batches=storage.ids(_all_batches()),
            tasks=_as_made(storage.ids(_all_tasks())),
            complete=True,
        )
    if pks is not None:
        found: Sequence[int] = list(pks)
    else:
        assert query is not None
        found = storage.ids(query)
    inside = storage.with_contents(kind, found) if related else {}
    if kind is Kind.BATCH:
        inner = inside.get(Kind.TASK, ()) if related else _tasks_of(storage, found)
        return Selection(batches=found, tasks=inner, related=related)
    found = [*dict.fromkeys((*found, *inside.get(kind, ())))]
    if kind is not Kind.TASK:
        others = (kind, found)
        return Selection(batches=(), tasks=(), others=others, asked=kind, related=related)
    tasks = fetched(storage, Kind.TASK, found)
    homes = (task.batch_pk for task in tasks if isinstance(task, TaskRecord))
    batches = list(dict.fromkeys(pk for pk in homes if pk))
    return Selection(batches=batches, tasks=found, asked=Kind.TASK, related=related)


def _all_batches() -> BatchQuery:
    return BatchQuery(places=EVERYWHERE, sort=BatchSort.CREATED, descending=False)


def _all_tasks(batch_id: str | None = None) -> TaskQuery:
    return TaskQuery(
        places=EVERYWHERE, sort=TaskSort.CREATED, descending=False, batch_id=batch_id
    )


def _tasks_of(storage: Storage, batches: Sequence[int]) -> list[int]:
    found: list[int] = []
    for batch in fetched(storage, Kind.BATCH, batches):
        found += _as_made(storage.ids(_all_tasks(batch.id)))
    return found


def _as_made(pks: Sequence[int]) -> Sequence[int]:
    """Return pks in the order in which their records came: that of the file they were in."""
    return array("q", sorted(pks))


def uploads_of(storage: Storage, selection: Selection) -> list[UploadRecord]:
    """Return the originals the selected records came from, each content once."""
    uploads = {upload.sha256: upload for upload in storage.uploads()}
    if selection.complete:
        return list(uploads.values())
    details: Iterator[Detail] = iter(storage.task_details(selection.tasks))
    if selection.others is not None:
        kind, others = selection.others
        details = (storage.detail(kind, pk) for pk in others)
    pks = {detail.source_range.upload_pk for detail in details if detail.source_range}
    return [upload for upload in uploads.values() if upload.pk in pks]
