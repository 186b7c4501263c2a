"""`sheaf export` and `sheaf formats`: what is written is verified, told of, and redacted."""

import hashlib
import json
import os
import signal
import subprocess
import sys

import pytest

from db.exchange.exporting import export_formats
from db.exchange.formats.base import formats
from db.exchange.formats.generic import Generic
from db.records import Kind
from db.storage import open_storage

KEY = "sk-proj-AbCd1234EfGh5678IjKl9012MnOp3456QrSt"


@pytest.fixture
def with_secret(filled):
    storage = open_storage(str(filled))
    storage.tasks.create({"title": f"use {KEY}", "description": "ask anna@example.com"})
    storage.close()
    return filled


@pytest.fixture
def on_terminal(sheaf, monkeypatch):
    """Run a command line whose standard error is a terminal."""

    def run(*words):
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        return sheaf(*words)

    return run


def test_what_was_verified_is_told_and_a_manifest_written(sheaf, filled, tmp_path):
    target = tmp_path / "tasks.csv"

    ran = sheaf("export", "--format", "csv", "--query", "", "--output", target)

    assert ran.code == 0, ran.err
    assert ran.out == f"Wrote 5 records to {target}.\nVerified: 5 of 5.\n"
    manifest = json.loads((tmp_path / "tasks.csv.manifest.json").read_text("utf-8"))
    assert (manifest["records"], manifest["counts"]) == (5, {"task": 5})


def test_the_document_names_the_manifest_and_what_was_redacted(sheaf, with_secret, tmp_path):
    target = tmp_path / "out.md"

    document = sheaf(
        "export", "--format", "markdown", "--output", target, "--redact", "--json"
    ).document

    assert document["verified"] == document["records"] == 9
    assert document["manifest"] == f"{target}.manifest.json"
    assert (document["redacted"], document["secrets"]) == (2, None)
    assert KEY not in target.read_text("utf-8")


def test_no_manifest_is_written_where_none_is_wanted(sheaf, filled, tmp_path):
    words = ("--output", tmp_path / "x.json", "--no-manifest", "--json")

    document = sheaf("export", "--format", "sheaf", *words).document

    assert document["manifest"] is None
    assert not list(tmp_path.glob("*manifest*"))


def test_redacting_is_told(sheaf, with_secret, tmp_path):
    ran = sheaf("export", "--format", "sheaf", "--output", tmp_path / "x", "--redact")

    assert "Redacted: 2 secrets.\n" in ran.out
    assert "--redact" not in ran.out


@pytest.mark.parametrize(
    ("words", "told"),
    [((), True), (("--no-redact",), False), (("--redact",), False)],
)
def test_a_terminal_hears_of_secrets_nobody_decided_about(
    with_secret, tmp_path, on_terminal, words, told
):
    ran = on_terminal("export", "--format", "generic", "--output", tmp_path / "x", *words)

    assert ("2 things look like a secret" in ran.out) is told
    assert (KEY in (tmp_path / "x").read_text("utf-8")) is (words != ("--redact",))


def test_a_terminal_hears_of_secrets_in_what_goes_to_a_stream(with_secret, on_terminal):
    ran = on_terminal("export", "--format", "generic", "--output", "-")

    assert "2 things look like a secret" in ran.err
    assert KEY in ran.out
    assert json.loads(ran.out)


def test_a_script_hears_nothing_of_secrets(sheaf, with_secret, tmp_path):
    ran = sheaf("export", "--format", "generic", "--output", tmp_path / "x")

    assert "secret" not in ran.out + ran.err


def test_redact_and_no_redact_are_a_contradiction(sheaf, filled, tmp_path):
    words = ("--output", tmp_path / "x", "--redact", "--no-redact")

    assert sheaf("export", "--format", "sheaf", *words).code == 2


@pytest.mark.parametrize("format_name", ["original", "sqlite"])
def test_what_cannot_be_redacted_is_refused(sheaf, filled, tmp_path, format_name):
    words = ("--output", tmp_path / "x", "--redact", "--json")

    ran = sheaf("export", "--format", format_name, *words)

    assert (ran.code, ran.error["type"]) == (1, "ExchangeError")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("format_name", ["original", "sqlite", "deespec"])
