"""How what was done is said, whatever kind of record it was done to."""

import pytest

from db.records import Kind, Place
from desktop_app.operation_words import outcome_words
from tests.db.factories import edit, make, named, stage_everything


def said(outcome):
    return outcome_words(outcome.operation, outcome)


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (Kind.BATCH, "file", "Archived batch “file” with 2 tasks, 2 runs, 1 status update"),
        (Kind.TASK, "t1", "Archived task “t1” with 2 runs, 1 status update"),
        (Kind.CONVERSATION, "c2", "Archived conversation “part” with 1 message"),
        (Kind.BUG, "b1", "Archived bug “crash”"),
        (Kind.STATUS_UPDATE, "s1", "Archived status update “going well”"),
        (Kind.DESIGN_NOTE, "d1", "Archived design note “old way”"),
        (Kind.LEARNING, "l1", "Archived learning “learned”"),
    ],
)
def test_what_goes_along_is_counted(storage, kind, name, words):
    stage_everything(storage).commit()
    pk = named(storage, kind, name).pk
    assert said(storage.move(kind, [pk], Place.ARCHIVED)) == words


def test_parts_of_a_task_are_counted_with_it(storage):
    task = make(storage, Kind.TASK, title="whole")
    part = make(storage, Kind.TASK, title="part")
    edit(storage, Kind.TASK, part.pk, parent=task.id)
    outcome = storage.move(Kind.TASK, [task.pk], Place.ARCHIVED)
    assert said(outcome) == "Archived task “whole” with 1 subtask"


@pytest.mark.parametrize(
    ("before", "place", "words"),
    [
        (Place.LIVE, Place.TRASHED, "Moved 2 tasks with 1 subtask to the trash"),
        (Place.ARCHIVED, Place.LIVE, "Brought 2 tasks with 1 subtask back from the archive"),
    ],
)
def test_where_records_went_is_said_after_what_went_along(storage, before, place, words):
    whole = make(storage, Kind.TASK, title="whole")
    part = make(storage, Kind.TASK, title="part")
    other = make(storage, Kind.TASK, title="other")
    edit(storage, Kind.TASK, part.pk, parent=whole.id)
    pks = [whole.pk, other.pk]
    if before is not Place.LIVE:
        storage.move(Kind.TASK, pks, before)
    assert said(storage.move(Kind.TASK, pks, place)) == words


def test_doing_again_what_was_deleted_in_part_counts_what_moved(storage):
    tasks = [make(storage, Kind.TASK, title=f"task {number}").pk for number in range(4)]
    storage.move(Kind.TASK, tasks, Place.TRASHED)
    storage.history.undo()
    storage.purge(Kind.TASK, tasks[:1])
    outcome = storage.history.redo()
    assert said(outcome).startswith("Moved 3 tasks to the trash. 1 left as they are")
