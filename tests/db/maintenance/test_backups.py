"""Backups are whole, kept as configured, and bring back what there was."""

import gzip
import os
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import apsw
import pytest

from db.cancel import CancelToken
from db.errors import StorageDamagedError, StorageRejectedError, WorkCancelledError
from db.exchange.exporting import COPY, export
from db.jobs import JobOrder
from db.maintenance.backups import QUICK_BYTES, Backups, before
from db.maintenance.folder import BackupError, exchange
from db.maintenance.manifest import (
    BackupKind,
    BackupSettings,
    keep_settings,
    read_manifest,
)
from db.maintenance.rotation import kept_until
from db.originals import is_kept, read_whole
from db.processes import is_open_elsewhere
from db.records import Kind
from db.times import DAY_US
from tests.db.factories import (
    ALL_TABLES,
    EVERY_BATCH,
    EVERY_TASK,
    a_task,
    edit_task,
    faults,
    import_files,
    make_batch,
    make_task,
    opened,
    picture,
    stage_everything,
    stage_records,
    tasks_of,
    write_json,
    write_lines,
)

START = 1_900_000_000_000_000


class Clock:
    """The present time of a test, which goes on when it is told to."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def pass_days(self, days):
        self.now += int(days * DAY_US)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def backups(file_storage, clock):
    return Backups(file_storage, clock)


def fill(storage, tmp_path):
    """Put a record of every kind into a storage, and some that came from a file."""
    stage_everything(storage).commit()
    make_task(storage, "by hand", batch=make_batch(storage).id)
    rows = [{"id": str(n), "title": f"row {n}"} for n in range(20)]
    import_files(storage, write_lines(tmp_path / "rows.jsonl", rows))


def names(backups):
    return [backup.name for backup in backups.all()]


def spoil(path, offset=None):
    """Change a byte in the middle of a file."""
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if offset is None else offset] ^= 1
    path.write_bytes(data)


# Making


def test_a_backup_is_a_private_file_with_a_manifest(file_storage, backups, tmp_path):
    fill(file_storage, tmp_path)

    made = backups.make()

    assert made.name == "20300317T174640.000Z-manual"
    assert made.path.parent == tmp_path / "work.sheaf.backups"
    assert made.path.stat().st_mode & 0o377 == 0
    assert made.path.parent.stat().st_mode & 0o077 == 0
    manifest = read_manifest(made.manifest_path)
    assert manifest.bytes == made.path.stat().st_size
    assert manifest.tables["task"].rows == file_storage.count(EVERY_TASK)
    assert manifest.records == manifest.tables["message"].rows + sum(
        manifest.tables[kind.name.lower()].rows for kind in Kind if kind is not Kind.MESSAGE
    )
    assert len(manifest.originals) == 1
    assert manifest.schema_version == file_storage.info().schema_version
    assert backups.all() == [made]


def test_a_backup_holds_everything_and_its_originals(file_storage, backups, tmp_path):
    fill(file_storage, tmp_path)
    made = backups.make()
    (upload,) = [each for each in file_storage.uploads() if each.sha256]

    with backups.opened(made) as past:
        assert picture(past, ALL_TABLES) == picture(file_storage, ALL_TABLES)
        assert faults(past) == []
        assert b"".join(read_whole(past.originals_folder(), upload.sha256))

    assert not [*made.path.parent.glob("*.working")]


def test_originals_are_kept_without_being_copied(file_storage, backups, tmp_path):
    fill(file_storage, tmp_path)
    backups.make()
    (kept,) = backups.folder.originals.glob("*/*.gz")
    (live,) = file_storage.originals_folder().glob("*/*.gz")

    assert kept.samefile(live)

    backups.make()
    assert len([*backups.folder.originals.glob("*/*.gz")]) == 1


def test_an_original_that_grew_is_kept_with_all_it_goes_on_from(
    file_storage, backups, tmp_path
):
    path = tmp_path / "live.jsonl"
    rows = [{"id": str(n), "title": f"row {n}", "text": "cogs " * 2000} for n in range(300)]
    import_files(file_storage, write_lines(path, rows[:200]))
    import_files(file_storage, write_lines(path, rows))
    made = backups.make()
    before_files = {each.name for each in file_storage.originals_folder().glob("*/*.gz")}

    file_storage.history.undo()
    file_storage.history.undo()
    for sha256 in made.manifest.originals:
        for file in file_storage.originals_folder().glob(f"*/{sha256}*"):
            file.unlink()
    backups.restore(made)

    assert len(before_files) == 2
    folder = file_storage.originals_folder()
    for upload in file_storage.uploads():
        assert is_kept(folder, upload.sha256)
        assert sum(map(len, read_whole(folder, upload.sha256))) == upload.size
    assert faults(file_storage) == []


def test_a_writer_at_work_does_not_keep_a_backup_from_ending(file_storage, backups):
    for number in range(200):
        make_task(file_storage, f"{number}", description="x" * 20_000)
    stop = threading.Event()

    def write():
        while not stop.is_set():
            make_task(file_storage, "meanwhile", batch=make_batch(file_storage).id)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = backups.make()
    finally:
        stop.set()
        writer.join()

    with backups.opened(made) as past:
        assert faults(past) == []
        assert past.count(EVERY_TASK) == made.manifest.tables["task"].rows >= 200
        assert past.count(EVERY_BATCH) - (past.count(EVERY_TASK) - 200) in {0, 1}


def test_a_cancelled_backup_leaves_nothing(file_storage, backups):
    for number in range(20):
        make_task(file_storage, f"{number}", description="x" * 20_000)
    token, told = CancelToken(), []

    def cancel(progress):
        told.append(progress)
        token.cancel()

    with pytest.raises(WorkCancelledError):
        backups.make(token=token, on_progress=cancel)

    assert told[0].total >= told[0].done > 100_000
    assert backups.all() == []
    assert [path.name for path in backups.folder.path.iterdir()] == ["backups.lock"]


def test_what_one_works_in_is_nobody_elses_whichever_thread_asks(backups):
    with backups.folder.working() as one:
        with backups.folder.working() as other:
            (other / "copy.sheaf").touch()
        assert list(one.iterdir()) == []
    assert not one.exists()


def test_what_dead_processes_left_is_swept_out(file_storage, backups):
    made = backups.make()
    folder = backups.folder.path
    dead = 4_194_304 + 7
    (folder / f"{dead}-1.partial").write_bytes(b"half")
    (folder / f"{dead}-1.working").mkdir()
    (folder / f"{dead}-1.working" / "copy.sheaf").write_bytes(b"half")
    (folder / "20200101T000000.000Z-daily.json").write_bytes(b"{}")
    (folder / f"{os.getpid()}-77.partial").write_bytes(b"of this process")

    backups.make()

    left = {path.name for path in folder.iterdir()}
    assert f"{os.getpid()}-77.partial" in left
    assert made.path.name in left
    assert not {name for name in left if name.startswith(("2020", f"{dead}"))}


def test_where_there_is_no_room_the_refusal_says_so(file_storage, backups, monkeypatch):
    make_task(file_storage)
    monkeypatch.setattr("db.maintenance.folder.ROOM", 1e15)

    with pytest.raises(BackupError, match="MB free") as caught:
        backups.make()

    assert all((caught.value.what, caught.value.safe, caught.value.advice))
    assert backups.all() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")
def test_a_limit_on_the_size_of_files_is_told_as_such(file_storage, backups):
    import resource  # noqa: PLC0415, it is not there on Windows

    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, former[1]))
    try:
        with pytest.raises(BackupError) as refused:
            backups.make()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert "not an error" not in refused.value.what
    assert "files may not become so large" in refused.value.what


def test_a_damaged_storage_gives_no_backup(path):
    with opened(path) as storage:
        for number in range(50):
            make_task(storage, f"{number}", description="x" * 20_000)
        first = Backups(storage).make()
    data = bytearray(path.read_bytes())
    last = len(data) // 8192 - 1
    for page in range(last - 10, last):
        data[page * 8192 : page * 8192 + 64] = bytes(range(64))
    path.write_bytes(data)

    with opened(path) as storage:
        with pytest.raises(StorageDamagedError):
            Backups(storage).make()
        assert Backups(storage).all() == [first]


def back_up(storage, _path):
    Backups(storage).make()


def export_copy(storage, path):
    export(storage, COPY, path)


@pytest.mark.parametrize("copied", [back_up, export_copy])
def test_a_copy_that_is_not_whole_tells_that_the_storage_is_not(path, copied):
    with opened(path) as storage:
        make_task(storage, "first")
    connection = apsw.Connection(str(path))
    sql = "SELECT pageno FROM dbstat WHERE name = 'task_title'"
    ((page,),) = connection.execute(sql)
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 8192)
        file.write(bytes(8192))

    with opened(path) as storage:
        with pytest.raises(StorageDamagedError, match="It was not kept, and no record was"):
            copied(storage, path.with_name("copy.sheaf"))
        assert storage.damage is not None
    assert not path.with_name("copy.sheaf").exists()


def test_a_storage_in_memory_has_no_backups():
    with opened() as storage:
        with pytest.raises(StorageRejectedError, match="in no file"):
            Backups(storage)
        assert before(storage, BackupKind.PURGE, "purge") is None


def test_a_backup_elsewhere_has_its_originals_beside_it(file_storage, backups, tmp_path):
    fill(file_storage, tmp_path)
    target = tmp_path / "elsewhere.sheaf"

    made = backups.make(output=target)

    assert backups.all() == []
    assert backups.find(str(target)) == made
    with backups.opened(made) as past:
        assert picture(past, ALL_TABLES) == picture(file_storage, ALL_TABLES)
    with opened(target) as copy:
        assert faults(copy) == []
    with pytest.raises(BackupError, match="is there already"):
        backups.make(output=target)


# Before something


def test_before_something_nothing_is_made_again_while_nothing_changed(file_storage, backups):
    task = make_task(file_storage)
    first = backups.before(BackupKind.IMPORT, "import of a file")

    assert (first.manifest.kind, first.manifest.before) == ("before-import", "import of a file")
    assert backups.before(BackupKind.PURGE, "purge") is None

    file_storage.jobs.enqueue([JobOrder(kind="build")])
    assert backups.before(BackupKind.PURGE, "purge") is None

    edit_task(file_storage, task.pk, title="changed")
    assert backups.before(BackupKind.PURGE, "purge").manifest.kind == "before-purge"

    file_storage.history.undo()
    assert backups.before(BackupKind.IMPORT, "import") is not None

    file_storage.settings.put("a key", 1)
    assert backups.before(BackupKind.IMPORT, "import") is not None


def test_before_an_import_into_a_large_workspace_a_backup_of_the_last_hour_is_enough(
    file_storage, backups, clock
):
    task = make_task(file_storage)
    assert backups.before(BackupKind.IMPORT, "import") is not None
    file_storage.settings.put("much", "x" * QUICK_BYTES)

    clock.pass_days(0.9 / 24)
    assert backups.before(BackupKind.IMPORT, "import") is None
    assert backups.is_needed(BackupKind.PURGE)

    clock.pass_days(0.2 / 24)
    assert backups.before(BackupKind.IMPORT, "import") is not None
    edit_task(file_storage, task.pk, title="changed")
    assert backups.before(BackupKind.IMPORT, "import") is None


def test_before_an_import_that_nobody_asked_for_a_backup_of_the_last_day_is_enough(
    file_storage, backups, clock
):
    task = make_task(file_storage)
    assert backups.before(BackupKind.IMPORT, "import", unasked=True) is not None
    edit_task(file_storage, task.pk, title="changed")

    clock.pass_days(23 / 24)
    assert backups.before(BackupKind.IMPORT, "import", unasked=True) is None
    clock.pass_days(2 / 24)
    assert backups.before(BackupKind.IMPORT, "import", unasked=True) is not None


def test_a_kind_that_people_switched_off_is_not_made(file_storage, backups):
    make_task(file_storage)
    keep_settings(file_storage.settings, BackupSettings(without=(BackupKind.IMPORT,)))

    assert backups.before(BackupKind.IMPORT, "import") is None
    assert backups.before(BackupKind.PURGE, "purge") is not None


def test_the_daily_one_is_due_once_a_day_also_where_the_clock_went_back(
    file_storage, backups, clock
):
    assert not backups.is_daily_due(), "there is nothing yet"
    make_task(file_storage)
    assert backups.is_daily_due()
    backups.make(BackupKind.DAILY)
    clock.pass_days(0.9)
    make_task(file_storage)
    assert not backups.is_daily_due()
    clock.pass_days(0.2)
    assert backups.is_daily_due()
    backups.make(BackupKind.DAILY)
    clock.pass_days(300)
    assert not backups.is_daily_due(), "nothing was changed"
    make_task(file_storage)
    clock.pass_days(-600)
    assert backups.is_daily_due()


# Verifying


def test_before_an_import_a_copy_is_enough_and_before_a_purge_it_is_verified(
    file_storage, backups
):
    task = make_task(file_storage)

    copied = backups.before(BackupKind.IMPORT, "import")

    assert backups.pending() == [copied]
    assert not copied.manifest.is_verified
    assert backups.before(BackupKind.IMPORT, "another import") is None
    assert backups.is_needed(BackupKind.PURGE)

    assert backups.before(BackupKind.PURGE, "purge") is None
    (known,) = backups.all()
    assert known.name == copied.name
    assert known.manifest.is_verified
    assert known.path.stat().st_mode & 0o377 == 0

    edit_task(file_storage, task.pk, title="changed")
    assert backups.before(BackupKind.PURGE, "purge").manifest.is_verified


def test_a_copy_that_proves_damaged_is_told_and_another_is_made(file_storage, backups):
    for number in range(50):
        make_task(file_storage, f"{number}", description="x" * 20_000)
    copied = backups.before(BackupKind.IMPORT, "import")
    copied.path.write_bytes(copied.path.read_bytes()[: copied.size // 2])

    bad = backups.look_after()

    assert bad.name == copied.name
    assert "not whole" in bad.manifest.trouble or "damaged" in bad.manifest.trouble
    latest = backups.all()[-1]
    assert latest.name != copied.name
    assert latest.manifest.is_verified
    assert backups.look_after() is None
    with pytest.raises(StorageDamagedError):
        backups.restore(backups.find(copied.name))


def test_a_copy_that_lacks_records_is_not_taken_for_whole(file_storage, backups):
    make_task(file_storage, "first")
    early = backups.make()
    make_task(file_storage, "second")
    copied = backups.before(BackupKind.IMPORT, "import")
    copied.path.write_bytes(early.path.read_bytes())

    verified = backups.verify(copied)

    assert "not whole" in verified.manifest.trouble
    assert backups.is_needed(BackupKind.IMPORT)


def test_a_purge_does_not_rest_on_a_damaged_copy(file_storage, backups):
    make_task(file_storage, description="x" * 200_000)
    copied = backups.before(BackupKind.IMPORT, "import")
    copied.path.write_bytes(b"no database")

    made = backups.before(BackupKind.PURGE, "purge")

    assert made.manifest.is_verified
    assert made.name != copied.name


@pytest.mark.parametrize("act", ["prove", "restore"])
def test_what_is_brought_back_is_verified_first(file_storage, backups, act):
    make_task(file_storage, "then")
    copied = backups.before(BackupKind.IMPORT, "import")
    make_task(file_storage, "later")

    getattr(backups, act)(copied)

    known = backups.find(copied.name).manifest
    assert known.is_verified
    assert (known.proved_at is not None) == (act == "prove")
    assert len(tasks_of(file_storage)) == (1 if act == "restore" else 2)


def test_what_is_not_verified_is_neither_dropped_nor_counted(file_storage, backups, clock):
    make_task(file_storage)
    for _ in range(3):
        backups.make()
    make_task(file_storage, "later")
    copied = backups.before(BackupKind.IMPORT, "import")
    clock.pass_days(400)

    done = backups.rotate()

    assert done.drop == ()
    assert copied.name not in {each.name for each in done.compress}
    assert backups.pending() == [copied]


def test_two_who_verify_the_same_agree(file_storage, backups):
    make_task(file_storage)
    copied = backups.before(BackupKind.IMPORT, "import")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(backups.verify(copied))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({each.manifest.sha256 for each in found}) == 1
    assert all(each.manifest.is_verified for each in found)
    assert backups.pending() == []


# Keeping


def test_old_backups_are_compressed_then_dropped_but_never_the_last_three(
    file_storage, backups, clock, tmp_path
):
    fill(file_storage, tmp_path)
    for _ in range(5):
        backups.make(BackupKind.DAILY)
        clock.pass_days(1)

    assert backups.rotate().compress == ()
    clock.pass_days(4)
    packed = backups.rotate().compress
    assert [backup.is_packed for backup in backups.all()] == [True, True, False, False, False]
    assert [each.name for each in packed] == names(backups)[:2]
    assert backups.all()[0].size < backups.all()[2].size
    with backups.opened(backups.all()[0]) as past:
        assert faults(past) == []

    clock.pass_days(100)
    gone = backups.rotate().drop
    assert [each.name for each in gone] == [each.name for each in packed]
    assert [backup.is_packed for backup in backups.all()] == [True] * 3
    assert backups.rotate().drop == ()


def test_nothing_is_dropped_where_the_storage_lost_most_of_its_records(
    file_storage, backups, clock
):
    stage_records(file_storage, [a_task(str(n)) for n in range(10)]).commit()
    for _ in range(5):
        backups.make(BackupKind.DAILY)
    file_storage.purge(Kind.TASK, file_storage.ids(EVERY_TASK)[:6])
    clock.pass_days(400)

    rotation = backups.rotate()

    assert rotation.drop == ()
    assert "has 5 records and a backup 11" in rotation.held
    assert len(backups.all()) == 5


def test_of_those_before_imports_the_last_of_a_day_stays(file_storage, backups, clock):
    make_task(file_storage)
    made = [backups.make(BackupKind.IMPORT) for _ in range(3)]
    others = [backups.make() for _ in range(3)]

    assert backups.rotate().drop == ()
    until = [kept_until(each, backups.settings, made) for each in made]
    assert until[0] == until[1] == (START // DAY_US + 1) * DAY_US
    assert until[2] == START + backups.settings.keep_days * DAY_US
    clock.pass_days(1)

    assert [each.name for each in backups.rotate().drop] == [each.name for each in made[:2]]
    assert names(backups) == [each.name for each in (made[2], *others)]


def test_originals_go_with_the_last_backup_that_names_them(
    file_storage, backups, clock, tmp_path
):
    fill(file_storage, tmp_path)
    first, second = backups.make(), backups.make()
    (kept,) = backups.folder.originals.glob("*/*.gz")

    backups.drop(first)
    assert kept.exists()
    backups.drop(second)

    assert not kept.exists()
    assert faults(file_storage) == []


# Proving


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_proof_finds_a_damaged_backup_and_no_restore_takes_it(
    file_storage, backups, clock, tmp_path, is_packed
):
    fill(file_storage, tmp_path)
    made = backups.make()
    for _ in range(3):
        backups.make()
    if is_packed:
        clock.pass_days(10)
        backups.rotate()
    made = backups.find(made.name)
    assert made.is_packed is is_packed
    proved = backups.prove(made)
    assert (proved.manifest.trouble, proved.manifest.proved_at) == ("", clock.now)

    spoil(made.path)
    proved = backups.prove(made)

    assert "damaged" in proved.manifest.trouble
    assert backups.find(made.name) == proved
    before_restore = picture(file_storage, ALL_TABLES)
    with pytest.raises(StorageDamagedError) as caught:
        backups.restore(made)
    assert made.name in caught.value.what
    assert picture(file_storage, ALL_TABLES) == before_restore


def test_a_proof_finds_a_missing_original(file_storage, backups, tmp_path):
    fill(file_storage, tmp_path)
    made = backups.make()
    (kept,) = backups.folder.originals.glob("*/*.gz")
    kept.unlink()

    assert "original" in backups.prove(made).manifest.trouble


def test_a_damaged_newest_backup_does_not_stand_for_a_new_one(file_storage, backups):
    make_task(file_storage)
    made = backups.make()
    assert not backups.is_daily_due()
    spoil(made.path)
    backups.prove(made)

    assert backups.is_daily_due()
    assert backups.before(BackupKind.PURGE, "purge") is not None


# Restoring


def test_a_restore_brings_everything_back_and_can_be_undone(file_storage, backups, tmp_path):
    fill(file_storage, tmp_path)
    then = picture(file_storage, ALL_TABLES)
    made = backups.make()
    file_storage.purge(Kind.BATCH, file_storage.ids(EVERY_BATCH))
    make_task(file_storage, "later")
    now = picture(file_storage, ALL_TABLES)

    restored = backups.restore(made)

    assert picture(file_storage, ALL_TABLES) == then
    assert faults(file_storage) == []
    assert file_storage.history.next_undo() is not None
    make_task(file_storage, "afterwards")
    file_storage.history.undo()

    backups.restore(restored.safety)
    assert picture(file_storage, ALL_TABLES) == now
    assert faults(file_storage) == []
    assert restored.safety.manifest.before == f"restore of {made.name}"


def test_a_restore_of_a_packed_backup_of_an_older_version(file_storage, backups, clock):
    make_task(file_storage, "old")
    version = file_storage.info().schema_version
    file_storage.migrate(version - 1)
    made = backups.make()
    file_storage.migrate()
    clock.pass_days(10)
    backups.rotate()
    edit_task(file_storage, tasks_of(file_storage)[0].pk, title="new")

    backups.restore(backups.find(made.name))

    assert [task.title for task in tasks_of(file_storage)] == ["old"]
    assert file_storage.info().schema_version == version
    assert faults(file_storage) == []


def test_a_preview_counts_what_there_is_now_and_was_then(file_storage, tmp_path):
    backups = Backups(file_storage)
    kept = make_task(file_storage, "kept")
    make_task(file_storage, "gone")
    made = backups.make()
    file_storage.purge(Kind.TASK, [each.pk for each in tasks_of(file_storage)][:1])
    edit_task(file_storage, tasks_of(file_storage)[0].pk, title="changed")
    make_batch(file_storage)

    changes = {each.kind: each for each in backups.preview(made)}

    task, batch = changes[Kind.TASK], changes[Kind.BATCH]
    assert (task.now, task.then, task.newer) == (1, 2, 1)
    assert (batch.now, batch.then, batch.newer) == (1, 0, 1)
    assert kept.title == "kept"


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_preview_counts_what_came_with_old_times(file_storage, tmp_path, is_packed):
    backups = Backups(file_storage)
    make_task(file_storage, "kept")
    made = backups.make()
    if is_packed:
        backups.folder.pack(made, CancelToken())
        made = backups.find(made.name)
    rows = [
        {"id": str(number), "title": f"task {number}", "createdAt": "2020-01-01T00:00:00Z"}
        for number in range(5)
    ]
    import_files(file_storage, write_json(tmp_path / "old.json", rows))

    changes = {each.kind: each for each in backups.preview(made)}

    task = changes[Kind.TASK]
    assert (task.now, task.then, task.newer) == (6, 1, 5)


def test_another_process_sees_a_restore(file_storage, backups, path):
    make_task(file_storage, "then")
    made = backups.make()
    edit_task(file_storage, tasks_of(file_storage)[0].pk, title="now")
    with opened(path) as other:
        version = other.others_version()
        assert [task.title for task in tasks_of(other)] == ["now"]

        backups.restore(made)

        assert other.others_version() != version
        assert [task.title for task in tasks_of(other)] == ["then"]
        make_task(other, "written by the other")
        assert faults(other) == []
    assert len(tasks_of(file_storage)) == 2


OPENS = """
import sys, apsw
connection = apsw.Connection(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
print(connection.execute("SELECT title FROM task").fetchall(), flush=True)
"""
READS = """
import sys
from db.query import TaskQuery
from db.storage import open_storage
storage = open_storage(sys.argv[1])
print([task.title for task in storage.find(TaskQuery(), 9).items], flush=True)
storage.close()
"""


def python(code, path):
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def inode(path):
    return path.stat().st_ino


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_what_nobody_else_has_open_is_itself_the_backup_of_what_was_there(
    file_storage, backups, path
):
    make_task(file_storage, "then")
    made = backups.make()
    edit_task(file_storage, tasks_of(file_storage)[0].pk, title="now")
    before = inode(path)

    restored = backups.restore(made)

    assert inode(restored.safety.path) == before != inode(path)
    assert restored.safety.manifest.is_verified
    assert restored.safety.path.stat().st_mode & 0o777 == 0o400
    assert path.stat().st_mode & 0o777 == 0o600
    with backups.opened(restored.safety) as past:
        assert [task.title for task in tasks_of(past)] == ["now"]
    make_task(file_storage, "goes on")
    assert faults(file_storage) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_a_process_that_only_opened_the_file_sees_what_is_restored(file_storage, backups, path):
    make_task(file_storage, "then")
    made = backups.make()
    edit_task(file_storage, tasks_of(file_storage)[0].pk, title="now")
    before = inode(path)

    with python(OPENS, path) as other:
        assert other.stdout.readline() == "open\n"
        backups.restore(made)
        said, _ = other.communicate("\n")

    assert said == "[('then',)]\n"
    assert inode(path) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
@pytest.mark.parametrize("is_noticed", [False, True])
def test_who_opens_the_file_while_another_takes_its_name_gets_the_one_that_has_it(
    file_storage, path, tmp_path, is_noticed
):
    make_task(file_storage, "then")
    copy, aside = tmp_path / "copy.sheaf", tmp_path / "aside.sheaf"
    file_storage.copy_to(copy)
    edit_task(file_storage, tasks_of(file_storage)[0].pk, title="now")
    newcomers = []

    def put(_found):
        newcomers.append(python(READS, path))
        while not is_open_elsewhere(path, (path.stat().st_dev, path.stat().st_ino)):
            assert newcomers[0].poll() is None
        if is_noticed:
            return exchange(copy, path, aside)
        os.link(path, aside)
        copy.replace(path)
        return True

    exchanged = file_storage.exchange_with(copy, put)

    with newcomers[0] as newcomer:
        said, _ = newcomer.communicate()
    expected = ["now"] if is_noticed else ["then"]
    assert (exchanged is None) is is_noticed
    assert said == f"{expected}\n"
    assert [task.title for task in tasks_of(file_storage)] == expected
    assert aside.exists() is not is_noticed
    assert faults(file_storage) == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away"
)
def test_a_file_of_another_person_stays_theirs(file_storage, backups, path):
    make_task(file_storage, "then")
    made = backups.make()
    edit_task(file_storage, tasks_of(file_storage)[0].pk, title="now")
    os.chown(path, 12345, 12345)

    backups.restore(made)

    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12345)
    assert [task.title for task in tasks_of(file_storage)] == ["then"]


@pytest.mark.skipif(os.name != "posix", reason="links are those of POSIX")
def test_the_workspace_is_never_taken_for_a_backup_of_itself(file_storage, backups, path):
    """It has a name among them for a moment, and longer if a restore is cut short then."""
    make_task(file_storage)
    made = backups.make()
    name = backups.folder.path / "20300401T000000.000Z-before-restore.sheaf"
    os.link(path, name)
    name.with_suffix(".json").write_bytes(made.manifest_path.read_bytes())

    assert backups.all() == [made]
    with pytest.raises(BackupError):
        backups.find(str(name))
    backups.rotate()

    assert not name.exists()
    assert not name.with_suffix(".json").exists()
    assert len(tasks_of(file_storage)) == 1


def test_the_queue_of_jobs_stays_as_it_is(file_storage, backups):
    file_storage.jobs.enqueue([JobOrder(kind="done since")])
    made = backups.make()
    file_storage.jobs.complete(file_storage.jobs.claim(["done since"], "w", 60).token)
    file_storage.jobs.enqueue([JobOrder(kind="new")])
    claimed = file_storage.jobs.claim(["new"], "w", 60)
    make_task(file_storage)

    backups.restore(made)

    assert file_storage.jobs.claim(["done since"], "w", 60) is None
    file_storage.jobs.complete(claimed.token)
    assert tasks_of(file_storage) == []


def test_no_restore_while_an_import_waits(file_storage, backups):
    made = backups.make()
    staging = stage_records(file_storage, [a_task("1")])

    with pytest.raises(StorageRejectedError, match="An import"):
        backups.restore(made)

    staging.commit()
    assert len(tasks_of(file_storage)) == 1


def test_an_import_that_was_under_way_is_not_in_what_is_restored(file_storage, backups):
    staging = stage_records(file_storage, [a_task("1")])
    made = backups.make()
    staging.discard()

    backups.restore(made)

    assert file_storage.history.operations() == ()
    assert file_storage.recover() == ()
    assert faults(file_storage) == []


@pytest.mark.parametrize("is_open_elsewhere", [False, True])
def test_a_cancelled_restore_changes_nothing(file_storage, backups, path, is_open_elsewhere):
    for number in range(100):
        make_task(file_storage, f"{number}", description="x" * 100_000)
    made = backups.make()
    make_task(file_storage, "later")
    then = picture(file_storage, ALL_TABLES)
    token, told = CancelToken(), []

    def cancel_in_the_end(progress):
        told.append(progress.done)
        is_read = progress.done == progress.total
        if told[-1] < max(told) or (is_read and not is_open_elsewhere):
            token.cancel()

    other = opened(path) if is_open_elsewhere else nullcontext()
    with other, pytest.raises(WorkCancelledError):
        backups.restore(made, token, cancel_in_the_end)

    assert picture(file_storage, ALL_TABLES) == then
    assert faults(file_storage) == []
    make_task(file_storage, "goes on")


def test_a_backup_is_found_by_the_start_of_its_name(file_storage, backups, clock):
    first = backups.make()
    clock.pass_days(1)
    second = backups.make(BackupKind.DAILY)

    assert backups.find(first.name) == first
    assert backups.find("20300318") == second
    assert backups.find("latest") == second
    for name in ("2030", "nothing", ""):
        with pytest.raises(BackupError):
            backups.find(name)


def test_a_packed_backup_is_plain_gzip(file_storage, backups, clock):
    make_task(file_storage)
    for _ in range(4):
        backups.make()
    clock.pass_days(10)
    backups.rotate()

    packed = backups.all()[0]

    assert gzip.decompress(Path(packed.path).read_bytes())[:15] == b"SQLite format 3"


def test_what_is_due_is_done_each_day_and_the_latest_is_tested_each_week(
    file_storage, backups, clock
):
    done = []
    for day in range(9):
        make_task(file_storage, f"of day {day}")
        assert backups.look_after() is None
        done.append(backups.all()[-1].manifest.proved_at is not None)
        clock.pass_days(1)

    assert [backup.manifest.kind for backup in backups.all()] == ["daily"] * 9
    assert done == [True, *[False] * 6, True, False]
    assert [backup.is_packed for backup in backups.all()] == [True] + [False] * 8


def test_a_damaged_latest_backup_is_told_and_another_is_made(file_storage, backups, clock):
    make_task(file_storage)
    made = backups.make()
    spoil(made.path)

    assert backups.look_after().name == made.name
    assert backups.is_daily_due()
    clock.pass_days(1)
    assert backups.look_after() is None
    assert backups.all()[-1].manifest.trouble == ""
