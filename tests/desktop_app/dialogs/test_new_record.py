import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox, QPushButton, QToolButton
from shiboken6 import isValid

from db.records import Kind
from db.times import now_us
from db.vocabulary import Priority, Status
from desktop_app.detail.picker import Picker
from desktop_app.dialogs.new_record import NewDialog
from desktop_app.widgets.mnemonics import plain
from tests.db.factories import make

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if plain(b.text()) == text)


def test_a_batch_needs_a_title_and_is_made_with_enter(qtbot, opened, workspace, storage):
    dialog = opened(NewDialog(workspace, Kind.BATCH))
    create = button(dialog, "Create batch")
    assert not create.isEnabled()
    qtbot.keyClicks(dialog["title"], "Docs sweep")
    dialog["description"].setPlainText("All of them")
    with qtbot.waitSignal(dialog.created) as created:
        qtbot.keyClick(dialog["title"], Qt.Key.Key_Return)
    kind, pk = created.args
    assert kind is Kind.BATCH
    detail = storage.batches.get(pk)
    assert (detail.record.title, detail.description) == ("Docs sweep", "All of them")


def test_enter_in_the_title_makes_a_task_of_no_batch(qtbot, opened, workspace, storage):
    dialog = opened(NewDialog(workspace, Kind.TASK))
    qtbot.keyClicks(dialog["title"], "Docs sweep")
    with qtbot.waitSignal(dialog.created) as created:
        qtbot.keyClick(dialog["title"], Qt.Key.Key_Return)
    assert storage.tasks.get(created.args[1]).record.title == "Docs sweep"
    assert dialog.findChild(Picker) is None


def test_a_task_is_made_with_all_that_was_given(qtbot, opened, workspace, storage, batch):
    dialog = opened(NewDialog(workspace, Kind.TASK, batch))
    assert dialog["batch"].accessibleName() == "Batch: Parser refactor"
    qtbot.keyClicks(dialog["title"], "Split the lexer")
    dialog["status"].setCurrentText("Review")
    dialog["priority"].setCurrentText("High")
    dialog["tags"].edited.emit(("core", "ui"))
    dialog["description"].setPlainText("In **two**")
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
    dialog = opened(NewDialog(workspace, Kind.TASK))
    assert dialog["batch"].accessibleName() == "Batch: None"
    dialog["batch"].click()
    picker = dialog.findChild(Picker)
    qtbot.keyClicks(picker._field, "pars")
    qtbot.keyClick(picker._field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog["batch"].accessibleName() == "Batch: Parser refactor")


def test_a_refusal_is_said_in_the_dialog_which_stays_open(qtbot, opened, workspace):
    dialog = opened(NewDialog(workspace, Kind.TASK))
    dialog["title"].setText("x" * 20_000)
    with qtbot.waitSignal(workspace.failed):
        button(dialog, "Create task").click()
    assert "A title can have up to" in dialog._error.text()
    assert dialog.isVisible()
    assert button(dialog, "Create task").isEnabled()


def test_a_confidence_that_is_still_being_written_is_taken(qtbot, opened, workspace, storage):
    dialog = opened(NewDialog(workspace, Kind.LEARNING))
    qtbot.keyClicks(dialog["title"], "Pin the compiler")
    field = dialog["confidence"].findChild(QDoubleSpinBox)
    field.selectAll()
    qtbot.keyClicks(field, "0.9")
    with qtbot.waitSignal(dialog.created) as created:
        button(dialog, "Create learning").click()
    assert storage.detail(*created.args).record.confidence == pytest.approx(0.9)


def test_esc_makes_nothing(qtbot, opened, workspace, storage):
    dialog = opened(NewDialog(workspace, Kind.BATCH))
    qtbot.keyClicks(dialog["title"], "Never mind")
    qtbot.keyClick(dialog["title"], Qt.Key.Key_Escape)
    assert storage.batches.find_batches(status="all")[1] == 0


@pytest.fixture
def task(storage, batch):
    return make(storage, Kind.TASK, title="Split the lexer", batch=batch.id)


MADE = [
    (
        Kind.BUG,
        {"title": "Off by one", "description": "a", "steps": "b", "proposed_fix": "c"},
        lambda bug: (bug.texts["steps"], bug.texts["proposed_fix"], len(bug.related["tasks"])),
        ("b", "c", 1),
    ),
    (
        Kind.DESIGN_NOTE,
        {"title": "Two passes", "context": "a", "decision": "b", "consequences": "c"},
        lambda note: (*note.texts.values(), note.record.task_title),
        ("a", "b", "c", "Split the lexer"),
    ),
    (
        Kind.LEARNING,
        {"title": "Bytes", "description": "a", "category": "speed"},
        lambda it: (it.description, it.record.category, it.record.confidence),
        ("a", "speed", 0.5),
    ),
    (
        Kind.STATUS_UPDATE,
        {"description": "Half of it is done", "actor": "agent"},
        lambda it: (it.record.title, it.record.actor, it.record.task_title),
        ("Half of it is done", "agent", "Split the lexer"),
    ),
]


@pytest.mark.parametrize("case", MADE, ids=lambda case: case[0].word)
def test_any_kind_is_made_beside_what_is_selected(
    qtbot, opened, workspace, storage, task, case
):
    kind, given, read, expected = case
    dialog = opened(NewDialog(workspace, kind, task))
    qtbot.waitUntil(lambda: dialog["batch"].accessibleName() == "Batch: Parser refactor")
    for field, text in given.items():
        qtbot.keyClicks(dialog[field], text)
    with qtbot.waitSignal(dialog.created) as created:
        button(dialog, f"Create {kind.word}").click()
    detail = storage.detail(*created.args)
    assert read(detail) == expected
    assert detail.record.batch_title == "Parser refactor"


