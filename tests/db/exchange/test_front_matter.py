"""The members at the top of a Markdown file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.exchange.front_matter import front_lines, front_matter, read_members, with_members


def members(text):
    return {key: each.value for key, each in read_members(text.split("\n")).items()}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plain words", "plain words"),
        ("Web: no space:here", "Web: no space:here"),
        ("'it''s: quoted'", "it's: quoted"),
        (r'"a\tb \u00e9 \x41 \ud83d\ude00 \" \/"', 'a\tb é A \U0001f600 " /'),
        ("done   # a remark", "done"),
        ("no#remark", "no#remark"),
        ('"#1" # one', "#1"),
        ("[]", []),
        ("[a, 'b, c', \"d\"]", ["a", "b, c", "d"]),
        ("[a,\n  b]", ["a", "b"]),
        ("\n  - '@one'\n  - two", ["@one", "two"]),
        ("\n- one\n- - odd", ["one", "- odd"]),
        (">-\n  one\n  line\n\n  next", "one line\nnext"),
        ("|\n  one\n    deep\n", "one\n  deep"),
        ("one\n  goes on", "one goes on"),
        ('"one\n  goes \\\n  on"', "one goes on"),
        ("\n  key: inside\n  other: too", "key: inside\nother: too"),
        ("null", ""),
        ("~", ""),
        ("", ""),
        ("@handle", "@handle"),
        ('"never closed', '"never closed'),
        ("[never, closed", ["never", "closed"]),
    ],
)
def test_what_tools_write_is_read_as_it_is_meant(written, meant):
    found = members(f"before: 1\nkey: {written}\nafter: 2")

    assert found == {"before": "1", "key": meant, "after": "2"}


def test_front_matter_stands_between_two_lines_at_the_top():
    text = "---\r\nid: a\r\n---\r\nbody: no\r\n"
    lines = text.split("\n")

    assert front_lines(lines) == 3
    assert {key: each.text for key, each in front_matter(lines).items()} == {"id": "a"}
    assert front_lines("---\nid: a\nnever closed".split("\n")) == 0
    assert front_lines("---\n\nA rule\n\n---".split("\n")) == 0


def test_a_changed_member_leaves_the_others_as_they_are_written():
    lines = ["# remark", "a: 'x'  # why", "b:", "  - 1", "  - 2", "", "c: >-", "  long", "---"]

    changed = with_members(lines, {"b": ["yes", "n: o"], "c": "short", "d": "new"}, 8)

    assert changed == [
        "# remark", "a: 'x'  # why", "b:", '  - "yes"', '  - "n: o"', "", "c: short", "d: new",
        "---",
    ]  # fmt: skip


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUE = TEXT | st.lists(TEXT, max_size=4)


@given(st.dictionaries(st.sampled_from(["a", "b_c", "D", "e-f"]), VALUE))
def test_any_value_that_is_written_is_read_back(values):
    lines = with_members([], values, 0)

    assert members("\n".join(lines)) == values


@given(
    st.lists(st.sampled_from([*"\"'[]{}|>-#:, \n\\", "\n  - ", "\nk: ", "k: ", "é"]).map(str))
)
def test_nothing_that_is_written_is_too_odd_to_be_read(signs):
    read_members("".join(signs).split("\n"))
