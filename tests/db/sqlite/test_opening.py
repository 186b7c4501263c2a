"""Opening a file: what it promises, and each way in which it cannot be opened."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import apsw
import pytest

from db.errors import (
    StorageBusyError,
    StorageDamagedError,
    StorageMissingError,
    StorageTooNewError,
    StorageUnavailableError,
)
from db.sqlite import connection
from db.storage import open_storage
from tests.db.factories import batches_of, make_batch, make_task, opened


@pytest.fixture
def filled(path):
    """A file with a batch in it, closed."""
    with opened(path) as storage:
        make_batch(storage, "kept")
    return path


@pytest.fixture
def soon(monkeypatch):
    """Give up on a locked file at once instead of after seconds."""
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 20)


def refusal(path, kind):
    with pytest.raises(kind) as caught:
        open_storage(str(path))
    error = caught.value
    assert type(error) is kind
    assert all(each.endswith(".") for each in (error.what, error.safe, error.advice))
    assert str(error) == f"{error.what} {error.safe} {error.advice}"
    return error


def pragmas(session, *names):
    return {name: session.value(f"PRAGMA {name}") for name in names}


def test_every_connection_is_set_as_promised(file_storage):
    promised = {"synchronous": 2, "foreign_keys": 1, "mmap_size": 0, "trusted_schema": 0}
    with file_storage._pool.read() as session:
        assert pragmas(session, *promised, "query_only") == {**promised, "query_only": 1}
    with file_storage._pool.alone() as session:
        assert pragmas(session, *promised) == promised
        assert session.value("PRAGMA secure_delete") != 0
        assert session.value("PRAGMA journal_mode") == "wal"
        assert session.connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, -1) == 1
        assert session.value("PRAGMA busy_timeout") == connection.BUSY_TIMEOUT_MS


def test_a_file_says_that_it_is_sheafs_and_of_which_version(file_storage, path):
    with file_storage._pool.read() as session:
        assert session.value("PRAGMA application_id") == 0x53686561
        assert session.value("PRAGMA user_version") == file_storage.info().schema_version
        tables = session.rows("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")
    own = [name for name, _ in tables if not name.startswith("sqlite_")]
    assert "task" in own
    assert [name for name, strict in tables if name in own and not strict] == []


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_only_the_owner_can_read_what_is_made(tmp_path):
    path = tmp_path / "new" / "folder" / "work.sheaf"
    with opened(path) as storage:
        make_batch(storage)
        made = [path, *path.parent.glob("work.sheaf-*")]
        assert {stat.S_IMODE(file.stat().st_mode) for file in made} == {0o600}


def test_closing_folds_the_log_into_the_file(filled):
    names = sorted(file.name for file in filled.parent.iterdir())
    assert names == ["work.sheaf", "work.sheaf.known"]


def test_an_empty_file_becomes_a_storage(path):
    path.touch()

    with opened(path) as storage:
        make_batch(storage)
        assert len(batches_of(storage)) == 1


@pytest.mark.parametrize("content", [b"no database at all, but text\n" * 100, b"\x00" * 8192])
def test_what_is_no_database_is_refused_and_left_alone(path, content):
    path.write_bytes(content)

    error = refusal(path, StorageDamagedError)

    assert path.name in str(error)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_alone(path):
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE mine (x)")
    other.close()
    content = path.read_bytes()

    refusal(path, StorageDamagedError)

    assert path.read_bytes() == content


def damage(path, start, content):
    with path.open("r+b") as file:
        file.seek(start)
        file.write(content)


def looks_sound(path):
    try:
        with opened(path) as storage:
            return storage.quick_check().ok
    except StorageDamagedError:
        return False


def test_a_damaged_first_table_is_refused(filled):
    damage(filled, 100, b"\xff" * 3000)

    refusal(filled, StorageDamagedError)


def test_a_damaged_page_is_found_by_the_check_and_by_reading(filled):
    with opened(filled) as storage, storage._pool.read() as session:
        page = session.value("SELECT rootpage FROM sqlite_schema WHERE name = 'batch'")
        size = session.value("PRAGMA page_size")
    damage(filled, (page - 1) * size, b"\x13" * size)

    with opened(filled) as storage, pytest.raises(StorageDamagedError):
        storage.batches.find_batches()
    assert not looks_sound(filled)


def test_a_file_cut_short_is_noticed(filled):
    content = filled.read_bytes()
    filled.write_bytes(content[: len(content) // 2])

    assert not looks_sound(filled)


def test_a_folder_in_the_place_of_the_file_is_refused(path):
    path.mkdir()

    refusal(path, StorageMissingError)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "folder").write_text("a file")

    refusal(tmp_path / "folder" / "work.sheaf", StorageUnavailableError)


TRY = """
import os, sys
from db.errors import SheafError
from db.storage import open_storage
open_storage("memory:").close()  # loads all that a user without rights might not reach
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    open_storage(sys.argv[1]).batches.create("new")
    print("written")
