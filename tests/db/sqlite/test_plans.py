"""Every list is read along an index: nothing is sorted, and no table is read through."""

from itertools import product

import pytest

from db.incoming import IncomingBatch
from db.query import (
    EVERYWHERE,
    KEPT,
    LIVE,
    QUERIES,
    ExecutionQuery,
    ExecutionSort,
    MessageQuery,
    MessageSort,
    Period,
    TaskQuery,
    TaskSort,
)
from db.records import Kind, Place
from db.sqlite import selects
from db.sqlite.tables import SORT_INDEXES
from db.vocabulary import Priority, Review, Role, Severity, Status
from tests.db.factories import (
    a_task,
    batches_of,
    make_batch,
    named,
    opened,
    records_of,
    stage_everything,
    stage_records,
)

PLACES = {
    "live": LIVE,
    "archived": frozenset({Place.ARCHIVED}),
    "trashed": frozenset({Place.TRASHED}),
    "kept": KEPT,
    "everywhere": EVERYWHERE,
}
INSIDE = {ExecutionSort.TURN, MessageSort.POSITION}
"""The sorts of what belongs to one record; all there is has no such order."""
LISTS = [
    query(places=PLACES[place], sort=sort, descending=descending)
    for query in QUERIES.values()
    for place, sort, descending in product(PLACES, type(query().sort), [True, False])
    if sort not in INSIDE
]

KEPT_BY_ALL = a_task(
    "t",
    "word",
    status=Status.FAILED,
    priority=Priority.HIGHEST,
    kind="bug",
    tags=("ui",),
    batch="b",
)


def plan(storage, ask):
    """Return the steps of the last statement that answers what is asked."""
    connection, asked = storage._pool._writer, []
    connection.exec_trace = lambda _cursor, sql, params: asked.append((sql, params)) or True
    ask()
    connection.exec_trace = None
    sql, params = [each for each in asked if each[0].startswith("SELECT")][-1]
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", params)]


def plan_of_page(storage, query):
    return plan(storage, lambda: storage.ids(query, 100))


@pytest.fixture
def storage():
    with opened() as storage:
        yield storage


@pytest.fixture
def walking(monkeypatch):
    """Read lists as if every filter kept many rows."""
    monkeypatch.setattr(selects, "FEW_ROWS", -1)


def name_of(query):
    return f"{query.kind.word}-{query.sort}-{len(query.places)}-{query.descending}"


def assert_uses_indexes(steps):
    assert not any("TEMP B-TREE" in step for step in steps), steps
    tables = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
    assert tables
    assert all("USING" in step and "INDEX" in step for step in tables), steps


@pytest.mark.parametrize("query", LISTS, ids=name_of)
def test_a_page_without_filters_walks_an_index(storage, query):
    assert_uses_indexes(plan_of_page(storage, query))


@pytest.mark.parametrize("sort", ["updated", "status"])
@pytest.mark.parametrize("descending", [True, False])
def test_a_page_of_one_state_is_in_order_in_its_index(storage, walking, sort, descending):
    query = TaskQuery(
        statuses=frozenset({Status.FAILED}), sort=TaskSort(sort), descending=descending
    )

    assert_uses_indexes(plan_of_page(storage, query))


def test_a_page_of_one_batch_is_in_order_in_its_index(storage, walking):
    query = TaskQuery(batch_id=make_batch(storage).id)

    assert_uses_indexes(plan_of_page(storage, query))


def test_a_page_of_one_batch_and_one_state_is_in_order_in_the_batchs_index(storage, walking):
    query = TaskQuery(batch_id=make_batch(storage).id, statuses=frozenset({Status.FAILED}))

    steps = plan_of_page(storage, query)

    assert_uses_indexes(steps)
    assert any("task_batch" in step for step in steps), steps


