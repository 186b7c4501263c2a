import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QRadioButton, QStyle, QStyleOptionButton

from db.query import EVERYWHERE, BugQuery, TaskQuery
from db.records import Kind
from desktop_app.export_order import Scope
from desktop_app.export_wizard.drag_handle import DragHandle
from desktop_app.export_wizard.wizard import ExportWizard, Step
from desktop_app.widgets.mnemonics import plain
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
    return [plain(label.text()) for label in wizard.choice.findChildren(PlainLabel)]


def test_what_a_format_carries_and_loses_is_said_in_plain_words(wizard):
    everything = []
    for place in range(wizard.choice.format.count()):
        wizard.choice.format.setCurrentIndex(place)
        everything += said(wizard)
    assert any("“original”" in words for words in everything)
    assert not any("`" in words for words in everything)
    wizard.choice.choose_format("taskmaster")
    carries = "Carries: batches and tasks."
    loses = "Loses: times, tags of tasks"
    assert any(words.startswith(f"{carries}\n{loses}") for words in said(wizard))


def test_each_scope_tells_its_number(wizard, qtbot):
    buttons = wizard.choice.findChildren(QRadioButton)
    qtbot.waitUntil(
        lambda: (
            [plain(button.text()) for button in buttons]
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
    qtbot.waitUntil(lambda: "There is a file" in wizard.choice.notice.text())
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
    qtbot.waitUntil(lambda: wizard.choice.is_complete)
    with qtbot.waitSignal(wizard.ordered) as ordered:
        qtbot.keyClick(chosen, Qt.Key.Key_Return)
    assert ordered.args[0].scope.title == "Selected"
    assert not wizard.findChildren(QFileDialog)


def test_esc_leaves(wizard, qtbot):
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()


@pytest.mark.parametrize(
    ("format_name", "typed", "expected"),
    [
        ("csv", "report", "report.csv"),
        ("sheaf-jsonl", "report", "report.sheaf.jsonl"),
        ("csv", "report.txt", "report.txt"),
        ("csv", "there/", "there/"),
        ("csv", "there", "there"),
    ],
)
def test_a_file_without_an_ending_gets_that_of_the_format(
    wizard, qtbot, tmp_path, format_name, typed, expected
):
    (tmp_path / "there").mkdir()
    choice = wizard.choice
    choice.choose_format(format_name)
    choice.path.setFocus()
    choice.path.clear()
    qtbot.waitUntil(lambda: choice.notice.text() == "Say where to write.")
    qtbot.keyClicks(choice.path, f"{tmp_path}/{typed}")
    notice = "This is a folder: name a file in it." if typed.startswith("there") else ""
    qtbot.waitUntil(lambda: choice.notice.text() == notice)
    qtbot.keyClick(choice.path, Qt.Key.Key_Tab)
    assert choice.order.path == tmp_path / expected
    assert choice.path.text().rstrip("/") == f"{tmp_path}/{expected}".rstrip("/")


def test_of_everything_one_kind_can_be_chosen(wizard):
    wizard.choice.kind.setCurrentIndex(wizard.choice.kind.findText("Bugs"))
    assert wizard.choice.order.scope.choice is not None
    assert not wizard.choice.kind.isVisible()
    wizard.choice.choose_scope(2)
    assert wizard.choice.kind.isVisible()
    scope = wizard.choice.order.scope
    assert (scope.kind, scope.choice) == (Kind.BUG, BugQuery(places=EVERYWHERE))
    assert "sqlite" not in {each.name for each in scope.formats}


@pytest.mark.parametrize("format_name", ["sheaf", "csv", "taskmaster"])
def test_about_how_large_the_file_gets_is_said(wizard, qtbot, format_name):
    for place in range(3):
        wizard.choice.choose_scope(place)
        wizard.choice.choose_format(format_name)
        qtbot.waitUntil(lambda: "About " in wizard.choice.estimate.text())


def test_a_written_file_is_dragged_away_and_its_path_copied(shown, tmp_path, qtbot):
    handle = shown(DragHandle())
    handle.offer(tmp_path / "out.json")
    dragged = []
    handle.dragged.connect(dragged.append)
    with qtbot.waitSignal(handle.given) as given:
        qtbot.keyClick(handle, Qt.Key.Key_Space)
    assert "out.json" in given.args[0]
    assert QGuiApplication.clipboard().text() == str(tmp_path / "out.json")
    window, button = handle.windowHandle(), Qt.MouseButton.LeftButton
    QTest.mousePress(window, button, pos=handle.rect().center())
    for step in (5, 15, 30):
        QTest.mouseMove(window, handle.rect().center() + QPoint(step, 0))
    qtbot.waitUntil(lambda: dragged == [tmp_path / "out.json"])
    QTest.mouseRelease(window, button, pos=handle.rect().center())


def test_a_dump_of_tasks_takes_along_what_belongs_to_them_if_asked(wizard):
    wizard.choice.choose_format("sheaf")
    assert not wizard.choice.order.options.related
    wizard.choice.related.setChecked(True)
    assert wizard.choice.order.options.related
    wizard.choice.choose_format("csv")
    assert not wizard.choice.related.isVisible()
    assert not wizard.choice.order.options.related