def test_standard_output_takes_no_folder_and_no_copy(sheaf, filled, format_name):
    assert sheaf("export", "--format", format_name, "--output", "-").code == 2


def test_a_table_begins_with_a_mark_in_a_file_and_not_in_a_stream(sheaf, filled, tmp_path):
    target = tmp_path / "x.csv"
    for words, has_mark in (((), True), (("--csv-mark", "no"), False)):
        sheaf("export", "--format", "csv", "--output", target, "--overwrite", *words)
        assert target.read_bytes().startswith(b"\xef\xbb\xbf") is has_mark
    for words, has_mark in (((), False), (("--csv-mark", "yes"), True)):
        ran = sheaf("export", "--format", "csv", "--output", "-", *words)
        assert ran.out.startswith("\ufeff") is has_mark


def test_formulas_in_a_table_are_guarded_unless_they_are_to_be_kept(sheaf, filled):
    sheaf("new", "task", "--title", "=1+1")

    guarded = sheaf("export", "--format", "csv", "--output", "-", "--query", "1+1")
    kept = sheaf(
        "export", "--format", "csv", "--output", "-", "--query", "1+1", "--csv-formulas", "keep"
    )

    assert ",'=1+1," in guarded.out
    assert ",=1+1," in kept.out


def test_the_storage_is_copied_whole(sheaf, filled, tmp_path):
    target = tmp_path / "copy.sheaf"

    ran = sheaf("export", "--format", "sqlite", "--output", target)

    assert (ran.code, "Verified: 8 of 8." in ran.out) == (0, True)
    lists = [sheaf("list", "tasks", "--json", "--storage", each) for each in (filled, target)]
    assert lists[0].document == lists[1].document


def test_every_format_is_listed_with_what_it_can_do(sheaf):
    found = {each["name"]: each for each in sheaf("formats", "--json").document["formats"]}

    assert set(found) == {*formats(), *(each.name for each in export_formats())}
    assert {name for name, each in found.items() if each["reads"]} == set(formats())
    written = {name for name, each in found.items() if each["writes"]}
    assert written == {each.name for each in export_formats()}
    both = {name for name, each in found.items() if each["reads"] and each["writes"]}
    assert {name for name, each in found.items() if each["round_trip"]} == {*both, "original"}
    assert all(each["title"] for each in found.values())
    assert found["csv"]["loses"]
    assert found["chatgpt"]["loses"] == ""


def test_people_read_the_formats_as_a_table(sheaf):
    ran = sheaf("formats")

    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].split() == ["NAME", "READ", "WRITE", "EQUAL", "WHAT", "IT", "IS"]
    assert len(lines) == len({*formats(), *(each.name for each in export_formats())}) + 1


def test_single_records_are_written_by_their_ids(sheaf, filled, tmp_path):
    ids = [row["id"] for row in sheaf("list", "tasks", "--json").document["items"]][:2]
    out = tmp_path / "out.jsonl"
    chosen = [f"--id={each}" for each in ids]

    ran = sheaf("export", *chosen, "--format", "generic", "--output", out, "--json")

    assert (ran.code, ran.document["records"], ran.document["verified"]) == (0, 2, 2)
    words = ("--format", "csv", "--output", out, "--overwrite")
    wrong = sheaf("export", "--kind=bugs", *chosen, *words)
    assert (wrong.code, "is the id of a task, not of a bug" in wrong.err) == (2, True)
    both = sheaf("export", *chosen, "--query", "x", *words)
    assert both.code == 2


def test_a_secret_is_kept_by_its_hash(sheaf, filled, tmp_path):
    secrets = ["anna@example.com", "berta@example.com"]
    sheaf("new", "task", "--title", "Mail", "--field", f"description={' and '.join(secrets)}")
    out = tmp_path / "out.jsonl"
    kept = hashlib.sha256(secrets[0].encode()).hexdigest()
    options = ["--format", "generic", "--output", out]

    assert sheaf("export", *options, "--redact", "--keep", kept).code == 0

    assert [secret in out.read_text() for secret in secrets] == [True, False]
    assert sheaf("export", *options, "--keep", kept).code == 2


