"""Every page says something where it has nothing, and offers a next step."""

import pytest

from db.storage import open_storage
from desktop_app.lists.views import VIEWS
from desktop_app.main_window import SECTIONS
from desktop_app.widgets.state_panel import StatePanel

LISTS = [key for _heading, keys in SECTIONS for key in keys if key in VIEWS]


@pytest.fixture
def program(start, uri, qtbot):
    open_storage(uri).close()
    program = start(uri)
    qtbot.waitUntil(lambda: len(program.window.panel.buttons) == 3)
    program.window.panel.buttons[2].click()
    return program


@pytest.mark.parametrize("key", [*LISTS, "imports", "history"])
def test_an_empty_page_has_words_and_a_next_step(program, qtbot, key):
    program.desk.pages.show_page(key)
    page = program.desk.pages.page
    qtbot.waitUntil(lambda: any(p.isVisible() for p in page.findChildren(StatePanel)))
    panels = [panel for panel in page.findChildren(StatePanel) if panel.isVisible()]
    qtbot.waitUntil(lambda: bool(panels[0].accessibleName()))
    qtbot.waitUntil(lambda: bool(panels[0].buttons))
    assert panels[0].accessibleDescription()


def test_a_view_of_nothing_leads_to_all_records_of_its_kind(program, qtbot):
    program.desk.pages.show_page("failed")
    page = program.desk.pages.list
    qtbot.waitUntil(lambda: bool(page.panel.buttons))
    (button,) = page.panel.buttons
    assert button.text() == "Show all tasks"
    button.click()
    assert program.desk.pages.key == "tasks"


def pictured(panel):
    return panel.grab().toImage()


def test_the_focus_of_an_empty_list_is_to_be_seen(program, qtbot):
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    program.desk.pages.list.setFocus()
    program.desk.pages.show_page("failed")
    panel = program.desk.pages.list.panel
    qtbot.waitUntil(lambda: bool(panel.buttons) and panel.hasFocus())
    with_focus = pictured(panel)
    program.window.top.search.setFocus()
    assert pictured(panel) != with_focus


def test_what_stands_for_the_lists_has_the_focus_on_its_main_button(start, tmp_path, qtbot):
    broken = tmp_path / "broken.sheaf"
    broken.write_text("This is no database. " * 400)
    window = start(str(broken), ready=False).window
    qtbot.waitUntil(lambda: bool(window.panel.buttons))
    (main,) = (button for button in window.panel.buttons if button.property("primary"))
    assert window.focusWidget() is main
