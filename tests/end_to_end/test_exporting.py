"""Exports in the real window: chosen, reviewed, written, verified, and said as a command."""

import json
import shlex
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from db.query import TaskQuery
from db.records import Kind
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.background import READER_THREADS
from desktop_app.command import main
from desktop_app.export_wizard.wizard import ExportWizard, Step
from desktop_app.lists.dragging import RowDrag
from desktop_app.widgets.mnemonics import plain
from tests.db.factories import make, make_task
from tests.end_to_end.test_access import nameless

KEY = "sk-proj-AbCd1234EfGh5678IjKl9012MnOp3456QrSt"
MAIL = "anna@example.com"


@pytest.fixture
def program(start, filled, qtbot):
    program = start(filled)
    program.desk.pages.show_page("tasks")
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == 120)
    return program


@pytest.fixture
def with_secrets(filled):
    storage = open_storage(filled)
    storage.tasks.create({"title": "Call it", "description": f"by {MAIL} with {KEY} today"})
    storage.tasks.create({"title": "Again", "description": f"and {KEY}"})
    storage.close()
    return filled


@pytest.fixture
def secret_program(start, with_secrets, qtbot):
    program = start(with_secrets)
    program.desk.pages.show_page("tasks")
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == 122)
    return program


class Opener(QObject):
    """Takes what would be opened in another program."""

    def __init__(self):
        super().__init__()
        self.urls = []

    @Slot(QUrl)
    def take(self, url):
        self.urls.append(url)


def opened(qtbot, program, path, format_name="sheaf-jsonl", scope=0):
    program.window.registry[Do.EXPORT].trigger()
    (wizard,) = program.window.findChildren(ExportWizard)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    wizard.activateWindow()
    QTest.qWaitForWindowActive(wizard)
    wizard.choice.choose_scope(scope)
    wizard.choice.choose_format(format_name)
    wizard.choice.path.setText(str(path))
    qtbot.waitUntil(lambda: wizard.choice.is_complete)
    return wizard


def copied(wizard, qtbot):
    """Press the button and return the words of the command, but for `sheaf`."""
    QGuiApplication.clipboard().clear()
    click(wizard, qtbot, "Copy as command")
    qtbot.waitUntil(lambda: bool(QGuiApplication.clipboard().text()))
    program_name, *arguments = shlex.split(QGuiApplication.clipboard().text())
    assert program_name == "sheaf"
    return arguments


def at(qtbot, wizard, step):
    qtbot.waitUntil(lambda: wizard.step is step)


def click(wizard, qtbot, title):
    (button,) = (
        each
        for each in wizard.findChildren(QPushButton)
        if plain(each.text()) == title and each.isVisible()
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def said(wizard):
    return "\n".join(
        plain(each.text()) for each in wizard.findChildren(QLabel) if each.isVisible()
    )


def rows(wizard):
    model = wizard.review.table.model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_where_nothing_is_secret_return_leads_to_a_verified_file(program, tmp_path, qtbot):
    target = tmp_path / "tasks.sheaf.jsonl"
    wizard = opened(qtbot, program, target)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITTEN)
    # The tasks, and the three batches they are in.
    assert "Wrote 123 records to tasks.sheaf.jsonl" in said(wizard)
    assert "Verified: 123 of 123" in said(wizard)
    assert "Nothing in it looked like a secret, as far as Sheaf can tell." in said(wizard)
    assert "Manifest: tasks.sheaf.jsonl.manifest.json" in said(wizard)
    assert json.loads((tmp_path / "tasks.sheaf.jsonl.manifest.json").read_text())["records"]
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    assert not wizard.isVisible()


def test_secrets_are_listed_with_what_stands_around_them_and_redacted(
    secret_program, tmp_path, qtbot
):
    target = tmp_path / "out.json"
    wizard = opened(qtbot, secret_program, target, "generic")
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.REVIEW)
    assert "This is best effort" in said(wizard)
    listed = rows(wizard)
    assert sorted(row[1] for row in listed) == ["OpenAI key", "OpenAI key", "e-mail address"]
    assert all(row[0] == "Redact" for row in listed)
    assert {row[3] for row in listed} == {"Task Call it", "Task Again"}
    assert not any(KEY in cell or MAIL in cell for row in listed for cell in row)
    assert any("by anna•••••• with sk-p•••••• today" in row[2] for row in listed)
    assert wizard.buttons[-1] == "Redact 2 and export"
    qtbot.keyClick(wizard.review.table, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITTEN)
    written = target.read_text()
    assert KEY not in written
    assert MAIL not in written
    assert "Redacted: 2 secrets." in said(wizard)


