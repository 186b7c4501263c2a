"""A written file is read back and compared, and a manifest beside it says what it holds."""

import hashlib
import io
import json

import pytest

from db.cancel import CancelToken
from db.errors import UnrecognisedFileError, UnwritableFileError, WorkCancelledError
from db.exchange.exporting import ORIGINAL, ExportOptions, export, export_formats
from db.exchange.formats.base import formats
from db.exchange.formats.generic import Generic
from db.exchange.formats.sheaf import JsonlDump
from db.exchange.importing import stage_import
from db.query import QUERIES, BatchQuery, TaskQuery
from db.records import Kind
from tests.db.factories import (
    edit,
    edit_task,
    import_files,
    make_batch,
    make_task,
    named,
    opened,
    stage_everything,
    tasks_of,
    write_json,
)

WRITTEN = [each.name for each in export_formats() if each.name != ORIGINAL]


@pytest.fixture
def filled(file_storage):
    """Records of every kind, some imported, some made by hand, some changed since."""
    stage_everything(file_storage).commit()
    for kind, name in ((Kind.STATUS_UPDATE, "s1"), (Kind.EXECUTION, "r2")):
        edit(file_storage, kind, named(file_storage, kind, name).pk, description=f"text {name}")
    batch = make_batch(file_storage, "=batch")
    for number, status in enumerate(("queued", "done", "failed")):
        make_task(file_storage, f"made {number} é", batch=batch.id, status=status, tags=["a,b"])
    make_task(file_storage, "loose", description="long\n\n- text\r\n")
    edit_task(file_storage, tasks_of(file_storage)[0].pk, title="changed since")
    return file_storage


@pytest.mark.parametrize("format_name", WRITTEN)
def test_everything_is_verified_in_every_format(filled, tmp_path, format_name):
    done = export(filled, format_name, tmp_path / "out")

    assert done.verified == done.written
    assert done.written >= len(tasks_of(filled))


@pytest.mark.parametrize("kind", list(Kind))
def test_some_records_of_each_kind_are_verified(filled, tmp_path, kind):
    query = QUERIES[kind]()
    pks = list(filled.ids(query))
    for number, each in enumerate(export_formats()):
        if kind in each.kinds and each.name != ORIGINAL:
            done = export(filled, each.name, tmp_path / f"{number}", query=query)
            assert (each.name, done.verified) == (each.name, done.written)
            assert done.written >= len(pks) or kind is Kind.BATCH


@pytest.mark.parametrize("format_name", WRITTEN)
def test_the_manifest_says_what_was_written(filled, tmp_path, format_name):
    target = tmp_path / "out.file"

    done = export(filled, format_name, target)

    found = json.loads(done.manifest.read_text("utf-8"))
    is_folder = target.is_dir()
    assert done.manifest == (
        target / "manifest.json" if is_folder else tmp_path / "out.file.manifest.json"
    )
    assert found["format"] == format_name
    assert found["schema_version"] == filled.info().schema_version
    assert (found["records"], found["verified"]) == (done.written, done.verified)
    assert found["counts"]["task"] == len(tasks_of(filled))
    folder = target if is_folder else tmp_path
    assert found["files"]
    for name, said in found["files"].items():
        content = (folder / name).read_bytes()
        assert said == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_a_manifest_is_nothing_to_import(filled, tmp_path):
    target = tmp_path / "folder"
    target.mkdir()
    done = export(filled, "generic", target / "out.json")

    with opened() as other:
        report = import_files(other, target)
        assert (report.formats, len(report.passed_over)) == (["generic"], 1)
        with pytest.raises(UnrecognisedFileError):
            stage_import(other, [done.manifest])


def test_no_manifest_is_written_where_none_is_wanted(filled, tmp_path):
    target = tmp_path / "out.csv"

    done = export(filled, "csv", target, options=ExportOptions(manifest=False))

    assert done.manifest is None
    assert [path.name for path in tmp_path.glob("out*")] == ["out.csv"]


def test_a_stream_is_neither_read_back_nor_told_of(filled, tmp_path):
    done = export(filled, "csv", io.BytesIO())

    assert (done.verified, done.manifest) == (None, None)
    assert not list(tmp_path.glob("*manifest*"))


class Forgetful(Generic):
    """Leaves out the second of its records, but counts it."""

    def write(self, storage, selection):
        for number, (piece, records) in enumerate(super().write(storage, selection)):
            yield (b"" if number == 1 else piece), records


class Garbled(JsonlDump):
    """Gets one title of a dump wrong."""

    def write(self, storage, selection):
        for piece, records in super().write(storage, selection):
            yield piece.replace(b'"changed since"', b'"changed s1nce"'), records


class Broken(Generic):
    """Writes what is no JSON."""

    def write(self, storage, selection):
        yield from super().write(storage, selection)
        yield b"]", 0


@pytest.mark.parametrize(
    ("name", "writer"), [("generic", Forgetful()), ("sheaf-jsonl", Garbled())]
)
def test_a_record_that_is_not_as_it_was_meant_is_not_verified(
    filled, tmp_path, monkeypatch, name, writer
):
    monkeypatch.setitem(formats(), name, writer)

    done = export(filled, name, tmp_path / "out")

    assert done.written - done.verified == 1
    assert not done.is_whole
    # Of a dump, all is known of a row that is otherwise but which it is.
    assert len(done.left_out) == (name == "generic")
    assert all(named.startswith("task ") for named in done.left_out)


def test_a_file_that_cannot_be_read_back_does_not_replace_another(
    filled, tmp_path, monkeypatch
):
    monkeypatch.setitem(formats(), "generic", Broken())
    target = tmp_path / "out.json"
    target.write_text("before")

    with pytest.raises(UnwritableFileError, match="cannot be read back"):
        export(filled, "generic", target)

    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.glob("*out*")] == ["out.json"]


def test_cancelling_while_it_is_read_back_leaves_no_file(filled, tmp_path):
    token = CancelToken()

    def cancel_late(progress):
        if progress.is_checking:
            token.cancel()

    with pytest.raises(WorkCancelledError):
        export(filled, "sheaf", tmp_path / "out", token=token, on_progress=cancel_late)

    assert not list(tmp_path.glob("*out*"))


def test_originals_are_compared_with_their_hashes(file_storage, tmp_path):
    import_files(file_storage, write_json(tmp_path / "a.json", [{"id": 1}]))

    done = export(file_storage, ORIGINAL, tmp_path / "out")

    assert (done.written, done.verified) == (1, 1)
    found = json.loads(done.manifest.read_text())
    content = (tmp_path / "a.json").read_bytes()
    assert found["files"]["a.json"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_an_original_of_the_name_of_the_manifest_keeps_its_content(file_storage, tmp_path):
    path = write_json(tmp_path / "manifest.json", [{"id": 1, "title": "x"}])
    import_files(file_storage, path)

    export(file_storage, ORIGINAL, tmp_path / "out")

    assert (tmp_path / "out" / "manifest (2).json").read_bytes() == path.read_bytes()


def test_the_same_counts_are_read_back_from_a_part(filled, tmp_path):
    done = export(filled, "sheaf", tmp_path / "out", query=BatchQuery())

    counts = json.loads(done.manifest.read_text())["counts"]
    assert counts["batch"] + counts["task"] == done.written == done.verified
    assert counts["task"] == filled.count(TaskQuery()) - 1
