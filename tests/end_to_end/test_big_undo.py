"""An undo of very much, which takes its time."""

import threading

import pytest

from db.query import TaskQuery
from db.records import Kind
from db.sqlite import images
from db.sqlite.storage import SqliteStorage
from db.storage import open_storage
from desktop_app.actions.ids import ActionId as Do
from desktop_app.activity.panel import ActivityPanel
from tests.db.factories import a_task, stage_records


@pytest.fixture
def program(start, uri, monkeypatch, qtbot):
    """A window on an import of 20 tasks, of which a few are taken for many."""
    monkeypatch.setattr(images, "PART_ROWS", 3)
    storage = open_storage(uri)
    tasks = [a_task(f"{n}", f"Task {n}", batch="b") for n in range(20)]
    stage_records(storage, tasks, ["b"]).commit()
    storage.close()
    started = start(uri)
    started.desk.pages.show_page("tasks")
    qtbot.waitUntil(lambda: started.desk.pages.list.presenter.total == 20)
    qtbot.waitUntil(started.window.registry[Do.UNDO].isEnabled)
    return started


def test_another_has_to_wait_and_it_is_said_for_what(program, qtbot):
    window, workspace = program.window, program.desk.workspace
    title = workspace.next_undo.title
    said = []

    def look(turn):
        if turn is not None and not said:
            for action in (Do.UNDO, Do.REDO):
                window.registry[action].trigger()
                said.append(window.status.currentMessage())

    workspace.turning.connect(look)
    with qtbot.waitSignal(workspace.changed):
        window.registry[Do.UNDO].trigger()
    assert said == [f"Not now: the undo of “{title}” is not over yet."] * 2
    assert workspace.storage.count(TaskQuery()) == 0
    qtbot.waitUntil(lambda: window.registry.title(Do.REDO) == f"Redo {title}")
    with qtbot.waitSignal(workspace.changed):
        window.registry[Do.REDO].trigger()
    qtbot.waitUntil(lambda: program.desk.pages.list.presenter.total == 20)


def test_what_goes_is_out_of_sight_at_once_while_it_is_shown_to_be_under_way(
    program, monkeypatch, qtbot
):
    gone = threading.Event()
    take_out = images._take_out

    def wait_and_take_out(part, session):
        assert gone.wait(20)
        take_out(part, session)

    monkeypatch.setattr(images, "_take_out", wait_and_take_out)
    page = program.desk.pages.list
    program.window.registry[Do.UNDO].trigger()
    qtbot.waitUntil(lambda: page.presenter.total == 0)
    assert program.desk.workspace.turn is not None
    panel = program.window.findChild(ActivityPanel)
    qtbot.waitUntil(lambda: [card.state for card in panel.cards] == ["Running"], timeout=9_000)
    with qtbot.waitSignal(program.desk.workspace.changed):
        gone.set()


@pytest.fixture
def held(monkeypatch):
    """What lets go of moves, which wait for it."""
    go_on = threading.Event()
    move = SqliteStorage.move

    def wait_and_move(*args):
        assert go_on.wait(20)
        return move(*args)

    monkeypatch.setattr(SqliteStorage, "move", wait_and_move)
    return go_on


def test_the_status_line_shows_what_is_under_way_and_what_waits(program, held, qtbot):
    window, page, status = program.window, program.desk.pages.list, program.window.status
    page.selection.select_page()
    qtbot.waitUntil(window.registry[Do.ARCHIVE].isEnabled)
    window.registry[Do.ARCHIVE].trigger()
    archive = "Under way: Archive 20 tasks."
    qtbot.waitUntil(lambda: status.currentMessage() == archive)
    assert not status._last.isVisible()

    window.registry[Do.UNDO].trigger()
    assert status.currentMessage() == f"{archive} Next: Undo."
    window.registry.refused.emit("Not now: x")
    assert status.currentMessage() == "Not now: x"
    status.clearMessage()
    assert status.currentMessage() == f"{archive} Next: Undo."

    held.set()
    qtbot.waitUntil(lambda: not program.desk.workspace.is_at_work)
    assert status.currentMessage() == ""
    assert status._last.text() == "Undid: Archive 20 tasks"
    window.toast.dismiss()
    assert status._last.isVisible()
    assert program.desk.workspace.storage.count(TaskQuery()) == 20


def test_a_long_undo_is_shown_in_place_of_what_was_done_last(program, monkeypatch, qtbot):
    gone = threading.Event()
    take_out = images._take_out

    def wait_and_take_out(part, session):
        assert gone.wait(20)
        take_out(part, session)

    monkeypatch.setattr(images, "_take_out", wait_and_take_out)
    status, title = program.window.status, program.desk.workspace.next_undo.title
    program.window.registry[Do.UNDO].trigger()
    qtbot.waitUntil(lambda: f"Under way: Undo “{title}”" in status.currentMessage())
    assert "%" in status.currentMessage()
    assert not status._last.isVisible()
    with qtbot.waitSignal(program.desk.workspace.changed):
        gone.set()
    assert status.currentMessage() == ""


def test_an_undo_can_be_asked_for_while_the_very_first_operation_is_under_way(
    start, uri, held, qtbot
):
    program = start(uri)
    window, workspace = program.window, program.desk.workspace
    assert not window.registry[Do.UNDO].isEnabled()

    workspace.archive(Kind.TASK, TaskQuery())
    assert window.registry[Do.UNDO].isEnabled()
    held.set()
    qtbot.waitUntil(lambda: not window.registry[Do.UNDO].isEnabled())
