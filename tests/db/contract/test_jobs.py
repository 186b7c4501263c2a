"""The queue of jobs, from outside: what is put in, who gets it, and how it ends."""

import subprocess
import sys

import pytest

from db.errors import InvalidEditError, RecordNotFoundError, StorageRejectedError
from db.jobs import JobFilter, JobOrder, JobState, LeaseLostError
from db.processes import owner_name
from db.times import DAY_US, now_us
from db.vocabulary import Priority
from tests.db.factories import faults, make_task, stage_everything

LEASE_S = 600.0
OVER_S = -1.0
"""A lease that has ended as soon as it is given."""


def put(storage, kind="build", **fields):
    (id_,) = storage.jobs.enqueue([JobOrder(kind=kind, **fields)])
    return id_


def claim(storage, kind="build", worker="w", lease_s=LEASE_S):
    return storage.jobs.claim([kind], worker, lease_s)


def job(storage, id_):
    return storage.jobs.get(id_).job


def lines_of(storage, id_):
    return [line.text for line in storage.jobs.get(id_).lines]


def make_due(storage, id_):
    """Let a job that waits for another attempt be due."""
    with storage._pool.write() as session:
        session.execute("UPDATE job SET run_at = 0 WHERE id = ?", (id_,))


def test_a_job_is_given_to_one_worker_with_all_that_was_put_in(storage):
    id_ = put(storage, title="Build it", payload={"branch": "ä\ud800", "n": [1, None]})

    claimed = claim(storage, worker="w1")
    assert (claimed.id, claimed.title, claimed.worker) == (id_, "Build it", "w1")
    assert claimed.given == {"branch": "ä\ud800", "n": [1, None]}
    assert claimed.token
    assert claimed.attempts == 1
    assert claimed.lease_until > now_us()
    assert claim(storage, worker="w2") is None
    assert job(storage, id_).token is None, "nobody else sees the token"
    assert faults(storage) == []


def test_what_is_most_urgent_and_waits_longest_is_claimed_first(storage):
    now = now_us()
    last = put(storage, priority=Priority.LOWEST, run_at=1)
    second = put(storage, run_at=now - 1)
    first_of_its_priority = put(storage, run_at=now - 2)
    urgent = put(storage, priority=Priority.HIGHEST)

    claimed = [claim(storage).id for _ in range(4)]
    assert claimed == [urgent, first_of_its_priority, second, last]


def test_jobs_put_in_together_are_claimed_in_that_order(storage):
    ids = storage.jobs.enqueue([JobOrder(kind=f"k{number % 3}") for number in range(9)])
    kinds = ["k2", "k0", "k1"]
    assert [storage.jobs.claim(kinds, "w", LEASE_S).id for _ in ids] == ids


def test_a_job_for_later_or_of_another_kind_is_not_claimed(storage):
    put(storage, run_at=now_us() + 60_000_000, priority=Priority.HIGHEST)
    put(storage, kind="test")
    assert claim(storage) is None
    assert claim(storage, kind="test") is not None


@pytest.mark.parametrize("kinds", [[], ["sheaf.import"], ["build", "sheaf.import"]])
def test_nobody_claims_just_anything_nor_what_is_sheafs_own(storage, kinds):
    with pytest.raises(InvalidEditError):
        storage.jobs.claim(kinds, "w", LEASE_S)


@pytest.mark.parametrize(
    "fields", [{"kind": " "}, {"kind": "sheaf.x"}, {"kind": "x", "max_attempts": 0}]
)
def test_what_makes_no_job_is_refused_together_with_all_others(storage, fields):
    with pytest.raises(InvalidEditError):
        storage.jobs.enqueue([JobOrder(kind="fine"), JobOrder(**fields)])
    assert storage.jobs.find() == ()


def test_a_worker_tells_how_far_it_is_and_what_happens(storage):
    id_ = put(storage)
    token = claim(storage, lease_s=1).token

    before = job(storage, id_).lease_until
    assert storage.jobs.heartbeat(token, LEASE_S, done=3, total=10, unit="files", lines=["a"])
    assert storage.jobs.heartbeat(token, LEASE_S, done=4, lines=["b", "c\x00"])
    now = job(storage, id_)
    assert (now.done, now.total, now.unit) == (4, 10, "files")
    assert now.lease_until > before
    assert lines_of(storage, id_) == ["a", "b", "c\ufffd"]


def test_of_a_long_log_the_end_is_kept(storage):
    id_ = put(storage)
    token = claim(storage).token
    for start in range(0, 3000, 500):
        lines = [f"{number}" for number in range(start, start + 500)]
        storage.jobs.heartbeat(token, LEASE_S, lines=lines)
    assert lines_of(storage, id_) == [f"{number}" for number in range(2000, 3000)]


