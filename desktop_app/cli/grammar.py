"""What the command line takes: every sub-command with its options, and nothing heavier."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from db.errors import SheafError
from db.incoming import BadRecords, Conflicts
from db.query_text import fold_kind
from db.records import Kind

COMMANDS: Final = {
    "search": "search records of every kind",
    "list": "list records of one kind",
    "show": "show everything about one record",
    "new": "make a record",
    "edit": "change fields of a record",
    "import": "take in files that other tools wrote",
    "export": "write records to a file",
    "set-aside": "list, mend and import what imports had to set aside",
    "archive": "put records aside",
    "unarchive": "bring archived records back",
    "trash": "move records to the trash",
    "restore": "bring records back from the trash",
    "purge": "delete records for good",
    "undo": "take back the latest operation",
    "redo": "do again what was taken back last",
    "storages": "list the kinds of storage",
    "migrate": "bring the storage's tables to a version",
    "check": "check the storage, and say what was found",
}

_EXIT_CODES: Final = """\
exit codes:
  0  done
  1  refused, and nothing was changed
  2  the command line is not right
  3  done, with something set aside: records that an undo had to leave, repeated records
     or an unfinished last line of an import, missing originals of an export, findings of
     a check
  4  the storage cannot be used: locked, damaged, newer than this Sheaf, or missing
  130  stopped by Ctrl+C; what was begun was taken back
"""

_JSON_ERRORS: Final = """\
With --json, standard output gets one JSON document and nothing else; that of an error is
{"error": {"type", "what", "safe", "advice", "code"}}, and "path", "line", "column",
"pointer", "reason" where a file is at fault. What people read of it is on standard error.
"""

_FIELD_NOTE: Final = """
Fields of every kind: title, description. Of a task: status, priority, kind, batch, parent,
tags, links. Of a run: task, turn, step, attempt, status, decision, started_at, completed_at,
lease_until. Of a status update: batch, task, actor. Of a bug: status, severity, steps,
proposed_fix, batch, tasks. Of a design note: context, decision, consequences, batch, task,
superseded_by. Of a conversation: batch, task. Of a learning: category, confidence, review,
tags, evidence, batch, task, superseded_by. Records are named by id; several values are joined
by commas; links are written kind=ID: links=blocks=ID,relates=ID; times as
2026-01-31T14:05Z. An empty value takes the old one away."""

_NOTES: Final = {
    "search": """
The text is what the search box takes: words, "phrases", beginnings*, -without, OR, and
filters such as status:failed, tag:ui, batch:ID, conf:>=0.8, updated:<7d, after:2026-01-01,
has:error, in:messages, is:any. Put -- before a word that begins with two dashes.""",
    "new": _FIELD_NOTE,
    "edit": _FIELD_NOTE,
    "import": """
All files are imported or, where one cannot be used, none; every place at fault is named.
With `--bad-records set-aside` what cannot be used waits in `sheaf set-aside`. Of records
that one file has several times the latest is kept; how many were set aside is told, with
exit code 3. So is a last line that is cut off, as in a file that is still being written:
it is left out.""",
    "export": """
Kept originals that are missing or damaged are named, with exit code 3; the others are
written. A dump has no originals inside.""",
    "show": """
Of the records that belong to it the first 20 are shown, and how to list the others.""",
    "purge": """
Asks for the number of records; a script says --yes. It cannot be undone.""",
    "undo": """
A record that was changed since stays as it is, and one that was deleted permanently stays
away; both are told, with exit code 3.""",
    "migrate": """
A copy of the file is kept beside it, under a name of its own, and named. Going down asks
for the version; a script says --yes. Other commands bring older tables up to date
themselves, and say so on standard error.""",
    "check": """
