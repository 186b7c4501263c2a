"""Every file that cannot be used is refused in words, at its place, and leaves nothing."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from db.errors import (
    ExchangeError,
    MalformedFileError,
    UnreadableFileError,
    UnrecognisedFileError,
    UnsupportedVersionError,
)
from db.exchange.choices import ImportChoices
from db.exchange.importing import stage_import
from db.storage import open_storage, to_uri
from tests.db.factories import (
    ALL_TABLES,
    SHARED,
    faults,
    import_files,
    make_task,
    opened,
    picture,
    task_named,
    tasks_of,
    write_json,
)

SUITE = SHARED / "json_test_suite" / "test_parsing"
SUITE_FILES = sorted(SUITE.glob("*.json")) if SUITE.is_dir() else []
NESTED = 100_000
DEEP = "[" * NESTED + "]" * NESTED
CONFLICT = """[
  {"id": 1},
<<<<<<< HEAD
  {"id": 2}
=======
  {"id": 3}
>>>>>>> other
]"""
POINTER = """version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
"""
BAD = {
    "not JSON": ("hello world", (1, 1, "")),
    "HTML": ("<!doctype html>\n<html></html>", (1, 1, "")),
    "truncated": ('[\n  {"id": 1},\n  {"id": ', (3, 10, "/1/id")),
    "truncated string": ('[{"id": "ab', (1, 12, "/0/id")),
    "trailing comma": ('[{"id": 1},\n]', (2, 1, None)),
    "NaN": ('[{"id": NaN}]', (1, 9, "/0/id")),
    "minus infinity": ('[{"id": -Infinity}]', (1, 9, "/0/id")),
    "duplicate keys": ('[{"id": 1, "id": 2}]', (1, 12, "/0/id")),
    "deep nesting": ('[{"id": ' + DEEP + "}]", (1, None, None)),
    "nothing but nesting": (DEEP, (1, None, None)),
    "conflict markers": (CONFLICT, (3, 1, None)),
    "LFS pointer": (POINTER, (1, 1, "")),
    "empty": ("", (1, 1, "")),
    "blank": (" \n\n", (3, 1, "")),
    "single value": ("42", (None, None, "")),
    "binary": (bytes(range(256)) * 20, (1, 1, "")),
    "broken UTF-8": (b'[{"id": "\xff"}]', (1, 10, "/0/id")),
    "broken UTF-16": ('[{"id": 1}]'.encode("utf-16")[:-1], (1, None, None)),
    "bad line": ('{"id": 1}\n{"id": 2}\n{"id": 3,}\n', (3, 10, None)),
    "duplicate keys in a line": ('{"id": 1}\n{"id": 2, "id": 3}\n', (2, 11, "/id")),
    "text after the end": ('[{"id": 1}] []', (1, 13, "")),
}


def refusal(storage, path, kind=ExchangeError, **options):
    with pytest.raises(kind) as caught:
        stage_import(storage, [path], ImportChoices(**options))
    error = caught.value
    assert type(error) is kind or kind is ExchangeError
    assert all(each.rstrip().endswith((".", "!")) for each in (error.what, error.safe))
    assert error.advice
    assert picture(storage, ALL_TABLES) == {table: [] for table in ALL_TABLES}
    assert storage.history.next_undo() is None
    kept = storage.originals_folder()
    assert not [file for file in kept.rglob("*") if file.is_file()]
    return error


@pytest.mark.parametrize("name", BAD)
def test_bad_content_is_refused_at_its_place(storage, tmp_path, name):
    content, (line, column, pointer) = BAD[name]

    error = refusal(storage, write_json(tmp_path / "bad.json", content), MalformedFileError)

    assert error.path == "bad.json"
    assert error.line == line
    assert column is None or error.column == column
    assert pointer is None or error.pointer == pointer
    assert error.reason
    assert str(error).startswith("bad.json")


@pytest.mark.parametrize("name", ["conflict markers", "LFS pointer", "empty", "NaN"])
def test_a_common_mishap_is_called_by_its_name(storage, tmp_path, name):
    words = {"conflict markers": "conflict", "LFS pointer": "LFS"}.get(name, name)

    error = refusal(storage, write_json(tmp_path / "bad.json", BAD[name][0]))

    assert words in str(error)


def test_what_has_no_place_to_mend_gets_advice_of_its_own(storage, tmp_path):
    advice = {
        name: refusal(storage, write_json(tmp_path / "bad.json", BAD[name][0])).advice
        for name in ("LFS pointer", "empty", "NaN")
    }

    assert "git lfs pull" in advice["LFS pointer"]
    assert len(set(advice.values())) == 3
    assert "Mend" not in advice["empty"]


def test_a_long_pointer_is_short_in_the_sentence_and_whole_beside(storage, tmp_path):
    error = refusal(storage, write_json(tmp_path / "bad.json", DEEP), MalformedFileError)

    assert error.pointer == "/0" * 512
    assert len(error.what) < 200
    assert "…" in error.what


@pytest.mark.parametrize(
    ("content", "format_name", "line", "pointer"),
    [
        ({"tasks": []}, "sheaf", 1, ""),
        ({"sheaf": 1}, "sheaf", 1, ""),
        ({"sheaf": 1, "tables": []}, "sheaf", 1, "/tables"),
        ({"sheaf": 1, "tables": {"task": [[]]}}, "sheaf", 1, "/tables/task/0"),
        ({"tasks": []}, "sheaf-jsonl", 1, ""),
        ('{"table": "task", "row": {}}\n{"sheaf": 1}\n', "sheaf-jsonl", 1, ""),
        ('{"sheaf": 1}\n{"rows": []}\n', "sheaf-jsonl", 2, "/table"),
        ('{"sheaf": 1}\n{"table": "task", "row": 7}\n', "sheaf-jsonl", 2, "/row"),
        ('{"custom_id": "a", "body": {}}\n{"id": 7}\n', "openai-batch", 2, "/custom_id"),
        ([{"custom_id": "a"}, {"custom_id": ""}], "openai-batch", 1, "/1"),
        ({"a": 1}, "taskmaster", 1, ""),
    ],
)
def test_what_is_not_in_the_named_format_is_refused_at_its_place(
    storage, tmp_path, content, format_name, line, pointer
):
    path = write_json(tmp_path / "bad.json", content)

    error = refusal(storage, path, MalformedFileError, format_name=format_name)

    assert (error.path, error.line, error.pointer) == ("bad.json", line, pointer)


def test_a_fault_far_into_a_file_is_found_before_anything_is_kept(storage, tmp_path):
    rows = [{"id": n, "text": "x" * 100} for n in range(12_000)]
    text = json.dumps(rows)[:-1] + ',{"id": NaN}]'

    error = refusal(storage, write_json(tmp_path / "bad.json", text), MalformedFileError)

    assert error.pointer == "/12000/id"
    assert faults(storage) == []


def test_a_missing_file_is_refused(storage, tmp_path):
    refusal(storage, tmp_path / "missing.json", UnreadableFileError)


def test_a_folder_without_records_is_refused(storage, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    refusal(storage, folder, UnreadableFileError)

    (folder / "notes.txt").write_text("x")
    refusal(storage, folder, UnrecognisedFileError)


@pytest.mark.skipif(os.name != "posix", reason="a pipe is made")
def test_what_is_no_regular_file_is_refused_without_waiting(storage, tmp_path):
    os.mkfifo(tmp_path / "pipe.json")

    refusal(storage, tmp_path / "pipe.json", UnreadableFileError)
    refusal(storage, Path(os.devnull), UnreadableFileError)


def test_an_object_without_a_list_is_not_recognised(storage, tmp_path):
    path = write_json(tmp_path / "object.json", {"size": 3, "depth": 4})

    refusal(storage, path, UnrecognisedFileError)


def test_a_format_that_does_not_exist_is_refused(storage, tmp_path):
    path = write_json(tmp_path / "a.json", [{"id": 1}])

    error = refusal(storage, path, UnrecognisedFileError, format_name="excel")

    assert "taskmaster" in error.advice


@pytest.mark.parametrize("version", [2, "1", None])
def test_a_dump_of_a_newer_sheaf_is_refused(storage, tmp_path, version):
    as_one = write_json(tmp_path / "a.json", {"sheaf": version, "tables": {}})
    as_lines = write_json(tmp_path / "a.jsonl", f'{{"sheaf": {json.dumps(version)}}}\n{{}}\n')

    refusal(storage, as_one, UnsupportedVersionError)
    refusal(storage, as_lines, UnsupportedVersionError)


@pytest.mark.parametrize(
    "row",
    [
        {"table": "nowhere", "row": {}},
        {"table": "task", "row": {}},
        {"table": "task", "row": [1]},
        {"table": "operation", "row": {"id": "x", "colour": "red"}},
        {"table": "setting", "row": {"key": 1}},
        {"table": "batch", "row": {"id": None}},
    ],
)
def test_a_dump_with_a_row_that_cannot_be_is_refused(storage, tmp_path, row):
    path = write_json(tmp_path / "a.jsonl", f'{{"sheaf": 1}}\n{json.dumps(row)}\n')

    refusal(storage, path)


def test_the_words_of_a_dump_are_never_read_as_sql(storage, tmp_path):
    column = "created_at) SELECT 1, 2, 3, 4, 5, 6, 7, 8; DELETE FROM setting; --"
    row = dict.fromkeys(("id", "sha256", "name", "path", "format", "origin"), "x")
    row |= {"size": 1, "created_at": 1, column: 1}
    storage.settings.put("kept", 1)
    lines = [{"sheaf": 1}, {"table": "upload", "row": row}, {"table": "operation", "row": row}]
    text = "".join(json.dumps(line) + "\n" for line in lines)

    with pytest.raises(ExchangeError):
        stage_import(storage, [write_json(tmp_path / "a.jsonl", text)])

    assert storage.settings.get("kept") == 1


TRY = """
import os, sys
from pathlib import Path
from db.errors import UnreadableFileError
from db.exchange.importing import stage_import
from db.storage import open_storage
storage = open_storage("memory:")
os.umask(0)
stage_import(storage, [Path(sys.argv[1])]).discard()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
storage._temporary = Path(sys.argv[3])
try:
    stage_import(storage, [Path(sys.argv[2])])
