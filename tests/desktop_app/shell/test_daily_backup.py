"""The window makes the backup of the day in the background, and says once what is wrong."""

import pytest

from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind, BackupSettings, keep_settings
from db.records import Kind
from db.storage import open_storage
from db.times import DAY_US, now_us
from desktop_app.daily_backup import DailyBackup
from desktop_app.workspace import Workspace


@pytest.fixture
def shared(qapp, tmp_path):
    """A workspace in a file, with a record."""
    storage = open_storage(str(tmp_path / "work.sheaf"))
    storage.create(Kind.TASK, {"title": "a task"})
    workspace = Workspace(storage)
    yield workspace
    workspace.close()


@pytest.fixture
def daily(shared):
    daily = DailyBackup(shared, shared)
    yield daily
    daily.stop()


def test_the_backup_of_the_day_is_made_once_and_tested(shared, daily, qtbot):
    kept = Backups(shared.storage)

    daily.begin()

    qtbot.waitUntil(lambda: not kept.is_proof_due() and bool(kept.all()))
    qtbot.waitUntil(lambda: not shared.is_at_work)
    (made,) = kept.all()
    assert (made.manifest.kind, made.manifest.trouble) == ("daily", "")
    assert made.manifest.proved_at is not None
    with qtbot.assertNotEmitted(shared.job_began, wait=50):
        daily.look()
    (job,) = shared.storage.jobs.find()
    assert (job.kind, job.state.word) == ("sheaf.backup", "done")


def test_a_copy_that_nobody_came_to_verify_is_verified(shared, daily, qtbot):
    kept = Backups(shared.storage)
    kept.before(BackupKind.IMPORT, "import")

    daily.begin()

    qtbot.waitUntil(lambda: not kept.pending() and not kept.is_proof_due())
    qtbot.waitUntil(lambda: not shared.is_at_work)
    (known,) = kept.all()
    assert known.manifest.is_verified


def test_old_backups_go_also_where_none_is_made_each_day(shared, daily, qtbot):
    keep_settings(shared.storage.settings, BackupSettings(without=(BackupKind.DAILY,)))
    old = Backups(shared.storage, lambda: now_us() - 40 * DAY_US)
    made = [old.make() for _ in range(4)]
    kept = Backups(shared.storage)

    daily.begin()

    qtbot.waitUntil(lambda: not kept.is_rotation_due())
    qtbot.waitUntil(lambda: not shared.is_at_work)
    assert [each.name for each in kept.all()] == [each.name for each in made[1:]]
    assert all(each.is_packed for each in kept.all())


def test_a_copy_that_is_not_whole_is_told_and_another_one_is_made(shared, daily, qtbot):
    kept = Backups(shared.storage)
    kept.before(BackupKind.IMPORT, "import").path.write_bytes(b"no database")

    with qtbot.waitSignal(daily.failed) as told:
        daily.begin()

    (error,) = told.args
    assert "cannot be restored" in error.what
    assert "Another backup was made" in error.advice
    assert [each.manifest.is_verified for each in kept.all()] == [False, True]


def test_what_keeps_it_from_being_made_is_said_once(shared, daily, qtbot, tmp_path):
    (tmp_path / "work.sheaf.backups").write_text("no folder")
    told = []
    daily.failed.connect(told.append)

    with qtbot.waitSignal(daily.failed):
        daily.begin()

    assert all((told[0].what, told[0].safe, told[0].advice))
    assert not daily._looks.isActive()


def test_a_workspace_in_memory_has_none(qapp, qtbot):
    workspace = Workspace(open_storage("memory:"))
    workspace.storage.create(Kind.TASK, {"title": "a task"})
    daily = DailyBackup(workspace, workspace)

    with qtbot.assertNotEmitted(workspace.job_began, wait=50):
        daily.begin()

    daily.stop()
    workspace.close()
