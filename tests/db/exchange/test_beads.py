"""Beads: issues become tasks, bugs and notes; what was said of them becomes status updates."""

import json

import pytest

from db.errors import ExchangeError
from db.exchange.importing import stage_text
from db.query import QUERIES
from db.records import Kind
from db.times import parse_time
from db.vocabulary import LinkKind, Priority, Review, Severity, Status
from tests.db.exchange.kinds import details_of, names_of
from tests.db.exchange.writing import exported
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

CREATED = "2026-03-01T10:00:00.123456789+11:00"
UPDATED = "2026-03-02T10:00:00Z"
LATER = "2026-03-03T10:00:00Z"


def issue(name, *dependencies, kind="task", **fields):
    listed = [
        {"issue_id": name, "depends_on_id": other, "type": type_, "created_at": CREATED}
        for type_, other in dependencies
    ]
    given = {"dependencies": listed} if listed else {}
    return {
        "id": name,
        "title": f"Title of {name}",
        "status": "open",
        "priority": 2,
        "issue_type": kind,
        "created_at": CREATED,
        "updated_at": UPDATED,
        **given,
        **fields,
    }


@pytest.fixture
def read(storage, tmp_path):
    """Import issues, as lines of one file."""

    def reading(*rows, name="issues.jsonl"):
        return import_files(storage, write_lines(tmp_path / name, rows))

    return reading


def test_an_issue_becomes_a_task_of_its_project(storage, read):
    row = issue(
        "sea-map-1a",
        kind="feature",
        status="pending_review",
        priority=0,
        description="Draw it",
        notes="In ink",
        labels=["charts", "ink"],
    )

    report = read(row)

    assert report.formats == ["beads"]
    assert report.new == {"batch": 1, "task": 1}
    detail = task_named(storage, "sea-map-1a")
    task = detail.record
    assert (task.title, task.kind, task.tags) == (
        "Title of sea-map-1a",
        "feature",
        ("charts", "ink"),
    )
    assert (task.status, task.status_word) == (Status.REVIEW, "pending_review")
    assert (task.priority, task.batch_title, task.source) == (
        Priority.HIGHEST,
        "sea-map",
        "beads",
    )
    assert task.created_at == parse_time("2026-02-28T23:00:00.123456Z")
    assert task.updated_at == parse_time(UPDATED)
    assert detail.description == "Draw it\n\n## Notes\n\nIn ink"
    assert json.loads(detail.raw) == row


def test_dependencies_become_parents_and_links(storage, read):
    read(
        issue("a-1", ("parent-child", "a-9"), ("blocks", "a-2"), ("discovered-from", "a-3")),
        issue("a-2", ("related", "a-3"), ("supersedes", "a-1"), ("tracks", "a-gone")),
        issue("a-3", ("something-new", "a-9")),
        issue("a-9", kind="epic"),
        issue("a-9.1"),
    )

    first = task_named(storage, "a-1")
    assert first.parent.external_id == "a-9"
    assert {(link.task.external_id, link.kind, link.incoming) for link in first.links} == {
        ("a-2", LinkKind.BLOCKS, True),
        ("a-3", LinkKind.DISCOVERED_FROM, False),
        ("a-2", LinkKind.SUPERSEDES, True),
    }
    assert task_named(storage, "a-9.1").parent.external_id == "a-9"
    assert [link.kind for link in task_named(storage, "a-9").links] == [LinkKind.RELATES]
    assert faults(storage) == []


