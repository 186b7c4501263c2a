"""A backup is looked at in the window, and records are taken back from it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton

from db.maintenance.backups import Backups
from db.query import TaskQuery
from db.records import Kind, Place
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do

TITLE = "Task 2-39"


def task(storage):
    return next(
        each
        for each in storage.fetch(Kind.TASK, storage.ids(TaskQuery(places=frozenset(Place))))
        if each.title.startswith(TITLE)
    )


@pytest.fixture
def changed_since(filled):
    """The filled storage with a backup, after which a task was renamed."""
    storage = open_storage(filled)
    Backups(storage).make()
    record = task(storage)
    storage.edit(
        Kind.TASK, record.pk, {"title": f"{TITLE} renamed"}, seen_version=record.version
    )
    storage.close()
    return filled


@pytest.fixture
def browse(start, changed_since, qtbot):
    """The program with the backup shown."""
    program = start(changed_since)
    program.desk.pages.show_page("backups")
    page = program.desk.pages.page
    qtbot.waitUntil(lambda: page.model.count == 1)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: program.desk is not None and program.desk.workspace.is_past)
    qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
    return program


def press(bar, words):
    next(button for button in bar.buttons if button.text().startswith(words)).click()


def show_task(program, qtbot):
    program.desk.pages.show_page("tasks")
    page = program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    qtbot.waitUntil(lambda: len(page.presenter.page.records) > 0)
    found = task(program.desk.workspace.storage)
    page.selection.choose(found.pk)
    return found


def test_a_backup_is_only_read_and_says_so(browse, qtbot):
    program = browse
    assert "This is the backup of" in program.window.ribbon.text
    found = show_task(program, qtbot)
    assert found.title == TITLE
    qtbot.waitUntil(lambda: program.window.registry.state.selected == 1)
    for action in (Do.ARCHIVE, Do.TRASH, Do.RENAME, Do.IMPORT, Do.NEW_TASK, Do.BACK_UP):
        assert not program.window.registry[action].isEnabled()
    assert program.window.registry[Do.EXPORT].isEnabled()
    footer = program.desk.detail.footer
    qtbot.waitUntil(footer.isVisible)
    buttons = footer.findChildren(QPushButton)
    assert not [button.text() for button in buttons if button.isVisible()]
    workspace = program.desk.workspace
    with qtbot.waitSignal(workspace.refused) as refused:
        workspace.archive(Kind.TASK, [found.pk])
    assert "only read" in refused.args[0]
    assert task(workspace.storage).place is Place.LIVE


def test_the_way_back_opens_the_workspace_again_and_leaves_nothing(
    browse, changed_since, qtbot, tmp_path
):
    press(browse.window.ribbon, "Back to the workspace")
    qtbot.waitUntil(lambda: browse.desk is not None and not browse.desk.workspace.is_past)
    assert browse.desk.workspace.storage.uri == changed_since
    assert browse.desk.pages.key == "backups"
    assert not browse.window.ribbon.isVisible()
    qtbot.waitUntil(lambda: not [*tmp_path.glob("work.sheaf.backups/*.working")])


def test_a_chosen_record_is_taken_back_in_one_step_to_undo(browse, qtbot):
    program = browse
    show_task(program, qtbot)
    ribbon = program.window.ribbon
    qtbot.waitUntil(lambda: ribbon.buttons[0].text() == "Take back 1 task")
    press(ribbon, "Take back")
    qtbot.waitUntil(lambda: program.desk is not None and not program.desk.workspace.is_past)
    workspace = program.desk.workspace
    with qtbot.waitSignal(workspace.changed):
        pass
    assert task(workspace.storage).title == TITLE
    with qtbot.waitSignal(workspace.changed):
        workspace.undo()
    assert task(workspace.storage).title == f"{TITLE} renamed"


def test_a_page_without_details_takes_no_room_from_them_next_time(start, stop, filled, qtbot):
    first = start(filled)
    first.desk.pages.show_page("backups")
    qtbot.waitUntil(lambda: not first.window.detail.isVisible())
    stop(first)
    again = start(filled)
    again.window.resize(1280, 800)
    again.desk.pages.show_page("tasks")
    qtbot.waitUntil(lambda: again.window.detail is not None)
    qtbot.waitUntil(lambda: not again.window.detail.visibleRegion().isEmpty())


def test_the_window_can_be_closed_while_a_backup_is_shown(browse, stop, tmp_path):
    stop(browse)
    assert not [*tmp_path.glob("work.sheaf.backups/*.working")]


def test_healthy_in_the_status_line_leads_to_the_health(start, filled, qtbot):
    program = start(filled)
    qtbot.waitUntil(lambda: program.desk.pages.health.findings is not None)
    program.window.status._check.click()
    assert program.desk.pages.key == "health"


def test_the_key_makes_a_backup_wherever_one_is(start, filled, qtbot):
    program = start(filled)
    program.window.registry[Do.BACK_UP].trigger()
    page = program.desk.pages.page
    qtbot.waitUntil(lambda: page.model.count == 1)
    assert program.desk.pages.key == "backups"


def test_the_status_line_says_when_the_latest_was_made_and_leads_to_all(start, filled, qtbot):
    program = start(filled)
    shown = program.window.status.findChildren(QToolButton)
    (latest,) = (each for each in shown if each.accessibleName().startswith("Backups"))
    qtbot.waitUntil(lambda: latest.text() == "No backup")
    latest.click()
    assert program.desk.pages.key == "backups"
    program.desk.pages.page.back_up()
    qtbot.waitUntil(lambda: latest.text() == "Backup just now ✓")
