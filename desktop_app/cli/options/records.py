"""Options of the commands that find and change records."""

from __future__ import annotations

import argparse

from db.records import Kind
from desktop_app.cli.manual import VIEWS
from desktop_app.cli.options.shared import Add, assignment, at_least, plural


def add_reading(add: Add) -> None:
    """Add `search`, `list`, `show` and `storages`."""
    searching = add("search", "searching:search")
    searching.add_argument("text", nargs="+", metavar="TEXT")
    searching.add_argument(
        "--kind",
        metavar="K",
        type=plural,
        choices=[plural(kind.word) for kind in Kind],
        action="append",
        default=[],
        help="search records of this kind only; may be given several times",
    )
    searching.add_argument("--limit", metavar="N", type=at_least(0), default=20)
    searching.add_argument(
        "--newest", action="store_true", help="latest change first, instead of best match"
    )
    listing = add("list", "reading:list_records")
    listing.add_argument(
        "what",
        type=plural,
        choices=[*(plural(kind.word) for kind in Kind), VIEWS],
        metavar="KIND",
        help="what to list: " + ", ".join([*(plural(kind.word) for kind in Kind), VIEWS]),
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
        type=at_least(1),
        help="updated within N days; with `--status active` how long a finished batch counts "
        "as active (default: 7)",
    )
    listing.add_argument(
        "--sort",
        metavar="FIELD[:desc]",
        default="updated:desc",
        help="the field to sort by (default: updated:desc)",
    )
    listing.add_argument("--limit", metavar="N", type=at_least(0), default=50)
    listing.add_argument("--offset", metavar="N", type=at_least(0), default=0)
    add("show", "reading:show_record").add_argument(
        "id",
        metavar="ID",
        help="an id as lists show it, an end of one, the source's id, or a saved view's name",
    )
    add("storages", "reading:list_storages")


def add_changing(add: Add) -> None:
    """Add what makes, changes and moves records, and takes that back."""
    making = add("new", "writing:new")
    making.add_argument(
        "what", type=plural, choices=[plural(kind.word) for kind in Kind], metavar="KIND"
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
        type=assignment,
        help="a field and what it is to hold; may be given several times",
    )
