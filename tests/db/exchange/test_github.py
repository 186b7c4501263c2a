"""Lists of GitHub issues, from its command line, from REST and for scripts."""

import json

import pytest

from db.records import Kind
from db.times import parse_time
from db.vocabulary import Priority, Severity, Status
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
    make_task,
    opened,
    task_named,
    tasks_of,
    write_json,
    write_lines,
)

MADE, LATER = "2026-01-18T21:22:38Z", "2026-01-19T11:56:16Z"
URL = "https://github.com/sea/ship/issues/"


def label(name):
    return {"id": f"LA_{name}", "name": name, "description": "", "color": "a2eeef"}


GH = [
    {
        "number": 3,
        "title": "Row",
        "body": "Far\r\nout",
        "state": "OPEN",
        "labels": [label("area/sea"), label("priority/P1")],
        "author": {"login": "ada"},
        "comments": [
            {"id": "IC_1", "author": {"login": "bo"}, "body": "Aye", "createdAt": LATER},
            {"author": None, "body": ""},
        ],
        "createdAt": MADE,
        "updatedAt": LATER,
        "closedAt": None,
        "url": f"{URL}3",
    },
    {"number": 2, "title": "Leak", "state": "CLOSED", "labels": [label("type: bug"),
     label("critical")], "createdAt": MADE, "closedAt": LATER},
    {"number": 1, "title": "Sink", "state": "CLOSED", "stateReason": "NOT_PLANNED",
     "labels": []},
]  # fmt: skip
REST = [
    {"id": 99, "number": 7, "title": "Sail", "body": None, "state": "closed", "comments": 2,
     "labels": [label("bugfix")], "created_at": MADE, "updated_at": LATER,
     "html_url": f"{URL}7", "user": {"login": "ada"}},
    {"id": 98, "number": 6, "title": "Merge", "state": "closed", "labels": [label("bug")],
     "created_at": MADE, "pull_request": {"url": "x", "merged_at": LATER}},
    {"id": 97, "number": 5, "title": "Refused", "state": "closed", "labels": [],
     "created_at": MADE, "pull_request": {"url": "x", "merged_at": None}},
]  # fmt: skip
SCRIPT = [
    {"title": "One", "body": "Do it", "labels": ["bug", "P0"], "severity": "LOW", "id": "B-1"},
    {"title": "Two", "body": "", "labels": ["docs"], "priority": "P0"},
]


def test_the_issues_of_the_command_line_are_read(storage, tmp_path):
    report = import_files(storage, write_json(tmp_path / "issues.json", GH))

    assert report.formats == ["github"]
    assert report.new == {"batch": 1, "task": 2, "bug": 1, "status update": 2}
    assert [batch.title for batch in batches_of(storage)] == ["sea/ship"]
    row, sink = task_named(storage, "3"), task_named(storage, "1").record
    assert (row.record.status, row.record.priority) == (Status.QUEUED, Priority.HIGH)
    assert (row.record.kind, row.record.tags) == ("issue", ("area/sea", "priority/P1"))
    assert row.description == "Far\r\nout"
    assert (row.record.created_at, row.record.updated_at) == (
        parse_time(MADE),
        parse_time(LATER),
    )
    assert sink.status is Status.CANCELED
    leak = details_of(storage, Kind.BUG)["2"].record
    assert (leak.status, leak.severity) == (Status.SUCCEEDED, Severity.CRITICAL)
    said = details_of(storage, Kind.STATUS_UPDATE)["3/IC_1"]
    assert (said.record.actor, said.description) == ("bo", "Aye")
    assert said.record.task_title == "Row"
    assert faults(storage) == []


def test_pull_requests_are_told_from_issues(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "issues.json", REST))

    kinds = {task.external_id: (task.kind, task.status) for task in tasks_of(storage)}
    assert kinds == {
        "7": ("issue", Status.SUCCEEDED),
        "6": ("pull request", Status.SUCCEEDED),
        "5": ("pull request", Status.CANCELED),
    }


def test_lists_for_scripts_are_read(storage, tmp_path):
    assert import_files(storage, write_json(tmp_path / "a.json", SCRIPT)).formats == ["github"]

    assert task_named(storage, "#2").record.priority is Priority.HIGHEST
    assert details_of(storage, Kind.BUG)["B-1"].record.severity is Severity.LOW


