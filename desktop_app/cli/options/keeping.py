"""Options of the commands that keep a storage whole, small and private."""

from __future__ import annotations

from db.records import Kind
from db.retiring import Act
from desktop_app.cli.options.shared import Add, at_least, plural


def add_keeping(add: Add) -> None:
    """Add migrations, backups, checks, and what makes room."""
    migrating = add("migrate", "keeping:migrate")
    migrating.add_argument(
        "--to", metavar="N", type=at_least(0), help="the version (default: the newest)"
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


def _add_room(add: Add) -> None:
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


def _add_diagnostics(add: Add) -> None:
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


def _add_retention(add: Add) -> None:
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
        type=plural,
        choices=("any", *(plural(kind.word) for kind in Kind)),
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


def _add_backups(add: Add) -> None:
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
        "--keep-days", metavar="N", type=at_least(1), help="from now on (default: 30)"
    )
    keeping.add_argument(
        "--compress-after",
        dest="compress_after_days",
        metavar="N",
        type=at_least(0),
        help="days, from now on (default: 7)",
    )
    keeping.add_argument(
        "--without",
        metavar="KIND",
        nargs="*",
        choices=("daily", "before-migration", "before-import", "before-purge"),
        help="make none of these by itself from now on; none named: make all",
    )
