"""What a person sees of a record beside the list, in a window of 1280 by 800 pixels."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QMenu, QToolButton

from db.records import Kind
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.detail.window import DetailWindow
from desktop_app.widgets.plain_label import PlainLabel
from tests.db.contract.test_hits import import_messages
from tests.db.factories import make

LONG = "The output has changed from 344 to 345, which suggests that the issue is gone. " * 3


@pytest.fixture
def program(start, uri, qtbot):
    storage = open_storage(uri)
    import_messages(storage, *(["Nothing of it"] * 30), "I saw a quokka there")
    task = make(storage, Kind.TASK, title=LONG)
    text = "# One\n\nSome words.\n\n# Two\n\nThe quokka ran.\n"
    make(storage, Kind.EXECUTION, task=task.id, title=LONG, description=text)
    storage.close()
    program = start(uri)
    program.window.resize(1280, 800)
    program.window.activateWindow()
    qtbot.waitUntil(program.window.isActiveWindow)
    return program


@pytest.fixture
def detail(program, qtbot):
    """The pane with what a search for the quokka found in runs."""
    return found(program, qtbot, "quokka in:runs", Kind.EXECUTION)


def found(program, qtbot, words, kind):
    program.window.registry[Do.SEARCH_ALL].trigger()
    search = program.window.top.search
    qtbot.waitUntil(search.hasFocus)
    search.selectAll()
    qtbot.keyClicks(search, words)
    qtbot.keyClick(search, Qt.Key.Key_Return)
    page, detail = program.desk.pages.page, program.desk.detail
    qtbot.waitUntil(lambda: page.chosen is not None and page.chosen.kind is kind)
    qtbot.waitUntil(lambda: detail.tabs.key == page.chosen_key)
    settle()
    return detail


def settle():
    for _ in range(5):
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)


def facts_shown(detail):
    return [w.text() for w in detail.facts.findChildren(PlainLabel) if w.isVisible()]


def test_what_is_found_in_a_run_has_half_of_the_pane(program, detail, qtbot):
    view = detail.tabs.view("Text")
    qtbot.waitUntil(view.finder.is_open)
    settle()
    assert detail.width() < 400
    assert detail.tabs.currentWidget().height() >= detail.height() / 2
    assert view.text.view.viewport().height() >= detail.height() * 0.45


def test_what_is_found_in_a_conversation_has_half_of_the_pane(program, qtbot):
    detail = found(program, qtbot, "quokka in:messages", Kind.MESSAGE)
    conversation = program.desk.pages.page.chosen.record.conversation_pk
    qtbot.keyClick(program.desk.pages.page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: detail.tabs.key == (Kind.CONVERSATION, conversation))
    canvas = detail.tabs.view("Thread").canvas
    qtbot.waitUntil(lambda: canvas.isVisible() and canvas.thread is not None)
    settle()
    assert canvas.height() >= detail.height() // 2


def test_a_long_title_takes_two_lines_and_is_whole_in_its_tooltip(detail):
    label = detail.header.title._label
    assert label.text().endswith("…")
    assert label.height() <= 2 * label.fontMetrics().lineSpacing() + 4
    assert label.accessibleName() == LONG.strip()
    assert LONG.rsplit(maxsplit=1)[-1] in label.toolTip()


def test_all_facts_are_shown_when_asked_for(detail, qtbot):
    def more():
        return next(b for b in detail.facts.findChildren(QToolButton) if b.isVisible())

    assert "Attempt" not in facts_shown(detail)
    assert more().text() == "More facts"
    more().click()
    assert "Attempt" in facts_shown(detail)
    assert more().text() == "Fewer facts"
    more().click()
    assert "Attempt" not in facts_shown(detail)


def test_the_tools_of_a_run_stand_in_one_row_and_the_rest_is_in_a_menu(detail, qtbot):
    view = detail.tabs.view("Text")
    tools = view._tools
    shown = [tool for tool in tools.offered() if tool.isVisible()]
    assert len({tool.geometry().center().y() for tool in shown}) == 1
    menu = tools.more.menu()
    menu.aboutToShow.emit()
    entries = {action.text(): action for action in menu.actions()}
    assert {"Headings", "Edit the text", "Save the text to a file"} <= entries.keys()
    qtbot.waitUntil(view._outline.isEnabled)
    menu.aboutToShow.emit()
    next(a for a in menu.actions() if a.text() == "Headings").trigger()
    assert view.headings.isVisible()


def test_a_window_of_its_own_shows_all_tools_and_facts(program, detail, qtbot):
    program.window.registry[Do.OPEN_WINDOW].trigger()
    (pane,) = [w.pane for w in program.window.findChildren(DetailWindow)]
    qtbot.waitUntil(lambda: pane.tabs.key == detail.tabs.key)
    for kind in (Kind.TASK, Kind.EXECUTION):
        pane.show_record(kind, 1)
        qtbot.waitUntil(lambda kind=kind: pane.tabs.key == (kind, 1))
    pane.window().resize(1000, 960)
    qtbot.waitUntil(lambda: pane.width() > 900)
    settle()
    assert "Attempt" in facts_shown(pane)
    assert not pane.tabs.view("Text")._tools.more.isVisible()


def menu_of(detail):
    button = next(
        b
        for b in detail.footer.findChildren(QToolButton)
        if b.accessibleName() == "More actions"
    )
    menu = button.menu()
    menu.aboutToShow.emit()
    return menu


def test_the_menu_of_the_pane_lists_only_what_can_be_done(program, detail):
    menu = menu_of(detail)
    assert isinstance(menu, QMenu)
    texts = [a.text().replace("&", "") for a in menu.actions() if not a.isSeparator()]
    assert "Open in its own window" in texts
    assert not {"Approve", "Merge into…", "Supersede…", "Reject"} & set(texts)
    assert all(a.isEnabled() for a in menu.actions() if not a.isSeparator())


def test_the_title_of_a_message_is_not_offered_to_be_edited(program, detail, qtbot):
    registry = program.window.registry
    assert registry[Do.RENAME].isEnabled()
    found(program, qtbot, "quokka in:messages", Kind.MESSAGE)
    qtbot.waitUntil(lambda: registry.state.kind is Kind.MESSAGE)
    assert not registry[Do.RENAME].isEnabled()
    assert "has no title to edit" in registry[Do.RENAME].statusTip()
