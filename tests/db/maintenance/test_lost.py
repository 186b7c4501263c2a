"""Changes that were kept and are gone, as the log that held them was deleted or replaced."""

import os
import stat
import subprocess
import sys

import pytest

from db.maintenance import health
from db.maintenance.backups import Backups, restore_over_damaged
from db.maintenance.folder import BackupFolder, folder_beside
from db.storage import read_storage
from tests.db.factories import batches_of, make_batch, opened

_WRITE_AND_DIE = """
import os, sys
from db.storage import open_storage
storage = open_storage(sys.argv[1])
storage.batches.create(sys.argv[2])
os._exit(0)
"""


def write_and_die(path, title="in the log"):
    subprocess.run([sys.executable, "-c", _WRITE_AND_DIE, str(path), title], check=True)


def beside(path, ending):
    return path.with_name(f"{path.name}{ending}")


def lost(storage):
    return next(each for each in health.quick_check(storage) if each.check == "lost")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "work.sheaf"
    with opened(path) as storage:
        make_batch(storage, "in the file")
    return path


def delete_log(path):
    for ending in ("-wal", "-shm"):
        beside(path, ending).unlink()


def test_a_log_that_vanished_after_a_crash_is_noticed_and_told(path):
    with opened(path) as storage:
        backup = Backups(storage).make()
    write_and_die(path)
    delete_log(path)

    for _ in range(2):
        with opened(path) as storage:
            found = lost(storage)
            assert found.is_told
            assert found in health.check(storage)
            assert "is not in the file any more" in found.examples[0]
            assert "the last change that is there is of 20" in found.examples[0]
            assert found.examples[1].startswith("the newest backup from before is of 20")
            assert backup.manifest.is_verified
            make_batch(storage, "goes on")


def test_it_is_told_also_where_the_file_is_only_read(path):
    write_and_die(path)
    delete_log(path)

    storage = read_storage(str(path))
    assert lost(storage).is_told
    storage.close()


def test_a_log_of_another_workspace_is_noticed(path, tmp_path):
    other = tmp_path / "other" / "work.sheaf"
    with opened(other) as storage:
        make_batch(storage, "of another")
    write_and_die(path)
    write_and_die(other, "of another, too")
    delete_log(path)
    beside(other, "-wal").replace(beside(path, "-wal"))

    with opened(path) as storage:
        assert lost(storage).is_told


def test_nothing_is_told_where_nothing_is_missing(path):
    write_and_die(path)
    with opened(path) as storage:
        assert len(batches_of(storage)) == 2
        assert lost(storage).ok
        storage.history.undo()
    with opened(path) as storage:
        assert lost(storage).ok


def test_a_restore_takes_away_what_is_newer_and_is_no_loss(path):
    with opened(path) as storage:
        backup = Backups(storage).make()
        for number in range(3):
            make_batch(storage, f"newer {number}")
        Backups(storage).restore(backup)
        assert lost(storage).ok
    with opened(path) as storage:
        assert len(batches_of(storage)) == 1
        assert lost(storage).ok


def test_what_was_lost_is_told_no_more_once_a_backup_is_restored(path):
    with opened(path) as storage:
        backup = Backups(storage).make()
    write_and_die(path)
    delete_log(path)
    with opened(path) as storage:
        assert lost(storage).is_told
        Backups(storage).restore(backup)
        assert lost(storage).ok
    with opened(path) as storage:
        assert lost(storage).ok


_BACK_UP = """
import sys
from db.job_run import recorded
from db.jobs import JobOrder, OwnKind
from db.maintenance.backups import Backups
from db.storage import open_storage
storage = open_storage(sys.argv[1])
order = JobOrder(kind=OwnKind.BACKUP, title="Back up", max_attempts=1)
with recorded(storage.jobs, order, lambda: None):
    Backups(storage).make()
storage.batches.create("newer")
storage.close()
"""


def test_a_backup_in_the_place_of_a_damaged_file_is_no_loss_and_has_no_job_cut_short(path):
    subprocess.run([sys.executable, "-c", _BACK_UP, str(path)], check=True)
    (backup,) = BackupFolder(folder_beside(path)).all()

    restore_over_damaged(path, backup)

    with opened(path) as storage:
        assert lost(storage).ok
        assert storage.recover() == ()
        assert storage.jobs.find() == ()
        assert len(batches_of(storage)) == 1


def test_a_new_file_in_the_place_of_one_that_was_deleted_is_no_loss(path):
    path.unlink()

    with opened(path) as storage:
        assert lost(storage).ok


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_what_is_noted_is_its_owners_alone_and_holds_no_text(path):
    note = beside(path, ".known")
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert b"in the file" not in note.read_bytes()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"operation": "x"}'])
def test_a_note_that_cannot_be_read_is_written_anew(path, content):
    beside(path, ".known").write_bytes(content)
    with opened(path) as storage:
        assert lost(storage).ok
        make_batch(storage, "new")
    write_and_die(path)
    delete_log(path)
    with opened(path) as storage:
        assert lost(storage).is_told
