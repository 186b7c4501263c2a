"""Folders of batches with tasks and results, and their export."""

import json

import pytest

from db.records import Kind
from db.times import parse_time
from db.vocabulary import Status
from tests.db.exchange.kinds import details_of
from tests.db.factories import (
    batches_of,
    faults,
    import_files,
    task_named,
    tasks_of,
    write_json,
)

BATCH, ONE, TWO = "b" * 32, "1" * 32, "2" * 32
MADE, LATER = "2025-09-08T18:40:36.000Z", "2025-09-09T00:00:00.000Z"
HEAD = {
    "id": BATCH,
    "title": "Clips",
    "createdAt": MADE,
    "status": "active",
    "counts": {"queued": 0, "running": 0, "success": 1, "failed": 1},
}
RESULT = {"grade": "A", "score": 87.50, "markdown": "# Good", "x": [1]}


def task(name, **fields):
    return {
        "id": name,
        "batchId": BATCH,
        "kind": "url",
        "payload": {"url": f"https://a.example/{name[0]}"},
        "status": "success",
        "progress": 100,
        "createdAt": MADE,
        "updatedAt": LATER,
        **fields,
    }


FAILED = task(
    TWO, status="failed", error="no\nsound", kind="file", payload={"localPath": "a.mp4"}
)


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "cache" / "batches" / BATCH
    for name in ("tasks", "results", "uploads"):
        (home / name).mkdir(parents=True)
    write_json(home / "batch.json", HEAD)
    write_json(home / "tasks" / f"{ONE}.json", task(ONE))
    write_json(home / "tasks" / f"{TWO}.json", FAILED)
    write_json(home / "results" / f"{ONE}.result.json", RESULT)
    (home / "uploads" / "1-ab.mp4").write_bytes(b"\x00")
    return tmp_path / "cache"


def test_a_folder_is_read_with_its_tasks_and_their_results(storage, folder):
    report = import_files(storage, folder)

    assert report.formats == ["batches-folder"]
    assert report.new == {"batch": 1, "task": 2, "run": 1}
    (batch,) = batches_of(storage)
    assert (batch.title, batch.created_at, batch.total) == ("Clips", parse_time(MADE), 2)
    first, second = task_named(storage, ONE), task_named(storage, TWO)
    assert (first.record.title, first.record.kind) == ("https://a.example/1", "url")
    assert (first.record.status, first.record.updated_at) == (
        Status.SUCCEEDED,
        parse_time(LATER),
    )
    assert json.loads(first.raw) == task(ONE)
    assert (second.record.title, second.record.status) == ("a.mp4", Status.FAILED)
    assert second.description == "## Error\n\nno\nsound"
    run = details_of(storage, Kind.EXECUTION)[f"{ONE}/result"]
    assert (run.record.title, run.record.decision, run.description) == (
        "grade A, score 87.5",
        "A",
        "# Good",
    )
    assert run.record.task_title == "https://a.example/1"
    assert faults(storage) == []
    assert import_files(storage, folder).effective == 0


def test_an_export_holds_the_same_records(storage, folder, tmp_path):
    export = {
        "batchId": BATCH,
        "tasks": [{**task(ONE), "result": RESULT}, {**FAILED, "result": None}],
    }
    report = import_files(storage, write_json(tmp_path / "export.json", export))

    assert report.formats == ["batches-folder"]
    assert report.new == {"batch": 1, "task": 2, "run": 1}
    assert [batch.title for batch in batches_of(storage)] == [BATCH]
    report = import_files(storage, folder)
    assert (report.new, report.changed) == ({}, {"batch": 1})
    assert [batch.title for batch in batches_of(storage)] == ["Clips"]


def test_results_that_come_before_their_tasks_find_them(storage, folder):
    home = folder / "batches" / BATCH
    import_files(storage, home / "results" / f"{ONE}.result.json")
    assert task_named(storage, ONE).record.title == ONE

    report = import_files(storage, folder)

    assert report.new == {"task": 1}
    assert task_named(storage, ONE).record.title == "https://a.example/1"
    assert len(tasks_of(storage)) == 2
    assert import_files(storage, folder).effective == 0
    import_files(storage, home / "results" / f"{ONE}.result.json")
    assert task_named(storage, ONE).record.title == "https://a.example/1"


def test_a_result_of_unknown_shape_is_kept_whole(storage, folder):
    path = folder / "batches" / BATCH / "results" / f"{TWO}.result.json"
    write_json(path, '{"error": "x", "deep": [1e400]}')
    import_files(storage, folder)

    run = details_of(storage, Kind.EXECUTION)[f"{TWO}/result"]
    assert run.record.status is Status.FAILED
    assert run.raw == '{"error": "x", "deep": [1e400]}'
    assert "deep" in run.description


@pytest.mark.parametrize(
    "content",
    [
        {"id": "a", "status": "x", "title": "y"},
        {"tasks": [{"id": 1, "title": "x"}]},
        {"id": "a", "batchId": "b", "status": "x", "payload": "text", "title": "z"},
    ],
)
def test_other_objects_are_not_taken(storage, tmp_path, content):
    report = import_files(storage, write_json(tmp_path / "a.json", content))

    assert report.formats != ["batches-folder"]
