"""Every list is read along an index: nothing is sorted, and no table is read through."""

from itertools import product

import pytest

from db.ports import IncomingBatch
from db.query import EVERYWHERE, KEPT, LIVE, BatchQuery, BatchSort, TaskQuery, TaskSort
from db.records import Place
from db.sqlite import selects
from db.sqlite.tables import SORT_INDEXES
from db.vocabulary import Priority, Status
from tests.db.factories import a_task, batches_of, make_batch, opened, stage_records

PLACES = {
    "live": LIVE,
    "archived": frozenset({Place.ARCHIVED}),
    "trashed": frozenset({Place.TRASHED}),
    "kept": KEPT,
    "everywhere": EVERYWHERE,
}
QUERIES = [
    query(places=PLACES[place], sort=sort, descending=descending)
    for query, sorts in ((BatchQuery, BatchSort), (TaskQuery, TaskSort))
    for place, sort, descending in product(PLACES, sorts, [True, False])
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


@pytest.mark.parametrize("query", QUERIES, ids=name_of)
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


@pytest.mark.parametrize("query", [BatchQuery(), TaskQuery()], ids=name_of)
def test_a_total_reads_an_index_and_not_the_table(storage, query):
    steps = plan(storage, lambda: storage.count(query))

    assert all("INDEX" in step for step in steps), steps
