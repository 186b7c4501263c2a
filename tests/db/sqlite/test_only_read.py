"""Reading what cannot be written: a full disk, a file or folder without rights, a lock."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from db.errors import StorageDamagedError, StorageFullError, StorageReadOnlyError
from db.maintenance import health
from db.maintenance.backups import Backups
from db.records import Kind
from db.sqlite import connection, migrate
from db.storage import is_hardship, open_storage, read_storage
from tests.db.factories import EVERY_BATCH, batches_of, make_batch, make_task, opened, tasks_of
from tests.db.sqlite.test_full_disk import fill_to_the_brim, small_disk

__all__ = ["small_disk"]

posix = pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make a small disk"
)


@contextmanager
def read(path):
    storage = read_storage(str(path))
    try:
        yield storage
    finally:
        storage.close()


def titles(storage):
    return sorted(batch.title for batch in batches_of(storage))


def state_of(folder):
    """Return what must not change: all but the index of a log, which is made anew."""
    return {
        file.name: "" if file.name.endswith("-shm") else file.read_bytes()
        for file in folder.iterdir()
    }


_WRITE_AND_DIE = """
import os, sys
from db.storage import open_storage
storage = open_storage(sys.argv[1])
storage.batches.create("in the log")
os._exit(0)
"""


def crash_while_writing(path):
    """Leave a change in the log alone, as its process died."""
    subprocess.run([sys.executable, "-c", _WRITE_AND_DIE, str(path)], check=True)
    assert beside(path, "-wal").stat().st_size


def beside(path, ending):
    return path.with_name(f"{path.name}{ending}")


@pytest.fixture
def filled(path):
    with opened(path) as storage:
        make_batch(storage, "in the file")
    return path


def test_what_is_only_read_shows_everything_and_refuses_each_change(filled):
    before = state_of(filled.parent)
    with read(filled) as storage:
        assert storage.only_read
        assert titles(storage) == ["in the file"]
        assert storage.recover() == ()
        assert [each for each in health.check(storage) if each.is_told] == []
        for act in (
            lambda: make_batch(storage),
            lambda: storage.settings.put("key", 1),
            lambda: storage.purge(Kind.BATCH, storage.ids(EVERY_BATCH)),
            lambda: storage.migrate(0),
            storage.history.undo,
        ):
            with pytest.raises(StorageReadOnlyError) as caught:
                act()
            error = caught.value
            assert all(each.endswith(".") for each in (error.what, error.safe, error.advice))
    assert state_of(filled.parent) == before


def test_a_backup_of_what_is_only_read_can_be_made_elsewhere(filled, tmp_path):
    other = tmp_path / "elsewhere"
    other.mkdir()
    with read(filled) as storage:
        made = Backups(storage).make(output=other / "rescued.sheaf")

    with opened(made.path) as rescued:
        assert titles(rescued) == ["in the file"]


def test_what_another_process_writes_meanwhile_is_seen(filled):
    with read(filled) as storage:
        seen = storage.others_version()
        with opened(filled) as other:
            make_batch(other, "new")
            assert storage.others_version() != seen
            assert titles(storage) == ["in the file", "new"]
        assert titles(storage) == ["in the file", "new"]


@pytest.mark.parametrize("has_index", [True, False])
def test_what_stands_in_the_log_of_a_dead_process_is_read(filled, has_index):
    crash_while_writing(filled)
    if not has_index:
        beside(filled, "-shm").unlink()
    before = state_of(filled.parent)

    with read(filled) as storage:
        assert titles(storage) == ["in the file", "in the log"]

    assert state_of(filled.parent).keys() == before.keys()
    with opened(filled) as storage:
        assert titles(storage) == ["in the file", "in the log"]


_HOLD = """
import apsw, sys
connection = apsw.Connection(sys.argv[1])
connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_program_has_locked_is_read(filled, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 20)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(filled)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"held\n"

    with read(filled) as storage:
        assert titles(storage) == ["in the file"]

    holder.communicate(b"")


