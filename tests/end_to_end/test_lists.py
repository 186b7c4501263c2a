"""What one does in lists, in the window as it is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from db.query import BatchQuery
from db.records import Kind
from desktop_app.actions.ids import ActionId as Do
from desktop_app.dialogs.new_record import NewDialog

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def program(start, filled, qtbot):
    """The program with its list of batches, which has the focus."""
    program = start(filled)
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == 3)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    program.desk.pages.list.table.setFocus()
    return program


def test_enter_on_a_row_that_is_not_selected_shows_its_details(program, qtbot):
    page = program.desk.pages.list
    page.selection.choose(page.model.pks[0])
    qtbot.keyClick(page.table, Qt.Key.Key_Down, CTRL)
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert list(page.choice) == [page.model.pks[1]]
    detail = program.desk.detail
    qtbot.waitUntil(lambda: detail.key == (Kind.BATCH, page.model.pks[1]))
    qtbot.waitUntil(lambda: not page.table.hasFocus())


def test_ctrl_c_copies_the_current_row_where_none_is_selected(program, qtbot):
    page = program.desk.pages.list
    page.selection.choose(page.model.pks[1])
    page.selection.clear()
    qtbot.waitUntil(program.window.registry[Do.COPY].isEnabled)
    qtbot.keyClick(page.table, Qt.Key.Key_C, CTRL)
    shown = page.model.columnCount() - 1 - sum(column.hidden for column in page.model.columns)
    copied = QGuiApplication.clipboard().text().split("\t")
    assert copied[:3] == ["Queued", "Batch 1", "0 of 40"]
    assert len(copied) == shown


def test_f6_goes_from_the_sidebar_to_the_table_and_back_to_the_current_entry(program, qtbot):
    window = program.window
    window.sidebar.setFocus()
    window.registry[Do.NEXT_PANE].trigger()
    assert program.desk.pages.list.table.hasFocus()
    window.registry[Do.PREVIOUS_PANE].trigger()
    assert window.sidebar.hasFocus()
    assert window.sidebar.current == program.desk.pages.key == "batches"


def create_batch(program, qtbot, title):
    program.window.registry[Do.NEW_BATCH].trigger()
    dialog = program.window.findChild(NewDialog)
    dialog["title"].setText(title)
    with qtbot.waitSignal(program.desk.workspace.changed):
        dialog.accept()


def test_a_new_record_is_selected_in_the_list(program, qtbot):
    create_batch(program, qtbot, "Quite new")
    page = program.desk.pages.list
    qtbot.waitUntil(lambda: getattr(page.chosen_record, "title", "") == "Quite new")


def test_a_new_record_that_the_filter_hides_is_said_and_can_be_shown(program, qtbot):
    page, toast = program.desk.pages.list, program.window.toast
    with qtbot.waitSignal(page.presenter.ids_ready):
        page.set_text("1")
    create_batch(program, qtbot, "Quite new")
    qtbot.waitUntil(lambda: toast.text == "Created; hidden by the filter")
    assert toast.action_button.text() == "Show"
    toast.action_button.click()
    qtbot.waitUntil(lambda: getattr(page.chosen_record, "title", "") == "Quite new")
    assert page.query == BatchQuery()


def test_undo_selects_what_came_back_and_keeps_the_place(program, qtbot):
    pages = program.desk.pages
    pages.show_page("tasks")
    page = pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    pk, bar = page.model.pks[25], page.table.verticalScrollBar()
    page.selection.choose(pk)
    place = bar.value()
    assert 0 < place < bar.maximum()
    with qtbot.waitSignal(page.presenter.ids_ready):
        program.desk.workspace.trash(Kind.TASK, [pk])
    with qtbot.waitSignal(page.presenter.ids_ready):
        program.desk.workspace.undo()
    assert list(page.choice) == [pk]
    assert bar.value() == place


def test_a_record_that_is_marked_stays_in_the_details_on_another_page(program, qtbot):
    pages, detail = program.desk.pages, program.desk.detail
    pages.show_page("tasks")
    page = pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    page.table.setFocus()
    page.selection.choose(page.model.pks[2])
    marked = page.model.pks[2]
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    with qtbot.waitSignal(page.presenter.page_ready):
        qtbot.keyClick(page.table, Qt.Key.Key_PageDown, CTRL)
    qtbot.waitUntil(lambda: detail.key == (Kind.TASK, marked))
    assert list(page.choice) == [marked]


def test_what_is_archived_on_the_next_page_is_what_is_shown_there(program, qtbot):
    pages, detail = program.desk.pages, program.desk.detail
    pages.show_page("tasks")
    page = pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    page.table.setFocus()
    page.selection.choose(page.model.pks[2])
    with qtbot.waitSignal(page.presenter.page_ready):
        qtbot.keyClick(page.table, Qt.Key.Key_PageDown, CTRL)
    first = page.model.pks[0]
    qtbot.waitUntil(lambda: detail.key == (Kind.TASK, first))
    with qtbot.waitSignal(program.desk.workspace.changed) as changed:
        qtbot.keyClick(page.table, Qt.Key.Key_E)
    assert list(changed.args[0].changed[Kind.TASK]) == [first]


def test_what_can_be_done_to_several_records_is_offered_in_the_details(program, qtbot):
    pages, detail = program.desk.pages, program.desk.detail
    pages.show_page("tasks")
    page = pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    page.selection.choose(*page.model.pks[:3])

    def offered():
        return [button.text() for button in detail.state.buttons]

    wanted = ["Archive", "Move to trash", "Set status…", "Add tag…"]
    qtbot.waitUntil(lambda: offered() == wanted)
    assert detail.state.minimumSizeHint().width() <= detail.width()
    with qtbot.waitSignal(program.desk.workspace.changed) as changed:
        detail.state.buttons[0].click()
    assert len(changed.args[0].changed[Kind.TASK]) == 3
    pages.show_page("archived-tasks")
    archive = pages.list
    qtbot.waitUntil(lambda: archive.presenter.total == 3)
    archive.select_all()
    qtbot.waitUntil(lambda: offered()[:1] == ["Unarchive"])


def test_undo_of_what_was_done_to_all_brings_back_page_and_current_row(program, qtbot):
    pages = program.desk.pages
    pages.show_page("tasks")
    page = pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    with qtbot.waitSignal(page.presenter.page_ready):
        page.turn(1)
    page.selection.choose(page.model.pks[30])
    page.selection.select_all_matching()
    current = page.selection.current
    pks = list(page.model.pks)
    program.window.registry[Do.ARCHIVE].setEnabled(True)
    program.window.registry[Do.ARCHIVE].trigger()
    qtbot.waitUntil(lambda: page.presenter.total == 0)
    qtbot.waitUntil(lambda: page.presenter.page.number == 0)
    program.desk.workspace.undo()
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    qtbot.waitUntil(lambda: list(page.model.pks) == pks)
    assert page.presenter.page.number == 1
    assert page.selection.current == current
    row = page.table.visualRect(page.table.currentIndex())
    assert page.table.viewport().rect().contains(row.center())


def test_in_a_small_window_the_details_cover_the_list_and_escape_goes_back(program, qtbot):
    window, page = program.window, program.desk.pages.list
    window.resize(900, 600)
    qtbot.waitUntil(lambda: window.width() == 900)
    page.selection.choose(page.model.pks[1])
    detail = program.desk.detail
    qtbot.waitUntil(window.top.details.isEnabled)
    assert page.isVisible()
    assert not detail.isVisible()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert detail.isVisible()
    assert not page.isVisible()
    qtbot.waitUntil(lambda: window.focusWidget() and detail.isAncestorOf(window.focusWidget()))
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert page.isVisible()
    assert page.table.hasFocus()
    assert not detail.isVisible()
    window.top.details.click()
    assert detail.isVisible()
    window.registry[Do.SEARCH].trigger()
    assert window.top.search.hasFocus()
    assert page.isVisible()


@pytest.mark.parametrize("size", [(900, 600), (640, 400)])
def test_a_small_window_shows_eight_rows_and_cuts_no_button(program, qtbot, size):
    window, pages = program.window, program.desk.pages
    pages.show_page("tasks")
    page = pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    window.resize(*size)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == size)
    viewport = page.table.viewport().rect()
    rows = [page.table.visualRect(page.model.index(row, 1)) for row in range(8)]
    assert all(row.top() >= 0 and row.bottom() <= viewport.bottom() for row in rows)
    for button in window.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()


def test_a_large_window_has_the_details_beside_the_list(program, qtbot):
    window, page = program.window, program.desk.pages.list
    qtbot.waitUntil(program.desk.detail.isVisible)
    page.selection.choose(page.model.pks[1])
    assert page.isVisible()
    assert window.top.details.isHidden()
