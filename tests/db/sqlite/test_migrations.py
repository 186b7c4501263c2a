"""The steps between versions of the tables: up, down, up again, and what is refused."""

import hashlib

import apsw
import pytest

from db.errors import StorageDamagedError, StorageRejectedError, StorageTooNewError
from db.maintenance.backups import Backups
from db.maintenance.folder import read_backup
from db.maintenance.manifest import BackupKind
from db.query import LearningQuery, TaskQuery
from db.records import Kind
from db.sqlite import migrate, storage
from tests.db import fault_driver
from tests.db.factories import (
    ALL_TABLES,
    a_task,
    faults,
    make,
    make_batch,
    make_task,
    opened,
    picture,
    stage_records,
    tasks_of,
)

KNOWN = migrate.known_migrations()
ONLY_REWRITING = {8, 10, 11}
"""The steps that leave the schema as it is."""
LATER = fault_driver.LATER


@pytest.fixture
def later(monkeypatch):
    """Make this the Sheaf that knows one more step; return how to be the old one again."""
    monkeypatch.setattr(migrate, "known_migrations", lambda: (*KNOWN, LATER))
    monkeypatch.setattr(storage, "known_migrations", lambda: (*KNOWN, LATER))
    return monkeypatch.undo


def know(monkeypatch, *steps):
    monkeypatch.setattr(migrate, "known_migrations", lambda: steps)
    monkeypatch.setattr(storage, "known_migrations", lambda: steps)


def schema(storage):
    with storage._pool.read() as session:
        return session.rows(
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
            " ORDER BY type, name"
        )


def applied(storage):
    with storage._pool.read() as session:
        return migrate.applied_migrations(session)


def fill(storage):
    stage_records(storage, [a_task("1", tags=("t",)), a_task("2", parent="1")]).commit()
    make_task(storage, batch=make_batch(storage).id)


def change(path, *statements):
    raw = apsw.Connection(str(path))
    for statement in statements:
        raw.execute(statement)
    raw.close()


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("version", range(1, len(KNOWN) + 1))
def test_each_step_goes_up_down_and_up_again(file_storage, version):
    file_storage.migrate(version)
    above = schema(file_storage)

    file_storage.migrate(version - 1)
    below = schema(file_storage)
    with file_storage._pool.read() as session:
        assert session.value("PRAGMA user_version") == version - 1
    file_storage.migrate(version)

    assert schema(file_storage) == above
    assert (below == above) is (version in ONLY_REWRITING)
    file_storage.migrate()
    fill(file_storage)
    assert faults(file_storage) == []


def test_the_step_to_parts_of_names_indexes_all_anew_but_what_is_being_imported(file_storage):
    make_task(file_storage, "call findBatches", description="of the 测试版")
    staging = stage_records(file_storage, [a_task("later", "call parseTree")])

    def found(text):
        return file_storage.count(TaskQuery(text=text))

    file_storage.migrate(7)
    assert [found("batches"), found("findbatches"), found("测试")] == [0, 1, 1]

    file_storage.migrate()
    assert [found("batches"), found("findbatches"), found("测试")] == [1, 1, 1]
    staging.commit()
    assert found("tree") == 1
    assert faults(file_storage) == []


@pytest.mark.parametrize("others", [0, 9])
def test_the_step_to_tags_in_the_text_indexes_anew_what_has_any(file_storage, others):
    make_task(file_storage, "one", tags=["flaky"])
    make(file_storage, Kind.LEARNING, title="two", tags=["flakyToo"])
    for number in range(others):
        make_task(file_storage, f"other {number}")
        make(file_storage, Kind.LEARNING, title=f"other {number}")
    staging = stage_records(file_storage, [a_task("later", tags=("flaky",))])

    def found(text):
        return [file_storage.count(query(text=text)) for query in (TaskQuery, LearningQuery)]

    file_storage.migrate(10)
    assert [found("flaky"), found("too"), found("other")] == [[0, 0], [0, 0], [others] * 2]

    file_storage.migrate()
    assert [found("flaky"), found("too"), found("other")] == [[1, 1], [0, 1], [others] * 2]
    staging.commit()
    assert found("flaky") == [2, 1]
    assert faults(file_storage) == []


def test_a_step_with_rows_keeps_them_on_the_way_down(file_storage, later):
    fill(file_storage)
    file_storage.migrate()
    before = picture(file_storage, ALL_TABLES)

    file_storage.migrate(len(KNOWN))

    assert picture(file_storage, ALL_TABLES) == before
    assert faults(file_storage) == []


def test_the_history_says_what_was_applied(file_storage):
    steps = applied(file_storage)

    assert [step.version for step in steps] == list(range(1, len(KNOWN) + 1))
    for step, known in zip(steps, KNOWN, strict=True):
        assert (step.description, step.checksum) == (known.description, known.checksum)
        assert step.down == known.down
        assert step.applied_at > 0


def test_migrating_says_what_it_did(file_storage):
    last = KNOWN[-1]

    assert file_storage.migrate() == []
    assert file_storage.migrate(last.version - 1) == [
        f"down from {last.version}: {last.description}"
    ]
    assert file_storage.migrate() == [f"up to {last.version}: {last.description}"]


