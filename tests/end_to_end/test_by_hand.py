"""What a person makes and changes by hand, whatever the kind of record."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QPushButton

from db.query import QUERIES, ExecutionQuery
from db.records import Kind
from db.storage import open_storage
from db.vocabulary import Severity, Status
from desktop_app.actions.ids import ActionId as Do
from desktop_app.detail.picker import Picker
from desktop_app.dialogs.new_record import NewDialog
from desktop_app.lists.views import HOMES
from tests.db.factories import make


@pytest.fixture
def kinds(uri):
    """A storage with a task and a record of each kind that belongs to it."""
    storage = open_storage(uri)
    task = make(storage, Kind.TASK, title="Split the lexer")
    for kind in (Kind.BUG, Kind.DESIGN_NOTE, Kind.LEARNING):
        make(storage, kind, title=f"A {kind.word}")
    make(storage, Kind.EXECUTION, task=task.id)
    storage.close()
    return uri


@pytest.fixture
def program(start, kinds):
    started = start(kinds)
    started.window.resize(1280, 800)
    return started


@pytest.fixture
def choose(program, qtbot):
    """Choose the only record of a kind in its list, as a person does with the keyboard."""

    def choose_one(kind):
        program.desk.pages.show_page(HOMES[kind])
        page = program.desk.pages.list
        qtbot.waitUntil(lambda: page.presenter.total == 1)
        program.window.activateWindow()
        qtbot.waitUntil(program.window.isActiveWindow)
        page.table.setFocus()
        page.selection.choose(page.model.pks[0])
        state = program.window.registry
        qtbot.waitUntil(lambda: (state.state.kind, state.state.selected) == (kind, 1))
        return page

    return choose_one


def only(program, kind):
    storage = program.desk.workspace.storage
    (record,) = storage.find(QUERIES[kind](), 2).items
    return record


def menu_of(page):
    return next(menu for menu in page.findChildren(QMenu) if menu.isVisible())


def dialog_of(qtbot, parent):
    qtbot.waitUntil(lambda: any(d.isVisible() for d in parent.findChildren(NewDialog)))
    return next(d for d in parent.findChildren(NewDialog) if d.isVisible())


@pytest.mark.parametrize(
    ("kind", "key", "digit", "field", "value"),
    [
        (Kind.TASK, Qt.Key.Key_S, Qt.Key.Key_5, "status", Status.FAILED),
        (Kind.EXECUTION, Qt.Key.Key_S, Qt.Key.Key_5, "status", Status.FAILED),
        (Kind.BUG, Qt.Key.Key_S, Qt.Key.Key_6, "status", Status.SUCCEEDED),
        (Kind.BUG, Qt.Key.Key_P, Qt.Key.Key_1, "severity", Severity.CRITICAL),
    ],
)
def test_keys_set_the_field_of_whatever_kind_is_selected(
    program, choose, qtbot, kind, key, digit, field, value
):
    page = choose(kind)
    qtbot.keyClick(page.table, key)
    with qtbot.waitSignal(program.desk.workspace.changed):
        qtbot.keyClick(menu_of(page), digit)
    assert getattr(only(program, kind), field) == value


def test_a_learning_is_tagged_by_a_key(program, choose, qtbot):
    page = choose(Kind.LEARNING)
    qtbot.keyClick(page.table, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: any(p.isVisible() for p in page.table.findChildren(Picker)))
    picker = next(p for p in page.table.findChildren(Picker) if p.isVisible())
    with qtbot.waitSignal(program.desk.workspace.changed):
        qtbot.keyClicks(picker.focusWidget(), "wip")
        qtbot.keyClick(picker.focusWidget(), Qt.Key.Key_Return)
    assert only(program, Kind.LEARNING).tags == ("wip",)


@pytest.mark.parametrize(
    ("kind", "key", "said"),
    [
        (Kind.LEARNING, Qt.Key.Key_S, "Not now: learnings have no status to be set."),
        (Kind.DESIGN_NOTE, Qt.Key.Key_P, "Not now: design notes have no priority."),
        (Kind.EXECUTION, Qt.Key.Key_T, "Not now: runs have no tags."),
    ],
)
def test_a_key_for_a_field_that_the_kind_lacks_says_so(program, choose, qtbot, kind, key, said):
    page = choose(kind)
    before = only(program, kind)
    qtbot.keyClick(page.table, key)
    assert program.window.status.currentMessage() == said
    assert only(program, kind) == before


def test_a_run_is_made_from_the_runs_of_its_task(program, choose, qtbot):
    choose(Kind.TASK)
    pane = program.desk.detail
    qtbot.waitUntil(lambda: pane.tabs.key is not None and pane.tabs.key[0] is Kind.TASK)
    pane.tabs.open("Runs")
    view = pane.tabs.view("Runs")
    new = next(b for b in view.findChildren(QPushButton) if b.text().startswith("New run"))
    qtbot.waitUntil(new.isVisible)
    new.click()
    dialog = dialog_of(qtbot, pane)
    assert dialog["task"].accessibleName() == "Task: Split the lexer"
    qtbot.keyClicks(dialog["step"], "review")
    dialog["description"].setPlainText("# Looked at")
    with qtbot.waitSignal(dialog.created):
        dialog.accept()

    storage = program.desk.workspace.storage
    runs = storage.find(ExecutionQuery(), 9).items
    made = max(runs, key=lambda run: run.pk)
    assert (made.turn, made.step, made.title) == (2, "review", "Turn 2, review")
    assert program.window.registry.title(Do.UNDO) == "Undo Create run “Turn 1”"
    qtbot.waitUntil(lambda: view.list.model().rowCount() == 2)


def test_a_run_is_made_from_the_menu_and_found_in_the_list(program, choose, qtbot):
    page = choose(Kind.EXECUTION)
    program.window.registry[Do.NEW_RUN].trigger()
    dialog = dialog_of(qtbot, program.window)
    qtbot.waitUntil(lambda: dialog["task"].accessibleName() == "Task: Split the lexer")
    with qtbot.waitSignal(dialog.created) as created:
        dialog.accept()
    qtbot.waitUntil(lambda: page.chosen_pk == created.args[1])
    assert only_turns(program) == [1, 2]

    program.window.registry[Do.TRASH].trigger()
    qtbot.waitUntil(lambda: page.presenter.total == 1)
    program.window.registry[Do.UNDO].trigger()
    qtbot.waitUntil(lambda: page.presenter.total == 2)


def only_turns(program):
    runs = program.desk.workspace.storage.find(ExecutionQuery(), 9).items
    return sorted(run.turn for run in runs)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.DESIGN_NOTE, "New design note…"),
        (Kind.BUG, "New bug…"),
        (Kind.LEARNING, "New learning…"),
        (Kind.EXECUTION, "New run…"),
    ],
)
def test_an_empty_page_offers_first_to_make_a_record(start, filled, qtbot, kind, words):
    program = start(filled)
    program.desk.pages.show_page(HOMES[kind])
    panel = program.desk.pages.list.panel
    qtbot.waitUntil(panel.isVisible)

    def offered():
        return [each for each in panel.findChildren(QPushButton) if each.isVisible()]

    qtbot.waitUntil(lambda: len(offered()) > 1)
    first, then = offered()[:2]
    assert (first.text(), then.text()) == (words, "Import…")
    first.click()
    assert dialog_of(qtbot, program.window).windowTitle() == f"New {kind.word}"
