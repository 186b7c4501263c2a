"""Operations: what was done to a record, and taking it back and doing it again."""

import pytest

from db.errors import RecordNotFoundError, StorageRejectedError
from db.query import TaskQuery
from db.records import Kind, OperationState, Place
from db.vocabulary import Status
from tests.db.factories import (
    a_record,
    a_task,
    counts_of,
    edit,
    edit_task,
    faults,
    make,
    make_batch,
    make_task,
    picture,
    records_of,
    recounted,
    stage_records,
    task_named,
    tasks_of,
)


def test_the_history_of_a_record_has_old_and_new_values_newest_first(storage):
    task = make_task(storage, "one", tags=["a"])
    edit_task(storage, task.pk, title="two", tags=["a", "b"])
    storage.move(Kind.TASK, [task.pk], Place.ARCHIVED)

    moved, edited, created = storage.history.of_record(Kind.TASK, task.pk)

    assert created.action == "created"
    assert (edited.action, edited.operation.verb) == ("changed", "edit")
    assert (edited.before["title"], edited.after["title"]) == ("one", "two")
    assert (edited.before["tags"], edited.after["tags"]) == (["a"], ["a", "b"])
    assert moved.operation.verb == "archive"
    assert moved.before["archived_at"] is None
    assert moved.after["archived_at"] == storage.tasks.get(task.pk).record.archived_at


def test_the_history_of_a_record_marks_what_was_taken_back(storage):
    task = make_task(storage)
    edit_task(storage, task.pk, title="x")
    storage.history.undo()

    edited, created = storage.history.of_record(Kind.TASK, task.pk)

    assert (edited.action, edited.operation.state) == ("changed", OperationState.UNDONE)
    assert (created.action, created.operation.state) == ("created", OperationState.DONE)
    assert storage.tasks.get(task.pk).record.title == task.title


def test_operations_are_listed_newest_first_by_verb_and_up_to_a_number(storage):
    batch = make_batch(storage)
    task = make_task(storage, batch=batch.id)
    storage.move(Kind.TASK, [task.pk], Place.TRASHED)

    listed = storage.history.operations()

    assert [each.verb for each in listed] == ["trash", "create", "create"]
    assert listed[0].title == "Trash task “a task”"
    assert [each.pk for each in storage.history.operations(limit=1)] == [listed[0].pk]
    assert storage.history.operations("trash") == listed[:1]
    assert storage.history.operations("import") == ()


def test_undo_and_redo_name_what_they_will_do(storage):
    history = storage.history
    assert (history.next_undo(), history.next_redo()) == (None, None)
    batch = make_batch(storage)
    storage.move(Kind.BATCH, [batch.pk], Place.ARCHIVED)
    assert history.next_undo().title == "Archive batch “a batch”"

    undone = history.undo()

    assert undone.operation.state is OperationState.UNDONE
    assert undone.changed == {Kind.BATCH: (batch.pk,)}
    assert history.next_redo().title == "Archive batch “a batch”"
    assert history.next_undo().title == "Create batch “a batch”"
    assert history.redo().operation.state is OperationState.DONE
    assert history.next_redo() is None


def test_redo_does_again_what_was_taken_back_last_and_nothing_that_was_given_up(storage):
    history = storage.history
    one, other = make_task(storage, "one"), make_task(storage, "other")
    storage.move(Kind.TASK, [one.pk], Place.ARCHIVED)
    history.undo()
    storage.move(Kind.TASK, [one.pk], Place.TRASHED)
    storage.move(Kind.TASK, [other.pk], Place.TRASHED)
    history.undo()
    history.undo()

    assert [history.redo().changed[Kind.TASK] for _ in range(2)] == [(one.pk,), (other.pk,)]
    assert history.next_redo() is None


def test_there_is_nothing_to_undo_or_redo_in_an_empty_storage(storage):
    for turn in (storage.history.undo, storage.history.redo):
        with pytest.raises(RecordNotFoundError):
            turn()
        with pytest.raises(RecordNotFoundError):
            turn(99)


