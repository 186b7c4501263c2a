"""A format that an installed package adds: recognised, read and written by the command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.added_format import failing, install

ROOT = Path(__file__).parents[3]


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


def test_a_format_that_fails_at_recognising_is_passed_over_and_named(run, tmp_path):
    failing(tmp_path / "packages", "recognise")
    rows = tmp_path / "rows.json"
    rows.write_text('[{"id": 1, "title": "a"}]')
    for name in ("week", "week.txt"):
        (tmp_path / name).write_text("PLAN\n[x] Lay the keel\n")

    done = run("import", rows)
    unknown = [run("import", tmp_path / name) for name in ("week", "week.txt")]

    said = "The format plan-lines was passed over, as it failed at recognising files:"
    assert "New: 1 batch and 1 task." in done.stdout
    for each in (done.stdout, *(each.stderr for each in unknown)):
        assert f"{said} 'not today'." in " ".join(each.split())
    assert [each.returncode for each in unknown] == [1, 1]
    told = json.loads(run("import", rows, "--json").stdout)
    assert told["failed_formats"] == {"plan-lines": "'not today'"}


@pytest.mark.parametrize("more", [(), ("--bad-records", "set-aside")])
def test_a_format_that_fails_at_reading_imports_nothing(run, tmp_path, more):
    failing(tmp_path / "packages", "read")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rows.json").write_text('[{"id": 1, "title": "a"}]')
    (tmp_path / "in" / "week.txt").write_text("PLAN\n[x] Lay the keel\n")

    done = run("import", tmp_path / "in", *more, "--json")

    error = json.loads(done.stdout)["error"]
    assert done.returncode == 1
    assert error["what"] == "The format plan-lines failed at reading week.txt: 'not today'."
    assert error["safe"] == "Nothing was imported."
    assert "There is no storage" in run("list", "tasks").stderr
