"""A run says where it stands in what it was reached through."""

import pytest

from db.records import Kind
from db.storage import open_storage
from db.vocabulary import Status
from desktop_app.actions.ids import ActionId as Do
from desktop_app.detail.window import DetailWindow
from desktop_app.lists.views import HOMES
from tests.db.factories import make


@pytest.fixture
def program(start, uri, qtbot):
    """The program with five runs of one task, every other one failed."""
    storage = open_storage(uri)
    task = make(storage, Kind.TASK, title="Split the lexer")
    for turn in range(1, 6):
        status = Status.FAILED if turn % 2 else Status.SUCCEEDED
        make(storage, Kind.EXECUTION, task=task.id, turn=turn, status=status)
    storage.close()
    program = start(uri)
    qtbot.waitUntil(lambda: program.desk.pages.list is not None)
    return program


def words(pane):
    return pane.tabs.view("Text").steps.words


def test_a_run_says_where_in_the_filtered_list_it_stands(program, qtbot):
    program.desk.pages.show_page(HOMES[Kind.EXECUTION])
    page, pane = program.desk.pages.list, program.desk.detail
    page.set_text("status:failed")
    qtbot.waitUntil(lambda: page.presenter.total == 3)

    page.selection.choose(page.model.pks[1])

    qtbot.waitUntil(lambda: words(pane) == "2 of 3 in Runs")
    program.window.registry[Do.NEXT_RECORD].trigger()
    qtbot.waitUntil(lambda: words(pane) == "3 of 3 in Runs")
    program.window.registry[Do.OPEN_WINDOW].trigger()
    qtbot.waitUntil(lambda: bool(program.window.findChildren(DetailWindow)))
    (window,) = program.window.findChildren(DetailWindow)
    qtbot.waitUntil(lambda: words(window.pane) == "3 of 3 in Runs")


def test_a_run_that_the_list_does_not_have_says_where_in_its_task_it_stands(program, qtbot):
    program.desk.pages.show_page(HOMES[Kind.TASK])
    page, pane = program.desk.pages.list, program.desk.detail
    qtbot.waitUntil(lambda: page.presenter.total == 1)
    page.selection.choose(page.model.pks[0])
    qtbot.waitUntil(lambda: pane.key == (Kind.TASK, page.model.pks[0]))

    pane.record_chosen.emit(Kind.EXECUTION, 2)

    qtbot.waitUntil(lambda: words(pane) == "2 of 5 in this task")
    program.window.registry[Do.NEXT_RECORD].trigger()
    qtbot.waitUntil(lambda: words(pane) == "3 of 5 in this task")
