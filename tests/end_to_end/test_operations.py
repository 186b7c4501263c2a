import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit
from shiboken6 import isValid

from db.exchange.importing import stage_import
from db.query import TaskQuery
from db.records import Kind
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.actions.palette import Palette
from desktop_app.detail.choice_button import StatusButton
from desktop_app.detail.picker import Picker
from desktop_app.detail.window import DetailWindow
from desktop_app.dialogs.settings import SettingsDialog
from desktop_app.dialogs.take_back import TakeBackDialog
from desktop_app.following.dialog import WatchedFoldersDialog
from desktop_app.widgets.mnemonics import plain
from desktop_app.widgets.plain_label import PlainLabel


def rows_shown(qtbot, program, number):
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == number)


def pick(qtbot, program, words):
    """Choose in the picker that opens what is typed."""
    table = program.desk.pages.list.table
    qtbot.waitUntil(lambda: any(p.isVisible() for p in table.findChildren(Picker)))
    picker = next(p for p in table.findChildren(Picker) if p.isVisible())
    with qtbot.waitSignal(program.desk.workspace.changed):
        qtbot.keyClicks(picker.focusWidget(), words)
        qtbot.keyClick(picker.focusWidget(), Qt.Key.Key_Return)


def choose_tasks(qtbot, program, number):
    program.desk.pages.show_page("tasks")
    rows_shown(qtbot, program, 120)
    page = program.desk.pages.list
    page.select_all()
    while page.chosen_count < number:
        page.select_all()
    qtbot.waitUntil(program.window.registry[Do.ADD_TAG].isEnabled)


def test_the_imports_page_shows_the_chosen_import_beside_it(start, uri, task_file, qtbot):
    program = start(uri, [task_file])
    panel = program.desk.tools.wizard
    qtbot.waitUntil(lambda: "In it:" in panel.sentence)
    program.desk.importing.commit()
    rows_shown(qtbot, program, 1)
    page = program.desk.pages.list
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(lambda: program.desk.detail.key is not None)

    program.desk.pages.show_page("imports")
    shown = program.desk.detail.operation
    qtbot.waitUntil(shown.isVisible)
    assert program.desk.detail.key is None
    assert not program.window.registry[Do.ARCHIVE].isEnabled()
    assert shown.facts["File"] == "tasks.json"
    assert shown.facts["Size"] == f"{task_file.stat().st_size} bytes"
    assert shown.facts["New"] == "3 tasks in 1 batch"
    assert shown.facts["State"] == "Done"

    shown.undo_button.click()
    qtbot.waitUntil(lambda: shown.facts["State"] == "Undone")
    assert not shown.undo_button.isVisible()
    shown.redo_button.click()
    qtbot.waitUntil(lambda: shown.facts["State"] == "Done")
    assert program.desk.workspace.storage.count(TaskQuery()) == 3


@pytest.fixture
def edited(start, uri, task_file, qtbot):
    """The imports page, with an import of which 2 of 3 tasks were edited since."""
    storage = open_storage(uri)
    stage_import(storage, [task_file]).commit()
    tasks = storage.fetch(Kind.TASK, storage.ids(TaskQuery()))
    _subtask, first, second = sorted(tasks, key=lambda each: each.title)
    for record, title in ((first, "Mine"), (second, "Mine, too")):
        storage.edit(Kind.TASK, record.pk, {"title": title}, seen_version=record.version)
    storage.close()
    program = start(uri)
    program.desk.pages.show_page("imports")
    qtbot.waitUntil(program.desk.detail.operation.undo_button.isVisible)
    return program


def ask_to_take_back(qtbot, program):
    program.desk.detail.operation.undo_button.click()
    qtbot.waitUntil(lambda: bool(program.window.findChildren(TakeBackDialog)))
    return program.window.findChildren(TakeBackDialog)[-1]


def titles_of(program):
    storage = program.desk.workspace.storage
    return {each.title for each in storage.fetch(Kind.TASK, storage.ids(TaskQuery()))}


