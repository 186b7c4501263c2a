import pytest

from db.records import ThreadEntry
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
