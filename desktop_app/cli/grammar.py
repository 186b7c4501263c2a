"""What the command line takes: every sub-command with its options, and nothing heavier."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from db.errors import SheafError
from db.incoming import BadRecords, Conflicts, Duplicates
from db.jobs import LEASE_S, JobState
from db.query_text import fold_kind
from db.records import Kind
from db.retiring import Act
from db.times import parse_time
from db.vocabulary import Priority

COMMANDS: Final = {
    "search": "search records of every kind",
    "list": "list records of one kind",
    "show": "show everything about one record",
    "new": "make a record",
    "edit": "change fields of a record",
    "import": "take in files that other tools wrote",
    "export": "write records to a file",
    "formats": "list the formats, and what each can carry",
    "imports": "list the imports there were, and what each did",
    "set-aside": "list, mend and import what imports had to set aside",
    "archive": "put records aside",
    "unarchive": "bring archived records back",
    "trash": "move records to the trash",
    "restore": "bring records back from the trash, or all of a backup",
    "purge": "delete records for good",
    "undo": "take back the latest operation",
    "redo": "do again what was taken back last",
    "jobs": "use the queue of jobs: claim work, and say how it went",
    "storages": "list the kinds of storage",
    "migrate": "bring the storage's tables to a version",
    "backup": "make a backup now",
    "backups": "list the backups, test them, and say how they are kept",
    "retention": "archive, trash or delete by rules what is old enough",
    "storage": "say what takes room in the storage",
    "vacuum": "give the disk back what the storage does not need",
    "forget": "remove all about a person, project or batch, and prove it",
    "check": "check the storage, and say what was found",
    "salvage": "save what can be read of a damaged file",
    "diagnostics": "tell what helps to mend Sheaf, with no text of records",
}

VIEWS: Final = "views"
"""What saved views are listed as."""
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
has:error, in:messages, is:any, status:stalled. A batch is named by words of its title too:
batch:"finish up". Filters take OR and a minus: status:failed OR status:queued, -tag:ui. What
was not taken so is told. After -- all are words to search for.""",
    "new": _FIELD_NOTE,
    "edit": _FIELD_NOTE,
    "import": """
All files are imported or, where one cannot be used, none; every place at fault is named.
With `--bad-records set-aside` what cannot be used waits in `sheaf set-aside`. Of records
that one file has several times the latest is kept; how many were set aside is told, with
exit code 3. So is a last line that is cut off, as in a file that is still being written:
it is left out. Where `--duplicates` keeps the others, or a file of lines is only added to, so
that each state of a record is later than the one before it, nothing is set aside: the earlier
states are in the record's history.

A list of objects of unknown shape is read by the names of its members, or by what was chosen
in the window for files of that shape, or by the mapping in the file of --map:

  {"becomes": "task", "members": {"title": "headline", "status": "/state/name", "parent": ""},
   "statuses": {"triage": "queued"}}

`becomes` is task, bug, learning, design note or status update. `members` says where objects
have id, title, status, description, priority, kind, tags, created, updated, parent and needs:
under a name, or at a JSON pointer; "" is nowhere. What is left out is guessed. `statuses`
folds words that Sheaf does not know into queued, running, review, blocked, failed, succeeded
or canceled.

With --watch each import is an operation of its own, which can be undone; with --json each is
one line with one document. A file that is still being written is tried again later, one that
cannot be used is named once. What was imported is remembered: it is not read again until it
changes, also by the next `sheaf import --watch` or by the window. Ctrl+C ends it with exit
code 0.""",
    "export": """
What the format cannot carry is told first. A file that is there already is refused, with
exit code 1, unless --overwrite is said; of a folder only files of the same names go. A written
file is read back and compared; where some of it is not as it was meant, the exit code is 3,
and the first records that are not found in it are named. A manifest beside it,
PATH.manifest.json or PATH/manifest.json, says what was written. Kept originals that are
missing or damaged are named, with exit code 3; the others are written. A dump has no originals
inside.

What looks like a secret is found by best effort: keys, tokens, passwords, e-mail addresses.
Without --redact and --no-redact it is written, and on a terminal a line says how much of it
there is.""",
    "show": """
Of the records that belong to it the first 20 are shown, and how to list the others.""",
    "restore": """
A backup is named as `sheaf backups` lists it, by the beginning of that, by its file, or as
`latest`. It takes the place of everything but the queue of jobs, at once or not at all; what
is there now is backed up before, and restoring that takes the restore back. With --from,
records become what they are in a backup, as an import, which `sheaf undo` takes back.""",
    "backups": """
Backups are made daily when the program is used, and before migrations, imports, purges and
restores where something changed since the last one. Those older than --keep-days are dropped
and those older than --compress-after compressed when the window is used or by --rotate; the
last three never go, and none goes where the storage lost more than half of its records.
--prove restores one into a file of its own and checks it; what it finds is kept, and told
with exit code 3.""",
    "retention": """
A rule says which records in the words of the search box, and what becomes of them once they
are old enough; it does nothing until it is on. Without more the rules are listed with what
each would take now, and what comes in the next 30 days; --simulate names examples too. Rules
that are on are run daily while the window is used, and by --run. Archiving and trashing are
operations that `sheaf undo` takes back; `purge` takes only what is in the Trash, 30 days
unless the query says otherwise, after a backup, and asks for the number of records.

  sheaf retention add "Old and done" --kind tasks --query "status:done updated:>90d" \
    --then archive
  sheaf retention on "Old and done"

Never taken are running tasks and runs, with what they are part of and what belongs to it;
what the job of a worker names; and the 20 batches that changed last, with all in them.""",
    "vacuum": """
The file is written anew without free pages, and the index without words of records that are
gone. It needs room for two such files for a while. Others may go on reading, and writing until
the last part; who writes then waits. --every says how often the window does it by itself, when
more than a fifth of the file is free and there is room.""",
    "forget": """
A text is found in any case in titles, texts, tags, payloads, ids, the history, kept originals,
settings, views, jobs and backups; - reads it from standard input, so that your shell does not
remember it. What it stands in goes, with all that is part of it. First comes a survey, which
--dry-run ends with; then the number of records is asked for, which a script answers with
--yes. No backup is made before, and nothing brings it back.

Afterwards the file is written anew, and searched again with its log, its index, the originals
and the backups. The certificate says what was found; the history keeps it without the text. The
exit code is 3 where something of it is still in the workspace.""",
    "purge": """
Asks for the number of records; a script says --yes. It cannot be undone.""",
    "undo": """
A record that was changed since stays as it is, and one that was deleted permanently stays
away; both are told, with exit code 3.""",
    "jobs": """
Scripts put work in with `add` and get it with `claim KIND`, each job to one worker: it prints
a token, and the payload below it. `heartbeat`, `complete` and `fail` take the token. A job
whose worker is silent for longer than its lease goes back to the queue; one that fails is
tried again after 2, 4, 8 seconds and so on, until its attempts are used up. Sheaf's own work
is listed too: its kinds begin with "sheaf.". `claim` exits with 1 where there is nothing to
do, `heartbeat` where the job was canceled.""",
    "migrate": """
A copy of the file is kept beside it, under a name of its own, and named. Going down asks
for the version; a script says --yes. Other commands bring older tables up to date
themselves, and say so on standard error.""",
    "check": """
What a process that died left half-done is taken out or finished first, as it is before
every command that writes.

With --fix, what is derived is made anew, and records are changed as you would change them:
each such mending is an operation that `sheaf undo` takes back. The exit code is 3 where
something was found, also if it could be mended; the next check then finds nothing.""",
    "salvage": """
The damaged file is only read. What could not be read is named by table and number of row,
with exit code 3. Records that belonged to lost ones get a new one to belong to. The index and
all counts are made anew, and the originals go along.""",
    "diagnostics": """
Versions, sizes, counts, settings without texts, what the quick checks find, the end of the
log and the latest reports of crashes. No ids, titles or texts of records and no names of
your files are in it; secrets and your own folder are taken out. Without --output it is only
listed. A workspace that cannot be opened is no obstacle: why is then in it. Sheaf sends it
nowhere.""",
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
    _add_jobs(add)
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
        choices=[*(_plural(kind.word) for kind in Kind), VIEWS],
        metavar="KIND",
        help="what to list: " + ", ".join([*(_plural(kind.word) for kind in Kind), VIEWS]),
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
        "id",
        metavar="ID",
        help="an id as lists show it, an end of one, the source's id, or a saved view's name",
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
        choices=[each.value for each in Conflicts if each is not Conflicts.PAST],
        default=Conflicts.NEWER.value,
        help="which side wins where you and the file changed the same field of a record"
        " (default: newer; where no time tells, nothing is imported until you choose)",
    )
    taking.add_argument(
        "--duplicates",
        choices=[each.value for each in Duplicates],
        default=Duplicates.NEWEST.value,
        help="what happens to records that one file holds several times: the newest wins"
        " (default), all are kept as records of their own, or the earlier ones become the"
        " history of the latest",
    )
    taking.add_argument(
        "--map",
        metavar="FILE",
        help="a mapping, for a list of objects of unknown shape (see above)",
    )
    taking.add_argument(
        "--dry-run", action="store_true", help="say what would change, and change nothing"
    )
    taking.add_argument(
        "--watch",
        dest="handler",
        action="store_const",
        const="following:follow_folders",
        help="keep following folders and files: what is new or grows in them is imported as"
        " it appears, until Ctrl+C (with --json a line for each import)",
    )
    taking.add_argument(
        "--gui", action="store_true", help="open the window, look at it and decide there"
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
    giving.add_argument(
        "--id",
        metavar="ID",
        action="append",
        help="one record of that kind, instead of a query (may be given several times)",
    )
    giving.add_argument(
        "--related",
        action="store_true",
        help="in a dump of batches or tasks, also what belongs to them: runs, bugs, notes,"
        " conversations (other formats have what they can carry anyway)",
    )
    giving.add_argument("--format", metavar="NAME", required=True)
    giving.add_argument(
        "--output", metavar="PATH", required=True, help="where to; - is standard output"
    )
    giving.add_argument(
        "--overwrite",
        action="store_true",
        help="write over a file of that name, or into a folder with files in it",
    )
    secrets = giving.add_mutually_exclusive_group()
    secrets.add_argument(
        "--redact",
        action="store_true",
        default=None,
        help="take out what looks like a secret",
    )
    secrets.add_argument(
        "--no-redact",
        action="store_false",
        dest="redact",
        help="write everything as it is, and do not look for secrets",
    )
    giving.add_argument(
        "--keep",
        metavar="SHA256",
        action="append",
        default=[],
        help="leave in, of what --redact takes out, the secret with this SHA-256 (may be given"
        " several times)",
    )
    giving.add_argument(
        "--no-manifest", action="store_true", help="write no manifest beside the file"
    )
    giving.add_argument(
        "--csv-formulas",
        choices=("guard", "keep"),
        default="guard",
        help="put an apostrophe before cells of a table that a spreadsheet would run as a"
        " formula (default), or keep them as they are",
    )
    giving.add_argument(
        "--csv-mark",
        choices=("yes", "no"),
        help="begin a table with a byte-order mark, which some spreadsheets need"
        " (default: yes in a file, no on standard output)",
    )
    add("formats", "formats:list_formats")


def _add_tray(add: _Add) -> None:
    add("imports", "changing:imports").add_argument(
        "--limit", metavar="N", type=_at_least(0), default=50
    )
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
    _add_fields(making, "--field")
    editing = add("edit", "writing:edit")
    editing.add_argument("id", metavar="ID")
    _add_fields(editing, "--set", "--field")
    for name in ("archive", "unarchive", "trash", "restore", "purge"):
        module = "backups" if name == "restore" else "changing"
        command = add(name, f"{module}:{name}")
        command.add_argument("ids", nargs="+", metavar="ID")
        if name == "purge":
            command.add_argument(
                "--yes", action="store_true", help="do not ask; needed in a script"
            )
        if name == "restore":
            command.add_argument(
                "--from", dest="backup", metavar="BACKUP", help="take the records from there"
            )
            command.add_argument(
                "--over-damaged",
                action="store_true",
                help="put a backup in the place of a damaged file, which is kept beside it;"
                " close every window on it before",
            )
            command.add_argument(
                "--dry-run",
                action="store_true",
                help="say what restoring a backup would change, and change nothing",
            )
    undoing = add("undo", "changing:undo")
    undoing.add_argument(
        "operation",
        nargs="?",
        metavar="ID",
        help="an operation such as an import, by its id or an end of it",
    )
    undoing.add_argument(
        "--with-edits",
        action="store_true",
        help="first take back what was done since to records of that operation",
    )
    add("redo", "changing:redo")


def _add_fields(command: argparse.ArgumentParser, *names: str) -> None:
    command.add_argument("--title", metavar="TEXT", help="the same as a field named title")
    command.add_argument(
        "--text",
        metavar="PATH",
        help="the file that holds its description, in UTF-8; - is standard input",
    )
    command.add_argument(
        *names,
        metavar="NAME=VALUE",
        dest="field",
        action="append",
        default=[],
        type=_assignment,
        help="a field and what it is to hold; may be given several times",
    )


def _add_jobs(add: _Add) -> None:
    verbs = add("jobs", "jobs:list_jobs").add_subparsers(metavar="VERB", required=True)

    def verb(name: str, handler: str, purpose: str) -> argparse.ArgumentParser:
        parser = verbs.add_parser(name, help=purpose, description=purpose, allow_abbrev=False)
        parser.set_defaults(handler=f"jobs:{handler}")
        _add_storage(parser, default=argparse.SUPPRESS)
        parser.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print JSON"
        )
        return parser

    listing = verb("list", "list_jobs", "List jobs: running ones, queued ones, those over.")
    _add_job_filter(listing)
    listing.add_argument("--limit", metavar="N", type=_at_least(0), default=50)
    listing.add_argument("--offset", metavar="N", type=_at_least(0), default=0)
    verb("show", "show_job", "Show one job and its log.").add_argument("id", metavar="ID")
    _add_job_work(verb)
    for name, purpose in (
        ("retry", "Queue jobs again that failed, were canceled or have errors."),
        ("cancel", "Cancel queued jobs, and ask the workers of running ones to stop."),
        ("delete", "Delete jobs that nobody is running."),
    ):
        many = verb(name, f"{name}_jobs", purpose)
        many.add_argument("ids", nargs="*", metavar="ID")
        many.add_argument("--all", action="store_true", help="all that the filters leave")
        _add_job_filter(many)