def test_a_file_of_an_older_sheaf_is_read_without_changing_it(path):
    with opened(path) as storage:
        make_batch(storage, "old")
        storage.migrate(len(migrate.known_migrations()) - 1)
    content = path.read_bytes()

    with read(path) as storage:
        assert titles(storage) == ["old"]
        home = storage._pool.take_copy().parent

    assert path.read_bytes() == content
    assert not home.exists()


def test_what_is_no_database_cannot_be_read_either(path):
    path.write_bytes(b"no database at all, but text\n" * 100)

    with pytest.raises(StorageDamagedError):
        read_storage(str(path))


def test_what_is_whole_of_a_damaged_file_can_be_read(path):
    with opened(path) as storage:
        make_batch(storage, "whole")
        make_task(storage, "damaged")
        with storage._pool.read() as session:
            page = session.value("SELECT rootpage FROM sqlite_schema WHERE name = 'task'")
            size = session.value("PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x13" * size)

    with read(path) as storage:
        assert titles(storage) == ["whole"]
        with pytest.raises(StorageDamagedError):
            tasks_of(storage)


@root
@pytest.mark.parametrize("crashes", [False, True])
def test_on_a_disk_without_a_byte_left_everything_can_be_read(small_disk, crashes):
    path = small_disk / "work.sheaf"
    with opened(path) as storage:
        make_batch(storage, "in the file")
    expected = ["in the file"]
    if crashes:
        crash_while_writing(path)
        beside(path, "-shm").unlink()
        expected.append("in the log")
    ballast = fill_to_the_brim(small_disk)
    with pytest.raises(StorageFullError) as caught:
        open_storage(str(path))
    assert is_hardship(caught.value)
    assert "deleting records takes some room itself" in caught.value.advice

    with read(path) as storage:
        assert titles(storage) == expected
        assert storage.info().engine.endswith("copy to read") is crashes
        assert {each.check for each in health.check(storage) if each.is_told} == {"room"}

    ballast.unlink()
    with opened(path) as storage:
        assert titles(storage) == expected
        make_batch(storage, "fits")


_READ_AS_NOBODY = """
import json, os, sys
from db.errors import SheafError
from db.storage import is_hardship, open_storage, read_storage
from tests.db.factories import batches_of
open_storage("memory:").close()  # loads all that a user without rights might not reach
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    open_storage(sys.argv[1])
    print("written")
except SheafError as error:
    assert is_hardship(error), error
storage = read_storage(sys.argv[1])
print(json.dumps(sorted(batch.title for batch in batches_of(storage))))
storage.close()
"""


def read_without_rights(path):
    """Return the batches that a user reads who owns nothing."""
    done = subprocess.run(
        [sys.executable, "-c", _READ_AS_NOBODY, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture
def reachable():
    """A folder that other users can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@posix
@pytest.mark.parametrize("crashes", [False, True])
@pytest.mark.parametrize("has_index", [False, True])
@pytest.mark.parametrize(
    ("file_mode", "folder_mode"), [(0o444, 0o777), (0o444, 0o555), (0o666, 0o555)]
)
def test_without_rights_to_write_everything_can_be_read_and_nothing_is_left(
    reachable, file_mode, folder_mode, crashes, has_index
):
    path = reachable / "folder" / "work.sheaf"
    with opened(path) as storage:
        make_batch(storage, "in the file")
    expected = ["in the file"]
    if crashes:
        crash_while_writing(path)
        expected.append("in the log")
        if not has_index:
            beside(path, "-shm").unlink()
    for file in path.parent.glob("work.sheaf*"):
        file.chmod(file_mode)
    path.parent.chmod(folder_mode)
    before = state_of(path.parent)

    found = read_without_rights(path)

    path.parent.chmod(0o755)
    assert found == expected
    assert state_of(path.parent) == before


def test_a_reader_never_sees_an_older_state_than_its_log_holds(filled):
    writer = apsw.Connection(str(filled))
    writer.execute("UPDATE batch SET title = 'newer'")
    with read(filled) as storage:
        assert titles(storage) == ["newer"]
    writer.close()
