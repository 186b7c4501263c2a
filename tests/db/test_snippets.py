"""A snippet shows where the terms stand, by the same rules as the search itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.snippets import SEARCHED_CHARS, SNIPPET_CHARS, beginning, marked, snippet
from db.terms import parse_terms

LATE = "filler " * 30_000


def bracketed(pieces):
    return "".join(f"[{text}]" if is_match else text for text, is_match in pieces)


def shown(typed, text):
    return bracketed(snippet(parse_terms(typed), text))


@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ("parser", "The parser fails.", "The [parser] fails."),
        ("pars", "Parsers and PARSING", "[Parsers] and [PARSING]"),
        ("is", "this is his", "this [is] his"),
        ("batches", "call find_batches now", "call find_[batches] now"),
        ("find_batches", "call find_batches now", "call [find_batches] now"),
        ("batches", "call findBatches now", "call find[Batches] now"),
        ("find_batches", "call findBatches now", "call [findBatches] now"),
        ("findbatches", "findBatches, batches", "[findBatches], batches"),
        ("batches", "Une École là: findBatches", "Une École là: find[Batches]"),
        ("parser url", "an HTMLParser.getURL", "an HTML[Parser].get[URL]"),
        ("bat", "xbatBat", "xbat[Bat]"),
        ('"lost update"', "a lost  update, lost", "a [lost update], lost"),
        ("ecole", "Une École là", "Une [École] là"),
        ("école", "ecole", "[ecole]"),
        ("cafe", "the cafe\u0301 is", "the [cafe\u0301] is"),
        ("测试", "这是测试版", "这是[测试]版"),
        ("ΛΟΓΟΣ", "Ένας λόγος, δύο", "Ένας [λόγος], δύο"),
        ("parser -lexer", "parser without a lexer", "[parser] without a lexer"),
        ("lost OR found", "found here", "[found] here"),
        ("absent", "nothing of it", ""),
        ("-absent", "nothing of it", ""),
        ("", "nothing of it", ""),
        ("a(b", "call a(b) c", "call [a(b]) c"),
        ("x", "one\ntwo\t x", "one two [x]"),
    ],
)
def test_the_match_is_marked(typed, text, expected):
    assert shown(typed, text) == expected


def test_a_long_text_is_cut_around_the_match():
    found = shown("needle", f"{LATE}the needle {LATE}")

    assert found.startswith("…")
    assert found.endswith("…")
    assert "the [needle] filler" in found
    assert len(found) < SNIPPET_CHARS + 10


def test_a_match_on_the_edge_of_a_window_is_found_whole():
    for shift in range(20):
        text = "x " * ((1 << 13) - 10) + " " * shift + "lost update"
        assert "[lost update]" in shown('"lost update"', text)


def test_the_stretch_with_most_of_the_terms_is_shown():
    text = f"A lexer. {'filler ' * 60} A lexer and a parser."

    assert "[lexer] and a [parser]" in shown("lexer parser", text)


def test_what_stands_too_far_in_is_not_looked_for():
    assert shown("needle", " " * SEARCHED_CHARS + "x " * 20_000 + "needle") == ""


def test_a_beginning_has_no_mark():
    assert bracketed(beginning("One\n\ntwo")) == "One two"
    assert bracketed(beginning(LATE)).endswith("…")
    assert beginning(" \n") == ()


words = st.sampled_from(
    "parser parse Übung übung naïve 测试 тест a-b x_y été e\u0301te\u0301 10".split()
)
texts = st.lists(words | st.text(max_size=3), max_size=12).map(" ".join)


@given(st.lists(words, min_size=1, max_size=2).map(" OR ".join), texts)
def test_marks_are_where_the_search_finds(typed, text):
    terms = parse_terms(typed)
    pieces = marked(terms, text)

    assert "".join(piece for piece, _ in pieces) == text
    assert any(is_match for _, is_match in pieces) is terms.match(text)