def test_a_bug_is_linked_with_the_tasks_on_either_side_of_it(storage, read):
    read(
        issue("a-1", ("blocks", "a-bug")),
        issue(
            "a-bug",
            ("discovered-from", "a-2"),
            kind="bug",
            priority=4,
            status="in_progress",
            description="It leaks",
            design="Caulk it",
        ),
        issue("a-2"),
        issue("a-3", ("parent-child", "a-bug")),
    )

    bug = details_of(storage, Kind.BUG)["a-bug"]
    assert (bug.record.status, bug.record.status_word) == (Status.RUNNING, "in_progress")
    assert bug.record.severity is Severity.LOW
    assert bug.record.batch_title == "a"
    assert (bug.description, bug.texts["proposed_fix"]) == ("It leaks", "Caulk it")
    assert set(names_of(bug.related["tasks"])) == {"a-1", "a-2", "a-3"}
    assert json.loads(bug.raw)["id"] == "a-bug"
    assert {task.external_id for task in tasks_of(storage)} == {"a-1", "a-2", "a-3"}


@pytest.mark.parametrize(
    ("priority", "severity"),
    [(0, Severity.CRITICAL), (1, Severity.HIGH), (2, Severity.MEDIUM), (3, Severity.LOW)],
)
def test_how_urgent_a_bug_is_says_how_bad(storage, read, priority, severity):
    read(issue("a-1", kind="bug", priority=priority))

    assert details_of(storage, Kind.BUG)["a-1"].record.severity is severity


def test_a_decision_becomes_a_design_note(storage, read):
    read(
        issue("a-1", kind="decision", description="Which wood?", design="Oak."),
        issue("a-2", ("supersedes", "a-1"), ("related", "a-7"), kind="decision"),
        issue("a-7", ("blocks", "a-1")),
    )

    notes = details_of(storage, Kind.DESIGN_NOTE)
    old, new = notes["a-1"], notes["a-2"]
    assert (old.description, old.texts["decision"]) == ("Which wood?", "Oak.")
    assert names_of(old.related["superseded_by"]) == ["a-2"]
    assert names_of(old.related["batch"]) == ["a"]
    assert names_of(new.related["supersedes"]) == ["a-1"]


def test_a_message_becomes_a_status_update(storage, read):
    read(
        issue("a-1"),
        issue("a-2", ("replies-to", "a-1"), kind="message", sender="mate", description="Aye"),
    )

    said = details_of(storage, Kind.STATUS_UPDATE)["a-2"]
    assert (said.record.actor, said.record.task_title) == ("mate", "Title of a-1")
    assert (said.record.title, said.description) == ("Title of a-2", "Aye")


def test_comments_belong_to_their_issue(storage, read):
    comment = {"id": 4, "author": "ada", "text": "Done it\nat last", "created_at": LATER}
    read(
        issue("a-1", comments=[comment]),
        issue("a-2", kind="bug", comments=[{**comment, "id": "0198-x"}, "odd"]),
    )

    updates = details_of(storage, Kind.STATUS_UPDATE)
    on_task, on_bug = updates["a-1/4"], updates["a-2/0198-x"]
    assert (on_task.record.actor, on_task.record.title) == ("ada", "Done it")
    assert on_task.description == "Done it\nat last"
    assert on_task.record.created_at == parse_time(LATER)
    assert (on_task.record.task_title, on_task.record.batch_title) == ("Title of a-1", "a")
    assert (on_bug.record.task_pk, on_bug.record.batch_title) == (None, "a")


def test_a_memory_becomes_a_learning_to_be_reviewed(storage, read):
    read(
        {"_type": "issue", **issue("a-1")},
        {"_type": "memory", "key": "tides", "value": "They come twice a day"},
    )

    (learning,) = details_of(storage, Kind.LEARNING).values()
    assert (learning.record.title, learning.description) == ("tides", "They come twice a day")
    assert (learning.record.review, learning.record.confidence) == (Review.PENDING, 0.5)


def test_a_tombstone_is_a_canceled_task(storage, read):
    read(issue("a-1", status="tombstone", deleted_at=LATER, original_type="task"))

    task = task_named(storage, "a-1").record
    assert (task.status, task.status_word) == (Status.CANCELED, "tombstone")


EMPTY_COLUMNS = ("description", "design", "notes", "acceptance_criteria", "close_reason")


