"""Task Master files, by small samples of each shape that was seen."""

import json

import pytest

from db.query import TaskQuery
from db.records import Kind
from db.vocabulary import LinkKind, Priority, Status
from tests.db.factories import (
    batches_of,
    import_files,
    opened,
    task_named,
    tasks_of,
    write_json,
)


def task(number, title="", **members):
    return {
        "id": number,
        "title": title or f"task {number}",
        "description": "what",
        "status": "pending",
        "dependencies": [],
        "priority": "medium",
        "details": "how",
        "testStrategy": "proof",
        "subtasks": [],
        **members,
    }


SUBTASK = {"id": 1, "title": "a part", "status": "done", "dependencies": [], "details": "x"}
TAGGED = {
    "master": {
        "tasks": [
            task(1, status="done", priority="critical"),
            task(
                2,
                status="in-progress",
                priority="low",
                dependencies=[1],
                subtasks=[SUBTASK, {**SUBTASK, "id": 2, "dependencies": [1, "1.1"]}],
            ),
        ],
        "metadata": {
            "created": "2025-01-02T03:04:05.000Z",
            "updated": "2025-06-01T00:00:00.000Z",
            "description": "the main tag",
        },
    },
    "возможность": {"tasks": [task(1, "測試 مهمة")], "metadata": {}},
}


@pytest.fixture
def imported(storage, tmp_path):
    def imported(content, name="tasks.json"):
        import_files(storage, write_json(tmp_path / name, content))
        return storage

    return imported


def blockers(storage, name):
    links = task_named(storage, name).links
    return sorted(link.task.external_id for link in links if link.incoming)


def test_each_tag_is_a_batch_and_each_subtask_a_task_inside_its_parent(imported):
    storage = imported(TAGGED)

    by_name = {batch.external_id: batch for batch in batches_of(storage)}
    assert set(by_name) == {"master", "возможность"}
    assert by_name["master"].title == "tasks: master"
    assert by_name["master"].total == 4
    assert by_name["master"].counts[Status.SUCCEEDED] == 3
    detail = storage.batches.get(by_name["master"].pk)
    assert detail.description == "the main tag"
    names = {each.external_id for each in tasks_of(storage)}
    assert names == {"master:1", "master:2", "master:2.1", "master:2.2", "возможность:1"}
    children = task_named(storage, "master:2").children
    assert [(child.external_id, child.kind) for child in children] == [
        ("master:2.1", "subtask"),
        ("master:2.2", "subtask"),
    ]


def test_a_dependency_is_a_task_of_the_tag_or_a_subtask_beside(imported):
    storage = imported(TAGGED)

    assert blockers(storage, "master:2") == ["master:1"]
    assert blockers(storage, "master:2.2") == ["master:2.1"], "there is no 1.1"
    (link,) = task_named(storage, "master:1").links
    assert (link.kind, link.incoming) == (LinkKind.BLOCKS, False)


def test_a_dependency_on_a_subtask_elsewhere_is_found(imported):
    parts = [{**SUBTASK, "id": 1, "dependencies": ["2.1", "master:9"]}]
    content = {"tasks": [task(1, subtasks=parts), task(2, subtasks=[SUBTASK])], "metadata": {}}

    assert blockers(imported(content), "master:1.1") == ["master:2.1"]


def test_words_fold_and_stay_beside(imported):
    storage = imported(TAGGED)

    first, second = (task_named(storage, f"master:{n}").record for n in (1, 2))
    assert (first.status, first.status_word) == (Status.SUCCEEDED, "done")
    assert (second.status, second.status_word) == (Status.RUNNING, "in-progress")
    assert (first.priority, second.priority) == (Priority.HIGHEST, Priority.LOW)
    assert task_named(storage, "master:1").description == (
        "what\n\n## Details\n\nhow\n\n## Test strategy\n\nproof"
    )


