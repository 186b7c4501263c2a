"""Tasky's document and its export, read and written."""

import json
import uuid

import pytest

from db.times import parse_time
from db.vocabulary import Status
from tests.db.exchange.writing import exported, read_again, same, there_and_back
from tests.db.factories import (
    batches_of,
    edit_task,
    faults,
    import_files,
    make_batch,
    make_task,
    task_named,
    write_json,
)

MADE = "2025-11-12T19:59:24.123456Z"
FIRST, SECOND = "0b11967d-9dae-4333-a137-c3b1e8a641d3", "f5a18641-dc38-4ae1-80f0-588166a2aa44"


def task(name, **fields):
    return {"task_id": name, "name": "Review", "details": "Check", "status": "pending",
            "created_at": MADE, "updated_at": MADE, **fields}  # fmt: skip


DOCUMENT = {
    "version": "1.0",
    "tasks": {FIRST: task(FIRST), SECOND: task(SECOND, status="cancelled", x=[1])},
    "created_at": MADE,
    "updated_at": MADE,
}
EXPORT = {
    "version": "1.0",
    "exported_at": MADE,
    "source_project": "default",
    "task_count": 2,
    "tasks": [task(FIRST, status="completed"), task(SECOND, details="")],
}


@pytest.mark.parametrize("content", [DOCUMENT, EXPORT], ids=["document", "export"])
def test_both_documents_are_read_and_come_back_equal(storage, tmp_path, content):
    path = write_json(tmp_path / "tasks.json", content)
    report = import_files(storage, path)

    assert (report.formats, report.new) == (["tasky"], {"batch": 1, "task": 2})
    first, second = task_named(storage, FIRST), task_named(storage, SECOND)
    assert (first.record.title, first.description) == ("Review", "Check")
    assert first.record.created_at == first.record.updated_at == parse_time(MADE)
    states = {Status.QUEUED, Status.CANCELED if content is DOCUMENT else Status.SUCCEEDED}
    assert {first.record.status, second.record.status} == states
    assert faults(storage) == []
    assert same(json.loads(exported(storage, "tasky")), content)
    assert import_files(storage, path).effective == 0


def test_a_project_is_named_by_its_folder_or_by_the_export(storage, tmp_path):
    folder = tmp_path / "ship" / ".tasky"
    folder.mkdir(parents=True)
    import_files(storage, write_json(folder / "tasks.json", DOCUMENT))
    other = {**EXPORT, "source_project": "dock", "tasks": [task(str(uuid.uuid4()))]}
    import_files(storage, write_json(tmp_path / "out.json", other))

    assert {batch.title for batch in batches_of(storage)} == {"ship", "dock"}


def test_every_digit_and_lone_surrogate_comes_back(tmp_path):
    text = json.dumps({**DOCUMENT, "n": "@"}).replace('"@"', "1e400")
    text = text.replace('"Review"', '"\\ud800"').replace("[1]", "[0.10]")

    back = there_and_back(tmp_path, text, "tasky")

    assert "1e400" in back
    assert "0.10" in back
    assert same(json.loads(back), json.loads(text))


def test_an_edit_changes_its_own_members_only(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "tasks.json", DOCUMENT))
    pk = task_named(storage, SECOND).record.pk
    edit_task(storage, pk, title="Again", status="done", tags=["lost"])

    back = json.loads(exported(storage, "tasky"))

    updated = back["tasks"][SECOND].pop("updated_at")
    assert parse_time(updated) == task_named(storage, SECOND).record.updated_at
    wanted = json.loads(json.dumps(DOCUMENT))
    wanted["tasks"][SECOND] |= {"name": "Again", "status": "completed"}
    del wanted["tasks"][SECOND]["updated_at"]
    assert back == wanted


def test_tasks_made_by_hand_become_an_export_of_tasky(storage, tmp_path):
    batch = make_batch(storage, "voyage")
    make_task(storage, "Row", batch=batch.id, status="failed")
    make_task(storage, "Rest", batch=batch.id, description="Well", status="canceled")
    text = exported(storage, "tasky")

    back = json.loads(text)

    assert (back["source_project"], back["task_count"], back["version"]) == ("voyage", 2, "1.0")
    row, rest = back["tasks"]
    assert uuid.UUID(row["task_id"]).version == 4
    assert (row["details"], row["status"]) == ("Row", "pending")
    assert (rest["details"], rest["status"]) == ("Well", "cancelled")
    assert parse_time(row["created_at"])
    assert exported(storage, "tasky")[-40:] == text[-40:]
    assert sorted(read_again(tmp_path, text, "tasky")) == ["Rest", "Row"]


@pytest.mark.parametrize(
    "content",
    [{"tasks": {"a": {"name": "x", "status": "y"}}}, {"tasks": [{"id": 1, "title": "x"}]}],
)
def test_other_documents_are_not_taken(storage, tmp_path, content):
    report = import_files(storage, write_json(tmp_path / "a.json", content))

    assert report.formats == ["generic"]