def test_a_new_operation_ends_the_chance_to_redo(storage):
    make_task(storage, "first")
    storage.history.undo()
    make_task(storage, "second")

    assert storage.history.next_redo() is None
    with pytest.raises(RecordNotFoundError):
        storage.history.redo()


def test_an_operation_is_taken_back_once(storage):
    make_task(storage)
    operation = storage.history.undo().operation

    with pytest.raises(RecordNotFoundError):
        storage.history.undo(operation.pk)


def test_an_older_operation_leaves_what_was_changed_since_and_names_it(storage):
    tasks = [make_task(storage, f"t{number}") for number in range(3)]
    operation = storage.edit_many(
        Kind.TASK, [task.pk for task in tasks], {"status": "done"}
    ).operation
    edit_task(storage, tasks[1].pk, status="failed")

    outcome = storage.history.undo(operation.pk)

    assert outcome.skipped == (tasks[1].id,)
    assert sorted(outcome.changed[Kind.TASK]) == [tasks[0].pk, tasks[2].pk]
    assert [task.status for task in tasks_of(storage, TaskQuery(descending=False))] == [
        *(Status.QUEUED, Status.QUEUED, Status.FAILED)
    ]


def test_a_batch_that_other_tasks_moved_up_the_list_is_not_called_edited(storage):
    batch = make_batch(storage)
    one, two = (make_task(storage, batch=batch.id) for _ in range(2))
    operation = edit_task(storage, one.pk, title="x").operation
    edit_task(storage, two.pk, title="y")

    assert storage.history.undo(operation.pk).skipped == ()


def test_taking_back_an_import_leaves_what_a_person_edited_and_names_it(storage):
    tasks = [a_task("1", batch="file"), a_task("2", batch="file", parent="1", tags=("t",))]
    tasks += [a_task("3", batch="file", links=(("2", 0, True),)), a_task("4")]
    operation = stage_records(storage, tasks).commit().operation
    edited = task_named(storage, "2").record
    edit_task(storage, edited.pk, title="mine")

    outcome = storage.history.undo(operation.pk)

    assert edited.id in outcome.skipped
    left = {task.external_id: task.title for task in tasks_of(storage)}
    assert left == {"1": "imported", "2": "mine"}, "its parent stays with it"
    assert len(storage.batches.find_batches()[0]) == 1, "and so does its batch"
    assert counts_of(storage) == recounted(storage)
    assert faults(storage) == []

    storage.history.redo(operation.pk)

    assert {task.external_id for task in tasks_of(storage)} == {"1", "2", "3", "4"}
    assert [link.task.external_id for link in task_named(storage, "2").links] == ["3"]
    assert counts_of(storage) == recounted(storage)
    assert faults(storage) == []


def test_taking_back_an_import_leaves_a_batch_that_has_a_task_of_a_persons_own(storage):
    operation = stage_records(storage, [a_task("1", batch="file")]).commit().operation
    (batch,), _ = storage.batches.find_batches()
    mine = make_task(storage, "mine", batch=batch.id)

    outcome = storage.history.undo(operation.pk)

    assert outcome.skipped == (batch.id,)
    assert [task.pk for task in tasks_of(storage)] == [mine.pk]
    assert counts_of(storage) == recounted(storage) == {batch.pk: (0, 1, 0, 0, 0, 0, 0)}


def test_an_undone_import_is_done_again_with_every_field(storage):
    tasks = [
        a_task(
            "1", "Übung 测试", batch="file", tags=("a", "b"), description="long", priority=0
        ),
        a_task("2", batch="file", parent="1", links=(("1", 0, False),), status_word="todo"),
    ]
    stage_records(storage, tasks).commit()
    before = picture(storage)

    storage.history.undo()
    assert picture(storage) == {"batch": [], "task": [], "task_link": []}
    storage.history.redo()

    assert picture(storage) == before
    assert storage.count(TaskQuery(text="测试")) == 1
    assert faults(storage) == []