def test_a_finished_job_keeps_its_result(storage):
    id_ = put(storage)
    storage.jobs.complete(claim(storage).token, {"rows": 3}, lines=["written"])
    done = job(storage, id_)
    assert (done.state, done.outcome, done.error) == (JobState.DONE, {"rows": 3}, None)
    assert done.finished_at >= done.started_at
    assert lines_of(storage, id_) == ["written"]
    assert claim(storage) is None


def test_a_job_can_be_done_with_errors(storage):
    id_ = put(storage)
    storage.jobs.complete(claim(storage).token, [1], errors="2 of 3 were skipped")
    done = job(storage, id_)
    assert (done.state, done.error) == (JobState.DONE_WITH_ERRORS, "2 of 3 were skipped")


def test_a_failed_job_is_tried_again_ever_later_and_then_kept_as_failed(storage):
    id_ = put(storage, max_attempts=4)
    for attempt, wait_s in enumerate([2, 4, 8], 1):
        token = claim(storage).token
        before = now_us()
        assert storage.jobs.fail(token, f"no {attempt}") is JobState.QUEUED
        waiting = job(storage, id_)
        assert waiting.attempts == attempt
        assert waiting.error == f"no {attempt}"
        assert 0.79 * wait_s <= (waiting.run_at - before) / 1e6 <= 1.25 * wait_s + 1
        assert claim(storage) is None
        make_due(storage, id_)

    assert storage.jobs.fail(claim(storage).token, "no more") is JobState.FAILED
    assert claim(storage) is None
    dead = job(storage, id_)
    assert (dead.state, dead.error, dead.attempts) == (JobState.FAILED, "no more", 4)
    assert lines_of(storage, id_) == ["no 1", "no 2", "no 3"]


