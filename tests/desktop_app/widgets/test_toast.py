import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop_app.widgets.toast import STAY_MS, Toast


@pytest.fixture
def window(shown):
    window = QWidget()
    column = QVBoxLayout(window)
    column.addWidget(QLineEdit())
    column.addWidget(QPlainTextEdit())
    column.addWidget(Toast())
    window.resize(600, 400)
    return shown(window)


@pytest.fixture
def toast(window):
    return window.findChild(Toast)


def enter(widget):
    QApplication.sendEvent(widget, QEnterEvent(QPointF(), QPointF(), QPointF()))


def leave(widget):
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def test_it_stays_eight_seconds():
    assert STAY_MS >= 8000


def test_it_says_what_was_done_and_offers_to_take_it_back(toast, qtbot):
    taken_back = []
    toast.show_message("3 batches archived.", ("Undo", lambda: taken_back.append(1)))
    assert toast.text == "3 batches archived."
    assert toast.accessibleDescription() == "3 batches archived."
    qtbot.keyClick(toast.action_button, Qt.Key.Key_Space)
    assert taken_back == [1]
    assert toast.isHidden()


def test_it_takes_its_room_from_what_stands_above_it(toast, window, qtbot):
    above = window.findChild(QPlainTextEdit)
    before = above.height()
    toast.show_message("3 batches archived.", ("Undo", list))
    qtbot.waitUntil(lambda: above.height() < before)
    assert not toast.geometry().intersects(above.geometry())
    toast.dismiss()
    qtbot.waitUntil(lambda: above.height() == before)


def test_a_newer_message_replaces_the_older_and_its_button(toast):
    toast.show_message("First.", ("Undo", list))
    toast.show_message("Second.")
    assert toast.text == "Second."
    assert toast.action_button is None


def test_a_newer_message_is_not_cut_to_the_size_of_the_older(toast, qtbot):
    toast.show_message("Trashed 1 batch", ("Undo", list))
    toast.show_message("Archived 1 batch and all its tasks", ("Take it back", list))
    label, button = toast._label, toast.action_button
    qtbot.waitUntil(lambda: label.width() >= label.sizeHint().width())
    assert button.width() >= button.sizeHint().width()


def test_it_waits_while_the_mouse_is_on_it(toast):
    toast.show_message("Done.")
    assert toast.is_waiting
    enter(toast)
    assert not toast.is_waiting
    leave(toast)
    assert toast.is_waiting


def test_it_waits_while_the_focus_is_in_it(toast, window, qtbot):
    toast.show_message("Done.", ("Undo", list))
    toast.action_button.setFocus()
    qtbot.waitUntil(lambda: not toast.is_waiting)
    window.findChild(QLineEdit).setFocus()
    qtbot.waitUntil(lambda: toast.is_waiting)


def test_it_never_takes_the_focus(toast, window, qtbot):
    field = window.findChild(QLineEdit)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    toast.show_message("Done.", ("Undo", list))
    assert field.hasFocus()


def test_escape_dismisses_it(toast, qtbot):
    toast.show_message("Done.", ("Undo", list))
    toast.action_button.setFocus()
    with qtbot.waitSignal(toast.changed):
        qtbot.keyClick(toast.action_button, Qt.Key.Key_Escape)
    assert toast.isHidden()


def test_it_is_one_line_high_and_stays_inside_a_narrow_window(toast, window, qtbot):
    toast.show_message("x" * 1000 + "\nand more", ("Undo", list))
    for width in (700, 400):
        window.resize(width, 300)
        qtbot.waitUntil(lambda width=width: window.width() == width)
        qtbot.waitUntil(lambda: window.rect().contains(toast.geometry()))
        assert toast.action_button.geometry().right() < toast.width()
        assert toast.height() < 2 * toast.action_button.height()
