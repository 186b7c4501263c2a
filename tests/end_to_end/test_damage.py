"""A file that is damaged while the window is open: from then on it is only read."""

import json
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind, BackupSettings, keep_settings
from db.query import BatchQuery, TaskQuery
from db.records import Kind
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.maintenance.damaged_dialog import DamagedDialog
from desktop_app.maintenance.salvaged import SalvagedDialog

PAGE = 8192
TEXT = "word " * 10_000

_WRITE = """
import json, sys
with open(sys.argv[1], "r+b") as file:
    for place, content in json.loads(sys.argv[2]):
        file.seek(place)
        file.write(bytes.fromhex(content))
"""


@pytest.fixture
def long(uri):
    """A workspace of some megabytes, of which a window does not read everything."""
    storage = open_storage(uri)
    keep_settings(storage.settings, BackupSettings(without=(BackupKind.DAILY,)))
    for number in range(40):
        storage.tasks.create({"title": f"Task {number:02}", "description": TEXT})
    storage.close()
    return uri


@pytest.fixture
def shown(long, start, qtbot):
    program = start(long)
    program.desk.pages.show_page("tasks")
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == 40)
    qtbot.waitUntil(lambda: program.desk.pages.health.findings is not None)
    return program


def path_of(program):
    return Path(program.uri.removeprefix("sqlite://"))


def leaves(path, *tables):
    """Return the numbers of the pages that hold what is in tables, from 1."""
    connection = apsw.Connection(str(path))
    found = connection.execute(
        "SELECT pageno FROM dbstat WHERE name IN (SELECT value FROM json_each(?))"
        " AND pagetype <> 'internal'",
        (json.dumps(tables),),
    ).fetchall()
    connection.close()
    return [page for (page,) in found]


def write(path, changes):
    """Have another process write into the file as a failing disk would.

    This one would lose its locks by it.
    """
    told = json.dumps([(place, content.hex()) for place, content in changes])
    subprocess.run([sys.executable, "-c", _WRITE, str(path), told], check=True)


def destroy(path):
    """Destroy the pages of the texts and of what finds them."""
    pages = leaves(path, "task_body", "task_search_data")
    write(path, [((page - 1) * PAGE, bytes(16)) for page in pages])


def pks(program):
    return program.desk.workspace.storage.ids(TaskQuery())


def read_a_text(program):
    program.desk.detail.show_record(Kind.TASK, pks(program)[-1])


def search(program):
    program.desk.pages.search_everything("word")


def check(program):
    program.window.registry[Do.CHECK].trigger()


def change(program):
    workspace = program.desk.workspace
    workspace.edit(Kind.TASK, pks(program)[-1], {"description": "short"}, 1)


@pytest.mark.parametrize("act", [read_a_text, search, check, change])
def test_a_file_that_is_found_damaged_is_only_read_from_then_on(shown, act, qtbot):
    program, path, former = shown, path_of(shown), shown.desk
    destroy(path)
    content = path.read_bytes()

    act(program)

    qtbot.waitUntil(lambda: program.desk not in {former, None})
    desk, window = program.desk, program.window
    qtbot.waitUntil(lambda: "open only for reading" in window.ribbon.text)
    assert "damaged" in window.ribbon.text
    words = {button.text() for button in window.ribbon.findChildren(QPushButton)}
    assert {"Restore a backup…", "Salvage…"} <= words
    assert desk.workspace.only_read
    assert desk.pages.key == former.pages.key
    for action in (Do.NEW_TASK, Do.IMPORT, Do.TRASH, Do.UNDO, Do.BACK_UP):
        assert not window.registry[action].isEnabled()
    with qtbot.waitSignal(desk.workspace.refused):
        desk.workspace.create(Kind.BATCH, {"title": "New"})
    qtbot.waitUntil(lambda: desk.pages.health.problems != ())
    assert desk.pages.health.problems[0].check == "integrity"
    assert len(pks(program)) == 40
    assert path.read_bytes() == content


