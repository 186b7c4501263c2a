"""Archiving, trashing, putting back, and deleting for good."""

import json

import pytest

from db.errors import RecordNotFoundError
from db.query import BatchQuery, TaskQuery
from db.records import Kind, Place
from db.vocabulary import LinkKind, Status
from tests.db.factories import (
    counts_of,
    edit_task,
    faults,
    make,
    make_batch,
    make_task,
    picture,
    recounted,
    tasks_of,
)

TRASH = frozenset({Place.TRASHED})
ARCHIVE = frozenset({Place.ARCHIVED})


@pytest.fixture
def tree(storage):
    """A batch with a task, its subtask and that one's subtask, and a task beside them."""
    batch = make_batch(storage, "batch")
    top = make_task(storage, "top", batch=batch.id)
    middle = make_task(storage, "middle", batch=batch.id, parent=top.id)
    bottom = make_task(storage, "bottom", parent=middle.id)
    beside = make_task(storage, "beside", batch=batch.id)
    return batch, top, middle, bottom, beside


def titles(storage, places):
    return sorted(task.title for task in tasks_of(storage, TaskQuery(places=places)))


@pytest.mark.parametrize(
    ("place", "places"), [(Place.ARCHIVED, ARCHIVE), (Place.TRASHED, TRASH)]
)
def test_the_tasks_of_a_batch_go_and_come_back_with_it(storage, tree, place, places):
    batch, *_, beside = tree
    storage.move(Kind.TASK, [beside.pk], place)

    storage.move(Kind.BATCH, [batch.pk], place)
    assert titles(storage, places) == ["beside", "bottom", "middle", "top"]
    assert storage.count(BatchQuery(places=places)) == 1
    storage.move(Kind.BATCH, [batch.pk], Place.LIVE)

    assert titles(storage, places) == ["beside"]
    assert counts_of(storage) == recounted(storage)


def test_a_batch_in_the_trash_counts_its_tasks_that_are_there(storage, tree):
    batch, *_, beside = tree
    before = counts_of(storage)
    edit_task(storage, beside.pk, status=int(Status.FAILED))
    storage.move(Kind.BATCH, [batch.pk], Place.TRASHED)
    assert counts_of(storage) == recounted(storage)
    (trashed,) = storage.fetch(Kind.BATCH, [batch.pk])
    assert (trashed.total, trashed.counts[Status.FAILED]) == (3, 1)
    assert trashed.status is Status.FAILED

    storage.move(Kind.TASK, [beside.pk], Place.LIVE)
    assert storage.fetch(Kind.BATCH, [batch.pk])[0].total == 2
    for _ in range(3):
        storage.history.undo()
        assert counts_of(storage) == recounted(storage)
        assert faults(storage) == []
    assert counts_of(storage) == before
    for _ in range(3):
        storage.history.redo()
        assert counts_of(storage) == recounted(storage)


def test_a_batch_in_the_archive_counts_its_tasks(storage, tree):
    batch, *_ = tree
    storage.move(Kind.BATCH, [batch.pk], Place.ARCHIVED)
    assert storage.fetch(Kind.BATCH, [batch.pk])[0].total == 3


def test_deleting_for_good_names_all_that_goes(storage, tree):
    batch, top, *_ = tree
    make(storage, Kind.EXECUTION, title="Run", task=top.id)
    outcome = storage.purge(Kind.BATCH, [batch.pk])
    title = "Delete 1 batch with 4 tasks and 1 run permanently"
    assert outcome.operation.title == title


def test_subtasks_go_and_come_back_with_their_task(storage, tree):
    _, top, middle, *_ = tree
    storage.move(Kind.TASK, [top.pk], Place.TRASHED)
    assert titles(storage, TRASH) == ["bottom", "middle", "top"]

    storage.move(Kind.TASK, [middle.pk], Place.LIVE)
    assert titles(storage, TRASH) == ["top"]
    storage.move(Kind.TASK, [top.pk], Place.LIVE)

    assert titles(storage, TRASH) == []


def test_tasks_in_the_trash_are_not_counted_and_archived_ones_are(storage, tree):
    batch, top, middle, _, beside = tree
    storage.move(Kind.TASK, [beside.pk], Place.ARCHIVED)
    assert storage.batches.get(batch.pk).record.total == 3

    storage.move(Kind.TASK, [top.pk], Place.TRASHED)

    assert storage.batches.get(batch.pk).record.total == 1
    assert counts_of(storage) == recounted(storage)
    assert storage.tasks.get(middle.pk).record.place is Place.TRASHED


