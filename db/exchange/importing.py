"""Importing files: recognise, read, and store behind the curtain until someone decides."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final, cast
from zipfile import BadZipFile

from db.cancel import CancelToken
from db.errors import (
    MalformedFileError,
    UnreadableFileError,
    UnrecognisedFileError,
    VanishedFileError,
)
from db.exchange.asking import answering, failure_words, origin_by, read_by, sureness
from db.exchange.choices import ImportChoices
from db.exchange.document import Document, Sample
from db.exchange.formats.base import (
    Format,
    Incoming,
    TakesMapping,
    formats,
    reads_text,
)
from db.exchange.growing import Grown, News, grown
from db.exchange.mapping import remembered
from db.exchange.problems import Problems
from db.exchange.sources import Source, found_sources, text_source
from db.ids import new_id
from db.incoming import (
    ImportReport,
    IncomingBatch,
    IncomingRecord,
    IncomingRow,
    IncomingTask,
    Progress,
    Sampled,
    Staging,
)
from db.originals import OriginalWriter
from db.ports import Storage
from db.records import Kind

CHUNK_RECORDS: Final = 20_000
CHUNK_CHARS: Final = 8 << 20
SAMPLE_RECORDS: Final = 200
PROGRESS_SECONDS: Final = 0.1
READ_BYTES: Final = 1 << 20


OnProgress = Callable[[Progress], None]
AS_USUAL: Final = ImportChoices()
PASTED: Final = "pasted text"


def ignore_progress(_progress: Progress) -> None:
    """Do nothing with it."""


def stage_import(
    storage: Storage,
    paths: Sequence[Path],
    choices: ImportChoices = AS_USUAL,
    *,
    token: CancelToken | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Staging:
    """Store all records of some files behind the curtain and say what they would change.

    A folder or a ZIP archive stands for the files in it; those of no known format are
    passed over and named in the report. What is returned must be committed or discarded.

    Records that cannot be used end it when all files were read, so that every one of them
    is named; or they are set aside, as `choices` say.

    Raises:
        ExchangeError: a file cannot be used; nothing is left behind.
        StorageUnavailableError: the storage cannot be written; nothing is left behind.
        WorkCancelledError: `token` was cancelled; nothing is left behind.
    """
    with found_sources(paths) as sources:
        meter = Meter(_size(sources), token or CancelToken(), on_progress)
        return stage_sources(storage, sources, choices, meter)


def stage_text(
    storage: Storage,
    text: str | bytes,
    choices: ImportChoices = AS_USUAL,
    *,
    name: str = PASTED,
    token: CancelToken | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Staging:
    """Do with pasted or piped text what `stage_import` does with files."""
    source = text_source(text, name)
    meter = Meter(source.size, token or CancelToken(), on_progress)
    return stage_sources(storage, [source], choices, meter)


def recognise(document: Document, format_name: str | None, failed: dict[str, str]) -> Format:
    """Return the format of a file, told by its content alone, or the one that was named.

    A format that raises is passed over; `failed` takes note of its name and why.

    Raises:
        UnrecognisedFileError: no format fits, or none has that name.
        MalformedFileError: it would be JSON, but for a fault.
    """
    is_text = document.sample.shape == "text"
    if format_name is not None:
        found = formats().get(format_name)
        if found is None:
            known = ", ".join(formats())
            raise UnrecognisedFileError(
                f"There is no format named {format_name}.", advice=f"Use one of {known}."
            )
        if is_text and document.sample.fault and not reads_text(found):
            raise document.sample.fault
        return found
    sure, best = max(
        (
            (sureness(each, document.sample, failed), each)
            for each in formats().values()
            if reads_text(each) or not is_text
        ),
        key=lambda pair: pair[0],
        default=(0.0, None),
    )
    if best is None or sure <= 0:
        fault = document.sample.fault
        if fault and not document.is_prose:
            raise fault.located(fault.path, " ".join([fault.advice, *failure_words(failed)]))
        if document.sample.shape == "array" and not document.sample.items:
            raise UnrecognisedFileError(
                f"{document.name} is an empty list: nothing to import.",
                advice="Look whether the program that wrote it was done.",
            )
        said = [f"{document.name} holds no list of records.", *failure_words(failed)]
        raise UnrecognisedFileError(" ".join(said))
    return best


def mapped(storage: Storage, chosen: Format, sample: Sample, choices: ImportChoices) -> Format:
    """Return a format as it reads by a mapping: the one chosen, or that kept for this shape."""
    if not isinstance(chosen, TakesMapping):
        return chosen
    with answering(chosen, sample.name):
        rows = chosen.rows(sample)
        mapping = choices.mapping_of(rows) or remembered(storage, rows)
        return chosen if mapping is None else chosen.mapped(mapping)


def _size(sources: Sequence[Source]) -> int:
    return sum(source.size for source in sources if not source.passed_over)


def _title(names: Sequence[str]) -> str:
    return f"Import {names[0]}" if len(names) == 1 else f"Import {len(names):,} files"


def stage_sources(
    storage: Storage, sources: Sequence[Source], choices: ImportChoices, meter: Meter
) -> Staging:
    """Store all records of some opened-up files; see `stage_import`."""
    problems = Problems(choices.bad_records)
    title = _title([source.name for source in sources])
    staging = storage.stage(title, choices.conflicts, choices.decided)
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="staging") as thread:
            for source in sources:
                meter.file = source.name
                store = _Store(staging, meter, problems, thread)
                _stage_or_pass_over(storage, store, source, choices)
        problems.end(staging)
        if not staging.report.files:
            raise _nothing_there(sources, staging.report)
        if len(staging.report.files) < len(sources):
            staging.retitle(_title(staging.report.files))
    except BaseException:
        staging.discard()
        raise
    return staging


def _nothing_there(sources: Sequence[Source], report: ImportReport) -> UnrecognisedFileError:
    """Say that no file could be used, and why some were not looked into."""
    is_one = len(sources) == 1
    where = sources[0].name if is_one else "None of the files there"
    what = f"{where} holds {'no ' if is_one else ''}records in a known format."
    reasons = {why: name for name, why in reversed(report.skipped.items())}
    said = (f"Passed over, as {why}: {name}." for why, name in reasons.items())
    return UnrecognisedFileError(" ".join([what, *said]))


def _stage_or_pass_over(
    storage: Storage, store: _Store, source: Source, choices: ImportChoices
) -> None:
    """Store the records of a file, or name it in the report as one without any."""
    report = store.staging.report
    if source.passed_over:
        report.skipped[source.name] = source.passed_over
        return
    begun = len(report.files)
    try:
        _stage_file(storage, store, source, choices)
    except (UnrecognisedFileError, VanishedFileError) as error:
        if source.origin:
            store.problems.add_file(source.name, error)
        elif source.is_named:
            raise
        else:
            is_gone = isinstance(error, VanishedFileError)
            (report.vanished if is_gone else report.passed_over).append(source.name)
    except (MalformedFileError, UnreadableFileError) as error:
        if len(report.files) > begun:
            raise
        store.problems.add_file(source.name, error)


class Meter:
    """Counts what was read, reports it ten times a second, and obeys the token."""

    def __init__(self, total: int, token: CancelToken, on_progress: OnProgress) -> None:
        self.file = ""
        self.records = 0
        self._done = 0
        self._total = total
        self._token = token
        self._on_progress = on_progress
        self._next = 0.0

    def count_bytes(self, block: bytes) -> None:
        """Take note of bytes that were read."""
        self._token.check()
        self._done += len(block)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PROGRESS_SECONDS
            self._on_progress(Progress(self._done, self._total, self.records, self.file))


def _stage_file(
    storage: Storage, store: _Store, source: Source, choices: ImportChoices
) -> None:
    with (
        source.opened() as stream,
        _naming(source.name),
        _kept_original(
            storage, store.meter, before := grown(storage, source, stream)
        ) as original,
    ):
        news = News(before)
        document = Document(
            stream,
            name=source.name,
            path=source.path,
            tee=original.feed,
            on_problem=news.problems(store.problems.add),
        )
        named = choices.format_of(source.name) or source.format_name
        failed = store.staging.report.failed_formats
        recognised = recognise(document, named, failed)
        chosen = mapped(storage, recognised, document.sample, choices)
        own = source.origin or origin_by(chosen, document.sample)
        news.go_on(document, chosen, own)
        incoming = store.problems.guarded(read_by(chosen, document), document)
        if source.is_part:
            incoming = map(_without_shell, incoming)
        head, sample = _head(incoming)
        is_whole = before is None and not document.is_unfinished
        if named and is_whole and not store.problems.in_file and not _holds_any(head, source):
            raise UnrecognisedFileError(
                f"No record of the format {chosen.name} was found in {source.name}.",
                advice="Look whether the file, or the format, is the one you meant.",
            )
        staging = store.staging
        origin = own or storage.find_origin(
            chosen.name, source.path, sample, staging.operation_pk
        )
        staging.begin_file(
            name=source.name,
            path=source.path,
            format_name=chosen.name,
            origin=origin or f"{chosen.name}:{new_id()}",
            duplicates=choices.duplicates_in(is_lines=document.sample.shape == "lines"),
        )
        news.begin(chosen, origin)
        store.add_all(news.only(chain(head, incoming), staging.report))
        while block := stream.read(READ_BYTES):
            original.feed(block)
        if document.is_unfinished:
            staging.report.unfinished.append(source.name)
        if document.lacks_originals:
            staging.report.without_originals.append(source.name)
        sha256, size = original.finish()
        staging.end_file(sha256=sha256, size=size)
        if own is not None:
            news.pause(document, chosen, own, sha256)
        store.problems.end_file(staging, source.name)


class _Tee:
    """Hands each block that is read to the kept original and to the meter."""

    def __init__(self, original: OriginalWriter, meter: Meter) -> None:
        self._original = original
        self._meter = meter

    def feed(self, block: bytes) -> None:
        self._original.feed(block)
        self._meter.count_bytes(block)

    def finish(self) -> tuple[str, int]:
        return self._original.finish()


@contextmanager
def _kept_original(storage: Storage, meter: Meter, before: Grown | None) -> Iterator[_Tee]:
    original = OriginalWriter(
        storage.originals_folder(), grown_from=None if before is None else before.kept
    )
    try:
        yield _Tee(original, meter)
    finally:
        original.abandon()


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Make sure that an error about a file's content names the file."""
    try:
        yield
    except MalformedFileError as error:
        raise (error if error.path else error.located(name)) from error.__cause__
    except (BadZipFile, zlib.error, EOFError) as error:
        raise UnreadableFileError(
            f"{name} is damaged inside its archive: {error}.",
            advice="Get the archive again, or unpack it and import what is whole.",
        ) from error
    except OSError as error:
        raise UnreadableFileError(
            f"{name} cannot be read, or its original not kept: {error.strerror}."
        ) from error


