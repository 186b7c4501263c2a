"""One export: its files are written, read back, compared, and told of in a manifest."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, Final

from msgspec import Struct

from db.cancel import CancelToken
from db.errors import ExchangeError, StorageDamagedError, StorageMissingError
from db.exchange import manifest as manifests
from db.exchange.filing import (
    Hashed,
    free_name,
    opened_inside,
    opened_partial,
    partial_file,
    partial_folder,
    safe_name,
)
from db.exchange.formats.base import Selection
from db.exchange.manifest import FileEntry, Manifest
from db.exchange.outgoing import through
from db.exchange.redacting import Redactor, Watch
from db.exchange.selecting import uploads_of
from db.exchange.verifying import (
    FolderFile,
    Noting,
    ReadBack,
    Written,
    check,
    check_bytes,
    sha256_of,
)
from db.exchange.writers.table import CsvStyle
from db.originals import read_whole
from db.ports import CopyProgress, Storage
from db.query import EVERYWHERE, QUERIES
from db.records import Kind, UploadRecord

PROGRESS_SECONDS: Final = 0.1
MOST_NAMED: Final = 10
"""Records that are named of those that were left out."""

ORIGINAL: Final = "original"
COPY: Final = "sqlite"


class ExportProgress(Struct, frozen=True):
    """How far an export is, in records; in the end what was written is read back."""

    done: int
    total: int
    is_checking: bool = False


class Exported(Struct, frozen=True, kw_only=True):
    """What was written: so many records, or originals, and the names of those left out.

    Left out are originals that are missing from their folder or damaged there, or the first
    records of which nothing was read back. `verified` of the written ones were read back and
    found as they were meant; None where nothing can be read back. `secrets` are the
    different ones that were redacted, or found where that was asked for.
    """

    written: int
    left_out: tuple[str, ...] = ()
    verified: int | None = None
    manifest: Path | None = None
    secrets: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out, or read back otherwise than it was written."""
        return not self.left_out and self.verified in {None, self.written}


class ExportOptions(Struct, frozen=True, kw_only=True):
    """How an export is written.

    `redact` takes out everything that looks like a secret, or only those with some digests,
    but never those whose digests are in `keep`; `look_for_secrets` counts what is left in.
    `csv` is how tables are written. `related` takes into a dump of batches or tasks what
    belongs to them.
    """

    redact: bool | frozenset[str] = False
    keep: frozenset[str] = frozenset()
    look_for_secrets: bool = False
    manifest: bool = True
    csv: CsvStyle = CsvStyle()
    related: bool = False


