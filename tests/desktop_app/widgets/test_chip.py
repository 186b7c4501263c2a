import pytest
from PySide6.QtCore import QPoint, Qt

from desktop_app.look.tokens import TARGET_PX
from desktop_app.widgets.chip import FilterChip


@pytest.fixture
def chip(shown):
    return shown(FilterChip("Status"))


def test_an_unset_filter_offers_itself(chip):
    assert chip.text() == "+ Status"
    assert chip.accessibleName() == "Status filter: off"


def test_a_set_filter_says_its_value(chip):
    chip.set_value("failed")
    assert chip.text().strip() == "Status: failed"
    assert chip.accessibleName() == "Status filter: failed"


def test_an_ampersand_in_a_value_is_no_mnemonic(chip):
    chip.set_value("R&D")
    assert "R&&D" in chip.text()


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_the_keyboard_clears_a_set_filter(chip, qtbot, key):
    chip.set_value("failed")
    with qtbot.waitSignal(chip.cleared):
        qtbot.keyClick(chip, key)


def test_there_is_nothing_to_clear_in_an_unset_filter(chip, qtbot):
    with qtbot.assertNotEmitted(chip.cleared):
        qtbot.keyClick(chip, Qt.Key.Key_Delete)


def test_the_cross_clears_and_the_words_click(chip, qtbot):
    chip.set_value("failed")
    chip.adjustSize()
    with qtbot.waitSignal(chip.cleared), qtbot.assertNotEmitted(chip.clicked):
        cross = QPoint(chip.width() - 8, chip.height() // 2)
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=cross)
    with qtbot.waitSignal(chip.clicked), qtbot.assertNotEmitted(chip.cleared):
        words = QPoint(12, chip.height() // 2)
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=words)


def test_a_mirrored_chip_has_its_cross_on_the_left(chip, qtbot):
    chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    chip.set_value("failed")
    with qtbot.waitSignal(chip.cleared):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(8, chip.height() // 2))


def test_a_chip_is_large_enough_to_hit(chip):
    assert chip.sizeHint().height() >= TARGET_PX
