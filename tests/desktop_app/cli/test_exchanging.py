import io
import json
import sys

import pytest

PLAN = {
    "master": {
        "tasks": [
            {"id": 1, "title": "Draw the plan", "status": "done", "dependencies": []},
            {"id": 2, "title": "Build it", "status": "in-progress", "dependencies": [1]},
        ]
    }
}


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(PLAN), "utf-8")
    return path


def test_import_makes_the_storage_and_says_what_it_did(sheaf, plan, storage_path):
    ran = sheaf("import", plan, "--json")

    assert ran.code == 0, ran.err
    report = ran.document
    assert (report["dry_run"], report["files"]) == (False, ["tasks.json"])
    assert report["formats"] == ["taskmaster"]
    assert report["new"] == {"batch": 1, "task": 2}
    assert report["operation"]["verb"] == "import"
    assert storage_path.exists()
    assert sheaf("list", "tasks", "--json").document["total"] == 2


def test_a_dry_run_says_the_same_and_changes_nothing(sheaf, plan, storage_path):
    ran = sheaf("import", plan, "--dry-run", "--json")

    assert ran.code == 0, ran.err
    assert ran.document["new"] == {"batch": 1, "task": 2}
    assert (ran.document["dry_run"], ran.document["operation"]) == (True, None)
    assert not storage_path.exists()


@pytest.mark.parametrize("words", [(), ("--dry-run",), ("--bad-records", "set-aside")])
def test_a_refused_import_leaves_no_storage_that_it_made(sheaf, tmp_path, words):
    cut = tmp_path / "cut.json"
    cut.write_text("[")

    ran = sheaf("import", cut, "--storage", tmp_path / "a" / "b" / "new.sheaf", *words)

    assert ran.code == 1
    assert list(tmp_path.iterdir()) == [cut]


def test_a_refused_import_leaves_the_storage_that_was_there_and_the_folder_it_is_in(
    sheaf, tmp_path, plan
):
    (tmp_path / "a").mkdir()
    (tmp_path / "cut.json").write_text("[")

    assert sheaf("import", tmp_path / "cut.json", "--storage", tmp_path / "a/w.sheaf").code == 1
    assert (tmp_path / "a").is_dir()
    assert sheaf("import", plan, "--storage", tmp_path / "a/w.sheaf").code == 0
    assert sheaf("import", tmp_path / "cut.json", "--storage", tmp_path / "a/w.sheaf").code == 1
    listed = sheaf("list", "tasks", "--storage", tmp_path / "a/w.sheaf", "--json")
    assert listed.document["total"] == 2