def test_one_secret_is_kept_wherever_it_stands_and_by_the_copied_command(
    secret_program, tmp_path, qtbot, capsys
):
    target = tmp_path / "out.json"
    wizard = opened(qtbot, secret_program, target, "generic")
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.REVIEW)
    place = next(n for n, row in enumerate(rows(wizard)) if row[1] == "OpenAI key")
    wizard.review.table.selectRow(place)
    qtbot.keyClick(wizard.review.table, Qt.Key.Key_Space)
    assert [row[0] for row in rows(wizard) if row[1] == "OpenAI key"] == ["Keep", "Keep"]
    assert wizard.buttons[-1] == "Redact 1 of 2 and export"
    qtbot.keyClick(wizard.review.table, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITTEN)
    written = target.read_text()
    assert written.count(KEY) >= 2
    assert MAIL not in written
    arguments = copied(wizard, qtbot)
    target.unlink()
    assert main(arguments) == 0
    assert target.read_text() == written
    capsys.readouterr()


def press_letter_of(qtbot, wizard, title):
    """Press a button by Alt and its letter."""
    (button,) = (b for b in wizard.findChildren(QPushButton) if plain(b.text()) == title)
    qtbot.keySequence(wizard, button.shortcut())


def test_all_are_kept_or_redacted_at_once(secret_program, tmp_path, qtbot):
    wizard = opened(qtbot, secret_program, tmp_path / "out.json", "generic")
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.REVIEW)
    press_letter_of(qtbot, wizard, "Keep all")
    qtbot.waitUntil(lambda: {row[0] for row in rows(wizard)} == {"Keep"})
    assert wizard.buttons[-1] == "Keep 2 secrets and export"
    press_letter_of(qtbot, wizard, "Redact all")
    qtbot.waitUntil(lambda: {row[0] for row in rows(wizard)} == {"Redact"})
    press_letter_of(qtbot, wizard, "Keep all")
    qtbot.waitUntil(lambda: {row[0] for row in rows(wizard)} == {"Keep"})
    qtbot.keyClick(wizard.review.table, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITTEN)
    assert KEY in (tmp_path / "out.json").read_text()
    assert "Nothing was redacted." in said(wizard)


def test_what_is_exported_before_it_is_deleted_keeps_its_secrets(
    secret_program, tmp_path, qtbot
):
    went_on = []
    page = secret_program.desk.pages.list
    exporting = secret_program.desk.tools.exporting
    exporting.export_before(page.kind, TaskQuery(text="call"), lambda: went_on.append(True))
    (wizard,) = secret_program.window.findChildren(ExportWizard)
    wizard.choice.path.setText(str(tmp_path / "last.json"))
    qtbot.waitUntil(lambda: wizard.choice.is_complete)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.REVIEW)
    assert {row[0] for row in rows(wizard)} == {"Keep"}
    assert not went_on
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: went_on == [True])
    assert KEY in (tmp_path / "last.json").read_text()


def test_what_is_exported_before_it_is_deleted_comes_back_whole(program, tmp_path, qtbot):
    storage = program.desk.workspace.storage
    task = make_task(storage, "Outer")
    make_task(storage, "Inner", parent=task.id)
    make(storage, Kind.EXECUTION, task=task.id, turn=1)
    going = {
        each.name.lower(): len(pks)
        for each, pks in storage.with_contents(Kind.TASK, [task.pk]).items()
    }
    went_on = []
    exporting = program.desk.tools.exporting
    exporting.export_before(Kind.TASK, [task.pk], lambda: went_on.append(True))
    (wizard,) = program.window.findChildren(ExportWizard)
    assert not wizard.choice.related.isEnabled()
    wizard.choice.path.setText(str(tmp_path / "last.json"))
    qtbot.waitUntil(lambda: wizard.choice.is_complete)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: went_on == [True])
    manifest = json.loads((tmp_path / "last.json.manifest.json").read_text())
    assert going == {"task": 2, "execution": 1}
    assert manifest["counts"] == going


def test_a_file_that_is_there_is_replaced_only_where_somebody_says_so(program, tmp_path, qtbot):
    target = tmp_path / "old.jsonl"
    target.write_text("the only copy")
    wizard = opened(qtbot, program, target)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.REPLACE)
    assert "13 bytes" in said(wizard)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.CHOICE)
    assert target.read_text() == "the only copy"
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    click(wizard, qtbot, "Replace")
    at(qtbot, wizard, Step.WRITTEN)
    assert target.read_text() != "the only copy"


