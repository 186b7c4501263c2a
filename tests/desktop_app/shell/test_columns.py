import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu, QStyle, QStyleOptionHeader, QWidget

from desktop_app.actions.registry import ActionRegistry
from desktop_app.lists.views import HOMES
from desktop_app.pages import Pages
from desktop_app.window_state import WindowState

WIDE_PX = 2000
DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
BESIDE_DETAILS_PX = 698
"""The width of a list in a window of 1280 pixels, with the sidebar and the details."""


def shown(page, key):
    return not page.table.isColumnHidden(page.model.section_of(key))


def width(page, key):
    return page.table.columnWidth(page.model.section_of(key))


def submenu(menu, title):
    return next(each for each in menu.findChildren(QMenu) if each.title() == title)


@pytest.fixture
def make_pages(workspace, qtbot, tmp_path):
    """Make the pages of a window as at a start of the program."""

    def make():
        holder = Pages(
            workspace, ActionRegistry(holding), WindowState(tmp_path / "window.ini"), holding
        )
        holder.resize(WIDE_PX, 600)
        holder.show()
        holder.show_page("batches")
        return holder

    holding = QWidget()
    qtbot.addWidget(holding)
    holding.show()
    return make


def test_columns_can_be_hidden_moved_and_brought_back(tasks):
    page = tasks.page
    page.columns.set_shown("priority", shown=False)
    assert not shown(page, "priority")
    saved = page.columns.save()
    page.columns.reset()
    assert shown(page, "priority")
    page.columns.restore(saved)
    assert not shown(page, "priority")


def test_columns_shown_although_they_come_hidden_are_shown_again(tasks, open_page):
    page = tasks.page
    page.resize(WIDE_PX, 600)
    for column in page.model.columns:
        page.columns.set_shown(column.key, shown=True)
    again = open_page("tasks")
    again.resize(WIDE_PX, 600)
    again.columns.restore(page.columns.save())
    assert all(shown(again, column.key) for column in again.model.columns)


def test_each_page_keeps_its_own_columns_over_a_restart(make_pages):
    pages = make_pages()
    pages.show_page("tasks")
    pages.list.columns.set_shown("tags", shown=False)
    pages.show_page("failed")
    pages.list.columns.set_shown("kind", shown=True)
    pages.save()
    again = make_pages()
    again.show_page("failed")
    assert shown(again.list, "kind")
    assert shown(again.list, "tags")
    again.show_page("tasks")
    assert not shown(again.list, "tags")
    assert not shown(again.list, "kind")


def test_columns_that_matter_less_are_narrowed_where_the_table_is_narrow(tasks):
    page = tasks.page
    page.resize(1200, 600)
    wide = width(page, "batch")
    page.resize(800, 600)
    assert width(page, "batch") < wide
    assert width(page, "updated") <= page.table.viewport().width()
    page.resize(1200, 600)
    assert width(page, "batch") == wide


@pytest.mark.parametrize("room", [1200, 900, 700, 500])
def test_a_column_that_is_shown_can_be_reached_however_narrow_the_table_is(tasks, room):
    page = tasks.page
    page.columns.set_shown("id", shown=True)
    page.columns.set_shown("kind", shown=True)
    page.resize(room, 600)
    header, bar = page.table.horizontalHeader(), page.table.horizontalScrollBar()
    assert all(shown(page, key) for key in ("status", "title", "updated", "id", "kind"))
    assert header.length() <= page.table.viewport().width() + bar.maximum()
    if room <= 500:
        assert bar.maximum() > 0


@pytest.mark.parametrize("key", HOMES.values())
def test_every_list_fits_beside_the_details_at_the_usual_size(open_page, one_of_each, key):
    page = open_page(key)
    page.resize(BESIDE_DETAILS_PX, 600)
    page.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
    assert page.table.horizontalScrollBar().maximum() == 0
    by = next(c.key for c in page.model.columns if c.sort == page.base.sort)
    assert shown(page, by)


def test_columns_that_matter_least_go_first_and_come_back(tasks):
    page = tasks.page
    page.resize(620, 600)
    assert not shown(page, "tags")
    assert shown(page, "batch")
    assert page.table.horizontalScrollBar().maximum() == 0
    page.columns.open_menu(QPoint())
    (menu,) = page.table.findChildren(QMenu, options=DIRECT)
    (tags,) = [action for action in menu.actions() if action.text().startswith("Tags")]
    assert tags.isChecked()
    assert "no room" in tags.text()
    menu.close()
    page.resize(1200, 600)
    assert shown(page, "tags")