@pytest.fixture
def bad(tmp_path):
    """A folder with two records that cannot be used, and one that can."""
    (tmp_path / "in").mkdir()
    lines = ['{"id": 1, "title": "Good"}', '{"id": 2, "title": }', '{"id": 3, "more": ]}']
    (tmp_path / "in" / "rows.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "in"


def test_each_record_that_cannot_be_used_is_told_once(sheaf, bad):
    ran = sheaf("import", bad)

    assert ran.code == 1
    first, *others = ran.err.splitlines()
    assert first.startswith("sheaf: 2 records cannot be used. Nothing was imported. Mend ")
    assert [line.partition(":")[0] for line in others] == [
        "  rows.jsonl, line 2, column 20",
        "  rows.jsonl, line 3, column 19",
    ]


def test_scripts_read_one_pointer_of_a_problem_to_what_is_wrong(sheaf, bad):
    refused = sheaf("import", bad, "--json")
    aside = sheaf("import", bad, "--json", "--bad-records", "set-aside").document
    (noted,) = sheaf("imports", "--json").document["items"]

    told = json.loads(refused.out)["error"]
    assert ".; rows" not in told["what"]
    for problems in (told["problems"], aside["problems"], noted["report"]["problems"]):
        assert [each["pointer"] for each in problems] == ["/title", "/more"]
        assert all("fault" not in each for each in problems)


def test_an_empty_list_is_told_as_one(sheaf, tmp_path):
    (tmp_path / "none.json").write_text(" [ ]\n")

    ran = sheaf("import", tmp_path / "none.json", "--json")

    assert ran.code == 1
    assert ran.error["what"] == "none.json is an empty list: nothing to import."


@pytest.mark.parametrize("format_name", ["chatgpt", "claude-code"])
def test_a_file_without_a_record_of_its_named_format_is_refused(sheaf, tmp_path, format_name):
    (tmp_path / "z.json").write_text("{}")

    ran = sheaf("import", tmp_path / "z.json", "--format", format_name, "--json")

    assert ran.code == 1
    assert ran.error["what"] == f"No record of the format {format_name} was found in z.json."


def test_examples_stand_under_a_heading(sheaf, plan):
    lines = sheaf("import", plan).out.splitlines()

    place = lines.index("For example:")
    assert "  Draw the plan" in lines[place:]


def test_import_says_whose_edits_the_file_takes_the_place_of(sheaf, tmp_path):
    path = tmp_path / "rows.json"
    row = {"id": 1, "title": "Build it", "updated_at": "2020-01-01T00:00:00Z"}
    path.write_text(json.dumps([row]), "utf-8")
    sheaf("import", path)
    (task,) = sheaf("list", "tasks", "--json").document["items"]
    assert sheaf("edit", task["id"], "--set", "title=Build it well").code == 0
    newer = {**row, "title": "Build it soon", "updated_at": "2101-01-01T00:00:00Z"}
    path.write_text(json.dumps([newer]), "utf-8")

    dry = sheaf("import", path, "--dry-run")
    document = sheaf("import", path, "--json").document

    assert "1 record you edited since would be overwritten:\n  Build it well" in dry.out
    assert document["overwritten"] == {"task": 1}
    assert document["overwritten_examples"] == ["Build it well"]
    assert sheaf("undo").code == 0
    said = sheaf("import", path).out
    assert "1 record you edited since was overwritten:\n  Build it well" in said


def test_a_dry_run_is_refused_where_the_import_is_and_both_name_the_fields(sheaf, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"id": 1, "title": "Build it"}]), "utf-8")
    sheaf("import", path)
    (task,) = sheaf("list", "tasks", "--json").document["items"]
    sheaf("edit", task["id"], "--set", "title=Build it well")
    path.write_text(json.dumps([{"id": 1, "title": "Build it soon"}]), "utf-8")

    dry = sheaf("import", path, "--dry-run")
    real = sheaf("import", path)
    error = json.loads(sheaf("import", path, "--json").out)["error"]

    named = "  Build it well: title is 'Build it well' here, 'Build it soon' in the file\n"
    assert (dry.code, real.code) == (1, 1)
    said = " ".join(dry.out.split())
    assert named.strip() in said
    assert "would be refused until you choose" in said
    assert real.err.endswith(named)
    assert error["conflicts"][0]["fields"] == {"title": ["Build it well", "Build it soon"]}
    settled = sheaf("import", path, "--dry-run", "--on-conflict", "mine")
    assert settled.code == 0


def test_a_dry_run_on_a_storage_leaves_no_trace_in_it(sheaf, filled, plan):
    before = sheaf("list", "tasks", "--query", "is:any", "--json").document

    assert "nothing was imported" in sheaf("import", plan, "--dry-run").out

    assert sheaf("list", "tasks", "--query", "is:any", "--json").document == before
    assert sheaf("undo", "--json").document["operation"]["title"] == "Import plan.json"


def test_importing_the_same_file_again_finds_everything_identical(sheaf, plan):
    sheaf("import", plan)

    ran = sheaf("import", plan, "--json")

    assert (ran.code, ran.document["new"]) == (0, {})
    assert ran.document["identical"]["task"] == 2
    assert sheaf("list", "tasks", "--json").document["total"] == 2


def test_an_import_is_undone_as_one(sheaf, plan):
    sheaf("import", plan)

    assert sheaf("undo").out == "Took back: Import tasks.json.\n"

    assert sheaf("list", "batches", "--query", "is:any", "--json").document["total"] == 0


def test_a_folder_is_imported_whole(sheaf, plan):
    (plan.parent / "in").mkdir()
    for name in ("a.json", "b.json"):
        (plan.parent / "in" / name).write_text(json.dumps(PLAN), "utf-8")

    ran = sheaf("import", plan.parent / "in", "--json")

    assert ran.code == 0
    assert ran.document["files"] == ["a.json", "b.json"]


def test_a_minus_reads_standard_input(sheaf, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(PLAN).encode())))

    ran = sheaf("import", "-", "--json")

    assert (ran.code, ran.document["new"]) == (0, {"batch": 1, "task": 2})


def test_standard_input_stands_alone(sheaf, plan):
    assert sheaf("import", "-", plan).code == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no JSON",
        b'{"tasks": [',
        b'{"a": 1, "a": 2}',
        b"[NaN]",
        b"[" * 100_000,
        b"\xff\xfe\x00",
    ],
    ids=["empty", "words", "truncated", "duplicate", "nan", "deep", "bytes"],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_name_and_nothing_is_imported(
    sheaf, filled, tmp_path, content
):
    broken = tmp_path / "broken.json"
    broken.write_bytes(content)

    ran = sheaf("import", broken, "--json")

    assert ran.code == 1
    assert "broken.json" in ran.error["what"]
    assert ran.error["safe"] == "Nothing was imported."
    assert sheaf("list", "tasks", "--json").document["total"] == 5


