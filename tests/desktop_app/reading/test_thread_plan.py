from hypothesis import given
from hypothesis import strategies as st

from db.records import ThreadEntry
from db.vocabulary import Part, Role
from desktop_app.reading.branches import Tree
from desktop_app.reading.thread_heights import Heights
from desktop_app.reading.thread_plan import EVERYTHING, Plan, Sort, Sorts, Wish, gap_words

SAID = st.tuples(
    st.sampled_from(Role), st.sampled_from([Part.TEXT, Part.THINKING, Part.TOOL_CALL])
)


def plan_of(said, wish):
    entries = [
        ThreadEntry(place + 1, place or None, role, part, False, 0, "")
        for place, (role, part) in enumerate(said)
    ]
    tree, sorts = Tree(entries), Sorts(entries)
    return Plan(tree, sorts, wish), sorts


@given(st.lists(SAID, max_size=30), st.integers(0, EVERYTHING), st.sets(st.integers(1, 30)))
def test_every_message_is_in_one_row_and_alone_unless_it_is_hidden(said, visible, revealed):
    plan, sorts = plan_of(said, Wish(visible=Sort(visible), revealed=frozenset(revealed)))
    found = [place for row in range(len(plan)) for place in plan.places(row)]
    assert found == list(range(len(said)))
    for row in range(len(plan)):
        for place in plan.places(row):
            is_shown = bool(sorts.of[place] & visible) or place + 1 in revealed
            assert plan.row_of(place) == row
            assert bool(plan.gaps[row]) is not is_shown
        assert plan.gaps[row] or len(plan.places(row)) == 1
        assert row == 0 or not (plan.gaps[row] and plan.gaps[row - 1])
    assert len(plan.heights(sorts, {})) == len(plan)


def test_a_row_of_hidden_messages_says_how_many_and_what_they_are():
    said = [(Role.ASSISTANT, Part.TOOL_CALL), (Role.TOOL, Part.TOOL_RESULT)]
    said += [(Role.ASSISTANT, Part.THINKING)]
    plan, sorts = plan_of(said, Wish(visible=Sort.PROMPT))
    assert gap_words(sorts, plan.places(0)) == "3 messages hidden (tools, thinking)"


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=700),
    st.lists(st.tuples(st.integers(0, 699), st.integers(0, 500)), max_size=10),
    st.integers(0, 200_000),
)
def test_heights_agree_with_plain_sums(first, changes, y):
    heights, plain = Heights(first), list(first)
    for row, height in changes:
        heights[row % len(plain)] = plain[row % len(plain)] = height
    assert heights.total == sum(plain)
    row = heights.row_at(y)
    assert heights.top(row) == sum(plain[:row])
    if y < heights.total:
        assert sum(plain[:row]) <= y < sum(plain[: row + 1])
    else:
        assert row == len(plain) - 1
