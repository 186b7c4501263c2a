"""What the pages of backups and storage do that takes long: shown, stopped and closed over."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from db.job_run import runs_of
from desktop_app.maintenance.backups_page import BackupsPage
from desktop_app.maintenance.storage_page import StoragePage
from desktop_app.window_state import WindowState
from tests.db.factories import opened


def backups(workspace, shown, qtbot, _tmp_path):
    page = shown(BackupsPage(workspace), 1000, 600)
    qtbot.waitUntil(lambda: "no backup" in page._panel.accessibleName())
    return SimpleNamespace(
        page=page,
        button=page.make,
        back=page.make,
        again=page.back_up,
        title="Back up",
        kind="sheaf.backup",
    )


def storage(workspace, shown, qtbot, tmp_path):
    page = shown(StoragePage(workspace, WindowState(tmp_path / "window.ini")), 1000, 700)
    qtbot.waitUntil(lambda: page.map is not None)
    page.ask_to_compact()
    (button, _not_now) = page.notice.buttons
    return SimpleNamespace(
        page=page,
        button=button,
        back=page.compact,
        again=page.compact_now,
        title="Compact",
        kind="sheaf.compact",
    )


@pytest.fixture(params=[backups, storage])
def found(request, filed, shown, qtbot, tmp_path):
    """A page, the button that begins something on it, and what has the focus once stopped."""
    return request.param(filed, shown, qtbot, tmp_path)


@pytest.fixture
def held(filed):
    """What lets the jobs go on that wait behind another one."""
    other = filed.job(
        lambda _storage, token, _report: token.wait(30), lambda _waited: None, pytest.fail
    )
    return other.token.cancel


def begin(found):
    found.button.setFocus()
    QTest.keyClick(found.button, Qt.Key.Key_Space)


def test_it_is_said_and_stopped_by_the_keyboard(found, held, filed, qtbot):
    begin(found)
    row = found.page.work_row
    assert found.page.is_busy
    assert row.isVisible()
    assert row.words == f"{found.title}…"
    assert row.stop.hasFocus()

    QTest.keyClick(row.stop, Qt.Key.Key_Space)
    held()
    qtbot.waitUntil(lambda: not found.page.is_busy)
    assert not row.isVisible()
    assert found.back.hasFocus()
    assert not filed.storage.jobs.find()


def test_it_is_stopped_by_the_mouse(found, held, filed, qtbot):
    QTest.mouseClick(found.button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(found.page.work_row.stop, Qt.MouseButton.LeftButton)
    held()
    qtbot.waitUntil(lambda: not found.page.is_busy)
    assert not filed.storage.jobs.find()


def test_when_it_is_done_it_is_said_no_more_and_is_a_job_of_the_queue(
    found, held, filed, qtbot
):
    begin(found)
    with qtbot.waitSignal(found.page.told, timeout=60_000):
        held()
    assert not found.page.is_busy
    assert not found.page.work_row.isVisible()
    (job,) = filed.storage.jobs.find()
    assert (job.kind, job.title, job.state.word) == (found.kind, found.title, "done")


def test_it_is_not_begun_twice(found, held, filed, qtbot):
    begin(found)
    found.again()
    with qtbot.waitSignal(found.page.told, timeout=60_000):
        held()
    assert len(filed.storage.jobs.find()) == 1


def test_the_window_can_be_closed_meanwhile(found, filed, qtbot, tmp_path):
    jobs = filed.storage.jobs
    with qtbot.waitSignal(filed.job_began):
        begin(found)
    filed.close()
    assert runs_of(jobs) == []
    with opened(tmp_path / "work.sheaf") as again:
        assert {job.state.word for job in again.jobs.find()} <= {"done", "canceled"}
