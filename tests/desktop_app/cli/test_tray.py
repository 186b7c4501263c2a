import json

import pytest

GOOD = '{"id": 1, "title": "first"}'
CUT = '{"id": 2, "title": "second"'
LAST = '{"id": 3, "title": "last"}'


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "work.jsonl"
    path.write_text("\n".join([GOOD, CUT, LAST]) + "\n")
    return path


@pytest.fixture
def waiting(sheaf, broken):
    ran = sheaf("import", broken, "--bad-records", "set-aside", "--json")
    assert ran.code == 3, ran.err
    return ran.document


def test_records_that_cannot_be_used_are_set_aside(sheaf, waiting):
    assert waiting["new"]["task"] == 2
    assert waiting["set_aside"] == 1
    (item,) = sheaf("set-aside", "--json").document["items"]
    assert (item["line"], item["text"], item["file"]) == (2, CUT, "work.jsonl")
    assert "line 2" in sheaf("set-aside").out


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('{"id": 1, "title": "a"}\n{"id": 2, "more": {"n": [1, nul]}}\n', "/more/n/1"),
        ('[{"id": 1, "title": "a"}, {"id": 2, "title": "b", "n": 01}]', "/1/n"),
    ],
    ids=["lines", "a document"],
)
def test_it_says_which_value_is_at_fault(sheaf, tmp_path, content, place):
    path = tmp_path / "in.json"
    path.write_text(content)
    sheaf("import", path, "--bad-records", "set-aside")

    assert [each["fault"] for each in sheaf("set-aside", "--json").document["items"]] == [place]
    assert f"({place})" in sheaf("set-aside").out


def test_without_that_nothing_is_imported_and_all_are_named(sheaf, broken):
    broken.write_text("\n".join([GOOD, CUT, CUT, LAST, LAST]) + "\n")
    ran = sheaf("import", broken, "--json")

    assert ran.code == 1
    error = ran.document["error"]
    assert [each["line"] for each in error["problems"]] == [2, 3]
    assert "line 3" in ran.err


@pytest.mark.usefixtures("waiting")
def test_one_is_mended_and_imported(sheaf, tmp_path):
    (tmp_path / "text").write_text(CUT + "}")
    number = sheaf("set-aside", "--json").document["items"][0]["pk"]

    assert sheaf("set-aside", "retry", number).code == 1
    assert sheaf("set-aside", "mend", number, "--text", tmp_path / "text").code == 0
    assert sheaf("set-aside", "retry", "--all").code == 0

    assert sheaf("list", "tasks", "--json").document["total"] == 3
    assert sheaf("set-aside", "--json").document == {"items": [], "total": 0}


@pytest.mark.usefixtures("waiting")
def test_one_is_dropped(sheaf):
    assert sheaf("set-aside", "drop", "--all").code == 0
    assert sheaf("set-aside").out.startswith("Nothing")


@pytest.mark.usefixtures("waiting")
def test_it_needs_to_be_told_which(sheaf):
    assert sheaf("set-aside", "retry").code == 2
    assert sheaf("set-aside", "mend", 1).code == 2


def test_a_side_of_a_conflict_is_chosen(sheaf, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"id": 1, "title": "first"}]))
    sheaf("import", path)
    (task,) = sheaf("list", "tasks", "--json").document["items"]
    sheaf("edit", task["id"], "--set", "title=mine")
    path.write_text(json.dumps([{"id": 1, "title": "theirs"}]))

    dry = sheaf("import", path, "--dry-run")
    assert "title is 'mine' here, 'theirs' in the file" in dry.out
    refused = sheaf("import", path)
    assert refused.code == 1
    assert "--on-conflict" in refused.err
    assert sheaf("import", path, "--on-conflict", "theirs").code == 0
    assert sheaf("list", "tasks", "--json").document["items"][0]["title"] == "theirs"


BROKEN = ['{"id": 4, "title": "fourth",}', '{"id": 5, "title": nil}']


@pytest.fixture
def document(sheaf, tmp_path):
    """Three tasks are imported of a document, and two wait; returns their numbers."""
    path = tmp_path / "work.json"
    path.write_text(f"[{GOOD}, {BROKEN[0]}, {LAST}, {BROKEN[1]}]")
    ran = sheaf("import", path, "--bad-records", "set-aside", "--json")
    assert (ran.code, ran.document["set_aside"]) == (3, 2)
    items = sheaf("set-aside", "--json").document["items"]
    assert [each["text"] for each in items] == BROKEN
    return [each["pk"] for each in items]


def test_those_that_are_mended_are_imported_and_the_others_named(sheaf, tmp_path, document):
    first, second = document
    (tmp_path / "text").write_text(BROKEN[0].replace(",}", "}"))
    assert sheaf("set-aside", "mend", first, "--text", tmp_path / "text").code == 0

    ran = sheaf("set-aside", "retry", "--all")

    assert ran.code == 3
    assert "Imported. 1 go on waiting" in ran.out
    assert f"\n  {second}  work.json, line 1" in ran.out
    assert sheaf("list", "tasks", "--json").document["total"] == 3
    again = sheaf("set-aside", "retry", "--all", "--json")
    assert again.code == 1
    waiting = sheaf("set-aside", "--json").document["items"]
    assert [each["pk"] for each in waiting] == [second]


def test_of_several_that_are_all_still_broken_each_is_named(sheaf, document):
    ran = sheaf("set-aside", "retry", "--all", "--json")

    assert ran.code == 3
    assert ran.document["operation"] is None
    assert [each["pk"] for each in ran.document["still"]] == document


@pytest.mark.parametrize("act", ["drop", "retry", "mend"])
def test_a_number_that_nothing_waits_with_is_refused(sheaf, tmp_path, document, act):
    (tmp_path / "text").write_text("{}")
    numbers = [99] if act == "mend" else [document[0], 99]
    text = ["--text", tmp_path / "text"] if act == "mend" else []

    ran = sheaf("set-aside", act, *numbers, *text)

    assert ran.code == 1
    assert "waits with number 99" in ran.err
    assert sheaf("set-aside", "--json").document["total"] == 2
