"""The sample holds every kind of record, and each of what can go wrong with them."""

import unicodedata

import pytest

from db.query import (
    EVERYWHERE,
    QUERIES,
    BugQuery,
    ConversationQuery,
    DesignNoteQuery,
    ExecutionQuery,
    LearningQuery,
    MessageQuery,
    MessageSort,
    StatusUpdateQuery,
)
from db.records import Kind
from db.storage import open_storage
from db.times import DAY_US, now_us
from db.vocabulary import Part, Review, Role, Severity, Status
from desktop_app.sample.filling import fill_sample


def filled():
    storage = open_storage("memory:")
    fill_sample(storage)
    return storage


@pytest.fixture(scope="module")
def storage():
    storage = filled()
    yield storage
    storage.close()


def all_of(storage, query):
    return storage.fetch(query.kind, storage.ids(query))


def details_of(storage, query):
    return [storage.detail(query.kind, pk) for pk in storage.ids(query)]


def test_it_has_some_of_every_kind(storage):
    counts = {kind: storage.count(query()) for kind, query in QUERIES.items()}

    assert min(counts.values()) >= 5
    assert counts[Kind.EXECUTION] > 500
    assert counts[Kind.MESSAGE] > 300


def test_nothing_of_it_lies_in_the_future_or_very_far_back(storage):
    now = now_us()
    for query in QUERIES.values():
        for record in all_of(storage, query(places=EVERYWHERE)):
            assert now - 62 * DAY_US < record.created_at <= record.updated_at <= now, record


def test_runs_go_through_several_turns_and_steps_and_reviews(storage):
    runs = all_of(storage, ExecutionQuery())
    of_task = {}
    for run in runs:
        of_task.setdefault(run.task_pk, []).append(run)

    assert {run.step for run in runs} == {"plan", "implement", "test", "review"}
    assert {"approved", "needs changes"} <= {run.decision for run in runs}
    assert {run.status for run in runs} >= {Status.SUCCEEDED, Status.FAILED, Status.RUNNING}
    assert max(run.attempt for run in runs) == 2
    assert max(len({run.turn for run in each}) for each in of_task.values()) >= 6
    assert storage.count(ExecutionQuery(stalled=True)) >= 1
    assert all(run.duration > 0 for run in runs if run.completed_at is not None)


def test_one_run_is_longer_than_what_is_rendered_at_once(storage):
    lengths = [run.size for run in all_of(storage, ExecutionQuery())]

    assert max(lengths) > 256 * 1024
    assert sum(length > 10_000 for length in lengths) == 1


def test_conversations_have_blocks_of_every_type_errors_and_sub_agents(storage):
    messages = all_of(storage, MessageQuery())
    parts = Part(0)
    for message in messages:
        parts |= message.parts

    assert parts == Part.TEXT | Part.THINKING | Part.TOOL_CALL | Part.TOOL_RESULT
    assert {message.role for message in messages} == {Role.USER, Role.ASSISTANT, Role.TOOL}
    assert storage.count(ConversationQuery(has_error=True)) >= 3
    assert sum(each.parent_pk is not None for each in all_of(storage, ConversationQuery())) == 1


def test_one_conversation_goes_on_in_two_branches(storage):
    (branched,) = [
        each
        for each in all_of(storage, ConversationQuery())
        if each.title.startswith("A quoted")
    ]
    thread = storage.thread(branched.pk)
    answers = [entry.parent_pk for entry in thread if entry.parent_pk is not None]

    assert len(answers) == len(thread) - 1
    assert len(answers) - len(set(answers)) == 1


def test_every_result_of_a_tool_belongs_to_a_call(storage):
    for conversation in storage.ids(ConversationQuery()):
        pks = [entry.pk for entry in storage.thread(conversation)]
        blocks = [b for message in storage.message_details(pks) for b in message.blocks]
        calls = [block.call_id for block in blocks if block.type is Part.TOOL_CALL]
        results = [block.call_id for block in blocks if block.type is Part.TOOL_RESULT]
        assert calls == results
        assert len(set(calls)) == len(calls)


def test_bugs_are_of_every_severity_and_tell_how_to_see_them(storage):
    bugs = details_of(storage, BugQuery())

    assert {bug.record.severity for bug in bugs} == {*Severity}
    for bug in bugs:
        assert bug.texts["steps"]
        assert bug.texts["proposed_fix"]
        assert bug.related["tasks"]


def test_one_design_note_is_superseded_by_another(storage):
    notes = details_of(storage, DesignNoteQuery())
    superseded = [note for note in notes if note.record.superseded_by_pk is not None]

    assert [note.record.title for note in superseded] == ["Blocks end at a line break"]
    assert all(note.texts["decision"] and note.texts["context"] for note in notes)


def test_learnings_stand_in_every_state_of_review_with_their_evidence(storage):
    learnings = details_of(storage, LearningQuery())

    assert {each.record.review for each in learnings} == {*Review}
    assert storage.count(LearningQuery(reviews=frozenset({Review.PENDING}))) >= 5
    assert len({each.record.category for each in learnings}) >= 5
    assert all(each.related["evidence"] for each in learnings)
    assert all(each.record.tags for each in learnings)


def test_two_learnings_say_nearly_the_same(storage):
    said = [
        set(detail.description.lower().split())
        for detail in details_of(storage, LearningQuery())
    ]
    alike = [
        len(one & other) / len(one | other)
        for number, one in enumerate(said)
        for other in said[:number]
    ]
    assert max(alike) > 0.3


@pytest.mark.parametrize(
    "query", [MessageQuery, BugQuery, LearningQuery, StatusUpdateQuery, ConversationQuery]
)
def test_each_kind_that_people_write_is_in_several_scripts(storage, query):
    titles = [record.title for record in all_of(storage, query())]
    signs = {sign for title in titles for sign in title if sign.isalpha()}
    scripts = {unicodedata.name(sign).partition(" ")[0] for sign in signs}

    assert {"LATIN", "CJK", "ARABIC"} <= scripts


def test_its_records_are_the_same_each_time(storage):
    again = filled()
    try:
        for query in (ExecutionQuery, MessageQuery, LearningQuery):
            told = [
                [
                    (record.title, record.external_id)
                    for record in all_of(each, query(sort="created"))
                ]
                for each in (storage, again)
            ]
            assert told[0] == told[1]
        assert all_texts(again) == all_texts(storage)
    finally:
        again.close()


def all_texts(storage):
    by_time = MessageQuery(sort=MessageSort.CREATED)
    return [
        *(detail.description for detail in details_of(storage, ExecutionQuery())),
        *(message.blocks for message in storage.message_details(storage.ids(by_time))),
    ]