def test_undo_passes_over_a_purge_between(storage):
    first, second = make_task(storage, "first"), make_task(storage, "second")
    edit_task(storage, first.pk, title="changed")
    storage.purge(Kind.TASK, [second.pk])

    storage.history.undo()

    assert storage.tasks.get(first.pk).record.title == "first"


def test_undo_passes_over_what_a_purge_left_empty_and_names_what_comes_next(storage):
    kept, gone = make_task(storage, "kept"), make_task(storage, "gone")
    edit_task(storage, kept.pk, title="changed")
    emptied = [edit_task(storage, gone.pk, title=title).operation for title in "abc"]
    storage.purge(Kind.TASK, [gone.pk])

    assert storage.history.next_undo().title == "Change title of task “kept”"
    storage.history.undo()

    assert storage.tasks.get(kept.pk).record.title == "kept"
    assert storage.history.next_undo().title == "Create task “kept”"
    listed = {each.pk: each for each in storage.history.operations()}
    assert [listed[each.pk].undoable for each in emptied] == [False] * 3
    told = {listed[each.pk].title for each in emptied}
    assert told == {"Change title of task (deleted since)"}
    for operation in emptied:
        with pytest.raises(RecordNotFoundError):
            storage.history.undo(operation.pk)


def test_undo_passes_over_a_task_that_was_purged_with_its_batch_of_others(storage):
    batch = make_batch(storage)
    gone = make_task(storage, "gone", batch=batch.id)
    edit_task(storage, gone.pk, title="changed")
    storage.purge(Kind.TASK, [gone.pk])

    assert storage.history.next_undo().title == "Create batch “a batch”"


def test_a_purge_gives_no_second_chance_to_redo_what_was_given_up(storage):
    make_task(storage, "given up")
    storage.history.undo()
    later = make_task(storage, "later")
    storage.purge(Kind.TASK, [later.pk])

    assert storage.history.next_redo() is None


@pytest.fixture
def run(storage):
    return make(storage, Kind.EXECUTION, task=make_task(storage).id, turn=1)


def another_run(storage, run, turn):
    return make(
        storage, Kind.EXECUTION, task=storage.tasks.get(run.task_pk).record.id, turn=turn
    )


def turn_of(storage, run):
    return storage.executions.get(run.pk).record.turn


def test_a_turn_that_another_run_took_since_is_not_taken_from_it_by_an_undo(storage, run):
    operation = edit(storage, Kind.EXECUTION, run.pk, turn=2).operation
    other = another_run(storage, run, 1)

    with pytest.raises(StorageRejectedError) as refused:
        storage.history.undo(operation.pk)

    assert str(refused.value) == (
        "Another run of the task has the same turn, step and attempt as"
        f" {run.id} would have after this undo. Nothing was changed."
        " Give the other run another turn, then undo this."
    )
    assert (turn_of(storage, run), turn_of(storage, other)) == (2, 1)
    edit(storage, Kind.EXECUTION, other.pk, turn=3)
    storage.history.undo(operation.pk)
    assert turn_of(storage, run) == 1
    assert faults(storage) == []


def test_a_turn_that_another_run_took_since_is_not_taken_from_it_by_a_redo(storage, run):
    operation = edit(storage, Kind.EXECUTION, run.pk, turn=2).operation
    storage.history.undo()
    another_run(storage, run, 2)

    with pytest.raises(StorageRejectedError, match="after this redo"):
        storage.history.redo(operation.pk)

    assert turn_of(storage, run) == 1


def test_a_run_is_not_made_again_where_another_has_its_turn(storage, run):
    made = storage.history.undo().operation
    other = make(storage, Kind.EXECUTION, task=tasks_of(storage)[0].id, turn=1)

    with pytest.raises(StorageRejectedError, match="after this redo"):
        storage.history.redo(made.pk)

    storage.purge(Kind.EXECUTION, [other.pk])
    storage.history.redo(made.pk)
    assert turn_of(storage, run) == 1
    assert faults(storage) == []


