"""Taking back everything restores the start; doing it all again restores the end."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from db.errors import RecordNotFoundError, SheafError
from db.query import EVERYWHERE, QUERIES, TaskQuery
from db.records import Kind, Place
from db.vocabulary import LinkKind, Priority, Status
from tests.db.factories import (
    KIND_TABLES,
    a_task,
    batches_of,
    counts_of,
    faults,
    make,
    make_batch,
    make_task,
    opened,
    picture,
    recounted,
    stage_everything,
    stage_records,
    tasks_of,
)

numbers = st.integers(0, 7)
some = st.lists(numbers, max_size=3)
titles = st.sampled_from(["one", "two", "Übung", "测试"])
places = st.sampled_from(Place)
tags = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2)
kinds = st.sampled_from(Kind)


def nth(values, number):
    return values[number % len(values)] if values else None


def create_batch(storage, title):
    make_batch(storage, title)


def create_task(storage, title, batch, parent, names):
    holder, above = nth(batches_of(storage), batch), nth(tasks_of(storage), parent)
    make_task(
        storage,
        title,
        batch=holder and holder.id,
        parent=above and above.id,
        tags=names,
    )


def every(kind):
    return QUERIES[kind](places=EVERYWHERE)


def create_other(storage, kind, title, number, names):
    """Make a record of another kind that points at a task, and at one of its own kind."""
    task, message = (
        nth(tasks_of(storage), number),
        nth(storage.ids(every(Kind.MESSAGE)), number),
    )
    other = nth(storage.ids(every(kind)), number)
    fields = {"title": title, "task": task and task.id}
    if kind is Kind.BUG:
        fields = {"title": title, "tasks": [task.id] if task else []}
    if kind is Kind.LEARNING:
        said = [] if message is None else [storage.detail(Kind.MESSAGE, message).record.id]
        fields |= {"tags": names, "evidence": said}
    if kind in {Kind.LEARNING, Kind.DESIGN_NOTE} and other is not None:
        fields["superseded_by"] = storage.detail(kind, other).record.id
    make(storage, kind, **fields)


def edit(storage, kind, number, title):
    pk = nth(storage.ids(every(kind)), number)
    if pk is not None:
        seen = storage.detail(kind, pk).record.version
        storage.edit(kind, pk, {"title": title, "description": title}, seen_version=seen)


def point_elsewhere(storage, kind, number, other, names):
    """Let a record point at other records than before, or at none."""
    pk, task = nth(storage.ids(every(kind)), number), nth([*tasks_of(storage), None], other)
    if pk is None:
        return
    changes = {"task": task and task.id, "batch": None}
    if kind is Kind.BUG:
        changes = {"tasks": [task.id] if task else [], "status": Status.FAILED}
    if kind is Kind.EXECUTION:
        changes = {"decision": "GO", "turn": other}
    if kind is Kind.LEARNING:
        changes |= {"tags": names, "evidence": [], "confidence": other / 7}
    storage.edit(kind, pk, changes, seen_version=storage.detail(kind, pk).record.version)


def connect(storage, number, other, batch, names):
    task, end = nth(tasks_of(storage), number), nth(tasks_of(storage), other)
    holder = nth([*batches_of(storage), None], batch)
    if task is not None:
        changes = {
            "tags": names,
            "batch": holder and holder.id,
            "links": [] if end.pk == task.pk else [(end.id, LinkKind.BLOCKS)],
            "parent": end.id,
            "status": Status.RUNNING,
        }
        storage.edit(Kind.TASK, task.pk, changes, seen_version=task.version)


def edit_many(storage, status, priority):
    storage.edit_many(Kind.TASK, TaskQuery(), {"status": status, "priority": priority})


def edit_tags(storage, added, removed):
    storage.edit_tags(Kind.TASK, TaskQuery(), add=added, remove=removed)


def move(storage, kind, chosen, place):
    pks = storage.ids(every(kind))
    storage.move(kind, {nth(pks, number) for number in chosen if pks}, place)


def bring(storage, version, chosen):
    tasks = [
        a_task(
            f"t{number}",
            f"{version} {number}",
            raw=f'{{"version": {version}}}',
            batch="file",
            status=nth([*Status], number + version),
            tags=("x",) * (version % 2),
            parent=f"t{number - 1}",
            links=((f"t{version}", LinkKind.RELATES.value, True),),
            updated_at=version * 1_000_000 + 1,
        )
        for number in chosen
    ]
    stage_records(storage, tasks).commit()


def bring_everything(storage, version):
    stage_everything(storage, f" {version}", moment=version * 1_000_000 + 1).commit()


others = st.sampled_from([*{*Kind} - {Kind.BATCH, Kind.TASK, Kind.MESSAGE}])
operations = st.one_of(
    st.tuples(st.just(create_batch), titles),
    st.tuples(st.just(create_task), titles, numbers, numbers, tags),
    st.tuples(st.just(create_other), others, titles, numbers, tags),
    st.tuples(st.just(point_elsewhere), others, numbers, numbers, tags),
    st.tuples(st.just(bring_everything), numbers),
    st.tuples(st.just(edit), kinds, numbers, titles),
    st.tuples(st.just(connect), numbers, numbers, numbers, tags),
    st.tuples(st.just(edit_many), st.sampled_from(Status), st.sampled_from(Priority)),
    st.tuples(st.just(edit_tags), tags, tags),
    st.tuples(st.just(move), kinds, some, places),
    st.tuples(st.just(bring), numbers, some),
)


def perform(storage, operation):
    act, *values = operation
    with suppress(SheafError):
        act(storage, *values)


def state(storage):
    return picture(storage, (*KIND_TABLES, "task_link"), {"version"})


def turn_all(turn, seen=lambda: None):
    """Undo or redo as far as it goes; return how many operations that were."""
    for count in range(1000):
        try:
            outcome = turn()
        except RecordNotFoundError:
            return count
        assert outcome.skipped == ()
        seen()
    raise AssertionError


def sorted_rows(pictured):
    return {table: sorted(map(str, rows)) for table, rows in pictured.items()}


@settings(max_examples=40)
@given(start=st.lists(operations, max_size=5), steps=st.lists(operations, max_size=10))
def test_undo_restores_every_state_on_the_way_back_and_redo_on_the_way_forth(start, steps):
    with opened() as storage:
        states = [state(storage)]
        known = storage.history.operations()
        for operation in [*start, *steps]:
            perform(storage, operation)
            if storage.history.operations(limit=1) != known[:1]:
                known = storage.history.operations(limit=1)
                states.append(state(storage))
            assert counts_of(storage) == recounted(storage)
        back, forth = states[-2::-1], states[1:]

        seen = []
        undone = turn_all(storage.history.undo, lambda: seen.append(state(storage)))
        assert undone == len(back)
        assert [sorted_rows(each) for each in seen] == [sorted_rows(each) for each in back]
        assert faults(storage) == []

        seen = []
        turn_all(storage.history.redo, lambda: seen.append(state(storage)))
        assert [sorted_rows(each) for each in seen] == [sorted_rows(each) for each in forth]
        assert counts_of(storage) == recounted(storage)
        assert faults(storage) == []


@settings(max_examples=12)
@given(steps=st.lists(operations, min_size=2, max_size=8))
def test_undo_and_redo_are_still_there_after_a_restart(steps):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "work.sheaf")
        with opened(path) as storage:
            for operation in steps:
                perform(storage, operation)
            end = sorted_rows(state(storage))
        with opened(path) as storage:
            turn_all(storage.history.undo)
            assert not any(state(storage).values())
        with opened(path) as storage:
            turn_all(storage.history.redo)
            assert sorted_rows(state(storage)) == end
            assert counts_of(storage) == recounted(storage)
            assert faults(storage) == []
