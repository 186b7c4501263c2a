import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from db.query import EVERYWHERE, TaskQuery
from desktop_app.actions.ids import ActionId as Do


@pytest.fixture
def make_file(tmp_path):
    def make(name, *titles):
        path = tmp_path / name
        rest = {"status": "pending", "dependencies": []}
        found = [{"id": n, "title": title, **rest} for n, title in enumerate(titles, 1)]
        path.write_text(json.dumps({"master": {"tasks": found}}))
        return path

    return make


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.json"
    path.write_text('{"tasks": [}')
    return path


def buttons(panel):
    return [each.text() for each in panel.findChildren(QPushButton) if each.isVisible()]


def press(panel, words):
    shown = (each for each in panel.findChildren(QPushButton) if each.isVisible())
    next(each for each in shown if each.text() == words).click()


def previewed(qtbot, panel, name):
    qtbot.waitUntil(lambda: panel.headline.startswith(name) and "In it:" in panel.sentence)


def test_a_file_given_while_a_refusal_is_shown_is_previewed_at_once(
    start, filled, broken, make_file, qtbot
):
    program = start(filled, [broken])
    panel = program.window.import_panel
    qtbot.waitUntil(lambda: "broken.json" in panel.headline)
    program.desk.importing.import_paths([make_file("good.json", "One")])
    previewed(qtbot, panel, "good.json")
    assert buttons(panel) == ["Discard", "Import 1 task in 1 batch"]


def test_a_file_given_while_nothing_is_left_to_import_is_previewed_at_once(
    start, filled, make_file, qtbot
):
    known = make_file("known.json", "One")
    program = start(filled, [known])
    panel = program.window.import_panel
    previewed(qtbot, panel, "known.json")
    press(panel, "Import 1 task in 1 batch")
    qtbot.waitUntil(panel.isHidden)
    program.desk.importing.import_paths([known])
    qtbot.waitUntil(lambda: buttons(panel) == ["Close"])
    program.desk.importing.import_paths([make_file("new.json", "Two", "Three")])
    previewed(qtbot, panel, "new.json")


def test_what_is_given_before_an_import_is_decided_waits_visibly_for_its_turn(
    start, filled, make_file, qtbot
):
    program = start(filled, [make_file("first.json", "One")])
    panel = program.window.import_panel
    previewed(qtbot, panel, "first.json")
    program.desk.importing.import_paths([make_file("second.json", "Two")])
    program.desk.importing.import_paths([make_file("third.json", "Three")])
    assert panel.waiting == "2 waiting"
    press(panel, "Discard")
    previewed(qtbot, panel, "second.json")
    assert panel.waiting == "1 waiting"
    press(panel, "Import 1 task in 1 batch")
    previewed(qtbot, panel, "third.json")
    assert panel.waiting == ""
    storage = program.desk.workspace.storage
    assert storage.count(TaskQuery(places=EVERYWHERE)) == 121


def test_cancelling_what_is_read_leaves_what_waits(start, filled, make_file, qtbot):
    program = start(filled)
    panel = program.window.import_panel
    program.desk.importing.import_paths([make_file("first.json", "One")])
    program.desk.importing.import_paths([make_file("second.json", "Two")])
    press(panel, "Cancel")
    previewed(qtbot, panel, "second.json")


@pytest.mark.parametrize("storage_name", ["filled", "uri"])
def test_after_an_import_by_enter_the_list_has_the_focus(
    start, make_file, qtbot, request, storage_name
):
    program = start(request.getfixturevalue(storage_name))
    window, panel = program.window, program.window.import_panel
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    program.desk.importing.import_paths([make_file("tasks.json", "One", "Two")])
    previewed(qtbot, panel, "tasks.json")
    assert QApplication.focusWidget().text() == "Import 2 tasks in 1 batch"
    with qtbot.waitSignal(program.desk.workspace.changed):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        assert panel.isAncestorOf(QApplication.focusWidget())
    qtbot.waitUntil(lambda: QApplication.focusWidget() is program.desk.pages.list.table)


def test_a_preview_leaves_the_focus_to_someone_who_types(start, filled, make_file, qtbot):
    program = start(filled)
    search, panel = program.window.top.search, program.window.import_panel
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    program.window.registry[Do.SEARCH].trigger()
    qtbot.waitUntil(search.hasFocus)
    program.desk.importing.import_paths([make_file("tasks.json", "One")])
    previewed(qtbot, panel, "tasks.json")
    assert search.hasFocus()


def test_messages_name_the_numbers(start, filled, make_file, qtbot):
    program = start(filled, [make_file("tasks.json", "One", "Two")])
    panel, toast = program.window.import_panel, program.window.toast
    previewed(qtbot, panel, "tasks.json")
    press(panel, "Import 2 tasks in 1 batch")
    qtbot.waitUntil(lambda: toast.text == "Imported tasks.json: 2 new tasks in 1 batch")
    page = program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 4)
    program.desk.workspace.archive(page.kind, page.query)
    qtbot.waitUntil(lambda: toast.text == "Archived 4 batches with 122 tasks")
    program.desk.workspace.undo()
    qtbot.waitUntil(lambda: toast.text == "Undid: Archive 4 batches with 122 tasks")