def test_issues_of_one_repository_are_the_same_in_every_file(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", GH))

    report = import_files(storage, write_json(tmp_path / "b.json", GH[:1]))

    assert report.effective == 0


def test_issues_of_several_repositories_do_not_meet(storage, tmp_path):
    other = {**GH[0], "url": "https://github.com/sea/dock/issues/3", "title": "Dock"}

    import_files(storage, write_json(tmp_path / "a.json", [GH[0], other]))

    assert {task.external_id for task in tasks_of(storage)} == {"3", "sea/dock#3"}


@pytest.mark.parametrize(
    "content",
    [GH, REST, SCRIPT, {"total_count": 3, "items": REST, "incomplete_results": False}],
    ids=["gh", "rest", "script", "search"],
)
def test_a_file_comes_back_equal(tmp_path, content):
    back = json.loads(there_and_back(tmp_path, json.dumps(content), "github"))

    assert same(back, content)


def test_lines_and_utf_16_are_read(storage, tmp_path):
    import_files(storage, write_lines(tmp_path / "a.jsonl", GH))
    data = json.dumps(REST).encode("utf-16")
    import_files(storage, write_json(tmp_path / "b.json", data))

    names = {task.external_id for task in tasks_of(storage)}
    assert names == {"1", "3", "5", "6", "7"}


def test_an_edit_changes_its_own_members_only(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", [*GH, REST[0]]))
    row = task_named(storage, "3").record
    edit_task(storage, row.pk, status="done", tags=["area/sea", "new"], description="Near")
    edit_task(storage, task_named(storage, "7").record.pk, status="queued", title="Sails")
    leak = details_of(storage, Kind.BUG)["2"].record
    edit(storage, Kind.BUG, leak.pk, status="canceled")
    said = details_of(storage, Kind.STATUS_UPDATE)["3/IC_1"].record
    edit(storage, Kind.STATUS_UPDATE, said.pk, description="Nay", actor="cy")
    make(storage, Kind.STATUS_UPDATE, description="More", task=row.id, actor="me")

    back = json.loads(exported(storage, "github"))

    wanted = json.loads(json.dumps([*GH, REST[0]]))
    for issue, other in zip(back, wanted, strict=True):
        for key in ("updatedAt", "updated_at", "closedAt"):
            assert (key in issue) == (key in other)
            issue.pop(key, None), other.pop(key, None)
    *comments, added = back[0].pop("comments")
    first, second = wanted[0].pop("comments")
    assert comments == [{**first, "body": "Nay", "author": {"login": "cy"}}, second]
    assert (added["author"], added["body"]) == ({"login": "me"}, "More")
    labels = [GH[0]["labels"][0], {"name": "new"}]
    wanted[0] |= {"state": "CLOSED", "labels": labels, "body": "Near"}
    wanted[1] |= {"stateReason": "NOT_PLANNED"}
    wanted[3] |= {"state": "open", "title": "Sails"}
    closed_at = back[3].pop("closed_at", None)
    assert closed_at is None
    assert back == wanted


def test_records_made_by_hand_are_written_as_issues(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", GH))
    make_task(storage, "Rest", tags=["calm"], priority="high", status="done")
    make(storage, Kind.BUG, title="Rot", severity="low", description="Below")
    text = exported(storage, "github")

    *_, rest, rot = json.loads(text)

    assert (rest["number"], rest["state"], rot["number"]) == (4, "CLOSED", 5)
    assert rest["labels"] == [{"name": "calm"}, {"name": "priority: high"}]
    assert rot["labels"] == [{"name": "bug"}, {"name": "severity: low"}]
    assert rot["body"] == "Below"
    assert sorted(read_again(tmp_path, text, "github")) == ["Rest", "Row", "Sink"]


def is_bug(issue):
    names = [each if isinstance(each, str) else each["name"] for each in issue["labels"]]
    return any("bug" in name.lower().replace("/", " ").replace(":", " ").split()
               for name in names)  # fmt: skip


@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("github_issues/*.json")), ids=lambda path: path.name
)
def test_a_real_file_is_read_whole_and_comes_back_equal(path):
    data = path.read_bytes()
    content = json.loads(data.decode("utf-16" if data[:2] == b"\xff\xfe" else "utf-8-sig"))
    with opened() as storage:
        assert import_files(storage, path).formats == ["github"]

        bugs = sum(map(is_bug, content))
        assert len(details_of(storage, Kind.BUG)) == bugs
        assert len(tasks_of(storage)) == len(content) - bugs
        closed = sum(issue.get("state") == "CLOSED" for issue in content)
        done = [*tasks_of(storage), *(b.record for b in details_of(storage, Kind.BUG).values())]
        assert sum(each.status is Status.SUCCEEDED for each in done) == closed
        assert faults(storage) == []
        assert same(json.loads(exported(storage, "github")), content)
        assert import_files(storage, path).effective == 0
