import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QToolButton

from desktop_app.widgets.search_field import QUIET_MS, SearchField


@pytest.fixture
def field(shown):
    return shown(SearchField("Search this view"))


@pytest.fixture
def told(field):
    heard = []
    field.query_changed.connect(heard.append)
    return heard


def compose(field, preedit, committed=""):
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(committed)
    QApplication.sendEvent(field, event)


def clear_button(field):
    buttons = field.findChildren(QToolButton)
    return next(b for b in buttons if b.accessibleName() == "Clear search")


def test_it_tells_once_when_typing_pauses(field, told, qtbot):
    qtbot.keyClicks(field, "parser")
    assert told == []
    qtbot.waitUntil(lambda: told == ["parser"])


def test_enter_does_not_wait_and_does_not_tell_twice(field, told, qtbot):
    qtbot.keyClicks(field, "ab")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told == ["ab"]
    qtbot.wait(QUIET_MS * 2)
    assert told == ["ab"]


def test_escape_clears_first_and_is_the_window_s_afterwards(field, told, qtbot):
    qtbot.keyClicks(field, "ab")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    assert told == ["ab", ""]


def test_the_cross_is_there_only_with_text(field, told, qtbot):
    assert clear_button(field).isHidden()
    qtbot.keyClicks(field, "ab")
    assert clear_button(field).isVisible()
    qtbot.mouseClick(clear_button(field), Qt.MouseButton.LeftButton)
    assert field.text() == ""
    assert clear_button(field).isHidden()


def test_a_query_from_elsewhere_is_shown_and_not_told(field, told, qtbot):
    field.set_query("status:failed")
    assert field.text() == "status:failed"
    qtbot.wait(QUIET_MS * 2)
    assert told == []


def test_nothing_is_told_while_a_word_is_composed(field, told, qtbot):
    compose(field, "にほ")
    qtbot.wait(QUIET_MS * 2)
    assert told == []
    compose(field, "", "日本")
    qtbot.waitUntil(lambda: told == ["日本"])


def test_a_pause_begun_before_composing_does_not_end_within_it(field, told, qtbot):
    qtbot.keyClicks(field, "a")
    compose(field, "に")
    qtbot.wait(QUIET_MS * 2)
    assert told == []


def test_it_has_a_name_and_a_description(field):
    assert field.accessibleName() == "Search"
    assert field.placeholderText() == field.accessibleDescription() == "Search this view"


def test_a_hint_is_never_cut(field):
    hints = ["Search    status:failed   tag:auth", "Search    status:failed", "Search"]
    shown = []
    for width in (600, 230, 120):
        field.resize(width, field.height())
        field.set_hints(hints)
        shown.append(field.placeholderText())
    assert shown == hints
    field.resize(600, field.height())
    assert field.placeholderText() == hints[0]
