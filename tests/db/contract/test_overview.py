"""The numbers of the overview are those that counting the lists gives."""

import os
import time
from itertools import pairwise
from random import Random

import pytest

from db.cancel import CancelToken
from db.errors import WorkCancelledError
from db.incoming import IncomingRecord
from db.overview import Picture, last_days
from db.query import KEPT, ExecutionQuery, LearningQuery, Period, TaskQuery
from db.records import Kind, Place
from db.sqlite import overview
from db.times import DAY_US, MICROSECONDS, now_us
from db.vocabulary import Status
from tests.db.factories import a_task, opened, stage_records

DAYS = 30


@pytest.fixture
def storage():
    with opened() as storage:
        yield storage


def a_run(number, task, moment, length):
    return IncomingRecord(
        kind=Kind.EXECUTION,
        external_id=f"run-{number}",
        title=f"Run {number}",
        refs={"task": task},
        fields={
            "turn": number,
            "status": Status.SUCCEEDED,
            "started_at": None if length is None else moment - length,
            "completed_at": None if length is None else moment,
        },
        created_at=moment,
        updated_at=moment,
    )


def add_runs(storage, runs):
    """Import runs of one task: pairs of a time and a length."""
    staging = stage_records(storage, [a_task("t")])
    staging.begin_file(name="r", path="", format_name="generic", origin="generic:here")
    staging.add_records([a_run(number, "t", *run) for number, run in enumerate(runs)])
    staging.end_file(sha256="", size=0)
    staging.commit()


def add_tasks(storage, number=300, days=40):
    """Import tasks of all kinds and states, spread over some days; some of each place."""
    random, now = Random(5), now_us()  # noqa: S311 - made up, not secret
    moments = [now - random.randrange(days * DAY_US) for _ in range(number)]
    stage_records(
        storage,
        [
            a_task(
                str(place),
                status=random.choice([*Status]),
                kind=random.choice(["bug", "task", "機能"]),
                created_at=moment,
                updated_at=moment,
            )
            for place, moment in enumerate(moments)
        ],
    ).commit()
    pks = storage.ids(TaskQuery())
    storage.move(Kind.TASK, pks[:20], Place.ARCHIVED)
    storage.move(Kind.TASK, pks[20:30], Place.TRASHED)


def count(storage, query, day, **fields):
    period = Period(after=day.first, before=day.past)
    return storage.count(query(places=KEPT, updated=period, **fields))


def test_the_outcomes_of_each_day_are_those_its_list_has(storage):
    add_tasks(storage)

    days = storage.overview(DAYS).outcomes

    assert len(days) == DAYS
    assert sum(day.total for day in days) > 50
    for day in days:
        listed = {
            status: count(storage, TaskQuery, day.day, statuses=frozenset({status}))
            for status in (Status.SUCCEEDED, Status.FAILED, Status.CANCELED)
        }
        assert [*listed.values()] == [day.succeeded, day.failed, day.canceled]
        assert day.total == sum(listed.values())


def test_the_failures_of_each_kind_are_those_its_list_has(storage):
    add_tasks(storage)

    found = storage.overview(DAYS).failures

    whole = Period(after=last_days(DAYS, now_us())[0].first)
    assert {each.kind for each in found} == {"bug", "task", "機能"}
    assert [each.rate for each in found] == sorted([each.rate for each in found], reverse=True)
    for each in found:
        for number, status in (
            (each.failed, Status.FAILED),
            (each.succeeded, Status.SUCCEEDED),
        ):
            query = TaskQuery(
                places=KEPT,
                kinds=frozenset({each.kind}),
                statuses=frozenset({status}),
                updated=whole,
            )
            assert number == storage.count(query)


