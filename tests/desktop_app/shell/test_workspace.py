import pytest

from db.errors import VersionConflictError
from db.query import BatchQuery
from db.records import Kind, OperationState, Place
from db.storage import open_storage
from desktop_app.workspace import Workspace


def test_archive_and_undo_are_operations_that_everyone_hears_of(
    workspace, storage, add_batch, qtbot
):
    pk = add_batch("Parser")
    with qtbot.waitSignal(workspace.changed) as heard:
        workspace.archive(Kind.BATCH, [pk])
    assert heard.args[0].changed[Kind.BATCH] == (pk,)
    assert storage.batches.get(pk).record.place is Place.ARCHIVED
    with qtbot.waitSignal(workspace.changed) as heard:
        workspace.undo()
    assert heard.args[0].operation.state is OperationState.UNDONE
    assert storage.batches.get(pk).record.place is Place.LIVE


def test_what_undo_would_take_back_is_known_after_each_operation(workspace, add_batch, qtbot):
    pk = add_batch("Parser")
    with qtbot.waitSignal(workspace.changed):
        workspace.trash(Kind.BATCH, [pk])
    qtbot.waitUntil(lambda: getattr(workspace.next_undo, "verb", "") == "trash")
    assert workspace.next_redo is None


def test_a_version_conflict_goes_to_the_one_who_edited(workspace, add_batch, qtbot):
    pk = add_batch("Parser")
    conflicts, failures = [], []
    workspace.failed.connect(failures.append)
    workspace.edit(
        Kind.BATCH, pk, {"title": "Mine"}, seen_version=99, on_conflict=conflicts.append
    )
    qtbot.waitUntil(lambda: bool(conflicts))
    assert isinstance(conflicts[0], VersionConflictError)
    assert conflicts[0].theirs.title == "Parser"
    assert failures == []


@pytest.fixture
def shared_file(tmp_path):
    return f"sqlite://{tmp_path / 'work.sheaf'}"


def test_a_change_by_another_process_is_noticed(qapp, shared_file, qtbot):
    ours, theirs = Workspace(open_storage(shared_file)), open_storage(shared_file)
    ours._poll.setInterval(20)
    qtbot.waitUntil(lambda: ours._seen_version is not None)
    with qtbot.waitSignal(ours.noticed, timeout=5000):
        theirs.batches.create("From elsewhere")
    assert len(ours.storage.ids(BatchQuery())) == 1
    theirs.close()
    ours.close()


def test_a_change_by_another_process_during_own_work_is_noticed(qapp, shared_file, qtbot):
    ours, theirs = Workspace(open_storage(shared_file)), open_storage(shared_file)
    ours._poll.setInterval(20)
    qtbot.waitUntil(lambda: ours._seen_version is not None)
    with qtbot.waitSignal(ours.noticed, timeout=5000):
        ours.put(lambda _storage: theirs.batches.create("From elsewhere"), lambda _done: None)
    theirs.close()
    ours.close()


def test_own_changes_are_not_taken_for_those_of_another_process(qapp, shared_file, qtbot):
    ours = Workspace(open_storage(shared_file))
    ours._poll.setInterval(20)
    noticed = []
    ours.noticed.connect(lambda: noticed.append(1))
    for number in range(5):
        with qtbot.waitSignal(ours.changed):
            ours.create(Kind.BATCH, {"title": f"Batch {number}"})
        qtbot.waitUntil(lambda: ours._seen_version is not None)
    assert noticed == []
    ours.close()
