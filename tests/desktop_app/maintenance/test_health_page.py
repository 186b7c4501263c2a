"""The page of the health: what is wrong, why, its rows, fixing it, and letting it be."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from db.jobs import JobFilter
from db.maintenance import health
from db.records import Kind
from db.times import now_us
from db.vocabulary import Status
from desktop_app.maintenance.health import Health
from desktop_app.maintenance.health_page import HealthPage
from desktop_app.workspace import Workspace


@pytest.fixture
def unproven(storage):
    """A task that is done though its only run failed; return its pk."""
    task = storage.create(Kind.TASK, {"title": "Mend the lexer", "status": "succeeded"})
    (pk,) = task.changed[Kind.TASK]
    (record,) = storage.fetch(Kind.TASK, [pk])
    storage.create(Kind.EXECUTION, {"task": record.id, "status": "failed"})
    return pk


@pytest.fixture
def open_health(shown, qtbot):
    def show(workspace):
        health = Health(workspace, workspace)
        page = shown(HealthPage(workspace, health), 900, 640)
        qtbot.waitUntil(lambda: health.findings is not None)
        return SimpleNamespace(page=page, health=health)

    return show


@pytest.fixture
def checked(workspace, unproven, open_health, press, qtbot):
    """The page after a full check that found the task."""
    found = open_health(workspace)
    press(found.page, "Check now")
    qtbot.waitUntil(lambda: found.health.are_complete)
    return found


def card(page, check="unproven"):
    return next(each for each in page.cards if each.finding.check == check)


def status(storage, pk):
    return storage.fetch(Kind.TASK, [pk])[0].status


def test_all_is_green_where_nothing_is_wrong(workspace, open_health, press, qtbot):
    found = open_health(workspace)
    assert "Never checked in full" in found.page._said.text()
    press(found.page, "Check now")
    qtbot.waitUntil(lambda: found.health.are_complete)
    assert found.page._state.text() == "✓ All is well"
    assert found.page._state.property("role") == "good"
    assert found.page._said.text() == "Last full check just now"
    assert found.page.cards == []


def test_a_check_can_be_stopped_and_what_was_known_stays(checked, press, qtbot):
    before = checked.health.findings
    checked.health.check()
    assert checked.page.work_row.isVisible()
    press(checked.page, "Stop")
    qtbot.waitUntil(lambda: not checked.health.doing)
    assert checked.health.findings == before
    assert checked.page.check_button.text() == "Check now"


def test_a_finding_says_what_is_wrong_and_why_it_matters(checked):
    shown = card(checked.page)
    interface = QAccessible.queryAccessibleInterface(shown)
    assert interface.text(QAccessible.Text.Name).startswith("Warning: Tasks are done though")
    assert "Nothing shows that the work was really done." in interface.text(
        QAccessible.Text.Description
    )
    assert checked.page._state.text() == "1 problem found"
    for button in shown.findChildren(QPushButton):
        assert "Tasks are done though" in button.accessibleName()


def test_what_another_program_leaves_behind_is_noticed_without_a_full_check(
    workspace, storage, open_health, qtbot
):
    found = open_health(workspace)
    assert not found.health.problems
    task = storage.create(Kind.TASK, {"title": "Mend"}).changed[Kind.TASK][0]
    (record,) = storage.fetch(Kind.TASK, [task])
    run = {"task": record.id, "status": "running", "lease_until": now_us() - 1}
    storage.create(Kind.EXECUTION, run)
    workspace.notice()
    qtbot.waitUntil(lambda: [each.check for each in found.health.problems] == ["leases"])


def test_its_rows_are_shown_and_lead_to_the_record(checked, unproven, press, qtbot):
    press(card(checked.page), "Show 1")
    qtbot.waitUntil(lambda: card(checked.page).shows_rows)
    rows = card(checked.page).rows
    assert rows.rows.words(0, 0) == "Mend the lexer"
    assert rows.hasFocus()
    with qtbot.waitSignal(checked.page.target_wanted) as wanted:
        QTest.keyClick(rows, Qt.Key.Key_Return)
    assert (wanted.args[0].kind, wanted.args[0].pk) == (Kind.TASK, unproven)


def test_a_fix_is_one_operation_that_undo_takes_back(
    checked, unproven, storage, workspace, press, qtbot
):
    with qtbot.waitSignal(workspace.changed) as changed:
        press(card(checked.page), "Fix")
    qtbot.waitUntil(lambda: not checked.health.problems)
    assert checked.page._state.text() == "✓ All is well"
    assert status(storage, unproven) is not Status.SUCCEEDED
    with qtbot.waitSignal(workspace.changed):
        workspace.undo(changed.args[0].operation.pk)
    assert status(storage, unproven) is Status.SUCCEEDED
    assert "something was changed since" in checked.page._said.text()


def test_what_is_ignored_is_told_no_more_until_one_wants_to(checked, press, qtbot):
    menu = next(b for b in card(checked.page).buttons if b.text() == "Ignore until…").menu()
    menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: not checked.health.problems)
    assert card(checked.page).finding.ignored_until is not None
    assert checked.page._state.text() == "✓ All is well"
    press(card(checked.page), "Tell me again")
    qtbot.waitUntil(lambda: len(checked.health.problems) == 1)


def test_the_time_of_the_last_check_outlives_the_window_and_its_job(
    checked, workspace, storage, open_health, qtbot
):
    storage.jobs.delete(JobFilter(own=True))
    other = open_health(workspace)
    qtbot.waitUntil(lambda: other.health.checked_at is not None)
    assert other.page._said.text().startswith("Last full check just now")


def test_a_check_tells_how_many_of_its_steps_are_done(checked, press, qtbot):
    told = []
    checked.health.progressed.connect(told.append)
    with qtbot.waitSignal(checked.health.told):
        press(checked.page, "Check now")
    assert told
    assert all(0 <= each.done < each.total for each in told)
    assert f"of {told[-1].total}" in checked.page.work_row.words or not checked.health.doing


def test_a_check_is_nothing_that_a_backup_would_be_needed_for(checked, storage):
    mark = storage.mark()
    health.check(storage)
    assert health.checked_at(storage)
    assert storage.mark() == mark


def test_a_check_that_fails_is_told(filed, open_health, press, qtbot, tmp_path):
    found = open_health(filed)
    for path in tmp_path.glob("work.sheaf*"):
        path.write_bytes(b"no database " * (path.stat().st_size // 12))
    with qtbot.waitSignal(filed.failed) as failed:
        press(found.page, "Check now")
    assert all((failed.args[0].what, failed.args[0].safe, failed.args[0].advice))
    assert found.page.check_button.text() == "Check now"


def test_a_backup_can_be_looked_at_but_not_fixed(storage, unproven, open_health, press, qtbot):
    past = Workspace(storage, is_past=True)
    found = open_health(past)
    press(found.page, "Check now")
    qtbot.waitUntil(lambda: found.health.are_complete)
    assert [b.text() for b in card(found.page).buttons] == ["Show 1"]
    past.close()
