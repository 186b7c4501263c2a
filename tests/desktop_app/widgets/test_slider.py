"""The slider goes to where it is clicked, and can be dragged on from there."""

import pytest
from PySide6.QtCore import QPoint, Qt

from desktop_app.widgets.slider import Slider


@pytest.fixture
def slider(shown):
    made = Slider()
    made.setRange(0, 100)
    made.setPageStep(10)
    return shown(made, 220, 30)


def spot(slider, share):
    return QPoint(round(share * slider.width()), slider.height() // 2)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_a_click_brings_the_handle_there(slider, qtbot, share):
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=spot(slider, share))
    assert slider.value() == pytest.approx(100 * share, abs=6)


@pytest.mark.parametrize(("share", "value"), [(0, 0), (0.999, 100)])
def test_a_click_at_an_end_gives_all_or_nothing(slider, qtbot, share, value):
    slider.setValue(50)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=spot(slider, share))
    assert slider.value() == value


def test_the_handle_is_dragged_on_from_where_it_came(slider, qtbot):
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=spot(slider, 0.8))
    qtbot.mouseMove(slider, spot(slider, 0.3))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=spot(slider, 0.3))
    assert slider.value() == pytest.approx(30, abs=6)


def test_the_handle_stays_where_it_is_taken_hold_of(slider, qtbot):
    slider.setValue(50)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=spot(slider, 0.5) + QPoint(3, 0))
    assert slider.value() == 50
