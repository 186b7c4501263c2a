"""What is wrong with a storage is named, mended as a person would, and undone again."""

import gzip
import time

import apsw
import pytest

from db.cancel import CancelToken
from db.errors import WorkCancelledError
from db.maintenance import health
from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind
from db.originals import read_whole
from db.ports import Gravity
from db.query import ExecutionQuery, TaskQuery
from db.records import Kind, Place
from db.times import DAY_US, now_us
from db.vocabulary import Status
from tests.db.factories import (
    RECORD_TABLES,
    edit,
    faults,
    import_files,
    make,
    make_batch,
    make_task,
    opened,
    picture,
    records_of,
    tasks_of,
    write_json,
)


def change(path, *statements):
    raw = apsw.Connection(str(path))
    for statement in statements:
        raw.execute(statement)
    raw.close()


def told(storage):
    return {each.check: each for each in health.check(storage) if each.is_told}


def state(storage):
    return picture(storage, RECORD_TABLES, without={"version", "updated_at"}) | {
        "execution": [
            {name: row[name] for name in ("title", "turn", "attempt", "status", "lease_until")}
            for row in picture(storage, ["execution"])["execution"]
        ]
    }


def with_missing_turns(storage):
    task = make_task(storage)
    for turn in (2, 3, 7):
        make(storage, Kind.EXECUTION, task=task.id, turn=turn, step="plan", status="succeeded")
    make(storage, Kind.EXECUTION, task=task.id, turn=7, title="by hand", status="succeeded")
    return "turns-missing", Kind.TASK


def with_a_task_done_by_nobody(storage):
    task = make_task(storage, status="succeeded")
    make(storage, Kind.EXECUTION, task=task.id, status="failed")
    make_task(storage, "without runs", status="succeeded")
    return "unproven", Kind.TASK


def with_a_worker_that_is_gone(storage):
    task = make_task(storage, status="running")
    make(storage, Kind.EXECUTION, task=task.id, status="running", lease_until=now_us() - 1)
    make(storage, Kind.EXECUTION, task=task.id, status="running", lease_until=now_us() + DAY_US)
    return "leases", Kind.EXECUTION


def with_a_task_left_of_a_trashed_batch(storage):
    batch = make_batch(storage)
    outer = make_task(storage, "outer", batch=batch.id)
    inner = make_task(storage, "inner", batch=batch.id, parent=outer.id)
    storage.move(Kind.BATCH, [batch.pk], Place.TRASHED)
    storage.move(Kind.TASK, [inner.pk], Place.LIVE)
    return "orphans-task", Kind.TASK


@pytest.mark.parametrize(
    "spoil",
    [
        with_missing_turns,
        with_a_task_done_by_nobody,
        with_a_worker_that_is_gone,
        with_a_task_left_of_a_trashed_batch,
    ],
)
def test_what_people_made_is_mended_in_one_operation_that_can_be_undone(storage, spoil):
    name, kind = spoil(storage)
    before = state(storage)

    found = told(storage)
    assert list(found) == [name]
    assert (found[name].rows, found[name].kind, len(found[name].pks)) == (1, kind, 1)
    assert found[name].why
    assert found[name].gravity is Gravity.WARNING
    (operation,) = health.mend(storage, found.values())

    assert told(storage) == {}
    assert health.mend(storage, health.check(storage)) == ()
    assert state(storage) != before
    assert faults(storage) == []
    storage.history.undo(operation.pk)
    assert state(storage) == before
    assert list(told(storage)) == [name]


def test_turns_are_numbered_anew_in_their_order(storage):
    with_missing_turns(storage)

    health.mend(storage, health.check(storage))

    runs = records_of(storage, Kind.EXECUTION)
    assert sorted((run.turn, run.title) for run in runs) == [
        (1, "Turn 1, plan"),
        (2, "Turn 2, plan"),
        (3, "Turn 3, plan"),
        (3, "by hand"),
    ]


def test_turns_that_begin_at_zero_are_complete(storage):
    task = make_task(storage)
    for turn in (0, 1):
        make(storage, Kind.EXECUTION, task=task.id, turn=turn)

    assert told(storage) == {}


