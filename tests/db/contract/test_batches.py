"""Batches are listed, made and counted as the first of Sheaf's designs asks."""

import pytest

from db.errors import InvalidEditError, InvalidQueryError, RecordNotFoundError
from db.incoming import IncomingBatch
from db.records import Kind, Place
from db.times import DAY_US, now_us
from db.vocabulary import Status
from tests.db.factories import (
    a_task,
    batches_of,
    make_batch,
    make_task,
    stage_records,
)

NOW = now_us()


@pytest.fixture
def listed(storage):
    """Batches b0 to b5, b0 changed last and made first, with one task each."""
    statuses = [
        *(Status.RUNNING, Status.QUEUED, Status.SUCCEEDED),
        Status.FAILED,
        Status.REVIEW,
    ]
    batches = [
        IncomingBatch(
            external_id=f"b{n}",
            title=f"b{n}",
            created_at=NOW - (30 - n) * DAY_US,
            updated_at=NOW - n * 3 * DAY_US - DAY_US // 2,
        )
        for n in range(6)
    ]
    tasks = [a_task(f"t{n}", batch=f"b{n}", status=each) for n, each in enumerate(statuses)]
    stage_records(storage, tasks, batches).commit()
    return storage


def titles(found):
    items, total = found
    return [batch.title for batch in items], total


def test_the_latest_change_comes_first_and_archived_ones_are_left_out(listed):
    listed.move(Kind.BATCH, [batches_of(listed)[0].pk], Place.ARCHIVED)

    assert titles(listed.batches.find_batches()) == (["b1", "b2", "b3", "b4", "b5"], 5)


def test_active_are_running_queued_and_lately_finished_ones(listed):
    find = listed.batches.find_batches

    assert titles(find(status="active", days=7)) == (["b0", "b1", "b2"], 3)
    assert titles(find(status="active", days=10)) == (["b0", "b1", "b2", "b3"], 4)
    assert titles(find(status="active", days=0)) == (["b0", "b1"], 2)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("updated:desc", "b0 b1 b2 b3 b4 b5"),
        ("updated:asc", "b5 b4 b3 b2 b1 b0"),
        ("created:desc", "b5 b4 b3 b2 b1 b0"),
        ("created:asc", "b0 b1 b2 b3 b4 b5"),
        ("created", "b5 b4 b3 b2 b1 b0"),
    ],
)
def test_the_four_sorts(listed, sort, expected):
    assert titles(listed.batches.find_batches(sort=sort)) == (expected.split(), 6)


def test_limit_and_offset_cut_a_page_out_and_leave_the_total(listed):
    find = listed.batches.find_batches

    assert titles(find(limit=2, offset=3)) == (["b3", "b4"], 6)
    assert titles(find(limit=2, offset=5)) == (["b5"], 6)
    assert titles(find(limit=2, offset=6)) == ([], 6)
    assert titles(find(limit=0)) == ([], 6)


def test_archived_no_yes_and_only(listed):
    b0, b1, b2, *_ = batches_of(listed)
    listed.move(Kind.BATCH, [b0.pk, b1.pk], Place.ARCHIVED)
    listed.move(Kind.BATCH, [b2.pk], Place.TRASHED)
    find = listed.batches.find_batches

    assert titles(find(archived="no")) == (["b3", "b4", "b5"], 3)
    assert titles(find(archived="yes")) == (["b0", "b1", "b3", "b4", "b5"], 5)
    assert titles(find(archived="only")) == (["b0", "b1"], 2)


def test_search_matches_title_and_id(listed):
    wanted = batches_of(listed)[3]
    find = listed.batches.find_batches

    assert titles(find(search="b3")) == (["b3"], 1)
    assert titles(find(search="nothing")) == ([], 0)
    assert "b3" in titles(find(search=wanted.id))[0]
    assert titles(find(search=wanted.id)) == (["b3"], 1)


def test_all_filters_hold_at_once_for_the_rows_and_the_total(listed):
    listed.move(Kind.BATCH, [batches_of(listed)[1].pk], Place.ARCHIVED)

    found = listed.batches.find_batches(
        limit=1, status="active", archived="only", days=7, search="b1", sort="created:asc"
    )

    assert titles(found) == (["b1"], 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "busy"},
        {"archived": "maybe"},
        {"sort": "title:asc"},
        {"sort": "updated:down"},
        {"limit": -1},
        {"offset": -1},
    ],
)
def test_a_value_that_is_none_of_those_allowed_is_refused(storage, wrong):
    with pytest.raises(InvalidQueryError):
        storage.batches.find_batches(**wrong)


def test_a_new_batch_is_empty_and_queued(storage):
    batch = make_batch(storage, "  Nightly \n run ", "what it is")

    detail = storage.batches.get(batch.pk)
    assert (batch.title, detail.description) == ("Nightly run", "what it is")
    assert (batch.status, batch.total, batch.version) == (Status.QUEUED, 0, 1)
    assert (batch.place, batch.source, detail.raw) == (Place.LIVE, "", None)
    assert abs(batch.created_at - now_us()) < DAY_US


def test_a_batch_needs_a_title(storage):
    with pytest.raises(InvalidEditError):
        storage.batches.create("  \n")

    assert storage.batches.find_batches() == ((), 0)
    assert storage.history.operations() == ()


def test_a_batch_that_is_not_there_is_not_found(storage):
    with pytest.raises(RecordNotFoundError):
        storage.batches.get(1)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ("", "queued"),
        ("succeeded canceled", "succeeded"),
        ("canceled", "canceled"),
        ("succeeded queued", "queued"),
        ("queued blocked", "blocked"),
        ("blocked review", "review"),
        ("review failed", "failed"),
        ("failed running", "running"),
    ],
)
def test_a_batch_has_the_state_that_most_wants_attention(storage, statuses, expected):
    batch = make_batch(storage)
    for status in statuses.split():
        make_task(storage, batch=batch.id, status=status)

    found = storage.batches.get(batch.pk).record

    assert found.status.word == expected
    assert found.total == len(statuses.split())
    assert found.finished == sum(
        found.counts[status] for status in (Status.SUCCEEDED, Status.FAILED, Status.CANCELED)
    )
