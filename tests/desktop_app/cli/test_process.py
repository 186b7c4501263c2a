"""The command as its own process: what only shows there."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

SHEAF = [sys.executable, "-m", "desktop_app"]

needs_posix = pytest.mark.skipif(
    os.name == "nt", reason="Windows has neither such terminals nor such signals"
)

WITHOUT_QT = """
import sys
from desktop_app.command import main
code = main(sys.argv[1:])
loaded = [name for name in sys.modules if name.partition(".")[0] in ("PySide6", "shiboken6")]
sys.exit(f"Qt was loaded: {loaded}" if loaded else code)
"""


@pytest.fixture
def environment(storage_path):
    return {**os.environ, "SHEAF_STORAGE": str(storage_path)}


@pytest.fixture
def run(environment):
    def run(*words, **more):
        command = [*SHEAF, *map(str, words)]
        more = {"env": environment, "encoding": "utf-8", "timeout": 60, **more}
        return subprocess.run(command, capture_output=True, check=False, **more)

    return run


def test_json_is_the_only_thing_on_standard_output(run, filled):
    done = run("list", "tasks", "--json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["total"] == 5


def test_an_error_is_a_document_on_standard_output_and_words_on_standard_error(run, filled):
    done = run("show", "no-such-id", "--json")
    plain = run("show", "no-such-id")

    assert (done.returncode, plain.returncode, plain.stdout) == (1, 1, "")
    assert json.loads(done.stdout)["error"]["type"] == "RecordNotFoundError"
    assert done.stderr == plain.stderr != ""


@pytest.mark.parametrize(
    "words",
    [
        ["list", "tasks"],
        ["list", "batches", "--json"],
        ["show", "past"],
        ["storages"],
        ["migrate", "--dry-run"],
        ["check"],
        ["undo"],
        ["archive", "past"],
        ["--version"],
        ["no-such-file"],
    ],
    ids=lambda words: words[0],
)
def test_qt_is_not_loaded_unless_a_window_opens(environment, filled, words):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_QT, *words],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert "Qt was loaded" not in done.stderr
    assert done.returncode == (2 if words == ["no-such-file"] else 0)


def test_no_colours_where_there_is_no_terminal(run, filled):
    assert "\033" not in run("list", "tasks").stdout


@needs_posix
@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colours_unless_it_asks_for_none(
    environment, filled, no_color, coloured
):
    ours, theirs = os.openpty()
    done = subprocess.run(
        [*SHEAF, "list", "tasks"],
        env={**environment, "NO_COLOR": no_color},
        stdout=theirs,
        timeout=60,
        check=False,
    )
    shown = os.read(ours, 65536)
    os.close(theirs)
    os.close(ours)

    assert done.returncode == 0
    assert (b"\033[31mfailed" in shown) is coloured


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_knows_few_signs_is_no_reason_to_fail(
    run, environment, tmp_path, encoding
):
    tasks = tmp_path / "tasks.json"
    tasks.write_text('[{"id": 1, "title": "日本語 😀 \\ud800", "status": "todo"}]', "utf-8")
    assert run("import", tasks, "--format", "generic").returncode == 0
    environment["PYTHONIOENCODING"] = encoding

    plain = run("list", "tasks", encoding=encoding)
    document = json.loads(run("list", "tasks", "--json").stdout)

    assert (plain.returncode, plain.stderr) == (0, "")
    assert document["items"][0]["title"].startswith("日本語 😀")


@needs_posix
@pytest.mark.parametrize(
    "words",
    [
        ["list", "tasks", "--limit", "500"],
        ["export", "--format", "sheaf-jsonl", "--output", "-"],
    ],
    ids=lambda words: words[0],
)
def test_a_reader_that_leaves_early_is_no_error(environment, run, tmp_path, words):
    many = tmp_path / "many.json"
    titles = [{"id": number, "title": "long " * 50} for number in range(500)]
    many.write_text(json.dumps(titles), "utf-8")
    assert run("import", many, "--format", "generic").returncode == 0
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [*SHEAF, *words],
            env=environment,
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize(
    "words",
    [["list", "tasks"], ["export", "--format", "generic", "--output", "-"]],
    ids=lambda words: words[0],
)
def test_output_to_a_full_disk_is_refused_in_words(environment, filled, words):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*SHEAF, *words],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.startswith("sheaf: Standard output cannot be written: No space left")
    assert len(done.stderr.splitlines()) == 1


@needs_posix
def test_ctrl_c_during_an_import_takes_everything_back_and_exits_with_130(
    environment, run, filled, tmp_path
):
    many = tmp_path / "many.jsonl"
    line = '{{"id": {}, "title": "one of many", "status": "todo"}}\n'
    many.write_text("".join(map(line.format, range(60_000))), "utf-8")
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [*SHEAF, "import", many], env=environment, stdout=subprocess.PIPE, stderr=theirs
    ) as importing:
        os.close(theirs)
        while b"many.jsonl" not in os.read(ours, 4096):
            pass
        importing.send_signal(signal.SIGINT)
        out, _err = importing.communicate(timeout=60)
    os.close(ours)

    assert (importing.returncode, out) == (130, b"")
    assert json.loads(run("list", "tasks", "--json").stdout)["total"] == 5
    assert json.loads(run("undo", "--json").stdout)["operation"]["title"] == "Import plan.json"


@needs_posix
@pytest.mark.parametrize(
    "words", [["archive", "past"], ["undo"], ["check"]], ids=lambda words: words[0]
)
def test_an_import_that_was_killed_is_taken_out_before_the_next_command_that_writes(
    environment, run, filled, tmp_path, words
):
    many = tmp_path / "many.jsonl"
    line = '{{"id": {}, "title": "one of many", "status": "todo"}}\n'
    many.write_text("".join(map(line.format, range(60_000))), "utf-8")
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [*SHEAF, "import", many], env=environment, stderr=theirs
    ) as importing:
        os.close(theirs)
        while not re.search(rb" [1-9][0-9,]* records", os.read(ours, 4096)):
            pass
        importing.kill()
    os.close(ours)

    assert json.loads(run("list", "tasks", "--json").stdout)["total"] == 5
    assert behind_the_curtain(filled) > 0
    done = run(*words)

    assert done.returncode == 0, done.stdout
    assert "Import many.jsonl" in done.stderr
    assert behind_the_curtain(filled) == 0


def behind_the_curtain(path):
    connection = apsw.Connection(str(path))
    (number,) = connection.execute("SELECT count(*) FROM curtain").fetchone()
    connection.close()
    return number


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone may have no display")
def test_without_a_display_the_window_is_refused_in_words(run, environment):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        environment.pop(name, None)

    done = run()

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("sheaf: There is no display to open a window on.")
    assert len(done.stderr.splitlines()) == 1


def test_a_storage_that_another_process_is_writing_to_exits_with_4(run, filled):
    other = apsw.Connection(str(filled))
    other.execute("BEGIN IMMEDIATE")
    try:
        done = run("archive", "past", "--json")
    finally:
        other.close()

    assert done.returncode == 4
    assert json.loads(done.stdout)["error"]["type"] == "StorageBusyError"
