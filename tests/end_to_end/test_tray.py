import json

import pytest
from PySide6.QtGui import QTextCursor

from db.exchange.choices import ImportChoices
from db.exchange.importing import stage_import
from db.incoming import BadRecords
from db.query import TaskQuery
from db.storage import open_storage

MENDED = '{"id": 1, "title": "Line 1"}'


@pytest.fixture
def waiting(uri, tmp_path):
    """A storage file in which two records were set aside."""
    path = tmp_path / "work.jsonl"
    lines = [json.dumps({"id": n, "title": f"Line {n}"}) for n in range(5)]
    lines[1] = lines[1][:-1]
    lines[3] = '{"id": 3, "title": }'
    path.write_text("\n".join(lines) + "\n")
    storage = open_storage(uri)
    choices = ImportChoices(bad_records=BadRecords.SET_ASIDE)
    stage_import(storage, [path], choices).commit()
    storage.close()
    return uri


@pytest.fixture
def program(start, waiting, qtbot):
    started = start(waiting)
    sidebar = started.window.sidebar
    qtbot.waitUntil(lambda: "tray" in sidebar.keys)
    started.desk.pages.show_page("tray")
    page = started.desk.pages.page
    qtbot.waitUntil(lambda: len(page.model.rows) == 2)
    return started


@pytest.fixture
def page(program):
    return program.desk.pages.page


def count(program):
    return program.desk.workspace.storage.count(TaskQuery())


def test_nothing_is_in_the_sidebar_where_nothing_waits(start, filled, qtbot):
    program = start(filled)
    qtbot.waitUntil(lambda: program.desk._set_aside == 0)
    assert "tray" not in program.window.sidebar.keys


def test_what_waits_is_listed_with_its_place_and_reason(page):
    cut, broken = page.model.rows
    assert cut[:3] == ("work.jsonl", "2", "the line ends in the middle of a value.")
    assert broken[:3] == ("work.jsonl", "4", "no JSON value starts like this.")
    assert page.editor.field.toPlainText() == cut[3] == '{"id": 1, "title": "Line 1"'


def test_the_place_of_the_fault_is_marked_while_one_types(page, qtbot):
    editor = page.editor
    qtbot.waitUntil(lambda: "Line 1, column 28" in editor.verdict.text())
    (mark,) = editor.field.extraSelections()
    assert mark.cursor.selectionStart() == 26
    editor.field.moveCursor(QTextCursor.MoveOperation.End)
    editor.field.insertPlainText("}")
    qtbot.waitUntil(lambda: editor.verdict.text() == "✓ This is JSON. Retry imports it.")
    assert editor.field.extraSelections() == []


def test_a_fault_far_inside_a_long_line_is_in_sight_with_the_cursor_on_it(
    start, uri, tmp_path, qtbot
):
    path = tmp_path / "long.jsonl"
    path.write_text('{"id": 1, "title": "' + "word " * 1500 + '", "x": }\n{"id": 2}\n')
    storage = open_storage(uri)
    choices = ImportChoices(bad_records=BadRecords.SET_ASIDE)
    stage_import(storage, [path], choices).commit()
    storage.close()
    program = start(uri)
    program.desk.pages.show_page("tray")
    field = program.desk.pages.page.editor.field
    qtbot.waitUntil(lambda: field.fault is not None)
    assert field.toPlainText()[field.fault] == "}"
    assert field.textCursor().position() == field.fault
    assert field.viewport().rect().contains(field.cursorRect().center())
    assert field.horizontalScrollBar().maximum() == 0