def _add_job_filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", metavar="K", action="append", default=[])
    parser.add_argument(
        "--state",
        metavar="S",
        action="append",
        default=[],
        choices=[state.word for state in JobState],
        help=", ".join(state.word for state in JobState) + "; may be given several times",
    )
    parser.add_argument(
        "--older-than", metavar="DAYS", type=_at_least(0), help="over for so many days"
    )


def _add_job_work(verb: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    adding = verb("add", "add_jobs", "Put work into the queue.")
    adding.add_argument("kind", metavar="KIND", help="what workers claim it by")
    adding.add_argument("--title", metavar="TEXT", default="")
    adding.add_argument("--payload", metavar="JSON", default="null")
    adding.add_argument(
        "--lines", metavar="PATH", help="a job for each line, its payload; - is standard input"
    )
    adding.add_argument(
        "--priority", choices=[each.word for each in Priority], default=Priority.MEDIUM.word
    )
    due = adding.add_mutually_exclusive_group()
    due.add_argument(
        "--in", dest="delay", metavar="SECONDS", type=_at_least(0), default=0, help="not before"
    )
    due.add_argument(
        "--run-at",
        metavar="TIME",
        type=_moment,
        help="not before, such as 2026-05-01T08:00+02:00; UTC where no zone is given",
    )
    adding.add_argument("--attempts", metavar="N", type=_at_least(1), default=3)
    claiming = verb("claim", "claim_job", "Get the next job of some kinds, alone.")
    claiming.add_argument("kinds", nargs="+", metavar="KIND")
    claiming.add_argument(
        "--wait", metavar="SECONDS", type=_at_least(0), default=0, help="for one to come"
    )
    claiming.add_argument("--worker", metavar="NAME", help="who it is (default: the process)")
    beating = verb("heartbeat", "beat", "Say that a job is still worked on, and how far it is.")
    beating.add_argument("token", metavar="TOKEN")
    beating.add_argument("--done", metavar="N", type=_at_least(0))
    beating.add_argument("--total", metavar="N", type=_at_least(0))
    beating.add_argument("--unit", metavar="WORD", default="", help="what is counted")
    for parser in (claiming, beating):
        parser.add_argument(
            "--lease",
            metavar="SECONDS",
            type=_at_least(1),
            default=int(LEASE_S),
            help="how long until the next heartbeat at most (default: %(default)s)",
        )
    ending = verb("complete", "complete_job", "Say that a job is done.")
    ending.add_argument("token", metavar="TOKEN")
    ending.add_argument("--result", metavar="JSON", default="null")
    ending.add_argument("--errors", metavar="TEXT", default="", help="what went wrong with it")
    failing = verb("fail", "fail_job", "Say that a job failed; it is tried again later.")
    failing.add_argument("token", metavar="TOKEN")
    failing.add_argument("--error", metavar="TEXT", required=True)
    failing.add_argument("--no-retry", action="store_true", help="it would fail again")
    for parser in (beating, ending, failing):
        parser.add_argument(
            "--log", metavar="TEXT", action="append", default=[], help="a line for its log"
        )


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
    add("backup", "backups:back_up").add_argument(
        "--output", metavar="PATH", help="where to (default: the folder of the backups)"
    )
    _add_backups(add)
    _add_retention(add)
    _add_room(add)
    add("check", "keeping:check").add_argument(
        "--fix", action="store_true", help="mend what can be mended"
    )
    salvaging = add("salvage", "keeping:salvage")
    salvaging.add_argument("file", metavar="FILE", help="the damaged file")
    salvaging.add_argument(
        "--output", metavar="FILE", required=True, help="the new file; there must be none yet"
    )
    _add_diagnostics(add)


def _add_room(add: _Add) -> None:
    add("storage", "forgetting:storage")
    compacting = add("vacuum", "forgetting:vacuum")
    compacting.add_argument(
        "--dry-run", action="store_true", help="say what it would bring and take"
    )
    compacting.add_argument(
        "--every",
        choices=("never", "weekly", "monthly"),
        help="only say how often it is done by itself from now on (default: monthly)",
    )
    forgetting = add("forget", "forgetting:forget")
    what = forgetting.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--text", metavar="TEXT", help="all that it stands in; - is standard input"
    )
    what.add_argument("--batch", metavar="ID", help="a batch and all that belongs to it")
    what.add_argument(
        "--id", metavar="ID", action="append", help="a record (may be given several times)"
    )
    forgetting.add_argument(
        "--dry-run", action="store_true", help="say what there is, and change nothing"
    )
    forgetting.add_argument(
        "--backups",
        choices=("keep", "remove"),
        default="keep",
        help="what becomes of backups that hold it (default: keep; the certificate names them)",
    )
    forgetting.add_argument(
        "--originals",
        choices=("keep", "remove"),
        default="remove",
        help="what becomes of kept originals from which other records came (default: remove)",
    )
    forgetting.add_argument(
        "--certificate",
        metavar="PATH",
        help="write it to a new file, as text or, where the name ends in .json, as JSON",
    )
    forgetting.add_argument("--yes", action="store_true", help="do not ask; needed in a script")


