"""Every query finds what its own `matches` says, in order, by page and by count."""

from functools import cmp_to_key

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.cancel import CancelToken
from db.errors import InvalidQueryError, WorkCancelledError
from db.incoming import IncomingBatch
from db.query import NO_HOME, BatchQuery, BatchSort, Home, Period, TaskQuery, TaskSort
from db.records import Kind, Place
from db.sqlite import selects
from db.times import DAY_US, now_us
from db.vocabulary import Priority, Status
from tests.db.factories import (
    a_task,
    batches_of,
    make_batch,
    make_task,
    opened,
    stage_records,
    tasks_of,
)

NOW = now_us()
WORDS = (
    "parser parse Übung ubung naïve 测试 试验 тест שלום مرحبا été 🎉 a-b C3 x_y 10"
).split()
BREAK = "\nendofcolumn\n"
SOURCES = ("generic", "taskmaster")

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
moments = st.integers(0, 9).map(lambda days: NOW - days * DAY_US)
places = st.sampled_from([Place.LIVE, Place.LIVE, Place.ARCHIVED, Place.TRASHED])
origins = st.sampled_from([f"{source}:1" for source in SOURCES])


def subsets(values, **limits):
    return st.frozensets(st.sampled_from(values), max_size=3, **limits)


@st.composite
def tasks(draw, number):
    return a_task(
        f"t{number}",
        draw(texts),
        status=draw(st.sampled_from(Status)),
        kind=draw(st.sampled_from(["task", "bug", "Bug"])),
        priority=draw(st.sampled_from(Priority)),
        description=draw(texts),
        tags=tuple(draw(subsets(["ui", "db", "docs"]))),
        created_at=draw(moments),
        updated_at=draw(moments),
        batch=f"b{draw(st.integers(0, 3))}",
    )


@st.composite
def contents(draw):
    """Some batches and tasks with where each is kept, from two sources."""
    batches = [
        IncomingBatch(
            external_id=f"b{number}",
            title=draw(texts),
            created_at=draw(moments),
            updated_at=draw(moments),
        )
        for number in range(3)
    ]
    records = [draw(tasks(number)) for number in range(draw(st.integers(0, 12)))]
    kept = draw(st.lists(places, min_size=3 + len(records), max_size=3 + len(records)))
    return batches, records, draw(origins), kept


def filled(storage, content):
    batches, records, origin, kept = content
    outcome = stage_records(storage, records, batches, origin=origin).commit()
    make_batch(storage, "made here")
    make_task(storage, "made here", tags=["ui"])
    made = [
        *((Kind.BATCH, pk) for pk in outcome.changed[Kind.BATCH]),
        *((Kind.TASK, pk) for pk in outcome.changed.get(Kind.TASK, ())),
    ]
    for (kind, pk), place in reversed([*zip(made, kept, strict=True)]):
        if place is not Place.LIVE:
            storage.move(kind, [pk], place)


