"""Writing records to files: all of them, or those that a query finds."""

from __future__ import annotations

import os
import re
import time
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from db.cancel import CancelToken
from db.errors import (
    ExchangeError,
    StorageDamagedError,
    StorageMissingError,
    UnwritableFileError,
)
from db.exchange.formats.base import BATCHES_AND_TASKS, Selection, formats, kinds_of, size_of
from db.originals import read_whole
from db.ports import Storage
from db.query import EVERYWHERE, BatchQuery, BatchSort, Query, TaskQuery, TaskSort
from db.records import BatchRecord, Detail, Kind, TaskRecord, UploadRecord

PROGRESS_SECONDS: Final = 0.1
ORIGINAL: Final = "original"
_UNSAFE: Final = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_RESERVED: Final = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)
}
"""File names that Windows keeps for devices, whatever their ending."""


class ExportFormat(Struct, frozen=True):
    """A way of writing: its name, its title, what it cannot carry, and the file's ending.

    `kinds` are those of which some records alone can be written.
    """

    name: str
    title: str
    loses: str
    suffix: str
    kinds: frozenset[Kind] = BATCHES_AND_TASKS


class ExportProgress(Struct, frozen=True):
    """How far an export is, in records."""

    done: int
    total: int


class Exported(Struct, frozen=True):
    """How many records, or originals, were written, and the names of those left out.

    Left out are originals that are missing from their folder or damaged there.
    """

    written: int
    left_out: tuple[str, ...] = ()


def export_formats() -> tuple[ExportFormat, ...]:
    """Return the ways of writing there are."""
    written = [
        ExportFormat(each.name, each.title, each.loses, each.suffix, kinds_of(each))
        for each in formats().values()
        if each.suffix
    ]
    kept = ExportFormat(
        ORIGINAL,
        "The files as they were imported",
        "what was changed since",
        "",
        frozenset(Kind),
    )
    return (*written, kept)


def export(
    storage: Storage,
    format_name: str,
    target: Path | BinaryIO,
    *,
    query: Query | None = None,
    pks: Collection[int] | None = None,
    kind: Kind = Kind.TASK,
    token: CancelToken | None = None,
    on_progress: Callable[[ExportProgress], None] = lambda _progress: None,
) -> Exported:
    """Write records: all, those a query finds, or those with some pks.

    Batches bring their tasks, tasks the batches they are in. A file is written under a
    temporary name and takes its own when it is whole. The format `original` writes the
    kept originals into a folder, as far as they are there.

    Raises:
        ExchangeError: there is no such format, or nothing to write.
        UnwritableFileError: the file cannot be written; what was there before is kept.
        WorkCancelledError: `token` was cancelled; no file is left.
    """
    kind = kind if query is None else query.kind
    if (query, pks) != (None, None):
        _refuse_unfit(format_name, kind)
    selection = select(storage, query=query, pks=pks, kind=kind)
    if format_name == ORIGINAL:
        return _write_originals(storage, selection, target)
    chosen = formats().get(format_name)
    if chosen is None or not chosen.suffix:
        known = ", ".join(each.name for each in export_formats())
        raise ExchangeError(
            f"There is no format named {format_name} to write.",
            safe="No file was written.",
            advice=f"Use one of {known}.",
        )
    total = size_of(chosen, storage, selection)
    with closing(chosen.write(storage, selection)) as pieces, _opened(target) as out:
        return Exported(_pour(pieces, out, total, token or CancelToken(), on_progress))


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


def select(
    storage: Storage,
    *,
    query: Query | None = None,
    pks: Collection[int] | None = None,
    kind: Kind = Kind.TASK,
) -> Selection:
    """Return the records that an export of these covers."""
    kind = kind if query is None else query.kind
    if pks is None and query is None:
        return Selection(
            batches=storage.ids(_all_batches()),
            tasks=_as_made(storage.ids(_all_tasks())),
            complete=True,
        )
    if pks is not None:
        found: Sequence[int] = list(pks)
    else:
        assert query is not None
        found = storage.ids(query)
    if kind is Kind.BATCH:
        return Selection(batches=found, tasks=_tasks_of(storage, found))
    if kind is not Kind.TASK:
        return Selection(batches=(), tasks=(), others=(kind, found))
    tasks = _records(storage, Kind.TASK, found)
    inside = (task.batch_pk for task in tasks if isinstance(task, TaskRecord))
    return Selection(batches=list(dict.fromkeys(pk for pk in inside if pk)), tasks=found)


