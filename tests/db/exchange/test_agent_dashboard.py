"""agent-dashboard's export: tasks, bugs, status updates and design notes of one project."""

import json

import pytest

from db.query import QUERIES
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Priority, Severity, Status
from tests.db.exchange.kinds import details_of, names_of
from tests.db.exchange.writing import exported, read_again, same, there_and_back
from tests.db.factories import (
    batches_of,
    edit,
    edit_task,
    faults,
    import_files,
    make,
    make_task,
    task_named,
    tasks_of,
    write_json,
)

MADE = 1_758_400_000_123
LATER = MADE + 60_000
META = {"generatedAt": LATER, "version": 1}

TASKS = [
    {
        "id": "T-one",
        "title": "Steer",
        "description": "To port",
        "status": "in_progress",
        "priority": "critical",
        "assignees": ["ada"],
        "rationaleLog": ["The wind turned", "Then it died"],
        "linkedBugIds": ["B-two"],
        "createdAt": MADE,
        "updatedAt": LATER,
        "version": 3,
    },
    {"id": "T-two", "title": "Row", "status": "completed", "createdAt": MADE},
    {"id": "T-gone", "title": "Fly", "status": "todo", "createdAt": MADE, "deletedAt": LATER},
]
BUGS = [
    {
        "id": "B-one",
        "title": "It leaks",
        "description": "Below",
        "severity": "critical",
        "status": "triaged",
        "linkedTaskIds": ["T-one", "T-two", "T-nowhere"],
        "reproSteps": ["Go to sea", "Wait"],
        "proposedFix": "Caulk it",
        "createdAt": MADE,
        "updatedAt": LATER,
    },
    {"id": "B-two", "title": "It lists", "severity": "low", "status": "resolved",
     "linkedTaskIds": [], "createdAt": MADE},
]  # fmt: skip
UPDATES = [
    {"id": "S-1", "actor": "qa", "taskId": "T-one", "message": "Half\nway", "createdAt": MADE},
    {"id": "S-2", "actor": "pm", "message": "All well", "createdAt": MADE},
]
NOTES = [
    {"id": "D-old", "title": "Pine", "context": "Masts", "decision": "Pine",
     "consequences": "Light", "createdAt": MADE, "supersededBy": "D-new"},
    {"id": "D-new", "title": "Oak", "decision": "Oak", "createdAt": LATER},
]  # fmt: skip
EXPORT = {
    "meta": META,
    "tasks": TASKS,
    "bugs": BUGS,
    "statusUpdates": UPDATES,
    "designNotes": NOTES,
}


@pytest.fixture
def imported(storage, tmp_path):
    """What the import of the whole export says of itself."""
    return import_files(storage, write_json(tmp_path / "ship.json", EXPORT))


def test_every_list_becomes_records_of_its_kind(storage, imported):
    assert imported.formats == ["agent-dashboard"]
    assert imported.new == {
        "batch": 1,
        "task": 3,
        "bug": 2,
        "status update": 2,
        "design note": 2,
    }
    assert [batch.title for batch in batches_of(storage)] == ["ship"]
    assert faults(storage) == []


def test_tasks_keep_ids_times_and_reasons(storage, imported):
    detail = task_named(storage, "T-one")

    task = detail.record
    assert (task.status, task.status_word) == (Status.RUNNING, "in_progress")
    assert task.priority is Priority.HIGHEST
    assert (task.created_at, task.updated_at) == (parse_time(MADE), parse_time(LATER))
    assert detail.description == "To port\n\n## Rationale\n\nThe wind turned\nThen it died"
    assert json.loads(detail.raw) == TASKS[0]
    gone = task_named(storage, "T-gone").record
    assert (gone.status, gone.status_word) == (Status.CANCELED, "deleted")


def test_bugs_are_linked_with_every_task_that_either_side_names(storage, imported):
    first, second = (details_of(storage, Kind.BUG)[name] for name in ("B-one", "B-two"))

    assert (first.record.severity, first.record.status_word) == (Severity.CRITICAL, "triaged")
    assert first.texts == {"steps": "Go to sea\nWait", "proposed_fix": "Caulk it"}
    assert set(names_of(first.related["tasks"])) == {"T-one", "T-two"}
    assert names_of(second.related["tasks"]) == ["T-one"]
    assert second.record.status is Status.SUCCEEDED
    assert json.loads(first.raw) == BUGS[0]


def test_status_updates_say_who_and_of_what(storage, imported):
    on_task, on_all = (details_of(storage, Kind.STATUS_UPDATE)[n] for n in ("S-1", "S-2"))

    assert (on_task.record.actor, on_task.record.task_title) == ("qa", "Steer")
    assert (on_task.record.title, on_task.description) == ("Half", "Half\nway")
    assert (on_all.record.task_pk, on_all.record.batch_title) == (None, "ship")
    assert on_all.record.created_at == parse_time(MADE)


def test_a_design_note_knows_what_superseded_it(storage, imported):
    old = details_of(storage, Kind.DESIGN_NOTE)["D-old"]

    assert old.texts == {"context": "Masts", "decision": "Pine", "consequences": "Light"}
    assert names_of(old.related["superseded_by"]) == ["D-new"]


def test_the_same_export_again_changes_nothing(storage, imported, tmp_path):
    again = import_files(storage, write_json(tmp_path / "copy.json", EXPORT))

    assert again.effective == 0
    assert len(tasks_of(storage)) == len(TASKS)


@pytest.mark.parametrize("left_out", ["meta", "tasks", "bugs", "statusUpdates", "designNotes"])
def test_an_export_is_recognised_without_one_of_its_parts(storage, tmp_path, left_out):
    content = {key: value for key, value in EXPORT.items() if key != left_out}

    report = import_files(storage, write_json(tmp_path / "a.json", content))

    assert report.formats == ["agent-dashboard"]


