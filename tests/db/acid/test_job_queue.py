"""Several processes work at one queue of jobs: none is lost, and none is given to two."""

from collections import Counter

import pytest

from db.jobs import JobFilter, JobOrder, JobState
from tests.db.acid.test_processes import end_of, names, workers
from tests.db.factories import faults, opened

MANY = 100_000
EACH = 400
LONG_S, SHORT_S = "600", "0.2"


def test_of_many_jobs_none_is_given_to_two_of_four_processes(path):
    with opened(path) as storage:
        storage.jobs.enqueue([JobOrder(kind="ab"[number % 2]) for number in range(MANY)])

    with workers("claim_jobs", path, names(4), str(EACH)) as running:
        claimed = [id_ for said in end_of(running) for id_ in said]

    assert len(set(claimed)) == len(claimed) == 4 * EACH
    with opened(path) as storage:
        states = Counter()
        for (_kind, state), number in storage.jobs.counts().items():
            states[state] += number
        assert states == {
            JobState.QUEUED: MANY - 4 * EACH,
            JobState.RUNNING: 2 * EACH,
            JobState.DONE: 2 * EACH,
        }
        assert faults(storage) == []


@pytest.mark.parametrize("lines", [1, 7, 30])
def test_the_jobs_of_a_killed_worker_are_done_by_others_once_its_lease_ended(path, lines):
    with opened(path) as storage:
        ids = storage.jobs.enqueue([JobOrder(kind="a", payload=n) for n in range(200)])

    with workers("do_jobs", path, names(2), SHORT_S) as running:
        for _ in range(lines):
            running[0].stdout.readline()
        running[0].kill()
        running[1].wait()

    with opened(path) as storage:
        open_states = frozenset({JobState.QUEUED, JobState.RUNNING})
        while storage.jobs.find(JobFilter(states=open_states), limit=1):
            job = storage.jobs.claim(["a"], "last", 600)
            if job is not None:
                storage.jobs.complete(job.token, job.given)
        ended = {job.id: job for job in storage.jobs.find(limit=1000)}
        assert ended.keys() == {*ids}
        assert {job.state for job in ended.values()} == {JobState.DONE}
        assert [ended[id_].outcome for id_ in ids] == [*range(200)]
        assert sum(job.attempts for job in ended.values()) >= len(ids)
        assert faults(storage) == []
