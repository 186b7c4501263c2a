import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument

from db.cancel import CancelToken
from db.terms import parse_terms
from desktop_app.detail.long_text import soft_broken
from desktop_app.detail.text_parts import PART, Positions, part_starts
from desktop_app.reading.finding import MOST, find_all, find_terms
from desktop_app.reading.headings import headings_of_source


def found_in(text, typed):
    return find_all(text, typed, CancelToken())


@given(st.text("abAB. \n", max_size=60), st.text("abAB.", min_size=1, max_size=3))
def test_every_place_is_found_whatever_the_letter_case(text, word):
    expected = [m.span() for m in re.finditer(re.escape(word), text, re.IGNORECASE)]
    assert found_in(text, word) == expected


@pytest.mark.parametrize("size", [95_000, 99_999, 100_000, 250_000])
def test_a_place_across_two_steps_is_found_once(size):
    text = ("ab" * size)[:size] + "needle" + "ab" * 60_000 + "needle"
    assert found_in(text, "NEEDLE") == [(size, size + 6), (len(text) - 6, len(text))]


def terms_in(text, typed):
    return [text[slice(*span)] for span in find_terms(text, parse_terms(typed), CancelToken())]


def test_the_words_of_a_search_are_found_as_the_search_finds_them():
    text = "Caf\u00e9 au lait; find_batches, but no au-pair in \u65e5\u672c\u8a9e."
    assert terms_in(text, "cafe batch -pair") == ["Caf\u00e9", "batches"]
    assert terms_in(text, '"au lait"') == ["au lait"]


def test_every_word_of_a_long_text_is_found_once():
    text = "needle in a stack of hay; " * 5_000
    found = find_terms(text, parse_terms("needle"), CancelToken())
    assert found == [(26 * n, 26 * n + 6) for n in range(5_000)]


def test_nothing_is_sought_for_no_words():
    assert found_in("text", "") == []


def test_no_more_than_so_many_places_are_found():
    assert len(found_in("a" * (MOST + 5), "a")) == MOST


@given(st.lists(st.sampled_from(["line", "", "😀 and", "x" * 10_001, "y" * 12_000, "é"])))
def test_positions_are_those_of_the_document_that_shows_the_text(lines):
    text = "\n".join(lines)
    document = QTextDocument()
    document.setPlainText(soft_broken(text))
    positions = Positions(text, is_broken=True)
    for offset in {0, 5, 999, 1000, 1001, 10_000, len(text) // 2, len(text) - 1} & set(
        range(len(text))
    ):
        if text[offset] not in "\n😀":
            assert document.characterAt(positions.of(offset)) == text[offset]


def test_parts_join_to_the_text_and_begin_after_line_ends():
    text = "some words in a line\n" * (3 * PART // 20)
    starts = part_starts(text)
    assert starts[0] == 0
    assert len(starts) == 4
    assert all(text[start - 1] == "\n" for start in starts[1:])
    assert part_starts("x" * (2 * PART)) == [0, PART]


def test_headings_are_read_from_the_source_but_not_from_code():
    source = "# One\ntext\n```\n# no heading\n~~~\n```\n## Two ##\n    # code\n####### seven\n"
    found = headings_of_source(source, CancelToken())
    assert [(h.level, h.words) for h in found] == [(1, "One"), (2, "Two")]
    assert source[found[1].offset :].startswith("## Two")
