"""Records of every format, and those made by hand, are written in every other and read back."""

import json

import pytest

from db.exchange.exporting import COPY, ORIGINAL, export, export_formats
from db.query import EVERYWHERE, QUERIES, BugQuery
from db.records import Kind
from tests.db.exchange.samples import samples
from tests.db.exchange.writing import exported, read_again
from tests.db.factories import edit, import_files, make, make_batch, make_task, opened

SAMPLES = samples()
WRITTEN = [each for each in export_formats() if each.name not in {COPY, ORIGINAL}]


def imported(storage, tmp_path, format_name):
    name, content = SAMPLES[format_name]
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    report = import_files(storage, tmp_path / "in" if "/" in name else path)
    assert report.formats == [format_name]


def not_whole(storage, folder):
    """Return the formats that lose a record, of everything or of all records of a kind."""
    found = []
    for chosen in WRITTEN:
        done = export(storage, chosen.name, folder / chosen.name)
        found += [] if done.is_whole else [(chosen.name, done.left_out)]
    for kind, asked in QUERIES.items():
        query = asked(places=EVERYWHERE)
        if not storage.count(query):
            continue
        for chosen in WRITTEN:
            if kind in chosen.kinds:
                target = folder / f"{chosen.name} {kind.name}"
                done = export(storage, chosen.name, target, query=query)
                found += [] if done.is_whole else [(chosen.name, kind, done.left_out)]
    return found


@pytest.mark.parametrize("format_name", SAMPLES)
def test_what_came_from_one_format_is_whole_in_every_other(tmp_path, format_name):
    with opened() as storage:
        imported(storage, tmp_path, format_name)

        assert not_whole(storage, tmp_path) == []


def test_records_made_by_hand_are_whole_in_every_format(tmp_path):
    with opened() as storage:
        batch = make_batch(storage, "tasks", "for one")
        task = make_task(storage, "60.1: by hand", batch=batch.id)
        make_task(storage, "below", parent=task.id, description="# head\n- [ ] box")
        make(storage, Kind.BUG, title="it breaks", steps="one\ntwo", tasks=[task.id])
        make(storage, Kind.STATUS_UPDATE, title="going well", task=task.id)
        make(storage, Kind.EXECUTION, title="first turn", task=task.id, turn=1)
        make(storage, Kind.DESIGN_NOTE, title="why", decision="so")
        make(storage, Kind.LEARNING, title="measure", confidence=0.8)

        assert not_whole(storage, tmp_path) == []


def test_batches_of_one_name_are_tags_of_their_own(tmp_path):
    with opened() as storage:
        for number in range(2):
            batch = make_batch(storage, "tag")
            make_task(storage, f"t{number}", batch=batch.id)

        text = exported(storage, "taskmaster")

    assert [*json.loads(text)] == ["tag (2)", "tag (3)"]
    assert sorted(read_again(tmp_path, text, "taskmaster")) == ["t0", "t1"]


def test_a_bug_comes_back_as_its_object_with_what_changed_since(tmp_path):
    path = tmp_path / "bugs.json"
    issue = {"id": "a-1", "title": "t", "issue_type": "bug", "priority": 1, "x": 1.10}
    path.write_text(f"{json.dumps(issue)}\n{json.dumps({**issue, 'id': 'a-2'})}\n")
    with opened() as storage:
        import_files(storage, path)
        first, _second = sorted(storage.ids(BugQuery()))
        edit(storage, Kind.BUG, first, title="new")

        changed, same = json.loads(exported(storage, "generic", query=BugQuery(text="")))[::-1]

    changed, same = sorted((changed, same), key=lambda each: each["id"])
    assert same == {**issue, "id": "a-2"}
    assert {**changed, **issue} == changed | {"title": "t"} | issue
    assert changed["title"] == "new"


def test_a_record_without_an_object_is_told_in_the_words_of_people():
    with opened() as storage:
        batch = make_batch(storage, "home")
        make(storage, Kind.BUG, title="it breaks", severity="high", batch=batch.id)

        (found,) = json.loads(exported(storage, "generic", query=BugQuery()))

    assert (found["status"], found["severity"], found["batch"]) == ("queued", "high", "home")
    assert found["created_at"].endswith("Z")
    assert {"pk", "version", "batch_pk", "origin", "raw"}.isdisjoint(found)


def test_issues_of_two_projects_that_are_called_the_same_stay_two(tmp_path):
    with opened() as storage:
        for name in ("one", "two"):
            comment = {"id": 1, "issue_id": "bd-1", "author": "a", "text": f"of {name}"}
            issue = {"id": "bd-1", "title": name, "issue_type": "task", "status": "open"}
            needs = [{"depends_on_id": "bd-1", "type": "blocks"}]
            rows = [
                {**issue, "comments": [comment]},
                {**issue, "id": f"{name}-2", "title": f"{name} too", "dependencies": needs},
                {**issue, "id": f"{name}-3", "title": f"{name} last"},
            ]
            path = tmp_path / f"{name}.jsonl"
            path.write_text("\n".join(map(json.dumps, rows)))
            import_files(storage, path)

        text = exported(storage, "beads")

    found = {each["title"]: each for each in map(json.loads, text.splitlines())}
    assert len({each["id"] for each in found.values()}) == 6
    for name in ("one", "two"):
        (comment,) = found[name]["comments"]
        assert comment["text"] == f"of {name}"
        (needed,) = found[f"{name} too"]["dependencies"]
        assert needed["depends_on_id"] == found[name]["id"]
