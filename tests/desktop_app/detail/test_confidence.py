"""How sure a learning is: what is being set is saved to the learning it was begun on."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox, QPushButton, QSlider

from db.records import Kind
from db.vocabulary import Review
from desktop_app.detail.picker import Picker
from desktop_app.detail.window import DetailWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

KEPT = pytest.approx(0.5)


@pytest.fixture
def two(storage, pane, open_record):
    """The pks of two learnings, the first of which is shown."""
    made = [storage.create(Kind.LEARNING, {"title": title}) for title in ("One", "Two")]
    pks = [outcome.changed[Kind.LEARNING][0] for outcome in made]
    open_record(Kind.LEARNING, pks[0])
    return pks


@pytest.fixture
def confidences(storage, two):
    def read():
        records = [storage.detail(Kind.LEARNING, pk).record for pk in two]
        return [record.confidence for record in records]

    return read


def slide(qtbot, pane):
    qtbot.keyClick(pane.facts["confidence"].findChild(QSlider), Qt.Key.Key_Right)


def write(qtbot, pane, number="0.77"):
    field = pane.facts["confidence"].findChild(QDoubleSpinBox)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, number)
    return field


@pytest.mark.parametrize(("setting", "number"), [(slide, 0.55), (write, 0.77)])
def test_one_set_just_before_another_learning_is_shown_is_saved_where_it_was_set(
    qtbot, pane, two, confidences, workspace, setting, number
):
    setting(qtbot, pane)
    with qtbot.waitSignal(workspace.changed):
        pane.show_record(Kind.LEARNING, two[1])
    qtbot.waitUntil(lambda: pane._seen.record.pk == two[1])
    assert confidences() == [pytest.approx(number), KEPT]
    assert pane.facts["confidence"].value == KEPT
    pane.finish_editing()
    assert not workspace.under_way


def test_one_set_just_before_its_window_closes_is_saved(qtbot, workspace, two, confidences):
    window = DetailWindow(workspace)
    with qtbot.waitSignal(window.pane.seen_anew):
        window.show_record(Kind.LEARNING, two[0])
    slide(qtbot, window.pane)
    with qtbot.waitSignal(workspace.changed):
        window.close()
    assert confidences() == [pytest.approx(0.55), KEPT]


def test_a_number_with_a_comma_is_taken(qtbot, pane, settled, two, confidences):
    field = write(qtbot, pane, "0,44")
    settled(qtbot.keyClick, field, Qt.Key.Key_Return)
    assert confidences() == [pytest.approx(0.44), KEPT]


def test_esc_abandons_a_number_that_is_written(qtbot, pane, two, confidences, workspace):
    field = write(qtbot, pane)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "0.50"
    pane.finish_editing()
    assert not workspace.under_way
    assert confidences() == [KEPT, KEPT]


def test_a_number_that_is_written_stays_while_the_learning_is_read_anew(qtbot, pane, two):
    field = write(qtbot, pane)
    with qtbot.waitSignal(pane.seen_anew):
        pane.refresh()
    assert field.text() == "0.77"


def test_what_popped_up_to_choose_for_a_learning_closes_when_another_is_shown(qtbot, pane, two):
    pane.facts["category"].click()
    assert pane.findChild(Picker).isVisible()
    menu = pane.facts["review"].menu()
    with qtbot.waitSignal(pane.seen_anew):
        pane.show_record(Kind.LEARNING, two[1])
    qtbot.waitUntil(lambda: pane.findChild(Picker) is None)
    menu.popup(pane.mapToGlobal(pane.rect().center()))
    with qtbot.waitSignal(pane.seen_anew):
        pane.show_record(Kind.LEARNING, two[0])
    assert not menu.isVisible()


def test_after_a_decision_the_focus_waits_for_the_next_learning_to_be_decided_about(
    qtbot, pane, two, storage, settled
):
    approve = next(b for b in pane.footer.findChildren(QPushButton) if b.text() == "Approve")
    approve.setFocus()
    settled(qtbot.mouseClick, approve, Qt.MouseButton.LeftButton)
    assert storage.detail(Kind.LEARNING, two[0]).record.review is Review.APPROVED
    assert not isinstance(pane.window().focusWidget(), QPushButton)
    with qtbot.waitSignal(pane.seen_anew):
        pane.show_record(Kind.LEARNING, two[1])
    assert approve.hasFocus()
