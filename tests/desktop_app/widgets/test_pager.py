import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QToolButton

from desktop_app.widgets.pager import PAGE_SIZES, Pager


@pytest.fixture
def pager(shown):
    return shown(Pager())


def arrow(pager, name):
    return next(b for b in pager.findChildren(QToolButton) if b.accessibleName() == name)


def test_it_says_where_one_is(pager):
    pager.show_state(1, 25, 50, 1204, exact=True)
    assert pager.place_text == "Page 2 of 25"
    assert pager.range_text == "51–100 of 1,204"


def test_the_last_page_ends_where_the_rows_end(pager):
    pager.show_state(24, 25, 50, 1204, exact=True)
    assert pager.range_text == "1,201–1,204 of 1,204"


def test_what_is_still_counted_is_not_guessed(pager):
    pager.show_state(0, None, 50, None, exact=False)
    assert pager.place_text == "Page 1 of …"
    assert pager.range_text == "1–50 of …"
    assert not arrow(pager, "Last page").isEnabled()
    assert arrow(pager, "Next page").isEnabled()


def test_an_estimate_is_marked_as_one(pager):
    pager.show_state(0, 25, 50, 1200, exact=False)
    assert pager.range_text == "1–50 of about 1,200"


def test_an_empty_list_has_one_page_and_no_way_off_it(pager):
    pager.show_state(0, 0, 50, 0, exact=True)
    assert pager.place_text == "Page 1 of 1"
    assert pager.range_text == "Nothing to show"
    assert not any(button.isEnabled() for button in pager.findChildren(QToolButton))


@pytest.mark.parametrize(
    ("name", "page"),
    [("First page", 0), ("Previous page", 6), ("Next page", 8), ("Last page", 24)],
)
def test_the_arrows_ask_for_pages_counted_from_zero(pager, qtbot, name, page):
    pager.show_state(7, 25, 50, 1204, exact=True)
    with qtbot.waitSignal(pager.page_chosen) as chosen:
        qtbot.keyClick(arrow(pager, name), Qt.Key.Key_Space)
    assert chosen.args == [page]


def test_the_size_of_a_page_is_chosen_by_keyboard(pager, qtbot):
    sizes = pager.findChild(QComboBox)
    assert sizes.accessibleName() == "Rows per page"
    assert [sizes.itemData(n) for n in range(sizes.count())] == list(PAGE_SIZES)
    with qtbot.waitSignal(pager.page_size_chosen) as chosen:
        qtbot.keyClick(sizes, Qt.Key.Key_Down)
    assert chosen.args == [100]


def test_where_room_is_short_a_menu_at_the_place_has_the_other_pages_and_sizes(pager, qtbot):
    pager.show_state(7, 25, 50, 1204, exact=True)
    pager.set_brief(True)
    (jump,) = (b for b in pager.findChildren(QToolButton) if b.isVisible() and b.menu())
    assert jump.text().startswith("8 / 25")
    jump.menu().aboutToShow.emit()
    offered = {action.text(): action for action in jump.menu().actions()}
    assert [words for words, each in offered.items() if each.isChecked()] == ["50 per page"]
    with qtbot.waitSignal(pager.page_chosen) as page:
        offered["Last page"].trigger()
    assert page.args == [24]
    with qtbot.waitSignal(pager.page_size_chosen) as size:
        offered["500 per page"].trigger()
    assert size.args == [500]
    pager.show_state(0, 1, 500, 21, exact=True)
    assert pager.isVisible()
    pager.show_state(0, 1, 500, 20, exact=True)
    assert not pager.isVisible()


def test_showing_a_state_asks_for_nothing(pager, qtbot):
    with (
        qtbot.assertNotEmitted(pager.page_size_chosen),
        qtbot.assertNotEmitted(pager.page_chosen),
    ):
        pager.show_state(2, 3, 500, 1204, exact=True)


def test_the_list_of_page_sizes_shows_all_of_them(pager, qtbot):
    box = pager.findChild(QComboBox)
    box.showPopup()
    view = box.view()
    qtbot.waitUntil(view.isVisible)
    last = view.visualRect(view.model().index(box.count() - 1, 0))
    assert view.viewport().rect().contains(last)
    box.hidePopup()