def _all_batches() -> BatchQuery:
    return BatchQuery(places=EVERYWHERE, sort=BatchSort.CREATED, descending=False)


def _all_tasks(batch_id: str | None = None) -> TaskQuery:
    return TaskQuery(
        places=EVERYWHERE, sort=TaskSort.CREATED, descending=False, batch_id=batch_id
    )


def _tasks_of(storage: Storage, batches: Sequence[int]) -> list[int]:
    found: list[int] = []
    for batch in _records(storage, Kind.BATCH, batches):
        if isinstance(batch, BatchRecord):
            found += _as_made(storage.ids(_all_tasks(batch.id)))
    return found


def _as_made(pks: Sequence[int]) -> Sequence[int]:
    """Return pks in the order in which their records came: that of the file they were in."""
    return array("q", sorted(pks))


def _records(storage: Storage, kind: Kind, pks: Sequence[int]) -> Iterator[object]:
    for start in range(0, len(pks), 1000):
        yield from storage.fetch(kind, pks[start : start + 1000])


def _pour(
    pieces: Iterator[tuple[bytes, int]],
    out: BinaryIO,
    total: int,
    token: CancelToken,
    on_progress: Callable[[ExportProgress], None],
) -> int:
    """Write pieces of a file, each with how many records it ends."""
    done, due = 0, 0.0
    for piece, records in pieces:
        token.check()
        out.write(piece)
        done += records
        if time.monotonic() >= due:
            due = time.monotonic() + PROGRESS_SECONDS
            on_progress(ExportProgress(done, total))
    return done


@contextmanager
def _opened(target: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Open a file that appears under its name only when all went well."""
    if not isinstance(target, Path):
        yield target
        return
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        partial.replace(target)
    except OSError as error:
        raise UnwritableFileError(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _write_originals(
    storage: Storage, selection: Selection, target: Path | BinaryIO
) -> Exported:
    if not isinstance(target, Path):
        raise UnwritableFileError("Originals are several files.", advice="Name a folder.")
    wanted = _uploads_of(storage, selection)
    if not wanted:
        raise ExchangeError(
            "None of these records came from a file, so there is no original to write.",
            safe="No file was written.",
            advice="Choose imported records, or another format.",
        )
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFileError(f"{target} cannot be made: {error.strerror}.") from error
    folder = storage.originals_folder()
    names: set[str] = set()
    left_out = []
    for upload in wanted:
        try:
            with _opened(target / _free_name(upload.name, names)) as out:
                for piece in read_whole(folder, upload.sha256):
                    out.write(piece)
        except (StorageMissingError, StorageDamagedError):
            left_out.append(upload.name)
    return Exported(len(wanted) - len(left_out), tuple(left_out))


def _uploads_of(storage: Storage, selection: Selection) -> list[UploadRecord]:
    """Return the originals the selected records came from, each content once."""
    uploads = {upload.sha256: upload for upload in storage.uploads()}
    if selection.complete:
        return list(uploads.values())
    details: Iterator[Detail] = iter(storage.task_details(selection.tasks))
    if selection.others is not None:
        kind, others = selection.others
        details = (storage.detail(kind, pk) for pk in others)
    pks = {detail.source_range.upload_pk for detail in details if detail.source_range}
    return [upload for upload in uploads.values() if upload.pk in pks]


def _free_name(name: str, taken: set[str]) -> str:
    """Return a file name like `name` that is safe everywhere and not taken."""
    safe = _UNSAFE.sub("_", name).strip(". ") or "original"
    if safe.partition(".")[0].lower() in _RESERVED:
        safe = f"_{safe}"
    stem, dot, suffix = safe[:200].partition(".")
    number, free = 1, f"{stem}{dot}{suffix}"
    while free.lower() in taken:
        number += 1
        free = f"{stem} ({number}){dot}{suffix}"
    taken.add(free.lower())
    return free
