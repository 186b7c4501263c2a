import gc

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication

from db.records import Kind
from db.sqlite import facets

TAG = 3


def open_menu(page, number):
    page.filters._chips[number][1].click()
    return QApplication.activePopupWidget()


def leave(qtbot, menu):
    qtbot.keyClick(menu, Qt.Key.Key_Escape)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


def words(menu):
    return [action.text() for action in menu.actions()]


@pytest.mark.parametrize("number", [1, 3, 4, 5])
def test_a_menu_that_is_left_before_its_values_came_does_no_harm(tasks, qtbot, number):
    for _ in range(8):
        leave(qtbot, open_menu(tasks.page, number))
    with qtbot.waitSignal(tasks.page.presenter.ids_ready):
        tasks.page.refresh()


def test_a_menu_that_is_left_after_its_values_came_does_no_harm(tasks, qtbot):
    for _ in range(8):
        menu = open_menu(tasks.page, TAG)
        qtbot.waitUntil(lambda shown=menu: words(shown) != ["Loading…"])
        gc.collect()
        leave(qtbot, menu)


def test_a_page_that_goes_while_a_menu_waits_for_its_values_does_no_harm(
    open_page, add_tasks, workspace, qtbot
):
    add_tasks(3)
    for _ in range(5):
        page = open_page("tasks")
        open_menu(page, TAG)
        page.close()
        page.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
    with qtbot.waitSignal(workspace.changed):
        workspace.create(Kind.BATCH, {"title": "Still here"})


def test_a_filter_without_values_says_that_there_are_none_yet(tasks, qtbot):
    menu = open_menu(tasks.page, TAG)
    qtbot.waitUntil(lambda: words(menu) == ["No tags yet."])
    leave(qtbot, menu)


def test_the_values_found_first_stay_in_place_when_all_are_counted(
    learn, open_page, qtbot, monkeypatch
):
    learn("One", category="Old & worn")
    learn("Two", category="Old & worn")
    learn("Three", category="New")
    monkeypatch.setattr(facets, "COUNTED_AT_ONCE", 1)
    menu = open_menu(open_page("learnings"), 1)
    qtbot.waitUntil(lambda: words(menu) == ["New  (1)", "Old && worn  (2)"])
    leave(qtbot, menu)


def shown_chips(page):
    return [chip for _filter, chip in page.filters._chips if not chip.isHidden()]


def test_filters_that_have_no_room_are_behind_one_chip_on_the_same_line(tasks, qtbot):
    page = tasks.page
    chips = shown_chips(page)
    more = page.filters._more
    assert len(chips) == len(page.filters._chips)
    assert more.isHidden()
    page.resize(460, 600)
    qtbot.waitUntil(lambda: not more.isHidden())
    chips = shown_chips(page)
    assert {chip.y() for chip in (*chips, more)} == {0}
    assert len(chips) < len(page.filters._chips)
    more.click()
    menu = QApplication.activePopupWidget()
    hidden = [f.title for f, chip in page.filters._chips if chip.isHidden()]
    assert words(menu) == hidden
    page.resize(900, 600)
    qtbot.waitUntil(more.isHidden)


def test_a_filter_that_is_set_is_seen_however_narrow_the_list_is(tasks, qtbot):
    page = tasks.page
    page.resize(460, 600)
    page.set_text("")
    page.show_query(page.base.__class__(batch_id="none", tags=frozenset({"ui"})))
    qtbot.waitUntil(lambda: not page.filters._more.isHidden())
    on = [chip for _filter, chip in page.filters._chips if chip.value is not None]
    assert len(on) == 2
    assert not any(chip.isHidden() for chip in on)
