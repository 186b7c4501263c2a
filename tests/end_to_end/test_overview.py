"""From the overview to the lists it tells of, and back."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from db.records import Kind
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.overview.page import OverviewPage


@pytest.fixture
def failing(filled):
    """The storage file `filled`, with three tasks that failed."""
    storage = open_storage(filled)
    for title in ("One", "Two", "Three"):
        storage.tasks.create({"title": title, "status": "failed"})
    storage.close()
    return filled


@pytest.fixture
def overview(start, failing, qtbot):
    """The program, showing the overview with all that it has read."""
    program = start(failing)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    program.window.registry[Do.GO_OVERVIEW].trigger()
    page = program.desk.pages.page
    assert isinstance(page, OverviewPage)
    qtbot.waitUntil(lambda: page.tiles[1].value == "3")
    qtbot.waitUntil(lambda: len(page.cards[0].chart.data) > 0)
    program.page = page
    return program


def test_it_is_the_first_page_of_the_sidebar(overview):
    sidebar = overview.window.sidebar

    assert sidebar.keys[0] == "overview"
    assert sidebar.current == "overview"


def test_a_tile_leads_to_its_list_whatever_that_was_narrowed_to(overview, qtbot):
    pages = overview.desk.pages
    pages.show_page("failed")
    pages.list.set_text("nothing has these words")
    qtbot.waitUntil(lambda: pages.list.presenter.total == 0)
    pages.step(-2)
    assert pages.page is overview.page

    overview.page.tiles[1].setFocus()
    qtbot.keyClick(overview.page.tiles[1], Qt.Key.Key_Return)

    assert pages.key == "failed"
    qtbot.waitUntil(lambda: pages.list.presenter.total == 3)
    assert pages.list.isAncestorOf(QApplication.focusWidget())


def test_a_mark_leads_to_a_list_that_says_what_it_is_narrowed_to(overview, qtbot):
    pages, chart = overview.desk.pages, overview.page.cards[0].chart
    chart.setFocus()

    qtbot.keyClick(chart, Qt.Key.Key_Return)

    assert pages.key == "tasks"
    qtbot.waitUntil(lambda: pages.list.presenter.total == 3)
    assert overview.window.top.search.text().endswith("is:kept")
    overview.window.registry[Do.BACK].trigger()
    assert pages.page is overview.page


def click_entry(program, qtbot, title):
    sidebar = program.window.sidebar
    (item,) = sidebar.findItems(title, Qt.MatchFlag.MatchExactly)
    where = sidebar.visualItemRect(item).center()
    qtbot.mouseClick(sidebar.viewport(), Qt.MouseButton.LeftButton, pos=where)


@pytest.mark.parametrize("by_way_of", ["overview", "batches", "tasks"])
def test_an_entry_of_the_sidebar_lists_all_that_it_names_also_after_a_mark(
    overview, qtbot, by_way_of
):
    pages, chart = overview.desk.pages, overview.page.cards[0].chart
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: pages.list.presenter.total == 3)
    pages.show_page(by_way_of)

    click_entry(overview, qtbot, "Tasks")

    assert pages.key == "tasks"
    qtbot.waitUntil(lambda: pages.list.presenter.total == 123)
    assert not pages.list.is_changed


def test_what_a_person_narrowed_a_list_to_stays_when_coming_back_by_the_sidebar(
    overview, qtbot
):
    pages = overview.desk.pages
    click_entry(overview, qtbot, "Tasks")
    pages.list.set_text("two")
    qtbot.waitUntil(lambda: pages.list.presenter.total == 1)

    click_entry(overview, qtbot, "Batches")
    click_entry(overview, qtbot, "Tasks")

    assert pages.list.text == "two"


@pytest.mark.parametrize("back", [Do.BACK, Do.GO_OVERVIEW])
def test_who_comes_back_finds_it_scrolled_as_it_was_left(overview, qtbot, back):
    pages, page = overview.desk.pages, overview.page
    overview.window.resize(1000, 420)
    bar = page._scroll.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 100)
    chart = page.cards[0].chart
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    bar.setValue(100)

    qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert pages.key == "tasks"
    qtbot.waitUntil(lambda: pages.list.presenter.total == 3)
    overview.window.registry[back].trigger()

    assert pages.page is page
    qtbot.waitUntil(lambda: page.isAncestorOf(QApplication.focusWidget()))
    with qtbot.waitSignal(page.recent.rows.modelReset):
        page.refresh()
    assert bar.value() == 100


def test_details_have_no_place_beside_it_and_come_back_with_a_list(overview, qtbot):
    detail = overview.desk.detail
    qtbot.waitUntil(lambda: not detail.isVisible())

    overview.window.registry[Do.GO_TASKS].trigger()

    qtbot.waitUntil(detail.isVisible)


def test_what_was_opened_is_listed_and_leads_back_to_itself(overview, qtbot):
    pages, detail = overview.desk.pages, overview.desk.detail
    pages.recent._dwell.setInterval(0)
    overview.window.registry[Do.GO_TASKS].trigger()
    page = pages.list
    qtbot.waitUntil(lambda: page.presenter.total == 123)
    pk = page.model.pks[2]
    with qtbot.waitSignal(pages.recent.changed):
        page.selection.choose(pk)
    page.selection.clear()

    overview.window.registry[Do.GO_OVERVIEW].trigger()
    table = overview.page.recent
    qtbot.waitUntil(lambda: bool(table.rows.rows))
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Return)

    assert pages.key == "tasks"
    qtbot.waitUntil(lambda: detail.key == (Kind.TASK, pk))


def test_it_is_shown_again_at_the_next_start(overview, start, stop, failing, qtbot):
    stop(overview)

    again = start(failing)

    assert isinstance(again.desk.pages.page, OverviewPage)
    qtbot.waitUntil(lambda: again.desk.pages.page.tiles[1].value == "3")


def test_escape_goes_from_the_sidebar_into_it(overview, qtbot):
    overview.window.sidebar.setFocus()

    qtbot.keyClick(overview.window.sidebar, Qt.Key.Key_Escape)

    assert overview.page.isAncestorOf(QApplication.focusWidget())


def test_tab_reaches_every_part_of_it(overview, qtbot):
    page = overview.page
    page.tiles[0].setFocus()
    reached = set()
    for _ in range(30):
        focused = QApplication.focusWidget()
        if focused in reached or not page.isAncestorOf(focused):
            break
        reached.add(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    parts = [*page.tiles, page.cards[0].chart, *(card.toggle for card in page.cards)]
    wanted = {part for part in parts if isValid(part) and QWidget.isVisible(part)}
    assert wanted <= reached


def test_what_is_typed_where_no_list_is_searches_everything(overview, qtbot):
    search = overview.window.top.search
    overview.window.registry[Do.SEARCH].trigger()
    assert search.hasFocus()
    qtbot.keyClicks(search, "Three")
    qtbot.waitUntil(lambda: overview.desk.pages.key == "search")
    assert overview.desk.pages.page.text == search.text() == "Three"
    assert search.hasFocus()