def test_the_menu_of_the_columns_sorts_as_a_click_on_a_header_does(tasks):
    page = tasks.page
    for descending in (False, True):
        page.columns.open_menu(QPoint())
        (menu,) = page.table.findChildren(QMenu, options=DIRECT)
        sorting = submenu(menu, "Sort by")
        offered = {action.text(): action for action in sorting.actions()}
        assert offered["Title"].isChecked() == descending
        offered["Title"].trigger()
        assert (page.base.sort, page.base.descending) == ("title", descending)
        menu.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_the_menu_of_the_columns_moves_each_of_them_past_those_that_are_not_seen(tasks):
    page = tasks.page
    page.resize(1200, 600)
    page.columns.set_shown("batch", shown=False)
    section_of = page.model.section_of

    def seen():
        header = page.table.horizontalHeader()
        order = sorted(page.model.columns, key=lambda c: header.visualIndex(section_of(c.key)))
        return [column.title for column in order if shown(page, column.key)]

    def move(way, title):
        page.columns.open_menu(QPoint())
        (menu,) = page.table.findChildren(QMenu, options=DIRECT)
        offered = {action.text(): action for action in submenu(menu, way).actions()}
        offered[title].trigger()
        menu.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        return [*offered]

    assert seen() == ["Status", "Title", "Priority", "Tags", "Updated"]
    assert move("Move left", "Priority") == ["Title", "Priority", "Tags", "Updated"]
    assert seen() == ["Status", "Priority", "Title", "Tags", "Updated"]
    assert move("Move right", "Status") == ["Status", "Priority", "Title", "Tags"]
    assert seen() == ["Priority", "Status", "Title", "Tags", "Updated"]


def test_in_a_narrow_list_of_batches_the_title_gives_way_before_it_scrolls(
    open_page, add_batch
):
    add_batch("One")
    page = open_page("batches")
    for room in (620, 600, 580):
        page.resize(room, 400)
        assert page.table.horizontalScrollBar().maximum() == 0, room
        assert shown(page, "updated")
        assert width(page, "title") > 0


def test_arrows_scroll_across_and_a_move_to_another_row_does_not(tasks, qtbot):
    page = tasks.page
    page.columns.set_shown("id", shown=True)
    page.columns.set_shown("created", shown=True)
    page.resize(400, 600)
    page.selection.choose(tasks.pks[0])
    bar = page.table.horizontalScrollBar()
    qtbot.keyClick(page.table, Qt.Key.Key_Right)
    place = bar.value()
    assert place > 0
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    assert bar.value() == place
    qtbot.keyClick(page.table, Qt.Key.Key_Left)
    assert bar.value() < place


def test_the_header_shows_by_what_the_list_is_sorted(tasks, qtbot):
    page = tasks.page
    header = page.table.horizontalHeader()
    assert header.isSortIndicatorShown()
    assert header.sortIndicatorSection() == page.model.section_of("updated")
    assert header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder


def test_a_click_on_a_column_that_sorts_nothing_leaves_the_sign_where_it_is(tasks, qtbot):
    page = tasks.page
    page.resize(1200, 600)
    header = page.table.horizontalHeader()
    spot = header.sectionViewportPosition(page.model.section_of("tags")) + 10
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(spot, 8))
    assert header.sortIndicatorSection() == page.model.section_of("updated")


def test_only_columns_that_sort_answer_to_the_mouse_and_others_say_why_not(tasks, qtbot):
    page = tasks.page
    page.resize(1200, 600)
    header = page.table.horizontalHeader()

    def is_lit(key):
        section = page.model.section_of(key)
        spot = QPoint(header.sectionViewportPosition(section) + 10, 8)
        qtbot.mousePress(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        option = QStyleOptionHeader()
        header.initStyleOptionForIndex(option, section)
        qtbot.mouseRelease(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        return bool(option.state & QStyle.StateFlag.State_Sunken)

    def tip(key):
        role = Qt.ItemDataRole.ToolTipRole
        horizontal = Qt.Orientation.Horizontal
        return page.model.headerData(page.model.section_of(key), horizontal, role)

    assert is_lit("title")
    assert not is_lit("tags")
    assert tip("title") is None
    assert tip("tags") == "Tags: the list cannot be sorted by this"


def test_a_click_on_the_batch_sorts_by_its_title_and_another_turns_it_round(
    open_page, shown, storage, add_batch, qtbot
):
    for title in ("beta", "Alpha"):
        batch = storage.batches.get(add_batch(title)).record.id
        storage.tasks.create({"title": f"of {title}", "batch": batch})
    storage.tasks.create({"title": "alone"})
    page = shown(open_page("tasks"), 1200, 600)
    header = page.table.horizontalHeader()
    spot = QPoint(header.sectionViewportPosition(page.model.section_of("batch")) + 10, 8)

    def click():
        with qtbot.waitSignal(page.model.modelReset):
            qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        records = page.presenter.page.records
        return [records[pk].title for pk in page.model.pks]

    wanted = ["alone", "of Alpha", "of beta"]
    assert [click(), click()] == [wanted, wanted[::-1]]


def test_beside_the_details_the_title_has_the_most_room(tasks):
    page = tasks.page
    page.resize(BESIDE_DETAILS_PX, 600)
    shown_ones = [column.key for column in page.model.columns if shown(page, column.key)]
    assert max(shown_ones, key=lambda key: width(page, key)) == "title"
    assert width(page, "title") >= page.table.viewport().width() // 3