What a process that died left half-done is taken out or finished first, as it is before
every command that writes.""",
}
"""What a command does that its options do not say."""


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
        return _window_parser().parse_args(words)
    if command == "search":
        return _read_search(words)
    return _command_parser().parse_args(words)


def _read_search(words: Sequence[str]) -> argparse.Namespace:
    """Read a search, in which words may begin with a dash or stand behind an option."""
    parser = _command_parser()
    shielded = [f" {word}" if _LEFT_OUT.match(word) else word for word in words]
    options, more = parser.parse_known_args(shielded)
    if unknown := [word for word in more if word.startswith("--") and word != "--"]:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    options.text = [word.strip() for word in (*options.text, *more) if word != "--"]
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
        f"{_EXIT_CODES}\n{_JSON_ERRORS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(handler=None)
    parser.add_argument("files", nargs="*", metavar="FILE", help="a file or folder to import")
    _add_storage(parser, default=None)
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
    _add_storage(parser, default=None)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, handler: str) -> argparse.ArgumentParser:
        purpose, note = COMMANDS[name], _NOTES.get(name, "")
        command = commands.add_parser(
            name,
            help=purpose,
            description=f"{purpose[:1].upper()}{purpose[1:]}.{note}",
            epilog=f"{_EXIT_CODES}\n{_JSON_ERRORS}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.set_defaults(handler=handler)
        _add_storage(command, default=argparse.SUPPRESS)
        command.add_argument(
            "--json", action="store_true", help="print one JSON document, also of an error"
        )
        return command

    _add_reading(add)
    _add_exchanging(add)
    _add_tray(add)
    _add_changing(add)
    _add_keeping(add)
    return parser


def _add_storage(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--storage",
        metavar="URI",
        default=default,
        help="the storage: a URI or the path of a file (default: SHEAF_STORAGE, or else the "
        "file in your user data folder)",
    )


_Add = Callable[[str, str], argparse.ArgumentParser]


def _plural(word: str) -> str:
    """Return the word by which a kind of record is listed, or the one given."""
    kind = fold_kind(word)
    return word if kind is None else kind.plural.replace(" ", "-")


def _add_reading(add: _Add) -> None:
    searching = add("search", "searching:search")
    searching.add_argument("text", nargs="+", metavar="TEXT")
    searching.add_argument(
        "--kind",
        metavar="K",
        type=_plural,
        choices=[_plural(kind.word) for kind in Kind],
        action="append",
        default=[],
        help="search records of this kind only; may be given several times",
    )
    searching.add_argument("--limit", metavar="N", type=_at_least(0), default=20)
    searching.add_argument(
        "--newest", action="store_true", help="latest change first, instead of best match"
    )
    listing = add("list", "reading:list_records")
    listing.add_argument(
        "what",
        type=_plural,
        choices=[_plural(kind.word) for kind in Kind],
        metavar="KIND",
        help="what to list: " + ", ".join(_plural(kind.word) for kind in Kind),
    )
    listing.add_argument(
        "--query", metavar="TEXT", default="", help="filters and words, as in the search box"
    )
    listing.add_argument(
        "--status",
        metavar="S",
        help="states, joined by commas, of records that have them; for batches also "
        "`active` and `all`",
    )
    listing.add_argument(
        "--archived",
        choices=("no", "yes", "only"),
        default="no",
        help="leave archived records out (default), list them too, or nothing else",
    )
    listing.add_argument(
        "--days",
        metavar="N",
        type=_at_least(1),
        help="updated within N days; with `--status active` how long a finished batch counts "
        "as active (default: 7)",
    )
    listing.add_argument(
        "--sort",
        metavar="FIELD[:desc]",
        default="updated:desc",
        help="the field to sort by (default: updated:desc)",
    )
    listing.add_argument("--limit", metavar="N", type=_at_least(0), default=50)
    listing.add_argument("--offset", metavar="N", type=_at_least(0), default=0)
    add("show", "reading:show_record").add_argument(
        "id", metavar="ID", help="an id, its beginning (6 signs or more), or the source's id"
    )
    add("storages", "reading:list_storages")


def _add_exchanging(add: _Add) -> None:
    taking = add("import", "importing:import_files")
    taking.add_argument(
        "paths", nargs="+", metavar="PATH", help="a file or folder; - is standard input"
    )
    taking.add_argument(
        "--format", metavar="NAME", help="what it is, instead of recognising it"
    )
    taking.add_argument(
        "--bad-records",
        choices=[each.value for each in BadRecords],
        default=BadRecords.STOP.value,
        help="what happens to records that cannot be used: import nothing and name them all"
        " (default), or set them aside and import the others",
    )
    taking.add_argument(
        "--on-conflict",
        choices=[each.value for each in Conflicts],
        default=Conflicts.NEWER.value,
        help="which side wins where you and the file changed the same field of a record"
        " (default: newer; where no time tells, nothing is imported until you choose)",
    )
    taking.add_argument(
        "--dry-run", action="store_true", help="say what would change, and change nothing"
    )
    giving = add("export", "exporting:export_records")
    giving.add_argument(
        "--kind",
        metavar="K",
        type=_plural,
        choices=[_plural(kind.word) for kind in Kind],
        default="tasks",
        help="which kind of record --query is about (default: tasks)",
    )
    giving.add_argument(
        "--query",
        metavar="TEXT",
        help="which of them, as in the search box (default: everything)",
    )
    giving.add_argument("--batch", metavar="ID", help="the tasks of one batch")
    giving.add_argument("--format", metavar="NAME", required=True)
    giving.add_argument(
        "--output", metavar="PATH", required=True, help="where to; - is standard output"
    )


def _add_tray(add: _Add) -> None:
    tray = add("set-aside", "tray:set_aside")
    tray.add_argument(
        "act",
        nargs="?",
        choices=("list", "mend", "retry", "drop"),
        default="list",
        help="list what waits (default), give one another text, import some, or let them be",
    )
    tray.add_argument(
        "numbers", nargs="*", type=_at_least(1), metavar="N", help="as the list numbers them"
    )
    tray.add_argument("--all", action="store_true", help="retry or drop all that waits")
    tray.add_argument(
        "--text", metavar="PATH", help="the new text, for `mend`; - is standard input"
    )
    tray.add_argument("--limit", metavar="N", type=_at_least(0), default=50)
    tray.add_argument("--offset", metavar="N", type=_at_least(0), default=0)


def _add_changing(add: _Add) -> None:
    making = add("new", "writing:new")
    making.add_argument(
        "what", type=_plural, choices=[_plural(kind.word) for kind in Kind], metavar="KIND"
    )
    making.add_argument("--title", metavar="TEXT")
    making.add_argument(
        "--field", metavar="NAME=VALUE", action="append", default=[], type=_assignment
    )
    editing = add("edit", "writing:edit")
    editing.add_argument("id", metavar="ID")
    editing.add_argument(
        "--set",
        metavar="NAME=VALUE",
        dest="field",
        action="append",
        required=True,
        type=_assignment,
    )
    for name in ("archive", "unarchive", "trash", "restore", "purge"):
        command = add(name, f"changing:{name}")
        command.add_argument("ids", nargs="+", metavar="ID")
        if name == "purge":
            command.add_argument(
                "--yes", action="store_true", help="do not ask; needed in a script"
            )
    add("undo", "changing:undo")
    add("redo", "changing:redo")


def _add_keeping(add: _Add) -> None:
    migrating = add("migrate", "keeping:migrate")
    migrating.add_argument(
        "--to", metavar="N", type=_at_least(0), help="the version (default: the newest)"
    )
    migrating.add_argument(
        "--dry-run", action="store_true", help="say what would be done, and change nothing"
    )
    migrating.add_argument(
        "--yes", action="store_true", help="do not ask before going down; needed in a script"
    )
    add("check", "keeping:check")


def _assignment(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _at_least(least: int) -> Callable[[str], int]:
    def read(word: str) -> int:
        if not (word.isascii() and word.isdecimal() and least <= int(word) < 1 << 31):
            raise argparse.ArgumentTypeError(f"{word!r} is not a whole number from {least} up")
        return int(word)

    return read
