"""`sheaf export` and `sheaf formats`: what is written is verified, told of, and redacted."""

import json
import sys

import pytest

from db.exchange.exporting import export_formats
from db.exchange.formats.base import formats
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
        sheaf("export", "--format", "csv", "--output", target, *words)
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
