"""Queries for runs, bugs, messages and the rest find what their own `matches` says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from db.blocks import block_text, encode_blocks
from db.incoming import IncomingBatch
from db.query import EVERYWHERE, QUERIES, Home
from db.records import Block, Kind, Place
from db.sqlite import selects
from db.times import now_us
from db.vocabulary import Part, Review, Role, Severity, Status
from tests.db.contract.test_queries import (
    BREAK,
    NOW,
    SOURCES,
    WAYS,
    _folded,
    moments,
    origins,
    periods,
    places,
    subsets,
    texts,
    typed,
)
from tests.db.factories import a_message, a_record, a_task, opened, records_of

WRITTEN = ["", "plan", "Plan", "review"]
SEARCHED = {
    Kind.BUG: ("steps", "proposed_fix"),
    Kind.DESIGN_NOTE: ("context", "decision", "consequences"),
    Kind.CONVERSATION: ("project",),
    Kind.LEARNING: ("category",),
}
"""What is searched beside the title, the name in its file and the description."""
OTHER_KINDS = [kind for kind in Kind if kind not in {Kind.BATCH, Kind.TASK}]

words = st.sampled_from(WRITTEN)
batch_names = st.sampled_from(["b0", "b1"])
task_names = st.sampled_from(["t0", "t1", "t2"])
maybe_time = st.none() | moments
shares = st.sampled_from([0.0, 0.25, 0.1 + 0.2, 0.5, 1.0])
FIELDS = {
    Kind.EXECUTION: {
        "step": words,
        "decision": words,
        "status": st.sampled_from(Status),
        "started_at": maybe_time,
        "completed_at": maybe_time,
        "lease_until": maybe_time | st.just(NOW + 10**12),
    },
    Kind.STATUS_UPDATE: {"actor": words},
    Kind.BUG: {
        "status": st.sampled_from(Status),
        "severity": st.sampled_from(Severity),
        "steps": texts,
        "proposed_fix": texts,
    },
    Kind.DESIGN_NOTE: {"context": texts, "decision": texts, "consequences": texts},
    Kind.CONVERSATION: {"project": words, "model": words},
    Kind.MESSAGE: {},
    Kind.LEARNING: {
        "category": words,
        "confidence": shares,
        "review": st.sampled_from(Review),
    },
}


@st.composite
def incoming(draw, kind, number):
    shared = {"created_at": draw(moments), "updated_at": draw(moments)}
    name = f"{kind.name.lower()}{number}"
    if kind is Kind.MESSAGE:
        block = Block(
            type=draw(st.sampled_from([Part.TEXT, Part.TOOL_RESULT])),
            text=draw(texts),
            is_error=draw(st.booleans()),
        )
        talk = f"conversation{draw(st.integers(0, 1))}"
        role = draw(st.sampled_from(Role))
        return a_message(name, talk, draw(st.integers(0, 3)), block, role=role, **shared)
    fields = {field: draw(values) for field, values in FIELDS[kind].items()}
    more = {}
    if kind is Kind.EXECUTION:
        more["refs"] = {"task": draw(task_names)}
        fields["turn"] = number
    elif kind is Kind.BUG:
        more["refs"] = {"batch": draw(batch_names)}
        more["tasks"] = tuple(draw(st.lists(task_names, max_size=2, unique=True)))
    else:
        refs = {"batch": draw(st.none() | batch_names), "task": draw(st.none() | task_names)}
        more["refs"] = {field: value for field, value in refs.items() if value}
    if kind is Kind.LEARNING:
        more["tags"] = tuple(draw(subsets(["ui", "db", "docs"])))
    return a_record(
        kind, name, draw(texts), description=draw(texts), fields=fields, **more, **shared
    )


@st.composite
def contents(draw, kind):
    """Some records of a kind with where each is kept, and what they belong to."""
    number = draw(st.integers(0, 9))
    records = [draw(incoming(kind, each)) for each in range(number)]
    return records, draw(origins), draw(st.lists(places, min_size=number, max_size=number))


def filled(storage, kind, content):
    records, origin, kept = content
    staging = storage.stage("Import records")
    staging.begin_file(name="a.json", path="", format_name="generic", origin=origin)
    staging.add_batches([IncomingBatch(external_id=f"b{n}", title=f"B{n}") for n in range(2)])
    staging.add_tasks([a_task(f"t{n}", batch=f"b{n % 2}") for n in range(3)])
    if kind is Kind.MESSAGE:
        staging.add_records(
            [
                a_record(Kind.CONVERSATION, f"conversation{n}", refs=refs)
                for n, refs in enumerate([{"batch": "b0"}, {"task": "t1"}])
            ]
        )
    if records:
        staging.add_records(records)
    staging.end_file(sha256="", size=0)
    outcome = staging.commit()
    for pk, place in zip(outcome.changed.get(kind, ()), kept, strict=True):
        if place is not Place.LIVE:
            storage.move(kind, [pk], place)


LEFT_OUT = {
    "statuses": list(Status),
    "severities": list(Severity),
    "roles": list(Role),
    "reviews": list(Review),
    "tags": ["ui", "db", "no-such"],
    "sources": [*SOURCES, "no-such"],
    **dict.fromkeys(["steps", "decisions", "actors", "projects", "categories"], WRITTEN),
}


def left_out(fields):
    """Values of some fields that are not to be found."""
    known = [(field, value) for field in fields for value in LEFT_OUT.get(field, ())]
    return subsets(known)


FILTERS = {
    "batch_id": st.none() | st.sampled_from(["b0", "b1", "no-such"]),
    "task_id": st.none() | st.sampled_from(["t0", "t1", "t2", "no-such"]),
    "conversation_id": st.none() | st.sampled_from(["conversation0", "conversation1"]),
    "statuses": subsets(list(Status)),
    "severities": subsets(list(Severity)),
    "steps": subsets(WRITTEN),
    "decisions": subsets(WRITTEN),
    "actors": subsets(WRITTEN),
    "projects": subsets(WRITTEN),
    "roles": subsets(list(Role)),
    "categories": subsets(WRITTEN),
    "reviews": subsets(list(Review)),
    "tags": subsets(["ui", "db", "no-such"]),
    "least": st.none() | shares,
    "most": st.none() | shares,
    "stalled": st.booleans(),
    "has_error": st.booleans(),
    "text": typed,
    "places": subsets(list(Place), min_size=1),
    "sources": subsets([*SOURCES, "no-such"]),
    "created": periods,
    "updated": periods,
    "archived": periods,
    "trashed": periods,
    "descending": st.booleans(),
}


@st.composite
def queries(draw, kind):
    """A query that sorts somehow and filters by up to three of what it can filter by."""
    made = QUERIES[kind]
    names = draw(
        st.lists(
            st.sampled_from([n for n in made.__struct_fields__ if n != "sort"]), max_size=3
        )
    )
    sort = draw(st.sampled_from(type(made().sort)))
    filters = FILTERS | {"without": left_out(made.__struct_fields__)}
    values = {name: draw(filters[name]) for name in names}
    return made(**{"places": EVERYWHERE, **values}, sort=sort)


class Tied:
    """What the records of a storage belong to."""

    def __init__(self, storage, kind):
        self.storage = storage
        self.named = {
            (each, record.external_id): record
            for each in (Kind.BATCH, Kind.TASK, Kind.CONVERSATION)
            for record in records_of(storage, each)
        }
        self.by_pk = {(each, record.pk): record for (each, _), record in self.named.items()}
        self.details = {
            record.pk: storage.detail(kind, record.pk) for record in records_of(storage, kind)
        }

    def query(self, query, named_by):
        """Let the homes that a query names by external id be named in another way."""
        change = {}
        for kind in (Kind.BATCH, Kind.TASK, Kind.CONVERSATION):
            field = f"{kind.word}_id"
            if getattr(query, field, None) is not None:
                found = self.named.get((kind, getattr(query, field)))
                change[field] = NAMED_BY[named_by](found) if found else "no-such"
        return replace(query, **change)

    def home(self, record):
        def found(kind, pk):
            return () if pk is None else (self.by_pk[kind, pk],)

        talks = found(Kind.CONVERSATION, getattr(record, "conversation_pk", None))
        on = talks[0] if talks else record
        tasks = found(Kind.TASK, getattr(on, "task_pk", None))
        tasks += tuple(self.details[record.pk].related.get("tasks", ()))
        of_tasks = [each for task in tasks for each in found(Kind.BATCH, task.batch_pk)]
        batches = (*found(Kind.BATCH, getattr(on, "batch_pk", None)), *of_tasks)
        return Home(batches=batches, tasks=tasks, conversations=talks)

    def searchable(self, kind, record):
        detail = self.details[record.pk]
        if kind is Kind.MESSAGE:
            (message,) = self.storage.message_details([record.pk])
            body = [block_text(encode_blocks(message.blocks))]
        else:
            more = [
                detail.texts.get(field, getattr(record, field, ""))
                for field in SEARCHED.get(kind, ())
            ]
            body = [detail.description, *more]
        tags = getattr(record, "tags", ())
        return BREAK.join([record.title, record.external_id or "", *tags, " ".join(body)])


NAMED_BY = {
    "its id": lambda record: record.id,
    "its id in capitals": lambda record: record.id.upper(),
    "six signs of its id": lambda record: record.id[:6],
    "all but one sign of its id": lambda record: record.id[:-1],
    "its name in the file": lambda record: record.external_id,
}
OWN_ORDER = {
    "title": lambda record: (_folded(record.title),),
    "created": lambda record: (record.created_at,),
    "updated": lambda record: (record.updated_at,),
    "position": lambda record: (record.position,),
    "turn": lambda record: (record.turn, record.step, record.attempt),
    "duration": lambda record: (
        record.duration is not None,
        record.duration or 0,
        record.updated_at,
    ),
}


def sort_key(query):
    named = query.sort.value
    own = OWN_ORDER.get(named, lambda record: (getattr(record, named), record.updated_at))
    return lambda record: (*own(record), record.pk)


def assert_found_alike(storage, tied, query, named_by="its id"):
    kind, query = query.kind, tied.query(query, named_by)
    found = [
        record
        for record in records_of(storage, kind)
        if query.matches(record, tied.searchable(kind, record), now_us(), tied.home(record))
    ]
    found.sort(key=sort_key(query), reverse=query.descending)
    wanted = [record.pk for record in found]
    assert list(storage.ids(query)) == wanted
    assert storage.count(query) == len(wanted)
    pages = [list(storage.ids(query, 3, start)) for start in range(0, len(wanted) + 1, 3)]
    assert [pk for page in pages for pk in page] == wanted
    page = storage.find(query, 4, 2)
    assert ([record.pk for record in page.items], page.total) == (wanted[2:6], len(wanted))


@pytest.fixture(scope="module", params=WAYS)
def way(request):
    """How pages are read: as few rows suggest, or as many would make it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WAYS[request.param].items():
            patch.setattr(selects, name, value)
        yield request.param


@pytest.mark.parametrize("kind", OTHER_KINDS, ids=lambda kind: kind.word)
def test_records_of_each_kind_are_found_as_matches_says(way, kind):
    @settings(max_examples=12)
    @given(
        content=contents(kind),
        asked=st.lists(queries(kind), min_size=8, max_size=12),
        named_by=st.sampled_from([*NAMED_BY]),
    )
    def found_alike(content, asked, named_by):
        with opened() as storage:
            filled(storage, kind, content)
            tied = Tied(storage, kind)
            for query in asked:
                assert_found_alike(storage, tied, query, named_by)

    found_alike()


def test_every_filter_of_every_kind_is_tried():
    for kind in OTHER_KINDS:
        fields = {*QUERIES[kind].__struct_fields__} - {"sort"}
        assert fields <= {*FILTERS, "without"}, kind
