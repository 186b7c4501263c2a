"""Ids, times, words and names of processes: the small rules that everything stands on."""

import os
import re
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import ids
from db.exchange.fields import (
    first_line,
    json_text,
    names_in,
    read_priority,
    read_status,
    text_of,
)
from db.processes import is_alive, owner_name
from db.terms import MOST_WORDS, parse_terms, words_of
from db.times import parse_time, to_iso
from db.vocabulary import FINISHED, UNFINISHED, Priority, Status, fold_priority, fold_status

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_ids_are_unique_and_sorted_even_from_many_threads():
    made = []
    threads = [
        threading.Thread(target=lambda: made.extend([ids.new_id() for _ in range(3000)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 12_000
    assert all(UUID7.fullmatch(each) for each in made)


def test_ids_go_on_upwards_when_the_clock_is_set_back(monkeypatch):
    first = ids.new_id()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_000_000_000)

    made = [ids.new_id() for _ in range(10_000)]

    assert [first, *made] == sorted([first, *made])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("2026-01-02T03:04:05.123456+01:00", 1_767_319_445_123_456),
        ("2026-01-02 03:04:05", 1_767_323_045_000_000),
        ("20260102T030405Z", 1_767_323_045_000_000),
        ("2026-01-02", 1_767_312_000_000_000),
        (1_767_312_000, 1_767_312_000_000_000),
        (1_767_312_000.5, 1_767_312_000_500_000),
        (1_767_312_000_000, 1_767_312_000_000_000),
        (1_767_312_000_000_000, 1_767_312_000_000_000),
        (1_767_312_000_000_000_000, 1_767_312_000_000_000),
        ("0001-01-01T00:00:00Z", None),
        ("soon", None),
        ("", None),
        (True, None),
        (0, None),
        (-5, None),
        (10**30, None),
        (float("inf"), None),
        (float("nan"), None),
        (None, None),
        ([], None),
    ],
)
def test_a_time_is_read_in_any_of_its_forms(value, expected):
    assert parse_time(value) == expected


@given(st.integers(1, 4_102_444_800_000_000))
def test_a_time_of_this_century_that_is_written_is_read_back(moment):
    assert parse_time(to_iso(moment)) == moment


def test_a_time_is_written_as_short_as_it_can_be():
    assert to_iso(0) == "1970-01-01T00:00:00Z"
    assert to_iso(1_500_000) == "1970-01-01T00:00:01.500000Z"


@pytest.mark.parametrize("status", Status)
def test_every_state_is_its_own_word(status):
    assert fold_status(status.word) is status
    assert fold_status(f" {status.word.upper()} ") is status
    assert (status in FINISHED) is not (status in UNFINISHED)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("In Progress", Status.RUNNING),
        ("in_progress", Status.RUNNING),
        ("won't do", Status.CANCELED),
        ("TODO", Status.QUEUED),
        ("timed out", Status.FAILED),
        ("sideways", None),
        ("", None),
    ],
)
def test_other_words_fold_into_the_states(word, expected):
    assert fold_status(word) is expected


def test_words_of_priority_fold():
    assert fold_priority("P0") is Priority.HIGHEST
    assert fold_priority("Nice to have") is Priority.LOWEST
    assert fold_priority("sideways") is None
    assert all(fold_priority(each.word) is each for each in Priority)


def test_values_of_other_tools_are_read_whatever_type_they_have():
    assert read_status(True) == (Status.SUCCEEDED, None)
    assert read_status(False) == (Status.QUEUED, None)
    assert read_status("weird") == (Status.QUEUED, "weird")
    assert read_status(None) == (Status.QUEUED, None)
    assert read_priority(3) is Priority.LOW
    assert read_priority(99) is Priority.MEDIUM
    assert read_priority("urgent") is Priority.HIGHEST
    assert text_of(["a", "b"]) == "a\nb"
    assert text_of({"a": None}) == '{"a": null}'
    assert text_of("\ud800\x00") == "\ufffd\ufffd"
    assert json_text({"\udfff": "é"}) == '{"\\udfff": "\\u00e9"}'
    assert first_line("\n\n## A title\nmore") == "A title"
    assert len(first_line("x" * 500)) == 200
    assert names_in(["a", {"name": "b"}, {"id": 3}, None, [1]]) == ("a", "b", "3")
    assert names_in("a, b,") == ("a", "b")
    assert names_in(5) == ()


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("pars", "the parser", True),
        ("arser", "the parser", False),
        ('"the pars"', "the parser", False),
        ('"the parser"', "see the parser run", True),
        ("parser -lexer", "parser and lexer", False),
        ("-lexer", "parser", True),
        ("a OR b", "b", True),
        ("cafe", "Café", True),
        ("测试", "一个测试文件", True),
        ("测文", "一个测试文件", False),
        ("*** ((", "anything", False),
        ("🎉", "a 🎉", False),
        ("OR", "or", True),
        ("-((", "anything", False),
        ("", "anything", True),
        ("  ", "anything", True),
        ("c++", "cat", False),
        ("c++", "C++ and cats", True),
        ("c*", "cat", True),
        ("batches", "findBatches", True),
        ("find_batches", "findBatches", True),
        ("findBatches", "findBatches", True),
        ("findBatches", "find the batches", False),
        ("github", "GitHub", True),
        ("parser", "HTMLParser", True),
        ("sum", "sha256Sum", True),
        ("ls", "some URLs", False),
        ('"batches parse"', "findBatches parseTree", False),
        ('"now find"', "findBatches now", False),
        ('-"the parser"', "see the parser run", False),
        ('"the pars"*', "see the parser run", True),
        ('-"the pars"*', "see the parser run", False),
        ("the " * 1000 + "cat", "the cat", True),
        ("the " * 1000 + "cat", "the dog", False),
    ],
)
def test_terms_say_themselves_whether_a_text_is_found(typed, text, found):
    assert parse_terms(typed).match(text) is found


def test_a_term_counts_once_and_of_very_many_words_the_first():
    assert parse_terms("the The thé OR the") == parse_terms("the")
    assert parse_terms("the -the the*").match("the") is False
    many = " ".join(f"word{number}" for number in range(1000))
    assert len(parse_terms(many).alternatives[0]) == MOST_WORDS
    assert len(parse_terms(many.replace(" ", " OR ")).alternatives) == MOST_WORDS
    for typed in (f'one "{many}" more', f"one {many.replace(' ', '-')} more"):
        one, phrase = parse_terms(typed).alternatives[0]
        assert (one.text, phrase.begins) == ("one", False)
        assert words_of(phrase.text) == words_of(many)[: MOST_WORDS - 1]
        assert parse_terms(typed).match(f"one {many}")


def test_words_are_told_apart_as_the_index_does():
    assert words_of("Ünï-cödé x_y 10.5 测试") == [
        "uni",
        "code",
        "x",
        "y",
        "10",
        "5",
        "测",
        "试",
    ]


def test_a_process_knows_whether_another_lives():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    host = owner_name().rpartition(":")[0]

    assert is_alive(owner_name())
    assert is_alive(f"{host}:{child.pid}")
    child.communicate(b"\n")

    assert not is_alive(f"{host}:{child.pid}")
    assert is_alive("another-machine:1"), "nobody here can know"
    assert owner_name().endswith(f":{os.getpid()}")