def test_two_runs_of_one_turn_are_told_apart_and_the_lost_index_is_made_again(path):
    with opened(path) as storage:
        task = make_task(storage)
        for attempt in (1, 2, 3):
            make(storage, Kind.EXECUTION, task=task.id, turn=1, attempt=attempt)
    change(path, "DROP INDEX execution_turn", "UPDATE execution SET attempt = 1 WHERE pk > 1")

    with opened(path) as storage:
        found = told(storage)
        assert list(found) == ["turns-doubled", "schema"]
        assert found["turns-doubled"].rows == 2
        health.mend(storage, found.values())
        assert told(storage) == {}
        assert sorted(run.attempt for run in records_of(storage, Kind.EXECUTION)) == [1, 2, 3]


@pytest.fixture
def tied(path):
    """A batch with two tasks, their runs and a status update, tied together."""
    with opened(path) as storage:
        batch = make_batch(storage)
        for title in ("one", "two"):
            task = make_task(storage, title, batch=batch.id, tags=["x"])
            make(storage, Kind.EXECUTION, task=task.id, description=f"done {title}")
        make(storage, Kind.STATUS_UPDATE, title="news", batch=batch.id, task=task.id)
        make(storage, Kind.BUG, title="crash", tasks=[task.id])
    return path


@pytest.mark.parametrize(
    "lost",
    [
        ["batch"],
        ["task"],
        ["task", "task_body"],
        ["batch", "task", "task_body"],
        ["execution"],
        ["tag"],
    ],
)
def test_what_belonged_to_lost_records_is_kept_under_new_ones(tied, lost):
    change(tied, "PRAGMA foreign_keys = OFF", *(f"DELETE FROM {table}" for table in lost))  # noqa: S608

    with opened(tied) as storage:
        assert "references" in told(storage)
        health.mend(storage, health.check(storage))
        assert told(storage) == {}
        assert storage.count(ExecutionQuery()) == 2
        if "execution" in lost:
            assert storage.count(ExecutionQuery(text="done two")) == 1
        elif "task" in lost:
            assert {task.title for task in tasks_of(storage)} == {"Lost task 1", "Lost task 2"}
            assert storage.count(TaskQuery(text="lost")) == 2
        if "batch" in lost:
            (batch,) = records_of(storage, Kind.BATCH)
            assert batch.title == "Lost batch 1"
            assert batch.total == (0 if "task" in lost else 2)
        storage.history.undo()
        assert faults(storage) == []


def test_a_record_without_its_text_gets_an_empty_one(tied):
    change(tied, "DELETE FROM task_body WHERE pk = 1")

    with opened(tied) as storage:
        (found,) = told(storage).values()
        assert (found.check, found.rows) == ("texts", 1)
        health.mend(storage, [found])
        assert told(storage) == {}
        edit(storage, Kind.TASK, 1, description="new")
        assert storage.tasks.get(1).description == "new"


def test_tables_that_another_program_changed_are_named_and_left_alone(tied):
    change(
        tied,
        "CREATE TRIGGER spy AFTER INSERT ON task BEGIN DELETE FROM batch; END",
        "ALTER TABLE bug ADD COLUMN extra TEXT",
    )

    with opened(tied) as storage:
        (found,) = told(storage).values()
        assert (found.check, found.rows, found.is_mendable) == ("schema", 2, False)
        assert any("spy" in example for example in found.examples)
        assert health.mend(storage, [found]) == ()
        assert list(told(storage)) == ["schema"]


def test_a_damaged_file_is_a_finding_and_no_error(tied):
    with opened(tied) as storage, storage._pool.read() as session:
        page = session.value("SELECT rootpage FROM sqlite_schema WHERE name = 'execution'")
    with tied.open("r+b") as file:
        file.seek((page - 1) * 8192)
        file.write(bytes(8192))

    with opened(tied) as storage:
        found = told(storage)

    assert found["integrity"].gravity is Gravity.DAMAGE
    assert not found["unproven"].is_mendable


