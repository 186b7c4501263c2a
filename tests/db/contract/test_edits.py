"""Editing one record, and many."""

import pytest

from db.errors import InvalidEditError, RecordNotFoundError, VersionConflictError
from db.query import QUERIES, TaskQuery
from db.records import Kind, Place
from db.vocabulary import LinkKind, Priority, Severity, Status
from tests.db.factories import (
    a_task,
    batches_of,
    counts_of,
    edit,
    edit_task,
    make,
    make_batch,
    make_task,
    records_of,
    recounted,
    stage_records,
    task_named,
    tasks_of,
)


def test_an_edit_changes_the_fields_it_names_and_nothing_else(storage):
    task = make_task(storage, "before", description="text", kind="bug", tags=["a"])

    outcome = edit_task(storage, task.pk, title="after", priority=Priority.HIGH)

    detail = storage.tasks.get(task.pk)
    assert outcome.changed[Kind.TASK] == (task.pk,)
    assert (detail.record.title, detail.record.priority) == ("after", Priority.HIGH)
    assert (detail.description, detail.record.kind) == ("text", "bug")
    assert detail.record.tags == ("a",)
    assert detail.record.version == task.version + 1
    assert detail.record.updated_at > task.updated_at


def test_a_batch_can_be_given_another_title_and_description(storage):
    batch = make_batch(storage, "before")

    storage.edit(Kind.BATCH, batch.pk, {"title": "after", "description": "d"}, seen_version=1)

    detail = storage.batches.get(batch.pk)
    assert (detail.record.title, detail.description) == ("after", "d")
    with pytest.raises(InvalidEditError):
        storage.edit(Kind.BATCH, batch.pk, {"status": "done"}, seen_version=2)


def test_an_edit_of_what_someone_else_changed_is_refused_with_both_rows(storage):
    task = make_task(storage, "before")
    edit_task(storage, task.pk, title="theirs")

    changes = {"title": "mine", "status": "failed", "priority": "low", "tags": ["t"]}
    with pytest.raises(VersionConflictError) as caught:
        storage.edit(Kind.TASK, task.pk, changes, seen_version=task.version)

    mine, theirs = caught.value.mine, caught.value.theirs
    assert (mine.title, mine.status, mine.priority) == ("mine", Status.FAILED, Priority.LOW)
    assert mine.tags == ("t",)
    assert (theirs.title, theirs.status) == ("theirs", Status.QUEUED)
    assert theirs == storage.tasks.get(task.pk).record


def test_an_edit_that_changes_nothing_leaves_no_operation_and_no_version(storage):
    other = make_task(storage)
    task = make_task(storage, "t", tags=["a", "b"], links=[(other.id, LinkKind.RELATES)])
    before = storage.history.operations()

    outcome = edit_task(
        storage,
        task.pk,
        title=" t ",
        status=task.status,
        tags=["b", "a"],
        links=[(other.id, LinkKind.RELATES)],
    )

    assert outcome.operation is None
    assert storage.tasks.get(task.pk).record == task
    assert storage.history.operations() == before


def test_a_record_that_is_gone_cannot_be_edited(storage):
    task = make_task(storage)
    storage.purge(Kind.TASK, [task.pk])

    with pytest.raises(RecordNotFoundError):
        storage.edit(Kind.TASK, task.pk, {"title": "x"}, seen_version=1)


def test_a_task_cannot_be_inside_itself_or_its_own_parts(storage):
    top = make_task(storage)
    middle = make_task(storage, parent=top.id)
    bottom = make_task(storage, parent=middle.id)

    for parent in (top, middle, bottom):
        with pytest.raises(InvalidEditError):
            edit_task(storage, top.pk, parent=parent.id)
    edit_task(storage, bottom.pk, parent=top.id)
    edit_task(storage, middle.pk, parent=bottom.id)

    assert storage.tasks.get(middle.pk).record.parent_pk == bottom.pk
    assert edit_task(storage, middle.pk, parent=None).operation is not None
    assert storage.tasks.get(middle.pk).parent is None


def test_a_task_cannot_be_linked_with_itself(storage):
    task = make_task(storage)

    with pytest.raises(InvalidEditError):
        edit_task(storage, task.pk, links=[(task.id, LinkKind.BLOCKS)])


def test_tags_and_links_are_replaced_as_a_whole(storage):
    one, two = make_task(storage), make_task(storage)
    task = make_task(storage, tags=["a", "b"], links=[(one.id, LinkKind.BLOCKS)])

    edit_task(storage, task.pk, tags=["b", "c"], links=[(two.id, LinkKind.TRACKS)])

    detail = storage.tasks.get(task.pk)
    assert detail.record.tags == ("b", "c")
    assert [(link.kind, link.task.pk) for link in detail.links] == [(LinkKind.TRACKS, two.pk)]


def test_the_own_word_of_a_state_goes_when_the_state_is_changed(storage):
    record = a_task("1", status=Status.RUNNING, status_word="in-progress")
    stage_records(storage, [record]).commit()
    pk = task_named(storage, "1").record.pk

    edit_task(storage, pk, status="done")

    found = storage.tasks.get(pk).record
    assert (found.status, found.status_word) == (Status.SUCCEEDED, None)


