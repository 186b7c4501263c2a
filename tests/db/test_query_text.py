"""What a person types into the search box becomes a query, and can be written back."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.query import (
    EVERYWHERE,
    KEPT,
    LIVE,
    BatchQuery,
    ExecutionQuery,
    LearningQuery,
    Period,
    TaskQuery,
)
from db.query_text import not_understood, read_query, write_query
from db.records import Place
from db.times import DAY_US
from db.vocabulary import Priority, Status

HOUR_US = DAY_US // 24


def local(*parts):
    return round(datetime(*parts).astimezone().timestamp() * 1_000_000)


def without(*pairs, text=""):
    return TaskQuery(without=frozenset(pairs), text=text)


def both(*words, text=""):
    return TaskQuery(statuses=frozenset(Status[word.upper()] for word in words), text=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("parser", TaskQuery(text="parser")),
        ("status:failed", TaskQuery(statuses=frozenset({Status.FAILED}))),
        (
            "status:in-progress,todo",
            TaskQuery(statuses=frozenset({*(Status(n) for n in (0, 1))})),
        ),
        (
            "status:failed status:blocked",
            TaskQuery(statuses=frozenset({Status.FAILED, Status.BLOCKED})),
        ),
        ("status:sideways x", TaskQuery(text="status:sideways x")),
        ("status:failed,sideways", TaskQuery(text="status:failed,sideways")),
        ("status:", TaskQuery(text="status:")),
        ("tag:ui tag:db,x", TaskQuery(tags=frozenset({"ui", "db", "x"}))),
        ('kind:"user story" a', TaskQuery(kinds=frozenset({"user story"}), text="a")),
        ("priority:high,0", TaskQuery(priorities=frozenset({Priority.HIGH, Priority.HIGHEST}))),
        ("priority:9", TaskQuery(text="priority:9")),
        ("source:taskmaster", TaskQuery(sources=frozenset({"taskmaster"}))),
        ("batch:abc", TaskQuery(batch_id="abc")),
        ("is:archived", TaskQuery(places=frozenset({Place.ARCHIVED}))),
        ("is:any", TaskQuery(places=EVERYWHERE)),
        ("is:kept", TaskQuery(places=KEPT)),
        ("is:nowhere", TaskQuery(text="is:nowhere")),
        ("updated:<7d", TaskQuery(updated=Period(younger_than=7 * DAY_US))),
        ("created:>2w", TaskQuery(created=Period(older_than=14 * DAY_US))),
        (
            "created:>1h created:<1y",
            TaskQuery(created=Period(older_than=HOUR_US, younger_than=365 * DAY_US)),
        ),
        ("updated:>2026-01-02", TaskQuery(updated=Period(after=local(2026, 1, 2)))),
        (
            "after:2026-01-02 before:2026-01-03",
            TaskQuery(updated=Period(after=local(2026, 1, 2), before=local(2026, 1, 3))),
        ),
        (
            "created:2026-01-02",
            TaskQuery(created=Period(after=local(2026, 1, 2), before=local(2026, 1, 3))),
        ),
        ("updated:soon", TaskQuery(text="updated:soon")),
        ("active:7", TaskQuery(text="active:7")),
        ('"a phrase" -not OR http://x.y', TaskQuery(text='"a phrase" -not OR http://x.y')),
        ("a  b", TaskQuery(text="a  b")),
        ('-"a phrase" x', TaskQuery(text='-"a phrase" x')),
        (
            '"race cond"* tag:ui -"b c"',
            TaskQuery(tags=frozenset({"ui"}), text='"race cond"* -"b c"'),
        ),
        (' a tag:ui "b  c" ', TaskQuery(tags=frozenset({"ui"}), text='a "b  c"')),
        ('"a"tag:ui', TaskQuery(text='"a"tag:ui')),
        ("Status:failed", TaskQuery(statuses=frozenset({Status.FAILED}))),
        ("IS:Archived", TaskQuery(places=frozenset({Place.ARCHIVED}))),
        ("-status:failed", without(("statuses", Status.FAILED))),
        ("-tag:ui,db x", without(("tags", "ui"), ("tags", "db"), text="x")),
        ('-kind:"user story"', without(("kinds", "user story"))),
        (
            "-source:chatgpt -source:codex",
            without(("sources", "chatgpt"), ("sources", "codex")),
        ),
        ("-status:sideways", TaskQuery(text="-status:sideways")),
        ("-updated:<7d", TaskQuery(text="-updated:<7d")),
        ("status:failed OR status:queued", both("failed", "queued")),
        ("status:failed OR status:queued OR x", both("failed", "queued", text="x")),
        ("x OR y status:failed", both("failed", text="x OR y")),
        ("tag:wip OR measure", TaskQuery(tags=frozenset({"wip"}), text="measure")),
        ("measure OR tag:wip OR test", TaskQuery(tags=frozenset({"wip"}), text="measure test")),
        ("OR OR status:failed OR", both("failed")),
        ("OR x OR", TaskQuery(text="x")),
        ("OR", TaskQuery(text="OR")),
        ("updated:<300y", TaskQuery(updated=Period(younger_than=300 * 365 * DAY_US))),
        ("updated:<0001-01-01", TaskQuery(text="updated:<0001-01-01")),
        ("created:9999-12-31", TaskQuery(text="created:9999-12-31")),
    ],
)
def test_filters_are_taken_out_of_the_words(text, expected):
    assert read_query(text, TaskQuery()) == expected


def test_a_batch_has_filters_of_its_own():
    assert read_query("active:7d x", BatchQuery()) == BatchQuery(active_days=7, text="x")
    assert read_query("active:0", BatchQuery()) == BatchQuery(active_days=0)
    assert read_query("active:now tag:x", BatchQuery()).text == "active:now tag:x"


def test_a_query_is_narrowed_from_what_it_was():
    base = TaskQuery(statuses=frozenset({Status.FAILED}), descending=False)

    assert read_query("status:queued word", base) == TaskQuery(
        statuses=frozenset({Status.FAILED, Status.QUEUED}), descending=False, text="word"
    )


@given(st.text(max_size=40) | st.text('status:kind,"<>-0 7dis tag', max_size=30))
def test_there_is_no_wrong_input(text):
    for base in (TaskQuery(), BatchQuery()):
        query = read_query(text, base)
        assert read_query(write_query(query), base).text is not None


names = st.text("abcé_-. ", min_size=1, max_size=8).map(str.strip).filter(bool)
ages = (
    st.none()
    | st.integers(0, 999_999).map(lambda hours: hours * HOUR_US)
    | st.integers(0, 100_000).map(lambda years: years * 365 * DAY_US)
)
moments = st.none() | st.integers(10**12, 4 * 10**15)
periods = st.builds(Period, after=moments, before=moments, younger_than=ages, older_than=ages)
common = {
    "text": st.lists(
        st.sampled_from(["word", '"a phrase"', "-no", "no OR yes"]), max_size=3
    ).map(" ".join),
    "without": st.frozensets(
        st.tuples(st.just("statuses"), st.sampled_from(Status))
        | st.tuples(st.just("sources"), names),
        max_size=2,
    ),
    "places": st.sampled_from([LIVE, KEPT, EVERYWHERE, frozenset({Place.TRASHED})]),
    "statuses": st.frozensets(st.sampled_from(Status)),
    "sources": st.frozensets(names, max_size=2),
    "created": periods,
    "updated": periods,
    "archived": periods,
    "trashed": periods,
}


confidences = st.integers(0, 1_000_000).map(lambda millionths: f"{millionths / 1e6:.6f}")


@given(st.sampled_from(["", "<", "<=", ">", ">="]), confidences | st.sampled_from(["0", "1"]))
def test_a_confidence_is_written_as_it_is_read(sign, bound):
    query = read_query(f"conf:{sign}{bound}", LearningQuery())

    assert query != LearningQuery()
    assert read_query(write_query(query), LearningQuery()) == query


@given(
    st.builds(
        TaskQuery,
        **common,
        priorities=st.frozensets(st.sampled_from(Priority)),
        kinds=st.frozensets(names, max_size=2),
        tags=st.frozensets(names, max_size=2),
        batch_id=st.none() | st.just("0198-abc"),
    )
    | st.builds(BatchQuery, **common, active_days=st.none() | st.integers(0, 99_999))
)
def test_what_is_written_is_read_back_as_the_same_query(query):
    assert read_query(write_query(query), type(query)()) == query


@pytest.mark.parametrize("text", ["status:", "status: parser", "parser category:"])
def test_a_filter_with_nothing_after_it_is_told(text):
    (note,) = not_understood(text, LearningQuery() if "cat" in text else TaskQuery())
    assert "has nothing after it" in str(note)


def test_a_category_that_is_none_is_written_and_read_back():
    query = LearningQuery(categories=frozenset({""}))
    assert write_query(query) == 'category:""'
    assert read_query(write_query(query), LearningQuery()) == query


def test_the_kind_that_is_listed_may_be_named_and_another_is_told():
    assert read_query("in:runs parser", ExecutionQuery()) == ExecutionQuery(text="parser")
    assert not_understood("in:runs parser", ExecutionQuery()) == ()
    assert len(not_understood("in:tasks parser", ExecutionQuery())) == 1