class ExportRun:
    """One export: what is written, how, and how far it is."""

    def __init__(
        self,
        storage: Storage,
        selection: Selection,
        options: ExportOptions,
        token: CancelToken,
        on_progress: Callable[[ExportProgress], None],
    ) -> None:
        self._storage = storage
        self._selection = selection
        self._options = options
        self._token = token
        self._on_progress = on_progress
        self._due = 0.0
        self._done = 0
        self._total = 0
        only = None if options.redact is True else options.redact or ()
        self._redactor = Redactor(only, options.keep) if options.redact is not False else None
        self._watch = Watch() if options.look_for_secrets else None

    def file(self, file: Written, target: Path | BinaryIO) -> Exported:
        """Write one file, or to a stream, from which nothing can be read back."""
        self._total = file.size(self._storage, self._selection)
        source = self._source(file if isinstance(target, Path) else None)
        found = ReadBack()
        with closing(file.write(source, self._selection)) as pieces:
            if not isinstance(target, Path):
                self._pour(pieces, target)
                return Exported(written=self._done, secrets=self._secrets)
            with partial_file(target) as partial:
                with opened_partial(partial) as out:
                    self._pour(pieces, out)
                self._due = 0.0
                entry = FileEntry(target.name, out.size, out.sha256)
                self._check(file, partial, entry, found)
        manifest = manifests.path_of(target, is_folder=False)
        verified, left_out = self._judged(file, source, found)
        self._tell(manifest, file.name, [entry], found.counts, verified)
        return self._exported(manifest, verified, left_out)

    def folder(self, file: FolderFile, target: Path) -> Exported:
        """Write the files of a format into a folder."""
        self._total = file.size(self._storage, self._selection)
        source = self._source(file)
        entries: list[FileEntry] = []
        with partial_folder(target) as partial:
            for names, pieces in file.files(source, self._selection):
                path = partial.joinpath(*(safe_name(name, "unnamed") for name in names))
                with opened_inside(path) as out:
                    self._pour(pieces, out)
                name = path.relative_to(partial).as_posix()
                entries.append(FileEntry(name, out.size, out.sha256))
            found, self._due = ReadBack(), 0.0
            for entry in entries:
                path = partial / entry.path
                self._check(file, path, entry, found)
            found.settle()
            verified, left_out = self._judged(file, source, found)
            manifest = manifests.path_of(partial, is_folder=True)
            self._tell(manifest, file.name, entries, found.counts, verified)
        return self._exported(target / manifest.name, verified, left_out)

    def copy(self, target: Path) -> Exported:
        """Copy the whole storage; SQLite checks the copy, and each kind is counted in it."""
        self._total = sum(
            self._storage.count(made(places=EVERYWHERE), self._token)
            for made in QUERIES.values()
        )

        def on_progress(copied: CopyProgress) -> None:
            done = self._total * copied.done // max(copied.total, 1)
            self._on_progress(ExportProgress(done, self._total))

        with partial_file(target) as partial:
            counts = self._storage.copy_to(partial, self._token, on_progress).counts
            with partial.open("rb") as stream:
                sha256, size = sha256_of(stream, self._token), stream.tell()
        self._done = sum(counts.values())
        entry = FileEntry(target.name, size, sha256)
        manifest = manifests.path_of(target, is_folder=False)
        self._tell(manifest, COPY, [entry], counts, self._done)
        return self._exported(manifest, self._done)

    def originals(self, target: Path) -> Exported:
        """Write the originals of the selected records, each compared with its hash."""
        wanted = uploads_of(self._storage, self._selection)
        if not wanted:
            raise ExchangeError(
                "None of these records came from a file, so there is no original to write.",
                safe="No file was written.",
                advice="Choose imported records, or another format.",
            )
        names: set[str] = {manifests.FILE_NAME}
        entries: list[FileEntry] = []
        left_out: list[str] = []
        self._total = len(wanted)
        with partial_folder(target) as partial:
            for upload in wanted:
                path = partial / free_name(upload.name, names)
                try:
                    entries.append(self._original(upload, path))
                except (StorageMissingError, StorageDamagedError):
                    path.unlink(missing_ok=True)
                    left_out.append(upload.name)
            manifest = manifests.path_of(partial, is_folder=True)
            self._tell(manifest, ORIGINAL, entries, {}, self._done)
        return self._exported(target / manifest.name, self._done, tuple(left_out))

    def _original(self, upload: UploadRecord, path: Path) -> FileEntry:
        pieces = read_whole(self._storage.originals_folder(), upload.sha256)
        with opened_inside(path) as out:
            self._pour(((piece, 0) for piece in pieces), out)
        check_bytes(path, upload.sha256, self._token)
        self._done += 1
        return FileEntry(path.name, out.size, out.sha256)

    @property
    def _secrets(self) -> int | None:
        watch = self._redactor or self._watch
        return None if watch is None else watch.count

    def _source(self, file: Noting | None) -> Storage:
        """Return the storage as it is to be written; `file` takes note of it, to compare."""
        if file is None and self._redactor is None and self._watch is None:
            return self._storage

        def step(name: str, value: Any) -> Any:
            if self._watch is not None:
                self._watch.value(value)
            after = value if self._redactor is None else self._redactor.value(value)
            if file is not None:
                file.note(name, after, is_redacted=after is not value)
            return after

        return through(self._storage, step)

    def _pour(self, pieces: Iterator[tuple[bytes, int]], out: BinaryIO | Hashed) -> None:
        """Write pieces of a file, each with how many records it ends."""
        for piece, records in pieces:
            self._token.check()
            out.write(piece)
            self._done += records
            self._say(ExportProgress(self._done, self._total))

    def _say(self, progress: ExportProgress) -> None:
        """Tell how far it is, now and then."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + PROGRESS_SECONDS
            self._on_progress(progress)

    def _check(self, file: Noting, path: Path, entry: FileEntry, found: ReadBack) -> None:
        """Read a file back, unless no record is in it."""
        self._say(ExportProgress(self._done, self._done, is_checking=True))
        check_bytes(path, entry.sha256, self._token)
        if self._done:
            check(file, path, entry.path, self._token, found)

    def _judged(
        self, file: Noting, source: Storage, found: ReadBack
    ) -> tuple[int, tuple[str, ...]]:
        """Return how many records are as they were meant, and the names of some others."""
        verified = file.verified(self._done, found)
        if verified >= self._done:
            return verified, ()
        missing = file.missing(source, self._selection, found)
        return verified, tuple(
            f"{kind.word} {record.id}: {record.title}"
            for kind, record in itertools.islice(missing, MOST_NAMED)
        )

    def _tell(
        self,
        path: Path,
        format_name: str,
        entries: Sequence[FileEntry],
        counts: Mapping[Kind, int],
        verified: int,
    ) -> None:
        """Write the manifest, if one is wanted."""
        if not self._options.manifest:
            return
        if self._selection.others is not None and self._selection.others[0] not in counts:
            # Whatever kind of record their format's reader makes of them.
            counts = {self._selection.others[0]: self._done}
        manifests.write(
            Manifest(
                format=format_name,
                schema_version=self._storage.info().schema_version,
                records=self._done,
                verified=verified,
                redacted=0 if self._redactor is None else self._redactor.count,
                counts=counts,
                files=tuple(entries),
            ),
            path,
        )

    def _exported(
        self, manifest: Path, verified: int, left_out: tuple[str, ...] = ()
    ) -> Exported:
        return Exported(
            written=self._done,
            left_out=left_out,
            verified=verified,
            manifest=manifest if self._options.manifest else None,
            secrets=self._secrets,
        )
