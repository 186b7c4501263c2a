"""An undo of very much, which takes its time."""

import threading

import pytest

from db.query import TaskQuery
from db.sqlite import images
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
