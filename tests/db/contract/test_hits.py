"""A search over every kind: what it finds, how it orders it, where it says it stands."""

import pytest

from db.errors import InvalidQueryError
from db.incoming import IncomingRecord
from db.query import (
    EVERYWHERE,
    KEPT,
    LIVE,
    QUERIES,
    BugQuery,
    LearningQuery,
    MessageQuery,
    Search,
    TaskQuery,
)
from db.query_text import read_query
from db.records import Block, Kind, Place
from db.sqlite import facets, searching, selects
from db.vocabulary import Part, Role
from tests.db.factories import a_task, make_batch, make_task, stage_records


def make(storage, kind, **fields):
    (pk,) = storage.create(kind, fields).changed[kind]
    return storage.fetch(kind, [pk])[0]


def import_messages(storage, *said):
    """Import a conversation with a message for each text or tuple of blocks; return these."""
    staging = storage.stage("Import messages")
    staging.begin_file(name="a.json", path="", format_name="chatgpt", origin="chatgpt:here")
    staging.add_records(
        [IncomingRecord(kind=Kind.CONVERSATION, external_id="c", title="The talk")]
    )
    staging.add_records(
        [
            IncomingRecord(
                kind=Kind.MESSAGE,
                external_id=f"m{number}",
                title=f"Message {number}",
                refs={"conversation": "c"},
                fields={"role": Role.USER, "position": number, "parts": Part.TEXT},
                blocks=(Block(type=Part.TEXT, text=each),) if isinstance(each, str) else each,
            )
            for number, each in enumerate(said)
        ]
    )
    staging.end_file(sha256="", size=0)
    staging.commit()
    return storage.fetch(Kind.MESSAGE, storage.ids(MessageQuery(places=KEPT)))


def snippet_of(hit):
    return "".join(f"[{text}]" if is_match else text for text, is_match in hit.snippet)


def titles(hits):
    return [hit.record.title for hit in hits]


def test_every_kind_is_found_with_where_the_word_stands(storage):
    batch = make_batch(storage, "Sprint", "sees the quokka")
    task = make_task(storage, "Work", batch=batch.id, description="sees the quokka")
    make(storage, Kind.EXECUTION, task=task.id, title="Try", description="sees the quokka")
    make(storage, Kind.STATUS_UPDATE, description="sees the quokka", task=task.id)
    make(storage, Kind.BUG, title="Broken", steps="sees the quokka")
    make(storage, Kind.DESIGN_NOTE, title="Why", consequences="sees the quokka")
    make(storage, Kind.LEARNING, title="Know", description="sees the quokka")
    import_messages(storage, "sees the quokka")
    make(storage, Kind.CONVERSATION, title="Talk", description="sees the quokka")

    for kind, query in QUERIES.items():
        (hit,) = storage.hits(query(text="quokka", places=KEPT), 10)
        assert hit.kind is kind
        assert hit.record.pk
        assert snippet_of(hit) == "sees the [quokka]"


def test_a_path_leads_to_the_record_from_outside(storage):
    batch = make_batch(storage, "Sprint")
    task = make_task(storage, "Work", batch=batch.id)
    make(storage, Kind.EXECUTION, task=task.id, title="Try", description="quokka")
    talk = import_messages(storage, "quokka")[0].conversation_pk
    storage.edit(Kind.CONVERSATION, talk, {"task": task.id}, seen_version=1)

    (run,) = storage.hits(read_query("quokka", QUERIES[Kind.EXECUTION]()), 10)
    (message,) = storage.hits(MessageQuery(text="quokka"), 10)

    assert [title for _, _, title in run.path] == ["Sprint", "Work"]
    assert run.path[0][:2] == (Kind.BATCH, batch.pk)
    assert message.path[-1] == (Kind.CONVERSATION, talk, "The talk")
    assert (Kind.TASK, task.pk, "Work") in message.path