@pytest.mark.parametrize("version", [-1, len(KNOWN) + 1])
def test_there_is_no_other_version(file_storage, version):
    with pytest.raises(StorageRejectedError):
        file_storage.migrate(version)


def test_line_ends_and_a_mark_in_a_step_make_no_difference():
    for step in KNOWN:
        assert "\r" not in step.up
        assert not step.up.startswith("\ufeff")
        assert step.checksum == hashlib.sha256(step.up.encode()).hexdigest()


def test_a_step_that_is_not_the_one_applied_is_refused(path):
    with opened(path) as storage:
        fill(storage)
    change(path, "UPDATE schema_version SET checksum = 'other' WHERE version = 1")
    before = digest(path)

    with pytest.raises(StorageDamagedError, match="Step 1"), opened(path):
        pass

    assert digest(path) == before


def test_a_file_from_a_newer_sheaf_is_left_as_it_is(path, later):
    with opened(path) as storage:
        fill(storage)
    before, changed = digest(path), path.stat().st_mtime_ns
    later()

    with pytest.raises(StorageTooNewError, match=str(LATER.version)), opened(path):
        pass

    assert (digest(path), path.stat().st_mtime_ns) == (before, changed)


def test_the_newer_steps_of_a_file_can_be_taken_back_by_what_they_left(
    path, later, monkeypatch
):
    with opened(path) as storage:
        fill(storage)
        assert storage.migrate(len(KNOWN)) == [
            f"down from {LATER.version}: {LATER.description}"
        ]
    later()

    with opened(path) as storage:
        assert len(tasks_of(storage)) == 3


def test_a_copy_of_the_file_is_kept_before_its_tables_change(path, monkeypatch):
    with opened(path) as storage:
        fill(storage)
        before = picture(storage, ALL_TABLES)
    folder = path.with_name("work.sheaf.backups")
    assert not folder.exists(), "a new file needs none"

    know(monkeypatch, *KNOWN, LATER)
    with opened(path) as storage:
        assert storage.info().schema_version == LATER.version

        (copy,) = storage.copies

    assert (copy.parent, copy.stat().st_mode & 0o077) == (folder, 0)
    know(monkeypatch, *KNOWN)
    with opened() as empty, opened(path.with_name("other.sheaf")) as other:
        assert empty.copies == other.copies == []
        made = read_backup(copy)
        assert made.manifest.kind is BackupKind.MIGRATION
        with Backups(other).opened(made) as storage:
            assert picture(storage, ALL_TABLES) == before
            assert faults(storage) == []


def test_a_number_in_the_header_that_is_newer_than_the_history_is_refused(path):
    with opened(path) as storage:
        fill(storage)
    change(path, "PRAGMA user_version = 77")

    with pytest.raises(StorageTooNewError, match="version 77"), opened(path):
        pass


def test_each_copy_has_a_name_of_its_own(path):
    with opened(path) as storage:
        fill(storage)
        for _ in range(3):
            storage.migrate(0)
            storage.migrate()

        assert len(set(storage.copies)) == 3
        first, second, _third = storage.copies
        backups = Backups(storage)
        with backups.opened(read_backup(first)) as past:
            assert len(tasks_of(past)) == 3
        with backups.opened(read_backup(second)) as past:
            assert tasks_of(past) == []


def test_a_step_that_fails_leaves_the_file_as_it_was(path, monkeypatch):
    with opened(path) as storage:
        fill(storage)
    broken = migrate.Migration(
        LATER.version, "broken", "CREATE TABLE half (x) STRICT; SELECT * FROM nowhere;", ""
    )
    know(monkeypatch, *KNOWN, broken)
    with pytest.raises(apsw.SQLError), opened(path):
        pass

    know(monkeypatch, *KNOWN)
    with opened(path) as storage:
        assert "half" not in {name for _, name, _ in schema(storage)}
        assert len(tasks_of(storage)) == 3


def test_a_step_that_breaks_references_is_rolled_back(path, monkeypatch):
    with opened(path) as storage:
        fill(storage)
    broken = migrate.Migration(LATER.version, "broken", "DELETE FROM batch;", "")
    know(monkeypatch, *KNOWN, broken)
    with pytest.raises(StorageRejectedError, match="broken references"), opened(path):
        pass

    know(monkeypatch, *KNOWN)
    with opened(path) as storage:
        assert faults(storage) == []
        assert len(storage.batches.find_batches()[0]) == 2


@pytest.mark.parametrize(
    "statement", ["COMMIT;", "SAVEPOINT x;", "ATTACH ':memory:' AS other;"]
)
def test_a_step_cannot_end_its_transaction(path, monkeypatch, statement):
    with opened(path) as storage:
        fill(storage)
    know(monkeypatch, *KNOWN, migrate.Migration(LATER.version, "sly", statement, ""))
    with pytest.raises(apsw.AuthError), opened(path):
        pass

    know(monkeypatch, *KNOWN)
    with opened(path) as storage:
        assert len(applied(storage)) == len(KNOWN)