def test_half_of_the_runs_of_a_day_take_no_longer_than_its_p50(storage):
    day = last_days(2, now_us())[0]
    lengths = [*range(1, 101)]
    Random(2).shuffle(lengths)  # noqa: S311 - made up, not secret
    runs = [(day.first + n, length * MICROSECONDS) for n, length in enumerate(lengths)]
    add_runs(storage, [*runs, (day.first + 500, None)])

    before, today = storage.overview(2).durations

    assert (before.p50, before.p95) == (50 * MICROSECONDS, 95 * MICROSECONDS)
    assert before.runs == count(storage, ExecutionQuery, day) == 101
    assert (today.runs, today.p50, today.p95) == (0, None, None)


def test_of_a_day_with_very_many_runs_an_even_sample_is_measured(storage, monkeypatch):
    monkeypatch.setattr(overview, "SAMPLE", 50)
    day = last_days(1, now_us())[0]
    add_runs(storage, [(day.first + n, n * MICROSECONDS) for n in range(1000)])

    (found,) = storage.overview(1).durations

    assert found.runs == 1000
    assert abs(found.p50 - 500 * MICROSECONDS) <= 20 * MICROSECONDS
    assert abs(found.p95 - 950 * MICROSECONDS) <= 20 * MICROSECONDS


def test_learnings_are_counted_by_category_the_largest_first(storage):
    for category in ("tools", "", "tools", "style", "tools", "style"):
        storage.learnings.create({"title": "One", "category": category})
    gone = storage.learnings.create({"title": "Gone", "category": "gone"})
    storage.move(Kind.LEARNING, gone.changed[Kind.LEARNING], Place.TRASHED)

    found = storage.overview(DAYS).categories

    assert [(each.category, each.learnings) for each in found] == [
        ("tools", 3),
        ("style", 2),
        ("", 1),
    ]
    for each in found:
        query = LearningQuery(categories=frozenset({each.category}))
        assert storage.count(query) == each.learnings


def test_what_is_behind_the_curtain_is_not_counted(storage):
    staging = stage_records(storage, [a_task("t", status=Status.FAILED, updated_at=now_us())])

    found = storage.overview(DAYS)

    assert sum(day.total for day in found.outcomes) == 0
    assert found.failures == ()
    staging.discard()


@pytest.mark.parametrize("picture", Picture)
def test_a_picture_can_be_asked_for_alone(storage, picture):
    add_tasks(storage, 10, 5)
    add_runs(storage, [(now_us(), 1)])
    storage.learnings.create({"title": "One", "category": "tools"})

    found = storage.overview(DAYS, None, [picture])

    assert {each for each in Picture if getattr(found, each)} == {picture}


def test_it_can_be_called_off(storage):
    token = CancelToken()
    token.cancel()

    with pytest.raises(WorkCancelledError):
        storage.overview(DAYS, token)


@pytest.fixture
def in_berlin():
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the system has one time zone")
@pytest.mark.usefixtures("in_berlin")
def test_days_begin_at_midnight_also_when_the_clocks_change():
    noon_of_october_26 = 1_761_476_400 * MICROSECONDS

    days = last_days(3, noon_of_october_26)

    hours = [(day.past - day.first) // (3600 * MICROSECONDS) for day in days]
    assert hours == [24, 24, 25]
    assert all(day.past == after.first for day, after in pairwise(days))
    assert days[-1].first < noon_of_october_26 < days[-1].past


def test_every_number_is_read_along_an_index(storage):
    connection, asked = storage._pool._writer, []
    connection.exec_trace = lambda _cursor, sql, params: asked.append((sql, params)) or True
    storage.overview(DAYS)
    connection.exec_trace = None

    tables = ("task", "execution", "learning")
    steps = {
        step
        for sql, params in asked
        if sql.startswith("SELECT")
        for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        if any(f" {table} " in f"{step} " for table in tables)
    }
    assert {step.split()[1] for step in steps} == {*tables}
    for step in steps:
        assert "INDEX" in step, steps
        bound = "place=?" if " learning " in step else "updated_at>? AND updated_at<?"
        assert bound in step, steps