def test_the_path_of_what_belongs_to_a_task_begins_with_the_tasks_batch(storage):
    batch, other = make_batch(storage, "Sprint"), make_batch(storage, "Other")
    task = make_task(storage, "Work", batch=batch.id)
    alone = make_task(storage, "Alone")
    for kind in (Kind.STATUS_UPDATE, Kind.DESIGN_NOTE, Kind.CONVERSATION, Kind.LEARNING):
        for title, home in (
            ("on a task", {"task": task.id}),
            ("in another batch", {"task": task.id, "batch": other.id}),
            ("on a task of none", {"task": alone.id, "batch": other.id}),
            ("in a batch", {"batch": other.id}),
        ):
            make(storage, kind, title=title, description="quokka", **home)

        paths = {
            hit.record.title: [title for _, _, title in hit.path]
            for hit in storage.hits(QUERIES[kind](text="quokka"), 10)
        }
        assert paths == {
            "on a task": ["Sprint", "Work"],
            "in another batch": ["Sprint", "Work"],
            "on a task of none": ["Other", "Alone"],
            "in a batch": ["Other"],
        }
        found = storage.hits(QUERIES[kind](batch_id=batch.id), 10)
        assert {*titles(found)} == {"on a task", "in another batch"}


def test_the_bugs_of_a_batch_are_also_those_linked_with_its_tasks(storage):
    batch = make_batch(storage, "Sprint")
    task = make_task(storage, "Work", batch=batch.id)
    make(storage, Kind.BUG, title="linked", tasks=[task.id])
    make(storage, Kind.BUG, title="named", batch=batch.id)
    make(storage, Kind.BUG, title="neither")

    found = storage.hits(BugQuery(batch_id=batch.id), 10)

    assert {*titles(found)} == {"linked", "named"}


def test_a_match_in_the_title_or_the_name_is_marked_there(storage):
    stage_records(
        storage, [a_task("quokka-7", "Plain", description="text"), a_task("x", "A quokka")]
    ).commit()

    hits = {hit.record.title: hit for hit in storage.hits(TaskQuery(text="quokka"), 10)}

    assert snippet_of(hits["A quokka"]) == "A [quokka]"
    assert snippet_of(hits["Plain"]) == "[quokka]-7"


def test_without_a_word_a_snippet_is_how_the_text_begins(storage):
    make_task(storage, "Work", description="It begins.")

    (hit,) = storage.hits(TaskQuery(), 10)

    assert hit.snippet == (("It begins.", False),)


def test_the_best_comes_first_or_the_newest(storage):
    make_task(storage, "About the quokka", description="a quokka is a quokka")
    make_task(storage, "Other", description=f"one quokka {'and other words ' * 40}")

    query = TaskQuery(text="quokka")

    assert titles(storage.hits(query, 10)) == ["About the quokka", "Other"]
    assert titles(storage.hits(query, 10, best_first=False)) == ["Other", "About the quokka"]


def test_only_the_latest_of_many_matches_are_ranked_and_older_ones_follow(storage, monkeypatch):
    monkeypatch.setattr(searching, "RANKED", 2)
    make_task(storage, "quokka quokka")
    for number in range(3):
        make_task(storage, f"quokka and other words {number}")

    hits = storage.hits(TaskQuery(text="quokka"), 10)

    assert len(hits) == 4
    assert titles(hits)[-1] == "quokka quokka"
    assert len(storage.hits(TaskQuery(text="quokka"), 3)) == 3


def test_what_is_being_imported_takes_no_place_among_the_best(storage, monkeypatch):
    monkeypatch.setattr(searching, "RANKED", 2)
    make_task(storage, "quokka quokka")
    make_task(storage, "a quokka and so many other words")
    staging = stage_records(storage, [a_task(name, "quokka") for name in "abc"])
    staging.index_new()

    hits = storage.hits(TaskQuery(text="quokka"), 10)

    assert titles(hits) == ["quokka quokka", "a quokka and so many other words"]
    staging.discard()


def test_a_filter_that_keeps_few_of_the_best_matches_finds_them_all(storage):
    for number in range(40):
        make_task(storage, f"quokka {'quokka ' * (40 - number)}", tags=["ui"])
        make_task(storage, "one quokka, and few words that say it", tags=["db"])

    hits = storage.hits(read_query("quokka tag:db", TaskQuery()), 3)

    assert titles(hits) == ["one quokka, and few words that say it"] * 3


