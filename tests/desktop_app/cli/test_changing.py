import io

import pytest


def places(sheaf):
    listed = sheaf("list", "tasks", "--query", "is:any", "--limit", "90", "--json").document
    return {item["title"]: item["place"] for item in listed["items"]}


def test_archive_takes_the_tasks_of_a_batch_along_and_undo_brings_them_back(sheaf, ids):
    ran = sheaf("archive", ids["At work"], "--json")

    assert ran.code == 0
    assert ran.document["changed"] == {"batch": 1, "task": 4}
    assert ran.document["operation"]["verb"] == "archive"
    assert places(sheaf)["Ship"] == "archived"
    assert sheaf("undo").code == 0
    assert places(sheaf)["Ship"] == "live"
    assert sheaf("redo").code == 0
    assert places(sheaf)["Ship"] == "archived"


@pytest.mark.parametrize(
    ("there", "back", "place"),
    [("archive", "unarchive", "archived"), ("trash", "restore", "trashed")],
)
def test_what_was_put_aside_comes_back(sheaf, ids, there, back, place):
    assert sheaf(there, ids["Ship"], ids["Old"]).code == 0
    assert {places(sheaf)[title] for title in ("Ship", "Old")} == {place}

    assert sheaf(back, ids["Ship"]).code == 0

    assert places(sheaf)["Ship"] == "live"
    assert places(sheaf)["Old"] == place


@pytest.mark.parametrize(
    "words", [("--title", "Mine"), ("--field", "title=Mine"), ("--set", "title=Mine")]
)
def test_a_record_is_edited_by_the_options_that_make_one(sheaf, ids, words):
    ran = sheaf("edit", ids["Ship"], *words, "--set", "status=failed")

    assert ran.code == 0
    shown = sheaf("show", ids["Ship"], "--json").document
    assert (shown["title"], shown["status"]) == ("Mine", "failed")


def test_an_edit_of_nothing_says_how_to_name_what_is_to_be_changed(sheaf, ids):
    ran = sheaf("edit", ids["Ship"], "--json")

    assert ran.code == 2
    assert "--title" in ran.document["error"]["advice"]
    assert "--set" in ran.document["error"]["advice"]


def test_archiving_twice_changes_nothing(sheaf, ids):
    sheaf("archive", ids["Ship"])

    again = sheaf("archive", ids["Ship"])

    assert (again.code, again.out) == (0, "There was nothing to do.\n")
    assert sheaf("archive", ids["Ship"], "--json").document == {
        "operation": None,
        "changed": {},
        "skipped": [],
    }


@pytest.mark.parametrize(
    ("there", "wrong_way"), [("archive", "restore"), ("trash", "unarchive")]
)
def test_the_wrong_way_back_is_refused_and_names_the_right_one(sheaf, ids, there, wrong_way):
    sheaf(there, ids["Ship"])
    before = places(sheaf)

    ran = sheaf(wrong_way, ids["Ship"])

    assert (ran.code, ran.out) == (1, "")
    assert {"archive": "sheaf unarchive", "trash": "sheaf restore"}[there] in ran.err
    assert places(sheaf) == before


def test_one_unknown_id_stops_the_whole_command(sheaf, ids):
    ran = sheaf("trash", ids["Ship"], "no-such-id")

    assert ran.code == 1
    assert places(sheaf)["Ship"] == "live"


def test_batches_and_tasks_in_one_command_are_refused_and_sorted_out(sheaf, ids):
    ship, old, batch = (ids[title] for title in ("Ship", "Old", "Long ago"))

    ran = sheaf("trash", ship, batch, old, "--json")

    assert ran.code == 1
    assert ran.error["what"].startswith("These are 2 tasks and 1 batch")
    assert ran.error["safe"] == "Nothing was changed."
    assert f"2 tasks: {ship} {old}; 1 batch: {batch}." in ran.error["advice"]
    assert places(sheaf)["Ship"] == "live"


def test_an_undo_that_must_leave_something_exits_with_3_and_names_it(sheaf, ids):
    sheaf("archive", ids["Ship"], ids["Old"])
    sheaf("unarchive", ids["Ship"])
    sheaf("undo")
    sheaf("undo")

    ran = sheaf("undo", "--json")

    assert ran.code in {0, 3}
    assert bool(ran.document["skipped"]) is (ran.code == 3)