def import_runs(storage, turns):
    """Import runs of one task by name, each with its turn."""
    staging = storage.stage("Import runs")
    staging.begin_file(name="a", path="", format_name="generic", origin="generic:runs")
    staging.add_tasks([a_task("t")])
    staging.add_records(
        [
            a_record(
                *(Kind.EXECUTION, name, name),
                refs={"task": "t"},
                fields={"turn": turn, "status": Status.SUCCEEDED},
                raw=f"{turn}",
            )
            for name, turn in turns.items()
        ]
    )
    staging.end_file(sha256="", size=0)
    return staging


def turns_of(storage):
    return {run.title: run.turn for run in records_of(storage, Kind.EXECUTION)}


def test_runs_that_an_import_made_change_turns_change_them_back(storage):
    first, then = {"a": 1, "b": 2, "c": 3}, {"a": 2, "b": 3, "c": 1}
    import_runs(storage, first).commit()
    import_runs(storage, then).commit()
    assert turns_of(storage) == then

    storage.history.undo()
    assert turns_of(storage) == first
    storage.history.redo()
    assert turns_of(storage) == then
    assert faults(storage) == []


def test_an_undo_of_many_leaves_the_run_whose_turn_is_taken_and_names_it(storage):
    import_runs(storage, {"a": 1, "b": 2}).commit()
    operation = import_runs(storage, {"a": 3, "b": 4}).commit().operation
    run = next(run for run in records_of(storage, Kind.EXECUTION) if run.title == "a")
    another_run(storage, run, 1)

    outcome = storage.history.undo(operation.pk)

    assert outcome.skipped == (run.id,)
    assert turns_of(storage) == {"a": 3, "b": 2, "Turn 1": 1}
    assert faults(storage) == []


def test_an_import_that_needs_a_turn_which_was_taken_meanwhile_is_refused(storage):
    import_runs(storage, {"a": 1}).commit()
    staging = import_runs(storage, {"a": 2})
    (run,) = records_of(storage, Kind.EXECUTION)
    another_run(storage, run, 2)

    with pytest.raises(StorageRejectedError, match="Other runs have the turn"):
        staging.commit()
    staging.discard()

    assert turns_of(storage) == {"a": 1, "Turn 2": 2}


REFERENCES = {"batch": Kind.BATCH, "parent": Kind.TASK}


def make_holder(storage, field):
    return make_batch(storage, "holder") if field == "batch" else make_task(storage, "holder")


@pytest.mark.parametrize("field", REFERENCES)
def test_undo_leaves_a_task_whose_former_place_was_purged(storage, field):
    holder = make_holder(storage, field)
    task = make_task(storage, **{field: holder.id})
    edit_task(storage, task.pk, **{field: None})
    storage.purge(REFERENCES[field], [holder.pk])

    outcome = storage.history.undo()

    assert outcome.skipped == (task.id,)
    assert storage.tasks.get(task.pk).record.batch_pk is None
    assert faults(storage) == []


@pytest.mark.parametrize("field", REFERENCES)
def test_redo_leaves_out_a_task_whose_place_was_purged(storage, field):
    holder = make_holder(storage, field)
    task = make_task(storage, **{field: holder.id})
    storage.history.undo()
    storage.purge(REFERENCES[field], [holder.pk])

    outcome = storage.history.redo()

    assert outcome.skipped == (task.id,)
    assert tasks_of(storage) == []
    assert faults(storage) == []


def test_taking_back_an_older_move_never_puts_a_task_inside_itself(storage):
    above = make_task(storage, "above")
    task = make_task(storage, "task", parent=above.id)
    operation = edit_task(storage, task.pk, parent=None).operation
    edit_task(storage, above.pk, parent=task.id)

    outcome = storage.history.undo(operation.pk)

    assert outcome.skipped == (task.id,)
    assert storage.tasks.get(task.pk).parent is None