days = st.integers(0, 9).map(lambda number: number * DAY_US + DAY_US // 2)
bounds = st.none() | days
moments_between = bounds.map(lambda age: None if age is None else NOW - age)
periods = st.just(Period()) | st.builds(
    Period,
    after=moments_between,
    before=moments_between,
    younger_than=bounds,
    older_than=bounds,
)
typed = st.one_of(
    st.just(""),
    st.sampled_from(["🎉", "((", "*", "-(", "OR", '"']),
    texts,
    st.lists(
        st.sampled_from(
            [*WORDS, "-parser", "OR", '"parse Übung"', "par", "测", "-тест", "t1", "p++", "*"]
        ),
        max_size=4,
    ).map(" ".join),
)
common = {
    "text": typed,
    "places": subsets(list(Place), min_size=1),
    "statuses": subsets(list(Status)),
    "sources": subsets([*SOURCES, "no-such"]),
    "created": periods,
    "updated": periods,
    "archived": periods,
    "descending": st.booleans(),
}
batch_queries = st.builds(
    BatchQuery,
    **common,
    active_days=st.none() | st.integers(0, 9),
    sort=st.sampled_from(BatchSort),
)
task_queries = st.builds(
    TaskQuery,
    **common,
    batch_id=st.none() | st.integers(0, 3).map(str),
    kinds=subsets(["task", "bug", "no-such"]),
    priorities=subsets(list(Priority)),
    tags=subsets(["ui", "db", "no-such"]),
    sort=st.sampled_from(TaskSort),
)


def full_text(storage, record):
    repo = storage.batches if isinstance_batch(record) else storage.tasks
    description = repo.get(record.pk).description
    tags = getattr(record, "tags", ())
    return BREAK.join([record.title, record.external_id or "", *tags, description])


def isinstance_batch(record):
    return hasattr(record, "counts")


def sort_key(query, record):
    own = {
        "title": lambda: _folded(record.title),
        "created": lambda: record.created_at,
        "updated": lambda: record.updated_at,
        "batch": lambda: (
            record.batch_pk is not None,
            _folded(record.batch_title),
            record.batch_pk or 0,
            record.updated_at,
        ),
    }
    if query.sort.value in own:
        return (own[query.sort.value](), record.pk)
    return (getattr(record, query.sort.value), record.updated_at, record.pk)


def _folded(title):
    return "".join(sign.lower() if sign.isascii() else sign for sign in title)


def expected(storage, query):
    records = batches_of(storage) if query.kind is Kind.BATCH else tasks_of(storage)
    homes = {batch.pk: Home(batches=(batch,)) for batch in batches_of(storage)}
    found = [
        record
        for record in records
        if query.matches(
            record,
            full_text(storage, record),
            now_us(),
            homes.get(getattr(record, "batch_pk", None), NO_HOME),
        )
    ]

    def compare(one, other):
        left, right = sort_key(query, one), sort_key(query, other)
        return (left > right) - (left < right)

    found.sort(key=cmp_to_key(compare), reverse=query.descending)
    return [record.pk for record in found]


def named(storage, query):
    """Let a query's batch number name one of the batches there are."""
    if query.kind is Kind.BATCH or query.batch_id is None:
        return query
    ids = [batch.id for batch in reversed(batches_of(storage))]
    fields = {name: getattr(query, name) for name in query.__struct_fields__}
    return TaskQuery(**{**fields, "batch_id": ids[int(query.batch_id)]})


def assert_found_alike(storage, query):
    wanted = expected(storage, query)
    assert list(storage.ids(query)) == wanted
    assert storage.count(query) == len(wanted)
    pages = [list(storage.ids(query, 3, offset)) for offset in range(0, len(wanted) + 1, 3)]
    assert [pk for page in pages for pk in page] == wanted
    page = storage.find(query, 4, 2)
    assert [record.pk for record in page.items] == wanted[2:6]
    assert page.total == len(wanted)


WAYS = {
    "as it comes": {},
    "along the sort index": {"FEW_ROWS": -1},
    "along a stretch of it": {"FEW_ROWS": -1, "STRETCH_ROWS": 2},
    "through all of an index": {"FEW_ROWS": -1, "STRETCH_ROWS": 2, "COUNTED_ROWS": 0},
}


@pytest.fixture(scope="module", params=WAYS)
def way(request):
    """How pages are read: as few rows suggest, or as many would make it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WAYS[request.param].items():
            patch.setattr(selects, name, value)
        yield request.param


@settings(max_examples=25)
@given(content=contents(), queries=st.lists(task_queries, min_size=4, max_size=8))
def test_tasks_are_found_as_matches_says(way, content, queries):
    with opened() as storage:
        filled(storage, content)
        for query in queries:
            assert_found_alike(storage, named(storage, query))


@settings(max_examples=20)
@given(content=contents(), queries=st.lists(batch_queries, min_size=4, max_size=8))
def test_batches_are_found_as_matches_says(way, content, queries):
    with opened() as storage:
        filled(storage, content)
        for query in queries:
            assert_found_alike(storage, query)


@settings(max_examples=100)
@given(text=st.text(max_size=20) | st.text('ab"*-() ^:{}+OR\x00\ud800測', max_size=12))
def test_no_text_that_is_typed_is_an_error(text):
    with opened() as storage:
        make_task(storage, "anything")
        make_batch(storage, "anything")
        for query in (TaskQuery(text=text), BatchQuery(text=text)):
            assert storage.count(query) == len(storage.ids(query))
    assert TaskQuery(text=text).terms is not None


def test_a_negative_limit_or_offset_is_refused(storage):
    with pytest.raises(InvalidQueryError):
        storage.ids(TaskQuery(), -1)
    with pytest.raises(InvalidQueryError):
        storage.find(TaskQuery(), 1, -1)


def test_what_was_called_off_is_not_read(storage):
    token = CancelToken()
    token.cancel()

    for read in (
        lambda: storage.ids(TaskQuery(), token=token),
        lambda: storage.count(TaskQuery(), token),
        lambda: storage.fetch(Kind.TASK, [1], token),
        lambda: storage.find(TaskQuery(), 1, token=token),
        lambda: storage.facets(TaskQuery(), "tag", token),
        lambda: storage.check(token),
        lambda: storage.quick_check(token),
    ):
        with pytest.raises(WorkCancelledError):
            read()


def test_a_running_statement_is_stopped_by_its_token(storage):
    """The token is cancelled by the statement itself, once it runs."""

    class Late(CancelToken):
        looks = 0

        def is_cancelled(self):
            self.looks += 1
            return self.looks > 3 or super().is_cancelled()

    stage_records(storage, [a_task(f"t{n}", "word " * 20) for n in range(3000)]).commit()

    with pytest.raises(WorkCancelledError):
        storage.count(TaskQuery(text="wo* -missing"), Late())
    assert storage.count(TaskQuery(text="word")) == 3000
