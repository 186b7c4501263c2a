"""The real program in a session: no network, nothing fetched, its files its owner's alone.

Two windows of one person speak through a local socket, which no other computer can reach.
"""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from desktop_app.instance import Instance

ROOT = Path(__file__).parents[2]
PLANTED = "Zanzibar"
KEY = "sk-ant-api03-" + "Ab3d5f7h9k" * 4
STRACE = shutil.which("strace")

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and signals are POSIX's")


def may_trace():
    """Whether the calls of a process can be watched here."""
    if STRACE is None:
        return False
    tried = subprocess.run([STRACE, "-f", "-o", os.devnull, "true"], check=False)
    return tried.returncode == 0


@pytest.fixture
def folder():
    """A folder for all that the program makes; a socket's path has to be short."""
    path = Path(tempfile.mkdtemp(prefix="own-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def surroundings(folder, tmp_path):
    (folder / "tmp").mkdir(mode=0o700)
    names = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    return {
        **os.environ,
        **{name: str(folder / name.split("_")[1].lower()) for name in names},
        "TMPDIR": str(folder / "tmp"),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
        "SHEAF_TEST_FOLDER": str(tmp_path),
    }


@pytest.fixture
def hostile(tmp_path):
    """A file whose texts name what a careless program would fetch or follow."""
    picture = tmp_path / "outside.png"
    picture.write_bytes(b"no picture")
    texts = [
        f"![a]({picture}) ![b](file://{picture}) [c](file:///etc/passwd)",
        "![d](https://example.org/d.png) <img src='http://example.org/e.png'>",
        "[f](https://example.org/f) <https://example.org/g> \\\\example.org\\share\\h",
        f"<link rel='stylesheet' href='http://example.org/i.css'> {KEY}",
    ]
    rows = [
        {"id": number, "title": f"{PLANTED} {number}", "description": text}
        for number, text in enumerate(texts)
    ]
    path = tmp_path / f"{PLANTED}.json"
    path.write_text(json.dumps(rows))
    return path


def in_session(surroundings, hostile, *before):
    done = subprocess.run(
        [*before, sys.executable, ROOT / "tests/end_to_end/private_session.py", *("guarded",),
         "--storage", Path(surroundings["XDG_DATA_HOME"]) / "sheaf" / "work.sheaf", hostile],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=surroundings,
        text=True,
        timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done


def all_of(folder):
    return "".join(each.read_text("utf-8") for each in folder.glob("*"))


def others_can_use(folder):
    return [
        str(each.relative_to(folder))
        for each in sorted(folder.rglob("*"))
        if not each.is_symlink() and stat.S_IMODE(each.lstat().st_mode) & 0o077
    ]


@posix
def test_a_session_leaves_nothing_that_others_could_read_and_logs_no_text_of_records(
    surroundings, hostile, folder, tmp_path
):
    in_session(surroundings, hostile)

    made = [each.relative_to(folder).as_posix() for each in folder.rglob("*")]
    assert "data/sheaf/work.sheaf" in made
    assert "config/sheaf/window.ini" in made
    assert "state/sheaf/log/sheaf.log" in made
    for part in ("work.sheaf.originals/", "work.sheaf.backups/", "log/reports/report-"):
        assert any(part in each for each in made), part
    assert others_can_use(folder) == []
    assert stat.S_IMODE((tmp_path / "out.html").stat().st_mode) == 0o600
    assert "at fault" not in (tmp_path / "out.html").read_text("utf-8")
    for each in (folder / "state").rglob("*.*"):
        told = each.read_text("utf-8")
        assert PLANTED.lower() not in told.lower(), each
        assert KEY not in told, each
    log = (folder / "state/sheaf/log/sheaf.log").read_text("utf-8")
    assert "request failed: db.errors.InvalidEditError" in log
    assert "KeyError" in log


@posix
@pytest.mark.skipif(not may_trace(), reason="strace is missing, or may not watch here")
def test_no_call_of_a_session_reaches_for_the_network(surroundings, hostile, tmp_path):
    calls = tmp_path / "calls"
    assert STRACE is not None

    in_session(
        surroundings,
        hostile,
        *(STRACE, "-f", "-qq", "-e", "trace=network,execve", "-o", calls),
    )

    lines = calls.read_text("utf-8").splitlines()
    assert any("AF_UNIX" in line for line in lines)
    assert [line for line in lines if "AF_INET" in line or "AF_PACKET" in line] == []
    started = [line for line in lines if "execve(" in line]
    assert len(started) == 1, started


@pytest.fixture
def process(surroundings, folder, qtbot, monkeypatch):
    """Start the real program; it runs once it answers."""
    uri = f"sqlite://{(folder / 'data' / 'sheaf' / 'work.sheaf').as_posix()}"
    monkeypatch.setenv("TMPDIR", surroundings["TMPDIR"])
    started = []

    def start():
        running = subprocess.Popen(
            [sys.executable, "-m", "desktop_app", "--storage", uri],
            env=surroundings,
            stderr=subprocess.PIPE,
        )
        started.append(running)
        qtbot.waitUntil(lambda: Instance(uri).hand_over([]), timeout=20_000)
        return running

    yield start
    for running in started:
        running.kill()
        running.wait()
        running.stderr.close()


@posix
def test_the_start_after_a_crash_makes_a_report_of_it(process, folder, qtbot):
    log = folder / "state" / "sheaf" / "log"
    crashed = process()
    assert len([*log.glob("running-*.txt")]) == 1
    crashed.send_signal(signal.SIGSEGV)
    assert crashed.wait(20) == -signal.SIGSEGV

    running = process()
    kept = log / "reports"
    qtbot.waitUntil(lambda: "Fatal" in all_of(kept), timeout=20_000)

    (path,) = kept.iterdir()
    report = path.read_text("utf-8")
    assert "Fatal Python error: Segmentation fault" in report
    assert "bootstrap.py" in report
    assert "Sheaf: " in report
    qtbot.waitUntil(lambda: len([*log.glob("running-*.txt")]) == 1)
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 0
    assert [*log.glob("running-*.txt")] == []
