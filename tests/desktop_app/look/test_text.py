import time
from datetime import datetime

import pytest

from db.vocabulary import Status
from desktop_app.look import text

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOON = int(datetime(2026, 3, 18, 12, 0).astimezone().timestamp()) * 1_000_000


@pytest.fixture
def berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("passed", "read"),
    [
        (0, "just now"),
        (59_000_000, "just now"),
        (-1_000_000, "just now"),
        (3 * MINUTE, "3 min ago"),
        (HOUR, "1 h ago"),
        (11 * HOUR, "11 h ago"),
        (DAY, "yesterday"),
        (2 * DAY, "2 days ago"),
        (30 * DAY, "30 days ago"),
    ],
)
def test_a_recent_time_reads_as_its_distance(passed, read):
    assert text.relative_time(NOON - passed, NOON) == read


def test_an_old_time_reads_as_its_date():
    assert text.relative_time(NOON - 60 * DAY, NOON) == "17 Jan 2026"


def test_a_time_to_come_reads_as_its_date_and_hour():
    assert text.relative_time(NOON + DAY, NOON) == "19 Mar 2026 12:00"


def test_last_evening_is_hours_ago_while_the_night_is_young():
    midnight = NOON - 12 * HOUR
    assert text.relative_time(midnight - HOUR, midnight + HOUR) == "2 h ago"


def test_a_tooltip_gives_both_clocks_with_their_zones(berlin):
    summer = 1_782_900_311_000_000
    assert text.time_tooltip(summer) == (
        "Wed 1 Jul 2026 12:05:11 CEST (UTC+0200)\n2026-07-01 10:05:11 UTC"
    )


@pytest.mark.parametrize(
    ("size_bytes", "read"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (212_000_000, "212 MB")],
)
def test_sizes_are_decimal_and_short(size_bytes, read):
    assert text.size(size_bytes) == read


@pytest.mark.parametrize(
    ("length", "read"),
    [
        (42_000, "42 ms"),
        (42_000_000, "42 s"),
        (449_000_000, "7 min 29 s"),
        (HOUR, "1 h"),
        (26 * HOUR, "1 d 2 h"),
    ],
)
def test_lengths_of_time_have_two_units_at_most(length, read):
    assert text.duration(length) == read


def test_numbers_have_separators_and_their_noun_agrees():
    assert text.counted(0, "task", "tasks") == "0 tasks"
    assert text.counted(1, "task", "tasks") == "1 task"
    assert text.counted(1204, "task", "tasks") == "1,204 tasks"


def test_counts_are_told_in_words():
    counts = [0] * len(Status)
    counts[Status.SUCCEEDED], counts[Status.QUEUED] = 1204, 1
    assert text.counts_sentence(tuple(counts)) == "1,204 succeeded, 1 queued"
    assert text.counts_sentence((0,) * len(Status)) == "No tasks"


def test_a_tooltip_shows_markup_as_text():
    assert "<img" not in text.plain_tooltip('<img src="file:///x">')
    assert text.plain_tooltip("") == ""


@pytest.mark.parametrize(
    ("written", "is_rtl"),
    [("abc", False), ("مراجعة", True), ("12 עברית", True), ("A مراجعة", False), ("123", False)],
)
def test_direction_is_that_of_the_first_letter(written, is_rtl):
    assert text.reads_right_to_left(written) is is_rtl
