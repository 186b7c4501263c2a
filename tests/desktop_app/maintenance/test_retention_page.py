"""The page of retention: rules, what they would take, the days to come, and running them."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPushButton

from db.maintenance import retention as rules
from db.maintenance.retention import keep_rule, new_rule, rules_of
from db.query import EVERYWHERE, TaskQuery
from db.records import Kind, Place
from db.retiring import Act
from db.times import DAY_US, now_us
from db.vocabulary import Status
from desktop_app.maintenance.retention import Retention
from desktop_app.maintenance.retention_page import RetentionPage
from desktop_app.maintenance.rule_dialog import RuleDialog
from desktop_app.maintenance.run_dialog import RunDialog
from desktop_app.workspace import Workspace
from tests.db.factories import a_task, make_task, stage_records


@pytest.fixture
def old(storage):
    """Three tasks that did not change for 100 days, and one for 80."""
    tasks = [
        a_task(
            f"t{number}",
            f"old {number}",
            status=Status.SUCCEEDED,
            created_at=now_us() - days * DAY_US,
            updated_at=now_us() - days * DAY_US,
        )
        for number, days in enumerate((100, 100, 100, 80))
    ]
    stage_records(storage, tasks, []).commit()


@pytest.fixture
def rule(storage, old):
    """A rule that is on and archives the three."""
    made = new_rule("Old ones", Act.ARCHIVE, Kind.TASK, "updated:>90d", is_on=True)
    return keep_rule(storage.settings, made)


@pytest.fixture
def opened(shown, qtbot):
    def show(workspace):
        retention = Retention(workspace, workspace)
        page = shown(RetentionPage(workspace, retention), 900, 640)
        qtbot.waitUntil(lambda: retention.plan is not None and not retention.doing)
        return SimpleNamespace(page=page, retention=retention)

    return show


def card(page, name="Old ones"):
    return next(each for each in page.cards if each.rule.name == name)


def said(widget):
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Description)


def rows(page):
    table = page._days.rows
    return [[table.words(row, column) for column in range(4)] for row in range(table.count)]


def dialog(page, kind):
    return next(each for each in page.window().findChildren(kind) if each.isVisible())


def places(storage):
    pks = storage.ids(TaskQuery(places=EVERYWHERE))
    return sorted((each.title, each.place) for each in storage.fetch(Kind.TASK, pks))


def test_the_shipped_rule_is_there_and_off(workspace, opened):
    page = opened(workspace).page

    (only,) = page.cards
    assert only.rule.words == "Delete records of every kind for good: trashed:>30d"
    assert not only.switch.isChecked()
    assert page._state.text() == "No rule is on; never run"
    assert page._no_days.text() == "No rule is on: nothing goes by itself."
    assert not page.run_button.isEnabled()


def test_a_card_says_what_its_rule_takes_and_the_calendar_when(workspace, rule, opened):
    page = opened(workspace).page

    assert said(card(page)).startswith("Archive tasks: updated:>90d Takes 3 tasks now, ")
    assert "“old 0”, “old 1”, “old 2”" in said(card(page))
    now, later = rows(page)
    assert now[:3] == ["Now", "Old ones", "archive: 3 tasks"]
    assert later[1:3] == ["Old ones", "archive: 1 task"]
    assert page._state.text() == "1 rule is on; never run; 3 records are due"


def test_show_leads_to_the_list_and_a_day_to_what_is_due_then(
    workspace, storage, rule, opened, qtbot
):
    page = opened(workspace).page
    with qtbot.waitSignal(page.target_wanted) as wanted:
        card(page).show_button.click()
    assert wanted.args[0].text == "updated:>90d"
    assert storage.count(wanted.args[0].whole) == 3

    page._days.setCurrentIndex(page._days.rows.index(1, 0))
    with qtbot.waitSignal(page.target_wanted) as wanted:
        QTest.keyClick(page._days, Qt.Key.Key_Return)
    found = storage.fetch(Kind.TASK, storage.ids(wanted.args[0].whole))
    assert [each.title for each in found] == ["old 3"]


def test_running_names_the_numbers_and_is_undone_as_one_step(
    workspace, storage, rule, opened, press, qtbot
):
    found = opened(workspace)
    press(found.page, "Run now…")
    asked = dialog(found.page, RunDialog)
    assert asked.lines[0].startswith("Old ones: archive 3 tasks, ")

    with qtbot.waitSignal(workspace.changed) as changed:
        asked.run.click()
    assert [place for _title, place in places(storage)] == [Place.ARCHIVED] * 3 + [Place.LIVE]
    (job,) = storage.jobs.find()
    assert (job.kind, job.state.word) == ("sheaf.retention", "done")
    qtbot.waitUntil(lambda: "last run just now; nothing is due" in found.page._state.text())

    with qtbot.waitSignal(workspace.changed):
        workspace.undo(changed.args[0].operation.pk)
    assert {place for _title, place in places(storage)} == {Place.LIVE}


def test_deleting_asks_for_the_number_to_be_typed(workspace, storage, opened, press, qtbot):
    task = make_task(storage, "gone")
    storage.move(Kind.TASK, [task.pk], Place.TRASHED)
    keep_rule(storage.settings, new_rule("Soon", Act.PURGE, None, "trashed:>0h", is_on=True))
    found = opened(workspace)
    press(found.page, "Run now…")
    asked = dialog(found.page, RunDialog)

    QTest.keyClick(asked.field, Qt.Key.Key_Return)
    assert asked.isVisible()
    assert not asked.run.isEnabled()
    QTest.keyClicks(asked.field, "1")
    with qtbot.waitSignal(workspace.changed):
        QTest.keyClick(asked.field, Qt.Key.Key_Return)
    assert places(storage) == []


def test_a_rule_is_made_in_a_dialog_that_says_what_it_would_take(
    workspace, storage, old, opened, press, qtbot
):
    found = opened(workspace)
    press(found.page, "New rule…")
    asked = dialog(found.page, RuleDialog)
    qtbot.waitUntil(lambda: "Give the rule a name" in asked._said.text())
    assert not asked.save.isEnabled()

    QTest.keyClicks(asked.name, "Old ones")
    qtbot.waitUntil(lambda: "Would take 3 tasks now" in asked._said.text())
    asked.text.setText("stauts:done")
    qtbot.waitUntil(lambda: "is no filter" in asked._error.text())
    assert not asked.save.isEnabled()
    asked.text.clear()
    asked.act.setCurrentIndex(asked.act.findData(Act.PURGE.value))
    assert asked.text.text() == "trashed:>30d"
    qtbot.waitUntil(asked.save.isEnabled)
    asked.save.click()

    qtbot.waitUntil(lambda: len(found.page.cards) == 2)
    made = rules_of(storage.settings)[-1]
    assert (made.name, made.act, made.kind, made.is_on) == (
        "Old ones",
        Act.PURGE,
        Kind.TASK,
        False,
    )


def test_a_rule_is_switched_moved_edited_and_deleted(
    workspace, storage, rule, opened, press, qtbot
):
    found = opened(workspace)
    card(found.page).switch.click()
    qtbot.waitUntil(lambda: not rules_of(storage.settings)[1].is_on)
    qtbot.waitUntil(lambda: "Off. Would take 3 tasks now" in said(card(found.page)))

    card(found.page).earlier.click()
    qtbot.waitUntil(lambda: found.page.cards[0].rule.name == "Old ones")
    assert not found.page.cards[0].earlier.isEnabled()

    card(found.page).edit.click()
    asked = dialog(found.page, RuleDialog)
    asked.text.setText("updated:>70d")
    qtbot.waitUntil(lambda: "4 tasks" in asked._said.text())
    asked.save.click()
    qtbot.waitUntil(lambda: "Would take 4 tasks" in said(card(found.page)))

    card(found.page).delete.click()
    assert "What it did stays done" in found.page.notice.text
    press(found.page.notice, "Delete")
    qtbot.waitUntil(lambda: len(found.page.cards) == 1)


def test_without_rules_it_says_what_one_would_do(workspace, storage, opened, press):
    rules.drop_rule(storage.settings, rules.SHIPPED[0].id)
    page = opened(workspace).page

    assert page._panel.accessibleName() == "There are no rules"
    assert [each.text() for each in page._panel.buttons] == ["New rule…"]


def test_working_it_out_can_be_stopped_and_begun_again(workspace, rule, opened, press, qtbot):
    found = opened(workspace)
    found.retention.look()
    press(found.page, "Stop")
    assert not found.retention.doing
    assert not found.page.run_button.isEnabled()
    press(found.page, "Look again")
    qtbot.waitUntil(found.page.run_button.isEnabled)


def test_running_the_rules_is_said_and_can_be_stopped(
    workspace, storage, rule, opened, press, qtbot
):
    found = opened(workspace)
    before = workspace.job(
        lambda _storage, token, _report: token.wait(30), lambda _waited: None, pytest.fail
    )
    found.retention.run(found.retention.plan)
    assert found.page.work_row.words == "Running the rules…"
    assert not found.page.run_button.isEnabled()
    press(found.page, "Stop")
    before.token.cancel()
    qtbot.waitUntil(found.page.run_button.isEnabled)
    assert not found.page.work_row.isVisible()
    assert {place for _title, place in places(storage)} == {Place.LIVE}


def test_every_part_of_a_card_has_a_name_of_its_own(workspace, rule, opened):
    page = opened(workspace).page

    names = [
        each.accessibleName()
        for shown in page.cards
        for each in shown.findChildren(QAbstractButton)
    ]
    assert all(names)
    assert len(set(names)) == len(names)


def test_a_backup_can_be_looked_at_but_not_changed(storage, rule, opened):
    past = Workspace(storage, is_past=True)
    page = opened(past).page

    assert "3 tasks" in said(card(page))
    enabled = [b for b in page.findChildren(QPushButton) if b.isEnabled() and b.isVisible()]
    assert {button.text() for button in enabled} == {"Show", "Look again"}
    assert not card(page).switch.isEnabled()
    past.close()


def test_rules_that_are_on_run_once_a_day(workspace, storage, rule, qtbot):
    retention = Retention(workspace, workspace)
    with qtbot.waitSignal(workspace.changed):
        retention.daily.begin()
    assert [place for _title, place in places(storage)].count(Place.ARCHIVED) == 3
    qtbot.waitUntil(lambda: not workspace.is_at_work)

    with qtbot.assertNotEmitted(workspace.job_began, wait=50):
        retention.daily.look()
    retention.daily.stop()


def test_no_rule_that_is_off_runs_by_itself(workspace, storage, old, qtbot):
    retention = Retention(workspace, workspace)
    with qtbot.assertNotEmitted(workspace.job_began, wait=50):
        retention.daily.begin()
    retention.daily.stop()
    assert rules.last_run(storage.settings) is None
