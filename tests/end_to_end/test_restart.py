import os
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest
from PySide6.QtWidgets import QPushButton

from db.errors import StorageBusyError
from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind
from db.records import Kind
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.instance import Instance
from desktop_app.maintenance.damaged_dialog import DamagedDialog
from desktop_app.program import Program
from desktop_app.widgets.mnemonics import plain
from desktop_app.window_state import WindowState


def rows_shown(qtbot, program, number):
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == number)


def test_a_restart_shows_what_was_shown(start, stop, filled, qtbot):
    first = start(filled)
    rows_shown(qtbot, first, 3)
    first.desk.pages.show_page("tasks")
    rows_shown(qtbot, first, 120)
    page = first.desk.pages.list
    with qtbot.waitSignal(page.presenter.ids_ready):
        page.set_text("task")
    with qtbot.waitSignal(page.presenter.page_ready):
        page.turn(1)
    page.selection.choose(page.model.pks[4])
    page.columns.set_shown("kind", shown=True)
    first.window.resize(760, 560)
    chosen = list(page.choice)
    stop(first)

    again = start(filled)
    rows_shown(qtbot, again, 120)
    page = again.desk.pages.list
    assert again.desk.pages.key == "tasks"
    assert page.text == again.window.top.search.text() == "task"
    assert page.presenter.page.number == 1
    assert list(page.choice) == chosen
    assert not page.columns.save()["hidden"].count("kind")
    assert (again.window.width(), again.window.height()) == (760, 560)


@pytest.fixture
def start_hidden(qapp, qtbot, tmp_path, stop):
    """Start the program as its command does: the window is shown once its storage is open."""
    started = []

    def start(uri):
        program = Program(WindowState(tmp_path / "window.ini"))
        started.append(program)
        program.window.resize(1280, 800)
        program.open(uri)
        qtbot.waitUntil(lambda: program.desk is not None and program.window.isVisible())
        return program

    yield start
    for program in started:
        stop(program)


def test_the_room_is_divided_once_the_window_is_seen(start_hidden, uri, qtbot):
    window = start_hidden(uri).window
    window.panel.buttons[-1].click()
    qtbot.waitUntil(window.pages.isVisible)
    assert window.pages.width() > (window.width() - window.sidebar.width()) * 0.6


def test_the_room_is_divided_as_it_was_before_a_restart(start_hidden, stop, filled, qtbot):
    first = start_hidden(filled)
    first.window._split.setSizes([600, 440])
    divided = first.window._split.sizes()
    stop(first)
    again = start_hidden(filled)
    assert again.window._split.sizes() == divided


def test_undo_reaches_back_past_a_restart(start, stop, filled, qtbot):
    first = start(filled)
    rows_shown(qtbot, first, 3)
    page = first.desk.pages.list
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(first.window.registry[Do.TRASH].isEnabled)
    with qtbot.waitSignal(first.desk.workspace.changed):
        first.window.registry[Do.TRASH].trigger()
    stop(first)
    again = start(filled)
    rows_shown(qtbot, again, 2)
    qtbot.waitUntil(again.window.registry[Do.UNDO].isEnabled)
    again.window.registry[Do.UNDO].trigger()
    rows_shown(qtbot, again, 3)


@pytest.mark.qt_log_ignore("does not support raise", extend=True)
def test_a_second_start_hands_its_files_to_the_first_window(start, filled, task_file, qtbot):
    first = start(filled)
    second = Instance(filled)
    assert not second.claim()
    # The first window is in this process too, and must answer while the second one waits.
    waiting = threading.Thread(target=second.hand_over, args=([task_file],))
    waiting.start()
    qtbot.waitUntil(lambda: "In it: 3 new tasks" in first.desk.tools.wizard.sentence)
    waiting.join()


def test_a_window_that_is_only_being_made_takes_the_files_of_a_second_start(
    start, filled, task_file, tmp_path, qtbot
):
    first = Instance(filled)
    assert not first.claim_or_hand_over([])
    second = start_process(tmp_path, filled, str(task_file))
    try:
        assert first._server.waitForNewConnection(20_000)
        program = start(filled, claimed=first)
        qtbot.waitUntil(lambda: "In it: 3 new tasks" in program.desk.tools.wizard.sentence)
        assert second.wait(20) == 0
    finally:
        second.kill()
        second.wait()


