"""A storage is compacted when it is worth it, and others go on meanwhile."""

import threading
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from db.cancel import CancelToken
from db.errors import StorageFullError, WorkCancelledError
from db.jobs import JobOrder
from db.maintenance import vacuuming
from db.maintenance.backups import Backups
from db.maintenance.storage_map import storage_map
from db.maintenance.vacuuming import Every, Schedule, compact, gain, is_due, keep_schedule
from db.processes import owner_name
from db.query import TaskQuery
from db.records import Kind
from db.sqlite import connection
from db.times import DAY_US, now_us
from tests.db.factories import (
    EVERY_TASK,
    faults,
    import_files,
    make,
    make_batch,
    make_task,
    opened,
    tasks_of,
    write_lines,
)


def ignore(_progress):
    pass


@pytest.fixture
def wasteful(file_storage):
    """A storage of which most is free."""
    make_task(file_storage, "stays")
    for number in range(40):
        make_task(file_storage, f"goes {number}", description=f"{number} " * 20_000)
    going = [task.pk for task in tasks_of(file_storage) if task.title != "stays"]
    file_storage.purge(Kind.TASK, going)
    return file_storage


def test_it_gives_the_room_back_that_it_promised(wasteful, path):
    expected = gain(wasteful)
    assert expected.is_worth_it
    assert expected.has_room
    done = compact(wasteful, CancelToken(), ignore)
    assert done.freed >= expected.frees > 0
    assert path.stat().st_size == done.after
    assert [task.title for task in tasks_of(wasteful)] == ["stays"]
    assert gain(wasteful).frees < 100_000
    assert faults(wasteful) == []


def test_it_tells_how_far_it_is_and_keeps_the_queue(wasteful):
    seen = []
    (id_,) = wasteful.jobs.enqueue([JobOrder(kind="call")])
    compact(wasteful, CancelToken(), seen.append)
    assert seen[-1].done == seen[-1].total > 0
    assert wasteful.jobs.get(id_).job.kind == "call"


def test_history_and_undo_are_as_before(wasteful):
    pk = make_task(wasteful, "made last").pk
    compact(wasteful, CancelToken(), ignore)
    wasteful.history.undo()
    assert pk not in wasteful.ids(EVERY_TASK)
    wasteful.history.redo()
    assert pk in wasteful.ids(EVERY_TASK)
    assert wasteful.count(TaskQuery(text="stays")) == 1


def test_a_stopped_one_leaves_the_file_as_it_was(wasteful):
    before = gain(wasteful)
    token = CancelToken()
    with pytest.raises(WorkCancelledError):
        compact(wasteful, token, lambda _progress: token.cancel())
    assert gain(wasteful).size == before.size
    assert [*wasteful.backups_folder().glob("*")] == []


def test_without_room_nothing_is_begun(wasteful, monkeypatch):
    monkeypatch.setattr(vacuuming, "COPIES", 1 << 40)
    with pytest.raises(StorageFullError) as refused:
        compact(wasteful, CancelToken(), ignore)
    assert "needs" in refused.value.what


def test_another_process_that_writes_is_waited_for(wasteful, path, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 20)
    said, go_on = [], threading.Event()
    with opened(path) as other:

        def hold():
            with other._pool.write():
                holding.set()
                go_on.wait(30)

        holding = threading.Event()
        writer = threading.Thread(target=hold)
        writer.start()
        holding.wait(30)

        def on_wait(words):
            said.append(words)
            go_on.set()

        compact(wasteful, CancelToken(), ignore, on_wait)
        writer.join()
        assert [task.title for task in tasks_of(other)] == ["stays"]
    assert "waiting for it" in said[0]


