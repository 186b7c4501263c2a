import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QRadioButton, QStyle, QStyleOptionButton

from db.query import TaskQuery
from db.records import Kind
from desktop_app.export_order import Scope
from desktop_app.export_wizard.wizard import ExportWizard, Step
from desktop_app.widgets.plain_label import PlainLabel


@pytest.fixture
def wizard(shown, workspace, storage, tmp_path):
    for number in range(3):
        storage.tasks.create({"title": f"Task {number}"})
    scopes = [
        Scope("Selected", Kind.TASK, [1, 2], 2),
        Scope("All that matches", Kind.TASK, TaskQuery(text="1")),
        Scope("Everything"),
    ]
    made = ExportWizard(scopes, tmp_path, workspace)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    return shown(made)


def said(wizard):
    return [label.text() for label in wizard.choice.findChildren(PlainLabel)]


def test_what_a_format_carries_and_loses_is_said_in_plain_words(wizard):
    everything = []
    for place in range(wizard.choice.format.count()):
        wizard.choice.format.setCurrentIndex(place)
        everything += said(wizard)
    assert any("“original”" in words for words in everything)
    assert not any("`" in words for words in everything)
    wizard.choice.choose_format("taskmaster")
    carries = "Carries: batches and tasks."
    loses = "Loses: times, tags of tasks and links other than dependencies."
    assert f"{carries}\n{loses}" in said(wizard)


def test_each_scope_tells_its_number(wizard, qtbot):
    buttons = wizard.choice.findChildren(QRadioButton)
    qtbot.waitUntil(
        lambda: (
            [button.text() for button in buttons]
            == ["Selected: 2 tasks", "All that matches: 1 task", "Everything: 3 records"]
        )
    )


def test_a_copy_of_the_storage_is_offered_for_everything_alone(wizard):
    def names():
        box = wizard.choice.format
        return [box.itemText(place) for place in range(box.count())]

    assert not any("(sqlite)" in name for name in names())
    wizard.choice.choose_scope(2)
    assert any("(sqlite)" in name for name in names())


def test_the_switch_for_formulas_is_there_for_tables_alone(wizard):
    assert wizard.choice.formulas.isHidden()
    wizard.choice.choose_format("csv")
    assert not wizard.choice.formulas.isHidden()
    wizard.choice.formulas.setChecked(False)
    assert wizard.choice.order.options.csv.formulas
    wizard.choice.choose_format("html")
    assert not wizard.choice.order.options.csv.formulas


def test_that_a_file_is_there_already_is_said_before_it_is_replaced(wizard, tmp_path, qtbot):
    (tmp_path / "old.json").write_text("{}")
    wizard.choice.path.setText(str(tmp_path / "old.json"))
    qtbot.waitUntil(lambda: "it is replaced" in wizard.choice.notice.text())
    wizard.choice.path.setText(str(tmp_path / "nowhere" / "new.json"))
    qtbot.waitUntil(lambda: wizard.choice.notice.text() == "There is no such folder.")
    wizard.choice.path.setText(str(tmp_path / "new.json"))
    qtbot.waitUntil(lambda: not wizard.choice.notice.text())


def test_without_a_file_one_cannot_go_on(wizard, qtbot):
    wizard.choice.path.clear()
    qtbot.keyClick(wizard.choice.path, Qt.Key.Key_Return)
    assert wizard.step is Step.CHOICE


@pytest.mark.parametrize("focused", [True, False])
def test_the_sign_of_a_choice_is_round(wizard, focused):
    chosen, other, _ = wizard.choice.findChildren(QRadioButton)
    (chosen if focused else other).setFocus()
    option = QStyleOptionButton()
    chosen.initStyleOption(option)
    part = QStyle.SubElement.SE_RadioButtonIndicator
    sign = chosen.style().subElementRect(part, option, chosen)
    picture = wizard.grab(sign.translated(chosen.mapTo(wizard, chosen.rect().topLeft())))
    image = picture.toImage()
    # A circle leaves this spot bare, and the middle of each side filled.
    assert image.pixelColor(2, 2).lightness() > 150
    assert image.pixelColor(image.width() // 2, 1).lightness() < 100


def test_return_goes_on_from_wherever_it_is_pressed(wizard, qtbot):
    chosen = wizard.choice.findChildren(QRadioButton)[0]
    chosen.setFocus()
    with qtbot.waitSignal(wizard.ordered) as ordered:
        qtbot.keyClick(chosen, Qt.Key.Key_Return)
    assert ordered.args[0].scope.title == "Selected"
    assert not wizard.findChildren(QFileDialog)


def test_esc_leaves(wizard, qtbot):
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()