@pytest.mark.parametrize("best_first", [True, False])
def test_the_parts_of_names_are_found_in_every_field(storage, best_first):
    make_task(storage, "call findBatches")
    make_task(storage, "Other", description="an HTMLParser with parseTree")
    import_messages(storage, "it says findBatches")

    def found(query):
        return [snippet_of(hit) for hit in storage.hits(query, 9, best_first=best_first)]

    assert found(TaskQuery(text="batches")) == ["call find[Batches]"]
    assert found(TaskQuery(text="find_batches")) == ["call [findBatches]"]
    assert found(TaskQuery(text="findbatches")) == ["call [findBatches]"]
    assert found(TaskQuery(text="tree parser")) == ["an HTML[Parser] with parse[Tree]"]
    assert found(TaskQuery(text='"parser parse"')) == []
    assert found(MessageQuery(text="batches")) == ["it says find[Batches]"]
    assert storage.count(TaskQuery(text="batches")) == 1


def test_filters_and_places_hold_for_the_best_too(storage):
    kept = make_task(storage, "quokka", tags=["ui"])
    make_task(storage, "quokka", tags=["db"])
    gone = make_task(storage, "quokka", tags=["ui"])
    storage.move(Kind.TASK, [gone.pk], Place.TRASHED)

    (hit,) = storage.hits(read_query("quokka tag:ui", TaskQuery()), 10)

    assert hit.record.pk == kept.pk


def test_what_is_still_being_imported_is_not_found(storage):
    staging = stage_records(storage, [a_task("a", "quokka")])
    staging.index_new()

    assert storage.hits(TaskQuery(text="quokka"), 10) == ()
    staging.discard()


def test_terms_that_cannot_be_ranked_find_as_ever(storage):
    task = make_task(storage, "quokka")

    for text in ("-absent", "quokka OR -absent", task.id, task.id[:9], "", " "):
        assert [hit.record.pk for hit in storage.hits(TaskQuery(text=text), 10)] == [task.pk]


def test_a_text_with_nothing_to_look_for_finds_nothing(storage):
    make_task(storage, "quokka 🎉")

    for text in ("🎉", "((", "*", "OR", '"', "-(("):
        query = TaskQuery(text=text)
        assert (storage.count(query), len(storage.ids(query)), storage.hits(query, 9)) == (
            0,
            0,
            (),
        )


def test_a_match_far_on_in_a_very_long_text_is_shown_too(storage, monkeypatch):
    monkeypatch.setattr(searching, "LONG_BYTES", 1000)
    make_task(storage, "Early", description=f"the quokka {'é' * 5000}")
    make_task(storage, "Late", description=f"{'words ' * 5000} the Quokka, late {'é' * 500}")
    make_task(storage, "Within others", description=f"{'quokkas aquokka ' * 2000} end")
    make_task(storage, "The quokka", description="words " * 5000)
    import_messages(
        storage,
        f'a "quoted"\nquokka {"words " * 500}',
        f'{"words " * 300_000} a "quoted"\nquokka {"words " * 300}',
    )

    found = {
        hit.record.title: snippet_of(hit) for hit in storage.hits(TaskQuery(text="quokka"), 10)
    }
    said = sorted(snippet_of(hit) for hit in storage.hits(MessageQuery(text="quokka"), 10))

    assert "[quokka]" in found["Early"]
    assert found["Late"].startswith("…words")
    assert "the [Quokka], late é" in found["Late"]
    assert found["The quokka"] == "The [quokka]"
    assert said[0].startswith('a "quoted" [quokka] words')
    assert 'words a "quoted" [quokka] words' in said[1]
    (hit,) = storage.hits(TaskQuery(text='"quokkas aquokka end"'), 10)
    assert "[quokkas aquokka end]" in snippet_of(hit)


def test_a_phrase_far_on_is_shown_though_its_first_word_is_everywhere(storage, monkeypatch):
    monkeypatch.setattr(searching, "LONG_BYTES", 1000)
    items = ", ".join(f'"item {number}"' for number in range(12_000))
    import_messages(storage, items)
    (hit,) = storage.hits(MessageQuery(text='"item 11999"'), 10)
    assert "[item 11999]" in snippet_of(hit)