def test_what_a_full_check_found_is_still_said_when_the_window_only_reads(shown, qtbot):
    program, path, former = shown, path_of(shown), shown.desk
    # In the row and not in its index, which no quick look compares.
    (page, *_) = leaves(path, "task")
    content = path.read_bytes()[(page - 1) * PAGE : page * PAGE]
    write(path, [((page - 1) * PAGE + content.index(b"Task 07"), b"Zeta 07")])
    check(program)
    qtbot.waitUntil(lambda: program.desk not in {former, None})
    health = program.desk.pages.health
    qtbot.waitUntil(lambda: program.desk.workspace._own_work == 0)
    assert health.are_complete
    assert [each.check for each in health.problems] == ["integrity"]
    assert not health.problems[0].is_mendable


@pytest.mark.parametrize("act", [check, change])
def test_what_could_not_be_saved_any_more_is_named(shown, act, qtbot):
    program, path, former = shown, path_of(shown), shown.desk
    read_a_text(program)
    qtbot.waitUntil(lambda: former.detail._seen is not None)
    if act is check:
        former.detail.edit_title()
        former.detail.header.title._field.setText("Typed last")
    destroy(path)
    act(program)
    qtbot.waitUntil(lambda: program.desk not in {former, None})
    qtbot.waitUntil(program.window.toast.isVisible)
    assert program.window.toast.text == "Not saved: Change 1 task"


def test_where_not_even_reading_is_possible_a_backup_or_a_salvage_is_offered(shown, qtbot):
    program, path = shown, path_of(shown)
    pages = (1, *leaves(path, "sqlite_schema"))
    write(path, [((page - 1) * PAGE, bytes(16)) for page in pages])
    check(program)
    panel = program.window.panel
    qtbot.waitUntil(lambda: "Salvage…" in [button.text() for button in panel.buttons])
    assert program.desk is None
    assert "exactly as it is" in panel.accessibleDescription()


@pytest.fixture
def missing(uri):
    """A workspace of which nothing is left but its backup and what else is beside."""
    storage = open_storage(uri)
    keep_settings(storage.settings, BackupSettings(without=(BackupKind.DAILY,)))
    storage.tasks.create({"title": "Kept"})
    Backups(storage).make()
    storage.close()
    path = Path(uri.removeprefix("sqlite://"))
    path.unlink()
    return path


@pytest.fixture
def asked(missing, uri, start, qtbot):
    """The window on that, once it asks what is to be done."""
    program = start(uri, ready=False)
    qtbot.waitUntil(lambda: len(program.window.panel.buttons) == 4)
    return program


def press(program, words):
    (button,) = [each for each in program.window.panel.buttons if each.text() == words]
    button.click()


def test_a_missing_file_with_backups_is_asked_about_and_not_made_anew(asked, missing):
    panel = asked.window.panel
    assert [button.text() for button in panel.buttons] == [
        "Restore a backup…",
        "Start empty",
        "Try again",
        "Choose another file…",
    ]
    assert panel.buttons[0].property("primary")
    assert f"{missing} is missing" in panel.accessibleName()
    assert "no new file was made" in panel.accessibleDescription()
    assert asked.desk is None
    assert not missing.exists()


def test_a_backup_takes_the_place_of_a_missing_file(asked, qtbot):
    press(asked, "Restore a backup…")
    dialog = asked.window.findChild(DamagedDialog)
    assert "damaged" not in dialog._safe.text()
    dialog._choose()
    qtbot.waitUntil(lambda: asked.desk is not None)
    assert len(pks(asked)) == 1


def test_one_may_start_empty_where_a_file_is_missing(asked, missing, qtbot):
    press(asked, "Start empty")
    qtbot.waitUntil(lambda: asked.desk is not None)
    storage = asked.desk.workspace.storage
    assert len(pks(asked)) == 0
    assert storage.lost is None
    assert len(Backups(storage).all()) == 1