def _without_shell(record: Incoming) -> Incoming:
    """Return a record, of a batch only what names it: what is here of it stays."""
    if not isinstance(record, IncomingBatch):
        return record
    return IncomingBatch(external_id=record.external_id, title=record.title)


def _holds_any(head: Sequence[Incoming], source: Source) -> bool:
    """Whether a file has records; of a part of one, its shell is none."""
    return any(not (source.is_part and isinstance(each, IncomingBatch)) for each in head)


def _head(incoming: Iterator[Incoming]) -> tuple[list[Incoming], list[Sampled]]:
    """Return the first records, and what tells whether they are known already."""
    head: list[Incoming] = []
    sample: list[Sampled] = []
    for record in incoming:
        head.append(record)
        if isinstance(record, IncomingTask):
            title = None if record.merge else record.title
            sample.append((record.external_id, title, record.updated_at is not None))
        if len(head) >= SAMPLE_RECORDS:
            break
    return head, sample


class _Store:
    """Stores records in chunks; each is indexed while the next is being read.

    Indexing is SQLite's own work and leaves Python's lock free, so the two really run
    side by side; binding rows would not.
    """

    def __init__(
        self, staging: Staging, meter: Meter, problems: Problems, thread: Executor
    ) -> None:
        self.staging = staging
        self.meter = meter
        self.problems = problems
        self._thread = thread
        self._under_way: Future[None] | None = None

    def add_all(self, incoming: Iterable[Incoming]) -> None:
        """Store records in chunks that keep a transaction short, kind by kind in each.

        The kinds are in the order of what belongs to what, so a record's home is there.
        """
        chunk: dict[int, list[Incoming]] = {}
        records = chars = 0
        for record in incoming:
            if records >= CHUNK_RECORDS or chars >= CHUNK_CHARS:
                self._flush(chunk)
                chunk, records, chars = {}, 0, 0
            chunk.setdefault(_group(record), []).append(record)
            self.meter.records += 1
            records += 1
            chars += _chars(record)
        self._flush(chunk)
        self._wait()

    def _flush(self, chunk: dict[int, list[Incoming]]) -> None:
        self._wait()
        for group in sorted(chunk):
            self._add(chunk[group])
        self._under_way = self._thread.submit(self.staging.index_new)

    def _add(self, chunk: list[Incoming]) -> None:
        """Store records that are all of one type and kind."""
        first = chunk[0]
        if isinstance(first, IncomingTask):
            self.staging.add_tasks(cast("list[IncomingTask]", chunk))
        elif isinstance(first, IncomingBatch):
            self.staging.add_batches(cast("list[IncomingBatch]", chunk))
        elif isinstance(first, IncomingRecord):
            for problem in self.staging.add_records(cast("list[IncomingRecord]", chunk)):
                self.problems.add(problem)
        else:
            self.staging.add_rows(cast("list[IncomingRow]", chunk))

    def _wait(self) -> None:
        """Wait for the indexing under way, and let its error out."""
        if self._under_way is not None:
            self._under_way.result()


def _group(record: Incoming) -> int:
    """Return the number of a record's kind, or 0 for a row of a dump."""
    if isinstance(record, IncomingRecord):
        return record.kind
    if isinstance(record, IncomingTask):
        return Kind.TASK
    return Kind.BATCH if isinstance(record, IncomingBatch) else 0


def _chars(record: Incoming) -> int:
    """Return about how much text a record holds."""
    if isinstance(record, IncomingTask):
        return len(record.raw)
    if isinstance(record, IncomingRecord):
        return len(record.description) + sum(len(block.text) for block in record.blocks)
    return 0