@pytest.mark.parametrize("filler", ["", '\\"' * 150, '"\\' * 150, "\\" * 301, "é\t" * 150])
@pytest.mark.parametrize("name", ["", "Bash"])
def test_a_snippet_of_a_long_message_is_its_text_sign_for_sign(
    storage, monkeypatch, filler, name
):
    monkeypatch.setattr(searching, "LONG_BYTES", 1000)
    text = f'{filler} {{"id": 1, "name": "quokka", "o": "\\u00f6 C:\\new"}} {filler} {{"n": [9'
    result = Block(type=Part.TOOL_RESULT, text=text, name=name, call_id="c1", is_error=True)
    far = Block(type=Part.TEXT, text="words " * 3000, name=name)
    import_messages(storage, (result, result), (far, result, result))
    for words in ("quokka", "u00f6", "new", '"n 9"'):
        hits = storage.hits(MessageQuery(text=words), 10)
        assert len(hits) == 2
        for hit in hits:
            assert any(is_match for _, is_match in hit.snippet)
            shown = "".join(piece for piece, _ in hit.snippet).strip("…")
            said = f"{far.text} {name} {text} {name} {text} {name}"
            assert " ".join(shown.split()) in " ".join(said.split())


@pytest.mark.parametrize("typed", ["Übung", "übung", "测试", "findBatches", "batches"])
def test_words_of_any_writing_are_found_far_on(storage, monkeypatch, typed):
    monkeypatch.setattr(searching, "LONG_BYTES", 1000)
    far = "words " * 5000
    make_task(storage, "Late", description=f"{far} Übung 测试 findBatches {far}")

    (hit,) = storage.hits(TaskQuery(text=typed), 10)

    assert "[" in snippet_of(hit)


def test_of_very_long_texts_no_more_than_a_bound_is_looked_through(storage, monkeypatch):
    monkeypatch.setattr(searching, "LONG_BYTES", 1000)
    monkeypatch.setattr(searching, "LOOKED_THROUGH_BYTES", 45_000)
    for _ in range(2):
        make_task(storage, "Late", description=f"{'words ' * 5000} quokka")

    hits = storage.hits(TaskQuery(text="quokka"), 10)

    assert sorted("[quokka]" in snippet_of(hit) for hit in hits) == [False, True]


def test_one_search_becomes_a_query_for_each_kind_that_has_what_it_asks_for(storage):
    make_task(storage, "quokka", status="failed")
    make(storage, Kind.LEARNING, title="quokka", confidence=0.9)

    def kinds(typed):
        search = read_query(typed, Search())
        queries = {kind: search.query(kind) for kind in Kind}
        return {kind for kind, query in queries.items() if query and storage.hits(query, 5)}

    assert kinds("quokka") == {Kind.TASK, Kind.LEARNING}
    assert kinds("quokka status:failed") == {Kind.TASK}
    assert kinds("quokka conf:>=0.8") == {Kind.LEARNING}
    assert kinds("quokka in:learnings") == {Kind.LEARNING}
    assert kinds("quokka has:error") == set()


def counted(storage, query, field):
    return {facet.value: facet.count for facet in storage.facets(query, field)}


def test_facets_count_what_a_query_finds(storage):
    make(storage, Kind.LEARNING, title="quokka", category="Tools", tags=["a", "b"])
    make(storage, Kind.LEARNING, title="quokka", category="Tools", review="approved")
    make(storage, Kind.LEARNING, title="other", category="People", tags=["a"])
    found = LearningQuery(text="quokka")

    assert counted(storage, found, "category") == {"Tools": 2}
    assert counted(storage, found, "tag") == {"a": 1, "b": 1}
    assert counted(storage, found, "review") == {"pending": 1, "approved": 1}
    assert counted(storage, LearningQuery(), "category") == {"Tools": 2, "People": 1}
    assert counted(storage, LearningQuery(), "tag") == {"a": 2, "b": 1}
    assert counted(storage, LearningQuery(places=KEPT), "tag") == {"a": 2, "b": 1}
    assert counted(storage, LearningQuery(places=KEPT), "source") == {}
    with pytest.raises(InvalidQueryError):
        storage.facets(LearningQuery(), "status")
    with pytest.raises(InvalidQueryError):
        storage.facets(MessageQuery(), "tag")


