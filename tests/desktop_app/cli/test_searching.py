import io
import json
import sys

import pytest

from db.records import Kind
from db.storage import open_storage
from tests.db.contract.test_hits import import_messages

KINDS = (
    "batches tasks runs status-updates bugs design-notes conversations messages learnings"
).split()


@pytest.fixture
def every_kind(filled, ids, sheaf):
    """`filled`, and a record of each kind that people write."""
    task = ids["Fix the crash"]
    made = {
        "runs": ("--field", f"task={task}", "--title", "First try", "--field", "step=plan"),
        "status-updates": ("--field", "description=The parser is slow", "--field", "actor=me"),
        "bugs": ("--title", "Crash", "--field", f"tasks={task}", "--field", "steps=Run parser"),
        "design-notes": ("--title", "Parser by hand", "--field", "decision=Write it"),
        "conversations": ("--title", "On the parser"),
        "learnings": ("--title", "Parse late", "--field", "confidence=0.8",
                      "--field", "tags=ui, db", "--field", "category=parser"),
    }  # fmt: skip
    return {
        kind: sheaf("new", kind, *words, "--json").document["id"]
        for kind, words in made.items()
    }


def test_a_search_goes_over_every_kind(sheaf, every_kind):
    ran = sheaf("search", "parser", "--json")

    assert ran.code == 0
    assert ran.document["by_kind"] == {
        "task": 2,
        "status update": 1,
        "bug": 1,
        "design note": 1,
        "conversation": 1,
        "learning": 1,
    }
    assert ran.document["total"] == 7
    assert len(ran.document["items"]) == 7
    assert ran.document["not_understood"] == []


def test_a_hit_says_where_the_text_stands_and_what_it_is_in(sheaf, every_kind, ids):
    (bug,) = sheaf("search", "parser", "--kind", "bug", "--json").document["items"]
    (task,) = sheaf("search", "crash", "--kind", "tasks", "--json").document["items"]

    assert (bug["kind"], bug["id"], bug["title"]) == ("bug", every_kind["bugs"], "Crash")
    assert bug["snippet"] == "Run parser"
    assert [bug["snippet"][start:end] for start, end in bug["matches"]] == ["parser"]
    assert task["path"] == [{"kind": "batch", "id": ids["At work"], "title": "At work"}]


def test_a_search_takes_filters_a_limit_and_an_order(sheaf, every_kind):
    newest = sheaf("search", "parser", "--newest", "--limit", "2", "--json").document

    assert len(newest["items"]) == 2
    assert newest["items"][0]["title"] == "Parse late"
    assert newest["total"] == 7
    found = sheaf("search", "parser conf:>=0.8", "--json").document["by_kind"]
    assert found == {"learning": 1}
    found = sheaf("search", "parser", "in:bugs,tasks", "--kind", "bug", "--json").document
    assert found["by_kind"] == {"bug": 1}
    found = sheaf("search", "parser", "in:bugs", "--kind", "learning", "--json").document
    assert (found["by_kind"], found["items"]) == ({}, [])


def test_what_is_no_filter_is_searched_as_text_and_named(sheaf, every_kind):
    ran = sheaf("search", "stauts:failed")

    assert ran.code == 0
    assert "“stauts:failed” is no filter; searched as text." in ran.out
    assert "Nothing found." in ran.out


def test_a_batch_is_named_by_words_of_its_title(sheaf, filled):
    found = sheaf("search", 'batch:"at work" parser', "--json").document
    assert found["by_kind"] == {"task": 2}
    assert found["notes"] == []
    listed = sheaf("list", "tasks", "--query", "batch:ago", "--json").document
    assert [item["title"] for item in listed["items"]] == ["Old"]


def test_a_batch_that_there_is_not_is_told(sheaf, filled):
    found = sheaf("search", "batch:sprint parser", "--json").document
    assert (found["total"], found["not_understood"]) == (0, ["batch:sprint"])
    assert found["notes"] == ["“batch:sprint” names no batch there is."]
    assert "“batch:sprint” names no batch" in sheaf("search", "batch:sprint").out
    listed = sheaf("list", "tasks", "--query", "batch:sprint", "--json")
    assert (listed.document["total"], listed.code) == (0, 0)
    assert "“batch:sprint” names no batch" in listed.err