def test_a_backup_with_every_column_says_the_same(storage, read, tmp_path):
    nothing = {
        **dict.fromkeys(("labels", "dependencies", "comments", "assignee", "due_at")),
        **dict.fromkeys(EMPTY_COLUMNS, ""),
        "pinned": 0,
        "metadata": "{}",
    }
    read(issue("a-1", close_reason="Closed"))

    with opened() as other:
        import_files(other, write_lines(tmp_path / "backup.jsonl", [issue("a-1", **nothing)]))
        first, second = (task_named(each, "a-1") for each in (storage, other))

    assert first.record.title == second.record.title
    assert (first.description, first.links, first.record.tags) == (
        second.description,
        second.links,
        second.record.tags,
    )


def test_an_array_of_issues_is_read_too(storage, tmp_path):
    shown = {"id": "a-2", "title": "Shown in full", "dependency_type": "blocks"}
    rows = [issue("a-1", dependencies=[shown, "odd"]), issue("a-2")]

    report = import_files(storage, write_json(tmp_path / "list.json", rows))

    assert (report.formats, report.new) == (["beads"], {"batch": 1, "task": 2})
    (link,) = task_named(storage, "a-1").links
    assert (link.task.external_id, link.incoming) == ("a-2", True)


@pytest.mark.parametrize("kind", ["task", "bug"])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0)])
def test_of_lines_with_the_same_id_the_newest_counts(storage, read, kind, order):
    times = ["2026-03-02T10:00:00Z", "2026-03-02T12:00:00+01:00", "2026-03-02T11:30:00Z"]
    rows = [issue("a-1", kind=kind, title=f"{n}", updated_at=times[n]) for n in range(3)]

    read(*(rows[n] for n in order))

    kept = details_of(storage, Kind.BUG if kind == "bug" else Kind.TASK)
    assert {name: each.record.title for name, each in kept.items()} == {"a-1": "2"}


def change(name, on, field="status", old="open", new="closed", **more):
    extra = {"field": field, "old_value": old, "new_value": new, **more}
    return {
        "id": f"int-{name}",
        "kind": "field_change",
        "created_at": LATER,
        "actor": "ada",
        "issue_id": on,
        "extra": extra,
    }


@pytest.mark.parametrize(
    ("entry", "title", "text"),
    [
        (change("1", "a-1", reason="It floats"), "status: open → closed", "It floats"),
        (change("1", "a-1", "assignee", "ada", ""), "assignee: ada → nothing", ""),
        (
            {"id": "int-1", "kind": "llm_call", "model": "m", "prompt": "p", "response": "r",
             "issue_id": "a-1"},
            "Call of m",
            "p\n\n## Response\n\nr",
        ),
        (
            {"id": "int-1", "kind": "tool_call", "tool_name": "go test", "exit_code": 1,
             "error": "Broken", "issue_id": "a-1"},
            "Call of go test: exit code 1",
            "Broken",
        ),
        (
            {"id": "int-1", "kind": "label", "label": "good", "reason": "ok",
             "issue_id": "a-1"},
            "Label good",
            "ok",
        ),
        ({"id": "int-1", "kind": "new_thing", "issue_id": "a-1"}, "new thing", ""),
    ],
)  # fmt: skip
def test_an_interaction_is_a_status_update_of_its_task(storage, read, entry, title, text):
    read(issue("a-1"))

    report = read(entry, name="interactions.jsonl")

    assert report.formats == ["beads"]
    assert report.new == {"status update": 1}
    update = details_of(storage, Kind.STATUS_UPDATE)["int-1"]
    assert (update.record.title, update.description) == (title, text)
    assert update.record.task_title == "Title of a-1"
    assert json.loads(update.raw) == entry


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ({"event_type": "created", "new_value": "", "old_value": ""}, "created"),
        ({"event_type": "closed", "new_value": "Stale"}, "closed: Stale"),
        (
            {"event_type": "status_changed", "new_value": '{"status":"hooked"}'},
            "status changed: status: hooked",
        ),
        ({"event_type": "updated", "new_value": "{odd", "comment": None}, "updated: {odd"),
    ],
)
def test_an_event_of_a_backup_is_a_status_update(storage, read, entry, title):
    read(issue("a-1"))

    read({"id": 7, "issue_id": "a-1", "actor": "bo", **entry}, name="events.jsonl")

    update = details_of(storage, Kind.STATUS_UPDATE)["event 7"].record
    assert (update.title, update.actor, update.task_title) == (title, "bo", "Title of a-1")


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "a-1", "ts": LATER, "by": "bo", "reason": "twice there"},
        {"issue_id": "a-1", "deleted_at": LATER, "deleted_by": "bo", "reason": "twice there"},
    ],
)
def test_a_deletion_is_said_of_its_task(storage, read, entry):
    read(issue("a-1"))

    read(entry, name="deletions.jsonl")

    update = details_of(storage, Kind.STATUS_UPDATE)["a-1/deleted"]
    assert (update.record.title, update.record.actor) == ("Deleted a-1", "bo")
    assert (update.record.created_at, update.description) == (parse_time(LATER), "twice there")
    assert update.record.task_title == "Title of a-1"


