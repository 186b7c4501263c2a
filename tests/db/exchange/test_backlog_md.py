"""Backlog.md: a folder of tasks, decisions, documents and milestones."""

import json
import zipfile

import pytest

from db.records import Kind
from db.times import parse_time
from db.vocabulary import LinkKind, Priority, Status
from tests.db.exchange.kinds import details_of
from tests.db.factories import (
    SHARED,
    batches_of,
    edit,
    edit_task,
    faults,
    import_files,
    named,
    task_named,
    tasks_of,
)

TASK = """\
---
id: BACK-7.1
title: 'Steer: to port'
status: In Progress
assignee:
  - '@mate'
created_date: '2026-07-16 21:49'
updated_date: '2026-07-17 08:00'
labels: [rudder, wind]
dependencies:
  - BACK-8
  - BACK-9
parent_task_id: BACK-7
priority: high
type: enhancement
ordinal: 12000
---

## Description

<!-- SECTION:DESCRIPTION:BEGIN -->
A long `turn`.
<!-- SECTION:DESCRIPTION:END -->

## Acceptance Criteria
<!-- AC:BEGIN -->
- [x] #1 It turns
- [ ] #2 It stays
  for a while
<!-- AC:END -->

## Definition of Done
<!-- DOD:BEGIN -->
- [ ] #1 Told the crew
<!-- DOD:END -->

## Implementation Plan

- [ ] no criterion

## Implementation Notes

<!-- SECTION:NOTES:BEGIN -->
Went *well*.
<!-- SECTION:NOTES:END -->
"""
OTHERS = {
    "backlog/tasks/back-9 - Dock.md": "---\nid: BACK-9\ntitle: Dock\nstatus: Done\n---\n",
    "backlog/tasks/back-7 - Sail.md": '---\nid: BACK-7\ntitle: Sail\nstatus: "To do"\n---\n',
    "backlog/completed/back-8 - Rig.md": (
        "---\nid: BACK-8\ntitle: Rig\nstatus: Done\nmilestone: m-1\n---\n"
    ),
    "backlog/drafts/draft-1 - Later.md": (
        "---\nid: DRAFT-1\ntitle: >-\n  Later\n  on\nstatus: Draft\n---\n"
    ),
    "backlog/milestones/m-1 - first.md": (
        '---\nid: m-1\ntitle: "First trip"\n---\n\n## Description\n\nTo the isle\n'
    ),
    "backlog/decisions/decision-1 - Oars.md": (
        "---\nid: decision-1\ntitle: Oars\ndate: '2025-06-22'\nstatus: accepted\n---\n"
        "## Context\n\nNo wind\n\n## Decision\n\nRow\n\n## Consequences\n\n### Good\nDry\n\n"
        "## Links\n\na.md\n"
    ),
    "backlog/docs/guide/doc-1 - Knots.md": (
        "---\nid: doc-1\ntitle: Knots\ntype: guide\ncreated_date: '2025-07-21'\n---\n# Knots\n"
    ),
    "backlog/config.yml": 'project_name: "Sea"\nstatuses: [Done]\ntask_prefix: "back"\n',
    "backlog/readme.md": "# Not a task\n",
}
FILES = {"backlog/tasks/back-7.1 - Steer.md": TASK, **OTHERS}


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "boat"
    for name, text in FILES.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return home


def test_a_task_is_read_with_its_parts_and_its_notes(storage, folder):
    report = import_files(storage, folder)

    assert report.formats == ["backlog-md"]
    assert report.passed_over == ["backlog/readme.md"]
    assert report.new == {"batch": 2, "task": 8, "status update": 1, "design note": 2}
    found = task_named(storage, "BACK-7.1")
    record = found.record
    assert (record.title, record.kind) == ("Steer: to port", "enhancement")
    assert (record.status, record.status_word) == (Status.RUNNING, "In Progress")
    assert (record.priority, record.tags) == (Priority.HIGH, ("rudder", "wind"))
    assert record.created_at == parse_time("2026-07-16T21:49:00Z")
    assert record.updated_at == parse_time("2026-07-17T08:00:00Z")
    assert found.parent.external_id == "BACK-7"
    links = {(link.task.external_id, link.kind, link.incoming) for link in found.links}
    assert links == {("BACK-8", LinkKind.BLOCKS, True), ("BACK-9", LinkKind.BLOCKS, True)}
    assert found.description == "A long `turn`.\n\n## Implementation Plan\n\n- [ ] no criterion"
    assert json.loads(found.raw) == TASK
    parts = {each.external_id: (each.title, each.status) for each in found.children}
    assert parts == {
        "BACK-7.1/AC#1": ("It turns", Status.SUCCEEDED),
        "BACK-7.1/AC#2": ("It stays", Status.QUEUED),
        "BACK-7.1/DoD#1": ("Told the crew", Status.QUEUED),
    }
    assert task_named(storage, "BACK-7.1/AC#2").description == "for a while"
    note = details_of(storage, Kind.STATUS_UPDATE)["BACK-7.1/notes"]
    assert (note.description, note.record.task_title) == ("Went *well*.", "Steer: to port")
    assert faults(storage) == []
    assert import_files(storage, folder).effective == 0


