"""`sheaf diagnostics`, and what the command says where Sheaf itself is at fault."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from db.storage import open_storage

ROOT = Path(__file__).parents[3]
PLANTED = "Zanzibar"
KEY = "sk-ant-api03-" + "Ab3d5f7h9k" * 4
AT_FAULT = """
class Broken:
    scheme = "broken"
    title = "Broken"

    def open(self, uri, **options):
        raise KeyError(uri)


BROKEN = Broken
"""


@pytest.fixture(autouse=True)
def reports(tmp_path, monkeypatch):
    """The folder of the reports of a test."""
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "own"))
    return lambda: sorted((tmp_path / "own").rglob("report-*.txt"))


def inside(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_it_lists_what_would_be_told_and_writes_nothing(sheaf, filled, tmp_path):
    ran = sheaf("diagnostics")

    assert ran.code == 0
    assert "counts.json" in ran.out
    assert "Nothing was written" in ran.out
    assert sheaf("diagnostics", "--json").document["output"] is None
    assert list(tmp_path.rglob("*.zip")) == []


def test_the_archive_holds_what_is_listed_and_no_word_of_a_record(sheaf, filled, ids, tmp_path):
    storage = open_storage(str(filled))
    storage.tasks.create({"title": f"{PLANTED} plan", "description": f"{PLANTED} {KEY}"})
    titles = [*ids, f"{PLANTED} plan"]
    storage.close()
    target = tmp_path / "out.zip"

    ran = sheaf("diagnostics", "--output", target, "--without", "platform.json", "--json")

    assert ran.code == 0
    listed = [each["name"] for each in ran.document["files"]]
    told = inside(target)
    assert [*told] == ["contents.txt", *listed]
    assert "platform.json" not in listed
    assert json.loads(told["counts.json"])["records"]["task"] == 6
    everything = "".join(told.values())
    assert [word for word in (*titles, *ids.values(), KEY, PLANTED) if word in everything] == []


def test_a_file_that_is_there_is_not_written_over_unasked(sheaf, filled, tmp_path):
    target = tmp_path / "out.zip"
    target.write_text("mine")

    assert sheaf("diagnostics", "--output", target).code == 1
    assert target.read_text() == "mine"
    assert sheaf("diagnostics", "--output", target, "--overwrite").code == 0
    assert zipfile.is_zipfile(target)


def test_a_file_that_is_not_in_it_cannot_be_left_out(sheaf, filled):
    assert sheaf("diagnostics", "--without", "everything").code == 2


@pytest.mark.parametrize("content", [None, b"no database" * 1000])
def test_a_workspace_that_cannot_be_opened_is_no_obstacle(
    sheaf, storage_path, tmp_path, content
):
    if content is not None:
        storage_path.write_bytes(content)

    ran = sheaf("diagnostics", "--output", tmp_path / "out.zip", "--json")

    assert ran.code == 0
    told = inside(tmp_path / "out.zip")
    kind = "StorageMissingError" if content is None else "StorageDamagedError"
    assert json.loads(told["storage.json"]) == {"error": kind}
    assert "versions.json" in told
    assert storage_path.exists() is (content is not None)


@pytest.fixture
def run_broken(tmp_path):
    """List what is in a kind of storage of another package, which has a mistake in it."""
    told = tmp_path / "packages" / "broken-1.0.dist-info"
    told.mkdir(parents=True)
    (told.parent / "broken.py").write_text(AT_FAULT)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[sheaf.storages]\nbroken = broken:BROKEN\n")
    given = f"broken:{PLANTED} {KEY}"

    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "desktop_app", "list", "tasks", "--storage", given, *words],
            capture_output=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(told.parent)},
            text=True,
        )

    return run


def test_a_mistake_of_sheafs_own_is_told_in_words_with_a_report(run_broken, reports):
    ran = run_broken()

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("sheaf: Sheaf made a mistake of its own (KeyError).")
    assert "What was saved before is safe" in ran.stderr
    assert "Traceback" not in ran.stderr
    (path,) = reports()
    assert str(path) in ran.stderr
    report = path.read_text("utf-8")
    assert "broken.py" in report
    assert PLANTED not in report + ran.stderr
    assert KEY not in report + ran.stderr
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_with_json_it_is_an_error_document(run_broken, reports):
    ran = run_broken("--json")

    assert ran.returncode == 1
    error = json.loads(ran.stdout)["error"]
    assert (error["type"], error["code"]) == ("ProgramFaultError", 1)
    assert str(reports()[0]) in error["advice"]


def test_the_report_goes_into_the_bundle(run_broken, sheaf, filled, tmp_path):
    run_broken()
    sheaf("diagnostics", "--output", tmp_path / "out.zip")

    (name,) = (name for name in inside(tmp_path / "out.zip") if name.startswith("reports/"))
    assert "broken.py" in inside(tmp_path / "out.zip")[name]