def test_the_name_that_is_proposed_is_free(program, tmp_path, qtbot, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "sheaf-export.sheaf.json").write_text("kept")
    program.window.registry[Do.EXPORT].trigger()
    (wizard,) = program.window.findChildren(ExportWizard)
    qtbot.waitUntil(lambda: wizard.choice.is_complete)
    assert wizard.choice.order.path == tmp_path / "sheaf-export-2.sheaf.json"
    wizard.choice.choose_format("csv")
    qtbot.waitUntil(lambda: wizard.choice.order.path == tmp_path / "sheaf-export.csv")


def test_a_format_that_writes_all_as_it_is_says_so_first(secret_program, tmp_path, qtbot):
    wizard = opened(qtbot, secret_program, tmp_path / "copy.sheaf", "sheaf", scope=1)
    wizard.choice.choose_format("sqlite")
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.UNLOOKED)
    assert "nothing can be redacted" in said(wizard)
    assert not list(tmp_path.glob("copy*"))
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITTEN)
    assert (tmp_path / "copy.sheaf").exists()


def test_esc_during_the_review_leaves_and_writes_nothing(secret_program, tmp_path, qtbot):
    wizard = opened(qtbot, secret_program, tmp_path / "out.json", "generic")
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()
    assert not (tmp_path / "out.json").exists()


def test_an_export_that_is_left_goes_on_and_is_told_in_the_window(program, tmp_path, qtbot):
    wizard = opened(qtbot, program, tmp_path / "out.json", "generic")
    with qtbot.waitSignal(wizard.ordered):
        qtbot.keyClick(wizard, Qt.Key.Key_Return)
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()
    qtbot.waitUntil(lambda: "Exported 120 records to out.json" in program.window.toast.text)
    assert not program.window.ribbon.isVisible()


@pytest.fixture
def held():
    """Keep threads of the program busy until the event is set."""
    go_on = threading.Event()
    yield go_on
    go_on.set()


def test_an_export_is_stopped_and_leaves_no_file(program, tmp_path, qtbot, held):
    program.desk.workspace.background.job(lambda *_given: held.wait(10))
    wizard = opened(qtbot, program, tmp_path / "out.json", "generic")
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITING)
    click(wizard, qtbot, "Stop")
    assert wizard.step is Step.CHOICE
    assert "Stopped: nothing was written." in said(wizard)
    held.set()
    qtbot.waitUntil(lambda: not program.desk.workspace.is_at_work)
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()
    assert not list(tmp_path.glob("out*"))


def test_the_review_is_left_out_only_where_somebody_says_so(
    secret_program, tmp_path, qtbot, held
):
    wizard = opened(qtbot, secret_program, tmp_path / "out.json", "generic")
    for _ in range(READER_THREADS):
        secret_program.desk.workspace.background.read(lambda *_given: held.wait(10))
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    assert wizard.step is Step.LOOKING
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert wizard.isVisible()
    click(wizard, qtbot, "Skip, and redact nothing")
    at(qtbot, wizard, Step.WRITTEN)
    assert "Nothing was redacted." in said(wizard)
    assert KEY in (tmp_path / "out.json").read_text()


def test_what_cannot_be_written_is_tried_again(program, tmp_path, qtbot):
    folder = tmp_path / "later"
    wizard = opened(qtbot, program, folder / "out.json", "generic")
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.FAILED)
    folder.mkdir()
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITTEN)
    assert (folder / "out.json").exists()


def test_the_folder_of_what_was_written_is_opened(program, tmp_path, qtbot):
    wizard = opened(qtbot, program, tmp_path / "out.json", "generic")
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITTEN)
    opener = Opener()
    QDesktopServices.setUrlHandler("file", opener, "take")
    try:
        click(wizard, qtbot, "Open folder")
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert opener.urls == [QUrl.fromLocalFile(str(tmp_path))]


