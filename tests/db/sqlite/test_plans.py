"""Every list is read along an index: nothing is sorted, and no table is read through."""

from itertools import product

import pytest

from db.query import EVERYWHERE, KEPT, LIVE, BatchQuery, BatchSort, TaskQuery, TaskSort
from db.records import Place
from db.sqlite import selects
from db.vocabulary import Priority, Status
from tests.db.factories import make_batch, opened

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
    monkeypatch.setattr(selects._Search, "_keeps_few", lambda _search, _filter: False)


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
    steps = plan_of_page(storage, TaskQuery(**filters))

    assert not any(step.startswith("SCAN task") and "VIRTUAL" not in step for step in steps)


@pytest.mark.parametrize("query", [BatchQuery(), TaskQuery()], ids=name_of)
def test_a_total_reads_an_index_and_not_the_table(storage, query):
    steps = plan(storage, lambda: storage.count(query))

    assert all("INDEX" in step for step in steps), steps
