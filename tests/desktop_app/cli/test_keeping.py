import io
import subprocess
import sys

import apsw
import pytest

from db.sqlite import migrate, storage
from db.sqlite.tables import SORT_INDEXES
from tests.db import fault_driver


def test_a_healthy_storage_passes_every_check(sheaf, filled):
    ran = sheaf("check", "--json")

    assert ran.code == 0
    assert ran.document["ok"] is True
    assert all(finding["ok"] for finding in ran.document["findings"])
    assert sheaf("check").out.endswith("All is well.\n")


def test_a_check_that_finds_something_exits_with_3(sheaf, filled):
    spoil(filled, "UPDATE batch SET failed = failed + 7")

    ran = sheaf("check", "--json")

    assert ran.code == 3
    bad = [finding for finding in ran.document["findings"] if not finding["ok"]]
    assert [finding["check"] for finding in bad] == ["counts"]
    assert "BAD" in sheaf("check").out


def test_what_can_be_mended_is_mended_and_the_second_check_finds_nothing(sheaf, filled, ids):
    spoil(filled, "UPDATE batch SET failed = failed + 7")
    task = ids["Ship"]
    for turn in (1, 3):
        sheaf("new", "run", "--field", f"task={task}", "--field", f"turn={turn}")

    ran = sheaf("check", "--fix", "--json")

    assert ran.code == 3
    assert ran.document["ok"] is True
    fixed = {each["check"] for each in ran.document["fixed"]}
    assert fixed == {"counts", "turns-missing"}
    assert sheaf("check", "--json").code == 0
    (operation,) = ran.document["operations"]
    assert sheaf("undo", operation["id"]).code == 0
    again = sheaf("check")
    assert (again.code, "Turns of tasks are missing" in again.out) == (3, True)
    assert "sheaf check --fix" in again.out
    assert "Mended" in sheaf("check", "--fix").out


def test_a_damaged_file_is_salvaged_into_a_new_one(sheaf, filled, tmp_path):
    with filled.open("r+b") as file:
        file.write(bytes(100))
    assert sheaf("list", "tasks").code == 4

    ran = sheaf("salvage", filled, "--output", tmp_path / "new.sheaf", "--json")

    assert (ran.code, ran.document["ok"], bool(ran.document["notes"])) == (3, False, True)
    assert sheaf("list", "tasks", "--storage", tmp_path / "new.sheaf").code == 0
    refused = sheaf("salvage", filled, "--output", tmp_path / "new.sheaf", "--json")
    assert (refused.code, refused.error["type"]) == (1, "UnwritableFileError")
    said = sheaf("salvage", filled, "--output", tmp_path / "other.sheaf").out
    assert "task: 5" in said


@pytest.mark.parametrize("words", [("check",), ("check", "--fix"), ("backup",)])
def test_a_file_with_damaged_pages_is_only_read_by_what_looks_after_it(sheaf, filled, words):
    spoil(filled, "PRAGMA wal_checkpoint(TRUNCATE)")
    damage_page_of(filled, "task_body")
    before = filled.read_bytes()

    ran = sheaf(*words, "--json")

    assert filled.read_bytes() == before
    if words == ("backup",):
        assert (ran.code, ran.error["type"]) == (4, "StorageDamagedError")
    else:
        assert ran.code == 3
        (damage,) = [each for each in ran.document["findings"] if each["check"] == "integrity"]
        assert not damage["ok"]
        assert damage["examples"]
        assert ran.document["fixed"] == ran.document["operations"] == []


def test_nothing_is_mended_either_where_only_a_whole_check_sees_the_damage(sheaf, filled):
    spoil(filled, "UPDATE batch SET failed = failed + 7")
    connection = apsw.Connection(str(filled))
    sql = "SELECT pageno FROM dbstat WHERE name = 'task' AND pagetype = 'leaf'"
    ((page,),) = connection.execute(sql).fetchall()
    connection.close()
    content = bytearray(filled.read_bytes())
    title = content.index(b"Ship", (page - 1) * 8192)
    content[title : title + 4] = b"Zhip"
    filled.write_bytes(content)

    ran = sheaf("check", "--fix", "--json")

    assert (ran.code, ran.document["ok"]) == (3, False)
    bad = [each for each in ran.document["findings"] if not each["ok"]]
    assert {each["check"] for each in bad} >= {"integrity", "counts"}
    assert not any(each["is_mendable"] for each in bad)
    assert ran.document["fixed"] == ran.document["operations"] == []


def test_a_file_of_which_nothing_can_be_read_is_a_finding_for_scripts(sheaf, filled):
    filled.write_bytes(b"\xff" * filled.stat().st_size)

    ran = sheaf("check", "--json")

    assert ran.code == 4
    (finding,) = ran.document["findings"]
    assert (finding["check"], finding["ok"]) == ("integrity", False)


def test_an_index_that_was_dropped_is_told_though_opening_makes_it_again(sheaf, filled):
    name = next(iter(SORT_INDEXES))
    spoil(filled, f"DROP INDEX {name}")

    ran = sheaf("check", "--json")

    assert (ran.code, ran.document["ok"]) == (3, True)
    (fixed,) = ran.document["fixed"]
    assert fixed["check"] == "schema"
    assert fixed["examples"] == [f"index {name} is missing"]
    assert sheaf("check").code == 0


def test_migrate_at_the_newest_version_has_nothing_to_do(sheaf, filled):
    ran = sheaf("migrate", "--json")

    assert ran.code == 0
    assert ran.document["steps"] == []
    assert ran.document["from"] == ran.document["to"] > 0