def test_undoing_an_import_names_what_was_edited_since_and_keeps_it(edited, qtbot):
    dialog = ask_to_take_back(qtbot, edited)
    named = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert sorted(named) == ["Mine", "Mine, too"]
    assert dialog.keep.isDefault()
    dialog.keep.click()
    shown = edited.desk.detail.operation
    qtbot.waitUntil(lambda: shown.facts["State"] == "Undone")
    assert titles_of(edited) == {"Mine", "Mine, too"}


def test_undoing_an_import_takes_edits_back_too_where_that_is_wanted(edited, qtbot):
    dialog = ask_to_take_back(qtbot, edited)
    assert plain(dialog.all.text()) == "Undo these too"
    dialog.all.click()
    shown = edited.desk.detail.operation
    qtbot.waitUntil(lambda: shown.facts["State"] == "Undone")
    qtbot.waitUntil(lambda: titles_of(edited) == set())


def test_an_undo_that_was_asked_about_can_be_left(edited, qtbot):
    dialog = ask_to_take_back(qtbot, edited)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert len(titles_of(edited)) == 3


def test_of_many_edited_records_twenty_are_named(start, uri, tmp_path, qtbot):
    path = tmp_path / "rows.json"
    rows = [{"id": n, "title": f"Row {n}", "status": "pending"} for n in range(25)]
    path.write_text(json.dumps(rows))
    storage = open_storage(uri)
    stage_import(storage, [path]).commit()
    storage.edit_tags(Kind.TASK, tuple(storage.ids(TaskQuery())), add=("mine",))
    storage.close()
    program = start(uri)
    program.desk.pages.show_page("imports")
    qtbot.waitUntil(program.desk.detail.operation.undo_button.isVisible)
    dialog = ask_to_take_back(qtbot, program)
    assert dialog.list.count() == 20
    said = [plain(label.text()) for label in dialog.findChildren(PlainLabel)]
    assert "25 tasks were changed since" in said
    assert "and 5 more" in said


def test_many_tasks_are_tagged_and_untagged_at_once_and_it_is_undone(start, filled, qtbot):
    program = start(filled)
    storage, registry = program.desk.workspace.storage, program.window.registry
    tagged = TaskQuery(tags=frozenset({"urgent"}))
    choose_tasks(qtbot, program, 120)
    registry[Do.ADD_TAG].trigger()
    pick(qtbot, program, "urgent")
    assert storage.count(tagged) == 120
    qtbot.waitUntil(lambda: program.window.toast.text == "Changed tags of 120 tasks")
    choose_tasks(qtbot, program, 120)
    registry[Do.REMOVE_TAG].trigger()
    pick(qtbot, program, "urg")
    assert storage.count(tagged) == 0
    with qtbot.waitSignal(program.desk.workspace.changed):
        program.desk.workspace.undo()
    assert storage.count(tagged) == 120


def test_esc_closes_a_record_window_unless_something_in_it_wants_it(start, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    page = program.desk.pages.list
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(program.window.registry[Do.OPEN_WINDOW].isEnabled)
    program.window.registry[Do.OPEN_WINDOW].trigger()
    window = program.window.findChild(DetailWindow)
    with qtbot.waitSignal(window.pane.seen_anew):
        window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.pane.edit_title()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert window.isVisible()
    with qtbot.waitSignal(window.destroyed):
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Escape)


def test_the_palette_says_each_thing_once(start, filled):
    program = start(filled)
    program.window.registry[Do.PALETTE].trigger()
    titles = program.window.findChild(Palette).titles()
    assert "Record: New batch…" in titles
    assert "Tools: Settings…" in titles
    assert len(titles) == len(set(titles))


def test_a_command_is_found_by_the_group_it_is_one_of(start, filled, qtbot):
    program = start(filled)
    program.window.registry[Do.PALETTE].trigger()
    palette = program.window.findChild(Palette)
    qtbot.keyClicks(palette.findChild(QLineEdit), "appearance")
    assert palette.titles()[:3] == [
        "Appearance: Dark",
        "Appearance: Light",
        "Appearance: Follow the system",
    ]
    palette.findChild(QLineEdit).clear()
    qtbot.keyClicks(palette.findChild(QLineEdit), "next page")
    assert palette.titles()[0] == "View: Next page"