@pytest.mark.parametrize("content", [{"tasks": TASKS}, {"tasks": TASKS, "bugs": BUGS}])
def test_other_lists_of_tasks_are_not_taken(storage, tmp_path, content):
    report = import_files(storage, write_json(tmp_path / "a.json", content))

    assert report.formats == ["generic"]


SHELL = {**EXPORT, "odd": {"n": [1]}}


def test_an_export_comes_back_equal(tmp_path):
    text = json.dumps(SHELL).replace('"n": [1]', '"n": [1e400], "s": "\\ud800"')

    back = there_and_back(tmp_path, text, "agent-dashboard")

    assert "1e400" in back
    assert same(json.loads(back), json.loads(text))


def test_bugs_before_tasks_and_tasks_of_projects_are_read(storage, tmp_path):
    tasks = [{**TASKS[0], "projectId": "ship"}, *TASKS[1:]]
    content = {"meta": META, "bugs": BUGS, "tasks": tasks, "statusUpdates": [{"message": "x"}]}

    import_files(storage, write_json(tmp_path / "a.json", content))

    second = details_of(storage, Kind.BUG)["B-two"]
    assert names_of(second.related["tasks"]) == ["T-one"]
    assert {batch.title for batch in batches_of(storage)} == {"a", "ship"}
    assert task_named(storage, "T-one").record.batch_title == "ship"
    assert "statusUpdates #1" in details_of(storage, Kind.STATUS_UPDATE)
    assert same(json.loads(exported(storage, "agent-dashboard")), content)


def test_an_edit_changes_its_own_members_only(storage, imported):
    one, two, gone = (task_named(storage, name).record for name in ("T-one", "T-two", "T-gone"))
    text = "To lee\n\n## Rationale\n\nNo wind"
    edit_task(storage, one.pk, status="review", priority="low", description=text)
    edit_task(storage, gone.pk, status="done")
    edit_task(storage, two.pk, status="canceled")
    bug, note = (
        details_of(storage, kind)[name].record
        for kind, name in ((Kind.BUG, "B-one"), (Kind.DESIGN_NOTE, "D-new"))
    )
    edit(storage, Kind.BUG, bug.pk, steps="Go\nCome", severity="low", tasks=[one.id, gone.id])
    edit(storage, Kind.DESIGN_NOTE, note.pk, description="Before", consequences="Heavy")
    said = details_of(storage, Kind.STATUS_UPDATE)["S-2"].record
    edit(storage, Kind.STATUS_UPDATE, said.pk, task=one.id, actor="me")

    back = json.loads(exported(storage, "agent-dashboard"))

    wanted = json.loads(json.dumps(EXPORT))
    tasks, bugs = wanted["tasks"], wanted["bugs"]
    changed = {"description": "To lee", "rationaleLog": ["No wind"], "priority": "low"}
    tasks[0] |= {"status": "in_progress", **changed}
    tasks[2] |= {"status": "done"}
    del tasks[2]["deletedAt"]
    assert back["tasks"][1].pop("deletedAt") > LATER
    linked = ["T-one", "T-nowhere", "T-gone"]
    bugs[0] |= {"reproSteps": ["Go", "Come"], "severity": "low", "linkedTaskIds": linked}
    wanted["designNotes"][1] |= {"consequences": "Heavy", "context": "Before"}
    wanted["statusUpdates"][1] |= {"taskId": "T-one", "actor": "me"}
    for row in (*back["tasks"], *back["bugs"], *tasks, *bugs):
        row.pop("updatedAt", None)
    assert back == wanted


def test_records_made_by_hand_are_written_as_the_dashboard_has_them(storage, tmp_path):
    row = make_task(storage, "Row", priority="highest", status="failed")
    make(storage, Kind.BUG, title="Leak", tasks=[row.id], steps="Sail", severity="critical")
    make(storage, Kind.STATUS_UPDATE, description="Well", task=row.id, actor="me")
    old = make(storage, Kind.DESIGN_NOTE, title="Pine", description="Why", context="Masts")
    new = make(storage, Kind.DESIGN_NOTE, title="Oak")
    edit(storage, Kind.DESIGN_NOTE, old.pk, superseded_by=new.id)
    text = exported(storage, "agent-dashboard")

    back = json.loads(text)

    (task,), (bug,), (said,) = back["tasks"], back["bugs"], back["statusUpdates"]
    assert (task["status"], task["priority"]) == ("blocked", "critical")
    assert (bug["linkedTaskIds"], bug["reproSteps"]) == ([task["id"]], ["Sail"])
    assert (said["taskId"], said["message"], said["actor"]) == (task["id"], "Well", "me")
    pine, oak = back["designNotes"]
    assert (pine["supersededBy"], pine["context"]) == (oak["id"], "Why\n\nMasts")
    assert parse_time(task["createdAt"]) == row.created_at // 1000 * 1000
    assert read_again(tmp_path, text, "agent-dashboard") == ["Row"]


@pytest.mark.parametrize("kind", [Kind.BUG, Kind.STATUS_UPDATE, Kind.DESIGN_NOTE])
def test_records_of_one_kind_are_written_alone(storage, imported, kind):
    pks = storage.ids(QUERIES[kind]())

    back = json.loads(exported(storage, "agent-dashboard", pks=pks, kind=kind))

    assert [key for key in back if key != "meta" and back[key]] == [
        {Kind.BUG: "bugs", Kind.STATUS_UPDATE: "statusUpdates"}.get(kind, "designNotes")
    ]
