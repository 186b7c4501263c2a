"""Single records come back from a backup as an import that can be undone."""

import pytest

from db.cancel import CancelToken
from db.errors import RecordNotFoundError, WorkCancelledError
from db.maintenance.backups import Backups
from db.maintenance.taking_back import take_back
from db.records import Kind
from tests.db.factories import (
    ALL_TABLES,
    edit_task,
    faults,
    make,
    make_batch,
    make_task,
    opened,
    picture,
    tasks_of,
)


@pytest.fixture
def backups(file_storage):
    return Backups(file_storage)


def test_a_purged_batch_comes_back_with_its_tasks_and_ids(file_storage, backups):
    batch = make_batch(file_storage, "gone")
    task = make_task(file_storage, "in it", batch=batch.id, tags=["kept"])
    other = make_task(file_storage, "other")
    made = backups.make()
    file_storage.purge(Kind.BATCH, [batch.pk])
    edit_task(file_storage, other.pk, title="changed since")

    outcome = take_back(file_storage, made, Kind.BATCH, [batch.id])

    assert {each.title for each in tasks_of(file_storage)} == {"in it", "changed since"}
    kind, pk = file_storage.resolve(task.id)
    assert file_storage.detail(kind, pk).record.tags == ("kept",)
    assert outcome.operation.verb == "import"
    assert faults(file_storage) == []

    file_storage.history.undo()
    assert [each.title for each in tasks_of(file_storage)] == ["changed since"]


def test_a_changed_record_becomes_what_it_was(file_storage, backups):
    task = make_task(file_storage, "then", description="a long text")
    made = backups.make()
    edit_task(file_storage, task.pk, title="now", description="")

    take_back(file_storage, made, Kind.TASK, [task.id])

    found = file_storage.tasks.get(task.pk)
    assert (found.record.title, found.description) == ("then", "a long text")
    file_storage.history.undo()
    assert file_storage.tasks.get(task.pk).record.title == "now"


@pytest.mark.parametrize("kind", [Kind.LEARNING, Kind.BUG, Kind.DESIGN_NOTE])
def test_records_of_other_kinds_come_back(file_storage, backups, kind):
    record = make(file_storage, kind, title="then")
    made = backups.make()
    file_storage.purge(kind, [record.pk])

    take_back(file_storage, made, kind, [record.id])

    assert file_storage.resolve(record.id)[0] is kind


def test_what_a_backup_does_not_have_is_refused(file_storage, backups):
    made = backups.make()
    task = make_task(file_storage)
    before = picture(file_storage, ALL_TABLES)

    with pytest.raises(RecordNotFoundError):
        take_back(file_storage, made, Kind.TASK, [task.id])

    made = backups.make()
    with pytest.raises(RecordNotFoundError, match="is a task"):
        take_back(file_storage, made, Kind.BATCH, [task.id])
    assert picture(file_storage, ALL_TABLES) == before


def test_one_that_is_called_off_takes_nothing_back(file_storage, backups):
    task = make_task(file_storage, "then")
    made = backups.make()
    edit_task(file_storage, task.pk, title="now")
    token = CancelToken()
    token.cancel()

    with pytest.raises(WorkCancelledError):
        take_back(file_storage, made, Kind.TASK, [task.id], token)

    assert file_storage.tasks.get(task.pk).record.title == "now"


def test_a_backup_of_another_workspace_can_be_taken_from(file_storage, tmp_path):
    with opened(tmp_path / "other.sheaf") as other:
        task = make_task(other, "of the other")
        made = Backups(other).make()

    take_back(file_storage, made, Kind.TASK, [task.id])

    assert [each.title for each in tasks_of(file_storage)] == ["of the other"]
