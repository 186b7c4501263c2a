"""The records opened last are remembered, whatever happens to them."""

import pytest

from db.query import TaskQuery
from db.records import Kind, Place
from desktop_app.overview import recent as recent_module
from desktop_app.overview.recent import RecentRecords
from desktop_app.overview.targets import RecordTarget


@pytest.fixture
def tasks(storage):
    for number in range(12):
        storage.tasks.create({"title": f"Task {number:02}"})
    return sorted(storage.fetch(Kind.TASK, storage.ids(TaskQuery())), key=lambda t: t.title)


def titles(recent, storage):
    return [record.title for _kind, record in recent.read(storage, None)]


def test_the_last_ten_are_kept_the_last_one_first_and_each_once(recent, storage, tasks):
    for task in (*tasks, tasks[5]):
        recent.note(Kind.TASK, task)

    assert titles(recent, storage) == [
        "Task 05",
        *(f"Task {number:02}" for number in (11, 10, 9, 8, 7, 6, 4, 3, 2)),
    ]


def test_they_are_there_at_the_next_start_of_the_same_workspace_only(
    recent, storage, tasks, state
):
    recent.note(Kind.TASK, tasks[0])

    assert titles(RecentRecords(state, storage.uri), storage) == ["Task 00"]
    assert titles(RecentRecords(state, "sqlite:/another.sheaf"), storage) == []


def test_those_that_are_gone_are_left_out(recent, storage, tasks):
    for task in tasks[:3]:
        recent.note(Kind.TASK, task)
    storage.purge(Kind.TASK, [tasks[1].pk])

    assert titles(recent, storage) == ["Task 02", "Task 00"]


@pytest.mark.parametrize("kept", ["nonsense", [1, 2], [["a", 1, "b"]], [[99, 1, "x"]], {}])
def test_what_cannot_be_read_is_as_if_nothing_was_opened(state, storage, kept):
    state.put(f"recent/{storage.uri}", kept)

    assert RecentRecords(state, storage.uri).read(storage, None) == []


def test_a_record_that_is_only_passed_is_not_opened(recent, storage, tasks, qtbot, monkeypatch):
    monkeypatch.setattr(recent_module, "DWELL_MS", 1)
    for task in tasks[:3]:
        recent.see(Kind.TASK, task)

    with qtbot.waitSignal(recent.changed):
        pass
    assert titles(recent, storage) == ["Task 02"]


def test_the_overview_lists_them_and_leads_to_them(
    recent, storage, tasks, open_overview, qtbot
):
    recent.note(Kind.TASK, tasks[0])
    storage.move(Kind.TASK, [tasks[0].pk], Place.ARCHIVED)
    overview = open_overview()
    table = overview.page.recent
    qtbot.waitUntil(lambda: bool(table.rows.rows))

    recent.note(Kind.TASK, tasks[1])
    qtbot.waitUntil(lambda: len(table.rows.rows) == 2)
    assert [row.cells[:2] for row in table.rows.rows] == [
        ("Task 01", "task"),
        ("Task 00", "task"),
    ]
    table.doubleClicked.emit(table.rows.index(1, 0))
    assert overview.wanted == [RecordTarget(Kind.TASK, tasks[0].pk, Place.ARCHIVED)]
