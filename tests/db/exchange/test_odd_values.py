"""Files of every format with values that nobody expects: read or refused, never a crash."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.errors import ExchangeError
from db.exchange.choices import ImportChoices
from db.exchange.exporting import export_formats
from db.exchange.importing import stage_text
from tests.db.exchange import (
    test_agent_dashboard,
    test_beads,
    test_features,
    test_github,
    test_mcp_memory,
    test_ralph,
    test_taskwarrior,
    test_tasky,
    test_trello,
)
from tests.db.exchange.writing import exported
from tests.db.factories import faults, opened

SAMPLES = {
    "agent-dashboard": test_agent_dashboard.EXPORT,
    "beads": test_beads.EVERYTHING,
    "features": test_features.OBJECT,
    "github": test_github.GH,
    "mcp-memory": {"entities": [test_mcp_memory.ENTITY], "relations": []},
    "ralph": test_ralph.TESTED,
    "tasky": test_tasky.DOCUMENT,
    "taskwarrior": test_taskwarrior.ROWS,
    "trello": test_trello.BOARD,
}
ODD = [None, 0, -1, 1.5, True, "", "x", "\ud800", [], {}, [None], [[]], {"a": 1}, [{"id": 1}]]
WRITTEN = {each.name for each in export_formats()}


def places_in(value, place=()):
    """Yield the way to every value inside another."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inside:
        yield (*place, key)
        if isinstance(each, (dict, list)):
            yield from places_in(each, (*place, key))


def changed(value, place, odd):
    """Return a copy of a value with another in one place."""
    copy = json.loads(json.dumps(value))
    at = copy
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = odd
    return copy


def rows_of(text):
    """Return a document, or each of its lines, in one way of writing."""
    try:
        return [json.dumps(json.loads(text))]
    except ValueError:
        return [json.dumps(json.loads(line)) for line in text.splitlines()]


@pytest.mark.parametrize("format_name", SAMPLES)
@settings(max_examples=25)
@given(data=st.data())
def test_an_odd_value_is_read_or_refused_and_comes_back(format_name, data):
    sample = SAMPLES[format_name]
    place = data.draw(st.sampled_from(list(places_in(sample))))
    content = changed(sample, place, data.draw(st.sampled_from(ODD)))
    text = json.dumps(content)
    if format_name == "beads":
        text = "".join(json.dumps(line) + "\n" for line in content)
    with opened() as storage:
        try:
            stage_text(
                storage, text, ImportChoices(format_name=format_name), name="a.json"
            ).commit()
        except ExchangeError:
            return
        assert faults(storage) == []
        exported(storage, "generic")
        if format_name in WRITTEN:
            back = exported(storage, format_name)
            assert sorted(rows_of(back)) == sorted(rows_of(text))
