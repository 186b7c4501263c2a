"""One export: its files are written, read back, compared, and told of in a manifest."""

from __future__ import annotations

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
    made_folder,
    opened_partial,
    partial_file,
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
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES
from db.records import Kind, UploadRecord

PROGRESS_SECONDS: Final = 0.1
ORIGINAL: Final = "original"
COPY: Final = "sqlite"


class ExportProgress(Struct, frozen=True):
    """How far an export is, in records; in the end what was written is read back."""

    done: int
    total: int
    is_checking: bool = False


class Exported(Struct, frozen=True, kw_only=True):
    """What was written: so many records, or originals, and the names of those left out.

    Left out are originals that are missing from their folder or damaged there. `verified`
    of the written ones were read back and found as they were meant; None where nothing can
    be read back. `secrets` are the different ones that were redacted, or found where that
    was asked for.
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
    `csv` is how tables are written.
    """

    redact: bool | frozenset[str] = False
    keep: frozenset[str] = frozenset()
    look_for_secrets: bool = False
    manifest: bool = True
    csv: CsvStyle = CsvStyle()


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
        with closing(file.write(source, self._selection)) as pieces:
            if not isinstance(target, Path):
                self._pour(pieces, target)
                return Exported(written=self._done, secrets=self._secrets)
            with partial_file(target) as partial:
                with opened_partial(partial) as out:
                    self._pour(pieces, out)
                found = self._checked(file, partial, target.name, out.sha256)
        entry = FileEntry(target.name, out.size, out.sha256)
        verified = file.verified(self._done, found)
        return self._finished(file.name, target, [entry], found.counts, verified)

    def folder(self, file: FolderFile, target: Path) -> Exported:
        """Write the files of a format into a folder."""
        self._total = file.size(self._storage, self._selection)
        made_folder(target)
        entries: list[FileEntry] = []
        for names, pieces in file.files(self._source(file), self._selection):
            path = target.joinpath(*(safe_name(name, "unnamed") for name in names))
            made_folder(path.parent)
            with partial_file(path) as partial, opened_partial(partial) as out:
                self._pour(pieces, out)
            name = path.relative_to(target).as_posix()
            entries.append(FileEntry(name, out.size, out.sha256))
        found = ReadBack()
        for entry in entries:
            found.join(self._checked(file, target / entry.path, entry.path, entry.sha256))
        verified = file.verified(self._done, found)
        return self._finished(file.name, target, entries, found.counts, verified)

    def copy(self, target: Path) -> Exported:
        """Copy the whole storage; SQLite checks the copy, and each kind is counted in it."""
        self._total = sum(
            self._storage.count(made(places=EVERYWHERE), self._token)
            for made in QUERIES.values()
        )

        def on_share(share: float) -> None:
            self._on_progress(ExportProgress(round(share * self._total), self._total))

        with partial_file(target) as partial:
            counts = self._storage.copy_to(partial, self._token, on_share)
            with partial.open("rb") as stream:
                sha256, size = sha256_of(stream, self._token), stream.tell()
        self._done = sum(counts.values())
        entry = FileEntry(target.name, size, sha256)
        return self._finished(COPY, target, [entry], counts, self._done)

    def originals(self, target: Path) -> Exported:
        """Write the originals of the selected records, each compared with its hash."""
        wanted = uploads_of(self._storage, self._selection)
        if not wanted:
            raise ExchangeError(
                "None of these records came from a file, so there is no original to write.",
                safe="No file was written.",
                advice="Choose imported records, or another format.",
            )
        made_folder(target)
        names: set[str] = {manifests.FILE_NAME}
        entries: list[FileEntry] = []
        left_out: list[str] = []
        self._total = len(wanted)
        for upload in wanted:
            try:
                entries.append(self._original(upload, target / free_name(upload.name, names)))
            except (StorageMissingError, StorageDamagedError):
                left_out.append(upload.name)
        return self._finished(ORIGINAL, target, entries, {}, self._done, tuple(left_out))

    def _original(self, upload: UploadRecord, path: Path) -> FileEntry:
        pieces = read_whole(self._storage.originals_folder(), upload.sha256)
        with partial_file(path) as partial:
            with opened_partial(partial) as out:
                self._pour(((piece, 0) for piece in pieces), out)
            check_bytes(partial, upload.sha256, self._token)
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
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + PROGRESS_SECONDS
                self._on_progress(ExportProgress(self._done, self._total))

    def _checked(self, file: Noting, path: Path, name: str, sha256: str) -> ReadBack:
        """Read a file back, unless no record is in it."""
        self._on_progress(ExportProgress(self._done, self._done, is_checking=True))
        check_bytes(path, sha256, self._token)
        return check(file, path, name, self._token) if self._done else ReadBack()

    def _finished(
        self,
        format_name: str,
        target: Path,
        entries: Sequence[FileEntry],
        counts: Mapping[Kind, int],
        verified: int,
        left_out: tuple[str, ...] = (),
    ) -> Exported:
        """Write the manifest, and return what was done."""
        path = manifests.path_of(target, is_folder=target.is_dir())
        if self._selection.others is not None and self._selection.others[0] not in counts:
            # Whatever kind of record their format's reader makes of them.
            counts = {self._selection.others[0]: self._done}
        if self._options.manifest:
            redacted = 0 if self._redactor is None else self._redactor.count
            manifests.write(
                Manifest(
                    format=format_name,
                    schema_version=self._storage.info().schema_version,
                    records=self._done,
                    verified=verified,
                    redacted=redacted,
                    counts=counts,
                    files=tuple(entries),
                ),
                path,
            )
        return Exported(
            written=self._done,
            left_out=left_out,
            verified=verified,
            manifest=path if self._options.manifest else None,
            secrets=self._secrets,
        )