def test_milestones_are_batches_and_what_is_in_none_is_in_the_project(storage, folder):
    import_files(storage, folder)

    found = {batch.external_id: batch for batch in batches_of(storage)}
    assert {name: batch.title for name, batch in found.items()} == {
        "project": "Sea",
        "m-1": "First trip",
    }
    assert storage.batches.get(found["m-1"].pk).description == "To the isle"
    assert (
        json.loads(storage.batches.get(found["project"].pk).raw) == FILES["backlog/config.yml"]
    )
    assert task_named(storage, "BACK-8").record.batch_title == "First trip"
    draft = task_named(storage, "DRAFT-1").record
    assert (draft.title, draft.batch_title) == ("Later on", "Sea")


def test_decisions_and_documents_are_design_notes(storage, folder):
    import_files(storage, folder)

    notes = details_of(storage, Kind.DESIGN_NOTE)
    decision = notes["decision-1"]
    assert decision.texts == {
        "context": "No wind",
        "decision": "Row",
        "consequences": "### Good\nDry",
    }
    assert decision.description == "## Links\n\na.md"
    assert decision.record.created_at == parse_time("2025-06-22")
    assert notes["doc-1"].description == "# Knots"


def test_files_that_come_one_by_one_find_each_other(storage, folder):
    home = folder / "backlog"
    for name in sorted(FILES):
        if not name.endswith("readme.md"):
            import_files(storage, folder / name)

    assert task_named(storage, "BACK-7.1").parent.external_id == "BACK-7"
    assert task_named(storage, "BACK-8").record.batch_title == "First trip"
    report = import_files(storage, home)
    assert (report.new, report.changed) == ({}, {})


def test_a_milestone_that_was_renamed_here_keeps_its_name(storage, folder):
    import_files(storage, folder / "backlog" / "completed")
    batch = next(each for each in batches_of(storage) if each.external_id == "m-1")
    assert batch.title == "m-1"
    edit(storage, Kind.BATCH, batch.pk, title="Mine")

    import_files(storage, folder)

    found = storage.batches.get(batch.pk)
    assert (found.record.title, found.description) == ("Mine", "To the isle")


def test_two_projects_with_the_same_ids_stay_apart(storage, folder, tmp_path):
    import_files(storage, folder)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(f"ship/{name}", text)

    report = import_files(storage, tmp_path / "other.zip")

    assert report.new["task"] == 8
    assert len(tasks_of(storage)) == 16


def test_a_file_that_grew_changes_its_records_alone(storage, folder):
    import_files(storage, folder)
    pk = task_named(storage, "BACK-7").record.pk
    edit_task(storage, pk, title="Sail on")
    path = folder / "backlog/tasks/back-7.1 - Steer.md"
    path.write_text(TASK.replace("[ ] #2", "[x] #2").replace("07-17", "07-18"))

    report = import_files(storage, folder)

    assert (report.new, report.changed["task"]) == ({}, 2)
    assert task_named(storage, "BACK-7.1/AC#2").record.status is Status.SUCCEEDED
    assert task_named(storage, "BACK-7").record.title == "Sail on"


@pytest.mark.parametrize(
    "text",
    [
        "---\nid: a\ntitle: b\n---\n",
        "---\ntitle: A post\ndate: 2025-01-01\n---\n\n## Description\n",
        "---\nname: an-agent\ndescription: does\n---\n# Agent\n",
        "project_name: x\nversion: 2\n",
        "# Task\n\nid: BACK-1\n",
    ],
)
def test_other_texts_are_passed_over(storage, folder, text):
    path = folder / "backlog" / "other.md"
    path.write_text(text)

    assert "backlog/other.md" in import_files(storage, folder).passed_over


REAL = SHARED / "backlog_md"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not there")
def test_the_real_folder_is_read_whole(storage):
    texts = [
        path.read_text()
        for path in REAL.rglob("*.md")
        if path.is_file() and path.name != "readme.md"
    ]
    tasks = [text for text in texts if "\nstatus:" in text and "id: decision" not in text]
    boxes = sum(
        line.startswith(("- [ ] #", "- [x] #")) for text in tasks for line in text.split("\n")
    )
    done = sum(line.startswith("- [x] #") for text in tasks for line in text.split("\n"))

    report = import_files(storage, REAL)

    assert report.new["task"] == len(tasks) + boxes
    found = tasks_of(storage)
    criteria = [task for task in found if task.kind == "criterion"]
    assert sum(task.status is Status.SUCCEEDED for task in criteria) == done
    finished = [
        text for text in tasks if "\nstatus: Done" in text or '\nstatus: "Done"' in text
    ]
    others = [task for task in found if task.kind != "criterion"]
    assert sum(task.status is Status.SUCCEEDED for task in others) == len(finished)
    assert {batch.title for batch in batches_of(storage)} == {"Backlog.md"}
    raws = {json.loads(storage.tasks.get(task.pk).raw) for task in others}
    assert raws == set(tasks)
    assert named(storage, Kind.DESIGN_NOTE, "decision-1")
    assert import_files(storage, REAL).effective == 0
