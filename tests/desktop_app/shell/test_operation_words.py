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
        (Kind.BATCH, "file", "Archived 1 batch with 2 tasks, 2 runs, 1 status update"),
        (Kind.TASK, "t1", "Archived 1 task with 2 runs, 1 status update"),
        (Kind.CONVERSATION, "c2", "Archived 1 conversation with 1 message"),
        (Kind.BUG, "b1", "Archived 1 bug"),
        (Kind.STATUS_UPDATE, "s1", "Archived 1 status update"),
        (Kind.DESIGN_NOTE, "d1", "Archived 1 design note"),
        (Kind.LEARNING, "l1", "Archived 1 learning"),
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
    assert said(storage.move(Kind.TASK, [task.pk], Place.ARCHIVED)).startswith(
        "Archived 1 task"
    )
