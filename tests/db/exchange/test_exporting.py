"""What was imported comes back as it was; what was edited differs in that alone."""

import io
import json
import os

import pytest

from db.cancel import CancelToken
from db.errors import ExchangeError, UnwritableFileError, WorkCancelledError
from db.exchange.exporting import ORIGINAL, ExportOptions, export, export_formats
from db.exchange.importing import stage_text
from db.originals import file_of
from db.query import QUERIES, BatchQuery, LearningQuery, TaskQuery, TaskSort
from db.records import Kind, Place
from db.vocabulary import LinkKind
from tests.db.exchange.test_openai_batch import INPUT, OUTPUT
from tests.db.exchange.test_taskmaster import TAGGED, task
from tests.db.factories import (
    batches_of,
    edit_task,
    import_files,
    make_batch,
    make_task,
    opened,
    task_named,
    tasks_of,
    write_json,
    write_lines,
)

UNTAGGED = {"tasks": [task(1), task("2", dependencies=["1"])], "metadata": {"version": "1"}}
ROWS = [
    {
        "id": 3,
        "name": "c",
        "created": "2025-03-01",
        "labels": ["b", "a"],
        "x": {"z": 1, "a": [2]},
    },
    {"id": 1, "name": "a", "created": "2025-01-01", "state": "In Progress", "done": None},
    {"id": 2, "name": "b", "created": "2025-02-01", "severity": "P1", "notes": " long\n text "},
    {"no": "title", "at": 1},
    "bare",
]


def exported(storage, format_name, **options):
    out = io.BytesIO()
    export(storage, format_name, out, **options)
    return out.getvalue().decode()


def same(one, other):
    """Whether two values are equal down to the order of keys."""
    return json.dumps(one) == json.dumps(other)


@pytest.mark.parametrize(
    "content",
    [
        UNTAGGED | {"metadata": {"a": 1}},
        TAGGED,
        {"master": {"tasks": [task(1, title="", status="odd", priority=None, extra=[1])]}},
        {"master": {"tasks": [{"id": 5, "title": " spaced  out ", "dependencies": ["3"]}]}},
        {"a": {"tasks": [task(1, dependencies=[2, "2", 9])]}, "b": {"tasks": [task(1)]}},
        {"a": {"tasks": [task(2), task(1), task(10)]}},
        {"a": {"tasks": [task(1, title="\ud800 lone", description="\x00")]}},
        {"metadata": {"a": 1}, "tasks": [task(1, subtasks=[task(1)])], "x": 2},
        {"tasks": [task(1)]},
        {"master": [task(1), task(2)]},
    ],
    ids=[
        *("untagged", "tagged", "odd words", "few members", "unknown", "order", "surrogates"),
        *("metadata first", "tasks alone", "tag to array"),
    ],
)
def test_task_master_files_come_back_equal(storage, tmp_path, content):
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(content))
    import_files(storage, path)

    back = json.loads(exported(storage, "taskmaster"))

    assert same(back, content)


def test_a_file_without_tags_becomes_a_tag_beside_others(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "tasks.json", UNTAGGED))
    make_task(storage, "mine", batch=make_batch(storage, "other").id)

    back = json.loads(exported(storage, "taskmaster"))

    assert back["master"] == UNTAGGED
    assert set(back) == {"master", "other"}


def test_an_edit_changes_its_own_members_of_a_task_master_file_only(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "tasks.json", TAGGED))
    first, part, beside = (
        task_named(storage, f"master:{n}").record for n in ("1", "2.1", "2.2")
    )
    edit_task(storage, first.pk, title="new title", status="queued")
    blocked = [(each.id, LinkKind.BLOCKS) for each in (first, beside)]
    edit_task(storage, part.pk, description="new", links=blocked)

    back = json.loads(exported(storage, "taskmaster"))

    wanted = json.loads(json.dumps(TAGGED))
    tasks = wanted["master"]["tasks"]
    tasks[0] |= {"title": "new title", "status": "pending", "dependencies": ["2.1"]}
    tasks[1]["subtasks"][0] |= {"details": "", "description": "new"}
    assert back == wanted


