from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.cancel import CancelToken
from db.errors import WorkCancelledError
from desktop_app.reading.diff import COMPARED, EXACT_LINES, compare
from desktop_app.reading.diff_rows import ADDED, REMOVED, SAME, lay_out

texts = st.lists(
    st.sampled_from(["", "a", "b", "words and more", "\tx", "日本語の文"]), max_size=30
).map("\n".join)


def diff_of(left, right):
    return compare(left, right, CancelToken())


def right_by_changes(diff):
    """Make the right text from the left one and the changes."""
    lines, at = [], 0
    for change in diff.changes:
        lines += diff.left[at : change.left_from]
        lines += diff.right[change.right_from : change.right_to]
        at = change.left_to
    return [*lines, *diff.left[at:]]


@given(texts, texts)
def test_the_changes_make_one_text_into_the_other(left, right):
    diff = diff_of(left, right)
    assert right_by_changes(diff) == right.split("\n")
    assert not diff.is_coarse


def test_a_small_difference_is_the_one_difflib_finds():
    left = ["# Plan", "", "- lex", "- parse", "", "Done."]
    right = ["# Plan", "", "- lex", "- check", "- emit", "", "All done."]
    diff = diff_of("\n".join(left), "\n".join(right))
    expected = [
        codes[1:]
        for codes in SequenceMatcher(None, left, right).get_opcodes()
        if codes[0] != "equal"
    ]
    assert [
        (c.left_from, c.left_to, c.right_from, c.right_to) for c in diff.changes
    ] == expected
    assert (diff.added, diff.removed) == (3, 2)


def test_line_ends_of_another_system_are_no_difference():
    assert diff_of("one\r\ntwo", "one\ntwo").changes == ()


def test_a_long_text_is_compared_by_its_landmarks():
    left = [f"line {n}" for n in range(3 * EXACT_LINES)]
    right = [*left]
    right[100] = "changed"
    right.insert(40_000, "added")
    del right[50_000]
    diff = diff_of("\n".join(left), "\n".join(right))
    assert (diff.added, diff.removed) == (2, 2)
    assert right_by_changes(diff) == right


def test_a_long_text_of_nothing_but_repeats_is_said_to_be_coarse():
    left = ["same", "again"] * 2_000
    right = ["again", "again", "same"] * 2_000
    diff = diff_of("\n".join(left), "\n".join(right))
    assert diff.is_coarse
    assert right_by_changes(diff) == right


def test_what_comes_after_the_limit_is_not_compared_and_that_is_said():
    text = "x" * COMPARED
    diff = diff_of(f"{text}one", f"{text}two")
    assert diff.is_cut
    assert diff.changes == ()


def test_a_comparison_that_was_withdrawn_ends():
    token = CancelToken()
    token.cancel()
    with pytest.raises(WorkCancelledError):
        compare("a", "b", token)


@given(texts, texts, st.integers(2, 12), st.booleans())
def test_the_rows_hold_every_line_of_both_sides_within_their_width(left, right, room, beside):
    rows = lay_out(diff_of(left, right), room, side_by_side=beside).rows
    for side, text in (("left", left), ("right", right)):
        lines = []
        for half in (getattr(row, side) for row in rows):
            if half is None:
                continue
            if half.number:
                assert half.number == len(lines) + 1
                lines.append(half.text)
            else:
                lines[-1] += half.text
            assert len(half.text) <= room
        assert lines == [line.expandtabs(4) for line in text.split("\n")]


@given(texts, texts, st.booleans())
def test_each_difference_begins_at_a_row_that_is_marked(left, right, beside):
    diff = diff_of(left, right)
    found = lay_out(diff, 40, side_by_side=beside)
    assert len(found.starts) == len(diff.changes)
    for start in found.starts:
        row = found.rows[start]
        signs = {half.sign for half in (row.left, row.right) if half is not None}
        assert signs <= {ADDED, REMOVED}
        assert start == 0 or not found.rows[start - 1].is_changed
    assert all(row.is_changed or row.left.sign == SAME for row in found.rows)
