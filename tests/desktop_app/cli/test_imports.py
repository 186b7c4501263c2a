import json

import pytest


@pytest.fixture
def imported(sheaf, tmp_path):
    def run(name, *rows):
        path = tmp_path / name
        path.write_text(json.dumps(rows))
        ran = sheaf("import", path, "--json")
        assert ran.code == 0, ran.err
        return ran.document["operation"]["id"]

    return run


def titles(sheaf):
    return {each["title"] for each in sheaf("list", "tasks", "--json").document["items"]}


def test_the_imports_are_listed_newest_first_with_what_they_did(sheaf, imported):
    first = imported("a.json", {"id": 1, "title": "a"})
    second = imported("b.json", {"id": 1, "title": "b"}, {"id": 2, "title": "c"})

    items = sheaf("imports", "--json").document["items"]
    assert [each["id"] for each in items] == [second, first]
    assert items[0]["report"]["new"] == {"batch": 1, "task": 2}
    assert "2 tasks new" in sheaf("imports").out


def test_an_earlier_import_is_taken_back_by_its_id(sheaf, imported):
    first = imported("a.json", {"id": 1, "title": "a"})
    imported("b.json", {"id": 1, "title": "b"})

    assert sheaf("undo", first[-12:]).code == 0
    assert sheaf("redo").code == 0
    assert sheaf("undo", first[:20]).code == 0

    assert titles(sheaf) == {"b"}
    assert "(taken back)" in sheaf("imports").out
    assert sheaf("undo", "nonsense").code == 1


def test_what_was_edited_since_stays_unless_asked(sheaf, imported):
    first = imported("a.json", {"id": 1, "title": "a"}, {"id": 2, "title": "b"})
    (task,) = (
        each["id"]
        for each in sheaf("list", "tasks", "--json").document["items"]
        if each["title"] == "a"
    )
    sheaf("edit", task, "--set", "title=mine")

    kept = sheaf("undo", first)
    assert kept.code == 3
    assert f"because it was changed or deleted since: task “mine” ({task})" in kept.out
    assert "because records in it stay: batch “a”" in kept.out
    assert titles(sheaf) == {"mine"}
    assert sheaf("redo").code == 0
    assert titles(sheaf) == {"mine", "b"}
    assert sheaf("undo", first, "--with-edits").code == 0
    assert titles(sheaf) == set()


def test_the_files_of_a_folder_are_named_up_to_ten_on_lines_that_fit(sheaf, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(25):
        name = f"a long name of a file {number:02}.json"
        (folder / name).write_text(json.dumps([{"id": number, "title": f"T {number}"}]))
        (folder / f"other {number:02}.md").write_text("Nothing to see.")
    (folder / "bad.json").write_text("{]")

    assert sheaf("import", folder).code == 1
    ran = sheaf("import", folder, "--bad-records", "set-aside")

    assert ran.code == 3
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= 100
    said = " ".join(line.strip() for line in lines)
    assert "file 09.json and 15 more (generic)." in said
    assert "other 09.md and 15 more." in said
    assert "cannot be read: bad.json, line 1" in said
    assert "Import 25 files" in sheaf("imports").out