def start_process(folder, *words):
    folders = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    surroundings = {**os.environ, **dict.fromkeys(folders, str(folder))}
    return subprocess.Popen(
        [sys.executable, "-m", "desktop_app", "--storage", *words],
        env={**surroundings, "QT_QPA_PLATFORM": "offscreen"},
    )


def test_of_two_starts_at_once_only_one_makes_a_window(filled, tmp_path, qtbot):
    started = [start_process(tmp_path, filled) for _ in range(2)]
    try:
        qtbot.waitUntil(lambda: any(each.poll() == 0 for each in started), timeout=40_000)
        assert [each.poll() for each in started].count(None) == 1
    finally:
        for each in started:
            each.kill()
            each.wait()


@pytest.fixture
def in_folders(tmp_path, monkeypatch):
    """Return what claims the storage of a name, as a start in some folder does."""
    held = []

    def claim(folder, name):
        (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / folder)
        held.append(Instance(name))
        return held[-1].claim()

    yield claim
    for each in held:
        each.release()


def test_files_of_one_name_in_two_folders_are_claimed_apart(in_folders):
    assert in_folders("one", "sqlite:work.sheaf")
    assert in_folders("other", "sqlite:work.sheaf")


def test_a_file_is_claimed_once_by_whatever_name(in_folders, tmp_path):
    assert in_folders("one", "sqlite:work.sheaf")
    (tmp_path / "link").symlink_to(tmp_path / "one", target_is_directory=True)
    for name in (
        f"sqlite:{tmp_path}/one/work.sheaf",
        f"sqlite://{tmp_path}/one/work.sheaf",
        f"{tmp_path}/link/work.sheaf",
        "../one/work.sheaf",
    ):
        assert not in_folders("other", name)


@pytest.mark.parametrize("form", ["sqlite:{}", "sqlite://{}", "{}"])
def test_the_title_names_the_file_however_it_was_given(start, tmp_path, form):
    program = start(form.format(tmp_path / "plans.sheaf"))
    assert program.window.windowTitle() == "plans.sheaf — Sheaf"


def test_the_claim_of_a_window_that_was_closed_is_free_again(start, stop, filled):
    stop(start(filled))
    later = Instance(filled)
    assert later.claim()
    later.release()


def test_a_damaged_file_is_told_with_three_sentences_and_a_way_on(start, tmp_path, qtbot):
    broken = tmp_path / "broken.sheaf"
    broken.write_bytes(b"this is no database at all, by any means" * 200)
    program = start(f"sqlite://{broken}", ready=False)
    qtbot.waitUntil(lambda: len(program.window.panel.buttons) == 4)
    panel = program.window.panel
    assert "exactly as it is" in panel.accessibleDescription()
    assert [button.text() for button in panel.buttons] == [
        "Try again",
        "Choose another file…",
        "Explore the sample",
        "Salvage…",
    ]
    assert panel.buttons[1].property("primary")
    assert f"sheaf salvage {broken}" in panel.accessibleDescription()
    panel.buttons[2].click()
    qtbot.waitUntil(lambda: program.desk is not None)


def test_a_file_with_a_damaged_page_is_only_read_and_can_be_salvaged(start, filled, qtbot):
    path = Path(filled.removeprefix("sqlite://"))
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ((page,),) = connection.execute("SELECT max(pageno) FROM dbstat WHERE name = 'task_body'")
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 8192)
        file.write(bytes(8192))

    program = start(filled, ready=False)
    ribbon = program.window.ribbon
    qtbot.waitUntil(lambda: "open only for reading" in ribbon.text)

    assert program.desk.workspace.only_read
    registry = program.window.registry
    for action in (Do.IMPORT, Do.NEW_TASK):
        assert not registry[action].isEnabled()
    words = [button.text() for button in ribbon.findChildren(QPushButton)]
    assert {"Restore a backup…", "Salvage…"} <= {*words}
    qtbot.waitUntil(lambda: bool(program.desk.pages.health.problems))
    assert program.desk.pages.health.problems[0].check == "integrity"
    content = path.read_bytes()
    output = path.with_name("saved.sheaf")
    program.salvage(filled, str(output))
    qtbot.waitUntil(lambda: ribbon.text.startswith("Saved "))
    assert output.is_file()
    assert path.read_bytes() == content


