from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt

from db.query import BatchQuery, TaskQuery
from db.records import Kind, Place
from db.vocabulary import Status
from desktop_app.lists.page import ListPage
from desktop_app.lists.views import VIEWS

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def open_page(workspace, qtbot):
    def open_view(key):
        page = ListPage(workspace, VIEWS[key])
        qtbot.addWidget(page)
        page.resize(900, 600)
        with qtbot.waitSignal(page.presenter.ids_ready):
            page.show_query(page.view.query)
        page.show()
        page.table.setFocus()
        return page

    return open_view


@pytest.fixture
def tasks(add_tasks, open_page):
    """A list of 120 tasks, 50 to a page."""
    pks = add_tasks(120)
    return SimpleNamespace(pks=pks, page=open_page("tasks"))


def turn(qtbot, page, number):
    with qtbot.waitSignal(page.presenter.page_ready):
        page.turn(number)


def settle(qtbot, page, act):
    with qtbot.waitSignal(page.presenter.ids_ready):
        act()


def shown_titles(page):
    section = page.model.section_of("title")
    return [page.model.index(row, section).data() for row in range(page.model.rowCount())]


def test_a_page_is_a_slice_of_the_list(tasks, qtbot):
    page = tasks.page
    assert list(page.model.pks) == tasks.pks[:50]
    turn(qtbot, page, 2)
    assert list(page.model.pks) == tasks.pks[100:]
    assert page.pager.place_text == "Page 3 of 3"
    assert page.header.count.text() == "120 tasks"


def test_a_page_past_the_end_is_the_last_one(tasks, qtbot):
    page = tasks.page
    settle(qtbot, page, lambda: page.show_query(page.view.query, page=40))
    qtbot.waitUntil(lambda: list(page.model.pks) == tasks.pks[100:])


def test_another_page_size_keeps_the_first_row_in_sight(tasks, qtbot):
    page = tasks.page
    turn(qtbot, page, 1)
    with qtbot.waitSignal(page.presenter.page_ready):
        page.pager.page_size_chosen.emit(20)
    assert page.pager.place_text == "Page 3 of 6"
    assert tasks.pks[50] in page.model.pks


def test_a_click_on_a_header_sorts_and_a_second_one_turns_the_order(tasks, qtbot):
    page = tasks.page
    section = page.model.section_of("title")
    header = page.table.horizontalHeader()
    settle(qtbot, page, lambda: header.sectionClicked.emit(section))
    assert shown_titles(page)[:2] == ["Task 0001", "Task 0002"]
    settle(qtbot, page, lambda: header.sectionClicked.emit(section))
    assert shown_titles(page)[:2] == ["Task 0120", "Task 0119"]


def test_filters_and_words_typed_narrow_the_list_and_can_be_cleared(tasks, storage, qtbot):
    page = tasks.page
    storage.edit_many(tasks.pks[:3], {"status": Status.FAILED})
    settle(qtbot, page, lambda: page.set_text("status:failed"))
    assert page.presenter.total == 3
    settle(qtbot, page, lambda: page.set_text("status:failed 0002"))
    assert shown_titles(page) == ["Task 0002"]
    settle(qtbot, page, lambda: page.set_text("status:failed 0099"))
    assert page.panel.isVisible()
    assert page.panel.buttons[0].text() == "Clear filters"
    settle(qtbot, page, page.panel.buttons[0].click)
    assert page.presenter.total == 120


def test_a_chip_sets_a_filter_and_shows_it(tasks, storage, qtbot):
    page = tasks.page
    storage.edit_many(tasks.pks[:3], {"status": Status.FAILED})
    filter_, chip = page.filters._chips[0]
    settle(qtbot, page, lambda: page.filters._toggle(filter_, Status.FAILED))
    assert chip.value == "failed"
    assert page.query == TaskQuery(statuses=frozenset({Status.FAILED}))
    settle(qtbot, page, chip.cleared.emit)
    assert chip.value is None


def test_what_is_selected_stays_selected_on_other_pages_and_in_another_order(tasks, qtbot):
    page = tasks.page
    page.selection.choose(tasks.pks[3])
    turn(qtbot, page, 1)
    assert page.chosen_count == 1
    assert page.selection.on_page == []
    turn(qtbot, page, 0)
    assert page.selection.on_page == [tasks.pks[3]]
    section = page.model.section_of("title")
    settle(qtbot, page, lambda: page.table.horizontalHeader().sectionClicked.emit(section))
    assert list(page.choice) == [tasks.pks[3]]


def test_a_box_adds_to_the_selection_and_a_plain_click_replaces_it(tasks, qtbot):
    page = tasks.page

    def click(row, column):
        spot = page.table.visualRect(page.model.index(row, column)).center()
        qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=spot)

    click(1, 0)
    click(3, 0)
    assert page.selection.on_page == [tasks.pks[1], tasks.pks[3]]
    turn(qtbot, page, 1)
    click(0, 0)
    assert page.chosen_count == 3
    click(2, 2)
    assert list(page.choice) == [tasks.pks[52]]


def test_space_ticks_rows_and_shift_extends(tasks, qtbot):
    page = tasks.page
    page.selection.choose(tasks.pks[0])
    qtbot.keyClick(page.table, Qt.Key.Key_Down, CTRL)
    qtbot.keyClick(page.table, Qt.Key.Key_Down, CTRL)
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    assert page.selection.on_page == [tasks.pks[0], tasks.pks[2]]
    page.selection.choose(tasks.pks[4])
    qtbot.keyClick(page.table, Qt.Key.Key_Down, SHIFT)
    assert page.selection.on_page == tasks.pks[4:6]


