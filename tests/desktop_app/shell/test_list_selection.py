import pytest
from PySide6.QtCore import Qt

from db.records import Kind
from desktop_app.widgets.banner import Banner

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def turn(qtbot, page, number):
    with qtbot.waitSignal(page.presenter.page_ready):
        page.turn(number)


def settle(qtbot, page, act):
    with qtbot.waitSignal(page.presenter.ids_ready):
        act()


def click(qtbot, page, row, column=2, keys=NONE):
    page.table.scrollTo(page.model.index(row, column))
    spot = page.table.visualRect(page.model.index(row, column)).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, keys, spot)


def said(page):
    return page._selected.label.text()


def sort_by_title(qtbot, page):
    section = page.model.section_of("title")
    settle(qtbot, page, lambda: page.table.horizontalHeader().sectionClicked.emit(section))


@pytest.mark.parametrize(("column", "keys"), [(0, NONE), (2, CTRL)])
def test_what_is_marked_stays_selected_on_other_pages_and_in_another_order(
    tasks, qtbot, column, keys
):
    page = tasks.page
    click(qtbot, page, 3, column, keys)
    turn(qtbot, page, 1)
    assert said(page) == "1 selected, on another page"
    assert page.chosen_pk == tasks.pks[3]
    assert page.selection.on_page == []
    turn(qtbot, page, 0)
    assert page.selection.on_page == [tasks.pks[3]]
    sort_by_title(qtbot, page)
    assert list(page.choice) == [tasks.pks[3]]


def test_a_row_that_is_looked_at_gives_way_to_the_first_one_of_another_page(tasks, qtbot):
    page = tasks.page
    click(qtbot, page, 3)
    turn(qtbot, page, 1)
    assert list(page.choice) == page.selection.on_page == [tasks.pks[50]]
    assert page.selection.current == tasks.pks[50]
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    turn(qtbot, page, 2)
    assert list(page.choice) == page.selection.on_page == [tasks.pks[100]]


def test_a_row_that_is_looked_at_gives_way_to_the_first_one_of_another_order(tasks, qtbot):
    page = tasks.page
    sort_by_title(qtbot, page)
    click(qtbot, page, 3)
    sort_by_title(qtbot, page)
    assert list(page.choice) == page.selection.on_page == [page.model.pks[0]]
    assert page.chosen_record.title == "Task 0120"


def test_turning_pages_selects_nothing_where_nothing_was_selected(tasks, qtbot):
    page = tasks.page
    click(qtbot, page, 3)
    page.selection.clear()
    turn(qtbot, page, 1)
    assert list(page.choice) == []


def test_all_of_a_page_leaves_out_what_was_looked_at_on_another(tasks, qtbot):
    page = tasks.page
    click(qtbot, page, 3)
    turn(qtbot, page, 1)
    page.select_all()
    assert list(page.choice) == tasks.pks[50:100]


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


def test_a_range_replaces_what_is_selected_on_other_pages(tasks, qtbot):
    page = tasks.page
    click(qtbot, page, 0)
    click(qtbot, page, 4, keys=SHIFT)
    assert page.selection.on_page == tasks.pks[:5]
    turn(qtbot, page, 1)
    click(qtbot, page, 2, keys=SHIFT)
    assert set(page.choice) < set(tasks.pks[50:100])
    assert said(page) == f"{page.chosen_count} selected"


def test_a_range_replaces_single_rows_that_were_selected_above_it(tasks, qtbot):
    page = tasks.page
    click(qtbot, page, 0)
    click(qtbot, page, 3, keys=CTRL)
    click(qtbot, page, 5, keys=SHIFT)
    assert page.selection.on_page == tasks.pks[3:6]


def test_a_range_by_keyboard_replaces_what_is_selected_on_other_pages(tasks, qtbot):
    page = tasks.page
    page.select_all()
    turn(qtbot, page, 1)
    qtbot.keyClick(page.table, Qt.Key.Key_Down, SHIFT)
    assert set(page.choice) <= set(tasks.pks[50:53])


def test_ctrl_click_and_boxes_add_across_pages_and_it_is_said(tasks, qtbot):
    page = tasks.page
    click(qtbot, page, 0)
    click(qtbot, page, 4, keys=SHIFT)
    turn(qtbot, page, 1)
    click(qtbot, page, 1, keys=CTRL)
    assert said(page) == "6 selected, 5 on other pages"
    click(qtbot, page, 2, column=0)
    assert said(page) == "7 selected, 5 on other pages"
    click(qtbot, page, 4, keys=CTRL | SHIFT)
    assert said(page) == "9 selected, 5 on other pages"
    click(qtbot, page, 6)
    assert list(page.choice) == [tasks.pks[56]]
    assert said(page) == "1 selected"


def test_unticking_the_box_of_the_page_leaves_what_is_selected_on_others(tasks, qtbot):
    page = tasks.page
    click(qtbot, page, 0, column=0)
    turn(qtbot, page, 1)
    page.table.page_check_clicked.emit()
    assert said(page) == "51 selected, 1 on another page"
    page.table.page_check_clicked.emit()
    assert list(page.choice) == [tasks.pks[0]]


def test_everything_that_matches_is_selected_until_something_is_done_to_it(
    tasks, workspace, qtbot
):
    page = tasks.page
    workspace.changed.connect(page.refresh)
    page.selection.select_all_matching()
    assert page._selected.strip.text == "Everything that matches is selected: 120 tasks."
    settle(qtbot, page, lambda: workspace.archive(Kind.TASK, page.choice))
    assert page.presenter.total == 0
    assert page.chosen_count == 0
    assert not page.selection.all_matching
    assert page._selected.strip.isHidden()


def test_what_is_offered_to_be_selected_is_counted_anew(tasks, workspace, qtbot):
    page = tasks.page
    workspace.changed.connect(lambda _outcome: page.refresh())
    page.select_all()
    (offer,) = page.findChild(Banner).buttons
    assert offer.text() == "Select all 120 matching"
    workspace.trash(Kind.TASK, page.choice)
    qtbot.waitUntil(lambda: page.presenter.total == 70)
    chosen = tasks.pks[:50]
    page.expect(chosen)
    workspace.undo()
    qtbot.waitUntil(lambda: page.presenter.total == 120)
    assert page.selection.is_whole_page
    assert [each.text() for each in page.findChild(Banner).buttons] == [
        "Select all 120 matching"
    ]
