import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from db.records import Kind
from db.vocabulary import Priority, Status
from desktop_app.detail.picker import Picker
from desktop_app.dialogs.new_record import NewBatchDialog, NewTaskDialog

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == text)


def test_a_batch_needs_a_title_and_is_made_with_enter(qtbot, opened, workspace, storage):
    dialog = opened(NewBatchDialog(workspace))
    create = button(dialog, "Create batch")
    assert not create.isEnabled()
    qtbot.keyClicks(dialog.title, "Docs sweep")
    dialog.description.setPlainText("All of them")
    with qtbot.waitSignal(dialog.created) as created:
        qtbot.keyClick(dialog.title, Qt.Key.Key_Return)
    kind, pk = created.args
    assert kind is Kind.BATCH
    detail = storage.batches.get(pk)
    assert (detail.record.title, detail.description) == ("Docs sweep", "All of them")


def test_a_task_is_made_with_all_that_was_given(qtbot, opened, workspace, storage, batch):
    dialog = opened(NewTaskDialog(workspace, batch))
    assert dialog.batch.accessibleName() == "Batch: Parser refactor"
    qtbot.keyClicks(dialog.title, "Split the lexer")
    dialog.status.setCurrentText("Review")
    dialog.priority.setCurrentText("High")
    dialog.tags.edited.emit(("core", "ui"))
    dialog.description.setPlainText("In **two**")
    with qtbot.waitSignal(dialog.created) as created:
        button(dialog, "Create task").click()
    detail = storage.tasks.get(created.args[1])
    record = detail.record
    assert (record.title, record.batch_pk, record.tags) == (
        "Split the lexer",
        batch.pk,
        ("core", "ui"),
    )
    assert (record.status, record.priority) == (Status.REVIEW, Priority.HIGH)
    assert detail.description == "In **two**"


def test_the_batch_of_a_task_is_found_by_typing(qtbot, opened, workspace, batch):
    dialog = opened(NewTaskDialog(workspace))
    assert dialog.batch.accessibleName() == "Batch: None"
    dialog.batch.click()
    picker = dialog.findChild(Picker)
    qtbot.keyClicks(picker._field, "pars")
    qtbot.keyClick(picker._field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.batch.accessibleName() == "Batch: Parser refactor")


def test_a_refusal_is_said_in_the_dialog_which_stays_open(qtbot, opened, workspace):
    dialog = opened(NewTaskDialog(workspace))
    dialog.title.setText("x" * 20_000)
    with qtbot.waitSignal(workspace.failed):
        button(dialog, "Create task").click()
    assert "A title can have up to" in dialog._error.text()
    assert dialog.isVisible()
    assert button(dialog, "Create task").isEnabled()


def test_esc_makes_nothing(qtbot, opened, workspace, storage):
    dialog = opened(NewBatchDialog(workspace))
    qtbot.keyClicks(dialog.title, "Never mind")
    qtbot.keyClick(dialog.title, Qt.Key.Key_Escape)
    assert storage.batches.find_batches(status="all")[1] == 0