def test_select_all_takes_the_page_first_and_then_everything_that_matches(tasks):
    page = tasks.page
    page.select_all()
    assert page.chosen_count == 50
    assert "50 on this page selected" in page._selected.strip.text
    assert page._selected.strip.buttons[0].text() == "Select all 120 matching"
    page.select_all()
    assert page.chosen_count == 120
    assert page.choice == page.query


def test_all_that_match_stay_selected_on_every_page_until_one_is_clicked(tasks, qtbot):
    page = tasks.page
    page.selection.select_all_matching()
    turn(qtbot, page, 2)
    assert len(page.selection.on_page) == 20
    assert page.chosen_count == 120
    page.selection.choose(tasks.pks[110])
    assert list(page.choice) == [tasks.pks[110]]


def test_the_box_in_the_header_says_how_much_of_the_page_is_selected(tasks):
    page = tasks.page
    header = page.table.horizontalHeader()
    page.selection.choose(tasks.pks[0])
    assert header._check is Qt.CheckState.PartiallyChecked
    page.table.page_check_clicked.emit()
    assert header._check is Qt.CheckState.Checked
    page.table.page_check_clicked.emit()
    assert header._check is Qt.CheckState.Unchecked
    assert page.chosen_count == 0


def test_after_an_archive_the_row_that_follows_is_selected(tasks, workspace, qtbot):
    page = tasks.page
    workspace.changed.connect(page.refresh)
    page.selection.choose(tasks.pks[5])
    settle(qtbot, page, lambda: workspace.archive(Kind.TASK, page.choice))
    assert tasks.pks[5] not in page.model.pks
    assert page.selection.on_page == [tasks.pks[6]]


def test_everything_that_matches_is_archived_as_one_operation(tasks, storage, workspace, qtbot):
    page = tasks.page
    page.selection.select_all_matching()
    with qtbot.waitSignal(workspace.changed):
        workspace.archive(Kind.TASK, page.choice)
    archived = TaskQuery(places=frozenset({Place.ARCHIVED}))
    assert storage.count(archived) == 120
    storage.history.undo()
    assert storage.count(archived) == 0


def test_new_rows_are_counted_and_do_not_move_what_is_read(tasks, storage, qtbot):
    page = tasks.page
    for number in range(3):
        storage.tasks.create({"title": f"From elsewhere {number}"})
    with qtbot.waitSignal(page.presenter.news):
        page.look_for_news()
    assert page.header.news.text() == "3 new"
    assert list(page.model.pks) == tasks.pks[:50]
    settle(qtbot, page, page.header.news.click)
    assert page.header.news.isHidden()
    assert shown_titles(page)[0].startswith("From elsewhere")


def test_a_change_of_a_row_in_sight_shows_without_a_word(tasks, storage, qtbot):
    page = tasks.page
    settle(qtbot, page, lambda: page.show_query(replace(page.view.query, sort="title")))
    record = page.presenter.page.records[page.model.pks[0]]
    storage.edit(Kind.TASK, record.pk, {"priority": 0}, seen_version=record.version)
    settle(qtbot, page, page.look_for_news)
    assert page.model.index(0, page.model.section_of("priority")).data() == "Highest"
    assert page.header.news.isHidden()


def test_next_and_previous_follow_the_list_over_its_pages(tasks, qtbot):
    page = tasks.page
    page.selection.choose(tasks.pks[49])
    with qtbot.waitSignal(page.presenter.page_ready):
        page.step(1)
    assert page.selection.on_page == [tasks.pks[50]]
    with qtbot.waitSignal(page.presenter.page_ready):
        page.step(-1)
    assert page.selection.on_page == [tasks.pks[49]]


def test_a_list_that_is_left_comes_back_as_it_was(tasks, open_page, qtbot):
    page = tasks.page
    settle(
        qtbot, page, lambda: page.show_query(replace(page.view.query, sort="title"), "task", 1)
    )
    page.selection.choose(page.model.pks[7])
    state = page.save()
    again = open_page("tasks")
    settle(qtbot, again, lambda: again.restore(state))
    assert again.query == page.query
    assert again.presenter.page.number == 1
    assert again.selection.on_page == page.selection.on_page


def test_columns_can_be_hidden_moved_and_brought_back(tasks):
    page = tasks.page
    section = page.model.section_of("priority")
    page.columns.set_shown("priority", shown=False)
    assert page.table.isColumnHidden(section)
    saved = page.columns.save()
    page.columns.reset()
    assert not page.table.isColumnHidden(section)
    page.columns.restore(saved)
    assert page.table.isColumnHidden(section)


def test_columns_that_matter_less_go_first_when_the_table_is_narrow(tasks):
    page = tasks.page
    batch = page.model.section_of("batch")
    page.resize(1200, 600)
    assert not page.table.isColumnHidden(batch)
    page.resize(520, 600)
    assert page.table.isColumnHidden(batch)
    assert not page.table.isColumnHidden(page.model.section_of("title"))
    page.resize(1200, 600)
    assert not page.table.isColumnHidden(batch)


def test_an_empty_list_says_so_and_offers_a_next_step(open_page, qtbot):
    page = open_page("batches")
    assert page.panel.isVisible()
    assert [button.text() for button in page.panel.buttons] == ["Import…", "New batch…"]
    with qtbot.waitSignal(page.action_wanted) as wanted:
        page.panel.buttons[0].click()
    assert wanted.args == ["file.import"]


def test_the_archive_offers_the_other_kind_of_record(open_page, qtbot):
    page = open_page("archived")
    assert page.query == BatchQuery(places=frozenset({Place.ARCHIVED}))
    with qtbot.waitSignal(page.view_wanted) as wanted:
        page.header.other_wanted.emit()
    assert wanted.args == ["archived-tasks"]
