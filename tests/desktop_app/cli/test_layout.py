from hypothesis import given
from hypothesis import strategies as st

from desktop_app.cli.answer import Paper
from desktop_app.cli.layout import Column, cut, many_lines, one_line, table, width_of


def test_wide_signs_take_two_columns_and_marks_none():
    assert width_of("abc") == 3
    assert width_of("日本") == 4
    assert width_of("e\u0301") == 1
    assert width_of("🧨") == 2


@given(st.text(), st.integers(1, 40))
def test_what_was_cut_fits(text, width):
    assert width_of(cut(text, width)) <= width


@given(st.text())
def test_one_line_holds_nothing_that_steers_a_terminal(text):
    shown = one_line(text)
    assert shown.isprintable() or not any(sign in shown for sign in "\n\r\033\b\u202e")


def test_a_title_cannot_move_the_cursor_or_colour_the_screen():
    assert one_line("a\x1b[2Jb\nc") == "a\N{REPLACEMENT CHARACTER}[2Jb c"
    assert many_lines("a\tb\r\n\x1b[1mc") == "a    b\n\N{REPLACEMENT CHARACTER}[1mc"


def test_the_last_column_gives_way_and_the_others_stay():
    columns = (Column("ID"), Column("N", right=True), Column("TITLE"))
    rows = [("abc", "7", "a title that is far too long"), ("d", "1200", "短い題名はそのまま")]

    lines = table(columns, rows, Paper(30, colour=False)).splitlines()

    assert lines == [
        "ID      N  TITLE",
        "abc     7  a title that is fa…",
        "d    1200  短い題名はそのまま",
    ]
    assert all(width_of(line) <= 30 for line in lines)


def test_where_titles_would_be_too_short_the_least_columns_go():
    columns = (Column("ID"), Column("KIND", rank=2), Column("AGE", rank=1), Column("TITLE"))
    rows = [("abc", "a long kind of thing", "9 days", "a title that is worth reading")]

    assert "KIND" not in table(columns, rows, Paper(46, colour=False))
    assert "AGE" in table(columns, rows, Paper(46, colour=False))
    assert table(columns, rows, Paper(20, colour=False)).splitlines()[0] == "ID   TITLE"
    assert "KIND" in table(columns, rows, Paper(120, colour=False))


def test_only_the_state_is_coloured_not_a_title_of_the_same_word():
    columns = (Column("STATUS"), Column("TITLE"))

    coloured = table(columns, [("failed", "failed")], Paper(None, colour=True))

    assert coloured.splitlines()[1] == "\033[31mfailed\033[0m  failed"
