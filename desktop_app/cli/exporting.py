"""`sheaf export`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from db.exchange.exporting import ORIGINAL, ExportProgress, export, export_formats
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
from desktop_app.cli.session import cancelled_by_ctrl_c, opened


def export_records(options: Namespace) -> Answer:
    """Write the records that the options choose to a file or to standard output."""
    refuse_unknown(options.format, [each.name for each in export_formats()])
    to_stream = options.output == STANDARD_STREAM
    if to_stream and options.json:
        raise UsageError("Standard output cannot take both the export and a report as JSON.")
    if to_stream and options.format == ORIGINAL:
        raise UsageError("Standard output cannot take several files.")
    with (
        opened(options) as storage,
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
        _target(options.output) as target,
    ):

        def on_progress(progress: ExportProgress) -> None:
            show(f"{progress.done:,} of {progress.total:,} records")

        exported = export(
            storage,
            options.format,
            target,
            token=token,
            on_progress=on_progress,
            **_chosen(storage, options),
        )
    document = {
        "format": options.format,
        "output": options.output,
        "records": exported.written,
        "left_out": list(exported.left_out),
    }
    code = SET_ASIDE if exported.left_out else DONE
    return Answer(None if to_stream else document, _export_text, code)


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


def _export_text(document: Mapping[str, Any], _paper: Paper) -> str:
    number = document["records"]
    thing = "file" if document["format"] == ORIGINAL else "record"
    counted = f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
    lines = [f"Wrote {counted} to {one_line(document['output'])}."]
    lines += [
        f"Left out, as it is missing from the kept originals or damaged: {one_line(name)}"
        for name in document["left_out"]
    ]
    return "\n".join(lines)
