import gc

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication

from db.records import Kind

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
    for _ in range(30):
        leave(qtbot, open_menu(tasks.page, number))
    with qtbot.waitSignal(tasks.page.presenter.ids_ready):
        tasks.page.refresh()


def test_a_menu_that_is_left_after_its_values_came_does_no_harm(tasks, qtbot):
    for _ in range(30):
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
