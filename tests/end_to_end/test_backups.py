"""A backup is looked at in the window, and records are taken back from it."""

import json
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton

from db.jobs import JobOrder, OwnKind
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


_RESTORE = """
import sys
from desktop_app.command import main
sys.exit(main(["restore", "latest", "--storage", sys.argv[1]]))
"""


def test_a_restore_by_a_command_is_told_and_why_the_open_record_is_gone(start, filled, qtbot):
    storage = open_storage(filled)
    Backups(storage).make()
    (pk,) = storage.create(Kind.TASK, {"title": "made since"}).changed[Kind.TASK]
    storage.close()
    program = start(filled)
    program.desk.pages.show_page("tasks")
    qtbot.waitUntil(lambda: program.desk.tools.detail is not None)
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == 121)
    program.desk.pages.list.selection.choose(pk)
    qtbot.waitUntil(lambda: program.desk.detail._seen is not None)

    subprocess.run([sys.executable, "-c", _RESTORE, filled], check=True)

    toast, state = program.window.toast, program.desk.detail.state
    qtbot.waitUntil(lambda: toast.text.startswith("Another process restored a backup."))
    qtbot.waitUntil(lambda: "or a backup was restored" in state.accessibleDescription())
    toast.action_button.click()
    assert program.desk.pages.key == "backups"


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


@pytest.fixture
def browse_busy(start, filled, tmp_path, qtbot):
    """The program with a backup shown that was made while an import was under way."""
    paths = [str(tmp_path / "rows.json")]
    order = JobOrder(kind=OwnKind.IMPORT, title="Import rows.json", payload={"paths": paths})
    storage = open_storage(filled)
    job = storage.jobs.begin(order, "gone.1.1", 30)
    Backups(storage).make()
    storage.jobs.complete(job.token)
    storage.close()
    program = start(filled)
    program.desk.pages.show_page("backups")
    page = program.desk.pages.page
    qtbot.waitUntil(lambda: page.model.count == 1)
    page.browse_chosen()
    qtbot.waitUntil(lambda: program.desk is not None and program.desk.workspace.is_past)
    qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
    return program


def test_what_was_under_way_when_a_backup_was_made_is_not_told_as_cut_short(browse_busy, qtbot):
    window, activity = browse_busy.window, browse_busy.desk.tools.activity.activity
    activity.look()
    qtbot.waitUntil(lambda: activity._request is None)
    assert activity.jobs == ()
    assert "This is the backup of" in window.ribbon.text
    assert window.windowTitle().startswith("Backup of ")
    assert "work.sheaf" in window.windowTitle()


def test_nothing_is_imported_into_a_backup(browse, tmp_path, qtbot):
    rows = tmp_path / "rows.json"
    rows.write_text('[{"id": 1, "title": "a"}]')
    workspace, importing = browse.desk.workspace, browse.desk.importing
    for ask in (
        lambda: importing.import_paths([rows]),
        lambda: importing.import_text(rows.read_text()),
        lambda: browse.window.drop.dropped.emit([rows]),
    ):
        with qtbot.waitSignal(workspace.refused) as refused:
            ask()
        assert "only read" in refused.args[0]
        assert not importing.is_under_way


def test_a_backup_that_was_written_to_behind_its_back_is_let_go_of_all_the_same(
    browse, qtbot, tmp_path
):
    storage = browse.desk.workspace.storage
    storage.settings.put("first", 1)
    storage.settings.put("second", 2)
    press(browse.window.ribbon, "Back to the workspace")
    qtbot.waitUntil(lambda: browse.desk is not None and not browse.desk.workspace.is_past)
    qtbot.waitUntil(lambda: not [*tmp_path.glob("work.sheaf.backups/*.working")])


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


def test_changes_that_were_lost_are_told_at_the_start(start, filled, tmp_path, qtbot):
    known = tmp_path / "work.sheaf.known"
    note = json.loads(known.read_text())
    known.write_text(json.dumps({**note, "operation": note["operation"] + 5}))
    program = start(filled)
    ribbon = program.window.ribbon
    qtbot.waitUntil(lambda: "Changes that were kept are missing" in ribbon.text)
    assert "the last change that is there is of 20" in ribbon.text
    press(ribbon, "Show the backups")
    assert program.desk.pages.key == "backups"
