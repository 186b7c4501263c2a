"""A file that is damaged while the window is open: from then on it is only read."""

import json
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from PySide6.QtWidgets import QPushButton

from db.maintenance.manifest import BackupKind, BackupSettings, keep_settings
from db.query import TaskQuery
from db.records import Kind
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do

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