def open_settings(program):
    program.window.registry[Do.SETTINGS].trigger()
    return program.window.findChildren(SettingsDialog)[-1]


def test_rows_per_page_are_set_for_every_list_and_kept(start, stop, filled, qtbot):
    program = start(filled)
    program.desk.pages.show_page("tasks")
    rows_shown(qtbot, program, 120)
    dialog = open_settings(program)
    dialog.rows.setCurrentIndex(dialog.rows.findText("20"))
    qtbot.waitUntil(lambda: program.desk.pages.list.model.rowCount() == 20)
    stop(program)

    again = start(filled)
    again.desk.pages.show_page("failed")
    assert again.desk.pages.list.presenter.page_size == 20
    assert open_settings(again).rows.currentText() == "20"


def test_keys_that_type_a_sign_can_be_switched_off_and_stay_off(start, stop, filled, qtbot):
    program = start(filled)
    rows_shown(qtbot, program, 3)
    open_settings(program).signs.click()
    registry = program.window.registry
    assert registry[Do.ARCHIVE].shortcuts() == []
    assert registry[Do.REMOVE_TAG].shortcuts() == []
    assert registry[Do.TRASH].shortcuts() == [QKeySequence("Del")]
    assert "E" not in [keys for _section, _title, keys in registry.sheet()]
    stop(program)

    again = start(filled)
    rows_shown(qtbot, again, 3)
    again.window.activateWindow()
    qtbot.waitUntil(again.window.isActiveWindow)
    page = again.desk.pages.list
    page.selection.choose(page.model.pks[0])
    page.table.setFocus()
    qtbot.waitUntil(again.window.registry[Do.ARCHIVE].isEnabled)
    qtbot.keyClick(page.table, Qt.Key.Key_E)
    qtbot.keyClick(page.table, Qt.Key.Key_Question)
    assert QApplication.activeModalWidget() is None
    dialog = open_settings(again)
    assert not dialog.signs.isChecked()
    dialog.signs.click()
    dialog.reject()
    (record,) = again.desk.workspace.storage.fetch(Kind.BATCH, page.model.pks[:1])
    assert record.archived_at is None
    with qtbot.waitSignal(again.desk.workspace.changed) as changed:
        qtbot.keyClick(page.table, Qt.Key.Key_E)
    assert Kind.BATCH in changed.args[0].changed


def test_watched_folders_are_reached_from_the_settings(start, filled, qtbot):
    program = start(filled)
    dialog = open_settings(program)
    qtbot.keyClick(dialog.folders, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not isValid(dialog))
    assert program.window.findChild(WatchedFoldersDialog).isVisible()


def test_a_theme_chosen_in_the_settings_is_worn_at_once_and_kept(start, filled, theme):
    program = start(filled)
    dialog = open_settings(program)
    dialog.theme.setCurrentIndex(dialog.theme.findText("Dark"))
    assert theme.scheme == "dark"
    assert program.window.registry[Do.THEME_DARK].isChecked()
    assert program._state.get("look/scheme") == "dark"


def test_the_present_status_is_marked_in_the_menus_that_offer_others(start, filled, qtbot):
    program = start(filled)
    program.desk.pages.show_page("tasks")
    rows_shown(qtbot, program, 120)
    page = program.desk.pages.list
    page.selection.choose(page.model.pks[0])
    registry = program.window.registry
    qtbot.waitUntil(registry[Do.SET_STATUS].isEnabled)
    registry[Do.SET_STATUS].trigger()
    menu = QApplication.activePopupWidget()
    assert [a.text() for a in menu.actions() if a.isChecked()] == ["&2  Queued"]
    menu.close()
    detail = program.desk.detail
    qtbot.waitUntil(lambda: detail.findChild(StatusButton) is not None)
    button = detail.findChild(StatusButton)
    qtbot.waitUntil(lambda: button.isVisible() and button.text() == "Queued")
    button.menu().popup(button.mapToGlobal(button.rect().bottomLeft()))
    assert button.menu().activeAction().text() == "Queued"
    assert [a.text() for a in button.menu().actions() if a.font().bold()] == ["Queued"]
    button.menu().close()
