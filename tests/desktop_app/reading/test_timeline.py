import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt

from db.records import Kind
from db.times import MICROSECONDS, now_us
from db.vocabulary import Status
from desktop_app.detail.seen import Seen
from desktop_app.reading.timeline import ROLE_RUN, TimelineView, facts, time_words


@pytest.fixture
def task(storage):
    return storage.create(Kind.TASK, {"title": "Split the lexer"}).changed[Kind.TASK][0]


@pytest.fixture
def make_run(storage, task):
    def make(**fields):
        task_id = storage.detail(Kind.TASK, task).record.id
        given = {"title": "Run", "task": task_id, **fields}
        return storage.create(Kind.EXECUTION, given).changed[Kind.EXECUTION][0]

    return make


@pytest.fixture
def view(shown, workspace):
    return shown(TimelineView(workspace.background), 380, 400)


@pytest.fixture
def show(qtbot, storage, view, task):
    def show_task():
        with qtbot.waitSignal(view.counted) as counted:
            view.show_seen(Seen(storage.detail(Kind.TASK, task)))
        return counted.args[0]

    return show_task


def said(view):
    model = view.list.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [model.index(row, 0).data(role) for row in range(model.rowCount())]


def test_runs_are_told_in_the_order_of_their_turns(view, show, make_run):
    make_run(step="plan", status=int(Status.SUCCEEDED), decision="approved")
    make_run(step="implement", status=int(Status.FAILED), attempt=2)
    make_run(step="review", status=int(Status.QUEUED))
    assert show() == 3
    assert [line.split(", ")[:3] for line in said(view)][:2] == [
        ["Turn 1 · plan", "Succeeded", "approved"],
        ["Turn 2 · implement", "Failed", "attempt 2"],
    ]


def test_words_of_another_tool_are_told_as_words(storage, make_run):
    (run,) = storage.fetch(Kind.EXECUTION, [make_run(decision="needs_changes")])
    assert facts(run, now_us())[1] == "needs changes"


def test_enter_opens_the_current_run(view, show, make_run, qtbot):
    make_run()
    second = make_run()
    show()
    view.setFocus()
    qtbot.keyClick(view.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(view.chosen) as chosen:
        qtbot.keyClick(view.list, Qt.Key.Key_Return)
    assert chosen.args == [second]


def test_a_refresh_keeps_the_current_run(view, show, make_run):
    make_run()
    second = make_run()
    show()
    view.list.setCurrentIndex(view.list.model().index(1, 0))
    make_run()
    assert show() == 3
    assert view.list.currentIndex().data(ROLE_RUN).pk == second


def test_a_task_without_runs_says_so(view, show):
    assert show() == 0
    assert view._note.text() == "There are no runs yet."


def test_a_run_whose_lease_has_passed_is_stalled(storage, make_run):
    pk = make_run(status=int(Status.RUNNING))
    (run,) = storage.fetch(Kind.EXECUTION, [pk])
    now = now_us()
    late = replace(run, lease_until=now - MICROSECONDS, started_at=now)
    assert facts(late, now)[0] == "Stalled"
    assert facts(run, now)[0] == "Running"
    done = replace(run, started_at=now, completed_at=now + 449 * MICROSECONDS)
    assert time_words(done) == "7 min 29 s"


def test_a_batch_shows_the_runs_of_its_tasks(storage, view, qtbot):
    batch = storage.create(Kind.BATCH, {"title": "Refactor"}).changed[Kind.BATCH][0]
    detail = storage.detail(Kind.BATCH, batch)
    fields = {"title": "Task", "batch": detail.record.id}
    task = storage.create(Kind.TASK, fields).changed[Kind.TASK][0]
    task_id = storage.detail(Kind.TASK, task).record.id
    storage.create(Kind.EXECUTION, {"title": "Run", "task": task_id})
    with qtbot.waitSignal(view.counted) as counted:
        view.show_seen(Seen(detail))
    assert counted.args == [1]
