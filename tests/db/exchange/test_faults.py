import pytest

from db.cancel import CancelToken
from db.exchange.faults import AROUND_CHARS, excerpt, value_at
from db.exchange.sources import text_source
from db.incoming import Problem


def problem(**places):
    return Problem(file="work.jsonl", reason="it is wrong.", **places)


def around(text, **places):
    return excerpt(text_source(text, "work.jsonl"), problem(**places), CancelToken())


def test_the_place_is_found_by_line_and_column():
    found = around('{"a": 1}\n{"b": }\n{"c": 3}\n', line=2, column=7)
    assert found.text[found.at :] == '}\n{"c": 3}\n'
    assert found.is_start
    assert found.is_end


@pytest.mark.parametrize("block", [1 << 20, 3 << 20])
def test_of_a_long_line_only_the_part_around_the_place_is_shown(block):
    found = around("x" * block + "!" + "y" * block, line=1, column=block + 1)
    assert found.text[found.at] == "!"
    assert len(found.text) == 2 * AROUND_CHARS
    assert not found.is_start
    assert not found.is_end


def test_a_place_far_down_is_found():
    found = around("line\n" * 500_000 + "bad\nlast\n", line=500_001, column=2)
    assert found.text[found.at :] == "ad\nlast\n"
    assert found.is_end


def test_a_place_behind_the_end_is_the_end():
    found = around('{"a": ', line=1, column=50)
    assert found.at == 5
    assert found.text == '{"a": '


@pytest.mark.parametrize("text", ["ä" * 10 + "\n€x", "\n\n"])
def test_the_text_may_be_in_another_encoding(text):
    data = text.encode("utf-16")
    found = excerpt(text_source(data, "work.jsonl"), problem(line=2, column=1), CancelToken())
    assert found.text == text
    assert found.text[found.at] == text.split("\n", 1)[1][:1]


def test_the_value_is_what_stands_at_the_fault():
    text = '{"long": "' + "x" * 1000 + '", "title": }'
    shown = value_at(problem(line=1, column=1022, text=text))
    assert shown.startswith("…")
    assert shown.endswith('", "title": }')
    assert len(shown) < 40


def test_the_value_is_where_the_pointer_leads():
    text = '{"long": "' + "x" * 1000 + '", "tags": [1, {"a": false}]}'
    assert value_at(problem(pointer="/tasks/4/tags/1/a", text=text)) == "false"
    assert value_at(problem(pointer="/tasks/4", text=text)).startswith('{"long"')


def test_a_text_that_is_short_is_the_value():
    assert value_at(problem(text='{"id": 3, "title": }')) == '{"id": 3, "title": }'
    assert value_at(problem()) == ""
