"""Tasks inside tasks, however deep, are taken back, discarded and deleted like any others."""

import pytest

from db.records import Kind
from tests.db.factories import (
    RECORD_TABLES,
    a_task,
    faults,
    make_task,
    picture,
    stage_records,
    task_named,
    tasks_of,
)

LEVELS = 1_010
"""More than the levels of triggers that SQLite allows."""


@pytest.fixture
def chain():
    return [
        a_task(str(n), batch="file", parent=str(n - 1) if n else None) for n in range(LEVELS)
    ]


def test_an_import_of_them_is_undone_and_redone(storage, chain):
    kept = make_task(storage)
    stage_records(storage, chain).commit()
    made = picture(storage, RECORD_TABLES, without={"version"})

    storage.history.undo()
    assert [task.id for task in tasks_of(storage)] == [kept.id]

    storage.history.redo()
    assert picture(storage, RECORD_TABLES, without={"version"}) == made
    assert faults(storage) == []


def test_an_import_of_them_is_discarded(storage, chain):
    stage_records(storage, chain).discard()

    assert tasks_of(storage) == []
    assert faults(storage) == []


def test_they_are_deleted_for_good_with_the_outermost(storage, chain):
    kept = make_task(storage)
    stage_records(storage, chain).commit()

    outcome = storage.purge(Kind.TASK, [task_named(storage, "0").record.pk])

    assert len(outcome.changed[Kind.TASK]) == LEVELS
    assert [task.id for task in tasks_of(storage)] == [kept.id]
    assert faults(storage) == []
