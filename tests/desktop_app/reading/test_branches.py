import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.exchange.messages import incoming_message
from db.ids import new_id
from db.incoming import IncomingRecord
from db.query import ConversationQuery
from db.records import Block, Kind, ThreadEntry
from db.vocabulary import Part, Role
from desktop_app.reading.branches import Tree


def tree(*answered, results=()):
    """A conversation whose messages answer these, by place, None for nothing."""
    return Tree(
        [
            ThreadEntry(
                place + 1,
                None if parent is None else parent + 1,
                Role.TOOL if place in results else Role.ASSISTANT,
                Part.TOOL_RESULT if place in results else Part.TEXT,
                False,
                0,
                "",
            )
            for place, parent in enumerate(answered)
        ]
    )


@pytest.mark.parametrize(
    ("answered", "results", "path"),
    [
        ((), (), []),
        ((None, 0, 1), (), [0, 1, 2]),
        ((None, None, None), (), [0, 1, 2]),
        ((None, 0, 0), (), [0, 2]),
        ((None, 0, 0, 1), (), [0, 1, 3]),
        ((None, 2, 1), (), [0, 1, 2]),
        ((None, 0, 0, 2), (1, 2), [0, 1, 2, 3]),
        ((None, 0, 0), (1, 2), [0, 1, 2]),
        ((None, 0, None, 2, 2), (), [0, 1, 2, 4]),
    ],
)
def test_the_path_takes_the_newest_branch_and_all_results(answered, results, path):
    assert list(tree(*answered, results=results).path({}).messages) == path


@given(
    st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=40),
    st.integers(1, 12),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_read_first_of_a_conversation_reads_on_in_all_of_it(storage, back, most):
    pk = _store(storage, back)

    start, whole = storage.thread_start(pk, most), storage.thread(pk)

    assert 1 <= len(start) <= most
    assert start == whole[: len(start)]
    read = list(Tree(start).path({}).messages)
    assert list(Tree(whole).path({}).messages)[: len(read)] == read


def test_of_a_conversation_in_one_line_as_much_is_read_first_as_is_wanted(storage):
    pk = _store(storage, [(1, False)] * 30)
    assert len(storage.thread_start(pk, 20)) == 20


def test_around_a_message_its_own_branch_is_read_and_none_that_begins_further_up(storage):
    # After 10 messages in a row two branches take turns: even places and odd ones.
    pk = _store(storage, [(1, False)] * 10 + [(1, False), (2, False)] + [(2, False)] * 40)
    whole = [entry.pk for entry in storage.thread(pk)]

    around = [entry.pk for entry in storage.thread_around(pk, whole[40], 20)]

    assert around == [whole[place] for place in range(30, 50, 2)]
    assert storage.thread_around(pk + 1, whole[40], 20) == ()


def _store(storage, back):
    """Store a conversation whose messages answer the one so far back, some as results."""
    staging = storage.stage("Import talk.jsonl")
    origin = f"test:{new_id()}"
    staging.begin_file(name="t", path="/t", format_name="test", origin=origin)
    staging.add_records([IncomingRecord(kind=Kind.CONVERSATION, external_id="c", title="c")])
    staging.add_records(
        [
            incoming_message(
                str(place),
                conversation="c",
                parent=str(place - steps) if steps <= place else None,
                position=place,
                role=Role.TOOL if is_result else Role.ASSISTANT,
                blocks=[Block(type=Part.TOOL_RESULT if is_result else Part.TEXT, text="x")],
            )
            for place, (steps, is_result) in enumerate(back)
        ]
    )
    staging.end_file(sha256="", size=0)
    staging.commit()
    return max(storage.ids(ConversationQuery()))


def test_a_choice_leads_to_another_branch_and_further_down_to_its_newest():
    found = tree(None, 0, 0, 1, 1, 2)
    assert list(found.path({0: 1}).messages) == [0, 1, 4]
    assert list(found.path({0: 1, 1: 3}).messages) == [0, 1, 3]


@pytest.mark.parametrize("place", range(6))
def test_the_choices_for_a_message_put_it_on_the_path(place):
    found = tree(None, 0, 0, 1, 1, 2)
    assert place in found.path(found.choices_for(place)).messages


def test_results_of_tools_are_no_alternatives():
    found = tree(None, 0, 0, 2, results=(1, 2))
    assert found.alternatives(2) == [2]
    assert tree(None, 0, 0).alternatives(1) == [1, 2]


def test_a_conversation_of_a_hundred_thousand_answers_is_walked_without_recursion():
    number = 100_000
    found = tree(None, *range(number - 1))
    assert len(found.path({}).messages) == number
