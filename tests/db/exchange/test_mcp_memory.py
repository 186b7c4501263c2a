"""Knowledge graphs of memory servers: what is known of each entity was learned."""

import json

import pytest

from db.records import Kind
from db.times import parse_time
from tests.db.exchange.kinds import details_of
from tests.db.factories import batches_of, faults, import_files, write_json, write_lines

MADE = "2026-01-16T09:30:15.193450Z"
ENTITY = {
    "name": "Mizzen",
    "entityType": "mast",
    "observations": ["It is aft", {"text": "It is short", "timestamp": MADE, "version": "2"}],
}
RELATION = {"from": "Mizzen", "to": "Ship", "relationType": "part of"}


@pytest.mark.parametrize("kind", ["type", "_type"])
def test_each_observation_of_an_entity_is_something_learned(storage, tmp_path, kind):
    rows = [{kind: "entity", **ENTITY}, {kind: "relation", **RELATION}]

    report = import_files(storage, write_lines(tmp_path / "memory.jsonl", rows))

    assert (report.formats, report.new) == (["mcp-memory"], {"batch": 1, "learning": 2})
    learnings = details_of(storage, Kind.LEARNING)
    first, second = (learnings[name].record for name in ("Mizzen #1", "Mizzen #2"))
    assert (first.title, first.category, first.tags) == ("It is aft", "mast", ("Mizzen",))
    assert (second.title, second.created_at) == ("It is short", parse_time(MADE))
    assert json.loads(learnings["Mizzen #2"].raw) == ENTITY["observations"][1]
    assert faults(storage) == []
    assert import_files(storage, tmp_path / "memory.jsonl").effective == 0


@pytest.mark.parametrize("as_lines", [True, False])
def test_relations_and_entities_are_kept_with_the_batch(storage, tmp_path, as_lines):
    if as_lines:
        path = write_lines(tmp_path / "m.jsonl", [ENTITY, RELATION])
    else:
        graph = {"entities": [ENTITY], "relations": [RELATION], "x": 1}
        path = write_json(tmp_path / "m.json", graph)

    assert import_files(storage, path).formats == ["mcp-memory"]

    (batch,) = batches_of(storage)
    around = json.loads(storage.batches.get(batch.pk).raw)
    assert around[:2] == [{**ENTITY, "observations": []}, RELATION]
    assert around[2:] == ([] if as_lines else [{"entities": [], "relations": [], "x": 1}])
    assert len(details_of(storage, Kind.LEARNING)) == 2


def test_relations_alone_are_not_taken(storage, tmp_path):
    rows = [RELATION, RELATION]

    assert import_files(storage, write_lines(tmp_path / "m.jsonl", rows)).formats == ["generic"]