def _add_diagnostics(add: _Add) -> None:
    telling = add("diagnostics", "diagnostics:diagnostics")
    telling.add_argument("--output", metavar="FILE", help="the ZIP archive to write")
    telling.add_argument(
        "--without",
        metavar="NAME",
        nargs="+",
        default=[],
        help="leave out some of the files that are listed",
    )
    telling.add_argument(
        "--overwrite", action="store_true", help="write over a file of that name"
    )


def _add_retention(add: _Add) -> None:
    keeping = add("retention", "retention:retain")
    keeping.add_argument(
        "act",
        nargs="?",
        choices=("list", "add", "remove", "on", "off"),
        default="list",
        help="list the rules (default), add or remove one, or switch one on or off",
    )
    keeping.add_argument("name", nargs="?", metavar="NAME", help="the name of that rule")
    keeping.add_argument(
        "--kind",
        metavar="K",
        type=_plural,
        choices=("any", *(_plural(kind.word) for kind in Kind)),
        help="which kind of record the rule is about (default: any)",
    )
    keeping.add_argument("--query", metavar="TEXT", help="which of them, as in the search box")
    keeping.add_argument("--then", choices=[act.value for act in Act], help="what is done then")
    running = keeping.add_mutually_exclusive_group()
    running.add_argument(
        "--simulate", action="store_true", help="say what would be taken, with examples"
    )
    running.add_argument("--run", action="store_true", help="run the rules that are on")
    keeping.add_argument(
        "--yes", action="store_true", help="do not ask before deleting; needed in a script"
    )


