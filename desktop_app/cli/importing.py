"""`sheaf import`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from msgspec import to_builtins

from db.cancel import CancelToken
from db.exchange.asking import failure_words
from db.exchange.choices import ImportChoices, job_payload
from db.exchange.formats.base import formats
from db.exchange.importing import ignore_progress, stage_import, stage_text
from db.exchange.mapping import load_mapping
from db.incoming import BadRecords, Conflicts, Duplicates, Progress, Staging
from db.job_run import ImportRun
from db.maintenance.verifying import wait_for_all
from db.records import Kind
from desktop_app.cli.answer import (
    DONE,
    REFUSED,
    SET_ASIDE,
    STANDARD_STREAM,
    Answer,
    Paper,
    conflict_lines,
    problem_text,
)
from desktop_app.cli.documents import operation_document, report_document
from desktop_app.cli.grammar import UsageError, refuse_unknown
from desktop_app.cli.layout import cut, one_line, wrapped
from desktop_app.cli.progress import backed_up, progress_line
from desktop_app.cli.session import Missing, cancelled_by_ctrl_c, opened

EXAMPLE_WIDTH: Final = 100
NAMED_FILES: Final = 10


def import_files(options: Namespace) -> Answer:
    """Stage the files behind the curtain, then show them, or in a dry run discard them."""
    refuse_unknown(options.format, list(formats()))
    if STANDARD_STREAM in options.paths and len(options.paths) > 1:
        raise UsageError("Standard input cannot be imported together with files.")
    # Before Ctrl+C is taken over: waiting for input is nothing that has to be rolled back.
    piped = sys.stdin.buffer.read() if options.paths == [STANDARD_STREAM] else None
    paths = [] if piped is not None else [Path(path) for path in options.paths]
    choices = choices_of(options)
    missing = Missing.IMAGINED if options.dry_run else Missing.MADE
    with (
        opened(options, missing=missing, writes=True) as storage,
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
    ):

        def stage(tell: Callable[[Progress], None]) -> Staging:
            def on_progress(progress: Progress) -> None:
                tell(progress)
                share = progress.done * 100 // max(progress.total, 1)
                show(f"{share} %, {progress.records:,} records, {progress.file}")

            how = {"token": token, "on_progress": on_progress}
            if piped is None:
                return stage_import(storage, paths, choices, **how)
            return stage_text(storage, piped, choices, name="standard input", **how)

        if options.dry_run:
            staging = stage(ignore_progress)
        else:
            staging = _run_of(paths, choices, token).stage(
                storage,
                stage,
                token=token,
                on_backup=lambda told: show(f"Backing up first: {backed_up(told)}"),
            )
        document = {"dry_run": options.dry_run, **report_document(to_builtins(staging.report))}
        if options.dry_run:
            staging.discard()
            operation = None
        else:
            operation = _committed(staging, token)
            show("Verifying the backup")
            wait_for_all()
    is_whole = not any(
        document[what] for what in ("repeated", "unfinished", "set_aside", "unreadable")
    )
    code = REFUSED if document["undecided"] else DONE if is_whole else SET_ASIDE
    return Answer({**document, "operation": operation}, report_text, code)


def choices_of(options: Namespace) -> ImportChoices:
    """Return what the options say; a mapping is read from its file."""
    return ImportChoices(
        format_name=options.format,
        bad_records=BadRecords(options.bad_records),
        conflicts=Conflicts(options.on_conflict),
        duplicates=Duplicates(options.duplicates),
        mapping=None if options.map is None else load_mapping(Path(options.map)),
    )


def _run_of(paths: Sequence[Path], choices: ImportChoices, token: CancelToken) -> ImportRun:
    """Return the job by which windows on the same storage see an import, and can stop it."""
    what = f"{len(paths):,} files" if len(paths) > 1 else paths[0].name if paths else "input"
    return ImportRun(f"Import {what}", job_payload(paths, choices), token.cancel, asks=False)


def _committed(staging: Staging, token: CancelToken) -> dict[str, Any] | None:
    try:
        token.check()
        return operation_document(staging.commit().operation)
    except BaseException:
        staging.discard()
        raise


def _overwritten_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield whose changes by hand the file takes the place of."""
    number = sum(report["overwritten"].values())
    if number:
        records = "record" if number == 1 else "records"
        was = "was" if number == 1 else "were"
        done = "would be" if report["dry_run"] else was
        yield f"{number:,} {records} you edited since {done} overwritten:"
        yield from (f"  {one_line(title)}" for title in report["overwritten_examples"])
        if number > len(report["overwritten_examples"]):
            yield f"  and {number - len(report['overwritten_examples']):,} more"