def test_the_comments_of_a_backup_are_those_of_the_issues(storage, read):
    comment = {"id": 4, "author": "ada", "text": "Done", "created_at": LATER}
    read(issue("a-1", comments=[comment]))

    report = read({**comment, "issue_id": "a-1"}, name="comments.jsonl")

    assert report.new == {}
    assert list(details_of(storage, Kind.STATUS_UPDATE)) == ["a-1/4"]


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        (
            {"depends_on_id": "a-2", "type": "blocks", "created_by": "bo"},
            "Depends on a-2: blocks",
        ),
        ({"label": "ink"}, "Label ink"),
    ],
)
def test_what_a_backup_lists_apart_is_said_of_its_task(storage, read, entry, title):
    read(issue("a-1"))

    report = read({"issue_id": "a-1", **entry}, name="apart.jsonl")

    assert (report.formats, report.new) == (["beads"], {"status update": 1})
    (update,) = details_of(storage, Kind.STATUS_UPDATE).values()
    assert (update.record.title, update.record.task_title) == (title, "Title of a-1")


ODD = [None, 0, -1, 2.5, True, "", "odd", [], ["odd", None, {}], {}, {"odd": [1]}, "\ud83d\x00"]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_value_of_an_odd_type_is_no_hindrance(storage, read, odd):
    whole = [
        issue("a-1", ("blocks", "a-2"), labels=["x"], comments=[{}]),
        issue("a-2", kind="bug", design="d"),
        issue("a-3", kind="decision"),
        issue("a-4", kind="message", target="a-1"),
        change("1", "a-1"),
        {"id": 1, "issue_id": "a-1", "event_type": "updated", "new_value": '{"title": "x"}'},
        {"issue_id": "a-1", "author": "ada", "text": "Done", "id": 3, "created_at": LATER},
        {"id": "a-1", "ts": LATER, "by": "bo", "reason": "twice"},
        {"_type": "memory", "key": "k", "value": "v"},
        {"issue_id": "a-1", "depends_on_id": "a-2", "type": "blocks"},
    ]
    rows = [{**row, key: odd} for row in whole for key in row]

    report = read(*whole, *rows)

    assert report.formats == ["beads"]
    assert faults(storage) == []


def test_the_files_of_a_folder_belong_together_in_any_order(storage, tmp_path):
    write_lines(tmp_path / "issues.jsonl", [issue("a-1"), issue("a-2")])
    write_lines(tmp_path / "interactions.jsonl", [change("1", "a-2"), change("1", "a-2")])
    write_lines(tmp_path / "deletions.jsonl", [{"id": "a-1", "ts": LATER, "by": "bo"}])

    report = import_files(storage, tmp_path)

    assert report.new == {"batch": 1, "task": 2, "status update": 2}
    updates = details_of(storage, Kind.STATUS_UPDATE)
    assert {name: each.record.task_title for name, each in updates.items()} == {
        "int-1": "Title of a-2",
        "a-1/deleted": "Title of a-1",
    }
    assert len(batches_of(storage)) == 1
    assert faults(storage) == []
    assert import_files(storage, tmp_path).effective == 0