def test_a_backup_takes_the_place_of_a_damaged_file(start, filled, qtbot):
    path = Path(filled.removeprefix("sqlite://"))
    storage = open_storage(filled)
    Backups(storage).make(BackupKind.MANUAL)
    storage.close()
    harm = b"this is no database at all, by any means" * 200
    path.write_bytes(harm)
    program = start(filled, ready=False)
    panel = program.window.panel
    qtbot.waitUntil(lambda: len(panel.buttons) == 4)
    assert panel.buttons[0].text() == "Restore a backup…"
    assert panel.buttons[0].property("primary")
    panel.buttons[0].click()
    dialog = program.window.findChild(DamagedDialog)
    assert [row[1] for row in dialog.model.rows] == ["By hand"]
    (restore,) = [b for b in dialog.findChildren(QPushButton) if plain(b.text()) == "Restore"]
    restore.click()
    qtbot.waitUntil(lambda: program.desk is not None)
    rows_shown(qtbot, program, 3)
    (aside,) = path.parent.glob("*.damaged-*")
    assert aside.read_bytes() == harm


def test_for_a_file_of_a_newer_version_another_file_is_the_way_on(start, filled, qtbot):
    other = apsw.Connection(filled.removeprefix("sqlite://"))
    other.execute("PRAGMA user_version = 999")
    other.close()
    program = start(filled, ready=False)
    qtbot.waitUntil(lambda: len(program.window.panel.buttons) == 3)
    buttons = program.window.panel.buttons
    main = [button.text() for button in buttons if button.property("primary")]
    assert main == ["Choose another file…"]


def test_a_locked_file_tells_that_nothing_was_saved(start, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    program.desk.workspace.failed.emit(StorageBusyError("Another program is writing."))
    assert "Nothing was changed." in program.window.ribbon.text
    assert program.window.ribbon.isVisible()


def test_another_workspace_can_be_opened_in_the_same_window(start, filled, tmp_path, qtbot):
    other = tmp_path / "other.sheaf"
    made = open_storage(str(other))
    made.batches.create("Elsewhere")
    made.close()
    program = start(filled)
    rows_shown(qtbot, program, 3)
    former = program.desk
    program.open(str(other))
    qtbot.waitUntil(lambda: program.desk not in {None, former})
    rows_shown(qtbot, program, 1)
    assert program.window.windowTitle() == "other.sheaf — Sheaf"


def test_the_workspace_that_is_open_takes_files_when_it_is_opened_again(
    start, filled, task_file, tmp_path, qtbot
):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    desk = program.desk
    link = tmp_path / "link.sheaf"
    link.symlink_to(filled.removeprefix("sqlite://"))

    program.open(str(link), [task_file])

    assert program.desk is desk
    qtbot.waitUntil(lambda: "In it: 3 new tasks" in desk.tools.wizard.sentence)


@pytest.fixture
def locked(filled):
    """Another program that writes to the file and does not come to an end."""
    other = apsw.Connection(filled.removeprefix("sqlite://"))
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_what_a_lock_refused_is_repeated_by_a_button(start, filled, qtbot, request):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    page, ribbon = program.desk.pages.list, program.window.ribbon
    other = request.getfixturevalue("locked")
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(program.window.registry[Do.TRASH].isEnabled)
    program.window.registry[Do.TRASH].trigger()
    qtbot.waitUntil(ribbon.isVisible, timeout=20_000)
    assert [button.text() for button in ribbon.buttons] == ["Retry"]
    other.execute("ROLLBACK")
    ribbon.buttons[0].click()
    rows_shown(qtbot, program, 2)
    assert ribbon.isHidden()


def test_what_was_refused_is_forgotten_once_something_else_succeeds(start, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    workspace, ribbon = program.desk.workspace, program.window.ribbon
    workspace.failed.emit(StorageBusyError("Another program is writing."))
    assert ribbon.isVisible()
    assert ribbon.buttons == []
    with qtbot.waitSignal(workspace.changed):
        workspace.create(Kind.BATCH, {"title": "Fourth"})
    assert ribbon.isHidden()


def test_the_window_comes_back_where_it_was_however_often(start, stop, filled):
    places = []
    for _ in range(3):
        program = start(filled)
        if not places:
            program.window.setGeometry(40, 60, 700, 500)
        places.append(program.window.geometry())
        stop(program)
    assert places[0] == places[1] == places[2]


def test_a_window_never_comes_back_larger_than_the_screen_or_outside_it(
    start, stop, filled, qapp
):
    first = start(filled)
    first.window.setGeometry(5000, 5000, 6000, 4000)
    stop(first)
    again = start(filled)
    room = qapp.primaryScreen().availableGeometry()
    assert room.contains(again.window.pos())
    assert again.window.size().boundedTo(room.size()) == again.window.size()
