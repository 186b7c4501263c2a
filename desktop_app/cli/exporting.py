"""`sheaf export`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from db.cancel import CancelToken
from db.errors import UnwritableFileError
from db.exchange.exporting import (
    COPY,
    ORIGINAL,
    CsvStyle,
    ExportFormat,
    ExportOptions,
    ExportProgress,
    export,
    export_formats,
)
from db.job_run import JobRun, recorded
from db.jobs import JobOrder, OwnKind
from db.ports import Storage
from db.query import QUERIES, TaskQuery
from db.query_text import fold_kind, read_query
from db.records import Kind
from desktop_app.cli.answer import (
    DONE,
    SET_ASIDE,
    STANDARD_STREAM,
    Answer,
    Paper,
    standard_output,
)
from desktop_app.cli.grammar import UsageError, refuse_unknown
from desktop_app.cli.layout import one_line
from desktop_app.cli.progress import progress_line
from desktop_app.cli.session import cancelled_by_ctrl_c, opened, tell
from desktop_app.export_order import ExportOrder, Scope, payload_of


def export_records(options: Namespace) -> Answer:
    """Write the records that the options choose to a file or to standard output."""
    known = {each.name: each for each in export_formats()}
    refuse_unknown(options.format, list(known))
    to_stream = options.output == STANDARD_STREAM
    _refuse_unfit(options, known[options.format])
    loses = known[options.format].loses
    with (
        opened(options) as storage,
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
        _target(options.output) as target,
        _recorded(storage, options, token) as (run, chosen),
    ):
        is_heard = not to_stream or sys.stderr.isatty()
        if loses and is_heard and not options.json:
            tell(f"Loses: {loses}.")

        def on_progress(progress: ExportProgress) -> None:
            run.progress(progress, "records")
            doing = "Reading back " if progress.is_checking else ""
            show(f"{doing}{progress.done:,} of {progress.total:,} records")

        exported = export(
            storage,
            options.format,
            target,
            options=_how(options),
            token=token,
            on_progress=on_progress,
            **chosen,
        )
        run.note({"said": f"{exported.written:,} records in {options.output}"})
    document = {
        "format": options.format,
        "output": options.output,
        "loses": loses,
        "records": exported.written,
        "left_out": list(exported.left_out),
        "verified": exported.verified,
        "manifest": None if exported.manifest is None else str(exported.manifest),
        "redacted": exported.secrets if options.redact else 0,
        "secrets": None if options.redact else exported.secrets,
    }
    if to_stream and exported.secrets and not options.redact:
        tell(_secrets_text(exported.secrets))
    code = DONE if exported.is_whole else SET_ASIDE
    return Answer(None if to_stream else document, _export_text, code)


def _refuse_unfit(options: Namespace, chosen: ExportFormat) -> None:
    """Refuse what the format cannot be written to, and to write over what is there.

    Raises:
        UsageError: the options contradict each other.
        UnwritableFileError: something is there already.
    """
    if options.keep and not options.redact:
        raise UsageError("--keep leaves in some of what --redact takes out.")
    if options.output != STANDARD_STREAM:
        if not options.overwrite:
            _refuse_existing(Path(options.output))
        return
    if options.json:
        raise UsageError("Standard output cannot take both the export and a report as JSON.")
    if chosen.is_folder:
        raise UsageError("Standard output cannot take several files.")
    if chosen.name == COPY:
        raise UsageError("Standard output cannot take a copy of the storage.")


def _refuse_existing(path: Path) -> None:
    """Refuse to write over what is there.

    Raises:
        UnwritableFileError: there is a file, or a folder with something in it.
    """
    try:
        is_there = any(path.iterdir()) if path.is_dir() else os.path.lexists(path)
    except OSError:
        # Whoever writes there says what is wrong.
        return
    if is_there:
        what = "There are files in" if path.is_dir() else "There is already"
        raise UnwritableFileError(
            f"{what} {path}.", advice="Name another place, or say --overwrite."
        )


@contextmanager
def _recorded(
    storage: Storage, options: Namespace, token: CancelToken
) -> Iterator[tuple[JobRun, dict[str, Any]]]:
    """Lend the job of an export and what it is to write.

    By the job windows on the same storage see the export, can stop it, and begin it again
    where it was cut short.
    """
    chosen = _chosen(storage, options)
    payload = None
    if options.output != STANDARD_STREAM:
        query = chosen.get("query")
        kind = chosen.get("kind", Kind.TASK) if query is None else query.kind
        scope = Scope("", kind, chosen.get("pks") if query is None else query)
        path = Path(options.output)
        payload = payload_of(ExportOrder(scope, options.format, path, _how(options)))
    title = f"Export to {Path(options.output).name}"
    order = JobOrder(kind=OwnKind.EXPORT, title=title, payload=payload, max_attempts=1)
    with recorded(storage.jobs, order, token.cancel) as run:
        yield run, chosen


def _how(options: Namespace) -> ExportOptions:
    to_stream = options.output == STANDARD_STREAM
    has_mark = not to_stream if options.csv_mark is None else options.csv_mark == "yes"
    looks = options.redact is None and not options.json and sys.stderr.isatty()
    return ExportOptions(
        redact=bool(options.redact),
        keep=frozenset(options.keep),
        look_for_secrets=looks and options.format not in {ORIGINAL, COPY},
        manifest=not options.no_manifest,
        related=options.related,
        csv=CsvStyle(mark=has_mark, formulas=options.csv_formulas == "keep"),
    )


@contextmanager
def _target(output: str) -> Iterator[Path | BinaryIO]:
    if output == STANDARD_STREAM:
        with standard_output() as stream:
            yield stream.buffer
    else:
        yield Path(output)


def _chosen(storage: Storage, options: Namespace) -> dict[str, Any]:
    """Return which records to export, as `export` takes them; nothing means everything."""
    kind = fold_kind(options.kind) or Kind.TASK
    asked = QUERIES[kind]
    if options.id:
        if options.query is not None or options.batch is not None:
            raise UsageError("--id names single records: it goes without --query and --batch.")
        return {"pks": [_pk_of(storage, kind, name) for name in options.id], "kind": kind}
    if options.batch is None:
        if options.query is None and kind is Kind.TASK:
            return {}
        return {"query": read_query(options.query or "", asked())}
    if kind is not Kind.TASK:
        raise UsageError("--batch chooses tasks; for another kind use --query batch:ID.")
    found, pk = storage.resolve(options.batch)
    if found is not Kind.BATCH:
        raise UsageError(f"{options.batch} is the id of a task, not of a batch.")
    if options.query is None:
        return {"pks": [pk], "kind": Kind.BATCH}
    batch_id = storage.batches.get(pk).record.id
    return {"query": read_query(options.query, TaskQuery(batch_id=batch_id))}


def _pk_of(storage: Storage, kind: Kind, name: str) -> int:
    found, pk = storage.resolve(name)
    if found is not kind:
        raise UsageError(f"{name} is the id of a {found.word}, not of a {kind.word}.")
    return pk


def _export_text(document: Mapping[str, Any], _paper: Paper) -> str:
    number = document["records"]
    thing = "file" if document["format"] == ORIGINAL else "record"
    counted = f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
    lines = [f"Wrote {counted} to {one_line(document['output'])}."]
    if document["verified"] is not None:
        lines.append(f"Verified: {document['verified']:,} of {number:,}.")
    if document["redacted"]:
        lines.append(f"Redacted: {_secrets(document['redacted'])}.")
    if document["secrets"]:
        lines.append(_secrets_text(document["secrets"]))
    why = (
        "missing from the kept originals or damaged"
        if document["format"] == ORIGINAL
        else "not found in what was written"
    )
    named = document["left_out"]
    lines += [f"Left out, as it is {why}: {one_line(name)}" for name in named]
    if named and document["format"] != ORIGINAL:
        more = number - document["verified"] - len(named)
        lines += [f"And {more:,} more."] if more > 0 else []
    return "\n".join(lines)


def _secrets(number: int) -> str:
    return "1 secret" if number == 1 else f"{number:,} secrets"


def _secrets_text(number: int) -> str:
    what = "1 thing looks" if number == 1 else f"{number:,} things look"
    return (
        f"Inside, {what} like a secret, as far as Sheaf can tell: --redact takes that out,"
        " --no-redact says that it is meant."
    )
