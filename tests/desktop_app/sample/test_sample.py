import unicodedata

import pytest

from db.query import EVERYWHERE, BatchQuery, TaskQuery
from db.query_text import read_query
from db.records import Kind, Place
from db.storage import open_storage
from db.times import DAY_US, now_us
from db.vocabulary import Priority, Status
from desktop_app.sample.filling import fill_sample
from tests.db.factories import faults


@pytest.fixture(scope="module")
def storage():
    storage = open_storage("memory:")
    fill_sample(storage)
    yield storage
    storage.close()


@pytest.fixture(scope="module")
def batches(storage):
    return storage.fetch(Kind.BATCH, storage.ids(BatchQuery(places=EVERYWHERE)))


@pytest.fixture(scope="module")
def tasks(storage):
    return storage.fetch(Kind.TASK, storage.ids(TaskQuery(places=EVERYWHERE)))


def test_it_is_large_enough_to_look_around_in(batches, tasks):
    assert 35 <= len(batches) <= 50
    assert 500 <= len(tasks) <= 750


def test_it_has_every_state_and_priority_and_some_of_each_place(batches, tasks):
    assert {task.status for task in tasks} == {*Status}
    assert {task.priority for task in tasks} == {*Priority}
    assert {batch.place for batch in batches} == {*Place}
    assert len({batch.status for batch in batches}) >= 5


def test_it_comes_from_several_tools(batches, tasks):
    assert {batch.source for batch in batches} == {
        "taskmaster",
        "beads",
        "ralph",
        "openai-batch",
        "github",
        "codex",
        "claude-code",
    }
    assert len({task.kind for task in tasks}) >= 6
    assert len({tag for task in tasks for tag in task.tags}) >= 40


def test_it_is_written_in_many_scripts(tasks):
    signs = {sign for task in tasks for sign in task.title if sign.isalpha()}
    scripts = {unicodedata.name(sign).partition(" ")[0] for sign in signs}

    assert {"LATIN", "CJK", "HIRAGANA", "HANGUL", "ARABIC", "HEBREW", "CYRILLIC"} <= scripts
    assert any("😡" in task.title for task in tasks)


def test_it_happened_in_the_last_sixty_days_and_nothing_in_the_future(batches, tasks):
    now = now_us()
    for record in (*batches, *tasks):
        assert now - 60 * DAY_US < record.created_at <= record.updated_at <= now
    assert max(task.updated_at for task in tasks) > now - DAY_US
    assert min(task.updated_at for task in tasks) < now - 30 * DAY_US


def test_it_has_subtasks_links_and_texts_of_all_lengths(storage, tasks):
    details = [storage.tasks.get(task.pk) for task in tasks]
    lengths = [len(detail.description) for detail in details]

    assert sum(detail.parent is not None for detail in details) > 100
    assert sum(bool(detail.links) for detail in details) > 100
    assert max(lengths) > 250_000
    assert sum(15_000 < length < 60_000 for length in lengths) >= 2
    assert max(len(task.title) for task in tasks) > 400


def test_the_original_of_every_task_holds_it(storage, tasks):
    for task in tasks:
        detail = storage.tasks.get(task.pk)
        assert len(detail.raw.encode()) == detail.source_range.length


def test_it_is_the_same_each_time(batches):
    again = open_storage("memory:")
    fill_sample(again)
    told = again.fetch(Kind.BATCH, again.ids(BatchQuery(places=EVERYWHERE)))
    again.close()

    assert [(batch.title, batch.counts) for batch in told] == [
        (batch.title, batch.counts) for batch in batches
    ]


def test_it_passes_every_check(storage):
    assert faults(storage) == []


@pytest.mark.parametrize(
    "searched", ["status:failed parser", "status:failed tag:ui updated:<7d"]
)
def test_the_searches_that_a_newcomer_is_told_to_try_find_something(storage, searched):
    assert storage.count(read_query(searched, TaskQuery())) >= 1
