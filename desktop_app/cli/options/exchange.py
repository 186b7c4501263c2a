"""Options of the commands that import and export."""

from __future__ import annotations

from db.incoming import BadRecords, Conflicts, Duplicates
from db.records import Kind
from desktop_app.cli.options.shared import Add, at_least, plural


def add_exchanging(add: Add) -> None:
    """Add `import`, `export` and `formats`."""
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
        type=plural,
        choices=[plural(kind.word) for kind in Kind],
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


def add_tray(add: Add) -> None:
    """Add `imports` and `set-aside`."""
    add("imports", "changing:imports").add_argument(
        "--limit", metavar="N", type=at_least(0), default=50
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
        "numbers", nargs="*", type=at_least(1), metavar="N", help="as the list numbers them"
    )
    tray.add_argument("--all", action="store_true", help="retry or drop all that waits")
    tray.add_argument(
        "--text", metavar="PATH", help="the new text, for `mend`; - is standard input"
    )
    tray.add_argument("--limit", metavar="N", type=at_least(0), default=50)
    tray.add_argument("--offset", metavar="N", type=at_least(0), default=0)
