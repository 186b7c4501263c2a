import io
import json

import pytest

from db.storage import open_storage


def titles(sheaf):
    return {item["title"] for item in sheaf("list", "tasks", "--json").document["items"]}


@pytest.fixture(autouse=True)
def own_folders(monkeypatch, tmp_path):
    """Folders of the user's own for this test alone."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def test_a_survey_says_what_there_is_and_changes_nothing(sheaf, filled):
    ran = sheaf("forget", "--text", "PARSER", "--dry-run", "--json")
    assert ran.code == 0
    assert ran.document["records"] == {"task": 2}
    assert ran.document["certificate"] is None
    assert ran.document["file"]["found"] > 0
    told = sheaf("forget", "--text", "parser", "--dry-run")
    assert "2 tasks" in told.out
    assert "Read the parser" in told.out
    assert "nothing was changed" in told.out
    assert {"Read the parser", "Write the parser"} <= titles(sheaf)


def test_what_is_forgotten_is_gone_and_the_certificate_says_so(sheaf, filled, tmp_path):
    path = tmp_path / "certificate.txt"
    ran = sheaf("forget", "--text", "parser", "--yes", "--certificate", path, "--json")
    assert ran.code == 0
    made = ran.document["certificate"]
    assert (made["is_clean"], made["found"]) == (True, 0)
    assert made["removed"]["records"] == {"task": 2}
    assert "CERTIFICATE OF A FORGETTING" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert titles(sheaf) == {"Fix the crash", "Ship", "Old"}
    assert sheaf("check").code == 0
    history = open_storage(str(filled))
    assert "parser" not in (history.history.operations()[0].report or "")
    history.close()


def test_the_text_may_come_from_standard_input(sheaf, filled, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", io.StringIO("parser\n"))
    path = tmp_path / "certificate.json"
    ran = sheaf("forget", "--text", "-", "--yes", "--certificate", path)
    assert ran.code == 0
    assert "Nothing of it is in the workspace any more." in ran.out
    assert json.loads(path.read_text())["sought"]["words"] == "parser"


def test_a_script_has_to_say_yes(sheaf, filled):
    ran = sheaf("forget", "--text", "parser")
    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert "2 tasks" in ran.err
    assert "Read the parser" in titles(sheaf)


def test_a_batch_goes_with_its_tasks(sheaf, filled, ids):
    ran = sheaf("forget", "--batch", ids["At work"], "--yes", "--json")
    assert ran.code == 0
    assert ran.document["records"] == {"batch": 1, "task": 4}
    assert titles(sheaf) == {"Old"}
    wrong = sheaf("forget", "--batch", ids["Old"], "--yes", "--json")
    assert (wrong.code, wrong.error["type"]) == (1, "StorageRejectedError")


def test_records_go_by_id(sheaf, filled, ids):
    words = [word for title in ("Ship", "Old") for word in ("--id", ids[title])]
    assert sheaf("forget", *words, "--yes").code == 0
    assert not {"Ship", "Old"} & titles(sheaf)


def test_backups_are_named_and_removed_where_that_is_wanted(sheaf, filled):
    name = sheaf("backup", "--json").document["name"]
    kept = sheaf("forget", "--text", "parser", "--yes")
    assert f"The backup {name} holds it, and was kept." in kept.out
    again = sheaf("forget", "--text", "parser", "--yes", "--backups", "remove", "--json")
    assert again.document["certificate"]["removed"]["backups"] == [name]
    assert sheaf("backups", "--json").document["items"] == []


def test_what_stands_nowhere_is_said(sheaf, filled):
    ran = sheaf("forget", "--text", "nobody at all", "--yes")
    assert ran.code == 0
    assert "stands nowhere" in ran.out


@pytest.mark.parametrize(
    "words", [["--text", "ab"], ["--text", " "], ["--batch", "nothing"], ["--id", "nothing"]]
)
def test_what_cannot_be_looked_for_is_refused(sheaf, filled, words):
    assert sheaf("forget", *words, "--yes", "--json").code == 1


def test_a_certificate_is_written_over_nothing(sheaf, filled, tmp_path):
    path = tmp_path / "there.txt"
    path.write_text("mine")
    ran = sheaf("forget", "--text", "parser", "--yes", "--certificate", path)
    assert ran.code == 2
    assert path.read_text() == "mine"
    assert "Read the parser" in titles(sheaf)


def test_vacuum_gives_back_what_is_free(sheaf, filled, ids):
    sheaf("edit", ids["Old"], "--set", f"description={'x ' * 400_000}")
    sheaf("purge", "--yes", ids["Old"])
    dry = sheaf("vacuum", "--dry-run", "--json").document
    assert dry["frees"] > 500_000
    assert dry["has_room"]
    assert "there is room" in sheaf("vacuum", "--dry-run").out
    done = sheaf("vacuum", "--json")
    assert done.code == 0
    assert done.document["freed"] >= dry["frees"]
    assert sheaf("vacuum").out.startswith("Compacted:")
    jobs = sheaf("jobs", "list", "--kind", "sheaf.compact", "--json").document["items"]
    assert {job["state"] for job in jobs} == {"done"}


def test_how_often_it_is_done_is_kept(sheaf, filled):
    assert sheaf("vacuum", "--every", "weekly", "--json").document["every"] == "weekly"
    assert sheaf("vacuum", "--dry-run", "--json").document["every"] == "weekly"


def test_the_map_says_what_takes_room(sheaf, filled):
    ran = sheaf("storage", "--json")
    assert ran.code == 0
    told = ran.document
    assert {part["kind"] for part in told["parts"]} >= {"task", "batch", None}
    assert "At work" in [each["title"] for each in told["batches"]]
    assert told["total"] >= told["file"]["size"] > 0
    text = sheaf("storage").out
    assert "Tasks" in text
    assert "At work" in text
    assert "`sheaf vacuum` frees about" in text
