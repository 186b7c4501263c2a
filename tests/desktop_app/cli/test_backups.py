import subprocess
import sys
from pathlib import Path

import pytest

from db.maintenance.folder import read_backup
from db.storage import open_storage


def folder_of(path):
    return path.with_name(f"{path.name}.backups")


def kinds(sheaf):
    return [item["kind"] for item in sheaf("backups", "--json").document["items"]]


def titles(sheaf):
    return {item["title"] for item in sheaf("list", "tasks", "--json").document["items"]}


def test_a_backup_is_made_listed_and_tested(sheaf, filled):
    made = sheaf("backup", "--json")

    assert made.code == 0
    assert made.document["records"] == 8
    (item,) = sheaf("backups", "--json").document["items"]
    assert item == made.document
    assert item["proved_at"] is None
    proved = sheaf("backups", "--prove", "--json").document["items"][0]
    assert (proved["trouble"], proved["proved_at"] is None) == ("", False)
    told = sheaf("backups")
    assert told.code == 0
    assert item["name"] in told.out
    assert "tested" in told.out


def test_a_backup_goes_where_it_is_wanted(sheaf, filled, tmp_path):
    target = tmp_path / "elsewhere.sheaf"

    assert sheaf("backup", "--output", target).code == 0
    again = sheaf("backup", "--output", target, "--json")

    assert (again.code, again.error["type"]) == (1, "BackupError")
    assert read_backup(target).manifest.records == 8
    assert kinds(sheaf) == []
    sheaf("edit", first_id(sheaf), "--title", "changed")
    assert sheaf("restore", target).code == 0
    assert "changed" not in titles(sheaf)


def first_id(sheaf):
    return sheaf("list", "tasks", "--json").document["items"][0]["id"]


def test_a_restore_says_what_changes_and_can_be_taken_back(sheaf, filled, ids):
    name = sheaf("backup", "--json").document["name"]
    sheaf("purge", "--yes", ids["Ship"])
    sheaf("edit", ids["Old"], "--title", "changed")

    dry = sheaf("restore", name, "--dry-run", "--json")
    assert (dry.code, dry.document["dry_run"], dry.document["safety"]) == (0, True, None)
    assert dry.document["changes"]["task"] == {"now": 4, "then": 5, "newer": 1, "gone": 1}
    assert "changed" in titles(sheaf)
    told = sheaf("restore", name, "--dry-run").out
    assert "nothing was changed" in told
    assert "1 changed since, 1 deleted since" in told

    ran = sheaf("restore", name)
    assert ran.code == 0
    assert {"Ship", "Old"} <= titles(sheaf)
    assert sheaf("check").code == 0

    safety = sheaf("backups", "--json").document["items"][0]
    assert safety["kind"] == "before-restore"
    assert f"`sheaf restore {safety['name']}`" in ran.out
    assert sheaf("restore", "latest").code == 0
    assert "changed" in titles(sheaf)
    jobs = sheaf("jobs", "list", "--kind", "sheaf.restore", "--json").document["items"]
    assert [job["state"] for job in jobs] == ["done", "done"]


def test_restore_still_brings_records_back_from_the_trash(sheaf, filled, ids):
    sheaf("trash", ids["Ship"])

    assert sheaf("restore", ids["Ship"]).code == 0
    assert "Ship" in titles(sheaf)
    assert sheaf("restore", ids["Ship"], "--dry-run").code == 2


def test_a_dry_run_of_a_backup_that_is_not_there_says_so(sheaf, filled):
    ran = sheaf("restore", "zzz", "--dry-run")
    assert ran.code == 1
    assert "No backup is named zzz" in ran.err


def test_undo_after_a_restore_takes_back_nothing_older(sheaf, filled, ids):
    sheaf("backup")
    sheaf("trash", ids["Ship"])
    safety = sheaf("restore", "latest", "--json").document["safety"]

    ran = sheaf("undo")

    assert ran.code == 1
    assert "A backup was restored last" in ran.err
    assert f"sheaf restore {safety}" in ran.err
    assert sheaf("restore", safety).code == 0
    assert "Ship" not in titles(sheaf)
    sheaf("trash", ids["At work"])
    assert sheaf("undo").code == 0


def test_once_something_was_taken_back_after_a_restore_undo_goes_on_from_there(
    sheaf, filled, ids
):
    sheaf("trash", ids["Old"])
    operation = sheaf("trash", ids["Ship"], "--json").document["operation"]["id"]
    sheaf("backup")
    sheaf("purge", "--yes", ids["Ship"])
    sheaf("restore", "latest")

    assert sheaf("undo").code == 1
    assert sheaf("undo", operation).code == 0
    assert "Ship" in titles(sheaf)
    assert "Old" not in titles(sheaf)
    assert sheaf("undo").code == 0
    assert "Old" in titles(sheaf)


