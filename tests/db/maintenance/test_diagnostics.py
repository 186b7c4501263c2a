"""What the bundle tells is of use, and holds no word of any record."""

import json
import os
import stat
import zipfile
from pathlib import Path

import pytest

from db.cancel import CancelToken
from db.errors import StorageDamagedError, UnwritableFileError, WorkCancelledError
from db.maintenance.backups import Backups
from db.maintenance.diagnostics import (
    Found,
    Part,
    blackened,
    contents_text,
    program_parts,
    storage_parts,
    unopened_part,
    write_bundle,
)
from db.maintenance.manifest import BackupKind
from db.records import Kind
from tests.db.factories import import_files, make_batch, make_task, stage_everything, write_json

PLANTED = "Zanzibar"
KEY = "sk-ant-api03-" + "Ab3d5f7h9k" * 4


def part(parts, name):
    (found,) = (each for each in parts if each.name == name)
    return json.loads(found.text)


def test_the_parts_of_a_storage_tell_versions_counts_and_sizes(file_storage, tmp_path):
    make_task(file_storage, "one")
    import_files(file_storage, write_json(tmp_path / "in.json", [{"id": 1, "title": "two"}]))
    Backups(file_storage).make(BackupKind.MANUAL, "by hand", CancelToken())

    parts = storage_parts(file_storage)

    schema = part(parts, "schema.json")
    assert schema["version"] == file_storage.info().schema_version
    assert [step["version"] for step in schema["steps"]] == [*range(1, schema["version"] + 1)]
    counts = part(parts, "counts.json")
    assert counts["records"]["task"] == counts["rows"]["task"] == 2
    files = part(parts, "files.json")
    assert files["on_disk"]["workspace"] > 0
    assert files["originals"]["files"] == 1
    assert [backup["kind"] for backup in files["backups"]] == ["manual"]
    assert files["free_on_disk"] > 0
    assert {each["check"] for each in part(parts, "health.json")} >= {"integrity", "backup"}
    assert part(parts, "settings.json")["backups"]["keep_days"] == 30


def test_no_id_title_text_or_name_of_a_file_is_in_it(file_storage, tmp_path):
    batch = make_batch(file_storage, f"{PLANTED} batch", f"{PLANTED} {KEY}")
    stage_everything(file_storage).commit()
    folder = tmp_path / f"{PLANTED} folder"
    folder.mkdir()
    rows = [{"id": f"{PLANTED}-1", "title": PLANTED, "description": KEY}]
    import_files(file_storage, write_json(folder / f"{PLANTED}.json", rows))
    file_storage.settings.put(f"watched {PLANTED}", {PLANTED: PLANTED})
    file_storage.settings.put("imports.recent", [PLANTED])
    ids = {record.id for kind in Kind for record in file_storage.fetch(kind, [*range(1, 30)])}

    told = "".join(each.text for each in storage_parts(file_storage))

    assert batch
    assert PLANTED.lower() not in told.lower()
    assert KEY not in told
    assert len(ids) > 5
    assert [each for each in ids if each in told] == []
    settings = part(storage_parts(file_storage), "settings.json")
    assert settings["imports.recent"] == "list of 1"
    assert settings["others"] >= 1


def test_a_storage_in_memory_has_parts_too(storage):
    assert part(storage_parts(storage), "files.json")["size"] > 0


def test_why_a_storage_cannot_be_opened_is_told_by_its_kind_alone():
    told = part([unopened_part(StorageDamagedError(PLANTED))], "storage.json")
    assert told == {"error": "StorageDamagedError"}


def test_gathering_can_be_stopped(file_storage):
    token = CancelToken()
    token.cancel()
    with pytest.raises(WorkCancelledError):
        storage_parts(file_storage, token)


def test_the_log_goes_along_to_its_last_lines_without_secrets_and_home(tmp_path):
    log = tmp_path / "sheaf.log"
    lines = [f"line {number}" for number in range(30_000)]
    log.write_text("\n".join([*lines, f"{Path.home()}/notes said {KEY}", ""]))
    report = tmp_path / "report-1.txt"
    report.write_text(f"File {Path.home()}/x.py, {KEY}")
    settings = {"look/zoom": 1.5, "look/scheme": "dark", f"views/{PLANTED}": [PLANTED]}

    parts = program_parts(Found({"Sheaf": "1"}, {"machine": "m"}, settings, log, [report]))

    told = {each.name: each.text for each in parts}
    assert told["log.txt"].splitlines()[-1] == "~/notes said [redacted Anthropic key 1]"
    assert len(told["log.txt"].splitlines()) == 500
    assert told["reports/report-1.txt"] == "File ~/x.py, [redacted Anthropic key 1]"
    window = json.loads(told["window.json"])
    assert window == {"look/zoom": 1.5, "look/scheme": "str of 4", "others": 1}
    assert PLANTED not in "".join(told.values())


def test_only_whole_folders_are_taken_for_the_persons_own():
    home = str(Path.home())
    assert blackened(f"{home} {home}/a {home}like") == f"~ ~/a {home}like"


def test_the_bundle_lists_what_it_holds_and_is_its_owners_alone(tmp_path):
    target = tmp_path / "out.zip"
    parts = [Part("a.json", "some numbers", b"{}"), Part("b/c.txt", "words", b"abc")]
    before = os.umask(0)
    try:
        size = write_bundle(target, parts)
    finally:
        os.umask(before)

    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == ["contents.txt", "a.json", "b/c.txt"]
        listed = archive.read("contents.txt").decode()
        assert archive.read("b/c.txt") == b"abc"
    assert listed == contents_text(parts)
    assert "a.json  2 bytes  some numbers" in listed
    assert size == target.stat().st_size
    if os.name == "posix":
        assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_another_file_is_replaced_only_on_request_and_kept_if_that_fails(tmp_path):
    target = tmp_path / "out.zip"
    target.write_text("mine")
    parts = [Part("a.json", "", b"{}")]

    with pytest.raises(UnwritableFileError, match="there already"):
        write_bundle(target, parts)
    assert target.read_text() == "mine"
    with pytest.raises(UnwritableFileError):
        write_bundle(tmp_path / "no folder" / "out.zip", parts, overwrite=True)
    write_bundle(target, parts, overwrite=True)
    assert zipfile.is_zipfile(target)
    assert [each.name for each in tmp_path.iterdir()] == ["out.zip"]
