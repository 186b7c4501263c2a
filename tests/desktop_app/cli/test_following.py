"""`sheaf import --watch`: as a process of its own, until Ctrl+C."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.db.factories import opened, tasks_of, write_json

SHEAF = [sys.executable, "-m", "desktop_app"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is sent as a POSIX signal")


@pytest.fixture
def following(storage_path, tmp_path):
    """Start to follow a folder and return the process, which is ended if the test does not."""
    running = []

    def follow(folder, *options):
        process = subprocess.Popen(
            [*SHEAF, "import", "--watch", str(folder), *options],
            env={**os.environ, "SHEAF_STORAGE": str(storage_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        running.append(process)
        return process

    yield follow
    for process in running:
        process.kill()
        process.communicate()


def names(storage_path):
    with opened(storage_path) as storage:
        return sorted(task.external_id for task in tasks_of(storage))


def put(path, *names):
    return write_json(path, [{"id": each, "title": each} for each in names])


def test_each_import_is_one_line_of_json_and_ctrl_c_ends_it_well(
    following, storage_path, tmp_path
):
    folder = tmp_path / "sessions"
    folder.mkdir()
    put(folder / "a.json", "a")
    process = following(folder, "--json")

    first = json.loads(process.stdout.readline())
    put(folder / "b.json", "b", "c")
    second = json.loads(process.stdout.readline())
    write_json(folder / "bad.json", '[{"id": 1} {"id": 2}]')
    third = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    rest, told = process.communicate(timeout=60)

    assert (first["files"], first["new"]["task"]) == (["a.json"], 1)
    assert (second["files"], second["new"]["task"]) == (["b.json"], 2)
    assert first["operation"]["verb"] == "import"
    assert (third["error"]["type"], third["error"]["path"]) == (
        "MalformedFileError",
        "bad.json",
    )
    assert (process.returncode, rest) == (0, "")
    assert "bad.json" in told
    assert "Traceback" not in told
    assert names(storage_path) == ["a", "b", "c"]


def test_people_read_what_was_imported(following, tmp_path):
    put(tmp_path / "a.json", "a")
    process = following(tmp_path / "a.json")
    line = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert line == "Read a.json (generic).\n"


@pytest.mark.parametrize(
    ("words", "code"), [(["-"], 2), (["--dry-run", "."], 2), (["no-such-folder"], 1)]
)
def test_what_cannot_be_followed_is_refused_at_once(sheaf, words, code):
    ran = sheaf("import", "--watch", *words)

    assert (ran.code, ran.out) == (code, "")
