"""A format that an installed package adds: recognised, read and written by the command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULE = '''
"""Plans of one line a task: `[x] title`, below the line that says `PLAN`."""

from db.incoming import IncomingTask
from db.records import Kind
from db.vocabulary import Status


class PlanLines:
    name = "plan-lines"
    title = "Plan of lines"
    suffix = ".plan"
    loses = "all but titles, and what is done"
    reads_text = True
    kinds = frozenset({Kind.TASK})

    def recognise(self, sample):
        return 1.0 if sample.shape == "text" and sample.text.startswith("PLAN\\n") else 0.0

    def read(self, document):
        text, place = document.text(), 0
        for number, line in enumerate(text.splitlines(keepends=True)):
            if number:
                yield IncomingTask(
                    external_id=f"line {number}",
                    title=line[4:].strip(),
                    status=Status.SUCCEEDED if line[1] == "x" else Status.QUEUED,
                    raw=f'"{line.strip()}"',
                    offset=place,
                    length=len(line.encode()),
                )
            place += len(line.encode())

    def write(self, storage, selection):
        yield b"PLAN\\n", 0
        for detail in storage.task_details(selection.tasks):
            mark = "x" if detail.record.status is Status.SUCCEEDED else " "
            yield f"[{mark}] {detail.record.title}\\n".encode(), 1


PLAN_LINES = PlanLines()
'''


def install(folder, target):
    """Put a package into a folder the way pip does: its module, and what says so."""
    told = folder / "plan_lines-1.0.dist-info"
    told.mkdir(parents=True)
    (folder / "plan_lines.py").write_text(MODULE)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: plan-lines\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[sheaf.formats]\nplan-lines = {target}\n")
    return folder


@pytest.fixture
def run(tmp_path, storage_path):
    def run(*words):
        environment = {
            **os.environ,
            "SHEAF_STORAGE": str(storage_path),
            "PYTHONPATH": str(tmp_path / "packages"),
        }
        command = [sys.executable, "-m", "desktop_app", *map(str, words)]
        return subprocess.run(
            command, capture_output=True, check=False, env=environment, cwd=ROOT, text=True
        )

    return run


def test_a_package_adds_a_format(run, tmp_path):
    install(tmp_path / "packages", "plan_lines:PLAN_LINES")
    plan = tmp_path / "week"
    plan.write_text("PLAN\n[x] Lay the keel\n[ ] Find a crew\n")

    listed = json.loads(run("formats", "--json").stdout)
    imported = json.loads(run("import", plan, "--json").stdout)
    out = tmp_path / "out.plan"
    written = json.loads(
        run("export", "--format", "plan-lines", "--output", out, "--json").stdout
    )

    assert "plan-lines" in json.dumps(listed)
    assert (imported["formats"], imported["new"]) == (["plan-lines"], {"task": 2})
    assert (written["records"], written["verified"]) == (2, 2)
    assert out.read_text() == plan.read_text()
    assert json.loads(run("import", plan, "--json").stdout)["identical"] == {"task": 2}


@pytest.mark.parametrize("target", ["no_such_module:X", "plan_lines:NOTHING"])
def test_a_broken_package_stops_nothing_else(run, tmp_path, target):
    install(tmp_path / "packages", target)
    rows = tmp_path / "rows.json"
    rows.write_text('[{"id": 1, "title": "a"}]')

    done = run("import", rows, "--json")

    assert json.loads(done.stdout)["new"]["task"] == 1
    assert "plan-lines" not in run("formats").stdout
    assert "The format plan-lines of another package cannot be used" in done.stderr


@pytest.mark.parametrize("name", ["title", "kinds", "leads", "origin"])
def test_a_package_whose_attributes_raise_stops_nothing_else(run, tmp_path, name):
    install(tmp_path / "packages", "plan_lines:PLAN_LINES")
    raising = "raise RuntimeError('not today')"
    with (tmp_path / "packages" / "plan_lines.py").open("a") as module:
        module.write(f"\n\n@property\ndef broken(self):\n    {raising}\n")
        module.write(f"PlanLines.{name} = broken\n")
    rows = tmp_path / "rows.json"
    rows.write_text('[{"id": 1, "title": "a"}]')

    listed, done = run("formats"), run("import", rows, "--json")

    assert json.loads(done.stdout)["new"]["task"] == 1
    assert listed.returncode == 0
    assert "plan-lines" not in listed.stdout
    for each in (listed, done):
        assert "plan-lines of another package cannot be used: not today" in each.stderr
