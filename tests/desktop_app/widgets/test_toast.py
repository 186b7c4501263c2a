import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QVBoxLayout, QWidget

from desktop_app.widgets.toast import STAY_MS, Toast


@pytest.fixture
def window(shown):
    window = QWidget()
    QVBoxLayout(window).addWidget(QLineEdit())
    window.resize(600, 400)
    return shown(window)


@pytest.fixture
def toast(window):
    return Toast(window)


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


def test_it_covers_nothing_that_is_to_be_spared(window):
    foot, other = QWidget(window), QWidget(window)
    foot.setGeometry(0, 340, 600, 40)
    other.setGeometry(0, 100, 600, 40)
    foot.show()
    other.show()
    toast = Toast(window, lambda: [foot, other])
    toast.show_message("3 batches archived.", ("Undo", list))
    assert toast.geometry().bottom() < foot.geometry().top()
    assert toast.geometry().top() > other.geometry().bottom()
    foot.hide()
    toast.show_message("3 batches archived.", ("Undo", list))
    assert toast.geometry().bottom() > foot.geometry().bottom() - toast.height()


def test_a_newer_message_replaces_the_older_and_its_button(toast):
    toast.show_message("First.", ("Undo", list))
    toast.show_message("Second.")
    assert toast.text == "Second."
    assert toast.action_button is None


def test_a_newer_message_is_not_cut_to_the_size_of_the_older(toast, qtbot):
    toast.show_message("Trashed 1 batch", ("Undo", list))
    toast.show_message("Archived 1 batch and all its tasks", ("Take it back", list))
    label, button = toast._label, toast.action_button
    qtbot.waitUntil(button.isVisible)
    assert toast.size() == toast.sizeHint()
    assert label.width() >= label.sizeHint().width()
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


def test_it_stays_inside_the_window_when_that_changes(toast, window):
    toast.show_message("x" * 1000, ("Undo", list))
    for width in (700, 400):
        window.resize(width, 300)
        assert window.rect().contains(toast.geometry())
        assert toast._label.width() >= toast._label.sizeHint().width()
        assert toast.action_button.geometry().right() < toast.width()


def test_it_is_one_line_high_and_lies_above_the_status_line(shown, qtbot):
    window = QMainWindow()
    window.setCentralWidget(QLineEdit())
    window.statusBar().setMinimumHeight(30)
    shown(window, 600, 400)
    toast = Toast(window)
    toast.show_message("Archived 3 batches\nand all their tasks", ("Undo", list))
    qtbot.waitUntil(toast.action_button.isVisible)
    assert not toast.geometry().intersects(window.statusBar().geometry())
    assert toast.geometry().bottom() >= window.statusBar().geometry().top() - 2
    assert toast.height() < 2 * toast.action_button.height()
