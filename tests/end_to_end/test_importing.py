import json

import apsw
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from db.query import EVERYWHERE, TaskQuery
from desktop_app.actions.ids import ActionId as Do
from desktop_app.widgets.mnemonics import plain


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
    return [plain(each.text()) for each in panel.findChildren(QPushButton) if each.isVisible()]


def press(panel, words):
    shown = (each for each in panel.findChildren(QPushButton) if each.isVisible())
    next(each for each in shown if plain(each.text()) == words).click()


def previewed(qtbot, panel, name):
    qtbot.waitUntil(lambda: panel.headline.startswith(name) and "In it:" in panel.sentence)


def test_a_file_given_while_a_refusal_is_shown_is_previewed_at_once(
    start, filled, broken, make_file, qtbot
):
    program = start(filled, [broken])
    panel = program.desk.tools.wizard
    qtbot.waitUntil(lambda: panel.headline == "broken.json cannot be used as it is")
    program.desk.importing.import_paths([make_file("good.json", "One")])
    previewed(qtbot, panel, "good.json")
    assert buttons(panel) == [
        "Export this report…",
        "Discard",
        "Back",
        "Import 1 task in 1 batch",
    ]


def test_a_file_given_while_nothing_is_left_to_import_is_previewed_at_once(
    start, filled, make_file, qtbot
):
    known = make_file("known.json", "One")
    program = start(filled, [known])
    panel = program.desk.tools.wizard
    previewed(qtbot, panel, "known.json")
    press(panel, "Import 1 task in 1 batch")
    qtbot.waitUntil(lambda: "Done" in buttons(panel))
    program.desk.importing.import_paths([known])
    qtbot.waitUntil(lambda: buttons(panel) == ["Export this report…", "Close", "Back"])
    program.desk.importing.import_paths([make_file("new.json", "Two", "Three")])
    previewed(qtbot, panel, "new.json")


def test_what_is_given_before_an_import_is_decided_waits_visibly_for_its_turn(
    start, filled, make_file, qtbot
):
    program = start(filled, [make_file("first.json", "One")])
    panel = program.desk.tools.wizard
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
    panel = program.desk.tools.wizard
    program.desk.importing.import_paths([make_file("first.json", "One")])
    program.desk.importing.import_paths([make_file("second.json", "Two")])
    press(panel, "Cancel")
    previewed(qtbot, panel, "second.json")


@pytest.mark.parametrize("storage_name", ["filled", "uri"])
def test_after_an_import_by_enter_the_list_has_the_focus(
    start, make_file, qtbot, request, storage_name
):
    program = start(request.getfixturevalue(storage_name))
    panel = program.desk.tools.wizard
    program.desk.importing.import_paths([make_file("tasks.json", "One", "Two")])
    qtbot.waitUntil(panel.isActiveWindow)
    previewed(qtbot, panel, "tasks.json")
    assert plain(QApplication.focusWidget().text()) == "Import 2 tasks in 1 batch"
    with qtbot.waitSignal(program.desk.workspace.changed):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert plain(QApplication.focusWidget().text()) == "Done"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert panel.isHidden()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is program.desk.pages.list.table)


def test_a_preview_leaves_the_focus_to_someone_who_types(start, filled, make_file, qtbot):
    program = start(filled)
    search, panel = program.window.top.search, program.desk.tools.wizard
    program.desk.importing.import_paths([make_file("tasks.json", "One")])
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    program.window.registry[Do.SEARCH].trigger()
    qtbot.waitUntil(search.hasFocus)
    previewed(qtbot, panel, "tasks.json")
    assert search.hasFocus()


def test_messages_name_the_numbers(start, filled, make_file, qtbot):
    program = start(filled, [make_file("tasks.json", "One", "Two")])
    panel, toast = program.desk.tools.wizard, program.window.toast
    previewed(qtbot, panel, "tasks.json")
    press(panel, "Import 2 tasks in 1 batch")
    qtbot.waitUntil(lambda: toast.text == "Imported tasks.json: 2 new tasks in 1 batch")
    page = program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 4)
    program.desk.workspace.archive(page.kind, page.query)
    qtbot.waitUntil(lambda: toast.text == "Archived 4 batches with 122 tasks")
    program.desk.workspace.undo()
    qtbot.waitUntil(lambda: toast.text == "Undid: Archive 4 batches with 122 tasks")


def test_what_is_cancelled_or_discarded_is_said_not_to_be_imported(
    start, filled, make_file, qtbot
):
    program = start(filled)
    panel, toast = program.desk.tools.wizard, program.window.toast
    program.desk.importing.import_paths([make_file("first.json", "One")])
    press(panel, "Cancel")
    assert toast.text == "Nothing was imported."
    toast.dismiss()
    program.desk.importing.import_paths([make_file("second.json", "Two")])
    previewed(qtbot, panel, "second.json")
    press(panel, "Discard")
    assert toast.isVisible()
    assert toast.text == "Nothing was imported."


def test_a_large_import_that_was_read_is_not_discarded_by_one_key(
    start, filled, make_file, monkeypatch, qtbot
):
    monkeypatch.setattr("desktop_app.importing.LARGE", 2)
    program = start(filled, [make_file("large.json", "One", "Two")])
    panel = program.desk.tools.wizard
    previewed(qtbot, panel, "large.json")
    press(panel, "Discard")
    assert panel.banner.text.startswith("Discard 2 tasks in 1 batch?")
    press(panel, "Keep it")
    previewed(qtbot, panel, "large.json")
    press(panel, "Discard")
    press(panel, "Discard it")
    assert program.window.toast.text == "Nothing was imported."
    assert panel.isHidden()


@pytest.fixture
def lock(filled):
    """Let another program write to the file and not come to an end, until it is rolled back."""
    others = []

    def begin():
        other = apsw.Connection(filled.removeprefix("sqlite://"))
        other.execute("BEGIN IMMEDIATE")
        others.append(other)
        return other

    yield begin
    for other in others:
        other.close()


def test_after_a_retry_the_focus_is_on_the_list_and_not_on_discard(
    start, filled, make_file, lock, qtbot
):
    program = start(filled, [make_file("first.json", "One")])
    window, registry = program.window, program.window.registry
    previewed(qtbot, program.desk.tools.wizard, "first.json")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    page = program.desk.pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 3)
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(registry[Do.ARCHIVE].isEnabled)
    other = lock()
    registry[Do.ARCHIVE].trigger()
    qtbot.waitUntil(window.ribbon.isVisible, timeout=20_000)
    other.execute("ROLLBACK")
    (retry,) = window.ribbon.buttons
    retry.setFocus()
    qtbot.keyClick(retry, Qt.Key.Key_Return)
    assert window.ribbon.isHidden()
    assert QApplication.focusWidget() is page.table


def test_an_import_that_cannot_be_stored_just_now_can_be_tried_again(
    start, filled, make_file, lock, qtbot
):
    program = start(filled, [make_file("first.json", "One")])
    panel, storage = program.desk.tools.wizard, program.desk.workspace.storage
    previewed(qtbot, panel, "first.json")
    other = lock()
    press(panel, "Import 1 task in 1 batch")
    qtbot.waitUntil(lambda: "Try again" in buttons(panel), timeout=20_000)
    assert "Nothing was" in panel.banner.text
    other.execute("ROLLBACK")
    press(panel, "Try again")
    qtbot.waitUntil(lambda: "Done" in buttons(panel))
    assert storage.count(TaskQuery()) == 121
