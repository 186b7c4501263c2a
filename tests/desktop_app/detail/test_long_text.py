import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.detail.long_text import (
    LONG_LINE,
    PIECE,
    has_long_line,
    markdown_pieces,
    plain_pieces,
    soft_broken,
)


def test_lines_up_to_the_limit_stay_whole():
    text = "x" * LONG_LINE + "\n" + "y"
    assert soft_broken(text) == text
    assert not has_long_line(text)


def test_a_longer_line_is_broken_every_thousand_characters():
    text = "x" * 25_000
    assert has_long_line(text)
    assert [len(line) for line in soft_broken(text).split("\n")] == [1_000] * 25


@given(st.text(), st.integers(1, 40))
def test_plain_pieces_join_to_the_text(text, times):
    whole = text * times
    assert "".join(plain_pieces(whole)) == whole


@given(st.lists(st.integers(0, LONG_LINE + 5), max_size=20))
def test_plain_pieces_end_where_a_line_does(lengths):
    text = "\n".join("x" * length for length in lengths)
    pieces = list(plain_pieces(text))
    assert "".join(pieces) == soft_broken(text)
    assert all(piece.endswith("\n") for piece in pieces[:-1])
    assert all(len(piece) <= LONG_LINE + 1 for piece in pieces)


@given(st.lists(st.sampled_from(["", "words " * 40, "```", "    code", "- item", "# Head"])))
def test_markdown_pieces_leave_out_nothing(lines):
    text = "\n".join(lines * 40)
    joined = "\n".join(markdown_pieces(text))
    assert [line for line in joined.split("\n") if line and line != "```"] == [
        line for line in text.split("\n") if line and line != "```"
    ]


def test_a_piece_ends_between_paragraphs():
    pieces = list(markdown_pieces("A paragraph.\n\n" * 5_000))
    assert len(pieces) > 5
    assert all(len(piece) < 2 * PIECE for piece in pieces)
    assert all(
        re.fullmatch(r"(A paragraph\.\n\n)*(A paragraph\.\n)?\n?", p + "\n") for p in pieces
    )


@pytest.mark.parametrize("mark", ["```", "~~~~"])
def test_a_long_code_block_is_closed_and_opened_again(mark):
    text = f"{mark}python\n" + "x = 1\n\n" * 30_000 + f"{mark}\nAfter"
    pieces = list(markdown_pieces(text))
    assert len(pieces) > 2
    assert all(piece.startswith(f"{mark}python\n") for piece in pieces[:-1])
    assert all(piece.endswith(f"\n{mark}") for piece in pieces[:-1])
    assert pieces[-1].endswith("After")
