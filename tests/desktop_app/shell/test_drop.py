import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop_app.drop import STILL_MS, DropTarget, leave_files

HELD = Qt.MouseButton.LeftButton
COPY = Qt.DropAction.CopyAction
NO_KEYS = Qt.KeyboardModifier.NoModifier


def files(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def drop_on(widget, data):
    """Drag data straight onto a widget and drop it there."""
    send, place = QApplication.sendEvent, QPoint(9, 9)
    send(widget, QDragEnterEvent(place, COPY, data, HELD, NO_KEYS))
    send(widget, QDropEvent(place.toPointF(), COPY, data, HELD, NO_KEYS))


@pytest.fixture
def window(shown):
    window = QWidget()
    window.field = QLineEdit()
    window.area = QPlainTextEdit()
    column = QVBoxLayout(window)
    for field in (window.field, window.area):
        leave_files(field)
        column.addWidget(field)
    window.target = DropTarget(window)
    return shown(window, 400, 300)


@pytest.fixture
def veil(window):
    """The veil over a window on which files are being dragged."""
    data = files("/made/a.json")
    send = QApplication.sendEvent
    send(window, QDragEnterEvent(QPoint(9, 9), COPY, data, HELD, NO_KEYS))
    send(window, QDragMoveEvent(QPoint(9, 9), COPY, data, HELD, NO_KEYS))
    veil = window.findChild(QWidget, "veil")
    assert veil.isVisible()
    return veil


def test_files_that_are_dropped_lift_the_veil_and_are_taken(qtbot, window, veil):
    data = files("/made/a.json")
    drop = QDropEvent(QPointF(9, 9), COPY, data, HELD, NO_KEYS)
    with qtbot.waitSignal(window.target.dropped) as dropped:
        QApplication.sendEvent(window, drop)
    assert [str(path) for path in dropped.args[0]] == ["/made/a.json"]
    assert not veil.isVisible()


def test_a_drop_whose_source_is_gone_lifts_the_veil(window, veil):
    gone = QMimeData()
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), COPY, gone, HELD, NO_KEYS))
    assert not veil.isVisible()


def test_leaving_the_window_lifts_the_veil(window, veil):
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not veil.isVisible()


def test_a_mouse_that_moves_with_no_button_pressed_lifts_the_veil(window, veil):
    QTest.mouseMove(window, window.rect().center())
    QTest.mouseMove(window, window.rect().center() + QPoint(20, 8))
    assert not veil.isVisible()


def test_esc_lifts_the_veil(qtbot, window, veil):
    qtbot.keyClick(window.field, Qt.Key.Key_Escape)
    assert not veil.isVisible()


def test_a_drag_of_which_nothing_is_heard_any_more_lifts_the_veil(qtbot, veil):
    qtbot.waitUntil(lambda: not veil.isVisible(), timeout=3 * STILL_MS)


def test_files_dropped_on_a_field_go_to_the_window_even_if_they_come_as_text_too(window):
    taken = []
    window.target.dropped.connect(taken.extend)
    data = files("/made/a.json")
    data.setText("/made/a.json")
    drop_on(window.field, data)
    drop_on(window.area.viewport(), data)
    assert [str(path) for path in taken] == ["/made/a.json"] * 2
    assert (window.field.text(), window.area.toPlainText()) == ("", "")


def test_text_dropped_on_a_field_is_left_to_the_field(window):
    taken = []
    window.target.dropped.connect(taken.extend)
    data = QMimeData()
    data.setText("some words")
    drop_on(window.field, data)
    drop_on(window.area.viewport(), data)
    assert (window.field.text(), window.area.toPlainText()) == ("some words",) * 2
    assert taken == []