except SheafError as error:
    print(type(error).__name__)
"""


def tried_without_rights(path):
    """Return what becomes of a write by a user who owns nothing."""
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(path)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.fixture
def reachable():
    """A folder that other users can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
@pytest.mark.parametrize(
    ("file_mode", "folder_mode"), [(0o444, 0o777), (0o444, 0o555), (0o666, 0o555), (0, 0o777)]
)
def test_what_may_not_be_written_is_refused(reachable, file_mode, folder_mode):
    path = reachable / "folder" / "work.sheaf"
    with opened(path) as storage:
        make_batch(storage)
    content = path.read_bytes()
    path.chmod(file_mode)
    path.parent.chmod(folder_mode)

    said = tried_without_rights(path)

    path.parent.chmod(0o755)
    assert said == ("StorageReadOnlyError" if file_mode else "StorageForbiddenError")
    assert path.read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_folder_that_may_not_be_entered_is_not_called_a_missing_file(reachable):
    path = reachable / "folder" / "deeper" / "work.sheaf"
    with opened(path) as storage:
        make_batch(storage)
    path.parents[1].chmod(0)

    said = tried_without_rights(path)

    path.parents[1].chmod(0o755)
    assert said == "StorageForbiddenError"


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_folder_in_which_nothing_can_be_made_is_refused(reachable):
    (reachable / "shut").mkdir(mode=0o555)

    assert tried_without_rights(reachable / "shut" / "work.sheaf") == "StorageReadOnlyError"


HOLD = """
import sys, apsw
connection = apsw.Connection(sys.argv[1])
for statement in sys.argv[2:]:
    connection.execute(statement).fetchall()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held_by_another(filled):
    """Let another process hold a lock on the file until the test ends."""
    holders = []

    def hold(*statements):
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(filled), *statements],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        holders.append(holder)
        hold.pids.append(holder.pid)
        assert holder.stdout.readline() == b"held\n"

    hold.pids = []
    yield hold
    for holder in holders:
        holder.communicate(b"")


def test_a_write_while_another_program_writes_is_refused_and_works_later(
    filled, held_by_another, soon
):
    with opened(filled) as storage:
        held_by_another("BEGIN IMMEDIATE")

        assert len(batches_of(storage)) == 1, "reading goes on"
        with pytest.raises(StorageBusyError) as caught:
            make_batch(storage)

        assert "Another program" in caught.value.what
        if sys.platform == "linux":
            assert f"process {held_by_another.pids[0]}, running since" in caught.value.what
        assert len(batches_of(storage)) == 1


def test_a_file_locked_as_a_whole_cannot_be_opened(filled, held_by_another, soon):
    held_by_another("PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE")

    error = refusal(filled, StorageBusyError)

    if sys.platform == "linux":
        assert f"process {held_by_another.pids[0]}, running since" in error.what


def test_two_storages_on_one_file_see_each_others_changes(filled):
    with opened(filled) as one, opened(filled) as other:
        seen = one.others_version(), other.others_version()
        make_task(one, "new")

        assert one.others_version() == seen[0]
        assert other.others_version() != seen[1]
        assert other.tasks.find_tasks()[1] == 1


def test_a_file_of_a_newer_sheaf_is_refused_and_left_alone(filled):
    raw = apsw.Connection(str(filled))
    raw.execute("PRAGMA journal_mode = DELETE")
    raw.execute("INSERT INTO schema_version VALUES (99, 'later', 'x', 1, '')")
    raw.close()
    content, changed = filled.read_bytes(), filled.stat().st_mtime_ns

    refusal(filled, StorageTooNewError)

    assert filled.read_bytes() == content
    assert filled.stat().st_mtime_ns == changed


@pytest.mark.parametrize("version", ["3.51.2", "3.40.1", "3.52.0"])
def test_a_sqlite_that_can_lose_rows_is_refused(path, monkeypatch, version):
    monkeypatch.setattr(connection.apsw, "sqlite_lib_version", lambda: version)

    with pytest.raises(StorageUnavailableError, match=version):
        open_storage(str(path))

    assert not path.exists()