def test_the_same_state_is_no_change_and_keeps_its_own_word(storage):
    record = a_task("1", status=Status.RUNNING, status_word="in-progress")
    stage_records(storage, [record]).commit()
    before = task_named(storage, "1").record

    one = edit_task(storage, before.pk, status="running")
    many = storage.edit_many(Kind.TASK, [before.pk], {"status": "running"})
    edit_task(storage, before.pk, status="running", title="Renamed")

    assert (one.operation, many.operation) == (None, None)
    after = storage.tasks.get(before.pk).record
    assert (after.title, after.status_word) == ("Renamed", "in-progress")


def test_counts_follow_every_change_of_state_and_batch(storage):
    one, two = make_batch(storage, "one"), make_batch(storage, "two")
    task = make_task(storage, batch=one.id)
    child = make_task(storage, batch=one.id, parent=task.id)
    assert storage.batches.get(one.pk).record.counts[Status.QUEUED] == 2

    edit_task(storage, task.pk, status="running")
    edit_task(storage, task.pk, batch=two.id)
    edit_task(storage, child.pk, batch=None)

    assert counts_of(storage) == recounted(storage)
    assert storage.batches.get(one.pk).record.total == 0
    assert storage.batches.get(two.pk).record.counts[Status.RUNNING] == 1


def test_a_change_of_a_task_brings_its_batch_to_the_top_of_the_list(storage):
    first, second = make_batch(storage, "first"), make_batch(storage, "second")
    task = make_task(storage, batch=first.id)
    edit_task(storage, task.pk, description="new")

    found = storage.batches.find_batches()[0]

    assert [batch.pk for batch in found] == [first.pk, second.pk]
    assert found[0].version == first.version


def test_what_is_edited_is_found_by_its_new_words_only(storage):
    task = make_task(storage, "alpha", description="beta")
    edit_task(storage, task.pk, title="gamma", description="delta")

    for text, number in (("alpha", 0), ("beta", 0), ("gamma", 1), ("delta", 1)):
        assert storage.count(TaskQuery(text=text)) == number


def test_many_tasks_get_the_same_fields_in_one_operation(storage):
    batch = make_batch(storage)
    tasks = [make_task(storage, f"t{n}", batch=batch.id) for n in range(5)]
    edit_task(storage, tasks[0].pk, status="failed")
    query = TaskQuery(statuses=frozenset({Status.QUEUED}))

    outcome = storage.edit_many(
        Kind.TASK, query, {"status": "done", "priority": 0, "kind": "bug"}
    )

    assert sorted(outcome.changed[Kind.TASK]) == [task.pk for task in tasks[1:]]
    assert {task.status for task in tasks_of(storage)} == {Status.FAILED, Status.SUCCEEDED}
    assert "4 tasks" in outcome.operation.title
    assert counts_of(storage) == recounted(storage)
    storage.history.undo()
    assert storage.count(query) == 4


def test_a_bulk_edit_passes_over_tasks_that_are_so_already(storage):
    done, open_ = make_task(storage, status="done"), make_task(storage)

    outcome = storage.edit_many(Kind.TASK, [done.pk, open_.pk, 999], {"status": "done"})

    assert outcome.changed == {Kind.TASK: (open_.pk,)}
    assert (
        storage.edit_many(Kind.TASK, [done.pk, open_.pk], {"status": "done"}).operation is None
    )
    assert storage.edit_many(Kind.TASK, [], {"status": "failed"}).operation is None


def test_many_tasks_cannot_be_given_what_is_one_tasks_own(storage):
    task = make_task(storage)

    with pytest.raises(InvalidEditError):
        storage.edit_many(Kind.TASK, [task.pk], {"title": "x"})
    with pytest.raises(InvalidEditError):
        storage.edit_many(Kind.TASK, [task.pk], {"status": "sideways"})


def test_a_bulk_edit_does_not_reach_what_its_query_does_not_find(storage):
    archived, live = make_task(storage), make_task(storage)
    storage.move(Kind.TASK, [archived.pk], Place.ARCHIVED)

    storage.edit_many(Kind.TASK, TaskQuery(), {"kind": "bug"})

    assert storage.tasks.get(archived.pk).record.kind == "task"
    assert storage.tasks.get(live.pk).record.kind == "bug"
    assert batches_of(storage) == []


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Kind.EXECUTION, "status", Status.FAILED),
        (Kind.BUG, "status", Status.FAILED),
        (Kind.BUG, "severity", Severity.LOW),
    ],
)
def test_many_records_of_other_kinds_get_the_same_field(storage, kind, field, value):
    home = {"task": make_task(storage).id} if kind is Kind.EXECUTION else {}
    made = [make(storage, kind, title=title, **home) for title in "ab"]

    outcome = storage.edit_many(kind, QUERIES[kind](), {field: int(value)})

    assert outcome.operation.title == f"Change {field} of {kind.counted(2)}"
    assert [getattr(each, field) for each in records_of(storage, kind)] == [value, value]
    storage.history.undo()
    assert [storage.detail(kind, each.pk).record.version for each in made] == [3, 3]
    assert getattr(storage.detail(kind, made[0].pk).record, field) == getattr(made[0], field)


