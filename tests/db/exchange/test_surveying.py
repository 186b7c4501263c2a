"""What files are, told from their start."""

import json

import pytest

from db.cancel import CancelToken
from db.errors import WorkCancelledError
from db.exchange.document import SAMPLE_BYTES
from db.exchange.mapping import Mapping
from db.exchange.sources import found_sources
from db.exchange.surveying import preview, survey
from db.records import Kind
from tests.db.exchange.samples import samples
from tests.db.factories import write_json, write_lines

TASKS = {"master": {"tasks": [{"id": 1, "title": "a", "status": "done", "dependencies": []}]}}


@pytest.fixture
def folder(tmp_path):
    write_json(tmp_path / "tasks.json", TASKS)
    write_lines(tmp_path / "rows.jsonl", [{"k": n, "t": f"Row {n}"} for n in range(30)])
    (tmp_path / "notes.txt").write_text("Nothing to see.")
    (tmp_path / "bad.json").write_text("not JSON")
    return tmp_path


def surveyed(folder, **options):
    with found_sources([folder]) as sources:
        return {each.name: each for each in survey(sources, CancelToken(), **options)}


def test_each_file_is_told_with_its_format_and_how_sure_that_is(folder):
    found = surveyed(folder)

    assert found["tasks.json"].format_name == "taskmaster"
    assert found["tasks.json"].sure > 0.9
    assert found["rows.jsonl"].format_name == "generic"
    assert 0 < found["rows.jsonl"].sure < 0.5
    assert found["tasks.json"].size == (folder / "tasks.json").stat().st_size


def test_what_cannot_be_used_is_told_with_its_reason(folder):
    found = surveyed(folder)

    assert found["notes.txt"].format_name == ""
    assert found["notes.txt"].reason == "notes.txt holds no list of records."
    assert found["bad.json"].format_name == ""
    assert "line 1" in found["bad.json"].reason


def test_a_format_chosen_by_hand_is_told_with_how_well_it_fits(folder):
    found = surveyed(folder, chosen={"tasks.json": "generic"})

    assert found["tasks.json"].format_name == "generic"
    assert found["tasks.json"].sure < 0.5


def test_of_objects_of_unknown_shape_the_first_are_given(folder):
    found = surveyed(folder)

    assert found["rows.jsonl"].rows[:2] == ({"k": 0, "t": "Row 0"}, {"k": 1, "t": "Row 1"})
    assert found["tasks.json"].rows == ()


def test_the_first_records_are_shown_as_a_mapping_makes_them(folder):
    with found_sources([folder / "rows.jsonl"]) as (source,):
        records = preview(source, "generic", Mapping(becomes="bug", members={"title": "t"}))

    assert len(records) == 20
    assert records[3].title == "Row 3"
    assert {record.kind for record in records} == {Kind.BUG}


def test_it_stops_when_it_is_called_off(folder):
    token = CancelToken()
    token.cancel()

    with found_sources([folder]) as sources, pytest.raises(WorkCancelledError):
        survey(sources, token)


def grown(content, key):
    """Return an object as JSON with one of its members first, and long."""
    value = content[key]
    if isinstance(value, list):
        value = value * (1 + LONG // max(len(json.dumps(value)), 1))
    elif isinstance(value, dict):
        value = {**value, "padding": "x" * LONG}
    return json.dumps({key: value, **{name: content[name] for name in content if name != key}})


LONG = 2 * SAMPLE_BYTES


def test_a_format_is_told_by_members_behind_a_long_one(tmp_path):
    seen = {}
    for format_name, (_, text) in samples().items():
        try:
            content = json.loads(text)
        except ValueError:
            continue
        if not isinstance(content, dict) or format_name == "sheaf":
            continue
        for key in content:
            if not isinstance(content[key], list | dict) or not content[key]:
                continue
            path = tmp_path / f"{format_name} {key}.json"
            path.write_text(grown(content, key))
            with found_sources([path]) as sources:
                (found,) = survey(sources, CancelToken())
            seen[format_name, key] = found.format_name
    assert len(seen) > 10
    assert {name: found for name, found in seen.items() if found != name[0]} == {}