def test_when_every_filter_keeps_many_the_index_of_the_last_change_is_read(
    storage, walking, monkeypatch
):
    monkeypatch.setattr(selects, "STRETCH_ROWS", 0)
    monkeypatch.setattr(selects, "COUNTED_ROWS", 0)
    storage.tasks.create({"title": "one"})
    query = TaskQuery(kinds=frozenset({"bug"}), sort=TaskSort.CREATED)

    steps = plan_of_page(storage, query)

    assert any("USING INDEX task_updated" in step for step in steps), steps


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize(
    "filters",
    [
        {"statuses": frozenset({Status.FAILED})},
        {"priorities": frozenset({Priority.HIGHEST})},
        {"kinds": frozenset({"bug"}), "statuses": frozenset({Status.FAILED})},
        {"batch_id": "some"},
        {"places": EVERYWHERE, "tags": frozenset({"ui"})},
    ],
    ids=", ".join,
)
@pytest.mark.parametrize("counted", [0, selects.COUNTED_ROWS])
def test_many_tasks_are_put_in_the_order_of_their_batches_by_walking_along_these(
    storage, walking, monkeypatch, filters, descending, counted
):
    monkeypatch.setattr(selects, "COUNTED_ROWS", counted)
    stage_records(storage, [KEPT_BY_ALL], [IncomingBatch(external_id="b", title="B")]).commit()
    (batch,) = batches_of(storage)
    named = {"batch_id": batch.id} if "batch_id" in filters else filters

    steps = plan_of_page(
        storage, TaskQuery(**named, sort=TaskSort.BATCH, descending=descending)
    )

    assert not any("ORDER BY" in step for step in steps), steps
    assert any("USING INDEX batch_title (place=?)" in step for step in steps), steps
    assert any("USING INDEX task_batch (batch_pk=? AND place=?)" in s for s in steps), steps


def test_indexes_made_anew_are_those_that_the_migrations_make(storage):
    made = dict(
        storage._pool._writer.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
    )

    for name, what in SORT_INDEXES.items():
        found = "".join(made[name].split()).lower()
        assert found == "".join(f"CREATE INDEX {name} ON {what}".split()).lower()


@pytest.mark.parametrize(
    "filters",
    [
        {"statuses": frozenset({Status.FAILED})},
        {"priorities": frozenset({Priority.HIGHEST})},
        {"kinds": frozenset({"bug"})},
        {"tags": frozenset({"ui"})},
        {"sources": frozenset({"generic"})},
        {"batch_id": "some"},
        {"text": "word"},
    ],
    ids=lambda filters: next(iter(filters)),
)
def test_few_rows_are_gathered_by_the_index_of_their_filter(storage, filters):
    stage_records(storage, [KEPT_BY_ALL], [IncomingBatch(external_id="b", title="B")]).commit()
    (batch,) = batches_of(storage)
    named = {"batch_id": batch.id} if "batch_id" in filters else filters

    steps = plan_of_page(storage, TaskQuery(**named, sort=TaskSort.TITLE))

    assert any("TEMP B-TREE FOR ORDER BY" in step for step in steps), steps
    assert not any(step.startswith("SCAN task") and "VIRTUAL" not in step for step in steps)


ONE_VALUE = {
    Kind.EXECUTION: {"statuses": {Status.FAILED}, "steps": {"plan"}, "decisions": {"GO"}},
    Kind.STATUS_UPDATE: {"actors": {"agent"}},
    Kind.BUG: {"statuses": {Status.FAILED}, "severities": {Severity.HIGH}},
    Kind.CONVERSATION: {"projects": {"/p"}, "sources": {"generic"}},
    Kind.MESSAGE: {"roles": {Role.TOOL}},
    Kind.LEARNING: {"categories": {"tests"}, "reviews": {Review.PENDING}},
}
"""A filter of one value that an index of its own begins with."""


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind, fields in ONE_VALUE.items() for field in fields],
    ids=str,
)
@pytest.mark.parametrize("descending", [True, False])
def test_a_page_of_one_value_is_in_order_in_its_index(
    storage, walking, kind, field, descending
):
    value = frozenset(ONE_VALUE[kind][field])

    steps = plan_of_page(storage, QUERIES[kind](**{field: value}, descending=descending))

    assert_uses_indexes(steps)


@pytest.mark.parametrize("descending", [True, False])
def test_the_messages_of_a_conversation_and_the_runs_of_a_task_are_in_order(
    storage, walking, descending
):
    stage_everything(storage).commit()
    conversation = named(storage, Kind.CONVERSATION, "c1")
    task = named(storage, Kind.TASK, "t1")

    for query, index in (
        (MessageQuery(conversation_id=conversation.id, sort=MessageSort.POSITION,
                      descending=descending), "message_conversation"),
        (ExecutionQuery(task_id=task.id, sort=ExecutionSort.TURN, descending=descending),
         "execution_turn"),
    ):  # fmt: skip
        steps = plan_of_page(storage, query)
        assert_uses_indexes(steps)
        assert any(index in step for step in steps), steps


