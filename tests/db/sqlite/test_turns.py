"""Undo and redo of much at once: in parts behind the curtain, or with indexes made anew."""

import pytest

from db.errors import StorageBusyError
from db.query import TaskQuery
from db.records import Kind, OperationState, Place
from db.sqlite import bulk, history, images
from tests.db.factories import (
    a_task,
    counts_of,
    edit_task,
    faults,
    make_batch,
    make_task,
    picture,
    recounted,
    stage_records,
    task_named,
    tasks_of,
)


@pytest.fixture(autouse=True)
def in_parts(monkeypatch):
    """Take few records for many."""
    monkeypatch.setattr(images, "PART_ROWS", 3)
    monkeypatch.setattr(bulk, "MANY_ROWS", 5)


def a_family(number=20):
    """Tasks of which each is a part of a later one, with tags and links between far ends."""
    return [
        a_task(
            f"{n}",
            f"Übung {n}",
            batch=f"file {n % 4}",
            parent=f"{n + 1}" if n % 5 else None,
            tags=("odd", f"t{n}") if n % 2 else (),
            links=((f"{number - n}", n % 3, bool(n % 2)),) if n * 2 != number else (),
            description=f"long {n}",
        )
        for n in range(number)
    ]


def stage_family(storage):
    return stage_records(storage, a_family(), [f"file {n}" for n in range(4)])


def test_what_was_made_in_many_parts_goes_and_comes_back_with_every_field(storage):
    mine = make_task(storage, "mine", batch=make_batch(storage).id)
    only_mine = picture(storage)
    stage_family(storage).commit()
    everything = picture(storage)

    undone = storage.history.undo()
    assert undone.operation.state is OperationState.UNDONE
    assert len(undone.changed[Kind.TASK]) == 20
    assert picture(storage) == only_mine
    assert faults(storage) == []

    redone = storage.history.redo()
    assert redone.operation.state is OperationState.DONE
    assert sorted(redone.changed[Kind.TASK]) == sorted(undone.changed[Kind.TASK])
    assert picture(storage) == everything
    assert storage.count(TaskQuery(text="Übung")) == 20
    assert storage.tasks.get(mine.pk).record == mine
    assert counts_of(storage) == recounted(storage)
    assert faults(storage) == []


def test_an_undo_of_much_says_how_far_it_is_and_hides_what_goes_first(storage):
    stage_family(storage).commit()
    heard = []

    def hear(progress):
        heard.append((progress, storage.count(TaskQuery())))

    storage.history.undo(on_progress=hear)
    storage.history.redo(on_progress=hear)
    for forward in (False, True):
        told = [progress for progress, _ in heard if progress.forward is forward]
        (total,) = {progress.total for progress in told}
        assert [progress.done for progress in told] == list(range(total + 1))
        assert total > 4
    assert {number for _, number in heard} == {0}
    assert storage.count(TaskQuery()) == 20


def test_what_a_person_changed_since_stays_with_what_it_belongs_to(storage):
    operation = stage_family(storage).commit().operation
    edited = task_named(storage, "7").record
    edit_task(storage, edited.pk, title="mine")

    outcome = storage.history.undo(operation.pk)

    assert edited.id in outcome.skipped
    assert {task.external_id for task in tasks_of(storage)} == {"7", "8", "9", "10"}
    assert counts_of(storage) == recounted(storage)
    storage.history.redo(operation.pk)
    assert len(tasks_of(storage)) == 20
    assert task_named(storage, "7").record.title == "mine"
    assert counts_of(storage) == recounted(storage)
    assert faults(storage) == []


def test_what_was_imported_again_meanwhile_is_not_made_twice(storage):
    operation = stage_family(storage).commit().operation
    storage.history.undo()
    stage_records(storage, a_family()[:12], [f"file {n}" for n in range(4)]).commit()

    outcome = storage.history.redo(operation.pk)

    assert len(outcome.skipped) >= 12
    names = [task.external_id for task in tasks_of(storage)]
    assert len(names) == len(set(names))
    assert counts_of(storage) == recounted(storage)
    assert faults(storage) == []


def test_two_programs_do_not_undo_at_the_same_time(file_storage, monkeypatch):
    stage_family(file_storage).commit()
    with file_storage._pool.write() as session:
        session.execute(
            "UPDATE operation SET state = ?, owner = 'elsewhere:1'",
            (OperationState.WITHDRAWING,),
        )
    make_task(file_storage)

    with pytest.raises(StorageBusyError):
        file_storage.history.undo()

    assert file_storage.recover() == (), "its owner lives"
    monkeypatch.setattr(history, "is_alive", lambda _owner: False)
    assert len(file_storage.recover()) == 1


def test_archiving_most_tasks_keeps_every_index_and_can_be_taken_back(storage):
    stage_family(storage).commit()
    before = picture(storage, without={"version"})
    indexes = names_of_indexes(storage)

    moved = storage.move(Kind.TASK, TaskQuery(), Place.ARCHIVED)

    assert len(moved.changed[Kind.TASK]) == 20
    assert storage.count(TaskQuery()) == 0
    assert names_of_indexes(storage) == indexes
    assert faults(storage) == []
    storage.history.undo()
    assert picture(storage, without={"version"}) == before
    assert names_of_indexes(storage) == indexes
    assert faults(storage) == []


def names_of_indexes(storage):
    with storage._pool.read() as session:
        return session.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'index'")


def test_what_is_behind_the_curtain_is_neither_moved_nor_named_by_its_number(storage):
    batch = make_batch(storage)
    staging = stage_family(storage)
    hidden = range(1, 21)

    assert storage.move(Kind.TASK, hidden, Place.TRASHED).operation is None
    assert storage.edit_many(Kind.TASK, hidden, {"status": "done"}).operation is None
    assert storage.purge(Kind.TASK, hidden).operation is None

    staging.commit()
    assert len(tasks_of(storage)) == 20
    assert storage.batches.get(batch.pk).record.total == 0
    assert counts_of(storage) == recounted(storage)