def test_filters_take_or_and_a_minus(sheaf, filled):
    def found(text):
        return {item["title"] for item in sheaf("search", text, "--json").document["items"]}

    assert found("status:failed OR status:queued in:tasks") == {"Fix the crash", "Ship"}
    assert found("-status:succeeded in:tasks") == {"Write the parser", "Fix the crash", "Ship"}
    assert found("parser -status:running") == {"Read the parser"}
    assert found("-kind:bug status:failed") == set()

    misplaced = sheaf("search", "tag:core OR measure", "--json").document
    assert misplaced["not_understood"] == ["tag:core OR measure"]
    assert "tag:core OR measure” must all hold" in sheaf("search", "tag:core OR measure").out


@pytest.mark.parametrize("text", ["*", "(((", '""'])
def test_a_search_for_no_word_at_all_is_told(sheaf, filled, text):
    found = sheaf("search", text, "--json").document

    assert (found["total"], found["not_understood"]) == (0, [text])
    assert f"“{text}” has no word to search for; nothing is found." in found["notes"]


def test_a_search_for_people_shows_the_hits_and_how_many_there_are(sheaf, every_kind):
    out = sheaf("search", "crash").out

    assert "Fix the crash" in out
    assert "in At work" in out
    assert out.splitlines()[-1] == "2 of 2: 1 task, 1 bug"


