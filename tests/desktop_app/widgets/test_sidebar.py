import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from desktop_app.look.theme import current_theme
from desktop_app.widgets.sidebar import SIDEBAR_PX, Sidebar


@pytest.fixture
def sidebar(shown):
    sidebar = Sidebar()
    sidebar.set_sections(
        [
            ("VIEWS", [("active", "Active", "play"), ("failed", "Failed", "error")]),
            ("RECORDS", [("batches", "Batches", "batches"), ("tasks", "Tasks", "tasks")]),
        ]
    )
    sidebar.resize(180, 400)
    return shown(sidebar)


def test_its_entries_are_in_order(sidebar):
    assert sidebar.keys == ["active", "failed", "batches", "tasks"]


def test_marking_the_current_entry_tells_nobody(sidebar, qtbot):
    with qtbot.assertNotEmitted(sidebar.chosen):
        sidebar.set_current("batches")
    assert sidebar.current == "batches"
    with qtbot.assertNotEmitted(sidebar.chosen):
        sidebar.set_current(None)
    assert sidebar.current is None


def test_down_and_up_walk_over_the_headings(sidebar, qtbot):
    heard = []
    sidebar.chosen.connect(heard.append)
    sidebar.set_current("active")
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(sidebar, key)
    assert heard == ["failed", "batches", "tasks", "batches"]


def test_a_click_chooses_an_entry_and_not_a_heading(sidebar, qtbot):
    sidebar.set_current("active")
    heard = []
    sidebar.chosen.connect(heard.append)
    for row in (0, 4):
        spot = sidebar.visualItemRect(sidebar.item(row)).center()
        qtbot.mouseClick(sidebar.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert heard == ["batches"]


def test_a_screen_reader_hears_the_count_with_the_title(sidebar):
    sidebar.set_count("tasks", "48,310")
    said = sidebar.item(5).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Tasks, 48,310"
    assert sidebar.item(4).data(Qt.ItemDataRole.AccessibleTextRole) == "Batches"


def test_a_count_changes_nothing_else(sidebar, qtbot):
    sidebar.set_current("tasks")
    with qtbot.assertNotEmitted(sidebar.chosen):
        sidebar.set_count("tasks", "1")
    assert sidebar.current == "tasks"


def test_entries_are_large_enough_to_hit(sidebar):
    assert sidebar.visualItemRect(sidebar.item(1)).height() >= 24
    assert sidebar.accessibleName()


def test_it_paints_in_both_directions(sidebar):
    sidebar.set_current("batches")
    left_to_right = sidebar.grab().toImage()
    sidebar.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert sidebar.grab().toImage() != left_to_right


def test_icons_alone_tell_title_and_count_by_a_tooltip_and_to_a_screen_reader(sidebar):
    full = sidebar.width()
    sidebar.set_sections([("VIEWS", [("failed", "Failed tasks", "error")])])
    sidebar.set_count("failed", "30")
    sidebar.set_icons_only(True)
    assert sidebar.width() < full / 3
    item = sidebar.item(1)
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "Failed tasks, 30"
    where = sidebar.visualItemRect(item).center()
    event = QHelpEvent(QEvent.Type.ToolTip, where, sidebar.viewport().mapToGlobal(where))
    QToolTip.hideText()
    QApplication.sendEvent(sidebar.viewport(), event)
    assert "Failed tasks, 30" in QToolTip.text()
    sidebar.set_icons_only(False)
    assert sidebar.width() == full


@pytest.mark.parametrize(("width", "told"), [(SIDEBAR_PX, False), (120, True)])
def test_a_title_beside_a_long_count_fits_or_is_told_by_a_tooltip(sidebar, width, told):
    title = "Recently archived"
    sidebar.set_sections([("VIEWS", [("recent", title, "history")])])
    sidebar.set_count("recent", "1,204")
    sidebar.setFixedWidth(current_theme().px(width))
    where = sidebar.visualItemRect(sidebar.item(1)).center()
    viewport = sidebar.viewport()
    event = QHelpEvent(QEvent.Type.ToolTip, where, viewport.mapToGlobal(where))
    QToolTip.hideText()
    QApplication.sendEvent(viewport, event)
    assert (title in QToolTip.text()) == told
