"""Commands that read do so where nothing can be written; those that write say why not."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from db.maintenance.backups import Backups
from db.storage import open_storage
from tests.db.sqlite.test_full_disk import fill_to_the_brim, small_disk

__all__ = ["small_disk"]
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make a small disk"
)
READING = (
    ("list", "batches"),
    ("list", "tasks", "--json"),
    ("show", "{id}"),
    ("search", "kept"),
    ("export", "--format", "csv", "--output", "{out}"),
    ("check",),
    ("backups",),
    ("jobs", "list"),
    ("forget", "--text", "Kept", "--dry-run"),
    ("storages",),
)


def fill(path):
    storage = open_storage(str(path))
    made = storage.batches.create("Kept")
    (record,) = storage.fetch(*next((kind, pks) for kind, pks in made.changed.items()))
    Backups(storage).make()
    storage.close()
    return record.id


@root
def test_on_a_full_disk_what_reads_works_and_what_writes_is_refused(
    sheaf, small_disk, tmp_path, monkeypatch
):
    path = small_disk / "work.sheaf"
    id_ = fill(path)
    monkeypatch.setenv("SHEAF_STORAGE", str(path))
    ballast = fill_to_the_brim(small_disk)
    for words in READING:
        filled = [word.format(id=id_, out=tmp_path / "out.csv") for word in words]
        ran = sheaf(*filled)
        assert ran.code == (3 if words == ("check",) else 0), (words, ran)
        if words != ("storages",):
            assert "is full. It is opened only for reading." in ran.err
    assert "Kept" in sheaf("list", "batches").out

    refused = sheaf("trash", id_, "--json")
    assert (refused.code, refused.error["type"]) == (1, "StorageFullError")
    (name,) = [each["name"] for each in sheaf("backups", "--json").document["items"]]
    assert sheaf("backups", "--drop", name).code == 0
    assert sheaf("backups", "--json").document["items"] == []

    ballast.unlink()
    ran = sheaf("trash", id_)
    assert (ran.code, ran.err) == (0, "")


_AS_NOBODY = """
import json, os, sys
from desktop_app.command import main
from db.storage import open_storage
open_storage("memory:").close()
import email.parser, email.message, fcntl, importlib.metadata, logging.handlers
importlib.metadata.version("sheaf")
import db.exchange.exporting, desktop_app.cli.reading, desktop_app.cli.keeping
import desktop_app.cli.exporting, desktop_app.cli.searching
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.exit(main(json.loads(sys.argv[1])))
"""


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o755), (0o644, 0o555)])
def test_without_rights_what_reads_works_and_what_writes_is_refused(file_mode, folder_mode):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "inside" / "work.sheaf"
        id_ = fill(path)
        path.chmod(file_mode)
        path.parent.chmod(folder_mode)

        def run(*words):
            return subprocess.run(
                [
                    sys.executable,
                    "-c",
                    _AS_NOBODY,
                    json.dumps([*words, "--storage", str(path)]),
                ],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "HOME": "/nonexistent"},
            )

        for words in (["list", "batches"], ["show", id_], ["search", "kept"], ["check"]):
            ran = run(*words)
            assert ran.returncode == 0, ran
            assert "It is opened only for reading." in ran.stderr
            assert "Traceback" not in ran.stderr
        elsewhere = Path(folder) / "elsewhere"
        elsewhere.mkdir()
        elsewhere.chmod(0o777)
        ran = run("backup", "--output", str(elsewhere / "rescued.sheaf"))
        assert ran.returncode == 0, ran
        refused = run("trash", id_)
        assert refused.returncode == 4
        assert "read-only" in refused.stderr
        assert "Traceback" not in refused.stderr
        path.parent.chmod(0o755)
