"""Lists of objects whose shape nobody told: an array, lines, or an object with one inside."""

import json

import pytest

from db.exchange import importing
from db.vocabulary import Priority, Status
from tests.db.exchange.writing import exported
from tests.db.factories import (
    batches_of,
    edit_task,
    faults,
    import_files,
    task_named,
    tasks_of,
    write_json,
    write_lines,
)

ROWS = [
    {
        "id": 7,
        "name": "One",
        "state": "In Progress",
        "labels": ["ui", "db"],
        "severity": "high",
    },
    {"id": 8, "name": "Two", "done": True, "notes": "long text", "dependsOn": [7]},
    {"id": "9", "name": "Three", "parentId": 8, "type": "bug", "due": None, "weight": 1.50},
]

FAR = 600
"""So many rows are not stored in one go."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(importing, "CHUNK_RECORDS", FAR - 100)


def names(storage):
    return {task.external_id: task.title for task in tasks_of(storage)}


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        "".join(json.dumps(row) + "\n" for row in ROWS),
        {"version": 2, "items": ROWS, "short": [1]},
        {"7": ROWS[0], "8": ROWS[1], "9": ROWS[2]},
    ],
    ids=["array", "lines", "object with an array", "keyed objects"],
)
def test_every_shape_gives_the_same_tasks(storage, tmp_path, content):
    report = import_files(storage, write_json(tmp_path / "things.json", content))

    assert report.formats == ["generic"]
    assert report.new == {"batch": 1, "task": 3}
    assert names(storage) == {"7": "One", "8": "Two", "9": "Three"}
    first, second, third = (task_named(storage, name) for name in "789")
    assert (first.record.status, first.record.status_word) == (Status.RUNNING, "In Progress")
    assert (first.record.tags, first.record.priority) == (("db", "ui"), Priority.HIGH)
    assert (second.record.status, second.description) == (Status.SUCCEEDED, "long text")
    assert [link.task.external_id for link in second.links] == ["7"]
    assert (third.parent.external_id, third.record.kind) == ("8", "bug")
    assert json.loads(third.raw) == ROWS[2]
    assert batches_of(storage)[0].title == "things"


def test_objects_without_ids_are_numbered(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", [{"text": "one"}, {"text": "two"}]))

    assert names(storage) == {"#1": "one", "#2": "two"}


def test_objects_without_words_get_a_title(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", [{"x": 1}, {"id": 5, "x": 2}]))

    assert names(storage) == {"#1": "Record #1", "5": "Record 5"}


def test_of_rows_with_one_id_the_last_stays(storage, tmp_path):
    rows = [{"id": 1, "title": "old"}, {"id": 2, "title": "other"}, {"id": 1, "title": "new"}]

    report = import_files(storage, write_lines(tmp_path / "a.jsonl", rows))

    assert names(storage) == {"1": "new", "2": "other"}
    assert report.new["task"] == 2
    assert faults(storage) == []


def test_of_rows_with_one_id_far_apart_the_last_stays(storage, tmp_path):
    rows = [{"id": n, "title": f"old {n}", "tags": ["old"]} for n in range(FAR)]
    rows += [{"id": 3, "title": "new 3", "tags": ["new"]}]

    import_files(storage, write_lines(tmp_path / "a.jsonl", rows))

    assert task_named(storage, "3").record.title == "new 3"
    assert len(tasks_of(storage)) == FAR
    assert faults(storage) == []


def test_of_rows_with_one_id_far_apart_the_tags_and_links_of_the_last_stay(storage, tmp_path):
    rows = [{"id": n, "tags": ["old"], "dependencies": ["1"]} for n in range(FAR)]
    rows += [{"id": 3, "tags": ["new"], "dependencies": ["2"]}]

    import_files(storage, write_lines(tmp_path / "a.jsonl", rows))

    detail = task_named(storage, "3")
    assert detail.record.tags == ("new",)
    assert {link.task.external_id for link in detail.links if link.incoming} == {"2"}


@pytest.mark.parametrize("between", [1, FAR])
def test_of_rows_with_one_id_the_one_changed_last_stays(storage, tmp_path, between):
    rows = [
        {"id": 1, "title": "newer", "updated_at": "2025-02-02"},
        *({"id": n, "title": "filler"} for n in range(2, 2 + between)),
        {"id": 1, "title": "older", "updated_at": "2025-01-01"},
    ]

    import_files(storage, write_lines(tmp_path / "a.jsonl", rows))

    assert task_named(storage, "1").record.title == "newer"


def test_elements_that_are_no_objects_are_kept_as_they_are(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", [{"id": 1}, "two", 3, None, [4]]))

    assert len(tasks_of(storage)) == 5
    assert task_named(storage, "#2").record.title == "two"
    assert task_named(storage, "#4").raw == "null"


def test_numbers_and_surrogates_are_kept_as_they_were_written(storage, tmp_path):
    text = '{"id": 1, "a": 1e400, "b": 0.1000, "c": 12345678901234567890, "title": "\\ud800x"}'
    import_files(storage, write_json(tmp_path / "a.json", f"[{text}]"))

    detail = task_named(storage, "1")
    assert detail.raw == text
    assert detail.record.title == "\ufffdx"


def test_times_are_read_as_microseconds(storage, tmp_path):
    rows = [
        {
            "id": "iso",
            "created_at": "2025-01-02T03:04:05.678901+02:00",
            "updatedAt": "2026-01-01",
        },
        {"id": "s", "created": 1_700_000_000},
        {"id": "ms", "created": 1_700_000_000_000},
        {"id": "ns", "created": 1_700_000_000_000_000_000},
    ]
    import_files(storage, write_json(tmp_path / "a.json", rows))

    assert task_named(storage, "iso").record.created_at == 1_735_779_845_678_901
    assert task_named(storage, "iso").record.updated_at == 1_767_225_600_000_000
    for unit in ("s", "ms", "ns"):
        assert task_named(storage, unit).record.created_at == 1_700_000_000_000_000


@pytest.mark.parametrize("parents", [{1: 1}, {1: 2, 2: 1}, {1: 2, 2: 3, 3: 1}])
def test_tasks_that_name_each_other_as_parent_are_in_no_circle(storage, tmp_path, parents):
    rows = [{"id": number, "parent": parent} for number, parent in parents.items()]
    import_files(storage, write_json(tmp_path / "a.json", [*rows, {"id": 9}]))

    above = {task.pk: task.parent_pk for task in tasks_of(storage)}
    ends = set(above)
    for _ in above:
        ends = {above[pk] for pk in ends if pk is not None}
    assert ends <= {None}


TWO = {
    "version": 1.50,
    "items": [{"id": 1, "title": "first"}, {"id": 2, "title": "second"}],
    "lastUpdated": "2026-01-02",
    "others": [{"id": 1, "title": "other", "done": True}],
    "none": [],
}


def test_every_list_of_an_object_is_a_batch(storage, tmp_path):
    report = import_files(storage, write_json(tmp_path / "two.json", TWO))

    assert report.new == {"batch": 2, "task": 3}
    batches = {batch.pk: batch.title for batch in batches_of(storage)}
    assert {task.title: batches[task.batch_pk] for task in tasks_of(storage)} == {
        "first": "two: items",
        "second": "two: items",
        "other": "two: others",
    }
    assert import_files(storage, tmp_path / "two.json").effective == 0


def test_what_stands_around_the_lists_comes_back(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "two.json", TWO))
    (second,) = (task for task in tasks_of(storage) if task.title == "second")
    edit_task(storage, second.pk, title="changed")

    written = json.loads(exported(storage, "generic"))

    changed = [TWO["items"][0], {"id": 2, "title": "changed"}]
    assert written == {**TWO, "items": changed}
    assert [*written] == [*TWO]


def test_tasks_of_several_files_are_one_list(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "two.json", TWO))
    import_files(storage, write_json(tmp_path / "rows.json", ROWS))

    assert len(json.loads(exported(storage, "generic"))) == 6
