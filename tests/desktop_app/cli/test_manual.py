"""The manual page and the completions know what the parser knows."""

import argparse
from pathlib import Path

import pytest

from desktop_app.cli import grammar

LINUX = Path(__file__).parents[3] / "packaging" / "linux"
BASH, ZSH, FISH = (
    LINUX / "completions" / name for name in ("sheaf.bash", "_sheaf", "sheaf.fish")
)


def words_of_the_parser():
    window, commands = grammar._window_parser(), grammar._command_parser()
    (group,) = (
        action for action in commands._actions if isinstance(action, argparse._SubParsersAction)
    )
    verbs = [
        verb
        for parser in group.choices.values()
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for verb in action.choices.values()
    ]
    options = {
        option.removeprefix("--")
        for parser in (window, *group.choices.values(), *verbs)
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--")
    }
    return set(group.choices), options


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (LINUX / "sheaf.1", " -{}"),
        (BASH, "--{}"),
        (ZSH, "--{}"),
        (FISH, " -l {}"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_no_command_and_no_option_is_missing(path, written):
    commands, options = words_of_the_parser()
    text = path.read_text("utf-8")

    assert commands == set(grammar.COMMANDS)
    assert [name for name in sorted(commands) if name not in text] == []
    assert [name for name in sorted(options) if written.format(name) not in text] == []