def test_a_newer_state_of_the_file_changes_what_is_there(storage, read):
    read(issue("a-1"), issue("a-2", kind="bug"), issue("a-3"))

    report = read(
        issue("a-1", status="closed", updated_at=LATER),
        issue("a-2", kind="bug", status="closed", updated_at=LATER),
        issue("a-3", title="Older", updated_at=CREATED),
        name="elsewhere.jsonl",
    )

    assert report.changed == {"task": 1, "bug": 1}
    assert report.older == {"task": 1}
    assert task_named(storage, "a-1").record.status is Status.SUCCEEDED
    assert details_of(storage, Kind.BUG)["a-2"].record.status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("names", "project"),
    [
        (["sea-map-1", "sea-map-2.1", "sea-map-x-3"], "sea-map"),
        (["bd-wisp-1", "bd-wisp-2", "bd-3"], "bd"),
        (["hull-1", "mast-1", "mast-2"], "mast"),
    ],
)
def test_a_project_is_called_by_the_prefix_of_its_issues(storage, read, names, project):
    read(*(issue(name) for name in names))

    assert {(batch.title, batch.source) for batch in batches_of(storage)} == {
        (project, "beads")
    }
    assert {task.batch_title for task in tasks_of(storage)} == {project}


def test_projects_stay_apart(storage, read):
    read(issue("hull-1"))
    read(issue("mast-1"))

    assert {batch.title for batch in batches_of(storage)} == {"hull", "mast"}


def test_a_list_of_issues_of_another_tool_is_not_taken(storage, read):
    rows = [{"id": "a-1", "title": "One", "status": "open", "type": "task", "priority": 2}]

    assert read(*rows * 2).formats == ["generic"]


REAL = [path for path in sorted(SHARED.glob("beads/*.jsonl")) if "deletions" not in path.name]