@pytest.mark.parametrize(
    "content",
    [
        {"tasks": [task(1), task("2", dependencies=["1"])], "metadata": {"version": "1"}},
        {"master": [task(1), task("2", dependencies=["1"])]},
        {"master": {"tasks": [task(1), task("2", dependencies=["1"])]}},
        {
            "master": {"tasks": [task(1), task("2", dependencies=["1"])]},
            "tag": {"tasks": [task(7)]},
            "_rawTaggedData": {"master": {"tasks": [task(7)]}},
        },
    ],
    ids=["untagged", "tag to array", "tagged", "with the tool's own copies"],
)
def test_every_shape_is_read(imported, content):
    storage = imported(content)

    assert [batch.external_id for batch in batches_of(storage)] == ["master"]
    assert {each.external_id for each in tasks_of(storage)} == {"master:1", "master:2"}
    assert blockers(storage, "master:2") == ["master:1"]


def test_a_subtasks_id_that_names_its_parent_is_not_doubled(imported):
    content = {"tasks": [task(3, subtasks=[{**SUBTASK, "id": "3.1"}])], "metadata": {}}

    storage = imported(content)

    assert {each.external_id for each in tasks_of(storage)} == {"master:3", "master:3.1"}


def test_non_latin_text_is_found_and_its_original_shown(imported):
    storage = imported(TAGGED)

    (found,) = tasks_of(storage, TaskQuery(text="測試"))
    place = storage.tasks.get(found.pk).source_range
    content = json.dumps(TAGGED, ensure_ascii=False).encode()
    shown = json.loads(content[place.offset : place.offset + place.length])
    assert shown["title"] == "測試 مهمة"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_ranges_name_the_bytes_of_the_file_in_any_encoding(storage, tmp_path, encoding):
    text = json.dumps(TAGGED, ensure_ascii=False, indent=2)
    content = text.encode(encoding)
    import_files(storage, write_json(tmp_path / "tasks.json", content))

    for name in ("master:1", "master:2", "master:2.2", "возможность:1"):
        detail = task_named(storage, name)
        place = detail.source_range
        part = content[place.offset : place.offset + place.length]
        codec = "utf-8" if encoding.startswith("utf-8") else "utf-16-le"
        shown = json.loads(part.decode(codec))
        if encoding != "utf-16" or ".2" not in name:
            assert shown["title"] == detail.record.title


def test_a_newer_version_of_a_tag_updates_its_own_rows(storage, tmp_path):
    path = write_json(tmp_path / "tasks.json", TAGGED)
    import_files(storage, path)
    changed = json.loads(json.dumps(TAGGED))
    changed["master"]["tasks"][0]["title"] = "renamed"
    changed["master"]["tasks"][1]["subtasks"].append({**SUBTASK, "id": 3})
    changed["master"]["metadata"]["description"] = "described anew"

    report = import_files(storage, write_json(path, changed))

    assert report.records == [{"batch": 2, "task": 6}]
    assert report.new == {"task": 1}
    assert report.changed == {"task": 1, "batch": 1}
    assert report.updates_origin
    assert task_named(storage, "master:1").record.title == "renamed"
    assert len(tasks_of(storage)) == 6
    master = next(each for each in batches_of(storage) if each.external_id == "master")
    assert storage.batches.get(master.pk).description == "described anew"
    storage.history.undo()
    assert task_named(storage, "master:1").record.title == "task 1"


def test_a_large_file_is_read_in_chunks(tmp_path):
    content = {"tasks": [task(n, subtasks=[SUBTASK]) for n in range(1, 6001)], "metadata": {}}
    with opened() as storage:
        report = import_files(storage, write_json(tmp_path / "tasks.json", content))

        assert report.new == {"batch": 1, "task": 12_000}
        assert storage.batches.find_batches()[0][0].total == 12_000
        last = task_named(storage, "master:6000.1")
        assert last.parent.external_id == "master:6000"
        assert len(storage.fetch(Kind.TASK, storage.ids(TaskQuery(text="6000")))) >= 1
