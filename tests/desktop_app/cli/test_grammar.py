import pytest

from desktop_app.cli.grammar import read_arguments
from desktop_app.cli.manual import COMMANDS


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["list"], "required: KIND"),
        (["list", "people"], "invalid choice"),
        (["list", "tasks", "--limit", "-1"], "whole number"),
        (["list", "tasks", "--limit", "٣"], "whole number"),
        (["list", "tasks", "--limit", "9" * 20], "from 0 to 2,147,483,647"),
        (["--gui"], "`sheaf` alone opens the window"),
        (["list", "tasks", "--days", "0"], "whole number"),
        (["list", "tasks", "--lim", "3"], "--lim"),
        (["list", "tasks", "--status", "sleepy"], "sleepy"),
        (["list", "tasks", "--status", "active,failed"], None),
        (["list", "tasks", "--sort", "total"], "total"),
        (["list", "batches", "--sort", "title:up"], "title:up"),
        (["list", "batches", "--archived", "maybe"], "maybe"),
        (["show"], "required: ID"),
        (["archive"], "required: ID"),
        (["import"], "required: PATH"),
        (["export", "--format", "sheaf"], "required: --output"),
        (["migrate", "--to", "x"], "whole number"),
        (["frobnicate"], "frobnicate"),
        (["--theme", "pink"], "pink"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong_and_exits_with_2(sheaf, filled, words, wrong):
    ran = sheaf(*words)

    if wrong is None:
        assert ran.code == 0
        return
    assert (ran.code, ran.out) == (2, "")
    assert wrong in ran.err
    assert "Nothing was done." in ran.err


def test_a_usage_error_is_a_document_where_json_is_asked_for(sheaf):
    ran = sheaf("show", "--json")

    assert ran.code == 2
    assert ran.error == {
        "type": "UsageError",
        "what": "The following arguments are required: ID.",
        "safe": "Nothing was done.",
        "advice": "`sheaf show --help` shows what it takes.",
        "code": 2,
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_the_exit_codes(sheaf, capsys, command):
    with pytest.raises(SystemExit) as ended:
        sheaf(command, "--help")

    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert COMMANDS[command].split()[0].capitalize() in told
    assert "exit codes:" in told
    assert '{"error": {"type"' in told


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("import", "repeated"),
        ("undo", "deleted permanently"),
        ("migrate", "--yes"),
        ("check", "died"),
    ],
)
def test_a_command_says_what_its_options_do_not(sheaf, capsys, command, said):
    with pytest.raises(SystemExit):
        sheaf(command, "--help")

    assert said in capsys.readouterr().out


def test_the_overview_names_every_command(sheaf, capsys):
    with pytest.raises(SystemExit):
        sheaf("--help")

    told = capsys.readouterr().out
    assert all(f"  {command} " in told for command in COMMANDS)


@pytest.mark.parametrize(
    "words", [["--storage", "a.sheaf", "undo"], ["undo", "--storage", "a.sheaf"]]
)
def test_the_storage_may_be_named_before_the_command_or_after_it(words):
    assert read_arguments(words).storage == "a.sheaf"


def test_without_a_command_the_window_gets_the_options():
    options = read_arguments(["--storage", "a.sheaf", "--sample", "--theme", "dark", "t.json"])

    assert options.handler is None
    assert (options.storage, options.sample, options.theme) == ("a.sheaf", True, "dark")
    assert options.files == ["t.json"]


def test_the_versions_are_told(sheaf):
    ran = sheaf("--version")

    assert ran.code == 0
    names = [line.split()[0] for line in ran.out.splitlines()]
    assert names == ["Sheaf", "Python", "Qt", "SQLite", "peewee"]
    assert "not installed" not in ran.out