def _problem_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the file holds what was set aside."""
    if not report["set_aside"]:
        return
    records = "record" if report["set_aside"] == 1 else "records"
    yield f"Set aside, as they cannot be used: {report['set_aside']:,} {records}."
    for problem in report["problems"]:
        yield f"  {one_line(problem_text(problem))}"
    if not report["dry_run"]:
        yield "`sheaf set-aside` shows them."


def _unread_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield which files were not read, and why."""
    for why, names in groupby(
        sorted(report["skipped"], key=report["skipped"].get), key=report["skipped"].get
    ):
        yield f"Passed over, as {why}: {named([*names])}."
    found = report["unreadable"]
    if found:
        yield "Passed over, as they cannot be read:"
        yield from (f"  {one_line(problem_text(each))}" for each in found[:NAMED_FILES])
    if len(found) > NAMED_FILES:
        yield f"  and {len(found) - NAMED_FILES:,} more"


def named(files: Sequence[str]) -> str:
    """Return the names of the first files, and how many more there are."""
    more = len(files) - NAMED_FILES
    names = ", ".join(map(one_line, files[:NAMED_FILES]))
    return f"{names} and {more:,} more" if more > 0 else names


def _dry_run_lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield "This was a dry run: nothing was imported."
    if report["undecided"]:
        yield (
            "The import itself would be refused until you choose which side wins:"
            " `--on-conflict mine|theirs|both`."
        )


def report_text(report: Mapping[str, Any], paper: Paper) -> str:
    """Return what an import did, or would do, as people read it."""
    formats = ", ".join(report["formats"])
    lines = [f"Read {named(report['files'])} ({formats})."]
    for what, told in (
        ("new", "New"),
        ("changed", "Changed"),
        ("identical", "The same as before"),
        ("older", "Older than what is here, left out"),
        ("kept", "Changed by you and in the file, of which yours is kept"),
        ("undecided", "Changed by you and in the file, for you to choose (--on-conflict)"),
        ("repeated", "Repeated in a file, of which the latest of each is kept"),
        ("earlier", "Earlier states in a file, kept as history"),
    ):
        counted = [Kind.named(word).counted(number) for word, number in report[what].items()]
        if counted:
            lines.append(f"{told}: {' and '.join(counted)}.")
    lines += _overwritten_lines(report)
    lines += conflict_lines(report["conflicts"])
    lines += _problem_lines(report)
    if report["passed_over"]:
        names = named(report["passed_over"])
        lines.append(f"Passed over, as they hold no list of records: {names}.")
    if report["vanished"]:
        names = named(report["vanished"])
        lines.append(f"Passed over, as they vanished before it was their turn: {names}.")
    lines += _unread_lines(report)
    lines += failure_words(report["failed_formats"])
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
    width = paper.width or EXAMPLE_WIDTH
    lines = [part for line in lines for part in wrapped(line, width)]
    if examples:
        lines += ["For example:", *(cut(line, width) for line in examples)]
    if report["dry_run"]:
        lines += _dry_run_lines(report)
    elif report["operation"] is not None:
        lines.append("Imported; `sheaf undo` takes it back.")
    return "\n".join(lines)
