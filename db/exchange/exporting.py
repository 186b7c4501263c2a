"""Writing records to files: all of them, or those that a query finds."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from db.cancel import CancelToken
from db.errors import ExchangeError, UnwritableFileError
from db.exchange.export_run import (
    COPY,
    ORIGINAL,
    PROGRESS_SECONDS,
    Exported,
    ExportOptions,
    ExportProgress,
    ExportRun,
)
from db.exchange.formats.base import BATCHES_AND_TASKS, WritesFolder, formats, kinds_of
from db.exchange.formats.sheaf import DUMPS
from db.exchange.selecting import select
from db.exchange.verifying import FolderFile, FormatFile, Written
from db.exchange.writers.reports import ReportFile, html_report, markdown_report
from db.exchange.writers.table import CsvStyle, CsvTable
from db.ports import Storage
from db.query import Query
from db.records import Kind

__all__ = [
    "COPY",
    "DUMPS",
    "ORIGINAL",
    "PROGRESS_SECONDS",
    "CsvStyle",
    "ExportFormat",
    "ExportOptions",
    "ExportProgress",
    "Exported",
    "export",
    "export_formats",
    "refuse_unredacted",
    "select",
    "writer_of",
]

_UNREDACTED: Final = frozenset({ORIGINAL, COPY})


class ExportFormat(Struct, frozen=True):
    """A way of writing: its name, its title, what it cannot carry, and the file's ending.

    `kinds` are those of which some records alone can be written; with none of them, only
    everything can. `is_folder` tells that several files come of it.
    """

    name: str
    title: str
    loses: str
    suffix: str
    kinds: frozenset[Kind] = BATCHES_AND_TASKS
    is_folder: bool = False


_USUAL: Final = ExportOptions()
_WRITERS: Final[dict[str, Callable[[ExportOptions], CsvTable | ReportFile]]] = {
    "csv": lambda options: CsvTable(options.csv),
    "markdown": lambda _options: markdown_report(),
    "html": lambda _options: html_report(),
}
"""The ways of writing that nothing is read from."""


def export_formats() -> tuple[ExportFormat, ...]:
    """Return the ways of writing there are."""
    read = [
        ExportFormat(
            each.name,
            each.title,
            each.loses,
            each.suffix,
            kinds_of(each),
            isinstance(each, WritesFolder),
        )
        for each in formats().values()
        if each.suffix or isinstance(each, WritesFolder)
    ]
    others = [
        ExportFormat(each.name, each.title, each.loses, each.suffix, each.kinds)
        for each in (make(_USUAL) for make in _WRITERS.values())
    ]
    copy = ExportFormat(
        COPY,
        "A copy of the storage, SQLite",
        "the kept originals, which the format `original` writes",
        ".sheaf",
        frozenset(),
    )
    kept = ExportFormat(
        ORIGINAL,
        "The files as they were imported",
        "what was changed since",
        "",
        frozenset(Kind),
        is_folder=True,
    )
    return (*read, *others, copy, kept)


def export(  # noqa: PLR0913 - what, how and where to, each by name
    storage: Storage,
    format_name: str,
    target: Path | BinaryIO,
    *,
    query: Query | None = None,
    pks: Collection[int] | None = None,
    kind: Kind = Kind.TASK,
    options: ExportOptions = _USUAL,
    token: CancelToken | None = None,
    on_progress: Callable[[ExportProgress], None] = lambda _progress: None,
) -> Exported:
    """Write records: all, those a query finds, or those with some pks.

    Batches bring their tasks, tasks the batches they are in. A file is written under a
    temporary name, read back and compared, and then takes its own name; a manifest says
    beside it what was written. The format `original` writes the kept originals into a
    folder, as far as they are there; `sqlite` copies the whole storage.

    Raises:
        ExchangeError: there is no such format, or nothing to write.
        UnwritableFileError: the file cannot be written, or not be read back; what was
            there before is kept.
        WorkCancelledError: `token` was cancelled; no file is left.
    """
    kind = kind if query is None else query.kind
    if (query, pks) != (None, None):
        _refuse_unfit(format_name, kind)
    refuse_unredacted(format_name, options)
    selection = select(storage, query=query, pks=pks, kind=kind, related=options.related)
    run = ExportRun(storage, selection, options, token or CancelToken(), on_progress)
    if format_name == ORIGINAL:
        return run.originals(_path(target, "Originals are several files."))
    if format_name == COPY:
        return run.copy(_path(target, "A copy of the storage is no stream.", "Name a file."))
    file = writer_of(format_name, options)
    if isinstance(file, FolderFile):
        return run.folder(file, _path(target, "Several files come of this."))
    return run.file(file, target)


def writer_of(format_name: str, options: ExportOptions = _USUAL) -> Written | FolderFile:
    """Return what writes one export in a format.

    Raises:
        ExchangeError: there is no such format.
    """
    if format_name in _WRITERS:
        return _WRITERS[format_name](options)
    chosen = formats().get(format_name)
    if isinstance(chosen, WritesFolder):
        return FolderFile(chosen)
    if chosen is None or not chosen.suffix:
        known = ", ".join(each.name for each in export_formats())
        raise ExchangeError(
            f"There is no format named {format_name} to write.",
            safe="No file was written.",
            advice=f"Use one of {known}.",
        )
    return FormatFile(chosen)


def refuse_unredacted(format_name: str, options: ExportOptions) -> None:
    """Refuse to take secrets out of what is written byte for byte.

    Raises:
        ExchangeError: the format writes it so.
    """
    if options.redact is not False and format_name in _UNREDACTED:
        raise ExchangeError(
            f"The format {format_name} writes everything as it is: nothing can be redacted.",
            safe="No file was written.",
            advice="Use another format, or leave the secrets in.",
        )


def _path(target: Path | BinaryIO, reason: str, advice: str = "Name a folder.") -> Path:
    if not isinstance(target, Path):
        raise UnwritableFileError(reason, advice=advice)
    return target


def _refuse_unfit(format_name: str, kind: Kind) -> None:
    """Refuse a format that cannot carry some records of a kind alone.

    Raises:
        ExchangeError: it cannot.
    """
    fit = [each.name for each in export_formats() if kind in each.kinds]
    known = {each.name for each in export_formats()}
    if format_name in known and format_name not in fit:
        raise ExchangeError(
            f"The format {format_name} cannot carry {kind.plural} alone.",
            safe="No file was written.",
            advice=f"Use {' or '.join(fit)}, or export everything.",
        )