def test_an_undo_of_what_was_purged_since_names_it_and_exits_with_3(sheaf, ids):
    sheaf("trash", ids["Ship"], ids["Old"])
    sheaf("purge", ids["Ship"], "--yes")

    ran = sheaf("undo", "--json")

    assert (ran.code, ran.document["skipped"]) == (3, [ids["Ship"]])
    assert ran.document["changed"] == {"task": 1}
    again = sheaf("redo")
    assert again.code == 3
    assert ids["Ship"] in again.out


def test_with_nothing_to_take_back_undo_and_redo_are_refused(sheaf, filled):
    nothing = sheaf("redo", "--json")
    assert nothing.code == 1
    assert nothing.error["advice"].startswith("Only what was undone can be done again")
    assert sheaf("undo").code == 0
    empty = sheaf("undo", "--json")
    assert empty.code == 1
    assert sheaf("list", "tasks", "--query", "is:any", "--json").document["total"] == 0


def test_purge_in_a_script_asks_for_yes_and_deletes_nothing(sheaf, ids, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n"))

    ran = sheaf("purge", ids["Ship"])

    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert "Ship" in places(sheaf)


def test_purge_with_yes_deletes_for_good(sheaf, ids):
    sheaf("trash", ids["At work"])

    ran = sheaf("purge", ids["At work"], "--yes", "--json")

    assert ran.code == 0
    assert ran.document["operation"]["undoable"] is False
    assert set(places(sheaf)) == {"Old"}
    assert sheaf("show", ids["Ship"]).code == 1


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("typed", "code", "left"), [("5", 0, 1), ("4", 1, 5), ("", 1, 5)])
def test_purge_on_a_terminal_wants_the_number_typed(sheaf, ids, monkeypatch, typed, code, left):
    monkeypatch.setattr("sys.stdin", Terminal(f"{typed}\n"))

    ran = sheaf("purge", ids["At work"])

    assert ran.code == code, ran.err
    assert "1 batch and 4 tasks" in ran.err
    assert len(places(sheaf)) == left


def test_a_storage_that_is_not_there_is_not_made_by_a_typing_mistake(sheaf, tmp_path):
    missing = tmp_path / "typo.sheaf"

    ran = sheaf("archive", "some-id", "--storage", missing, "--json")

    assert ran.code == 4
    assert ran.error["type"] == "StorageMissingError"
    assert not missing.exists()


def test_what_is_taken_back_is_told_in_readable_words(sheaf, filled):
    id_ = sheaf("new", "bug", "--title", "Crash", "--json").document["operation"]["id"]
    assert id_
    (bug,) = sheaf("list", "bugs", "--json").document["items"]
    fields = ("proposed_fix=Wait", "severity=low", "steps=Run")
    sheaf("edit", bug["id"], *(word for field in fields for word in ("--set", field)))

    assert "Change proposed fix, severity and steps of bug “Crash”" in sheaf("undo").out


def test_a_learning_given_a_newer_one_is_superseded_unless_told_otherwise(sheaf, filled):
    for title in ("Old", "Newer"):
        sheaf("new", "learning", "--title", title)

    def id_of(title):
        found = sheaf("search", title, "--kind", "learning", "--json").document["items"]
        return next(item["id"] for item in found if item["title"] == title)

    def review(id_):
        return sheaf("show", id_, "--json").document["review"]

    old, newer = id_of("Old"), id_of("Newer")
    sheaf("edit", old, "--set", f"superseded_by={newer}")
    assert review(old) == "superseded"
    sheaf("edit", old, "--set", "review=approved", "--set", f"superseded_by={newer}")
    assert review(old) == "approved"


def test_a_circle_of_learnings_is_refused_with_those_it_goes_through(sheaf, filled):
    ids = {}
    for title in "ABC":
        sheaf("new", "learning", "--title", title)
        ids[title] = sheaf("search", f"{title}", "--newest", "--kind", "learning",
                           "--json").document["items"][0]["id"]  # fmt: skip
    sheaf("edit", ids["A"], "--set", f"superseded_by={ids['B']}")
    sheaf("edit", ids["B"], "--set", f"superseded_by={ids['C']}")

    ran = sheaf("edit", ids["C"], "--set", f"superseded_by={ids['A']}", "--json")

    assert ran.code == 1
    assert ran.error["what"] == "The learning would supersede itself through “A”, “B”."
    itself = sheaf("edit", ids["C"], "--set", f"superseded_by={ids['C']}", "--json")
    assert itself.error["what"] == "A learning cannot supersede itself."