def _add_backups(add: _Add) -> None:
    keeping = add("backups", "backups:backups")
    keeping.add_argument(
        "--prove",
        metavar="BACKUP",
        nargs="?",
        const="latest",
        help="test one by restoring it into a file of its own (default: the latest)",
    )
    keeping.add_argument(
        "--rotate", action="store_true", help="compress and drop those that are old enough"
    )
    keeping.add_argument("--drop", metavar="BACKUP", help="delete one")
    keeping.add_argument(
        "--keep-days", metavar="N", type=_at_least(1), help="from now on (default: 30)"
    )
    keeping.add_argument(
        "--compress-after",
        dest="compress_after_days",
        metavar="N",
        type=_at_least(0),
        help="days, from now on (default: 7)",
    )
    keeping.add_argument(
        "--without",
        metavar="KIND",
        nargs="*",
        choices=("daily", "before-migration", "before-import", "before-purge"),
        help="make none of these by itself from now on; none named: make all",
    )


def _assignment(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _moment(word: str) -> int:
    """Return a moment in microseconds."""
    found = parse_time(word)
    if found is None:
        raise argparse.ArgumentTypeError(f"{word!r} is no time as 2026-05-01T08:00")
    return found


def _at_least(least: int) -> Callable[[str], int]:
    def read(word: str) -> int:
        if not (word.isascii() and word.isdecimal() and least <= int(word) < 1 << 31):
            raise argparse.ArgumentTypeError(f"{word!r} is not a whole number from {least} up")
        return int(word)

    return read