def test_tasks_made_here_are_written_for_task_master(storage):
    batch = make_batch(storage, "release")
    first = make_task(storage, "first", batch=batch.id, description="what\n\n## Details\n\nhow")
    second = make_task(storage, "second", batch=batch.id, status="done", priority="high")
    make_task(storage, "part", batch=batch.id, parent=second.id)
    make_task(storage, "alone")
    edit_task(storage, first.pk, links=[(second.id, LinkKind.BLOCKS)])

    back = json.loads(exported(storage, "taskmaster"))

    one, two = back["release"]["tasks"]
    assert (one["id"], one["title"], one["details"]) == (1, "first", "how")
    assert (two["status"], two["priority"], two["dependencies"]) == ("done", "high", [1])
    assert [part["title"] for part in two["subtasks"]] == ["part"]
    assert [each["title"] for each in back["master"]["tasks"]] == ["alone"]
    with opened() as other:
        stage_text(other, json.dumps(back), name="tasks.json").commit()
        assert len(tasks_of(other)) == 4


def test_a_list_of_objects_comes_back_equal_and_in_order(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", ROWS))

    assert same(json.loads(exported(storage, "generic")), ROWS)


def test_every_digit_and_lone_surrogate_comes_back(storage, tmp_path):
    text = (
        '{"id": 1, "a": 1e400, "b": 0.1000, "c": 12345678901234567890, "title": "\\ud800x",'
        ' "\\udfff key": 1, "description": "\\u0000"}'
    )
    import_files(storage, write_json(tmp_path / "a.json", f"[{text}]"))

    back = exported(storage, "generic")

    for number in ("1e400", "0.1000", "12345678901234567890"):
        assert number in back
    assert same(json.loads(back), [json.loads(text)])


def test_an_edit_changes_its_own_members_of_an_object_only(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", ROWS))
    edit_task(storage, task_named(storage, "1").record.pk, title="new", status="done")
    edit_task(storage, task_named(storage, "3").record.pk, tags=["c"])
    edit_task(storage, task_named(storage, "2").record.pk, description="new", kind="bug")
    make_task(storage, "made here", tags=["t"])

    back = json.loads(exported(storage, "generic"))

    wanted = json.loads(json.dumps(ROWS))
    wanted[0]["labels"] = ["c"]
    wanted[1] |= {"name": "new", "state": "succeeded"}
    wanted[2] |= {"notes": "new", "kind": "bug"}
    assert same(back[:5], wanted)
    assert (back[5]["title"], back[5]["tags"]) == ("made here", ["t"])


def test_requests_come_back_equal_and_answers_where_there_is_no_request(storage, tmp_path):
    requests = write_lines(tmp_path / "i.jsonl", INPUT)
    import_files(storage, requests)
    assert exported(storage, "openai-batch") == requests.read_text()
    import_files(storage, write_lines(tmp_path / "o.jsonl", OUTPUT))
    assert exported(storage, "openai-batch") == requests.read_text()
    with opened() as other:
        import_files(other, write_lines(tmp_path / "o.jsonl", OUTPUT))
        back = [json.loads(line) for line in exported(other, "openai-batch").splitlines()]
        assert sorted(map(str, back)) == sorted(map(str, OUTPUT))


def test_a_task_made_here_is_written_as_a_request(storage):
    made = make_task(storage, "Say hello")

    (line,) = exported(storage, "openai-batch").splitlines()

    request = json.loads(line)
    assert request["custom_id"] == made.id
    assert request["body"]["messages"][-1]["content"] == "Say hello"


@pytest.mark.parametrize("format_name", ["generic", "sheaf-jsonl"])
def test_a_filtered_export_has_what_the_table_shows(storage, tmp_path, format_name):
    rows = [
        {"id": f"r{n}", "title": f"t{n % 3} row", "tags": ["x" * (n % 2)]} for n in range(40)
    ]
    import_files(storage, write_json(tmp_path / "a.json", rows))
    storage.move(Kind.TASK, storage.ids(TaskQuery(), 5), Place.ARCHIVED)
    query = TaskQuery(text="t1", sort=TaskSort.TITLE, descending=False)

    text = exported(storage, format_name, query=query)

    shown = [task.external_id for task in storage.fetch(Kind.TASK, storage.ids(query))]
    if format_name == "generic":
        assert [row["id"] for row in json.loads(text)] == shown
    else:
        lines = [json.loads(line) for line in text.splitlines()[1:]]
        tasks = [line["row"]["external_id"] for line in lines if line["table"] == "task"]
        assert tasks == shown
        assert [line["table"] for line in lines].count("batch") == 1


def test_a_batch_is_exported_with_its_tasks(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "tasks.json", TAGGED))
    batch = next(each for each in batches_of(storage) if each.external_id != "master")

    by_pk = exported(storage, "taskmaster", pks=[batch.pk], kind=Kind.BATCH)
    by_query = exported(storage, "taskmaster", query=BatchQuery(text=batch.title))

    assert (
        json.loads(by_pk)
        == json.loads(by_query)
        == {batch.external_id: TAGGED[batch.external_id]}
    )


ALONE = ExportOptions(manifest=False)


@pytest.mark.parametrize(
    "format_name", [each.name for each in export_formats() if each.name != ORIGINAL]
)
def test_an_empty_storage_is_exported_too(storage, tmp_path, format_name):
    assert export(storage, format_name, tmp_path / "out").written == 0


def test_originals_of_records_that_came_from_no_file_are_refused(storage, tmp_path):
    make_task(storage)

    with pytest.raises(ExchangeError, match="no original to write"):
        export(storage, ORIGINAL, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_an_original_that_is_not_there_is_named_and_the_others_are_written(storage, tmp_path):
    for name in ("a", "b", "c"):
        import_files(storage, write_json(tmp_path / f"{name}.json", [{"id": name, "x": name}]))
    kept = {upload.name: upload.sha256 for upload in storage.uploads()}
    file_of(storage.originals_folder(), kept["a.json"]).unlink()
    file_of(storage.originals_folder(), kept["b.json"]).write_bytes(b"gone bad")

    done = export(storage, ORIGINAL, tmp_path / "out", options=ALONE)

    assert (done.written, sorted(done.left_out)) == (1, ["a.json", "b.json"])
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["c.json"]


@pytest.mark.parametrize("format_name", ["sheaf", "sheaf-jsonl"])
def test_a_dump_counts_records_of_every_kind(storage, tmp_path, format_name):
    make_task(storage, batch=make_batch(storage, "batch").id)
    storage.create(Kind.LEARNING, {"title": "learned"})
    storage.create(Kind.BUG, {"title": "bug"})
    seen = []

    done = export(storage, format_name, tmp_path / "out", on_progress=seen.append)

    assert done.written == seen[0].total == 4


def test_a_file_is_written_whole_with_its_number_of_records(storage, tmp_path):
    import_files(storage, write_json(tmp_path / "a.json", ROWS))
    target = tmp_path / "out.json"
    target.write_text("before")
    seen = []

    done = export(storage, "generic", target, options=ALONE, on_progress=seen.append)

    assert done.written == done.verified == len(ROWS)

    assert same(json.loads(target.read_text()), ROWS)
    assert sorted(file.name for file in tmp_path.iterdir() if "out" in file.name) == [
        "out.json"
    ]
    assert seen[0].total == len(ROWS)


def unwritable(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    return [
        tmp_path / "missing" / "out.json",
        tmp_path / "file" / "out.json",
        tmp_path / "folder",
    ]


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("format_name", ["generic", "sheaf"])
def test_what_cannot_be_written_is_said_and_leaves_no_file(
    storage, tmp_path, number, format_name
):
    make_task(storage)
    target = unwritable(tmp_path)[number]
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(UnwritableFileError) as caught:
        export(storage, format_name, target)

    assert str(target) in caught.value.what
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")  # noqa: PTH110
def test_a_full_disk_leaves_what_was_there(storage, tmp_path):
    make_task(storage, "x" * 9000)
    target = tmp_path / "out.json"
    target.write_text("before")
    partial = tmp_path / f".out.json.{os.getpid()}.partial"
    partial.symlink_to("/dev/full")

    with pytest.raises(UnwritableFileError):
        export(storage, "generic", target)

    assert target.read_text() == "before"
    assert not partial.is_symlink()


def test_a_cancelled_export_leaves_no_file(storage, tmp_path):
    make_task(storage)
    token = CancelToken()
    token.cancel()

    with pytest.raises(WorkCancelledError):
        export(storage, "generic", tmp_path / "out.json", token=token)

    assert not [file for file in tmp_path.iterdir() if "out" in file.name]


@pytest.mark.parametrize("format_name", ["excel", "claude-code"])
def test_a_format_that_cannot_be_written_is_refused(storage, tmp_path, format_name):
    assert format_name not in {each.name for each in export_formats()}
    with pytest.raises(ExchangeError, match=format_name):
        export(storage, format_name, tmp_path / "out.json")

    assert not (tmp_path / "out.json").exists()


def test_the_original_files_come_back_byte_for_byte(storage, tmp_path):
    contents = {"a.json": b'[{"id": 1},\r\n {"id": 2}]\n', "b?.json": b'\xef\xbb\xbf[{"q": 3}]'}
    for name, content in contents.items():
        import_files(storage, write_json(tmp_path / name, content))
    (tmp_path / "inner").mkdir()
    import_files(storage, write_json(tmp_path / "inner" / "a.json", b'[{"id": 9, "x": 1}]'))

    assert export(storage, ORIGINAL, tmp_path / "out", options=ALONE).written == 3

    written = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert sorted(written) == ["a (2).json", "a.json", "b_.json"]
    assert set(written.values()) == {*contents.values(), b'[{"id": 9, "x": 1}]'}
    one = TaskQuery(text="9", places=frozenset({Place.LIVE}))
    assert export(storage, ORIGINAL, tmp_path / "one", query=one).written == 1
    with pytest.raises(UnwritableFileError):
        export(storage, ORIGINAL, io.BytesIO())
    with pytest.raises(UnwritableFileError):
        export(storage, ORIGINAL, tmp_path / "a.json" / "out")


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind > Kind.TASK])
def test_a_format_that_cannot_carry_a_kind_alone_refuses_it(kind):
    with opened() as storage:
        make_task(storage)
        out = io.BytesIO()
        for chosen in ({"pks": [1], "kind": kind}, {"query": QUERIES[kind]()}):
            with pytest.raises(ExchangeError, match="alone"):
                export(storage, "taskmaster", out, **chosen)
        assert out.getvalue() == b""


def test_records_of_another_kind_are_written_as_objects(storage):
    made = storage.create(Kind.LEARNING, {"title": "kept", "confidence": 0.8, "tags": ["x"]})
    storage.create(Kind.LEARNING, {"title": "left out"})
    out = io.BytesIO()

    assert export(storage, "generic", out, query=LearningQuery(text="kept")).written == 1
    [found] = json.loads(out.getvalue())
    assert (found["title"], found["confidence"], found["tags"]) == ("kept", 0.8, ["x"])
    again = io.BytesIO()
    export(storage, "generic", again, pks=made.changed[Kind.LEARNING], kind=Kind.LEARNING)
    assert again.getvalue() == out.getvalue()