def test_a_hit_cannot_steer_the_terminal(sheaf, filled, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    sheaf("new", "learning", "--title", "Know", "--field", "description=the \x1b[31m parser")

    out = sheaf("search", "parser", "--kind", "learnings").out

    assert "\x1b" not in out
    assert "parser" in out


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_listed_and_shown(sheaf, every_kind, kind):
    listed = sheaf("list", kind, "--json")

    assert listed.code == 0
    for item in listed.document["items"]:
        assert not [name for name in item if name.endswith("pk")]
        shown = sheaf("show", item["id"], "--json")
        assert shown.document["id"] == item["id"]
        assert item["title"] in sheaf("show", item["id"]).out
    assert json.dumps(listed.document)
    assert sheaf("list", kind).code == 0


@pytest.mark.parametrize("word", ["run", "Runs", "execution", "turns"])
def test_a_kind_is_known_by_many_words(sheaf, every_kind, word):
    (run,) = sheaf("list", word, "--json").document["items"]

    assert (run["id"], run["turn"], run["step"]) == (every_kind["runs"], 1, "plan")
    assert run["task_title"] == "Fix the crash"


def test_lists_of_every_kind_take_filters(sheaf, every_kind):
    def titles(*words):
        return [item["title"] for item in sheaf("list", *words, "--json").document["items"]]

    assert titles("learnings", "--query", "conf:>=0.8 tag:ui") == ["Parse late"]
    assert titles("learnings", "--query", "conf:<0.5") == []
    assert titles("runs", "--query", "step:plan") == ["First try"]
    assert titles("learnings", "--sort", "confidence:desc") == ["Parse late"]
    refused = sheaf("list", "learnings", "--status", "failed")
    assert refused.code == 2
    assert "Learnings have no state." in refused.err


def test_a_message_is_shown_with_its_blocks(sheaf, storage_path, filled):
    storage = open_storage(str(storage_path))
    try:
        (message,) = import_messages(storage, "Hello parser")
    finally:
        storage.close()

    shown = sheaf("show", message.id, "--json").document

    assert shown["blocks"] == [{"type": "text", "text": "Hello parser"}]
    assert shown["parts"] == ["text"]
    assert shown["conversation_title"] == "The talk"
    assert "Hello parser" in sheaf("show", message.id).out


def test_a_record_is_edited_linked_and_cleared(sheaf, every_kind, ids):
    bug = every_kind["bugs"]

    ran = sheaf("edit", bug, "--set", "severity=critical", "--set", f"batch={ids['At work']}")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == bug
    shown = sheaf("show", bug, "--json").document
    assert (shown["severity"], shown["batch_title"]) == ("critical", "At work")
    assert [task["title"] for task in shown["related"]["tasks"]] == ["Fix the crash"]

    sheaf("edit", bug, "--set", "batch=", "--set", "tasks=")
    shown = sheaf("show", bug, "--json").document
    assert (shown["batch"], shown["related"].get("tasks")) == (None, [])

    sheaf("edit", ids["Old"], "--set", f"links=blocks={ids['Ship']}")
    (link,) = sheaf("show", ids["Old"], "--json").document["links"]
    assert (link["kind"], link["title"]) == ("blocks", "Ship")

    assert sheaf("undo").code == 0
    assert sheaf("show", ids["Old"], "--json").document["links"] == []


def test_a_text_is_read_from_a_file_or_standard_input(sheaf, filled, tmp_path, monkeypatch):
    file = tmp_path / "note.md"
    file.write_text("\ufeff# Why\n\nBecause of Übung.\n", "utf-8")
    made = sheaf("new", "design-notes", "--title", "Why", "--text", str(file), "--json")
    id_ = made.document["id"]
    assert sheaf("show", id_, "--json").document["description"] == (
        "# Why\n\nBecause of Übung.\n"
    )

    piped = io.TextIOWrapper(io.BytesIO("Über".encode()), encoding="latin-1")
    monkeypatch.setattr(sys, "stdin", piped)
    assert sheaf("edit", id_, "--text", "-").code == 0
    assert sheaf("show", id_, "--json").document["description"] == "Über"

    file.write_bytes(b"\xff\xfe")
    for path, wrong in ((file, "no UTF-8"), (tmp_path / "none", "cannot be read")):
        ran = sheaf("edit", id_, "--text", str(path), "--json")
        assert (ran.code, wrong in ran.error["what"]) == (2, True)


def stalled_run(sheaf, task):
    return sheaf("new", "runs", "--title", "Try", "--field", f"task={task}", "--field",
                 "status=running", "--field", "lease_until=2020-01-01T00:00Z",
                 "--json").document["id"]  # fmt: skip


def test_a_run_whose_lease_has_passed_is_said_to_be_stalled(sheaf, filled, ids):
    run = stalled_run(sheaf, ids["Ship"])
    sheaf("new", "runs", "--title", "At it", "--field", f"task={ids['Ship']}", "--field",
          "status=running", "--field", "turn=2")  # fmt: skip

    assert sheaf("list", "runs").out.count("stalled") == 1
    assert "stalled" in sheaf("show", run).out
    assert sheaf("show", ids["Ship"]).out.count("stalled") == 1
    shown = sheaf("show", run, "--json").document
    assert (shown["status"], shown["stalled"]) == ("running", True)
    for query in ("status:stalled", "is:stalled", "stalled:yes"):
        (found,) = sheaf("list", "runs", "--query", query, "--json").document["items"]
        assert found["id"] == run
        assert sheaf("search", query, "--json").document["by_kind"] == {"run": 1}


def test_the_history_says_what_was_taken_back_and_which_records_were_linked(sheaf, filled, ids):
    note = sheaf("new", "design-notes", "--title", "Why", "--json").document["id"]
    sheaf("edit", note, "--set", f"task={ids['Ship']}")
    sheaf("edit", ids["Old"], "--set", f"links=blocks={ids['Ship']}", "--set", "status=failed")
    sheaf("trash", ids["Old"])
    sheaf("undo")

    assert "Change task of design note “Why” (task “Ship”)" in sheaf("show", note).out
    out = sheaf("show", ids["Old"]).out
    assert "Trash task “Old” (taken back) (trashed at)" in out
    assert "Change links and status of task “Old” (links “Ship”, status)" in out
    history = sheaf("show", ids["Old"], "--json").document["history"]
    assert history[1]["after"]["links"] == [{"id": ids["Ship"], "title": "Ship"}]
    assert history[1]["before"]["status"] == "succeeded"
    (linked, _) = sheaf("show", note, "--json").document["history"]
    assert linked["before"]["task"] is None
    assert linked["after"]["task"] == {"id": ids["Ship"], "title": "Ship"}


def test_an_undo_after_a_deletion_for_good_says_that_it_stays(sheaf, filled, ids):
    sheaf("archive", ids["Old"])
    sheaf("archive", ids["Read the parser"])
    sheaf("purge", ids["Ship"], "--yes")

    first = sheaf("undo")
    second = sheaf("undo", "--json").document

    assert "Took back: Archive task “Read the parser”." in first.out
    assert "Cannot be taken back, and was passed over: Delete 1 task perm" in first.err
    assert (second["changed"], second["cannot_be_undone"]) == ({"task": 1}, [])


def test_an_undo_says_so_too_where_what_was_deleted_was_trashed_before(sheaf, filled, ids):
    sheaf("archive", ids["Old"])
    sheaf("trash", ids["Ship"])
    sheaf("purge", ids["Ship"], "--yes")

    undone = sheaf("undo", "--json")

    assert undone.document["cannot_be_undone"] == ["Delete 1 task permanently"]
    assert undone.err.count("passed over: Delete 1 task permanently.") == 1


@pytest.mark.parametrize(
    ("words", "code", "wrong"),
    [
        (["new", "messages", "--title", "x"], 1, "cannot be made"),
        (["new", "learnings"], 1, "title"),
        (["new", "people", "--title", "x"], 2, "invalid choice"),
        (["new", "bugs", "--title", "x", "--field", "severity"], 2, "NAME=VALUE"),
        (["new", "bugs", "--title", "x", "--field", "colour=red"], 1, "no field named colour"),
        (["new", "tasks", "--title", "x", "--field", "links=hugs=1"], 2, "no link"),
        (["edit", "nothing-there", "--set", "title=x"], 1, "no record"),
        (["edit", "nothing-there"], 2, "--set"),
        (["search"], 2, "TEXT"),
        (["search", "x", "--kind", "people"], 2, "invalid choice"),
    ],
)
def test_what_cannot_be_is_refused(sheaf, filled, words, code, wrong):
    ran = sheaf(*words)

    assert ran.code == code
    assert wrong.lower() in ran.err.lower()


def test_records_of_every_kind_are_moved_and_deleted(sheaf, every_kind):
    for id_ in every_kind.values():
        for command in ("archive", "unarchive", "trash", "restore"):
            assert sheaf(command, id_).code == 0
        assert sheaf("purge", id_, "--yes").code == 0
        assert sheaf("show", id_).code == 1


def test_ids_of_different_kinds_are_not_one_command(sheaf, every_kind, ids):
    ran = sheaf("archive", every_kind["bugs"], ids["Ship"])

    assert ran.code == 1
    assert "These are 1 bug and 1 task" in ran.err


def test_the_kinds_of_the_command_are_those_there_are():
    assert [kind.plural.replace(" ", "-") for kind in Kind] == KINDS


@pytest.mark.parametrize(
    "words",
    [
        ["parser", "-write", "--json"],
        ["-write", "parser", "--json"],
        ["--json", "parser", "-write"],
        ["parser", "--json", "-write"],
        ["parser", "--json", "--", "-write"],
        ["--json", "--", "parser", "-write"],
        ["--limit", "9", "parser", "--json", "--kind", "task", "-write"],
    ],
)
def test_words_to_leave_out_may_stand_anywhere(sheaf, filled, words):
    ran = sheaf("search", *words)

    assert ran.code == 0, ran.err
    assert [item["title"] for item in ran.document["items"]] == ["Read the parser"]


@pytest.mark.parametrize("words", [["--", "-write", "--json"], ["--", "--json", "-write"]])
def test_after_two_dashes_all_are_words(sheaf, filled, words):
    ran = sheaf("search", *words[:1], "parser", *words[1:])

    assert (ran.code, "Read the parser" in ran.out) == (0, True)
    assert "Write" not in ran.out
    assert not ran.out.startswith("{")
    assert sheaf("search", "--json", "--", "--json").document["total"] > 1


def test_words_may_stand_behind_an_option_but_an_unknown_option_is_refused(sheaf, filled):
    assert sheaf("search", "fix", "--json", "crash").document["total"] == 1

    ran = sheaf("search", "fix", "--newst")

    assert (ran.code, ran.out) == (2, "")
    assert "--newst" in ran.err