def test_an_original_that_was_altered_is_named(file_storage, tmp_path):
    for name in "ab":
        import_files(file_storage, write_json(tmp_path / f"{name}.json", [{"id": name}]))
    first, second = file_storage.originals_folder().rglob("*.gz")
    second.write_bytes(first.read_bytes())

    (found,) = told(file_storage).values()

    assert (found.check, found.rows) == ("originals-altered", 1)
    assert found.examples[0] in {"a.json", "b.json"}
    first.write_bytes(first.read_bytes()[:-9])
    assert told(file_storage)["originals-altered"].rows == 2


def test_originals_that_are_not_as_they_were_come_from_the_backups(file_storage, tmp_path):
    for name in "abc":
        import_files(file_storage, write_json(tmp_path / f"{name}.json", [{"id": name}]))
    Backups(file_storage).make()
    folder = file_storage.originals_folder()
    shas = [each.sha256 for each in file_storage.uploads()]
    first, second, _third = (next(folder.rglob(f"{sha}.gz")) for sha in shas)
    first.unlink()
    second.unlink()
    second.write_bytes(gzip.compress(b"another one"))

    found = told(file_storage)
    assert {name: each.rows for name, each in found.items()} == {
        "originals": 1,
        "originals-altered": 1,
    }
    assert all(each.is_mendable for each in found.values())
    health.mend(file_storage, found.values())

    assert told(file_storage) == {}
    for sha in shas:
        assert b"".join(read_whole(folder, sha)).startswith(b'[{"id": "')


def test_an_original_that_no_backup_holds_whole_is_not_offered_to_be_mended(
    file_storage, tmp_path
):
    import_files(file_storage, write_json(tmp_path / "a.json", [{"id": "a"}]))
    Backups(file_storage).make()
    (kept,) = file_storage.originals_folder().rglob("*.gz")
    # The backup has it without another copy on the disk, and so is altered along.
    kept.chmod(0o600)
    kept.write_bytes(gzip.compress(b"another one"))

    (found,) = told(file_storage).values()

    assert (found.check, found.is_mendable) == ("originals-altered", False)


def test_what_is_ignored_is_not_told_until_then(storage):
    with_a_worker_that_is_gone(storage)

    health.ignore(storage, "leases", now_us() + DAY_US)
    (found,) = [each for each in health.check(storage) if not each.ok]
    assert (found.check, found.is_told) == ("leases", False)
    assert health.mend(storage, [found]) == ()

    health.ignore(storage, "leases", now_us() - 1)
    assert list(told(storage)) == ["leases"]
    health.ignore(storage, "leases", now_us() + DAY_US)
    health.ignore(storage, "leases", None)
    assert list(told(storage)) == ["leases"]


def test_the_quick_check_names_what_is_cheap_to_find(storage):
    with_a_worker_that_is_gone(storage)

    found = health.quick_check(storage)

    assert [each.check for each in found if each.is_told] == ["leases"]
    assert {"integrity", "schema", "library"} <= {each.check for each in found}


def test_a_log_that_nobody_folds_in_is_told(file_storage, path, monkeypatch):
    make_task(file_storage)
    with path.with_name(path.name + "-wal").open("ab") as log:
        log.truncate(300 << 20)

    found = {each.check: each for each in health.quick_check(file_storage)}

    assert found["log"].is_told
    assert "MB" in found["log"].examples[0]
    with path.with_name(path.name + "-wal").open("ab") as log:
        log.truncate(1 << 20)


def test_what_is_in_no_backup_for_a_week_is_told(file_storage, monkeypatch):
    make_task(file_storage)
    assert told(file_storage) == {}
    later = time.time_ns() + 9 * DAY_US * 1000
    monkeypatch.setattr(time, "time_ns", lambda: later)

    (found,) = told(file_storage).values()
    assert (found.check, found.examples) == ("backup", ("there is none",))
    Backups(file_storage).make(BackupKind.MANUAL)

    assert told(file_storage) == {}


def test_mending_can_be_called_off_and_what_is_mended_stays(storage):
    with_missing_turns(storage)
    with_a_worker_that_is_gone(storage)
    token = CancelToken()
    found = health.check(storage)
    token.cancel()

    with pytest.raises(WorkCancelledError):
        health.mend(storage, found, token)

    assert {task.status for task in tasks_of(storage)} == {Status.QUEUED, Status.RUNNING}
    assert list(told(storage)) == ["leases", "turns-missing"]