def rows_of(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_file_is_read_whole(path):
    try:
        rows = rows_of(path)
    except ValueError:
        with opened() as storage, pytest.raises(ExchangeError, match="line"):
            import_files(storage, path)
        return
    bugs = {row["id"] for row in rows if row["issue_type"] == "bug"}
    tasks = {row["id"]: row for row in rows if row["issue_type"] != "bug"}
    with opened() as storage:
        report = import_files(storage, path)

        assert report.formats == ["beads"]
        assert set(details_of(storage, Kind.BUG)) == bugs
        assert {task.external_id for task in tasks_of(storage)} == set(tasks)
        comments = sum(len(row.get("comments") or []) for row in rows)
        assert len(details_of(storage, Kind.STATUS_UPDATE)) == comments
        closed = {name for name, row in tasks.items() if row["status"] == "closed"}
        words = {task.external_id for task in tasks_of(storage) if task.status_word == "closed"}
        assert words == closed
        linked = {
            (bug, task.external_id)
            for bug, each in details_of(storage, Kind.BUG).items()
            for task in each.related.get("tasks", ())
        }
        named = {
            (row["id"], other["depends_on_id"])
            for row in rows
            for other in row.get("dependencies", [])
        }
        named |= {(other, name) for name, other in named}
        assert linked == {pair for pair in named if pair[0] in bugs and pair[1] in tasks}
        assert faults(storage) == []
        assert import_files(storage, path).effective == 0


def test_real_deletions_are_read_whole():
    for path in SHARED.glob("beads/*deletions.jsonl"):
        with opened() as storage:
            import_files(storage, path)

            wanted = {f"{row['issue_id']}/deleted" for row in rows_of(path)}
            assert set(details_of(storage, Kind.STATUS_UPDATE)) == wanted


EVERYTHING = [
    issue(
        "a-1",
        ("parent-child", "a-9"),
        ("blocks", "a-2"),
        ("blocks", "a-gone"),
        status="closed",
        closed_at=UPDATED,
        close_reason="Closed",
        labels=["x"],
        comments=[
            {"id": 1, "issue_id": "a-1", "author": "ada", "text": "Aye", "created_at": LATER}
        ],
        unknown={"deep": [1, None]},
    ),
    issue("a-bug", ("discovered-from", "a-1"), kind="bug", design="Caulk", notes="Soon"),
    issue("a-2", description="", assignee=None, pinned=0, ephemeral=1),
    issue("a-3", kind="decision", design="Oak", comments=[{"text": "No id"}]),
    issue("a-9", kind="epic", status="tombstone", deleted_at=LATER),
    issue("a-9.1", kind="message", sender="ada"),
    {"_type": "memory", "key": "tide", "value": "It turns"},
    {"_type": "label_definition", "odd": True},
    {"id": "int-1", "kind": "label", "created_at": LATER, "issue_id": "a-1", "label": "x"},
]


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def by_id(text):
    return {row["id"]: row for row in lines_of(text) if "id" in row}


def test_every_line_comes_back_equal(storage, read):
    read(*EVERYTHING)

    back = lines_of(exported(storage, "beads"))

    assert sorted(map(json.dumps, back)) == sorted(map(json.dumps, EVERYTHING))
    issues = [row["id"] for row in back if "title" in row]
    assert issues == [row["id"] for row in EVERYTHING if "title" in row]


def test_every_digit_and_lone_surrogate_of_a_line_comes_back(storage, tmp_path):
    text = json.dumps({**issue("a-1"), "title": "\ud800", "n": "@"}).replace('"@"', "0.10e3")
    write_json(tmp_path / "issues.jsonl", f"{text}\n{text.replace('a-1', 'a-2')}\n")
    import_files(storage, tmp_path / "issues.jsonl")

    back = exported(storage, "beads")

    assert back.count("0.10e3") == 2
    assert lines_of(back)[0] == json.loads(text)


def test_an_edit_changes_its_own_members_of_an_issue_only(storage, read):
    read(*EVERYTHING)
    first, second = (task_named(storage, name).record for name in ("a-1", "a-2"))
    edit_task(storage, first.pk, status="running", tags=["y"], title="New")
    edit_task(storage, second.pk, parent=first.id, description="Do\n\n## Notes\n\nit")
    blocked = [(task_named(storage, "a-9").record.id, LinkKind.BLOCKS)]
    edit_task(storage, second.pk, links=blocked)
    bug = details_of(storage, Kind.BUG)["a-bug"].record
    edit(storage, Kind.BUG, bug.pk, severity="critical", proposed_fix="Tar")

    back = by_id(exported(storage, "beads"))

    wanted = {row["id"]: dict(row) for row in EVERYTHING if "id" in row}
    del wanted["a-1"]["closed_at"]
    changed = {"status": "in_progress", "labels": ["y"], "title": "New"}
    parts = wanted["a-1"]["dependencies"]
    wanted["a-1"] |= {**changed, "dependencies": [parts[0], parts[2]]}
    wanted["a-2"] |= {"description": "Do", "notes": "it"}
    wanted["a-bug"] |= {"priority": 0, "design": "Tar"}
    for name, row in back.items():
        row.pop("updated_at", None)
        wanted[name].pop("updated_at", None)
    for name, other, kind in (("a-2", "a-1", "parent-child"), ("a-9", "a-2", "blocks")):
        (added,) = back[name].pop("dependencies")
        assert (added["issue_id"], added["depends_on_id"], added["type"]) == (name, other, kind)
    assert back == wanted


def test_comments_are_written_into_their_issue(storage, read):
    read(*EVERYTHING)
    task = task_named(storage, "a-1").record
    said = details_of(storage, Kind.STATUS_UPDATE)["a-1/1"].record
    edit(storage, Kind.STATUS_UPDATE, said.pk, description="Nay")
    make(storage, Kind.STATUS_UPDATE, description="Here too", task=task.id, actor="me")

    first, second = by_id(exported(storage, "beads"))["a-1"]["comments"]

    assert first == {**EVERYTHING[0]["comments"][0], "text": "Nay"}
    assert (second["author"], second["text"], second["issue_id"]) == ("me", "Here too", "a-1")
    assert by_id(exported(storage, "beads", pks=[task.pk]))["a-1"]["comments"][0] == first


def test_records_made_by_hand_are_written_as_beads_has_them(storage):
    batch = make_batch(storage, "hull")
    first = make_task(storage, "Row", batch=batch.id, kind="feature", priority="high",
                      description="Far\n\n## Design\n\nOars", status="canceled")  # fmt: skip
    second = make_task(storage, "Rest", batch=batch.id, parent=first.id, kind="nap")
    edit_task(storage, first.pk, links=[(second.id, LinkKind.BLOCKS)])
    make(storage, Kind.BUG, title="Leak", tasks=[first.id], severity="high", steps="Sail")
    make(storage, Kind.DESIGN_NOTE, title="Oak", decision="So", context="Why", batch=batch.id)
    make(storage, Kind.LEARNING, title="Tide", description="It turns")
    make(storage, Kind.STATUS_UPDATE, description="All well", batch=batch.id, actor="me")
    text = exported(storage, "beads")

    rows = {row.get("title", row.get("key")): row for row in lines_of(text)}

    assert all(row["id"].startswith("bd-") for row in rows.values() if "id" in row)
    row, rest, leak, oak, well = (rows[n] for n in ("Row", "Rest", "Leak", "Oak", "All well"))
    assert (row["status"], row["issue_type"], row["priority"]) == ("closed", "feature", 1)
    assert (row["description"], row["design"]) == ("Far", "Oars")
    assert {(d["type"], d["depends_on_id"]) for d in rest["dependencies"]} == {
        ("blocks", row["id"]),
        ("parent-child", row["id"]),
    }
    assert rest["issue_type"] == "task"
    assert (leak["issue_type"], leak["description"]) == ("bug", "## Steps\n\nSail")
    assert leak["dependencies"][0]["depends_on_id"] == row["id"]
    assert (oak["issue_type"], oak["design"]) == ("decision", "So")
    assert (well["issue_type"], well["sender"]) == ("message", "me")
    assert rows["Tide"] == {"_type": "memory", "key": "Tide", "value": "It turns"}
    with opened() as other:
        report = stage_text(other, text, name="issues.jsonl")
        assert report.report.formats == ["beads"]
        report.commit()
        assert {task.title for task in tasks_of(other)} == {"Row", "Rest"}


@pytest.mark.parametrize("kind", [Kind.BUG, Kind.STATUS_UPDATE, Kind.LEARNING])
def test_records_of_one_kind_are_written_alone(storage, read, kind):
    read(*EVERYTHING)
    pks = storage.ids(QUERIES[kind]())

    rows = lines_of(exported(storage, "beads", pks=pks, kind=kind))

    assert len(rows) == len(pks) > 0
    names = {Kind.BUG: {"a-bug"}, Kind.STATUS_UPDATE: {"a-9.1", "int-1", "1", "#1"}}
    assert {row.get("id") for row in rows} == names.get(kind, {None})


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_file_comes_back_equal(path):
    try:
        rows = rows_of(path)
    except ValueError:
        pytest.skip("it cannot be read")
    with opened() as storage:
        import_files(storage, path)

        back = lines_of(exported(storage, "beads"))

    newest = {row["id"]: row for row in rows}
    assert list(map(json.dumps, back)) == list(map(json.dumps, newest.values()))
