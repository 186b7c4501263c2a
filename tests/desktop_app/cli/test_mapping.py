import json

import pytest

from desktop_app.cli.grammar import UsageError, read_arguments


@pytest.fixture
def odd(tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(json.dumps([{"nr": "A-1", "what": "Mend it", "standing": "triage"}]))
    return path


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "map.json"
    members = {"id": "nr", "title": "what", "status": "standing"}
    said = {"becomes": "bug", "members": members, "statuses": {"triage": "running"}}
    path.write_text(json.dumps(said))
    return path


def test_a_mapping_in_a_file_says_what_objects_are(sheaf, odd, mapping):
    ran = sheaf("import", odd, "--map", mapping)

    assert ran.code == 0, ran.err
    (bug,) = sheaf("list", "bugs", "--json").document["items"]
    assert (bug["title"], bug["status"]) == ("Mend it", "running")


def test_a_file_that_is_no_mapping_imports_nothing(sheaf, odd, mapping):
    mapping.write_text('{"becomes": "unicorn"}')

    ran = sheaf("import", odd, "--map", mapping, "--json")

    assert ran.code == 1
    assert "“unicorn” is no kind" in ran.error["what"]


def test_gui_opens_the_window_with_the_files(odd):
    options = read_arguments(["--storage", "w.sheaf", "import", "--gui", str(odd), "more"])

    assert options.handler is None
    assert (options.files, options.storage) == ([str(odd), "more"], "w.sheaf")
    assert (options.sample, options.theme) == (False, None)


@pytest.mark.parametrize(
    "more",
    [["--format", "beads"], ["--map", "m.json"], ["--dry-run"], ["--json"], ["-"]],
    ids=lambda words: words[0],
)
def test_gui_leaves_the_decisions_to_the_window(more):
    with pytest.raises(UsageError):
        read_arguments(["import", "--gui", "a.json", *more])
