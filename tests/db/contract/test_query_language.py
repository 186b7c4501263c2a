"""Whatever a person types, each kind's list is what plain Python says it is."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from db.incoming import IncomingRecord
from db.query import EVERYWHERE, QUERIES, Home, Search
from db.query_text import not_understood, read_query, unknown_names, write_query
from db.records import Block, Kind, MessageDetail, Place
from db.times import now_us
from db.vocabulary import Part, Role
from tests.db.factories import make_batch, make_task, opened

WORDS = ("parser", "Übung", "测试", "find_batches", "lost update", "naïve")
BREAK = "\nzzz\n"


def make(storage, kind, **fields):
    (pk,) = storage.create(kind, fields).changed[kind]
    return storage.fetch(kind, [pk])[0]


def fill(storage):
    """Make records of every kind, each word in some of each, in every place."""
    batches = [make_batch(storage, f"Batch {word}", word) for word in WORDS[:2]]
    tasks = [
        make_task(
            storage,
            f"Task {word}",
            batch=batches[number % 2].id,
            status=("failed", "done", "running")[number % 3],
            kind=("bug", "task")[number % 2],
            priority=number % 5,
            tags=[("ui", "db")[number % 2]],
        )
        for number, word in enumerate(WORDS)
    ]
    for number, word in enumerate(WORDS):
        home = {"batch": batches[number % 2].id, "task": tasks[0].id} if number % 3 else {}
        status = ("failed", "done")[number % 2]
        make(storage, Kind.EXECUTION, task=tasks[number % 2].id, title=f"Run {number}",
             description=word, status=status, step=("plan", "code")[number % 2],
             decision=("", "approved")[number % 2])  # fmt: skip
        make(storage, Kind.STATUS_UPDATE, description=word, actor=f"agent-{number % 2}", **home)
        make(storage, Kind.BUG, title=f"Bug {number}", steps=word, proposed_fix="parser",
             status=status, severity=number % 4, tasks=[tasks[number % 2].id])  # fmt: skip
        make(storage, Kind.DESIGN_NOTE, title=f"Note {number}", decision=word, **home)
        make(storage, Kind.LEARNING, title=f"Learning {word}", category=f"area {number % 2}",
             confidence=number / 5, review=("pending", "approved")[number % 2],
             tags=[("ui", "db")[number % 2]], **home)  # fmt: skip
    _import_talks(storage)
    for kind, query in QUERIES.items():
        pks = list(storage.ids(query()))
        if kind not in {Kind.BATCH, Kind.CONVERSATION}:
            storage.move(kind, pks[:1], Place.ARCHIVED)
            storage.move(kind, pks[1:2], Place.TRASHED)


def _import_talks(storage):
    staging = storage.stage("Import messages")
    staging.begin_file(name="a.json", path="", format_name="chatgpt", origin="chatgpt:here")
    staging.add_records(
        [
            IncomingRecord(
                kind=Kind.CONVERSATION,
                external_id=f"c{number}",
                title=f"Talk {word}",
                fields={"project": f"/home/{number % 2}"},
            )
            for number, word in enumerate(WORDS)
        ]
    )
    staging.add_records(
        [
            IncomingRecord(
                kind=Kind.MESSAGE,
                external_id=f"m{number}",
                title=word,
                refs={"conversation": f"c{number % 3}"},
                fields={
                    "role": Role(number % 4),
                    "position": number,
                    "parts": Part.TEXT,
                    "has_error": number % 2,
                },
                blocks=(Block(type=Part.TEXT, text=word, name="find_batches"),),
            )
            for number, word in enumerate(WORDS)
        ]
    )
    staging.end_file(sha256="", size=0)
    staging.commit()


@pytest.fixture(scope="module")
def filled():
    with opened() as storage:
        fill(storage)
        yield storage, {kind: [*_known(storage, kind)] for kind in Kind}


def _known(storage, kind):
    """Yield each record of a kind with its text and what it belongs to."""
    for record in storage.fetch(kind, storage.ids(QUERIES[kind](places=EVERYWHERE))):
        detail = storage.detail(kind, record.pk)
        body = _body(storage, kind, detail)
        tags = getattr(record, "tags", ())
        text = BREAK.join([record.title, record.external_id or "", *tags, body])
        yield record, text, _home(storage, record, detail)


def _body(storage, kind, detail):
    if kind is Kind.MESSAGE:
        (message,) = storage.message_details([detail.record.pk])
        assert isinstance(message, MessageDetail)
        return " ".join(f"{block.name} {block.text}" for block in message.blocks)
    more = [getattr(detail.record, name, "") for name in ("project", "category")]
    return " ".join([detail.description, *getattr(detail, "texts", {}).values(), *more])


def _home(storage, record, detail):
    def found(of_kind, pk):
        return tuple(storage.fetch(of_kind, [pk])) if pk is not None else ()

    talks = found(Kind.CONVERSATION, getattr(record, "conversation_pk", None))
    on = talks[0] if talks else record
    tasks = found(Kind.TASK, getattr(on, "task_pk", None))
    tasks += tuple(getattr(detail, "related", {}).get("tasks", ()))
    of_tasks = [each for task in tasks for each in found(Kind.BATCH, task.batch_pk)]
    batches = (*found(Kind.BATCH, getattr(on, "batch_pk", None)), *of_tasks)
    return Home(batches=batches, tasks=tasks, conversations=talks)


filters = st.sampled_from(
    "status:failed status:done,running status:sideways stauts:failed kind:bug tag:ui tag:db,x"
    " priority:0 priority:high severity:critical,low role:user role:tool step:plan"
    ' decision:approved actor:agent-1 project:/home/1 category:"area 1" review:approved'
    " conf:>=0.5 conf:<0.5 conf:0.4 conf:7 has:error has:wings stalled:yes active:7d"
    " source:chatgpt is:any is:archived is:trashed updated:<7d created:>1d after:2020-01-01"
    " before:2020-01-01 updated:<999999y created:>999999y archived:<900000w"
    " created:9999-12-31 updated:>0001-01-01 Status:failed IS:Any -status:failed"
    " in:messages in:nowhere batch:abc batch:parser batch:batch task:ubung http://x"
    " -tag:ui -tag:db,x -kind:bug -source:chatgpt -priority:0,1 -severity:low -role:user"
    ' -step:plan -decision:approved -category:"area 1" -review:approved -is:any -in:bugs'
    " conf:>0.4 conf:<0.4 conf:>1 status:stalled is:stalled kind:bugs".replace(
        '"area 1"', '"area_1"'
    ).split()
).map(lambda each: each.replace('"area_1"', '"area 1"'))
words = st.sampled_from(
    ["parser", "pars", "batches", "find_batches", '"lost update"', "-parser", "OR", "ubung",
     "测", "naive", "update", "*", "🎉", "((", '-"lost update"', '"lost upd"*', "u++",
     '"', ":", "status:", "-"]
)  # fmt: skip
signs = st.text("aé测0\"'*:-_()^~+.,<>\\ ", max_size=4)
typed = st.lists(filters | words | signs, max_size=4).map(" ".join)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
@given(text=typed)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_what_is_typed_finds_what_plain_python_finds(filled, kind, text):
    storage, known = filled
    query = read_query(text, QUERIES[kind]())
    now = now_us()

    expected = {
        record.pk
        for record, searchable, home in known[kind]
        if query.matches(record, searchable, now, home)
    }

    assert set(storage.ids(query)) == expected
    assert {hit.record.pk for hit in storage.hits(query, 100)} == expected
    assert len(storage.hits(query, 2)) == min(2, len(expected))
    assert storage.count(query) == len(expected)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_records_are_found_by_what_they_belong_to(filled, kind):
    storage, known = filled
    for name, home_kind in (
        ("batch", Kind.BATCH),
        ("task", Kind.TASK),
        ("conversation", Kind.CONVERSATION),
    ):
        if f"{name}_id" not in QUERIES[kind].__struct_fields__:
            continue
        for home in storage.fetch(
            home_kind, storage.ids(QUERIES[home_kind](places=EVERYWHERE))
        ):
            for called in (
                home.id,
                home.id[:6].upper(),
                home.id[:13],
                home.external_id,
                f'"{home.title}"',
                home.title.split()[-1][:4],
            ):
                if called is None:
                    continue
                query = read_query(f"{name}:{called} is:any", QUERIES[kind]())
                expected = {
                    record.pk for record, _, its_home in known[kind] if its_home.answers(query)
                }
                assert set(storage.ids(query)) == expected
                assert storage.count(query) == len(expected)


@given(text=typed)
def test_a_search_over_everything_is_written_as_it_is_read(text):
    search = read_query(text, Search())

    again = read_query(write_query(search), Search())

    assert again == replace(search, text=again.text)
    assert again.text == search.text


def told(text, base=None):
    """Return the words of a text that something is told of."""
    return tuple(note.words for note in not_understood(text, base or Search()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stauts:failed parser", ("stauts:failed",)),
        ("status:sideways", ("status:sideways",)),
        ("status:failed in:messages conf:>=0.8 has:error", ()),
        ("has:wings in:nowhere", ("has:wings", "in:nowhere")),
        ("http://example.org c:\\x std::vector 10:30 a: b", ()),
        ("step:plan actor:me decision:go project:/p active:7d task:a conversation:b", ()),
        ("Status:failed -status:failed -tag:ui -in:messages", ()),
        ('-updated:"a b" x', ('-updated:"a b"',)),
        ("-has:error -is:any", ("-has:error", "-is:any")),
    ],
)
def test_what_was_not_understood_is_told(text, expected):
    assert told(text) == expected
    assert all(word in read_query(text, Search()).text for word in expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status:failed OR status:queued", ()),
        ("tag:a OR tag:b OR tag:c parser OR test", ()),
        ("tag:wip OR measure", ("tag:wip OR measure",)),
        ("status:failed OR kind:bug", ("status:failed OR kind:bug",)),
        ("-tag:a OR -tag:b", ("-tag:a OR -tag:b",)),
        ("conf:1 OR conf:0", ("conf:1 OR conf:0",)),
        ("status:stalled OR status:failed", ("status:stalled OR status:failed",)),
        ("OR status:failed OR", ()),
    ],
)
def test_an_or_that_cannot_hold_is_told(text, expected):
    assert told(text) == expected


@pytest.mark.parametrize("text", ["*", "(((", '""', "status:failed *"])
def test_a_text_without_a_word_is_told(filled, text):
    storage, _ = filled
    (note,) = not_understood(text, Search())

    assert str(note) == f"“{text.split()[-1]}” has no word to search for; nothing is found."
    assert storage.count(read_query(text, QUERIES[Kind.TASK]())) == 0


@pytest.mark.parametrize("typed", ["OR", "OR OR"])
def test_or_with_nothing_beside_it_is_searched_as_text(storage, typed):
    make_task(storage, "This or that")
    make_task(storage, "Neither")
    assert not_understood(typed, Search()) == ()
    query = read_query(typed, QUERIES[Kind.TASK]())
    (found,) = storage.fetch(Kind.TASK, storage.ids(query))
    assert found.title == "This or that"


@pytest.mark.parametrize("typed", ["tag:ui", "tag:UI", "tag:\N{LATIN SMALL LETTER U}i\u0301"])
def test_a_tag_is_found_whatever_its_case_and_accents(storage, typed):
    for tag in ("ui", "u\u00ed", "U\u00cd", "uis", "db"):
        make_task(storage, tag, tags=(tag,))

    def found(words):
        query = read_query(words, QUERIES[Kind.TASK]())
        return {task.title for task in storage.fetch(Kind.TASK, storage.ids(query))}

    assert found(typed) == {"ui", "u\u00ed", "U\u00cd"}
    assert found(f"-{typed}") == {"uis", "db"}


def test_each_kind_has_filters_of_its_own():
    assert told("step:plan", QUERIES[Kind.EXECUTION]()) == ()
    assert told("step:plan", QUERIES[Kind.TASK]()) == ("step:plan",)


def test_a_search_takes_filters_that_only_some_kinds_have(filled):
    storage, _ = filled

    def searched(typed):
        search = read_query(f"{typed} is:any", Search())
        queries = {kind: search.query(kind) for kind in Kind}
        return {kind for kind, query in queries.items() if query and storage.count(query)}

    (task,) = storage.fetch(Kind.TASK, storage.ids(QUERIES[Kind.TASK](), 1))
    assert searched("step:plan") == {Kind.EXECUTION}
    assert searched("decision:approved") == {Kind.EXECUTION}
    assert searched("actor:agent-1") == {Kind.STATUS_UPDATE}
    assert searched("project:/home/1") == {Kind.CONVERSATION}
    assert searched("active:7d") == {Kind.BATCH}
    assert searched("active:0d") == {Kind.BATCH}
    assert searched("conversation:c1") == {Kind.MESSAGE}
    assert searched("conf:<=0") == {Kind.LEARNING}
    assert searched("kind:learnings") == {Kind.LEARNING}
    assert searched("kind:bug") == {Kind.TASK, Kind.BUG}
    assert searched("kind:tasks") == {Kind.TASK}
    assert searched("-kind:bug -in:tasks,messages") == {*Kind} - {
        Kind.BUG,
        Kind.TASK,
        Kind.MESSAGE,
    }
    assert searched("-status:failed conf:>0") == {Kind.LEARNING}
    assert Kind.TASK not in searched(f"task:{task.id}")


def test_more_than_a_confidence_is_without_that_confidence(filled):
    storage, _ = filled

    def found(typed):
        query = read_query(typed, QUERIES[Kind.LEARNING](places=EVERYWHERE))
        records = storage.fetch(Kind.LEARNING, storage.ids(query))
        return sorted(record.confidence for record in records)

    assert found("conf:>0.8") == [1]
    assert found("conf:>=0.8") == [0.8, 1]
    assert found("conf:<0.2") == [0]
    assert found("conf:<=0.2") == [0, 0.2]
    assert found("conf:>0.2 conf:<0.8") == [0.4, 0.6]
    assert found("conf:0.8") == [0.8]


def test_a_name_of_nothing_is_known_as_such(filled):
    storage, _ = filled

    def unknown(typed):
        notes = unknown_names(read_query(typed, Search()), storage.is_there)
        return [str(note) for note in notes]

    assert unknown('batch:Batch batch:"batch parser"') == []
    assert unknown("batch:sprint") == ["“batch:sprint” names no batch there is."]
    assert unknown("task:01a1") == ["“task:01a1” names no task there is."]
    assert unknown("conversation:talk conversation:c0") == []


@pytest.mark.parametrize(
    "typed",
    [
        "updated:<999999y",
        "created:<999999w",
        "archived:>999999y",
        "trashed:<999999y",
        "priority:" + "9" * 5000,
    ],
)
@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_a_number_of_any_size_is_no_error(filled, kind, typed):
    storage, _ = filled
    query = read_query(typed, QUERIES[kind](places=EVERYWHERE))

    assert storage.count(query) == len(storage.ids(query))
    assert read_query(write_query(query), QUERIES[kind](places=query.places)) == query
    if typed == "updated:<999999y":
        assert storage.count(query) == storage.count(QUERIES[kind](places=EVERYWHERE))