def test_single_records_come_back_from_a_backup(sheaf, filled, ids):
    sheaf("backup")
    sheaf("purge", "--yes", ids["Ship"])

    ran = sheaf("restore", "--from", "latest", ids["Ship"])

    assert ran.code == 0, ran.err
    assert ran.out.startswith("Taken from the backup 20")
    assert ran.out.rstrip().endswith(": 1 task.")
    assert "Ship" in titles(sheaf)
    sheaf("undo")
    assert "Ship" not in titles(sheaf)
    assert sheaf("restore", "--from", "latest", ids["Ship"], ids["At work"]).code == 1


def test_a_purge_and_an_import_are_backed_up_before_where_something_changed(
    sheaf, filled, ids, tmp_path
):
    rows = tmp_path / "rows.json"
    rows.write_text('[{"id": "a", "title": "a row"}]')

    sheaf("import", rows, "--format", "generic", "--dry-run")
    assert kinds(sheaf) == []
    assert sheaf("import", rows, "--format", "generic").code == 0
    assert kinds(sheaf) == ["before-import"]
    assert sheaf("purge", "--yes", ids["Ship"]).code == 0
    assert kinds(sheaf) == ["before-purge", "before-import"]

    rows.write_text('[{"id": "a", "title": "another"}]')
    sheaf("backup")
    sheaf("import", rows, "--format", "generic")
    assert kinds(sheaf) == ["manual", "before-purge", "before-import"]
    (job, *_others) = sheaf("jobs", "list", "--kind", "sheaf.purge", "--json").document["items"]
    assert job["state"] == "done"


def test_the_settings_say_how_backups_are_kept(sheaf, filled, ids):
    ran = sheaf(
        *("backups", "--json", "--keep-days", "5", "--compress-after", "0"),
        *("--without", "before-purge", "daily"),
    )
    assert (ran.document["keep_days"], ran.document["compress_after_days"]) == (5, 0)
    assert ran.document["without"] == ["before-purge", "daily"]

    sheaf("purge", "--yes", ids["Ship"])
    assert kinds(sheaf) == []
    assert sheaf("backups", "--without", "--json").document["without"] == []
    sheaf("backup")
    rotated = sheaf("backups", "--rotate", "--json").document
    assert len(rotated["compressed"]) == 1
    assert rotated["items"][0]["compressed"] is True
    assert sheaf("restore", "latest").code == 0


def test_a_damaged_backup_is_found_and_refused(sheaf, filled):
    made = sheaf("backup", "--json").document
    (path,) = folder_of(filled).glob("*.sheaf")
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-100] + bytes(100)[:99] + b"!")

    proved = sheaf("backups", "--prove", made["name"], "--json")

    assert proved.code == 3
    assert "damaged" in proved.document["items"][0]["trouble"]
    ran = sheaf("restore", made["name"], "--json")
    assert (ran.code, ran.error["type"]) == (4, "StorageDamagedError")
    assert sheaf("backups", "--drop", made["name"]).code == 0
    assert kinds(sheaf) == []


@pytest.mark.parametrize("words", [("restore", "20200101T000000"), ("backups", "--drop", "x")])
def test_a_backup_that_is_not_there_is_said(sheaf, filled, words):
    ran = sheaf(*words, "--json")

    assert (ran.code, ran.error["type"]) == (1, "BackupError")


def test_a_name_that_several_backups_begin_with_is_not_taken_for_a_record(sheaf, filled):
    names = [sheaf("backup", "--json").document["name"] for _ in range(2)]
    minute = names[0][:13]
    common = minute if names[1].startswith(minute) else names[0][:9]

    ran = sheaf("restore", common, "--json")

    assert (ran.code, ran.error["type"]) == (1, "BackupError")
    assert "More than one backup" in ran.error["what"]


def test_a_storage_in_memory_has_none(sheaf):
    assert sheaf("backup", "--storage", "memory:", "--json").code == 1


def test_a_migration_is_backed_up_before(sheaf, filled):
    sheaf("migrate", "--to", "0", "--yes")

    storage = open_storage(str(filled))
    storage.close()

    assert kinds(sheaf) == ["before-migration"]


@pytest.mark.parametrize("damage", ["pages", "header"])
def test_a_damaged_file_makes_way_for_a_backup_and_is_kept(sheaf, filled, damage):
    for number in range(30):
        sheaf("new", "task", "--title", f"task {number}")
    name = sheaf("backup", "--json").document["name"]
    data = bytearray(filled.read_bytes())
    start = 0 if damage == "header" else len(data) - 20 * 8192
    data[start : start + 20 * 8192] = bytes(range(256)) * (20 * 32)
    filled.write_bytes(data)

    refused = sheaf("restore", name, "--json")
    assert (refused.code, refused.error["type"]) == (4, "StorageDamagedError")
    assert filled.read_bytes()[start : start + 99] == data[start : start + 99]
    ran = sheaf("restore", name, "--over-damaged", "--json")

    assert ran.code == 0
    kept = Path(ran.document["damaged"]).read_bytes()
    assert kept[start : start + 99] == data[start : start + 99]
    assert sheaf("list", "tasks", "--json").document["total"] == 35
    assert sheaf("check").code == 0
    assert filled.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who locks a file")