def test_the_mark_is_on_the_fault_behind_signs_outside_the_basic_plane(page, qtbot):
    field = page.editor.field
    qtbot.waitUntil(lambda: field.fault is not None)
    field.setPlainText('{"id": 1, "title": "😀😀🎉", "x": @}')
    qtbot.waitUntil(lambda: field.fault == len('{"id": 1, "title": "😀😀🎉", "x": '))
    (mark,) = field.extraSelections()
    assert mark.cursor.selectedText() == "@"
    with qtbot.waitSignal(page.editor.checked):
        page.editor.go_to_fault()
    field.moveCursor(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
    assert field.textCursor().selectedText() == "@"


def test_all_bad_escapes_of_a_record_are_named_at_once(page, qtbot):
    editor, field = page.editor, page.editor.field
    field.setPlainText('{"id": 1, "title": "C:\\dir\\q",\n "x": "tab\there", "y": }')
    qtbot.waitUntil(lambda: "Also at" in editor.verdict.text())
    assert editor.verdict.text() == (
        "Line 1, column 23, /title: this is not an escape that JSON knows."
        " Also at line 1, column 27; line 2, column 11; line 2, column 24."
    )
    marks = [each.cursor.selectionStart() for each in field.extraSelections()]
    assert [field.toPlainText()[at] for at in marks] == ["\\", "\\", "\t", "}"]


def test_a_retry_that_failed_shows_the_new_fault_and_says_what_to_do_once(page, qtbot):
    editor, field = page.editor, page.editor.field
    qtbot.waitUntil(lambda: field.fault is not None)
    field.setPlainText('{"id": 1, ' + "\n" * 200 + '"title": @, \n"x": 2}')
    page.retry_button.click()
    qtbot.waitUntil(page.note.isVisible)
    qtbot.waitUntil(lambda: "Line 201, column 10" in editor.verdict.text())
    qtbot.waitUntil(lambda: field.textCursor().block().text() == '"title": @, ')
    assert field.viewport().rect().contains(field.cursorRect().center())
    assert page.note.text() == (
        "Nothing was imported. Mend its text at that place, then retry it."
    )


def test_one_that_was_mended_is_imported(program, page, qtbot):
    page.editor.field.setPlainText(MENDED)
    page.retry_button.click()
    qtbot.waitUntil(lambda: len(page.model.rows) == 1)
    assert count(program) == 4
    assert "1 new task" in program.window.toast.text
    with qtbot.waitSignal(program.desk.workspace.changed):
        program.window.toast.action_button.click()
    qtbot.waitUntil(lambda: len(page.model.rows) == 2)
    assert count(program) == 3


def test_of_all_those_that_are_still_broken_go_on_waiting(program, page, qtbot):
    page.editor.field.setPlainText(MENDED)
    page.retry_all_button.click()
    qtbot.waitUntil(lambda: len(page.model.rows) == 1)
    assert page.note.text() == "1 record still cannot be used, and goes on waiting."
    assert count(program) == 4


def test_what_cannot_be_mended_is_told_and_waits(program, page, qtbot):
    page.retry_all_button.click()
    qtbot.waitUntil(page.note.isVisible)
    assert "Nothing was imported." in page.note.text()
    assert len(page.model.rows) == 2


def test_what_was_written_survives_another_row_and_a_restart(
    program, page, start, stop, waiting, qtbot
):
    page.editor.field.setPlainText(MENDED)
    page.table.selectRow(1)
    qtbot.waitUntil(lambda: page.editor.field.toPlainText() == '{"id": 3, "title": }')
    page.editor.field.setPlainText('{"id": 3, "title": "Line 3"}')
    stop(program)
    again = start(waiting)
    tray = again.desk.workspace.storage.tray
    assert [item.text for item in tray.items(5)] == [MENDED, '{"id": 3, "title": "Line 3"}']


def test_what_is_dropped_can_be_put_back(program, page, qtbot):
    page.table.selectAll()
    assert page.drop_button.text() == "Drop 2"
    page.drop_button.click()
    qtbot.waitUntil(lambda: "tray" not in program.window.sidebar.keys)
    assert program.window.toast.text == "Dropped 2 records"
    program.window.toast.action_button.click()
    qtbot.waitUntil(lambda: "tray" in program.window.sidebar.keys)
    qtbot.waitUntil(lambda: len(page.model.rows) == 2)
