"""After a death, a disk error or a full disk at any point, all is as before or as after."""

import json
import os
import random
import subprocess
import sys

import pytest

from tests.db import fault_driver
from tests.db.factories import (
    RECORD_TABLES,
    batches_of,
    counts_of,
    faults,
    import_files,
    make_batch,
    opened,
    picture,
    recounted,
    tasks_of,
    write_lines,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are forked and killed")

NEW = 600
KEPT = 40


@pytest.fixture
def start(tmp_path):
    """A folder with a storage that has some tasks, and a file to be imported."""
    folder = tmp_path / "start"
    folder.mkdir()
    old = [{"id": f"old {n}", "title": f"old {n}", "tags": ["x"]} for n in range(KEPT)]
    new = [
        {"id": n, "title": f"new {n}", "parent": n - 1, "dependencies": [str(n // 2)]}
        for n in range(1, NEW + 1)
    ]
    with opened(folder / "work.sheaf") as storage:
        import_files(storage, write_lines(tmp_path / "old.jsonl", old))
    write_lines(folder / "tasks.jsonl", new)
    return folder


def drive(act, fault, folder, points):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.db.fault_driver",
            act,
            fault,
            str(folder),
            *map(str, points),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    ends = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert "traceback" not in ends.values(), done.stderr
    return {int(point): end for point, end in ends.items()}


def spread(act, folder, number, fault="kill"):
    """Return some random points out of all those at which an act writes, or reads."""
    (total,) = drive(act, fault, folder, [0]).values()
    return sorted(random.sample(range(1, int(total) + 1), min(number, int(total))))


def assert_usable(storage):
    storage.recover()
    assert storage.recover() == ()
    assert faults(storage) == []
    assert counts_of(storage) == recounted(storage)
    assert not [*storage.originals_folder().glob("*.partial")]
    make_batch(storage, "still works")


def records(storage):
    return {
        table: [row for row in rows if row.get("title") != "still works"]
        for table, rows in picture(storage, RECORD_TABLES, without={"version"}).items()
    }


@pytest.mark.parametrize(
    ("act", "fault", "number"),
    [
        ("import_file", "kill", 12),
        ("purge", "kill", 6),
        ("undo", "kill", 6),
        ("import_file", "error", 8),
        ("import_file", "errors", 5),
        ("import_file", "full", 8),
        ("import_file", "unread", 5),
        ("purge", "full", 4),
        ("undo", "full", 4),
    ],
)
def test_an_act_happens_whole_or_not_at_all(start, act, fault, number):
    folder = start.parent
    points = spread(act, folder, number, "unread" if fault == "unread" else "kill")
    with opened(start / "work.sheaf") as storage:
        before = records(storage)
    with opened(folder / "0" / "work.sheaf") as storage:
        after_tasks = len(tasks_of(storage))

    ends = drive(act, fault, folder, points)

    for point, end in ends.items():
        with opened(folder / str(point) / "work.sheaf") as storage:
            found = len(tasks_of(storage))
            assert found in {KEPT, after_tasks}, f"{point} of {points}: {end}"
            if found == KEPT:
                assert records(storage) == before
            assert_usable(storage)
            assert len(tasks_of(storage)) == found
    if fault == "kill":
        assert set(ends.values()) == {"killed"}
    else:
        assert set(ends.values()) <= {
            *("done", "StorageFullError", "StorageUnavailableError", "StorageMissingError")
        }


@pytest.mark.parametrize("act", ["undo_in_parts", "redo_in_parts"])
@pytest.mark.parametrize(("fault", "number"), [("kill", 4), ("full", 2), ("error", 2)])
def test_what_is_taken_back_or_done_again_in_parts_is_seen_whole_and_finished_later(
    start, act, fault, number
):
    folder = start.parent
    with opened(start / "work.sheaf") as storage:
        import_files(storage, start / "tasks.jsonl")
        made = records(storage)
        if act == "redo_in_parts":
            storage.history.undo()
    points = spread(act, folder, number)

    drive(act, fault, folder, points)

    for point in points:
        with opened(folder / str(point) / "work.sheaf") as storage:
            assert len(tasks_of(storage)) in {KEPT, KEPT + NEW}, f"{point} of {points}"
            assert counts_of(storage) == recounted(storage)
            assert_usable(storage)
            if len(tasks_of(storage)) == KEPT:
                storage.history.redo(storage.history.operations("import")[0].pk)
            assert sorted_rows(records(storage)) == sorted_rows(made)


def sorted_rows(pictured):
    return {table: sorted(map(str, rows)) for table, rows in pictured.items()}


def test_a_migration_is_finished_or_not_begun_wherever_it_was_killed(start, monkeypatch):
    folder = start.parent
    points = spread("migrate_up", folder, 20)

    ends = drive("migrate_up", "kill", folder, points)

    assert set(ends.values()) == {"killed"}
    versions = set()
    for point in points:
        path = folder / str(point) / "work.sheaf"
        with monkeypatch.context() as patch:
            patch.setattr(fault_driver.migrate, "known_migrations", known_with_later)
            patch.setattr(fault_driver.storage, "known_migrations", known_with_later)
            versions.add(version_in(path))
            with opened(path) as storage:
                assert storage.info().schema_version == fault_driver.LATER.version
                assert len(tasks_of(storage)) == KEPT
                with storage._pool.read() as session:
                    assert session.value("SELECT count(*) FROM later") == KEPT
                    assert session.value("SELECT min(later) FROM batch") == 1
                assert faults(storage) == []
    assert versions <= {fault_driver.LATER.version - 1, fault_driver.LATER.version}


KNOWN = (*fault_driver.migrate.known_migrations(), fault_driver.LATER)


def known_with_later():
    return KNOWN


def version_in(path):
    """Return the version of a file, where its pragma, its history and its tables agree."""
    raw = fault_driver.storage.Pool(path)
    with raw.read() as session:
        version = session.value("PRAGMA user_version")
        history = session.value("SELECT max(version) FROM schema_version")
        has_table = session.value("SELECT count(*) FROM sqlite_schema WHERE name = 'later'")
    raw.close()
    assert version == history
    assert has_table == (version == fault_driver.LATER.version)
    return version


def test_after_a_killed_import_nothing_of_it_is_listed_and_it_can_be_done_again(start):
    folder = start.parent
    points = spread("import_file", folder, 4)
    drive("import_file", "kill", folder, points)

    for point in points:
        path = folder / str(point) / "work.sheaf"
        with opened(path) as storage:
            recovered = storage.recover()
            assert {operation.verb for operation in recovered} <= {"import"}
            if len(tasks_of(storage)) == KEPT:
                assert len(storage.uploads()) == len(batches_of(storage)) == 1
                assert [json.loads(row) for row in storage.rows("tombstone")] == []
                report = import_files(storage, path.with_name("tasks.jsonl"))
                assert report.new == {"batch": 1, "task": NEW}
            assert len(tasks_of(storage)) == KEPT + NEW
            assert faults(storage) == []
