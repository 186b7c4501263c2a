import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QRadioButton, QStyle, QStyleOptionButton

from desktop_app.export_dialog import ExportDialog, Scope
from desktop_app.widgets.plain_label import PlainLabel


@pytest.fixture
def dialog(opened, tmp_path):
    return opened(ExportDialog([Scope("What is selected"), Scope("Everything")], tmp_path))


def test_what_a_format_loses_is_said_in_plain_words(dialog):
    said = []
    for place in range(dialog.format.count()):
        dialog.format.setCurrentIndex(place)
        said += [label.text() for label in dialog.findChildren(PlainLabel)]
    assert any("“original”" in words for words in said)
    assert not any("`" in words for words in said)


@pytest.mark.parametrize("focused", [True, False])
def test_the_sign_of_a_choice_is_round(dialog, focused):
    chosen, other = dialog.findChildren(QRadioButton)
    (chosen if focused else other).setFocus()
    option = QStyleOptionButton()
    chosen.initStyleOption(option)
    part = QStyle.SubElement.SE_RadioButtonIndicator
    sign = chosen.style().subElementRect(part, option, chosen)
    picture = dialog.grab(sign.translated(chosen.mapTo(dialog, chosen.rect().topLeft())))
    image = picture.toImage()
    # A circle leaves this spot bare, and the middle of each side filled.
    assert image.pixelColor(2, 2).lightness() > 150
    assert image.pixelColor(image.width() // 2, 1).lightness() < 100


def test_return_exports_from_wherever_it_is_pressed(dialog, qtbot):
    chosen, _other = dialog.findChildren(QRadioButton)
    chosen.setFocus()
    with qtbot.waitSignal(dialog.ordered) as ordered:
        qtbot.keyClick(chosen, Qt.Key.Key_Return)
    assert ordered.args[0].scope.title == "What is selected"
    assert not dialog.findChildren(QFileDialog)
