"""DeeSpec folders, read and written."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.exchange.exporting import export
from db.records import Kind
from db.times import parse_time
from db.vocabulary import Status
from tests.db.exchange.kinds import details_of
from tests.db.factories import (
    batches_of,
    edit,
    edit_task,
    faults,
    import_files,
    make,
    make_batch,
    make_task,
    opened,
    records_of,
    task_named,
    tasks_of,
)

ULID = "SBI-01K6FRP24VXAE1C24TYMZ95G6S"
META = """\
id: "SBI-INIT-001"
title: "Lay the keel"  # short
priority: 10
status: "doing"      # todo|doing|done
pbi_id: "PBI-001"
labels:
    - hull
    - "dry dock"
created_at: "2025-09-26T00:00:00Z"
updated_at: "2025-09-27T00:00:00Z"
"""
V1 = {
    "ts": "2025-01-01T00:00:00Z", "turn": 1, "step": "done", "decision": "COMPLETED",
    "elapsed_ms": 1000, "error": "", "artifacts": [{"type": "pick", "id": ULID}],
}  # fmt: skip
V2 = {
    "timestamp": "2025-01-02T00:00:00.123456789Z", "sbi_id": "SBI-INIT-001", "turn": 2,
    "step": "review", "status": "WIP", "attempt": 1, "decision": "NEEDS_CHANGES",
    "elapsed_ms": 1.50, "error": "leaks", "artifacts": ["review_2.md"],
}  # fmt: skip
STATE = {
    "version": 1, "current": "implement", "status": "WIP", "turn": 3, "wip": "SBI-INIT-001",
    "lease_expires_at": "2025-01-03T00:00:00Z", "meta": {"updated_at": "2025-01-02T00:00:00Z"},
}  # fmt: skip
FILES = {
    "specs/sbi/SBI-INIT-001_init_layout/meta.yaml": META,
    "specs/sbi/SBI-INIT-001_init_layout/spec.md": "# Lay the keel\n\nOf *oak*.\n",
    "specs/sbi/SBI-INIT-001_init_layout/acceptance.md": "- [ ] straight\n",
    "specs/sbi/SBI-INIT-001_init_layout/implement_1.md": "Old place\r\n",
    f"specs/sbi/{ULID}/spec.md": "\n## No title\n\ntext",
    f"specs/sbi/{ULID}/state.json": '{"turn": 1, "status": "REVIEW&WIP", "x": 1e400}',
    "specs/pbi/PBI-001/pbi.md": "# A boat\n\nTo sail\n",
    "specs/epic/EPIC-001.yaml": "id: EPIC-001\ntitle: The sea\ndescription: |\n  Wide\n",
    "reports/sbi/SBI-INIT-001/implement_2.md": "# Did it\n\nAll of it.\n",
    "reports/sbi/SBI-INIT-001/review_2.md": "It leaks.\n\nDECISION: NEEDS_CHANGES",
    "var/journal.ndjson": f"{json.dumps(V1)}\nbroken {{\n{json.dumps(V2)}\n",
    "var/state.json": json.dumps(STATE),
}
PASSED = {
    "prompts/REVIEW.md": "# Review\n",
    "var/health.json": '{"ts": "x", "turn": 1, "ok": 1}',
}


def put(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


@pytest.fixture
def folder(tmp_path):
    return put(tmp_path / "boat" / ".deespec", FILES | PASSED)


def written(storage, target, **options):
    """Return the files of an export by their paths, the manifest left out."""
    export(storage, "deespec", target, **options)
    return {
        path.relative_to(target).as_posix(): path.read_bytes().decode()
        for path in target.rglob("*")
        if path.is_file() and "manifest" not in path.name
    }


def test_a_folder_is_read_as_items_reports_and_journal(storage, folder):
    report = import_files(storage, folder.parent)

    assert report.formats == ["deespec"]
    assert set(report.passed_over) == {f".deespec/{name}" for name in PASSED}
    assert report.new == {"batch": 3, "task": 2, "run": 3, "status update": 4}
    found = task_named(storage, "SBI-INIT-001")
    record = found.record
    assert (record.title, record.status, record.status_word) == (
        "Lay the keel",
        Status.RUNNING,
        "doing",
    )
    assert (record.tags, record.batch_title) == (("dry dock", "hull"), "A boat")
    assert record.created_at == parse_time("2025-09-26T00:00:00Z")
    assert found.description == "Of *oak*.\n\n## acceptance.md\n\n- [ ] straight"
    other = task_named(storage, ULID)
    assert (other.record.title, other.record.batch_title) == (ULID, "boat")
    assert (other.record.status, other.record.status_word) == (Status.REVIEW, "REVIEW&WIP")
    assert other.description == "## No title\n\ntext"
    batches = {batch.external_id: batch for batch in batches_of(storage)}
    assert set(batches) == {"project", "PBI-001", "EPIC-001"}
    assert storage.batches.get(batches["PBI-001"].pk).description == "To sail"
    assert storage.batches.get(batches["EPIC-001"].pk).description == "Wide"
    assert faults(storage) == []
    assert import_files(storage, folder.parent).effective == 0


def test_reports_are_runs_in_either_place(storage, folder):
    import_files(storage, folder)

    runs = details_of(storage, Kind.EXECUTION)
    assert {(each.record.turn, each.record.step) for each in runs.values()} == {
        (1, "implement"),
        (2, "implement"),
        (2, "review"),
    }
    review = runs["SBI-INIT-001/review_2"]
    assert (review.record.decision, review.record.status) == (
        "NEEDS_CHANGES",
        Status.SUCCEEDED,
    )
    assert {each.record.task_title for each in runs.values()} == {"Lay the keel"}


def test_the_journal_and_the_state_are_status_updates(storage, folder):
    import_files(storage, folder)

    said = details_of(storage, Kind.STATUS_UPDATE)
    first, broken, second = (said[f"var/journal.ndjson#{n}"] for n in (1, 2, 3))
    assert (first.record.title, first.record.task_title) == ("Turn 1, done: COMPLETED", ULID)
    assert first.record.created_at == parse_time("2025-01-01")
    assert json.loads(broken.raw) == "broken {"
    assert second.record.task_title == "Lay the keel"
    assert second.description == "Turn 2, review: NEEDS_CHANGES\n\nleaks"
    assert said["var/state.json"].record.title == "Turn 3, implement: WIP"


def test_a_journal_that_is_one_array_comes_back_as_one(storage, folder, tmp_path):
    (folder / "var/journal.ndjson").write_text(json.dumps([V1, V2, "odd"]))
    assert import_files(storage, folder).new["status update"] == 4

    back = written(storage, tmp_path / "out")["var/journal.ndjson"]

    assert json.loads(back) == [V1, V2, "odd"]
    assert import_files(storage, tmp_path / "out").new["status update"] == 4


@pytest.mark.parametrize("is_reversed", [False, True])
def test_files_that_come_one_by_one_make_the_same_records(
    storage, folder, tmp_path, is_reversed
):
    for name in sorted(FILES, reverse=is_reversed):
        import_files(storage, folder / name)

    record = task_named(storage, "SBI-INIT-001").record
    assert (record.title, record.batch_title) == ("Lay the keel", "A boat")
    assert len(tasks_of(storage)) == 2
    assert len(records_of(storage, Kind.EXECUTION)) == 3
    assert written(storage, tmp_path / "out") == FILES
    assert import_files(storage, folder).effective == 0


def test_items_are_read_before_their_reports_and_product_items_before_all(storage, folder):
    names = import_files(storage, folder).files

    shelves = [name.split("/")[:2] for name in names]
    assert [shelf for n, shelf in enumerate(shelves) if shelf not in shelves[:n]] == [
        ["specs", "epic"],
        ["specs", "pbi"],
        ["specs", "sbi"],
        ["reports", "sbi"],
        ["var", "journal.ndjson"],
        ["var", "state.json"],
    ]
    packed = shutil.make_archive(str(folder), "zip", folder)
    with opened() as other:
        inside = import_files(other, Path(packed)).files
    assert [name.removeprefix(".deespec.zip/") for name in inside] == names


def test_what_was_read_comes_back_byte_for_byte(storage, folder, tmp_path):
    import_files(storage, folder)

    assert written(storage, tmp_path / "out") == FILES


def test_two_folders_of_one_import_do_not_refer_to_each_other(storage, tmp_path):
    put(tmp_path / "one" / ".deespec", {"var/journal.ndjson": json.dumps(V2) + "\n" * 2})
    put(tmp_path / "two" / ".deespec", {"specs/sbi/SBI-INIT-001/meta.yaml": META})

    assert import_files(storage, tmp_path).new == {"batch": 3, "task": 1, "status update": 1}

    (said,) = records_of(storage, Kind.STATUS_UPDATE)
    assert (said.batch_title, said.task_pk) == ("one", None)


def test_an_archive_is_read_alike(storage, folder, tmp_path):
    shutil.make_archive(str(tmp_path / "all"), "zip", folder.parent)

    assert import_files(storage, tmp_path / "all.zip").new["task"] == 2
    assert written(storage, tmp_path / "out") == FILES


def test_only_what_was_changed_is_written_anew(storage, folder, tmp_path):
    import_files(storage, folder)
    pk = task_named(storage, "SBI-INIT-001").record.pk
    edit_task(storage, pk, title="Lay it: now", status="done", tags=["hull"])
    edit_task(storage, pk, description="Of pine\n\n## acceptance.md\n\n- [x] straight")
    edit_task(storage, task_named(storage, ULID).record.pk, status="failed")
    run = details_of(storage, Kind.EXECUTION)["SBI-INIT-001/implement_2"]
    edit(storage, Kind.EXECUTION, run.record.pk, description="Not all.\n")
    batch = next(each for each in batches_of(storage) if each.external_id == "PBI-001")
    edit(storage, Kind.BATCH, batch.pk, title="A ship", description="To row")

    home = "specs/sbi/SBI-INIT-001_init_layout"
    meta = META.replace('title: "Lay the keel"  # short', 'title: "Lay it: now"')
    meta = meta.replace('status: "doing"      # todo|doing|done', "status: done")
    meta = meta.replace('labels:\n    - hull\n    - "dry dock"', "labels:\n  - hull")
    wanted = FILES | {
        f"{home}/meta.yaml": meta,
        f"{home}/spec.md": "# Lay it: now\n\nOf pine\n",
        f"{home}/acceptance.md": "- [x] straight\n",
        f"specs/sbi/{ULID}/state.json": '{"turn": 1, "status": "failed", "x": 1e400}',
        f"specs/sbi/{ULID}/meta.yaml": f"id: {ULID}\nstatus: failed\n",
        "reports/sbi/SBI-INIT-001/implement_2.md": "Not all.\n",
        "specs/pbi/PBI-001/pbi.md": "# A ship\n\nTo row\n",
    }
    assert written(storage, tmp_path / "out") == wanted
    with opened() as other:
        import_files(other, tmp_path / "out")
        found = task_named(other, "SBI-INIT-001")
        assert found.description == "Of pine\n\n## acceptance.md\n\n- [x] straight"
        assert task_named(other, ULID).record.status is Status.FAILED


def test_records_from_elsewhere_become_items_that_are_read_again(storage, tmp_path):
    batch = make_batch(storage, "Voyage", "Far")
    task = make_task(storage, "Row: on", batch=batch.id, status="failed", tags=["é", "no"])
    make_task(storage, "Alone", description="# Odd\n\n---\nid: x")
    for step, attempt in (("implement", 1), ("implement", 2), ("a step!", 1)):
        make(storage, Kind.EXECUTION, task=task.id, title="t", turn=2, step=step,
             attempt=attempt, description=f"{step} {attempt}")  # fmt: skip
    make(storage, Kind.STATUS_UPDATE, description="going\nwell", task=task.id, actor="me")

    files = written(storage, tmp_path / "deespec")

    name = next(path.split("/")[2] for path in files if path.endswith("implement_2.md"))
    assert len(name) == len(ULID)
    assert f"reports/sbi/{name}/implement_2.attempt-2.md" in files
    with opened() as other:
        report = import_files(other, tmp_path / "deespec")
        assert report.new == {"batch": 2, "task": 2, "run": 3, "status update": 1}
        found = {each.title: each for each in tasks_of(other)}
        assert set(found) == {"Row: on", "Alone"}
        assert found["Row: on"].batch_title == "Voyage"
        assert (found["Row: on"].status, found["Row: on"].tags) == (Status.FAILED, ("no", "é"))
        assert found["Row: on"].created_at == task.created_at
        assert other.tasks.get(found["Alone"].pk).description == "# Odd\n\n---\nid: x"
        (said,) = details_of(other, Kind.STATUS_UPDATE).values()
        assert said.description.endswith("going\nwell")
        assert (said.record.actor, said.record.task_title) == ("me", "Row: on")


def test_status_updates_made_and_changed_here_are_verified_and_come_back(
    storage, folder, tmp_path
):
    import_files(storage, folder)
    told = details_of(storage, Kind.STATUS_UPDATE)
    edit(
        storage,
        Kind.STATUS_UPDATE,
        told["var/journal.ndjson#3"].record.pk,
        title="Looked at it",
        description="It leaks no more.",
        actor="me",
    )
    task = task_named(storage, ULID).record.id
    make(storage, Kind.STATUS_UPDATE, description="going\nwell", task=task, actor="you")
    make(storage, Kind.STATUS_UPDATE, title="Other", description="text")
    make(storage, Kind.STATUS_UPDATE, title="Alone")

    exported = export(storage, "deespec", tmp_path / "out")

    assert exported.verified == exported.written == 12
    with opened() as other:
        import_files(other, tmp_path / "out")
        back = {
            (
                each.record.title,
                each.description,
                each.record.actor,
                each.record.task_title or "",
            )
            for each in details_of(other, Kind.STATUS_UPDATE).values()
        }
    assert back >= {
        ("Looked at it", "It leaks no more.", "me", "Lay the keel"),
        ("going", "going\nwell", "you", ULID),
        ("Other", "text", "", ""),
        ("Alone", "Alone", "", ""),
    }
    unchanged = (tmp_path / "out/var/journal.ndjson").read_text().splitlines()[:2]
    assert unchanged == FILES["var/journal.ndjson"].splitlines()[:2]


def test_an_id_never_leads_out_of_the_folder(storage, tmp_path):
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("specs/sbi/con/meta.yaml", "id: con\ntitle: T\npbi_id: ../../up\n")
        archive.writestr("specs/sbi/a:b/meta.yaml", "id: a\ntitle: U\npbi_id: 0\n")
    import_files(storage, bad)

    files = written(storage, tmp_path / "out" / "inner")

    assert {path.name for path in (tmp_path / "out").iterdir()} == {"inner"}
    assert all(".." not in name and ":" not in name for name in files)
    assert not any("/con/" in name for name in files)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("specs/001-boat/spec.md", "# A specification of another tool\n"),
        ("reports/sbi/SBI-1/notes.md", "# Notes\n"),
        ("specs/sbi/README.md", "# About\n"),
        ("meta.yaml", "package: x\nversion: 1\n"),
        ("var/state.json", '{"version": 1, "tabs": []}'),
    ],
)
def test_other_files_are_passed_over(storage, folder, name, text):
    put(folder, {f"inner/{name}": text})

    assert f"inner/{name}" in import_files(storage, folder).passed_over


def test_an_empty_journal_is_no_fault(storage, folder):
    put(folder, {"var/journal.ndjson": ""})

    assert import_files(storage, folder).new["status update"] == 1


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@settings(max_examples=30)
@given(TEXT, TEXT, st.lists(TEXT, max_size=3))
def test_any_item_made_by_hand_is_read_again(tmp_path_factory, title, about, tags):
    target = tmp_path_factory.mktemp("any")
    with opened() as storage:
        make_task(storage, f"Do {title}", description=about, tags=[f"t{tag}" for tag in tags])
        (made,) = tasks_of(storage)
        export(storage, "deespec", target)
    with opened() as storage:
        import_files(storage, target)
        (found,) = tasks_of(storage)
        assert found.title.split() == made.title.split()
        assert {tag.strip() for tag in found.tags} == {tag.strip() for tag in made.tags}
        said = storage.tasks.get(found.pk).description
        assert said.split() == about.split()


def test_what_several_files_say_of_one_new_item_is_new_alone(storage, tmp_path):
    item = tmp_path / "specs/sbi/SBI-0001"
    put(item, {"spec.md": "# Spec one\n", "state.json": '{"id": "SBI-0001", "status": "wip"}'})

    report = import_files(storage, tmp_path)

    assert report.new["task"] == 1
    assert report.identical == {}