def test_the_place_of_a_mistake_is_told_as_fields(sheaf, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text('{\n  "tasks": [1,, 2]\n}', "utf-8")

    error = sheaf("import", broken, "--json").error

    assert error["type"] == "MalformedFileError"
    assert (error["line"], error["column"]) == (2, 15)
    assert {"path", "pointer", "reason"} <= set(error)


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_records_that_a_file_repeats_are_told_and_exit_with_3(sheaf, tmp_path, options):
    path = tmp_path / "rows.json"
    path.write_text('[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2}]', "utf-8")

    ran = sheaf("import", path, "--json", *options)

    assert (ran.code, ran.document["repeated"]) == (3, {"task": 1})
    assert ran.document["new"] == {"batch": 1, "task": 2}
    again = sheaf("import", path, *options)
    assert (again.code, "Repeated in a file" in again.out) == (3, True)


@pytest.mark.parametrize(
    ("choice", "code", "new", "told"),
    [
        ("newest", 3, 2, "Repeated in a file"),
        ("both", 0, 3, "New: 1 batch and 3 tasks."),
        ("history", 0, 2, "Earlier states in a file, kept as history: 1 task."),
    ],
)
def test_what_becomes_of_records_that_a_file_repeats_can_be_chosen(
    sheaf, tmp_path, choice, code, new, told
):
    path = tmp_path / "rows.json"
    path.write_text('[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2}]', "utf-8")

    tried = sheaf("import", path, "--duplicates", choice, "--dry-run")
    ran = sheaf("import", path, "--duplicates", choice, "--json")

    assert (tried.code, told in tried.out) == (code, True)
    assert (ran.code, ran.document["new"]["task"]) == (code, new)
    assert ran.document["earlier"] == ({"task": 1} if choice == "history" else {})


@pytest.mark.parametrize("format_name", ["sheaf", "sheaf-jsonl", "openai-batch"])
def test_a_file_that_is_not_in_the_named_format_is_refused_at_its_place(
    sheaf, plan, format_name, storage_path
):
    ran = sheaf("import", plan, "--format", format_name, "--json")

    assert (ran.code, ran.error["type"]) == (1, "MalformedFileError")
    assert (ran.error["path"], ran.error["line"]) == ("tasks.json", 1)
    assert not storage_path.exists()


def test_one_bad_file_among_several_stops_the_whole_import(sheaf, plan, filled):
    broken = plan.parent / "broken.json"
    broken.write_text("{", "utf-8")

    ran = sheaf("import", plan, broken)

    assert ran.code == 1
    assert sheaf("list", "tasks", "--json").document["total"] == 5


def test_a_path_that_is_not_there_is_refused(sheaf, tmp_path):
    assert sheaf("import", tmp_path / "nothing.json").code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["import", "x.json", "--format", "punch-cards"],
        ["export", "--format", "punch-cards", "--output", "x"],
        ["export", "--format", "sheaf", "--output", "-", "--json"],
    ],
)
def test_what_no_format_or_stream_can_take_is_a_usage_error(sheaf, filled, words):
    ran = sheaf(*words)

    assert ran.code == 2
    assert ("--json" in words) is bool(ran.out)


@pytest.mark.parametrize("format_name", ["sheaf", "sheaf-jsonl"])
def test_everything_exported_comes_back_in_another_storage(
    sheaf, filled, tmp_path, format_name
):
    target = tmp_path / f"all.{format_name}"
    ran = sheaf("export", "--format", format_name, "--output", target, "--json")
    assert ran.code == 0, ran.err
    assert ran.document["records"] > 0

    other = tmp_path / "other.sheaf"
    assert sheaf("import", target, "--storage", other).code == 0

    lists = [
        sheaf("list", "tasks", "--json", "--storage", storage).document
        for storage in (filled, other)
    ]
    assert lists[0] == lists[1]


def test_only_what_the_query_finds_is_exported(sheaf, filled, tmp_path):
    target = tmp_path / "some.json"

    ran = sheaf(
        "export",
        "--query",
        "status:failed",
        "--format",
        "generic",
        "--output",
        target,
        "--json",
    )

    assert ran.code == 0, ran.err
    assert "Fix the crash" in target.read_text("utf-8")
    assert "Ship" not in target.read_text("utf-8")


