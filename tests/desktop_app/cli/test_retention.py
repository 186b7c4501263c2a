"""Rules are made, foreseen and run by the command, which asks before it deletes."""

import pytest

from db.storage import open_storage

ARCHIVE_OLD = (
    *("retention", "add", "Old and done", "--kind", "tasks"),
    *("--query", "status:done updated:>30d", "--then", "archive"),
)


@pytest.fixture
def crowded(filled):
    """So many newer batches that those of `filled` are not protected as the newest."""
    storage = open_storage(str(filled))
    for number in range(20):
        storage.batches.create(f"newer {number}")
    storage.close()
    return filled


@pytest.fixture
def trashed(crowded, sheaf, ids):
    """A task that has lain in the Trash for a moment, and a rule that deletes such."""
    sheaf("trash", ids["Old"])
    sheaf("retention", "add", "Soon", "--query", "trashed:>0h", "--then", "purge")
    sheaf("retention", "on", "Soon")


def rule_of(ran, name):
    return next(item for item in ran.document["rules"] if item["name"] == name)


def titles(sheaf):
    return {item["title"] for item in sheaf("list", "tasks", "--json").document["items"]}


def test_the_rule_that_ships_is_listed_and_off(sheaf, filled):
    ran = sheaf("retention")

    assert ran.code == 0
    rule = "Empty the Trash (off): Delete records of every kind for good: trashed:>30d"
    assert f"{rule}; now nothing" in ran.out
    assert "nothing: no rule is on." in ran.out


def test_a_rule_is_made_foreseen_run_and_undone(sheaf, crowded):
    made = sheaf(*ARCHIVE_OLD, "--json")
    assert (made.code, rule_of(made, "Old and done")["on"]) == (0, False)
    idle = sheaf("retention", "--run", "--json").document
    assert (idle["done"], idle["last_run"]) == ([], None)
    assert sheaf("retention", "on", "OLD AND DONE").code == 0

    told = sheaf("retention", "--simulate")
    assert "Old and done (on): Archive tasks: status:done updated:>30d; now 1 task" in told.out
    assert "\n    Old\n" in told.out
    assert "due now: Old and done, 1 task" in told.out
    assert titles(sheaf) >= {"Old"}

    ran = sheaf("retention", "--run", "--json")
    (done,) = ran.document["done"]
    assert (done["rule"], done["records"], done["undoable"]) == (
        "Old and done",
        {"task": 1},
        True,
    )
    assert ran.document["last_run"] is not None
    assert "Old" not in titles(sheaf)
    assert sheaf("undo", done["operation"]).code == 0
    assert "Old" in titles(sheaf)


def test_the_calendar_names_the_day_of_what_is_not_due_yet(sheaf, crowded):
    sheaf(
        "retention",
        "add",
        "All",
        "--kind",
        "task",
        "--query",
        "updated:>45d",
        "--then",
        "trash",
    )
    sheaf("retention", "on", "all")

    (day,) = sheaf("retention", "--json").document["calendar"]

    assert [(take["rule"], take["records"]) for take in day["takes"]] == [("All", {"task": 1})]
    assert f"{day['day']}: All, 1 task" in sheaf("retention").out


def test_a_running_batch_is_told_to_be_protected(sheaf, crowded):
    sheaf(
        "retention",
        "add",
        "All",
        "--kind",
        "tasks",
        "--query",
        "created:>0h",
        "--then",
        "trash",
    )

    item = rule_of(sheaf("retention", "--json"), "All")

    assert (item["number"], item["protected"]) == (1, 4)
    assert "and 4 protected stay" in sheaf("retention").out


def test_deleting_asks_for_the_number_and_makes_a_backup(sheaf, trashed):
    refused = sheaf("retention", "--run")
    assert refused.code == 2
    assert "To be deleted for good: 1 task by “Soon”." in refused.err

    ran = sheaf("retention", "--run", "--yes", "--json")

    assert ran.code == 0
    assert ran.document["done"][0]["records"] == {"task": 1}
    assert not ran.document["done"][0]["undoable"]
    (backup,) = sheaf("backups", "--json").document["items"]
    assert (backup["name"], backup["kind"]) == (ran.document["backup"], "before-purge")
    job = sheaf("jobs", "list", "--json").document["items"][0]
    assert (job["kind"], job["state"]) == ("sheaf.retention", "done")


def test_a_rule_can_be_removed_and_the_list_be_empty(sheaf, filled):
    sheaf("retention", "remove", "empty the trash")

    assert "There are no rules" in sheaf("retention").out
    assert sheaf("retention", "on", "empty the trash").code == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["on"], 2, "the name of one rule"),
        (["list", "x"], 2, "the name of one rule"),
        (["add", "x", "--query", "updated:>1d"], 2, "both --query and --then"),
        (["--query", "updated:>1d"], 2, "which go with nothing else"),
        (["add", "x", "--query", "stauts:done", "--then", "trash"], 1, "is no filter"),
        (["off", "nosuch"], 1, "There is no rule named"),
        (["--run", "--simulate"], 2, "not allowed with"),
    ],
)
def test_what_makes_no_sense_is_refused(sheaf, filled, words, code, said):
    ran = sheaf("retention", *words)

    assert ran.code == code
    assert said in ran.err


def test_there_is_nothing_to_foresee_without_a_storage(sheaf, storage_path):
    assert sheaf("retention").code == 0
    assert not storage_path.exists()
    assert sheaf("retention", "--run").code == 4
