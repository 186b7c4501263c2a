"""`sheaf import`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import to_builtins

from db.cancel import CancelToken
from db.exchange.formats.base import formats
from db.exchange.importing import stage_import, stage_text
from db.incoming import Progress, Staging
from db.records import Kind
from desktop_app.cli.answer import DONE, SET_ASIDE, STANDARD_STREAM, Answer, Paper
from desktop_app.cli.documents import operation_document
from desktop_app.cli.grammar import UsageError, refuse_unknown
from desktop_app.cli.layout import cut, one_line
from desktop_app.cli.progress import progress_line
from desktop_app.cli.session import Missing, cancelled_by_ctrl_c, opened

EXAMPLE_WIDTH: Final = 100


def import_files(options: Namespace) -> Answer:
    """Stage the files behind the curtain, then show them, or in a dry run discard them."""
    refuse_unknown(options.format, list(formats()))
    if STANDARD_STREAM in options.paths and len(options.paths) > 1:
        raise UsageError("Standard input cannot be imported together with files.")
    # Before Ctrl+C is taken over: waiting for input is nothing that has to be rolled back.
    piped = sys.stdin.buffer.read() if options.paths == [STANDARD_STREAM] else None
    missing = Missing.IMAGINED if options.dry_run else Missing.MADE
    with (
        opened(options, missing=missing, writes=True) as storage,
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
    ):

        def on_progress(progress: Progress) -> None:
            share = progress.done * 100 // max(progress.total, 1)
            show(f"{share} %, {progress.records:,} records, {progress.file}")

        how = {"format_name": options.format, "token": token, "on_progress": on_progress}
        if piped is None:
            staging = stage_import(storage, [Path(path) for path in options.paths], **how)
        else:
            staging = stage_text(storage, piped, name="standard input", **how)
        document = {"dry_run": options.dry_run, **to_builtins(staging.report)}
        if options.dry_run:
            staging.discard()
            operation = None
        else:
            operation = _committed(staging, token)
    code = SET_ASIDE if document["repeated"] or document["unfinished"] else DONE
    return Answer({**document, "operation": operation}, _report_text, code)


def _committed(staging: Staging, token: CancelToken) -> dict[str, Any] | None:
    try:
        token.check()
        return operation_document(staging.commit().operation)
    except BaseException:
        staging.discard()
        raise


def _report_text(report: Mapping[str, Any], paper: Paper) -> str:
    formats = ", ".join(report["formats"])
    lines = [f"Read {', '.join(map(one_line, report['files']))} ({formats})."]
    for what, told in (
        ("new", "New"),
        ("changed", "Changed"),
        ("identical", "The same as before"),
        ("older", "Older than what is here, left out"),
        ("repeated", "Repeated in a file, of which the latest of each is kept"),
    ):
        counted = [Kind.named(word).counted(number) for word, number in report[what].items()]
        if counted:
            lines.append(f"{told}: {' and '.join(counted)}.")
    if report["passed_over"]:
        names = ", ".join(map(one_line, report["passed_over"]))
        lines.append(f"Passed over, as they hold no list of records: {names}.")
    lines += [
        f"The last line of {one_line(name)} is not finished; left out."
        for name in report["unfinished"]
    ]
    lines += [
        f"The originals that {one_line(name)} speaks of are not inside a dump;"
        " copy their folder, or export them as `original` where they are."
        for name in report["without_originals"]
    ]
    examples = [f"  {one_line(title)}" for title in report["examples"]]
    lines += [cut(line, paper.width or EXAMPLE_WIDTH) for line in examples]
    if report["dry_run"]:
        lines.append("This was a dry run: nothing was imported.")
    elif report["operation"] is not None:
        lines.append("Imported; `sheaf undo` takes it back.")
    return "\n".join(lines)