@pytest.mark.parametrize("format_name", ["csv", "generic"])
def test_the_copied_command_writes_the_same_file(
    secret_program, tmp_path, qtbot, format_name, capsys
):
    page = secret_program.desk.pages.list
    page.show_query(page.base, "-status:failed call OR 1")
    qtbot.waitUntil(lambda: page.presenter.total is not None and page.presenter.total < 120)
    target = tmp_path / "a 'b' $c.out"
    wizard = opened(qtbot, secret_program, target, format_name)
    wizard.choice.path.setText(str(target))
    wizard.choice.formulas.setChecked(False)
    wizard.choice.manifest.setChecked(False)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.REVIEW)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITTEN)
    assert not list(tmp_path.glob("*manifest*"))
    arguments = copied(wizard, qtbot)
    assert "--redact" in arguments
    before = target.read_bytes()
    target.unlink()
    assert main(arguments) == 0
    assert target.read_bytes() == before
    capsys.readouterr()


def test_the_copied_command_writes_the_same_rows_chosen_by_hand(
    program, tmp_path, qtbot, capsys
):
    page = program.desk.pages.list
    page.selection.choose(*page.table.model().pks[3:6])
    target = tmp_path / "chosen.jsonl"
    wizard = opened(qtbot, program, target, "generic")
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    at(qtbot, wizard, Step.WRITTEN)
    before = target.read_bytes()
    target.unlink()

    arguments = copied(wizard, qtbot)

    assert sum(word.startswith("--id=") for word in arguments) == 3
    assert main(arguments) == 0
    assert target.read_bytes() == before
    capsys.readouterr()


@pytest.fixture
def pulled(secret_program, qtbot):
    """Choose some rows, press the mouse on one of them and pull; return what was dragged."""
    table = secret_program.desk.pages.list.table
    window = secret_program.window.windowHandle()

    def place(row):
        spot = table.visualRect(table.model().index(row, 2)).center()
        return table.viewport().mapTo(secret_program.window, spot)

    def pull(first, last, start):
        secret_program.desk.pages.list.selection.choose(
            *(table.model().pks[row] for row in range(first, last + 1))
        )
        dragged = []
        table.findChild(RowDrag).dragged.connect(dragged.append)
        button = Qt.MouseButton.LeftButton
        QTest.mousePress(window, button, pos=place(start))
        for step in (10, 25, 40):
            QTest.mouseMove(window, place(start) + QPoint(0, step))
        return dragged, lambda: QTest.mouseRelease(window, button, pos=place(start))

    return pull


def test_chosen_rows_are_dragged_out_as_a_file_without_secrets(pulled, secret_program, qtbot):
    dragged, let_go = pulled(0, 2, 1)
    qtbot.waitUntil(lambda: len(dragged) > 0)
    let_go()
    text = dragged[0].read_text()
    assert secret_program.window.toast.text == "2 secrets are blacked out in what you drag"
    assert dragged[0].name == "tasks.sheaf.jsonl"
    assert "Call it" in text
    assert KEY not in text
    assert secret_program.desk.pages.list.chosen_count == 3


def test_rows_that_are_let_go_before_they_are_written_are_not_dropped_in_silence(
    secret_program,
):
    page = secret_program.desk.pages.list
    page.selection.choose(*page.model.pks[:3])
    page.table.drag_wanted.emit()
    page.table.drag_ended.emit()
    assert "Nothing was dropped" in secret_program.window.toast.text


def test_from_a_row_that_is_not_chosen_no_file_is_dragged(pulled, secret_program, qtbot):
    dragged, let_go = pulled(0, 0, 3)
    let_go()
    qtbot.wait(100)
    assert dragged == []
    assert secret_program.desk.pages.list.chosen_count >= 1


def test_each_step_names_all_that_takes_the_focus(secret_program, tmp_path, qtbot):
    wizard = opened(qtbot, secret_program, tmp_path / "out.json", "generic")
    assert nameless(wizard) == []
    for step in (Step.REVIEW, Step.WRITTEN):
        qtbot.keyClick(wizard, Qt.Key.Key_Return)
        at(qtbot, wizard, step)
        assert nameless(wizard) == []


def test_asking_to_export_again_brings_the_same_window_to_the_front(program, qtbot, tmp_path):
    wizard = opened(qtbot, program, tmp_path / "out.csv", "csv")
    program.window.activateWindow()
    program.window.registry[Do.EXPORT].trigger()
    assert program.window.findChildren(ExportWizard) == [wizard]
    qtbot.waitUntil(wizard.isActiveWindow)

    wizard.reject()
    program.window.registry[Do.EXPORT].trigger()
    shown = [each for each in program.window.findChildren(ExportWizard) if each.isVisible()]
    assert len(shown) == 1
    assert shown != [wizard]