def test_what_was_archived_before_it_was_trashed_comes_back_to_the_archive(storage, tree):
    beside = tree[-1]
    storage.move(Kind.TASK, [beside.pk], Place.ARCHIVED)
    storage.move(Kind.TASK, [beside.pk], Place.TRASHED)
    assert storage.move(Kind.TASK, [beside.pk], Place.ARCHIVED).operation is None

    storage.move(Kind.TASK, [beside.pk], Place.LIVE)

    assert titles(storage, ARCHIVE) == ["beside"]


def test_moving_where_it_is_already_does_nothing(storage, tree):
    batch, top, *_ = tree
    storage.move(Kind.TASK, [top.pk], Place.ARCHIVED)
    before = storage.history.operations()

    assert storage.move(Kind.TASK, [top.pk], Place.ARCHIVED).operation is None
    assert storage.move(Kind.BATCH, [batch.pk], Place.LIVE).operation is None
    assert storage.move(Kind.TASK, [999], Place.TRASHED).operation is None
    assert storage.history.operations() == before


def test_all_that_a_query_finds_can_be_moved(storage):
    for number in range(4):
        make_batch(storage, f"{'odd' if number % 2 else 'even'} {number}")

    outcome = storage.move(Kind.BATCH, BatchQuery(text="odd"), Place.ARCHIVED)

    assert outcome.operation.title == "Archive 2 batches"
    assert storage.count(BatchQuery()) == 2
    storage.history.undo()
    assert storage.count(BatchQuery()) == 4


def numbers(inside):
    return {kind: len(pks) for kind, pks in inside.items()}


def test_a_purge_deletes_what_it_said_and_leaves_tombstones(storage, tree):
    batch, top, middle, bottom, beside = tree
    other = make_task(storage, "other", tags=["kept"], links=[(top.id, LinkKind.BLOCKS)])
    edit_task(storage, beside.pk, tags=["gone"])

    assert numbers(storage.with_contents(Kind.BATCH, [batch.pk])) == {
        Kind.BATCH: 1,
        Kind.TASK: 4,
    }
    outcome = storage.purge(Kind.BATCH, [batch.pk], "too old")

    assert outcome.changed[Kind.BATCH] == (batch.pk,)
    assert sorted(outcome.changed[Kind.TASK]) == [t.pk for t in (top, middle, bottom, beside)]
    assert [task.pk for task in tasks_of(storage)] == [other.pk]
    assert storage.tasks.get(other.pk).links == ()
    graves = [json.loads(row) for row in storage.rows("tombstone")]
    assert {grave["record_id"] for grave in graves} == {record.id for record in tree}
    assert {grave["reason"] for grave in graves} == {"too old"}
    assert {grave["operation"] for grave in graves} == {outcome.operation.id}
    assert [facet.value for facet in storage.facets(TaskQuery(), "tag")] == ["kept"]
    assert storage.count(TaskQuery(text="top")) == 0
    assert faults(storage) == []


def test_a_purge_takes_the_history_along_and_cannot_be_undone(storage):
    task = make_task(storage, "secret")
    edit_task(storage, task.pk, title="still secret")

    storage.purge(Kind.TASK, [task.pk])

    assert storage.history.of_record(Kind.TASK, task.pk) == ()
    assert "secret" not in json.dumps(picture(storage, ("audit_entry", "task", "tombstone")))
    newest = storage.history.operations()[0]
    assert (newest.verb, newest.undoable) == ("purge", False)
    with pytest.raises(RecordNotFoundError):
        storage.history.undo(newest.pk)
    assert storage.history.next_undo() != newest


def test_a_purge_of_a_task_takes_its_subtasks_and_no_other(storage, tree):
    batch, top, _, _, beside = tree

    assert numbers(storage.with_contents(Kind.TASK, [top.pk])) == {Kind.TASK: 3}
    storage.purge(Kind.TASK, TaskQuery(text="top"))

    assert [task.pk for task in tasks_of(storage)] == [beside.pk]
    assert storage.batches.get(batch.pk).record.total == 1
    assert counts_of(storage) == recounted(storage)


def test_a_purge_of_nothing_does_nothing(storage):
    assert storage.purge(Kind.TASK, [1]).operation is None
    assert storage.purge(Kind.BATCH, BatchQuery()).operation is None
    assert storage.with_contents(Kind.BATCH, [1]) == {}
    assert storage.history.operations() == ()
