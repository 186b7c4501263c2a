import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtWidgets import QApplication

from db.query import TaskQuery
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.dialogs.shortcuts import ShortcutsDialog
from desktop_app.instance import Instance

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")


def rows_shown(qtbot, program, number):
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == number)


def quit_by_action(program):
    program.window.registry[Do.QUIT].trigger()


def test_quitting_right_after_the_start_closes_at_once(start, filled):
    program = start(filled, ready=False)
    quit_by_action(program)
    assert not program.window.isVisible()


def test_quitting_while_the_first_page_loads_closes_at_once(start, filled, qtbot):
    program = start(filled, ready=False)
    qtbot.waitUntil(lambda: program.desk is not None)
    quit_by_action(program)
    assert not program.window.isVisible()


def test_closing_the_window_says_that_it_closed(start, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    assert program.window.close()
    assert not program.window.isVisible()


def test_quitting_during_an_import_asks_and_then_keeps_nothing_of_it(
    start, stop, filled, task_file, qtbot
):
    program = start(filled)
    program.desk.importing.import_paths([task_file])
    quit_by_action(program)
    assert program.window.isVisible()
    banner = program.desk.tools.wizard.banner
    assert banner.isVisible()
    assert "An import is under way" in banner.text
    banner.buttons[0].click()
    assert not program.window.isVisible()
    stop(program)
    storage = open_storage(filled)
    assert len(storage.ids(TaskQuery())) == 120
    storage.close()


def test_while_the_window_of_imports_is_out_of_sight_the_main_one_asks(
    start, filled, task_file
):
    program = start(filled)
    program.desk.importing.import_paths([task_file])
    program.desk.tools.wizard.hide()
    quit_by_action(program)
    assert "An import is under way" in program.window.ribbon.text
    program.desk.importing.cancel()
    assert program.window.ribbon.isHidden()


def test_the_question_goes_when_the_import_has_ended_and_quitting_works_again(
    start, filled, task_file, qtbot
):
    program = start(filled)
    program.desk.importing.import_paths([task_file])
    quit_by_action(program)
    program.desk.importing.cancel()
    assert not program.desk.tools.wizard.banner.isVisible()
    quit_by_action(program)
    assert not program.window.isVisible()


def test_a_dialog_that_is_open_closes_with_the_window(start, stop, filled, qtbot):
    program = start(filled)
    program.window.registry[Do.SHORTCUTS].trigger()
    dialog = program.window.findChild(ShortcutsDialog)
    assert dialog.isVisible()
    assert program.window.close()
    program.close()
    assert not dialog.isVisible()


def test_what_is_typed_in_a_window_of_its_own_is_saved_when_the_program_ends(
    start, filled, qtbot
):
    program = start(filled)
    program.desk.pages.show_page("tasks")
    rows_shown(qtbot, program, 120)
    page = program.desk.pages.list
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(program.window.registry[Do.OPEN_WINDOW].isEnabled)
    program.window.registry[Do.OPEN_WINDOW].trigger()
    (opened,) = (
        each
        for each in QApplication.topLevelWidgets()
        if each.isVisible() and each is not program.window
    )
    qtbot.waitUntil(lambda: opened.windowTitle().startswith("Task"))
    opened.pane.edit_title()
    qtbot.keyClicks(QApplication.focusWidget() or opened.focusWidget(), "Typed last")
    program.window.close()
    program.close()
    assert not opened.isVisible()
    storage = open_storage(filled)
    assert len(storage.ids(TaskQuery(text="Typed last"))) == 1
    storage.close()


@pytest.fixture
def process(filled, tmp_path, qtbot):
    """The real program in a process of its own, its window open on a filled storage."""
    surroundings = dict.fromkeys(
        ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), str(tmp_path)
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "desktop_app", "--storage", filled],
        env={**os.environ, **surroundings, "QT_QPA_PLATFORM": "offscreen"},
        stderr=subprocess.PIPE,
    )
    qtbot.waitUntil(lambda: Instance(filled).hand_over([]), timeout=20_000)
    yield running
    running.kill()
    running.wait()
    running.stderr.close()


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_process_that_is_asked_to_end_saves_its_place_and_ends_well(
    process, name, tmp_path, filled
):
    process.send_signal(getattr(signal, name))
    assert process.wait(20) == 0
    assert "Traceback" not in process.stderr.read().decode()
    saved = (tmp_path / "sheaf" / "window.ini").read_text()
    assert "place=" in saved
    later = Instance(filled)
    assert later.claim()
    later.release()