def test_a_file_that_is_moved_while_it_is_open_is_not_written_to_any_more(
    long, start, qtbot, tmp_path
):
    program = start(long)
    path, moved = path_of(program), tmp_path / "moved.sheaf"
    program.desk.workspace.create(Kind.BATCH, {"title": "Last"})
    qtbot.waitUntil(lambda: not program.desk.workspace.is_at_work)

    path.rename(moved)

    panel = program.window.panel
    qtbot.waitUntil(lambda: "Try again" in [button.text() for button in panel.buttons])
    assert "moved or deleted while it was open" in panel.accessibleName()
    assert program.desk is None
    assert not path.exists()
    storage = open_storage(str(moved))
    assert [each.title for each in storage.history.operations(limit=1)] == [
        "Create batch “Last”"
    ]
    storage.create(Kind.BATCH, {"title": "There"})
    storage.close()
    moved.rename(path)
    press(program, "Try again")
    qtbot.waitUntil(lambda: program.desk is not None)
    assert program.desk.workspace.storage.check()[0].ok
    assert program.desk.workspace.storage.count(BatchQuery()) == 2


def buttons(shown_by):
    return [button.text() for button in shown_by.buttons]


def test_damage_met_again_leaves_the_ways_out_of_it_in_the_ribbon(shown, qtbot):
    program, former = shown, shown.desk
    destroy(path_of(program))
    read_a_text(program)
    qtbot.waitUntil(lambda: program.desk not in {former, None})
    ribbon, status = program.window.ribbon, program.window.status
    workspace, pk = program.desk.workspace, pks(program)[-1]
    workspace.background.read(
        lambda storage, _token: storage.detail(Kind.TASK, pk),
        on_failed=workspace.failed.emit,
    )
    qtbot.waitUntil(lambda: "is damaged" in status.currentMessage())
    assert buttons(ribbon) == ["Restore a backup…", "Salvage…"]
    assert "sheaf restore" not in ribbon.text


def test_a_salvage_tells_over_the_list_what_is_lost_in_words_for_people(shown, tmp_path, qtbot):
    program, former = shown, shown.desk
    destroy(path_of(program))
    read_a_text(program)
    qtbot.waitUntil(lambda: program.desk not in {former, None})
    ribbon = program.window.ribbon
    program.salvage(program.uri, str(tmp_path / "new.sheaf"))
    qtbot.waitUntil(lambda: "Open the new file" in buttons(ribbon))
    assert ribbon.text.startswith("Saved 40 tasks. Lost: ")
    assert "texts of tasks" in ribbon.text
    assert "task_body" not in ribbon.text

    ribbon.buttons[1].click()
    (dialog,) = (d for d in QApplication.topLevelWidgets() if isinstance(d, SalvagedDialog))
    rows = {what: (saved, lost) for what, saved, lost in dialog.model.rows}
    assert rows["Tasks"] == ("40", "")
    assert rows["Texts of tasks"][1] != ""


@pytest.fixture
def unreadable(long, start, qtbot):
    """A window that cannot open its file, which can be salvaged only."""
    path = Path(long.removeprefix("sqlite://"))
    pages = (1, *leaves(path, "sqlite_schema"))
    write(path, [((page - 1) * PAGE, bytes(16)) for page in pages])
    program = start(long, ready=False)
    qtbot.waitUntil(lambda: "Salvage…" in buttons(program.window.panel))
    return program


def test_the_panel_shows_that_a_salvage_goes_on_and_what_came_of_it(
    unreadable, long, tmp_path, qtbot
):
    panel = unreadable.window.panel
    unreadable.salvage(long, str(tmp_path / "new.sheaf"))
    assert panel.accessibleName() == "Salvaging into new.sheaf…"
    assert buttons(panel) == ["Stop"]
    qtbot.waitUntil(lambda: panel.accessibleName() == "Saved 40 tasks")
    assert "left exactly as it is" in panel.accessibleDescription()
    assert buttons(panel) == ["Open the new file", "Details…", "Back"]

    panel.buttons[0].click()
    qtbot.waitUntil(lambda: unreadable.desk is not None)
    qtbot.waitUntil(lambda: unreadable.desk.workspace._own_work == 0)
    assert unreadable.uri.endswith("new.sheaf")


def test_the_panel_shows_why_a_salvage_failed(unreadable, long, tmp_path, qtbot):
    panel = unreadable.window.panel
    there = tmp_path / "there.sheaf"
    there.write_text("another")
    unreadable.salvage(long, str(there))
    qtbot.waitUntil(lambda: panel.accessibleName() == f"{there} is there already")
    assert buttons(panel) == ["Back"]
    panel.buttons[0].click()
    qtbot.waitUntil(lambda: "Salvage…" in buttons(panel))
