"""Conversations and trajectories in which anything may be of any type, or missing."""

import copy
import io
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.errors import ExchangeError
from db.exchange.asking import origin_by
from db.exchange.choices import ImportChoices
from db.exchange.document import Document
from db.exchange.formats.base import formats
from db.exchange.importing import recognise, stage_text
from tests.db.exchange import (
    test_chatgpt,
    test_claude_ai,
    test_claude_code,
    test_codex,
    test_gemini,
    test_plans,
    test_swe_agent,
)
from tests.db.factories import faults, opened

CLAUDE_CODE = [
    test_claude_code.PROMPT,
    test_plans.written(100, test_plans.FIRST),
    *test_claude_code.TURN[1:],
    *test_claude_code.side(test_claude_code.CHILD),
]
SAMPLES = {
    "claude-code": [CLAUDE_CODE],
    "codex": [[*test_codex.TURN, test_codex.plan(("Look", "pending"))], test_codex.STREAM],
    "gemini": [[test_gemini.HEAD, *test_gemini.TALK, {"$rewindTo": "m1"}]],
    "chatgpt": [[test_chatgpt.conversation(test_chatgpt.TALK)]],
    "claude-ai": [
        [test_claude_ai.conversation(test_claude_ai.TALK)],
        [test_claude_ai.PROJECT],
        test_claude_ai.MEMORIES,
    ],
    "swe-agent": [test_swe_agent.TRAJECTORY, test_swe_agent.MINI],
    "swe-preds": [test_swe_agent.PREDICTIONS],
}
OF_LINES = {"claude-code", "codex", "gemini"}
ODD = [None, True, 0, -1, 1.5, 10**30, "", "x", "\ud800", "2026", [], {}, [None], ["a", 5],
       [[]], {"a": None}, {"type": "text"}, {"id": 5}]  # fmt: skip


def places(value, before=()):
    """Yield the way to each value inside another."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inside:
        yield (*before, key)
        if isinstance(each, dict | list):
            yield from places(each, (*before, key))


@st.composite
def damaged(draw, samples):
    """Return a sample in which some values are odd, and some are gone."""
    content = copy.deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(places(content)) or [(0,)]))
        inner = content
        for key in way:
            inner = inner[key]
        if inner and draw(st.booleans()):
            del inner[last]
        elif inner:
            inner[last] = copy.deepcopy(draw(st.sampled_from(ODD)))
    return content


def document_of(text):
    return Document(io.BytesIO(text.encode("utf-8")), name="odd.json")


def text_of(name, content):
    if name in OF_LINES:
        return "".join(json.dumps(line) + "\n" for line in content)
    return json.dumps(content)


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
@settings(max_examples=40)
def test_odd_values_are_recognised_and_read_or_refused(name, data):
    text = text_of(name, data.draw(damaged(SAMPLES[name])))
    try:
        found = recognise(document_of(text), None, {})
    except ExchangeError:
        return
    with suppress(ExchangeError):
        list(found.read(document_of(text)))


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
@settings(max_examples=6)
def test_odd_values_are_imported_and_come_again_as_they_were(name, data):
    text, newer = (text_of(name, data.draw(damaged(SAMPLES[name]))) for _ in range(2))
    with opened() as storage:
        with suppress(ExchangeError):
            stage_text(storage, text, ImportChoices(format_name=name)).commit()
            again = stage_text(storage, text, ImportChoices(format_name=name))
            if origin_by(formats()[name], document_of(text).sample):
                assert again.report.effective == 0
            again.discard()
        with suppress(ExchangeError):
            stage_text(storage, newer, ImportChoices(format_name=name)).commit()
        assert faults(storage) == []


def test_a_type_may_be_a_list(storage):
    text = json.dumps([{"@type": "Thing", "type": ["a", "b"], "title": "Linked data"}])

    staging = stage_text(storage, text)

    assert staging.report.formats == ["generic"]
    staging.discard()
