"""Taskwarrior's export: projects, tasks and annotations, read and written."""

import json

import pytest

from db.records import Kind
from db.times import parse_time
from db.vocabulary import LinkKind, Priority, Status
from tests.db.exchange.kinds import details_of
from tests.db.exchange.writing import exported, read_again, same, there_and_back
from tests.db.factories import (
    SHARED,
    batches_of,
    edit,
    edit_task,
    faults,
    import_files,
    make,
    make_batch,
    make_task,
    opened,
    task_named,
    tasks_of,
    write_json,
    write_lines,
)

MADE, LATER = "20201021T065209Z", "20210214T151429Z"


def row(name, **fields):
    return {"id": 1, "description": f"Do {name}", "entry": MADE, "modified": LATER,
            "status": "pending", "uuid": name, "urgency": 1.80, **fields}  # fmt: skip


ROWS = [
    row("u1", priority="H", project="ship.hull", tags=["wood", "tar"], estimate="30",
        annotations=[{"entry": LATER, "description": "Half done"},
                     {"entry": MADE, "description": "Begun"}]),
    row("u2", status="completed", end=LATER, depends=["u1", "gone"]),
    row("u3", status="waiting", wait=LATER, depends="u1,u2", project="ship.hull"),
    row("u4", status="deleted", description="First\nsecond", parent="u5"),
    row("u5", status="recurring", recur="daily", start=MADE),
]  # fmt: skip


def test_tasks_come_with_projects_links_and_annotations(storage, tmp_path):
    report = import_files(storage, write_json(tmp_path / "export.json", ROWS))

    assert report.formats == ["taskwarrior"]
    assert report.new == {"batch": 2, "task": 5, "status update": 2}
    assert {batch.title for batch in batches_of(storage)} == {"ship.hull", "Taskwarrior"}
    first, third = task_named(storage, "u1"), task_named(storage, "u3")
    assert (first.record.priority, first.record.tags) == (
        Priority.HIGH,
        ("tar", "wood"),
    )
    assert (first.record.created_at, first.record.updated_at) == (
        parse_time(MADE),
        parse_time(LATER),
    )
    assert {(link.task.external_id, link.kind) for link in third.links} == {
        ("u1", LinkKind.BLOCKS),
        ("u2", LinkKind.BLOCKS),
    }
    states = {task.external_id: task.status for task in tasks_of(storage)}
    assert states == {
        "u1": Status.QUEUED,
        "u2": Status.SUCCEEDED,
        "u3": Status.QUEUED,
        "u4": Status.CANCELED,
        "u5": Status.RUNNING,
    }
    fourth = task_named(storage, "u4")
    assert (fourth.record.title, fourth.description) == ("First", "First\nsecond")
    assert fourth.parent.external_id == "u5"
    said = details_of(storage, Kind.STATUS_UPDATE)[f"u1/{LATER}"]
    assert (said.description, said.record.task_title) == ("Half done", "Do u1")
    assert faults(storage) == []


def test_a_task_has_the_same_name_in_every_file(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", ROWS))

    report = import_files(storage, write_lines(tmp_path / "b.jsonl", ROWS[:2]))

    assert report.effective == 0
    assert len(tasks_of(storage)) == len(ROWS)


@pytest.mark.parametrize("as_lines", [True, False])
def test_tasks_come_back_equal(tmp_path, as_lines):
    rows = [*ROWS, row("\\ud800"), row("u7", annotations=["odd"], depends="", tags=None)]
    text = "\n".join(map(json.dumps, rows)) if as_lines else json.dumps(rows)

    back = there_and_back(tmp_path, text, "taskwarrior")

    assert same(json.loads(back), rows)


def test_every_digit_comes_back(tmp_path):
    text = json.dumps([row("u1")]).replace("1.8", "1.80")

    assert '"urgency": 1.80' in there_and_back(tmp_path, text, "taskwarrior")


def test_an_edit_changes_its_own_members_only(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", ROWS))
    pks = {name: task_named(storage, name).record.pk for name in ("u1", "u2", "u4")}
    edit_task(storage, pks["u1"], status="done", title="New", links=[])
    edit_task(storage, pks["u2"], status="running", priority="low", batch=None)
    edit_task(storage, pks["u4"], description="Third")
    said = details_of(storage, Kind.STATUS_UPDATE)[f"u1/{LATER}"].record
    edit(storage, Kind.STATUS_UPDATE, said.pk, description="All done")
    task = task_named(storage, "u1").record
    make(storage, Kind.STATUS_UPDATE, description="More", task=task.id)

    back = json.loads(exported(storage, "taskwarrior"))

    wanted = json.loads(json.dumps(ROWS))
    *_, added = back[0]["annotations"]
    notes = [{"entry": LATER, "description": "All done"}, ROWS[0]["annotations"][1], added]
    assert added["description"] == "More"
    wanted[0] |= {"status": "completed", "description": "New", "annotations": notes}
    wanted[1] |= {"status": "pending", "priority": "L", "depends": ["gone"]}
    wanted[2]["depends"] = "u2"
    wanted[3]["description"] = "First\nThird"
    del wanted[1]["end"]
    assert parse_time(back[0].pop("end")) == task.updated_at // 1_000_000 * 1_000_000
    assert back[1].pop("start")
    for one, other in zip(back, wanted, strict=True):
        del one["modified"], other["modified"]
    assert back == wanted


def test_tasks_made_by_hand_are_written_as_taskwarrior_has_them(storage, tmp_path):
    batch = make_batch(storage, "ship")
    said = {"description": "Far\nout", "tags": ["two words"], "status": "canceled"}
    first = make_task(storage, "Row", batch=batch.id, priority="highest", **said)
    second = make_task(storage, "Rest")
    edit_task(storage, first.pk, links=[(second.id, LinkKind.BLOCKS)])
    text = exported(storage, "taskwarrior")

    row, rest = json.loads(text)

    assert (row["uuid"], row["description"], row["project"]) == (first.id, "Row", "ship")
    assert (row["status"], row["priority"], row["tags"]) == ("deleted", "H", ["two_words"])
    assert [note["description"] for note in row["annotations"]] == ["Far\nout"]
    assert rest["depends"] == [first.id]
    assert "project" not in rest
    assert sorted(read_again(tmp_path, text, "taskwarrior")) == ["Rest", "Row"]


@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("taskwarrior/*.json")), ids=lambda path: path.name
)
def test_a_real_file_is_read_whole_and_comes_back_equal(path):
    rows = json.loads(path.read_bytes())
    with opened() as storage:
        assert import_files(storage, path).formats == ["taskwarrior"]

        assert {task.external_id for task in tasks_of(storage)} == {row["uuid"] for row in rows}
        notes = sum(len(row.get("annotations", [])) for row in rows)
        assert len(details_of(storage, Kind.STATUS_UPDATE)) == notes
        projects = {row.get("project", "Taskwarrior") for row in rows}
        assert {batch.title for batch in batches_of(storage)} == projects
        assert faults(storage) == []
        assert same(json.loads(exported(storage, "taskwarrior")), rows)
        assert import_files(storage, path).effective == 0