except UnreadableFileError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
@pytest.mark.parametrize(
    "shut",
    [
        "file",
        "folder",
    ],
)
def test_a_file_that_may_not_be_read_is_refused(shut):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "inner").mkdir()
        (folder / "originals").mkdir(mode=0o777)
        (folder / "originals").chmod(0o777)
        open_ = write_json(folder / "open.json", [{"id": 1}])
        path = write_json(folder / "inner" / "secret.json", [{"id": 1}])
        (path if shut == "file" else path.parent).chmod(0)

        done = subprocess.run(
            [sys.executable, "-c", TRY, open_, path, folder / "originals"],
            capture_output=True,
            text=True,
            check=False,
        )

        path.parent.chmod(0o755)
        assert done.stderr == ""
        assert "secret.json" in done.stdout
        assert "permission" in done.stdout.lower()


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
def test_the_file_of_an_open_workspace_is_refused_without_being_looked_into(tmp_path, ending):
    path = tmp_path / "work.sheaf"
    storage = open_storage(to_uri(str(path)))
    make_task(storage, "x")
    named = path.with_name(path.name + ending)
    with pytest.raises(UnreadableFileError, match=f"{named.name} is a database that is in use"):
        stage_import(storage, [named])
    storage.close()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("as_lines", [False, True])
def test_other_encodings_are_read(storage, tmp_path, encoding, as_lines):
    rows = ['{"id": 1, "title": "é 測試 🎉"}', '{"id": 2, "title": "two"}']
    text = "\n".join(rows) if as_lines else f"[{','.join(rows)}]"
    content = text.encode(encoding)
    if encoding == "utf-16-be":
        content = b"\xfe\xff" + content

    import_files(storage, write_json(tmp_path / "a.json", content))

    assert task_named(storage, "1").record.title == "é 測試 🎉"
    assert task_named(storage, "1").raw == rows[0]


@pytest.mark.skipif(not SUITE_FILES, reason="the suite of JSON files is not there")
def test_every_file_of_the_json_test_suite_is_read_or_refused_in_words(tmp_path):
    accepted = set()
    with opened() as storage:
        for path in SUITE_FILES:
            try:
                staging = stage_import(storage, [path])
            except ExchangeError:
                continue
            staging.discard()
            accepted.add(path.name)
        assert tasks_of(storage) == []
        assert storage.uploads() == ()

    assert not {name for name in accepted if name.startswith("n_")}
    assert "y_array_heterogeneous.json" in accepted