HOMES = {"batch": Kind.BATCH, "task": Kind.TASK, "conversation": Kind.CONVERSATION}
FILTERS = {
    **{field: value for fields in ONE_VALUE.values() for field, value in fields.items()},
    "statuses": {Status.QUEUED, Status.RUNNING},
    "tags": {"b"},
    "least": 0.3,
    "most": 0.4,
    "stalled": True,
    "has_error": True,
    "created": Period(after=1, before=2),
    "updated": Period(after=1, before=2),
    "text": "word",
    **{f"{home}_id": home for home in HOMES},
}
NARROWED = [
    (kind, field)
    for kind, query in QUERIES.items()
    for field in query.__struct_fields__
    if field in FILTERS and kind not in {Kind.BATCH, Kind.TASK}
    # What has no index of its own is judged row by row along the index of the sort.
    if (kind, field) != (Kind.CONVERSATION, "has_error")
    if field != "sources" or kind is Kind.CONVERSATION
]


@pytest.mark.parametrize(("kind", "field"), NARROWED, ids=str)
def test_records_of_other_kinds_are_gathered_by_the_index_of_their_filter(storage, kind, field):
    stage_everything(storage, " word", moment=1).commit()
    value = FILTERS[field]
    if field.removesuffix("_id") in HOMES:
        value = records_of(storage, HOMES[field.removesuffix("_id")])[-1].id
    filters = {field: frozenset(value) if isinstance(value, set) else value}
    made = QUERIES[kind]
    sort = type(made().sort)("updated" if field == "created" else "created")

    steps = plan_of_page(storage, made(**filters, sort=sort))

    assert any("TEMP B-TREE FOR ORDER BY" in step for step in steps), steps
    walked = [step for step in steps if step.startswith("SCAN") and "VIRTUAL" not in step]
    # The names of tags are walked once, as they are compared without accents.
    assert walked == (["SCAN t3"] if field == "tags" else []), steps


BELONGING = {
    Kind.EXECUTION: {"task": "execution_turn"},
    Kind.STATUS_UPDATE: {"batch": "status_update_batch", "task": "status_update_task"},
    Kind.BUG: {"batch": "bug_batch"},
    Kind.DESIGN_NOTE: {"batch": "design_note_batch", "task": "design_note_task"},
    Kind.CONVERSATION: {"batch": "conversation_batch", "task": "conversation_task"},
    Kind.MESSAGE: {"conversation": "message_conversation"},
    Kind.LEARNING: {"batch": "learning_batch", "task": "learning_task"},
}


@pytest.mark.parametrize(
    ("kind", "home"),
    [(kind, home) for kind, homes in BELONGING.items() for home in homes],
    ids=str,
)
@pytest.mark.parametrize("sort", ["updated", "created"])
def test_what_belongs_to_a_record_is_read_by_its_index_and_never_place_by_place(
    storage, kind, home, sort
):
    stage_everything(storage).commit()
    made = QUERIES[kind]
    query = made(
        **{f"{home}_id": records_of(storage, HOMES[home])[-1].id}, sort=type(made().sort)(sort)
    )

    for steps in (plan_of_page(storage, query), plan(storage, lambda: storage.count(query))):
        assert any(f"INDEX {BELONGING[kind][home]} " in step for step in steps), steps
        assert not any("place=?" in step for step in steps), steps


@pytest.mark.parametrize("called", ["id", "beginning", "name in its file"])
@pytest.mark.parametrize(
    ("kind", "index"),
    [
        (Kind.EXECUTION, "execution_turn"),
        (Kind.STATUS_UPDATE, "status_update_task"),
        (Kind.BUG, "bug_task_task"),
        (Kind.DESIGN_NOTE, "design_note_task"),
        (Kind.CONVERSATION, "conversation_task"),
        (Kind.MESSAGE, "conversation_task"),
        (Kind.LEARNING, "learning_task"),
    ],
    ids=str,
)
def test_what_belongs_to_the_tasks_of_a_batch_is_read_by_indexes(storage, kind, index, called):
    stage_everything(storage).commit()
    batch = records_of(storage, Kind.BATCH)[-1]
    names = {"id": batch.id, "beginning": batch.id[:9], "name in its file": batch.external_id}
    query = QUERIES[kind](batch_id=names[called])

    for steps in (plan_of_page(storage, query), plan(storage, lambda: storage.count(query))):
        assert any(f"INDEX {index} " in step for step in steps), steps
        assert any("INDEX task_batch " in step for step in steps), steps
        read_through = [step for step in steps if step.startswith("SCAN")]
        assert all("(subquery" in step or "VIRTUAL" in step for step in read_through), steps


@pytest.mark.parametrize("query", [made() for made in QUERIES.values()], ids=name_of)
def test_a_total_reads_an_index_and_not_the_table(storage, query):
    steps = plan(storage, lambda: storage.count(query))

    assert all("INDEX" in step for step in steps), steps