@pytest.mark.parametrize(
    ("kind", "field"), [(Kind.BATCH, "status"), (Kind.BUG, "priority"), (Kind.LEARNING, "kind")]
)
def test_many_records_are_given_no_field_that_their_kind_does_not_have(storage, kind, field):
    record = make(storage, kind, title="a")

    with pytest.raises(InvalidEditError):
        storage.edit_many(kind, [record.pk], {field: 0})
    assert storage.detail(kind, record.pk).record == record


def test_tags_of_many_learnings_change_in_one_operation(storage):
    one, two = (make(storage, Kind.LEARNING, title=t, tags=["a"]) for t in "ab")

    outcome = storage.edit_tags(Kind.LEARNING, [one.pk, two.pk], add=["b"], remove=["a"])

    assert outcome.operation.title == "Change tags of 2 learnings"
    assert {each.tags for each in records_of(storage, Kind.LEARNING)} == {("b",)}
    storage.history.undo()
    assert {each.tags for each in records_of(storage, Kind.LEARNING)} == {("a",)}


def test_records_without_tags_are_given_none(storage):
    bug = make(storage, Kind.BUG, title="a")

    with pytest.raises(InvalidEditError):
        storage.edit_tags(Kind.BUG, [bug.pk], add=["a"])


def test_the_name_that_a_run_got_by_itself_follows_its_turn_and_step(storage):
    task = make_task(storage)
    run = make(storage, Kind.EXECUTION, task=task.id)
    own = make(storage, Kind.EXECUTION, task=task.id, title="Mine")

    for each, turn in ((run, 5), (own, 6)):
        edit(storage, Kind.EXECUTION, each.pk, turn=turn, step="review")

    assert storage.executions.get(run.pk).record.title == "Turn 5, review"
    assert storage.executions.get(own.pk).record.title == "Mine"
    storage.history.undo()
    storage.history.undo()
    assert storage.executions.get(run.pk).record.title == "Turn 1"


def test_a_run_may_be_made_with_turn_nought(storage):
    run = make(storage, Kind.EXECUTION, task=make_task(storage).id, turn=0)

    assert (run.turn, run.title) == (0, "Turn 0")


def test_the_time_of_a_run_is_given_as_text_or_taken_away(storage):
    run = make(storage, Kind.EXECUTION, task=make_task(storage).id)

    edit(storage, Kind.EXECUTION, run.pk, started_at="1970-01-01T00:00:01Z", completed_at=3)
    edit(storage, Kind.EXECUTION, run.pk, completed_at="")

    record = storage.executions.get(run.pk).record
    assert (record.started_at, record.completed_at) == (1_000_000, None)
    with pytest.raises(InvalidEditError, match="'soon' is no time"):
        edit(storage, Kind.EXECUTION, run.pk, started_at="soon")


def test_tags_are_added_to_many_tasks_and_removed_in_one_operation(storage):
    batch = make_batch(storage)
    both = make_task(storage, tags=["a", "b"], batch=batch.id)
    none = make_task(storage)
    right = make_task(storage, tags=["c"])

    outcome = storage.edit_tags(
        Kind.TASK, [both.pk, none.pk, right.pk], add=["c"], remove=["a"]
    )

    assert outcome.operation.title == "Change tags of 2 tasks"
    assert set(outcome.changed[Kind.TASK]) == {both.pk, none.pk}
    assert storage.tasks.get(both.pk).record.tags == ("b", "c")
    assert storage.tasks.get(none.pk).record.tags == ("c",)
    assert storage.tasks.get(right.pk).record == right
    assert storage.batches.get(batch.pk).record.updated_at > batch.updated_at
    assert storage.count(TaskQuery(tags=frozenset({"c"}))) == 3

    storage.history.undo()
    assert storage.tasks.get(both.pk).record.tags == ("a", "b")
    assert storage.tasks.get(none.pk).record.tags == ()
    storage.history.redo()
    assert storage.tasks.get(both.pk).record.tags == ("b", "c")


def test_tags_of_all_that_a_query_finds_change_and_what_is_added_is_not_removed(storage):
    tasks = [make_task(storage, f"task {n}", kind="bug", tags=["é"]) for n in range(3)]
    other = make_task(storage, "other", kind="chore")

    storage.edit_tags(
        Kind.TASK, TaskQuery(kinds=frozenset({"bug"})), add=[" x  y "], remove=["x y", "é"]
    )

    assert {storage.tasks.get(task.pk).record.tags for task in tasks} == {("x y",)}
    assert storage.tasks.get(other.pk).record == other


def test_tags_that_are_so_already_leave_no_operation(storage):
    task = make_task(storage, tags=["a"])
    before = storage.history.operations()

    assert storage.edit_tags(Kind.TASK, [task.pk], add=["a"], remove=["b"]).operation is None
    assert storage.edit_tags(Kind.TASK, [], add=["z"]).operation is None
    assert storage.history.operations() == before
    with pytest.raises(InvalidEditError):
        storage.edit_tags(Kind.TASK, [task.pk], add="word")
