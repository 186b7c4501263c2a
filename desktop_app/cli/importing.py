"""`sheaf import`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import to_builtins

from db.cancel import CancelToken
from db.exchange.choices import ImportChoices
from db.exchange.formats.base import formats
from db.exchange.importing import ignore_progress, stage_import, stage_text
from db.exchange.mapping import load_mapping
from db.incoming import BadRecords, Conflicts, Progress, Staging
from db.job_run import ImportRun
from db.records import Kind
from desktop_app.cli.answer import DONE, SET_ASIDE, STANDARD_STREAM, Answer, Paper, problem_text
from desktop_app.cli.documents import operation_document
from desktop_app.cli.grammar import UsageError, refuse_unknown
from desktop_app.cli.layout import cut, one_line
from desktop_app.cli.progress import progress_line
from desktop_app.cli.session import Missing, cancelled_by_ctrl_c, opened

EXAMPLE_WIDTH: Final = 100
SHOWN_CONFLICTS: Final = 20


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
            staging = _run_of(paths, token).stage(storage, stage)
        document = {"dry_run": options.dry_run, **to_builtins(staging.report)}
        if options.dry_run:
            staging.discard()
            operation = None
        else:
            operation = _committed(staging, token)
    is_whole = not (document["repeated"] or document["unfinished"] or document["set_aside"])
    code = DONE if is_whole else SET_ASIDE
    return Answer({**document, "operation": operation}, report_text, code)


def choices_of(options: Namespace) -> ImportChoices:
    """Return what the options say; a mapping is read from its file."""
    return ImportChoices(
        format_name=options.format,
        bad_records=BadRecords(options.bad_records),
        conflicts=Conflicts(options.on_conflict),
        mapping=None if options.map is None else load_mapping(Path(options.map)),
    )


def _run_of(paths: Sequence[Path], token: CancelToken) -> ImportRun:
    """Return the job by which windows on the same storage see an import, and can stop it."""
    what = f"{len(paths):,} files" if len(paths) > 1 else paths[0].name if paths else "input"
    return ImportRun(
        f"Import {what}", {"paths": [str(path.absolute()) for path in paths]}, token.cancel
    )


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
        done = "would be overwritten" if report["dry_run"] else "were overwritten"
        yield f"{number:,} {records} you edited since {done}:"
        yield from (f"  {one_line(title)}" for title in report["overwritten_examples"])
        if number > len(report["overwritten_examples"]):
            yield f"  and {number - len(report['overwritten_examples']):,} more"


def _conflict_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield what each side made of the fields in dispute, of the first few records."""
    for conflict in report["conflicts"][:SHOWN_CONFLICTS]:
        for name, (mine, theirs) in conflict["fields"].items():
            yield one_line(
                f"  {conflict['title']}: {name} is {mine!r} here, {theirs!r} in the file"
            )
    if (more := len(report["conflicts"]) - SHOWN_CONFLICTS) > 0:
        yield f"  and {more:,} more records"


def _problem_lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the file holds what was set aside."""
    if not report["set_aside"]:
        return
    records = "record" if report["set_aside"] == 1 else "records"
    yield f"Set aside, as they cannot be used: {report['set_aside']:,} {records}."
    for problem in report["problems"]:
        yield one_line(f"  {problem_text(problem)}")
    if not report["dry_run"]:
        yield "`sheaf set-aside` shows them."


def report_text(report: Mapping[str, Any], paper: Paper) -> str:
    """Return what an import did, or would do, as people read it."""
    formats = ", ".join(report["formats"])
    lines = [f"Read {', '.join(map(one_line, report['files']))} ({formats})."]
    for what, told in (
        ("new", "New"),
        ("changed", "Changed"),
        ("identical", "The same as before"),
        ("older", "Older than what is here, left out"),
        ("kept", "Changed by you and in the file, of which yours is kept"),
        ("undecided", "Changed by you and in the file, for you to choose (--on-conflict)"),
        ("repeated", "Repeated in a file, of which the latest of each is kept"),
    ):
        counted = [Kind.named(word).counted(number) for word, number in report[what].items()]
        if counted:
            lines.append(f"{told}: {' and '.join(counted)}.")
    lines += _overwritten_lines(report)
    lines += _conflict_lines(report)
    lines += _problem_lines(report)
    if report["passed_over"]:
        names = ", ".join(map(one_line, report["passed_over"]))
        lines.append(f"Passed over, as they hold no list of records: {names}.")
    if report["vanished"]:
        names = ", ".join(map(one_line, report["vanished"]))
        lines.append(f"Passed over, as they vanished before it was their turn: {names}.")
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
