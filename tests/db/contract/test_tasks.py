"""Tasks are listed and made."""

import pytest

from db.errors import InvalidEditError, InvalidQueryError, RecordNotFoundError
from db.records import Kind, Place
from db.vocabulary import LinkKind, Priority, Status
from tests.db.factories import a_task, make_batch, make_task, stage_records, tasks_of


def titles(found):
    items, total = found
    return [task.title for task in items], total


def test_find_tasks_pages_through_the_tasks_of_a_batch(storage):
    tasks = [a_task(f"t{n}", f"t{n}", batch="b", updated_at=1000 + n) for n in range(5)]
    stage_records(storage, tasks, ["b", "other"]).commit()
    make_task(storage, "elsewhere")
    batch = next(each for each in storage.batches.find_batches()[0] if each.title == "b")
    find = storage.tasks.find_tasks

    assert titles(find(batch.id)) == (["t4", "t3", "t2", "t1", "t0"], 5)
    assert titles(find(batch.id, limit=2, offset=1)) == (["t3", "t2"], 5)
    assert titles(find(limit=1)) == (["elsewhere"], 6)
    assert titles(find("no such batch")) == ([], 0)


def test_find_tasks_by_status_takes_any_tools_word(storage):
    make_task(storage, "a", status=Status.SUCCEEDED)
    make_task(storage, "b", status=Status.RUNNING)

    assert titles(storage.tasks.find_tasks(status="done")) == (["a"], 1)
    assert titles(storage.tasks.find_tasks(status="in-progress")) == (["b"], 1)
    with pytest.raises(InvalidQueryError):
        storage.tasks.find_tasks(status="sideways")


def test_archived_and_trashed_tasks_are_in_no_list_of_live_ones(storage):
    archived, trashed, live = (make_task(storage, title) for title in "atl")
    storage.move(Kind.TASK, [archived.pk], Place.ARCHIVED)
    storage.move(Kind.TASK, [trashed.pk], Place.TRASHED)

    assert titles(storage.tasks.find_tasks()) == (["l"], 1)
    assert storage.tasks.get(live.pk).record.place is Place.LIVE


def test_a_task_is_made_from_any_field_that_can_be_edited(storage):
    batch, parent, other = make_batch(storage), make_task(storage), make_task(storage)

    made = make_task(
        storage,
        "t",
        description="long text",
        status="doing",
        priority="urgent",
        kind="bug",
        tags=["b", " a ", "b", ""],
        batch=batch.id,
        parent=parent.id,
        links=[(other.id, LinkKind.BLOCKS)],
    )

    detail = storage.tasks.get(made.pk)
    assert detail.description == "long text"
    assert (made.status, made.status_word) == (Status.RUNNING, None)
    assert (made.priority, made.kind, made.tags) == (Priority.HIGHEST, "bug", ("a", "b"))
    assert (made.batch_pk, made.batch_title) == (batch.pk, batch.title)
    assert (made.parent_pk, detail.parent.pk) == (parent.pk, parent.pk)
    assert [(link.kind, link.incoming, link.task.pk) for link in detail.links] == [
        (LinkKind.BLOCKS, False, other.pk)
    ]
    seen_from_other = storage.tasks.get(other.pk).links
    assert [(link.incoming, link.task.pk) for link in seen_from_other] == [(True, made.pk)]
    assert [child.pk for child in storage.tasks.get(parent.pk).children] == [made.pk]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, InvalidEditError),
        ({"title": "x" * 10_001}, InvalidEditError),
        ({"title": "x", "status": "sideways"}, InvalidEditError),
        ({"title": "x", "status": 7}, InvalidEditError),
        ({"title": "x", "priority": "sideways"}, InvalidEditError),
        ({"title": "x", "priority": 5}, InvalidEditError),
        ({"title": "x", "kind": " "}, InvalidEditError),
        ({"title": "x", "tags": "a b"}, InvalidEditError),
        ({"title": "x", "links": "a b"}, InvalidEditError),
        ({"title": "x", "links": ["ab"]}, InvalidEditError),
        ({"title": "x", "batch": "nowhere"}, RecordNotFoundError),
        ({"title": "x", "parent": "nowhere"}, RecordNotFoundError),
        ({"title": "x", "links": [("nowhere", 0)]}, RecordNotFoundError),
        ({"title": "x", "colour": "red"}, InvalidEditError),
    ],
)
def test_what_a_task_cannot_be_is_refused_and_leaves_nothing(storage, fields, error):
    with pytest.raises(error) as caught:
        storage.tasks.create(fields)

    assert all((caught.value.what, caught.value.safe, caught.value.advice))
    assert tasks_of(storage) == []
    assert storage.history.operations() == ()


def test_fetch_keeps_the_order_asked_for_and_leaves_out_what_is_gone(storage):
    first, second, third = (make_task(storage, title) for title in "abc")
    storage.purge(Kind.TASK, [second.pk])

    found = storage.fetch(Kind.TASK, [third.pk, second.pk, first.pk, 999])

    assert [task.title for task in found] == ["c", "a"]
    with pytest.raises(RecordNotFoundError):
        storage.tasks.get(second.pk)


def test_signs_that_sqlite_cannot_hold_are_replaced(storage):
    made = make_task(storage, "a\x00b \ud800 c", description="\udc00\x00")

    assert made.title == "a\ufffdb \ufffd c"
    assert storage.tasks.get(made.pk).description == "\ufffd\ufffd"