def test_the_tasks_of_one_batch_are_exported(sheaf, ids, tmp_path):
    target = tmp_path / "batch.json"

    ran = sheaf("export", "--batch", ids["Long ago"], "--format", "generic", "--output", target)

    assert ran.code == 0, ran.err
    assert "Old" in target.read_text("utf-8")
    assert "Ship" not in target.read_text("utf-8")


def test_a_task_is_no_batch_to_export(sheaf, ids, tmp_path):
    words = ("--format", "generic", "--output", tmp_path / "x")

    assert sheaf("export", "--batch", ids["Ship"], *words).code == 2
    assert sheaf("export", "--batch", "no-such-id", *words).code == 1


def test_a_place_that_cannot_be_written_is_refused(sheaf, filled, tmp_path):
    ran = sheaf("export", "--format", "sheaf", "--output", tmp_path / "no" / "x", "--json")

    assert (ran.code, ran.error["type"]) == (1, "UnwritableFileError")


def test_the_kept_originals_come_out_byte_for_byte(sheaf, plan, tmp_path):
    sheaf("import", plan)

    target = tmp_path / "originals"
    ran = sheaf("export", "--format", "original", "--output", target, "--no-manifest")

    assert ran.code == 0, ran.err
    written = [path for path in (tmp_path / "originals").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in written] == [plan.read_bytes()]


def test_originals_that_are_gone_are_named_and_a_dump_says_it_has_none(sheaf, plan, tmp_path):
    sheaf("import", plan)
    dump, other = tmp_path / "all.sheaf.json", tmp_path / "other.sheaf"
    written = sheaf("export", "--format", "sheaf", "--output", dump, "--json").document
    assert (written["records"], written["left_out"]) == (3, [])

    ran = sheaf("import", dump, "--storage", other)
    assert (ran.code, "all.sheaf.json speaks of are not inside" in ran.out) == (0, True)

    out = tmp_path / "originals"
    words = ("export", "--format", "original", "--output", out, "--storage", other)
    ran = sheaf(*words, "--json")
    assert (ran.code, ran.document["records"]) == (3, 1)
    assert ran.document["left_out"] == ["tasks.json"]
    assert "Left out, as it is missing" in sheaf(*words, "--overwrite").out
    checked = sheaf("check", "--storage", other)
    assert (checked.code, "tasks.json" in checked.out) == (0, True)
    assert "were not inside the dump" in checked.out


def test_without_a_file_that_was_imported_there_is_no_original_to_export(sheaf, tmp_path, plan):
    sheaf("import", plan)
    mine = sheaf("new", "task", "--title", "Mine", "--json")
    assert mine.code == 0

    ran = sheaf("export", "--query", "mine", "--format", "original", "--output",
                tmp_path / "out", "--json")  # fmt: skip

    assert (ran.code, ran.error["type"]) == (1, "ExchangeError")
    assert ran.error["safe"] == "No file was written."


CUT = b'{"id": 1, "title": "one"}\n{"id": 2, "title": "two"}\n{"id": 3, "ti'


def test_a_last_line_that_is_still_being_written_is_left_out_and_told(sheaf, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(CUT)

    ran = sheaf("import", path, "--json")

    assert (ran.code, ran.document["new"]["task"]) == (3, 2)
    assert ran.document["unfinished"] == ["rows.jsonl"]
    path.write_bytes(CUT + b'tle": "three"}\n')
    again = sheaf("import", path, "--json")
    assert (again.code, again.document["new"], again.document["unfinished"]) == (
        0, {"task": 1}, [],
    )  # fmt: skip


def test_an_unfinished_line_is_told_to_people(sheaf, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(CUT)

    out = sheaf("import", path, "--dry-run").out

    assert "The last line of rows.jsonl is not finished; left out." in out


@pytest.mark.parametrize(
    "content",
    [
        CUT + b"\n",
        CUT + b'\n{"id": 4}',
        CUT[:-4] + b" oops}",
        b'{"id": 1, "ti',
        CUT + b"\xff",
    ],
    ids=["ended", "followed", "wrong", "alone", "bytes"],
)
def test_any_other_broken_line_is_refused(sheaf, tmp_path, content):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)

    assert sheaf("import", path).code == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("issues.jsonl", '{"id":"a-1","title":"One","issue_type":"task"}\n{"id": "a-2", "ti\n'),
        (
            "talk.jsonl",
            '{"type":"user","uuid":"a","sessionId":"s","message":{"content":"hi"}}\n{"ty\n',
        ),
    ],
)
def test_a_refusal_over_one_line_names_setting_aside(sheaf, tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    assert "set aside" in sheaf("import", str(path)).err
