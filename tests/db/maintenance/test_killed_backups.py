"""A backup or a restore that is cut short anywhere happened whole or not at all."""

import os
import random
import subprocess
import sys

import pytest

from db.errors import SheafError
from db.maintenance.backups import Backups
from db.originals import is_kept
from db.records import Kind
from tests.db.factories import (
    ALL_TABLES,
    EVERY_TASK,
    edit_task,
    faults,
    import_files,
    make_task,
    opened,
    picture,
    stage_everything,
    tasks_of,
    write_lines,
)
from tests.db.sqlite.test_faults import drive, spread

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are forked and killed")

POINTS = 8


@pytest.fixture
def start(tmp_path):
    """A folder with a storage, a backup of it, and what was changed since."""
    folder = tmp_path / "start"
    folder.mkdir()
    rows = [{"id": str(n), "title": f"row {n}", "text": "cogs " * 300} for n in range(60)]
    with opened(folder / "work.sheaf") as storage:
        stage_everything(storage).commit()
        import_files(storage, write_lines(folder / "rows.jsonl", rows))
        Backups(storage).make()
        storage.purge(Kind.TASK, storage.ids(EVERY_TASK)[:20])
        edit_task(storage, tasks_of(storage)[0].pk, title="since")
        more = write_lines(folder / "more.jsonl", rows[:10])
        import_files(storage, more)
    return folder


def assert_sound(storage):
    assert faults(storage) == []
    for upload in storage.uploads():
        assert not upload.sha256 or is_kept(storage.originals_folder(), upload.sha256)


@pytest.mark.parametrize("fault", ["kill", "full", "error"])
def test_a_backup_is_there_whole_or_not_at_all(start, fault):
    folder = start.parent
    points = spread("back_up", folder, POINTS)
    with opened(start / "work.sheaf") as storage:
        before = picture(storage, ALL_TABLES)

    ends = drive("back_up", fault, folder, points)

    assert "done" not in ends.values() or fault != "kill"
    for point in points:
        with opened(folder / str(point) / "work.sheaf") as storage:
            backups = Backups(storage)
            assert picture(storage, ALL_TABLES) == before
            for backup in backups.all():
                proved = backups.prove(backup)
                assert proved.manifest.trouble == "", f"{fault} at {point}"
            made = backups.make()
            left = {path.name for path in backups.folder.path.iterdir()}
            known = {path for each in backups.all() for path in (each.path, each.manifest_path)}
            assert left == {path.name for path in known} | {"backups.lock", "originals"}
            assert made.manifest.missing == ()


@pytest.mark.parametrize("fault", ["kill", "full", "error"])
def test_what_was_copied_and_not_verified_is_verified_by_who_looks_next(start, fault):
    folder = start.parent
    every = spread("copy_then_verify", folder, sys.maxsize)
    # The last of what is written is that the copy is verified.
    points = sorted({*random.sample(every, POINTS), *every[-4:]})

    drive("copy_then_verify", fault, folder, points)

    pending = 0
    for point in [0, *points]:
        with opened(folder / str(point) / "work.sheaf") as storage:
            backups = Backups(storage)
            pending += len(backups.pending())
            assert backups.look_after() is None, f"{fault} at {point}"
            for backup in backups.all():
                assert backup.manifest.is_verified
                assert backups.prove(backup).manifest.trouble == ""
            assert_sound(storage)
    assert pending or fault != "kill"


@pytest.mark.parametrize("act", ["restore_backup", "restore_beside_another"])
@pytest.mark.parametrize("fault", ["kill", "full", "error"])
def test_a_restore_happens_whole_or_not_at_all(start, act, fault):
    folder = start.parent
    points = spread(act, folder, POINTS)
    with opened(start / "work.sheaf") as storage:
        before = picture(storage, ALL_TABLES)
    with opened(folder / "0" / "work.sheaf") as storage:
        after = picture(storage, ALL_TABLES)
        assert_sound(storage)
    assert before != after

    drive(act, fault, folder, points)

    for point in points:
        with opened(folder / str(point) / "work.sheaf") as storage:
            found = picture(storage, ALL_TABLES)
            assert found in (before, after), f"{fault} at {point}"
            storage.recover()
            assert_sound(storage)
            backups = Backups(storage)
            if found == before:
                backups.restore(backups.all()[0])
                assert picture(storage, ALL_TABLES) == after
            else:
                safety = backups.all()[-1]
                assert safety.manifest.kind == "before-restore"
                backups.restore(safety)
                assert picture(storage, ALL_TABLES) == before
            assert_sound(storage)
            assert not [*backups.folder.path.glob("*.working")]


WRITER = """
import itertools, sys
from db.storage import open_storage
storage = open_storage(sys.argv[1])
print("ready", flush=True)
for number in itertools.count():
    storage.batches.create(f"batch {number}")
    storage.tasks.create({"title": f"task {number}", "description": "x" * 5000})
"""


def test_a_backup_beside_another_process_that_writes_all_the_time(path):
    with opened(path) as storage:
        for number in range(100):
            make_task(storage, f"{number}", description="x" * 20_000)
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert writer.stdout.readline() == "ready\n"
            backups = Backups(storage)
            made = backups.make()
            assert writer.poll() is None
            with pytest.raises(SheafError, match="changed"):
                backups.restore(made)
        finally:
            writer.kill()
            writer.wait()
            writer.stdout.close()
        tables = made.manifest.tables
        assert tables["batch"].rows - (tables["task"].rows - 100) in {0, 1}
        assert backups.prove(made).manifest.trouble == ""
        backups.restore(made)
        assert len(tasks_of(storage)) == tables["task"].rows
        assert faults(storage) == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make a small disk"
)
def test_on_a_full_disk_a_backup_is_refused_and_nothing_is_left(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)],  # noqa: S607
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("this machine does not let us mount a disk")
    try:
        with opened(folder / "work.sheaf") as storage:
            make_task(storage, "kept", description="x" * 2_000_000)
            backups = Backups(storage)
            made = backups.make()
            (folder / "ballast").write_bytes(bytes(3_000_000))
            for act in (backups.make, lambda: backups.restore(made)):
                with pytest.raises(SheafError) as caught:
                    act()
                assert all((caught.value.what, caught.value.safe, caught.value.advice))
                assert "free" in str(caught.value)
            assert backups.all() == [made]
            assert not [*backups.folder.path.glob("*.partial")]
            assert faults(storage) == []
            (folder / "ballast").unlink()
            assert len(tasks_of(storage)) == 1
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607
