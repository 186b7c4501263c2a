"""What the command line takes, read without anything heavier."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Final, NoReturn

from db.errors import SheafError
from desktop_app.cli.manual import COMMANDS, EXIT_CODES, JSON_ERRORS, NOTES
from desktop_app.cli.options.exchange import add_exchanging, add_tray
from desktop_app.cli.options.jobs import add_jobs
from desktop_app.cli.options.keeping import add_keeping
from desktop_app.cli.options.records import add_changing, add_reading
from desktop_app.cli.options.shared import add_storage


class UsageError(SheafError):
    """A command line that says something Sheaf does not take."""

    default_safe = "Nothing was done."
    default_advice = "`sheaf --help` shows what there is."


class _Parser(argparse.ArgumentParser):
    """A parser that raises its errors instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            f"{message[:1].upper()}{message[1:]}.",
            advice=f"`{self.prog} --help` shows what it takes.",
        )


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    """Return the options that `words` give; `handler` is None where a window is wanted.

    Raises:
        UsageError: the words are no command line of Sheaf's.
    """
    command = next((word for word in words if word in COMMANDS), None)
    if command is None:
        if "--gui" in words:
            raise UsageError(
                "--gui goes with `sheaf import`.",
                advice="`sheaf` alone opens the window, `sheaf FILE` with a file to import.",
            )
        return _window_parser().parse_args(words)
    if command == "search":
        return _read_search(words)
    options = _command_parser().parse_args(words)
    return _in_window(options) if getattr(options, "gui", False) else options


def _in_window(options: argparse.Namespace) -> argparse.Namespace:
    """Return the options of the window that is to import what a command line names.

    Raises:
        UsageError: the line decides what is decided in the window.
    """
    for name, usual in (("format", None), ("map", None), ("json", False), ("dry_run", False)):
        if getattr(options, name) != usual:
            raise UsageError(
                f"--{name.replace('_', '-')} and --gui do not go together.",
                advice="Leave out one of them; what --gui opens is decided in the window.",
            )
    if "-" in options.paths:
        raise UsageError("Standard input cannot be imported with --gui.")
    window = _window_parser().parse_args([])
    window.storage, window.files = options.storage, options.paths
    return window


def _read_search(words: Sequence[str]) -> argparse.Namespace:
    """Read a search, in which words may begin with a dash or stand behind an option."""
    parser = _command_parser()
    end = words.index("--") if "--" in words else len(words)
    shielded = [f" {word}" if _LEFT_OUT.match(word) else word for word in words[:end]]
    options, more = parser.parse_known_args(
        [*shielded, *(f" {word}" for word in words[end + 1 :])]
    )
    if unknown := [word for word in more if word.startswith("--")]:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    options.text = [word.strip() for word in (*options.text, *more)]
    return options


_LEFT_OUT: Final = re.compile("-(?!-|h$|$)")
"""A word of a search that begins with a dash, which a blank before it makes no option."""


def refuse_unknown(format_name: str | None, known: Sequence[str]) -> None:
    """Raise `UsageError` if a format was named that is none of those known."""
    if format_name is not None and format_name not in known:
        raise UsageError(
            f"There is no format {format_name!r} for this.",
            advice=f"There are {', '.join(known)}.",
        )


def _window_parser() -> argparse.ArgumentParser:
    commands = "\n".join(f"  {name:10} {purpose}" for name, purpose in COMMANDS.items())
    parser = _Parser(
        prog="sheaf",
        usage="sheaf [options] [FILE ...]\n       sheaf COMMAND ...",
        description="Open the window, and offer to import the files.",
        epilog=f"commands (`sheaf COMMAND --help` shows what each takes):\n{commands}\n\n"
        f"{EXIT_CODES}\n{JSON_ERRORS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(handler=None)
    parser.add_argument("files", nargs="*", metavar="FILE", help="a file or folder to import")
    add_storage(parser, default=None)
    parser.add_argument(
        "--sample", action="store_true", help="look around in a made-up storage; keeps nothing"
    )
    parser.add_argument(
        "--theme", choices=("system", "light", "dark"), help="the colours of the window"
    )
    parser.add_argument(
        "--version", action="store_true", help="print the versions of Sheaf and its libraries"
    )
    return parser


def _command_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="sheaf", allow_abbrev=False)
    add_storage(parser, default=None)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, handler: str) -> argparse.ArgumentParser:
        purpose, note = COMMANDS[name], NOTES.get(name, "")
        command = commands.add_parser(
            name,
            help=purpose,
            description=f"{purpose[:1].upper()}{purpose[1:]}.{note}",
            epilog=f"{EXIT_CODES}\n{JSON_ERRORS}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.set_defaults(handler=handler)
        add_storage(command, default=argparse.SUPPRESS)
        command.add_argument(
            "--json", action="store_true", help="print one JSON document, also of an error"
        )
        return command

    add_reading(add)
    add_exchanging(add)
    add_tray(add)
    add_changing(add)
    add_jobs(add)
    add_keeping(add)
    return parser
