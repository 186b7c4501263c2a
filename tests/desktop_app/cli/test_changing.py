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


def test_batches_and_tasks_in_one_command_are_refused(sheaf, ids):
    ran = sheaf("trash", ids["Ship"], ids["Long ago"], "--json")

    assert ran.code == 1
    assert ran.error["safe"] == "Nothing was changed."
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
    assert sheaf("redo").code == 1
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