def test_migrate_down_keeps_a_copy_and_a_dry_run_changes_nothing(sheaf, filled):
    dry = sheaf("migrate", "--to", "0", "--dry-run", "--json")
    assert (dry.code, bool(dry.document["steps"])) == (0, True)
    assert sheaf("list", "tasks", "--json").document["total"] == 5

    ran = sheaf("migrate", "--to", "0", "--yes", "--json")

    assert (ran.code, bool(ran.document["steps"])) == (0, True)
    (copy,) = ran.document["copies"]
    assert sheaf("restore", copy).code == 0
    assert sheaf("list", "tasks", "--json").document["total"] == 5


def test_no_copy_is_ever_written_over(sheaf, filled):
    first = sheaf("migrate", "--to", "0", "--yes", "--json").document["copies"]
    sheaf("list", "tasks")

    second = sheaf("migrate", "--to", "0", "--yes")

    (copy,) = set(map(str, copies_of(filled))) - set(first)
    assert copy in second.out
    assert sheaf("restore", first[0]).code == 0
    assert sheaf("list", "tasks", "--json").document["total"] == 5


def test_migrate_down_in_a_script_asks_for_yes_and_changes_nothing(sheaf, filled, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("0\n"))

    ran = sheaf("migrate", "--to", "0")

    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert not copies_of(filled)
    assert sheaf("list", "tasks", "--json").document["total"] == 5


@pytest.mark.parametrize(("typed", "code"), [("0", 0), ("y", 1), ("", 1)])
def test_migrate_down_on_a_terminal_wants_the_version_typed(
    sheaf, filled, monkeypatch, typed, code
):
    monkeypatch.setattr("sys.stdin", Terminal(f"{typed}\n"))

    assert sheaf("migrate", "--to", "0").code == code

    assert bool(copies_of(filled)) is (code == 0)


def test_a_command_that_brings_older_tables_up_to_date_says_so(sheaf, filled, monkeypatch):
    known = (*migrate.known_migrations(), fault_driver.LATER)
    for module in (migrate, storage):
        monkeypatch.setattr(module, "known_migrations", lambda: known)

    dry = sheaf("migrate", "--dry-run", "--json")
    ran = sheaf("list", "tasks", "--json")

    assert (dry.document["to"], len(dry.document["steps"])) == (len(known), 1)
    (copy,) = copies_of(filled)
    assert (ran.code, ran.document["total"], str(copy) in ran.err) == (0, 5, True)
    assert sheaf("list", "tasks").err == ""


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_migrate_to_a_version_that_does_not_exist_is_refused(sheaf, filled, options):
    assert sheaf("migrate", "--to", "900", *options).code in {1, 2}


def test_a_file_that_is_no_storage_exits_with_4(sheaf, storage_path):
    storage_path.write_text("this is a shopping list, not a database\n" * 99)

    ran = sheaf("list", "tasks", "--json")

    assert ran.code == 4
    assert ran.error["type"] == "StorageDamagedError"
    assert all(ran.error[part] for part in ("what", "safe", "advice"))


def test_a_file_of_a_newer_sheaf_exits_with_4_and_is_left_as_it_is(sheaf, filled):
    spoil(
        filled,
        "INSERT INTO schema_version SELECT version + 900, 'from the future', '', 0, ''"
        " FROM schema_version ORDER BY version DESC LIMIT 1",
    )

    ran = sheaf("list", "tasks", "--json")

    assert (ran.code, ran.error["type"]) == (4, "StorageTooNewError")


def test_a_file_whose_header_alone_names_a_newer_version_is_left_as_it_is(sheaf, filled):
    spoil(filled, "PRAGMA user_version = 77")

    ran = sheaf("archive", "past", "--json")

    assert (ran.code, ran.error["type"]) == (4, "StorageTooNewError")
    assert "version 77" in ran.error["what"]


def test_an_unknown_kind_of_storage_is_a_mistake_in_the_command(sheaf):
    ran = sheaf("list", "tasks", "--storage", "carrier-pigeon:coop", "--json")

    assert (ran.code, ran.error["type"]) == (2, "UnknownStorageKindError")


@pytest.mark.parametrize("words", [("check",), ("import", "plan.json")])
def test_a_file_that_is_damaged_inside_is_told_once_with_the_ways_out(filled, tmp_path, words):
    (tmp_path / "plan.json").write_text('[{"id": 1, "title": "New"}]')
    spoil(filled, "PRAGMA wal_checkpoint(TRUNCATE)")
    size = filled.stat().st_size
    with filled.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (size - 8192))
    command = [sys.executable, "-m", "desktop_app", "--storage", str(filled), *words]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode == 4
    (line,) = ran.stderr.splitlines()
    assert "sheaf restore latest --over-damaged" in line
    assert "sheaf salvage" in line


def test_a_folder_instead_of_a_file_exits_with_4(sheaf, tmp_path):
    assert sheaf("list", "tasks", "--storage", tmp_path).code == 4


class Terminal(io.StringIO):
    def isatty(self):
        return True


def copies_of(path):
    return [*path.with_name(f"{path.name}.backups").glob("*-before-migration.sheaf")]


def spoil(path, statement):
    connection = apsw.Connection(str(path))
    connection.execute(statement)
    connection.close()


def damage_page_of(path, table):
    """Empty a page of a table."""
    connection = apsw.Connection(str(path))
    ((page,),) = connection.execute(
        "SELECT max(pageno) FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,)
    ).fetchall()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 8192)
        file.write(bytes(8192))