def test_a_run_is_made_with_all_that_was_given(qtbot, opened, workspace, storage, task):
    dialog = opened(NewDialog(workspace, Kind.EXECUTION, task))
    for field, text in {
        "turn": "4",
        "step": "review",
        "attempt": "2",
        "decision": "GO",
        "started_at": "2026-01-31T14:05Z",
        "completed_at": "now",
        "description": "# Looked at",
    }.items():
        dialog[field].clear()
        qtbot.keyClicks(dialog[field], text)
    dialog["status"].setCurrentText("Succeeded")
    began = now_us()
    with qtbot.waitSignal(dialog.created) as created:
        button(dialog, "Create run").click()
    detail = storage.detail(*created.args)
    run = detail.record
    assert (run.task_pk, run.turn, run.step, run.attempt) == (task.pk, 4, "review", 2)
    assert (run.status, run.decision) == (Status.SUCCEEDED, "GO")
    assert run.started_at == 1_769_868_300_000_000
    assert began <= run.completed_at <= now_us()
    assert (run.title, detail.description) == ("Turn 4, review", "# Looked at")


def test_a_run_needs_a_task_and_is_else_the_next_turn_of_it(
    qtbot, opened, workspace, storage, task
):
    make(storage, Kind.EXECUTION, task=task.id, turn=6)
    dialog = opened(NewDialog(workspace, Kind.EXECUTION))
    create = button(dialog, "Create run")
    assert not create.isEnabled()
    dialog["task"].click()
    picker = dialog.findChild(Picker)
    qtbot.keyClicks(picker._field, "lexer")
    qtbot.keyClick(picker._field, Qt.Key.Key_Return)
    qtbot.waitUntil(create.isEnabled)
    with qtbot.waitSignal(dialog.created) as created:
        create.click()
    assert storage.detail(*created.args).record.turn == 7


def test_a_time_that_cannot_be_read_is_refused_in_the_dialog(qtbot, opened, workspace, task):
    dialog = opened(NewDialog(workspace, Kind.EXECUTION, task))
    qtbot.keyClicks(dialog["started_at"], "soon")
    with qtbot.waitSignal(workspace.failed):
        button(dialog, "Create run").click()
    assert "'soon' is no time" in dialog._error.text()
    assert dialog.isVisible()


def test_what_is_selected_lends_its_batch_and_task(qtbot, opened, workspace, storage, task):
    bug = make(storage, Kind.STATUS_UPDATE, description="So far so good", task=task.id)
    dialog = opened(NewDialog(workspace, Kind.DESIGN_NOTE, bug))
    qtbot.waitUntil(lambda: dialog["task"].accessibleName() == "Task: Split the lexer")


def test_a_category_is_completed_with_those_there_are(qtbot, opened, workspace, storage):
    make(storage, Kind.LEARNING, title="One", category="performance")
    dialog = opened(NewDialog(workspace, Kind.LEARNING))
    qtbot.waitUntil(lambda: dialog["category"].completer() is not None)
    completer = dialog["category"].completer()
    completer.setCompletionPrefix("form")
    assert completer.currentCompletion() == "performance"


def test_a_status_update_needs_a_text_and_no_title(qtbot, opened, workspace):
    dialog = opened(NewDialog(workspace, Kind.STATUS_UPDATE))
    create = button(dialog, "Create status update")
    assert not create.isEnabled()
    qtbot.keyClicks(dialog["description"], "Done")
    assert create.isEnabled()


def test_a_conversation_is_made_by_hand(qtbot, opened, workspace, storage, task):
    dialog = opened(NewDialog(workspace, Kind.CONVERSATION, task))
    qtbot.waitUntil(lambda: dialog["batch"].accessibleName() == "Batch: Parser refactor")
    qtbot.keyClicks(dialog["title"], "How to lex")
    with qtbot.waitSignal(dialog.created) as created:
        button(dialog, "Create conversation").click()
    record = storage.detail(*created.args).record
    assert (record.title, record.task_title) == ("How to lex", "Split the lexer")


def test_a_bug_belongs_to_any_number_of_tasks(qtbot, opened, workspace, storage, task):
    for title in ("Join the tokens", "Never mind"):
        make(storage, Kind.TASK, title=title)
    dialog = opened(NewDialog(workspace, Kind.BUG, task))
    qtbot.keyClicks(dialog["title"], "Off by one")
    for typed in ("join", "never"):
        tool(dialog, "Add a task").click()
        picker = dialog.findChildren(Picker)[-1]
        qtbot.keyClicks(picker._field, typed)
        qtbot.keyClick(picker._field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda picker=picker: not isValid(picker) or picker.isHidden())
    qtbot.waitUntil(lambda: len(dialog["tasks"].ids) == 3)
    tool(dialog, "Remove task Never mind").click()
    with qtbot.waitSignal(dialog.created) as created:
        button(dialog, "Create bug").click()
    tasks = storage.detail(*created.args).related["tasks"]
    assert {t.title for t in tasks} == {"Split the lexer", "Join the tokens"}


def tool(dialog, name):
    return next(b for b in dialog.findChildren(QToolButton) if b.accessibleName() == name)


def test_a_picker_is_as_high_as_what_it_finds(qtbot, opened, workspace, batch):
    dialog = opened(NewDialog(workspace, Kind.TASK))
    dialog["batch"].click()
    picker = dialog.findChild(Picker)
    qtbot.waitUntil(lambda: picker._list.count() == 2)
    assert picker._list.viewport().height() == 2 * picker._list.sizeHintForRow(0)
    assert picker.height() - picker._list.geometry().bottom() <= picker.layout().spacing() * 3
