"""Several processes write and read one file: nothing is lost, half-done or seen too early."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from db.query import EVERYWHERE, KEPT, BatchQuery, LearningQuery, TaskQuery
from db.records import Kind
from tests.db.acid.worker import first_of
from tests.db.factories import (
    a_task,
    counts_of,
    faults,
    opened,
    picture,
    records_of,
    recounted,
    stage_everything,
    stage_records,
)

ROOT = Path(__file__).parents[3]
WRITERS = 3
TIMES = 8
KILLED_AFTER = [1, 2, 3, 5]


@contextmanager
def workers(act, path, names, *rest):
    """Let processes begin an act at the same time; whatever happens, all end."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.db.acid.worker", act, str(path), name, *rest],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    try:
        for each in running:
            assert each.stdout.readline() == "ready\n"
        for each in running:
            each.stdin.write("go\n")
            each.stdin.flush()
        yield running
    finally:
        for each in running:
            each.kill()
            each.wait()
            each.stdin.close()
            each.stdout.close()


def end_of(running):
    """Wait for processes to end well; return the lines that each has said."""
    said = [each.stdout.read().splitlines() for each in running]
    assert [each.wait() for each in running] == [0] * len(running)
    return said


def names(number=WRITERS):
    return [f"writer{each}" for each in range(number)]


@pytest.fixture
def everything(path):
    with opened(path) as storage:
        stage_everything(storage).commit()
    return path


def test_of_many_writers_to_one_record_none_loses_a_change(everything):
    with workers("add_lines", everything, names(), str(TIMES)) as running:
        end_of(running)

    wanted = sorted(f"{name} {count}" for name in names() for count in range(TIMES))
    with opened(everything) as storage:
        for kind in {*Kind} - {Kind.MESSAGE}:
            pk = first_of(storage, kind).pk
            text = storage.detail(kind, pk).description.splitlines()
            assert sorted(line for line in text if line.startswith("writer")) == wanted, kind
            assert len(storage.history.of_record(kind, pk)) >= len(wanted)
        assert faults(storage) == []


def test_what_many_writers_make_is_all_there_and_counted(everything):
    with opened(everything) as storage:
        runs = len(records_of(storage, Kind.EXECUTION))

    with workers("make_records", everything, names(), str(TIMES)) as running:
        end_of(running)

    with opened(everything) as storage:
        for kind in (Kind.TASK, Kind.BUG, Kind.LEARNING):
            titles = [each.title for each in records_of(storage, kind)]
            assert sum(title.startswith("writer") for title in titles) == WRITERS * TIMES
        turns = [(each.task_pk, each.turn) for each in records_of(storage, Kind.EXECUTION)]
        assert len(set(turns)) == len(turns) == runs + WRITERS * TIMES
        assert counts_of(storage) == recounted(storage)
        assert faults(storage) == []


def test_imports_of_several_processes_at_once_are_all_whole(everything):
    with opened(everything) as storage:
        before = {kind: len(records_of(storage, kind)) for kind in Kind}

    with workers("bring_in", everything, names(), "3") as running:
        end_of(running)

    with opened(everything) as storage:
        after = {kind: len(records_of(storage, kind)) for kind in Kind}
        assert after == {kind: number * (1 + WRITERS * 3) for kind, number in before.items()}
        assert faults(storage) == []


def test_a_reader_sees_what_another_process_does_whole_or_not_at_all(path):
    tasks = [a_task(f"t{number}", batch="file") for number in range(50)]
    with opened(path) as storage:
        stage_records(storage, tasks).commit()
        kept, live = TaskQuery(places=KEPT), BatchQuery(places=KEPT)
        states, places = set(), set()
        with workers("turn_over", path, ["writer"], "40") as running:
            while running[0].poll() is None:
                page = storage.find(kept, 100)
                assert page.total == len(page.items) == 50
                seen = {(task.status, task.place) for task in page.items}
                assert len(seen) == 1, seen
                ((status, place),) = seen
                states.add(status)
                places.add(place)
                (batch,) = storage.find(live, 1).items
                assert max(batch.counts) == batch.total == 50
            end_of(running)
        assert len(states) > 1
        assert len(places) > 1


def test_a_reader_sees_an_import_of_another_process_whole_or_not_at_all(everything):
    with opened(everything) as storage:
        each_brings = len(records_of(storage, Kind.MESSAGE))
        query = TaskQuery(text="t1", places=EVERYWHERE)
        seen = set()
        with workers("bring_in", everything, ["writer"], "20") as running:
            while running[0].poll() is None:
                conversations = records_of(storage, Kind.CONVERSATION)
                told = sum(each.messages for each in conversations)
                assert told % each_brings == 0
                found = storage.find(query, 100)
                assert found.total == len(found.items)
                seen.add(found.total)
            end_of(running)
        assert len(seen) > 1


@pytest.mark.parametrize("lines", KILLED_AFTER)
def test_a_writer_that_is_killed_leaves_a_sound_file_with_all_that_it_said(everything, lines):
    with workers("everything", everything, ["writer"]) as running:
        said = [running[0].stdout.readline().strip() for _ in range(lines)]
        running[0].kill()
        said += running[0].stdout.read().split()

    with opened(everything) as storage:
        assert faults(storage) == []
        storage.recover()
        assert faults(storage) == []
        kept = {each.id for each in records_of(storage, Kind.LEARNING)}
        assert {*said} <= kept
        assert storage.count(LearningQuery(tags=frozenset({"kept"}))) >= len(said)
        assert counts_of(storage) == recounted(storage)
        origins = {each.origin or "" for each in records_of(storage, Kind.TASK)}
        assert not any("discarded" in origin for origin in origins)
        before = picture(storage)
        stage_everything(storage, origin="generic:after").commit()
        storage.history.undo()
        assert picture(storage) == before
        assert faults(storage) == []
