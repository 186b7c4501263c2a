"""Rules take what is old enough and nothing else, and tell before what that will be."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from db.cancel import CancelToken
from db.errors import WorkCancelledError
from db.incoming import IncomingBatch
from db.jobs import JobOrder
from db.maintenance.backups import Backups
from db.maintenance.retention import (
    SHIPPED,
    InvalidRuleError,
    drop_rule,
    is_due,
    keep_rule,
    last_run,
    move_rule,
    new_rule,
    plan,
    rule_named,
    rules_of,
    run,
)
from db.query import EVERYWHERE, QUERIES
from db.records import BatchRecord, Kind, OperationState, Place
from db.retiring import NEWEST_KEPT, Act
from db.times import DAY_US, now_us
from db.vocabulary import Status
from tests.db.factories import (
    EVERY_TASK,
    a_task,
    edit_task,
    make,
    make_batch,
    make_task,
    opened,
    stage_records,
)

OLD = 100
"""So many days before the present."""


def days_ago(days):
    return now_us() - days * DAY_US


def old_tasks(storage, *statuses, days=OLD, batch=None, prefix="old"):
    """Import tasks that changed last so many days ago, one for each state; return their pks."""
    moment = days_ago(days)
    tasks = [
        a_task(
            f"{prefix}-{days}-{number}",
            f"{prefix} {number}",
            status=status,
            batch=batch or "",
            created_at=moment,
            updated_at=moment,
        )
        for number, status in enumerate(statuses)
    ]
    batches = [] if batch is None else [old_batch(batch, days)]
    return (
        stage_records(storage, tasks, batches, origin=f"generic:{prefix}{days}")
        .commit()
        .changed
    )


def old_batch(name, days=OLD):
    return IncomingBatch(
        external_id=name, title=name, created_at=days_ago(days), updated_at=days_ago(days)
    )


def rule(storage, text, act=Act.ARCHIVE, kind=Kind.TASK, *, name="old ones", is_on=True):
    return keep_rule(storage.settings, new_rule(name, act, kind, text, is_on=is_on))


def only(storage, **options):
    """Return the forecast of the only rule beside the shipped one."""
    (found,) = [each for each in plan(storage, **options).forecasts if each.rule not in SHIPPED]
    return found


def places(storage, kind=Kind.TASK):
    pks = storage.ids(QUERIES[kind](places=EVERYWHERE))
    return {each.title: each.place for each in storage.fetch(kind, pks)}


def newer_batches(storage, number=NEWEST_KEPT):
    for each in range(number):
        make_batch(storage, f"newer {each}")


def test_the_shipped_rule_empties_the_trash_and_is_off(storage):
    (shipped,) = rules_of(storage.settings)

    assert (shipped.name, shipped.act, shipped.kind) == ("Empty the Trash", Act.PURGE, None)
    assert shipped.text == "trashed:>30d"
    assert not shipped.is_on
    assert not is_due(storage)


def test_what_is_old_enough_is_archived_and_undo_brings_it_back(storage):
    old_tasks(storage, Status.SUCCEEDED, Status.FAILED)
    make_task(storage, "new", status="succeeded")
    rule(storage, "status:done updated:>90d")

    (done,) = run(storage, plan(storage)).done

    assert places(storage) == {
        "old 0": Place.ARCHIVED,
        "old 1": Place.LIVE,
        "new": Place.LIVE,
    }
    assert done.outcome.operation.title == "Archive 1 task (rule: old ones)"
    storage.history.undo()
    assert set(places(storage).values()) == {Place.LIVE}
    assert [each.state for each in storage.history.operations("archive")] == [
        OperationState.UNDONE
    ]


def test_a_rule_that_is_off_is_only_foreseen(storage):
    old_tasks(storage, Status.SUCCEEDED)
    rule(storage, "updated:>90d", is_on=False)

    planned = plan(storage)

    assert only(storage).now.records == {Kind.TASK: 1}
    assert planned.next_run == ()
    assert run(storage, planned).done == ()
    assert places(storage) == {"old 0": Place.LIVE}


@pytest.mark.parametrize("act", [Act.ARCHIVE, Act.TRASH])
def test_what_runs_and_what_belongs_to_it_is_never_taken(storage, act):
    newer_batches(storage)
    old_tasks(storage, Status.SUCCEEDED, Status.RUNNING, batch="busy", prefix="busy")
    old_tasks(storage, Status.SUCCEEDED, batch="idle", prefix="idle")
    rule(storage, "updated:>90d", act, Kind.BATCH, name="batches")
    rule(storage, "updated:>90d", act, Kind.TASK, name="tasks")

    run(storage, plan(storage))

    live = {title for title, place in places(storage).items() if place is Place.LIVE}
    assert live == {"busy 0", "busy 1"}
    assert places(storage, Kind.BATCH)["busy"] is Place.LIVE
    assert places(storage, Kind.BATCH)["idle"] is not Place.LIVE


def test_the_conversation_run_and_learning_of_a_running_task_stay(storage):
    task = make_task(storage, "busy", status="running")
    parent = make_task(storage, "its parent")
    edit_task(storage, task.pk, parent=parent.id)
    child = make_task(storage, "its child", parent=task.id)
    make(storage, Kind.EXECUTION, task=child.id, status="succeeded")
    make(storage, Kind.CONVERSATION, title="talk", task=child.id)
    make(storage, Kind.LEARNING, title="learned", task=task.id)
    make(storage, Kind.BUG, title="found", tasks=[child.id])
    make(storage, Kind.LEARNING, title="of nothing")
    rule(storage, "created:>1d", Act.TRASH, None)
    later = now_us() + 2 * DAY_US

    found = only(storage, moment=later)

    assert found.now.records == {Kind.LEARNING: 1}
    assert found.now.examples == ("of nothing",)
    assert found.kept == 7


def test_the_task_of_a_running_run_and_what_a_running_job_names_stay(storage):
    held = make_task(storage, "held by a run")
    make(storage, Kind.EXECUTION, task=held.id, status="running")
    named = make_task(storage, "named by a job")
    make_task(storage, "free")
    storage.jobs.enqueue([JobOrder(kind="review", payload={"task": named.id})])
    storage.jobs.claim(["review"], "worker", 60)
    rule(storage, "created:>1d")

    found = only(storage, moment=now_us() + 2 * DAY_US)

    assert found.now.examples == ("free",)
    assert found.kept == 2


def test_the_newest_batches_stay_with_all_that_is_in_them(storage):
    old_tasks(storage, Status.SUCCEEDED, batch="the oldest", prefix="a")
    old_tasks(storage, Status.SUCCEEDED, batch="the next", days=OLD - 1, prefix="b")
    newer_batches(storage, NEWEST_KEPT - 1)
    rule(storage, "updated:>90d", Act.TRASH, Kind.BATCH, name="batches")
    rule(storage, "updated:>90d", Act.TRASH, Kind.TASK, name="tasks")

    run(storage, plan(storage))

    found = places(storage, Kind.BATCH)
    assert [title for title in found if found[title] is Place.TRASHED] == ["the oldest"]
    assert places(storage) == {"a 0": Place.TRASHED, "b 0": Place.LIVE}


def test_only_what_lies_in_the_trash_long_enough_is_deleted(storage):
    kept, gone = make_task(storage, "kept"), make_task(storage, "gone")
    storage.move(Kind.TASK, [gone.pk], Place.TRASHED)
    bug = make(storage, Kind.BUG, title="gone too")
    storage.move(Kind.BUG, [bug.pk], Place.TRASHED)
    keep_rule(storage.settings, replace(SHIPPED[0], is_on=True))

    assert plan(storage).next_run == ()
    planned = plan(storage, moment=now_us() + 31 * DAY_US)
    (done,) = run(storage, planned).done

    assert planned.purges == 2
    assert done.outcome.operation.title == (
        "Delete 1 task, 1 bug permanently (rule: Empty the Trash)"
    )
    assert not done.outcome.operation.undoable
    assert list(places(storage)) == [kept.title]
    tombs = [row for row in storage.rows("tombstone") if gone.id in row]
    assert len(tombs) == 1
    assert "Empty the Trash" in tombs[0]


def test_a_batch_in_the_trash_stays_while_a_task_of_it_was_brought_back(storage):
    batch = make_batch(storage, "batch")
    first = make_task(storage, "brought back", batch=batch.id)
    make_task(storage, "left", batch=batch.id)
    storage.move(Kind.BATCH, [batch.pk], Place.TRASHED)
    storage.move(Kind.TASK, [first.pk], Place.LIVE)
    keep_rule(storage.settings, replace(SHIPPED[0], is_on=True))

    planned = plan(storage, moment=now_us() + 31 * DAY_US)
    run(storage, planned)

    assert planned.forecasts[0].kept == 1
    assert places(storage, Kind.BATCH) == {"batch": Place.TRASHED}
    assert places(storage) == {"brought back": Place.LIVE}


def test_a_backup_is_made_before_anything_is_deleted(file_storage):
    task = make_task(file_storage)
    file_storage.move(Kind.TASK, [task.pk], Place.TRASHED)
    keep_rule(file_storage.settings, replace(SHIPPED[0], is_on=True))

    ran = run(file_storage, plan(file_storage, moment=now_us() + 31 * DAY_US))

    (made,) = Backups(file_storage).all()
    assert ran.backup is not None
    assert (made.name, made.manifest.kind) == (ran.backup.name, "before-purge")
    with Backups(file_storage).opened(made) as past:
        assert past.count(EVERY_TASK) == 1


def test_what_changed_since_it_was_planned_stays(storage):
    old_tasks(storage, Status.SUCCEEDED, Status.SUCCEEDED, Status.SUCCEEDED)
    rule(storage, "status:done updated:>90d", Act.TRASH)
    planned = plan(storage)
    first, second, _third = sorted(storage.ids(EVERY_TASK))
    edit_task(storage, first, title="edited")
    edit_task(storage, second, status="running")
    old_tasks(storage, Status.SUCCEEDED, prefix="late")

    run(storage, planned)

    assert places(storage) == {
        "edited": Place.LIVE,
        "old 1": Place.LIVE,
        "old 2": Place.TRASHED,
        "late 0": Place.LIVE,
    }


def test_each_record_is_taken_by_the_first_rule_that_finds_it(storage):
    old_tasks(storage, Status.SUCCEEDED, Status.FAILED)
    rule(storage, "status:failed updated:>90d", Act.TRASH, name="first")
    rule(storage, "updated:>90d is:kept", Act.ARCHIVE, name="second")

    planned = plan(storage)
    first, second = planned.next_run
    run(storage, planned)

    assert (first.now.examples, second.now.examples) == (("old 1",), ("old 0",))
    assert places(storage) == {"old 0": Place.ARCHIVED, "old 1": Place.TRASHED}
    third = rule_named(storage.settings, " SECOND ")
    move_rule(storage.settings, third.id, -2)
    assert [each.name for each in rules_of(storage.settings)] == [
        "second",
        SHIPPED[0].name,
        "first",
    ]


def test_the_calendar_tells_on_which_day_what_will_be_due(storage):
    old_tasks(storage, Status.SUCCEEDED, Status.SUCCEEDED, days=88, prefix="soon")
    old_tasks(storage, Status.SUCCEEDED, days=70, prefix="later")
    old_tasks(storage, Status.SUCCEEDED, days=20, prefix="after")
    rule(storage, "updated:>90d")
    now = now_us()

    found = only(storage)
    first, second = found.coming

    assert found.now.number == 0
    assert [day.taking.records for day in found.coming] == [{Kind.TASK: 2}, {Kind.TASK: 1}]
    assert (second.date - first.date).days == 18
    for day, passed in ((first, 2.1), (second, 20.1)):
        taken = only(storage, moment=int(now + passed * DAY_US)).now
        assert set(day.taking.examples) <= set(taken.examples)
        assert taken.number == (2 if day is first else 3)


def test_a_rule_for_what_is_younger_takes_it_only_that_long(storage):
    old_tasks(storage, Status.FAILED, days=5)
    rule(storage, "updated:>3d updated:<10d", Act.TRASH)

    assert only(storage).now.number == 1
    assert only(storage, moment=now_us() + 6 * DAY_US).now.number == 0


def test_megabytes_are_measured_and_from_many_records_estimated(storage, monkeypatch):
    moment = days_ago(OLD)
    raw = '{"id": "x", "note": "' + "z" * 1000 + '"}'
    tasks = [
        a_task(f"t{number}", "big", raw=raw, created_at=moment, updated_at=moment)
        for number in range(5000)
    ]
    stage_records(storage, tasks[:10], []).commit()
    rule(storage, "updated:>90d")
    exact = only(storage).now
    stage_records(storage, tasks[10:], [], origin="generic:rest").commit()
    estimate = only(storage).now

    assert not exact.is_estimate
    assert exact.size == 10 * (len(raw) + len("big"))
    assert estimate.is_estimate
    assert estimate.size == 5000 * (len(raw) + len("big"))


@pytest.mark.parametrize(
    ("text", "act", "said"),
    [
        ("", Act.ARCHIVE, "does not say which records"),
        ("stauts:done", Act.TRASH, "is no filter"),
        ("is:trashed updated:>1d", Act.ARCHIVE, "neither archived nor in the Trash"),
        ("is:trashed", Act.TRASH, "in the Trash cannot be moved"),
        ("is:live updated:>1d", Act.PURGE, "Only what is in the Trash"),
    ],
)
def test_a_rule_that_cannot_be_done_is_refused(storage, text, act, said):
    with pytest.raises(InvalidRuleError, match=said):
        rule(storage, text, act)

    assert rules_of(storage.settings) == SHIPPED


def test_a_name_is_needed_and_belongs_to_one_rule(storage):
    rule(storage, "updated:>1d", name="  Old   ones ")
    with pytest.raises(InvalidRuleError, match="already"):
        rule(storage, "updated:>1d", name="OLD ones")
    with pytest.raises(InvalidRuleError, match="needs a name"):
        rule(storage, "updated:>1d", name=" ")

    drop_rule(storage.settings, rule_named(storage.settings, "old ones").id)
    drop_rule(storage.settings, SHIPPED[0].id)
    assert rules_of(storage.settings) == ()


def test_deleting_without_an_age_waits_thirty_days(storage):
    kept = rule(storage, "status:failed", Act.PURGE)

    assert kept.text == "status:failed trashed:>30d"


def test_running_is_due_once_a_day_while_a_rule_is_on(storage):
    rule(storage, "updated:>90d")
    assert is_due(storage)

    run(storage, plan(storage))

    assert not is_due(storage)
    assert now_us() - last_run(storage.settings) < DAY_US


def test_what_an_import_under_way_adds_to_is_not_deleted(storage):
    stage_records(storage).commit()
    (batch,) = storage.ids(QUERIES[Kind.BATCH]())
    storage.move(Kind.BATCH, [batch], Place.TRASHED)
    staging = stage_records(storage, [a_task("t1", batch="file")])
    keep_rule(storage.settings, replace(SHIPPED[0], is_on=True))

    planned = plan(storage, moment=now_us() + 31 * DAY_US)
    run(storage, planned)
    staging.commit()

    assert planned.forecasts[0].kept == 1
    assert places(storage, Kind.BATCH).keys() == {"file"}
    assert places(storage).keys() == {"imported"}


def test_a_batch_that_stays_keeps_nothing_else_from_going(storage):
    stage_records(storage, [a_task("t1", "first", batch="a")], ["a", "b"]).commit()
    for pk in storage.ids(QUERIES[Kind.BATCH]()):
        storage.move(Kind.BATCH, [pk], Place.TRASHED)
    (task,) = storage.ids(EVERY_TASK)
    storage.move(Kind.TASK, [task], Place.LIVE)
    keep_rule(storage.settings, replace(SHIPPED[0], is_on=True))

    run(storage, plan(storage, moment=now_us() + 31 * DAY_US))

    assert places(storage, Kind.BATCH) == {"a": Place.TRASHED}


def test_running_can_be_stopped_between_two_rules(storage):
    old_tasks(storage, Status.SUCCEEDED, Status.FAILED)
    rule(storage, "status:done updated:>90d", name="first")
    rule(storage, "status:failed updated:>90d", name="second")
    token = CancelToken()
    planned = plan(storage)
    done = []

    def stop_after_the_first(progress):
        done.append(progress.done)
        if progress.done == 0:
            token.cancel()

    with pytest.raises(WorkCancelledError):
        run(storage, planned, token, stop_after_the_first)

    assert done == [0]
    assert sorted(places(storage).values()) == [Place.LIVE, Place.ARCHIVED]


def test_a_plan_can_be_cancelled(storage):
    token = CancelToken()
    token.cancel()
    with pytest.raises(WorkCancelledError):
        plan(storage, token)


_MOVES = st.tuples(
    st.sampled_from([Act.ARCHIVE, Act.TRASH]),
    st.sampled_from(["updated:>90d", "updated:>10d status:done", "created:>50d"]),
    st.sampled_from([Kind.BATCH, Kind.TASK, None]),
)
_RULES = st.one_of(
    _MOVES,
    st.tuples(st.just(Act.TRASH), st.just("is:kept updated:>1d"), st.just(Kind.TASK)),
    st.tuples(st.just(Act.PURGE), st.just("trashed:>1h"), st.sampled_from([Kind.BATCH, None])),
)
_TASKS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", ""]),
        st.sampled_from([Status.RUNNING, Status.SUCCEEDED, Status.FAILED]),
        st.sampled_from([5, 60, 120]),
        st.sampled_from(list(Place)),
        st.integers(-1, 6),
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(_TASKS, st.lists(_RULES, min_size=1, max_size=3), st.booleans())
def test_a_run_takes_just_what_was_planned_and_nothing_protected(tasks, rules, is_crowded):
    with opened() as storage:
        fill(storage, tasks)
        if is_crowded:
            newer_batches(storage)
        for number, (act, text, kind) in enumerate(rules):
            rule(storage, text, act, kind, name=f"rule {number}")
        before, newest = by_id(storage), newest_batches(storage)

        planned = plan(storage, moment=now_us() + DAY_US)
        ran = run(storage, planned)

        did = [Counter({k: len(v) for k, v in d.outcome.changed.items()}) for d in ran.done]
        assert did == [Counter(each.now.records) for each in planned.next_run]
        after = by_id(storage)
        for id_, record in before.items():
            if is_protected(record, newest):
                assert after[id_].place is record.place
            if record.place is not Place.TRASHED:
                assert id_ in after


def fill(storage, tasks):
    """Store tasks of some batches, states, ages, places and parents."""
    batches = [old_batch(name, days) for name, days in (("a", 200), ("b", 100), ("c", 20))]
    staged = [
        a_task(
            f"t{at}",
            f"t{at}",
            status=status,
            batch=batch,
            parent=f"t{parent}" if 0 <= parent < at else None,
            created_at=days_ago(days),
            updated_at=days_ago(days),
        )
        for at, (batch, status, days, _place, parent) in enumerate(tasks)
    ]
    stage_records(storage, staged, batches).commit()
    pks = sorted(storage.ids(EVERY_TASK))
    for pk, (_batch, _status, _days, place, _parent) in zip(pks, tasks, strict=True):
        if place is not Place.LIVE:
            storage.move(Kind.TASK, [pk], place)


def is_protected(record, newest):
    if isinstance(record, BatchRecord):
        return record.counts[Status.RUNNING] > 0 or record.pk in newest
    is_kept = record.place is not Place.TRASHED and record.batch_pk in newest
    return record.status is Status.RUNNING or is_kept


def by_id(storage):
    return {
        each.id: each
        for kind in (Kind.BATCH, Kind.TASK)
        for each in storage.fetch(kind, storage.ids(QUERIES[kind](places=EVERYWHERE)))
    }


def newest_batches(storage):
    batches = [each for each in by_id(storage).values() if isinstance(each, BatchRecord)]
    kept = [each for each in batches if each.place is not Place.TRASHED]
    kept.sort(key=lambda each: (each.updated_at, each.pk), reverse=True)
    return {each.pk for each in kept[:NEWEST_KEPT]}