def test_over_damaged_waits_until_no_other_process_has_the_file_open(sheaf, filled):
    sheaf("backup")
    script = (
        "import sys; from db.storage import open_storage; s = open_storage(sys.argv[1]);"
        " print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(filled)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with other:
        other.stdout.readline()
        damage(filled)
        before = {each.name for each in filled.parent.iterdir()}
        ran = sheaf("restore", "latest", "--over-damaged", "--json")
        assert (ran.code, ran.error["type"]) == (4, "StorageBusyError")
        assert str(other.pid) in ran.error["what"]
        assert {each.name for each in filled.parent.iterdir()} == before
    assert sheaf("restore", "latest", "--over-damaged").code == 0


def damage(path):
    with path.open("r+b") as file:
        file.write(bytes(range(256)) * 32)


def test_a_file_that_is_not_damaged_does_not_make_way_as_one(sheaf, filled, ids):
    sheaf("backup")
    sheaf("edit", ids["Ship"], "--title", "Newer")
    before = {each.name for each in filled.parent.iterdir()}

    ran = sheaf("restore", "latest", "--over-damaged", "--json")

    assert (ran.code, ran.error["type"]) == (1, "StorageRejectedError")
    assert f"sheaf restore latest --storage {filled}" in ran.error["advice"]
    assert "Newer" in titles(sheaf)
    assert {each.name for each in filled.parent.iterdir()} == before


def test_what_is_said_of_damage_names_the_storage_that_a_backup_takes_the_place_of(
    sheaf, filled
):
    damage(filled)
    ran = sheaf("list", "tasks")
    assert "--over-damaged --storage FILE" in ran.err


def test_each_damaged_file_is_kept(sheaf, filled):
    sheaf("backup")
    kept = []
    for _ in range(3):
        damage(filled)
        kept.append(sheaf("restore", "latest", "--over-damaged", "--json").document["damaged"])
    assert len({*kept}) == 3
    assert all(Path(each).exists() for each in kept)


@pytest.fixture
def lost(sheaf, filled):
    """A workspace whose file is missing, while its backup and what else is beside is there."""
    sheaf("backup")
    filled.unlink()
    return filled


@pytest.mark.parametrize(
    "words",
    [
        ("import", "plan.json"),
        ("import", "--dry-run", "plan.json"),
        ("new", "task", "--title", "first"),
        ("list", "tasks"),
        ("backups", "--rotate"),
        ("restore", "latest", "--dry-run"),
    ],
)
def test_no_new_file_takes_the_place_of_a_missing_one_with_backups(
    sheaf, lost, words, monkeypatch
):
    monkeypatch.chdir(lost.parent)
    Path("plan.json").write_text('[{"id": 1, "title": "New"}]')

    ran = sheaf(*words, "--json")

    assert (ran.code, ran.error["type"]) == (4, "StorageLostError")
    assert str(folder_of(lost)) in ran.error["what"]
    assert f"sheaf restore latest --storage {lost}" in ran.error["advice"]
    assert not lost.exists()
    assert lost.with_name(f"{lost.name}.known").exists()


@pytest.mark.parametrize("ends", [(), ("--over-damaged",)])
def test_the_backups_of_a_missing_file_are_listed_and_brought_back(sheaf, lost, ends):
    told = sheaf("backups")
    assert f"{lost} is missing" in told.out
    (item,) = sheaf("backups", "--json").document["items"]
    assert item["name"] in told.out

    ran = sheaf("restore", item["name"], *ends)

    assert (ran.code, ran.out) == (0, f"Restored {item['name']}.\n")
    assert "Ship" in titles(sheaf)
    assert sheaf("check").code == 0


def test_backups_that_cannot_be_restored_are_listed_and_found_by_a_check(sheaf, filled):
    for _ in range(3):
        sheaf("backup")
    bare, cut, _whole = sorted(folder_of(filled).glob("*.sheaf"))
    bare.with_suffix(".json").unlink()
    cut.chmod(0o600)
    cut.write_bytes(cut.read_bytes()[:-8192])
    name = cut.name.removesuffix(".sheaf")
    sheaf("backups", "--prove", name)

    listed = sheaf("backups")
    checked = sheaf("check", "--json")

    assert listed.code == checked.code == 3
    assert f"{bare.name} cannot be restored as it is" in listed.out
    assert sheaf("backups", "--json").document["without_manifest"] == [str(bare)]
    (found,) = [each for each in checked.document["findings"] if each["check"] == "backups"]
    assert (found["ok"], found["rows"]) == (False, 2)
    assert found["examples"][0].startswith(name)
    assert found["examples"][1].startswith(bare.name)
    assert bare.name in sheaf("check").out
    refused = sheaf("restore", bare.stem)
    assert f"{bare.name} cannot be restored as it is" in refused.err
    copy = filled.with_name("copy.sheaf")
    copy.write_bytes(bare.read_bytes())
    assert sheaf("list", "tasks", "--storage", copy).code == 0


def test_over_damaged_takes_one_backup_and_no_more(sheaf, filled, ids):
    assert sheaf("restore", "latest", "--over-damaged", "--dry-run").code == 2
    damage(filled)
    assert sheaf("restore", "latest", "--over-damaged", "--json").error["type"] == "BackupError"