def test_who_writes_meanwhile_waits_for_its_end(wasteful, path, monkeypatch):
    holding, refused = threading.Event(), threading.Event()

    def own_name():
        """Note that who was refused asks which others rewrite the file, and answer."""
        refused.set()
        return owner_name()

    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 20)
    monkeypatch.setattr(connection, "owner_name", own_name)
    order = JobOrder(kind="sheaf.compact", max_attempts=1)
    with opened(path) as other:
        wasteful.jobs.begin(order, "another-computer:1", 600)

        def hold():
            with wasteful._pool.write():
                holding.set()
                refused.wait(30)

        writer = threading.Thread(target=hold)
        writer.start()
        holding.wait(30)
        make_task(other, "written after it")
        writer.join()
    assert refused.is_set()
    assert "written after it" in {task.title for task in tasks_of(wasteful)}


def test_a_change_made_meanwhile_is_kept(wasteful, path):
    with opened(path) as other:
        once = SimpleNamespace(done=False)

        def write(_progress):
            if not once.done:
                once.done = True
                make_task(other, "made meanwhile")

        compact(wasteful, CancelToken(), write)
    assert {task.title for task in tasks_of(wasteful)} == {"stays", "made meanwhile"}


def test_it_is_due_only_when_it_is_time_and_worth_it(wasteful):
    now = now_us()
    assert is_due(wasteful, lambda: now)
    keep_schedule(wasteful.settings, Schedule(every=Every.NEVER))
    assert not is_due(wasteful, lambda: now)
    keep_schedule(wasteful.settings, Schedule(every=Every.WEEKLY, last=now - 6 * DAY_US))
    assert not is_due(wasteful, lambda: now)
    assert is_due(wasteful, lambda: now + 2 * DAY_US)
    compact(wasteful, CancelToken(), ignore)
    assert vacuuming.schedule(wasteful.settings).last >= now
    assert not is_due(wasteful, lambda: now + 99 * DAY_US)


def test_a_schedule_that_cannot_be_read_is_the_usual_one(file_storage):
    file_storage.settings.put("compacting", {"every": "hourly"})
    assert vacuuming.schedule(file_storage.settings) == replace(Schedule())


def test_the_map_names_all_that_takes_room(file_storage, tmp_path):
    large = make_batch(file_storage, "large")
    small = make_batch(file_storage, "small")
    for batch, size in ((large, 90_000), (small, 1_000)):
        task = make_task(file_storage, batch=batch.id, description="x" * size)
        make(file_storage, Kind.EXECUTION, task=task.id, title="a run")
    make_task(file_storage, "in none")
    import_files(file_storage, write_lines(tmp_path / "rows.jsonl", [{"id": 1, "title": "a"}]))
    found = storage_map(file_storage)
    titles = [each.title for each in found.sizes.batches]
    assert titles.index("large") < titles.index("small")
    first = found.sizes.batches[0]
    assert (first.title, first.records) == ("large", 3)
    assert 90_000 < first.size < 92_000
    assert {part.kind for part in found.sizes.parts} >= set(Kind)
    assert "History" in {part.name for part in found.sizes.parts}
    parts = sum(part.size for part in found.sizes.parts)
    assert 0 <= found.sizes.total - found.sizes.free - parts <= found.sizes.total / 10
    assert found.originals.number == 1
    assert found.total > found.sizes.total


def test_what_backups_share_is_counted_once(file_storage, tmp_path):
    rows = [{"id": n, "title": "a" * 900} for n in range(50)]
    import_files(file_storage, write_lines(tmp_path / "rows.jsonl", rows))
    before = storage_map(file_storage)
    made = Backups(file_storage).make()
    found = storage_map(file_storage)
    assert found.originals == before.originals
    assert found.backups.number == 1
    assert made.size <= found.backups.size < made.size + 10_000


def test_measuring_can_be_stopped(file_storage):
    token = CancelToken()
    token.cancel()
    with pytest.raises(WorkCancelledError):
        storage_map(file_storage, token)


def test_a_workspace_in_memory_has_a_map_and_nothing_to_compact():
    with opened() as storage:
        make_task(storage)
        found = storage_map(storage)
        assert found.sizes.total > 0
        assert not found.is_in_file
        assert compact(storage, CancelToken(), ignore).freed == 0
        assert not is_due(storage)