def test_waits_differ_so_that_workers_do_not_come_back_together(storage):
    storage.jobs.enqueue([JobOrder(kind="build")] * 20)
    waits = set()
    for _ in range(20):
        claimed = claim(storage)
        storage.jobs.fail(claimed.token, "no")
        waits.add((job(storage, claimed.id).run_at - now_us()) // 50_000)
    assert len(waits) > 3


def test_a_worker_can_say_that_trying_again_is_of_no_use(storage):
    put(storage)
    assert storage.jobs.fail(claim(storage).token, "no", may_retry=False) is JobState.FAILED


def test_failed_jobs_are_retried_one_by_one_or_all(storage):
    ids = storage.jobs.enqueue([JobOrder(kind="build", max_attempts=1)] * 3)
    for _ in ids:
        storage.jobs.fail(claim(storage).token, "no")

    assert storage.jobs.retry(JobFilter(ids=(ids[1],))) == 1
    again = claim(storage)
    assert (again.id, again.attempts, again.error) == (ids[1], 1, None)
    assert storage.jobs.retry(JobFilter(states=frozenset({JobState.FAILED}))) == 2
    assert {claim(storage).id, claim(storage).id} == {ids[0], ids[2]}


def test_a_queued_job_is_canceled_at_once_and_a_running_one_at_its_next_heartbeat(storage):
    running, queued = storage.jobs.enqueue([JobOrder(kind="build")] * 2)
    token = claim(storage).token

    assert storage.jobs.cancel(JobFilter()) == 2
    assert job(storage, queued).state is JobState.CANCELED
    assert job(storage, running).state is JobState.RUNNING
    assert job(storage, running).cancel_asked
    assert not storage.jobs.heartbeat(token, LEASE_S, done=1)
    assert job(storage, running).state is JobState.CANCELED
    assert claim(storage) is None


def test_a_canceled_job_that_was_done_all_the_same_is_done(storage):
    id_ = put(storage)
    token = claim(storage).token
    storage.jobs.cancel(JobFilter())
    storage.jobs.heartbeat(token, LEASE_S)
    storage.jobs.complete(token, "done")
    assert (job(storage, id_).state, job(storage, id_).outcome) == (JobState.DONE, "done")


@pytest.mark.parametrize("end", ["fail", "stop"])
def test_a_canceled_job_is_not_tried_again(storage, end):
    id_ = put(storage)
    token = claim(storage).token
    storage.jobs.cancel(JobFilter())
    if end == "fail":
        storage.jobs.fail(token, "it was stopped")
    else:
        storage.jobs.stop(token, ["stopped"])
    assert job(storage, id_).state is JobState.CANCELED


def test_a_job_whose_lease_ended_goes_to_another_worker_and_the_first_loses_it(storage):
    id_ = put(storage)
    first = claim(storage, worker="w1", lease_s=OVER_S)
    second = claim(storage, worker="w2")
    assert (second.id, second.attempts, second.worker) == (id_, 2, "w2")

    for say in (
        lambda: storage.jobs.heartbeat(first.token, LEASE_S),
        lambda: storage.jobs.complete(first.token),
        lambda: storage.jobs.fail(first.token, "no"),
        lambda: storage.jobs.stop(first.token),
    ):
        with pytest.raises(LeaseLostError):
            say()
    storage.jobs.complete(second.token)
    assert job(storage, id_).state is JobState.DONE


def test_a_job_whose_workers_all_fell_silent_has_failed(storage):
    id_ = put(storage, max_attempts=2)
    assert claim(storage, lease_s=OVER_S).attempts == 1
    assert claim(storage, lease_s=OVER_S).attempts == 2
    assert claim(storage) is None
    silent = job(storage, id_)
    assert silent.state is JobState.FAILED
    assert "The lease ended" in silent.error


def test_a_job_whose_lease_ended_after_its_cancelling_is_canceled(storage):
    id_ = put(storage)
    claim(storage, lease_s=OVER_S)
    storage.jobs.cancel(JobFilter())
    assert claim(storage) is None
    assert job(storage, id_).state is JobState.CANCELED


def test_a_token_is_of_use_once(storage):
    put(storage)
    token = claim(storage).token
    storage.jobs.complete(token)
    with pytest.raises(LeaseLostError):
        storage.jobs.complete(token)


def test_jobs_are_listed_by_state_and_kind_with_counts(storage):
    storage.jobs.enqueue([JobOrder(kind=kind) for kind in ("a", "a", "b", "c")])
    storage.jobs.complete(claim(storage, "a").token)
    running = claim(storage, "b")

    assert [each.kind for each in storage.jobs.find()] == ["b", "a", "c", "a"]
    assert [each.kind for each in storage.jobs.find(limit=2, offset=1)] == ["a", "c"]
    states = frozenset({JobState.RUNNING, JobState.DONE})
    assert [each.kind for each in storage.jobs.find(JobFilter(states=states))] == ["b", "a"]
    assert [each.id for each in storage.jobs.find(JobFilter(kinds=("b",)))] == [running.id]
    assert storage.jobs.counts() == {
        ("a", JobState.QUEUED): 1,
        ("a", JobState.DONE): 1,
        ("b", JobState.RUNNING): 1,
        ("c", JobState.QUEUED): 1,
    }


def test_the_last_that_ended_is_the_first_of_those_that_are_over(storage):
    ids = storage.jobs.enqueue([JobOrder(kind="build")] * 3)
    for _ in ids:
        storage.jobs.complete(claim(storage).token)
    assert [each.id for each in storage.jobs.find()] == ids[::-1]


def test_jobs_are_deleted_by_filter_but_for_those_that_run(storage):
    done, running, queued = storage.jobs.enqueue([JobOrder(kind="build")] * 3)
    token = claim(storage).token
    storage.jobs.heartbeat(token, LEASE_S, lines=["a line"])
    storage.jobs.complete(token)
    claim(storage)

    assert storage.jobs.delete(JobFilter(finished_before=1)) == 0
    assert storage.jobs.delete(JobFilter(states=frozenset({JobState.DONE}))) == 1
    assert storage.jobs.delete(JobFilter()) == 1
    assert [each.id for each in storage.jobs.find()] == [running]
    for gone in (done, queued):
        with pytest.raises(RecordNotFoundError):
            storage.jobs.get(gone)
    assert faults(storage) == []


# Sheaf's own work


def begin(storage, kind="sheaf.export", worker=None, lease_s=LEASE_S):
    order = JobOrder(kind=kind, title="Export", payload={"path": "/x"})
    return storage.jobs.begin(order, worker or owner_name(), lease_s)


@pytest.fixture(scope="module")
def dead_process():
    """The name of a process that has ended."""
    done = subprocess.run(
        [sys.executable, "-c", "from db.processes import owner_name; print(owner_name())"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_sheafs_own_work_is_running_from_the_start_and_seen_as_such(storage):
    put(storage)
    own = begin(storage)
    assert (own.state, own.attempts, own.is_own) == (JobState.RUNNING, 1, True)
    assert [each.id for each in storage.jobs.find(JobFilter(own=True))] == [own.id]
    assert own.id not in [each.id for each in storage.jobs.find(JobFilter(own=False))]


def test_own_work_of_a_dead_process_is_interrupted(storage, dead_process):
    alive, dead = begin(storage), begin(storage, worker=dead_process)

    assert [each.id for each in storage.jobs.release_dead()] == [dead.id]
    assert job(storage, dead.id).state is JobState.INTERRUPTED
    assert job(storage, alive.id).state is JobState.RUNNING
    with pytest.raises(LeaseLostError):
        storage.jobs.complete(dead.token)
    assert storage.jobs.release_dead() == ()


def test_what_a_dead_process_had_done_is_not_shown_as_half_done(storage, dead_process):
    dead = begin(storage, kind="sheaf.undo", worker=dead_process)
    storage.jobs.heartbeat(dead.token, LEASE_S, done=49, total=62, unit="parts")
    storage.jobs.release_dead()
    done = job(storage, dead.id)
    assert (done.state, done.done, done.total) == (JobState.DONE, 62, 62)


def test_own_work_that_was_silent_too_long_is_interrupted_wherever_it_was_done(storage):
    elsewhere = begin(storage, worker="another-host:1", lease_s=OVER_S)
    assert [each.id for each in storage.jobs.release_dead()] == [elsewhere.id]


def test_own_work_is_never_queued(storage, dead_process):
    begin(storage, worker=dead_process)
    storage.jobs.release_dead()
    assert storage.jobs.retry(JobFilter()) == 0


def test_interrupted_work_can_be_left_as_it_is(storage, dead_process):
    dead = begin(storage, worker=dead_process)
    storage.jobs.release_dead()
    storage.jobs.settle(dead.id, JobState.CANCELED, "left as it is")
    assert job(storage, dead.id).state is JobState.CANCELED
    assert lines_of(storage, dead.id)[-1] == "left as it is"
    with pytest.raises(StorageRejectedError):
        storage.jobs.settle(begin(storage).id, JobState.DONE)


def test_leases_of_dead_workers_end_when_sheaf_looks_after_its_file(storage):
    id_ = put(storage)
    claim(storage, lease_s=OVER_S)
    storage.recover()
    assert job(storage, id_).state is JobState.QUEUED


def test_recovering_says_what_became_of_own_work(storage, dead_process):
    kinds = ["sheaf.import", "sheaf.undo", "sheaf.export", "sheaf.check", "sheaf.purge"]
    ids = {kind: begin(storage, kind, dead_process).id for kind in kinds}
    storage.recover()
    for kind, id_ in ids.items():
        wanted = JobState.DONE if kind == "sheaf.undo" else JobState.INTERRUPTED
        assert job(storage, id_).state is wanted
        assert lines_of(storage, id_), kind
        assert (job(storage, id_).error is None) == (wanted is JobState.DONE)


def test_a_change_whose_process_died_before_it_was_done_says_so(storage, dead_process):
    first = begin(storage, "sheaf.change", dead_process)
    storage.recover()
    assert "Nothing of it was done" in job(storage, first.id).error

    later = begin(storage, "sheaf.change", dead_process)
    make_task(storage)
    storage.recover()
    assert "whole or not at all" in job(storage, later.id).error


def test_an_undo_whose_process_died_is_done_only_if_it_was(storage, dead_process):
    make_task(storage)
    operation = storage.history.operations()[0]
    order = JobOrder(kind="sheaf.undo", payload={"operation": operation.pk})
    ids = []
    for done in (False, True):
        if done:
            storage.history.undo()
        ids.append(storage.jobs.begin(order, dead_process, LEASE_S).id)
        storage.recover()
    states = [job(storage, id_).state for id_ in ids]
    assert states == [JobState.INTERRUPTED, JobState.DONE]


def test_nobody_has_to_decide_about_a_file_that_is_taken_in_again_by_itself(
    storage, dead_process
):
    order = JobOrder(kind="sheaf.import", payload={"folder": "/sessions"})
    begun = storage.jobs.begin(order, dead_process, LEASE_S)
    storage.recover()
    assert job(storage, begun.id).state is JobState.CANCELED
    assert "takes it in again" in job(storage, begun.id).error


def test_an_import_whose_process_died_after_it_was_done_is_done(storage, dead_process):
    operation = stage_everything(storage).commit().operation
    ids = []
    for result in ({"operation": operation.pk}, {"operation": operation.pk + 1}):
        begun = begin(storage, "sheaf.import", dead_process)
        storage.jobs.heartbeat(begun.token, LEASE_S, result=result)
        ids.append(begun.id)
    storage.recover()
    states = [job(storage, id_).state for id_ in ids]
    assert states == [JobState.DONE, JobState.INTERRUPTED]


def test_own_work_is_forgotten_long_after_it_was_done_but_not_if_it_failed(storage):
    done, failed, recent = (begin(storage) for _ in range(3))
    storage.jobs.complete(done.token)
    storage.jobs.fail(failed.token, "no", may_retry=False)
    storage.jobs.complete(recent.token)
    script = put(storage)
    storage.jobs.complete(claim(storage).token)
    with storage._pool.write() as session:
        session.execute(
            "UPDATE job SET finished_at = finished_at - ? WHERE id <> ?",
            (31 * DAY_US, recent.id),
        )
    storage.recover()
    left = {each.id for each in storage.jobs.find()}
    assert left == {failed.id, recent.id, script}
