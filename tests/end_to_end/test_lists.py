"""What one does in lists, in the window as it is."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton

from db.query import BatchQuery, TaskSort
from db.records import Kind, SavedView
from db.vocabulary import Status
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


def sorted_tasks(program, qtbot):
    """The list of all tasks with the one first that was not touched for longest."""
    pages = program.desk.pages
    pages.show_page("tasks")
    page = pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    with qtbot.waitSignal(page.presenter.ids_ready):
        page.show_query(replace(page.view.query, sort=TaskSort.UPDATED, descending=False))
    page.table.setFocus()
    return page


def press(program, page, qtbot, key, digit):
    """Choose the value with a digit from the menu that a key opens, and wait for the list."""
    qtbot.waitUntil(lambda: program.desk.detail.key == (Kind.TASK, page.chosen_pk))
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    qtbot.keyClick(page.table, key)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    changed = program.desk.workspace.changed
    with qtbot.waitSignal(page.presenter.ids_ready), qtbot.waitSignal(changed) as told:
        qtbot.keyClick(QApplication.activePopupWidget(), digit)
    return list(told.args[0].changed[Kind.TASK])


def test_key_after_key_changes_the_same_record_although_it_left_the_page(program, qtbot):
    page = sorted_tasks(program, qtbot)
    first, second = page.model.pks[:2]
    page.selection.choose(first)
    for key, digit in ((Qt.Key.Key_S, Qt.Key.Key_3), (Qt.Key.Key_P, Qt.Key.Key_1)):
        assert press(program, page, qtbot, key, digit) == [first]
        assert page.model.pks[0] == second
        assert list(page.choice) == [first]
        assert page._selected.label.text() == "1 selected, on another page"
        assert program.desk.detail.key == (Kind.TASK, first)
    program.window.registry[Do.LAST_PAGE].trigger()
    qtbot.waitUntil(lambda: page.selection.on_page == [first])


def test_a_record_whose_title_was_edited_stays_chosen(program, qtbot):
    page = sorted_tasks(program, qtbot)
    first = page.model.pks[0]
    page.selection.choose(first)
    qtbot.waitUntil(lambda: program.desk.detail.key == (Kind.TASK, first))
    record = page.chosen_record
    with qtbot.waitSignal(page.presenter.ids_ready):
        program.desk.workspace.edit(Kind.TASK, first, {"title": "New"}, record.version)
    assert list(page.choice) == [first]
    assert program.desk.detail.key == (Kind.TASK, first)


def test_a_record_that_an_edit_took_out_of_the_list_stays_chosen(program, qtbot):
    page = sorted_tasks(program, qtbot)
    with qtbot.waitSignal(page.presenter.ids_ready):
        page.set_text("status:queued")
    page.table.setFocus()
    first = page.model.pks[0]
    page.selection.choose(first)
    assert press(program, page, qtbot, Qt.Key.Key_S, Qt.Key.Key_3) == [first]
    assert page.presenter.total == 119
    assert page._selected.label.text() == "1 selected, no longer in this list"
    assert press(program, page, qtbot, Qt.Key.Key_P, Qt.Key.Key_1) == [first]
    with qtbot.waitSignal(page.presenter.ids_ready):
        page.refresh()
    assert list(page.choice) == []


def test_esc_in_the_list_closes_the_panel_of_jobs_first(program, qtbot):
    page, panel = program.desk.pages.list, program.desk.tools.activity.panel
    page.selection.choose(page.model.pks[0])
    program.window.registry[Do.ACTIVITY].trigger()
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    assert page.chosen_count == 1


def test_esc_twice_after_a_search_that_found_nothing_shows_the_whole_list(program, qtbot):
    pages, window = program.desk.pages, program.window
    pages.show_page("tasks")
    page = pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    window.registry[Do.SEARCH].trigger()
    search = window.top.search
    qtbot.keyClicks(search, "nowhere")
    qtbot.waitUntil(lambda: page.presenter.total == 0)
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.header.count.text() == "120 tasks")


def test_a_message_without_a_button_is_shown_when_a_view_is_saved(program, qtbot):
    pages = program.desk.pages
    pages.saved.save_new(
        SavedView(pk=0, id="", name="Mine", kind=Kind.BATCH, query="batch"), "Saved the view"
    )
    qtbot.waitUntil(lambda: program.window.toast.text == "Saved the view")
    assert program.window.toast.buttons == []


def test_messages_have_an_entry_of_their_own_which_is_marked(program, qtbot):
    program.desk.pages.show_page("messages")
    qtbot.waitUntil(lambda: program.window.sidebar.current == "messages")


def test_news_move_no_row_and_hide_no_chip(program, qtbot):
    header = program.desk.pages.list.header
    table = program.desk.pages.list.table
    before = header.filters.width(), table.y(), header.height()
    header.show_news(3)
    qtbot.waitUntil(header.news.isVisible)
    QApplication.processEvents()
    assert header.news.text() == "3 new"
    assert (header.filters.width(), table.y(), header.height()) == before
    header.show_news(12_345)
    QApplication.processEvents()
    assert (header.filters.width(), table.y(), header.height()) == before
    assert header.news.accessibleName() == "12,345 new: show them"


def test_the_title_of_a_list_is_whole_in_a_small_window(program, qtbot):
    program.window.resize(600, 360)
    program.desk.pages.show_page("tasks")
    page = program.desk.pages.list
    page.show_query(replace(page.base, statuses=frozenset({Status.QUEUED})))
    qtbot.waitUntil(lambda: page.presenter.total == 120 and bool(page.filters.words))
    page.selection.choose(page.model.pks[0])
    title = page.header.view
    qtbot.waitUntil(lambda: title.width() >= title.sizeHint().width())


def test_what_stands_above_details_that_cover_the_list_stays_low(program, qtbot):
    window, page = program.window, program.desk.pages.list
    window.ribbon.show_message("info", "Sample: nothing is kept.", closable=False)
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(program.desk.detail.isVisible)
    low = window.ribbon.height()
    window.resize(900, 480)
    qtbot.waitUntil(lambda: not program.desk.detail.isVisible())
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(program.desk.detail.isVisible)
    window.resize(900, 600)
    qtbot.waitUntil(lambda: window.height() == 600)
    qtbot.waitUntil(lambda: window.ribbon.height() <= low)


@pytest.mark.parametrize("size", [(1280, 800), (900, 600), (640, 400)])
def test_the_message_after_an_action_lies_in_the_status_line(program, qtbot, size):
    page, window = program.desk.pages.list, program.window
    window.resize(*size)
    page.selection.choose(page.model.pks[0])
    before = page.table.height()
    window.toast.show_message("Archived 1 batch", ("Undo", list))
    qtbot.waitUntil(window.toast.action_button.isVisible)
    assert window.status.isAncestorOf(window.toast)
    assert window.status.rect().contains(window.toast.geometry())
    assert page.table.height() == before