def test_facets_of_very_many_say_at_least(storage, monkeypatch):
    monkeypatch.setattr(facets, "COUNTED", 2)
    for _ in range(3):
        make_task(storage, "quokka", kind="bug")

    (facet,) = storage.facets(TaskQuery(text="quokka"), "kind")

    assert (facet.value, facet.count, facet.at_least) == ("bug", 2, True)
    assert storage.facets(TaskQuery(), "kind")[0].at_least is False


def test_facets_at_once_look_at_the_first_records_alone(storage, monkeypatch):
    monkeypatch.setattr(facets, "COUNTED_AT_ONCE", 2)
    for tag in ("oldest", "older", "newest"):
        make_task(storage, "quokka", tags=[tag])

    at_once = storage.facets(TaskQuery(), "tag", at_once=True)

    assert {(facet.value, facet.at_least) for facet in at_once} == {
        ("older", True),
        ("newest", True),
    }
    assert counted(storage, TaskQuery(), "tag") == {"oldest": 1, "older": 1, "newest": 1}


def test_words_that_come_later_are_found_by_the_same_beginning(storage):
    query = TaskQuery(text="quok")
    make_task(storage, "the quokka")
    assert storage.count(query) == len(storage.ids(query)) == 1

    make_task(storage, "all quokkas")
    make_task(storage, "a quoká that is not ASCII")

    assert storage.count(query) == len(storage.ids(query)) == len(storage.hits(query, 9)) == 3


@pytest.mark.parametrize("words", [1, 11, 12, 30])
def test_a_beginning_finds_every_word_it_has_however_many(storage, words):
    for number in range(words):
        make_task(storage, f"quo{'abcdefghijklmnopqrstuvwxyz0123'[number]} here")
    make_task(storage, "qua there")
    for text in ("quo", "quo here", "quo -there", "there OR quo"):
        found = storage.ids(TaskQuery(text=text))
        assert len(found) == words + ("OR" in text)
        assert storage.count(TaskQuery(text=text)) == len(found)


@pytest.mark.parametrize("elsewhere", [0, 1, 5])
@pytest.mark.parametrize("places", [LIVE, KEPT, EVERYWHERE])
def test_many_hits_are_counted_but_for_those_kept_elsewhere(
    storage, monkeypatch, elsewhere, places
):
    monkeypatch.setattr(selects, "FEW_ROWS", 1)
    hits = [make_task(storage, f"quokka {number}").pk for number in range(4)]
    others = [make_task(storage, f"other {number}").pk for number in range(5)]
    storage.move(Kind.TASK, [*hits[:1], *others[:elsewhere]], Place.TRASHED)
    storage.move(Kind.TASK, hits[1:2], Place.ARCHIVED)

    query = TaskQuery(text="quokka", places=places)

    assert storage.count(query) == len(storage.ids(query))
    assert storage.count(query) == {LIVE: 2, KEPT: 3, EVERYWHERE: 4}[places]


@pytest.mark.parametrize("sampled", [2, 8, 5000])
@pytest.mark.parametrize("typed", ["quokka", "quokka tag:db", "quokka -even", "quokka OR even"])
def test_pages_of_many_hits_are_those_of_all_of_them(storage, monkeypatch, typed, sampled):
    monkeypatch.setattr(selects, "FEW_ROWS", 1)
    monkeypatch.setattr(selects, "SAMPLED_ROWS", sampled)
    for number in range(12):
        word = "quokka" if number % 3 else "quokkas even"
        tags = [("ui", "db")[number % 2]]
        make_task(storage, f"{word} {number}", tags=tags if number else [])
    make_task(storage, "none of it", tags=["db"])
    (first, *_) = storage.ids(TaskQuery(text="quokka"))
    storage.move(Kind.TASK, [first], Place.TRASHED)
    for places in (LIVE, KEPT, EVERYWHERE):
        query = read_query(typed, TaskQuery(places=places))
        every = list(storage.ids(query))

        pages = [list(storage.ids(query, 3, at)) for at in range(0, len(every) + 3, 3)]

        assert [pk for page in pages for pk in page] == every
        assert storage.count(query) == len(every) > 0
