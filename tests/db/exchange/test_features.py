"""Lists of features, as an array and as a list in an object."""

import json

import pytest

from db.times import parse_time
from db.vocabulary import LinkKind, Priority, Status
from tests.db.factories import (
    SHARED,
    batches_of,
    faults,
    import_files,
    opened,
    task_named,
    tasks_of,
    write_json,
)

ARRAY = [
    {"category": "hull", "description": "It floats", "steps": ["Step 1", "Step 2"],
     "passes": True},
    {"category": "hull", "description": "It sails\nfast", "steps": [], "passes": False},
]  # fmt: skip
OBJECT = {
    "version": "1.0",
    "timestamp": "2026-01-16T11:10:00Z",
    "features": [
        {"id": "A", "title": "Row", "status": "passing", "priority": "high",
         "evidence": "Seen"},
        {"id": "B", "name": "Rest", "status": "todo", "depends_on": ["A"],
         "verification": {"cmd": 1}},
    ],
    "all_passing": False,
}  # fmt: skip


def test_features_of_an_array_are_told_by_their_place(storage, tmp_path):
    report = import_files(storage, write_json(tmp_path / "ship.json", ARRAY))

    assert (report.formats, report.new) == (["features"], {"batch": 1, "task": 2})
    first, second = task_named(storage, "#1"), task_named(storage, "#2")
    assert (first.record.title, first.record.status) == ("It floats", Status.SUCCEEDED)
    assert (first.record.tags, first.record.kind) == (("hull",), "feature")
    assert first.description == "## Steps\n\n- Step 1\n- Step 2"
    assert (second.record.title, second.description) == ("It sails", "It sails\nfast")
    assert second.record.status is Status.QUEUED
    assert [json.loads(each.raw) for each in (first, second)] == ARRAY
    assert import_files(storage, tmp_path / "ship.json").effective == 0


def test_features_of_an_object_have_ids_states_and_needs(storage, tmp_path):
    assert import_files(storage, write_json(tmp_path / "a.json", OBJECT)).formats == [
        "features"
    ]

    first, second = task_named(storage, "A"), task_named(storage, "B")
    assert (first.record.status, first.record.status_word) == (Status.SUCCEEDED, "passing")
    assert (first.record.priority, first.description) == (Priority.HIGH, "## Evidence\n\nSeen")
    ((link),) = second.links
    assert (link.task.external_id, link.kind, link.incoming) == ("A", LinkKind.BLOCKS, True)
    assert second.description == '## Verification\n\n{"cmd": 1}'
    (batch,) = batches_of(storage)
    assert batch.created_at == parse_time(OBJECT["timestamp"])
    assert json.loads(storage.batches.get(batch.pk).raw) == {**OBJECT, "features": []}
    assert faults(storage) == []


@pytest.mark.parametrize(
    "content",
    [
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {}}]},
        [{"name": "a", "passes": 3, "description": "tennis", "steps": []}],
        [{"description": "only", "passes": True}],
    ],
)
def test_other_lists_are_not_taken(storage, tmp_path, content):
    assert import_files(storage, write_json(tmp_path / "a.json", content)).formats == [
        "generic"
    ]


@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("feature_list/*.json")), ids=lambda path: path.name
)
def test_a_real_file_is_read_whole(path):
    content = json.loads(path.read_bytes())
    listed = content if isinstance(content, list) else content["features"]
    with opened() as storage:
        assert import_files(storage, path).formats == ["features"]

        tasks = tasks_of(storage)
        done = [task for task in tasks if task.status is Status.SUCCEEDED]
        assert len(tasks) == len(listed)
        assert len(done) == sum(each.get("passes") is True for each in listed)
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0