def test_what_a_dead_process_had_begun_to_write_goes(sheaf, filled, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    left = tmp_path / f".out.json.{done.stdout.strip()}.partial"
    of_another = tmp_path / f".out.json.{os.getppid()}.partial"
    for path in (left, of_another):
        path.write_text("begun")
    assert sheaf("export", "--format", "sheaf", "--output", tmp_path / "out.json").code == 0
    assert (left.exists(), of_another.exists()) == (False, True)


def test_what_a_format_cannot_carry_is_told_before_it_is_written(sheaf, filled, tmp_path):
    words = ("export", "--format", "taskmaster", "--output")

    ran = sheaf(*words, tmp_path / "a.json")
    told = sheaf(*words, tmp_path / "b.json", "--json")

    assert ran.err == f"sheaf: Loses: {told.document['loses']}.\n"
    assert "dependencies" in told.document["loses"]
    assert told.err == ""


def test_a_dump_of_tasks_has_their_runs_where_that_is_asked(sheaf, filled, tmp_path):
    storage = open_storage(str(filled))
    (task,) = storage.tasks.create({"title": "with a run"}).changed[Kind.TASK]
    made = {"title": "its run", "task": storage.tasks.get(task).record.id, "turn": 1}
    storage.create(Kind.EXECUTION, made)
    storage.close()
    words = ("export", "--query", "with a run", "--format", "sheaf", "--json", "--output")

    alone = sheaf(*words, tmp_path / "a.sheaf.json").document
    whole = sheaf(*words, tmp_path / "b.sheaf.json", "--related").document

    assert (alone["records"], whole["records"], whole["verified"]) == (1, 2, 2)
    other = tmp_path / "other.sheaf"
    assert sheaf("import", tmp_path / "b.sheaf.json", "--storage", other).code == 0
    (run,) = sheaf("list", "runs", "--storage", other, "--json").document["items"]
    assert run["title"] == "its run"


class Forgetful(Generic):
    """Writes nothing of its records, but counts them."""

    def write(self, storage, selection):
        for _piece, records in super().write(storage, selection):
            yield (b"[]" if not records else b""), records


def test_the_first_records_that_are_not_in_the_file_are_named(
    sheaf, filled, tmp_path, monkeypatch
):
    storage = open_storage(str(filled))
    for number in range(11):
        storage.tasks.create({"title": f"more {number}"})
    storage.close()
    monkeypatch.setitem(formats(), "generic", Forgetful())
    words = ("export", "--format", "generic", "--output")

    ran = sheaf(*words, tmp_path / "a.json")
    told = sheaf(*words, tmp_path / "b.json", "--json")

    number = told.document["records"]
    assert (ran.code, told.code, told.document["verified"]) == (3, 3, 0)
    assert len(told.document["left_out"]) == 10
    lines = ran.out.splitlines()
    named = [line for line in lines if line.startswith("Left out, as it is not found in what")]
    assert [line.partition(": ")[2] for line in named] == told.document["left_out"]
    assert lines[-1] == f"And {number - 10} more."


def test_what_is_there_is_written_over_only_where_that_is_said(sheaf, filled, tmp_path):
    file, folder = tmp_path / "mine.json", tmp_path / "mine"
    folder.mkdir()
    for path in (file, folder / "a.txt"):
        path.write_text("mine")

    for name, target in (("sheaf", file), ("deespec", folder)):
        words = ("export", "--format", name, "--output", target)
        ran = sheaf(*words)
        assert (ran.code, "--overwrite" in ran.err) == (1, True)
        assert file.read_text() == "mine" or target is folder
        assert sheaf(*words, "--overwrite").code == 0

    assert file.read_text() != "mine"
    assert (folder / "a.txt").read_text() == "mine"
    assert (folder / "specs").is_dir()
    assert not any(path.name.endswith(".partial") for path in tmp_path.rglob("*"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that asks to end")
@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_a_folder_that_is_cut_short_is_not_there(sheaf, storage_path, tmp_path, signal_):
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([{"id": number, "title": "x"} for number in range(3000)]))
    sheaf("import", rows)
    target = tmp_path / "out" / "project"
    target.parent.mkdir()
    words = ["export", "--format", "deespec", "--output", str(target)]

    command = [sys.executable, "-m", "desktop_app", *words, "--storage", str(storage_path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not any(target.parent.iterdir()):
            assert process.poll() is None
        process.send_signal(signal_)

    assert process.returncode == 130
    assert [*target.parent.iterdir()] == []
