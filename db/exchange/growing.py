"""Files that grew since they were imported: what they begin with is known already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from msgspec import Struct

from db.exchange.document import Document, OnProblem, Paused
from db.exchange.formats.base import Format, Incoming, grown_kinds
from db.exchange.sources import Source
from db.incoming import ImportReport, IncomingRecord, IncomingTask, Problem, kind_of_incoming
from db.ports import Storage
from db.records import Kind, UploadRecord

SMALLEST_BYTES: Final = 64 << 10
"""Smaller files are kept and compared as a whole: that is no work."""

MARGIN_BYTES: Final = 1 << 20
"""What stood so near the end may look different now that something stands behind it."""

_BLOCK_BYTES: Final = 1 << 20


class Grown(Struct, frozen=True):
    """The beginning of a file, as it was imported before and is kept."""

    upload: UploadRecord
    is_whole: bool
    """Whether all that it brought is still there."""
    has_more: bool
    """Whether something stands behind it by now."""

    @property
    def kept(self) -> tuple[str, int]:
        """The hash and the size of the kept original."""
        return self.upload.sha256, self.upload.size

    def is_settled(self, offset: int | None, length: int | None) -> bool:
        """Whether a part of the file is known, and nothing behind it can change it."""
        if offset is None or length is None:
            return False
        return offset + length <= self.upload.size - MARGIN_BYTES


def grown(storage: Storage, source: Source, stream: BinaryIO) -> Grown | None:
    """Return what a file begins with, if that was imported from the same place before.

    The stream is read, and set back to its start.
    """
    before = storage.last_upload(source.path) if source.path else None
    if before is None or before.size < SMALLEST_BYTES or before.size > source.size:
        return None
    is_same = _hash(stream, before.size) == before.sha256
    stream.seek(0)
    if not is_same:
        return None
    is_whole = storage.is_whole_since(before.created_at)
    return Grown(before, is_whole, has_more=before.size < source.size)


def _hash(stream: BinaryIO, size: int) -> str:
    seen = hashlib.sha256()
    while size > 0 and (block := stream.read(min(size, _BLOCK_BYTES))):
        seen.update(block)
        size -= len(block)
    return seen.hexdigest()


_KEPT_READERS: Final = 4
"""So many files that grew last are gone on with; it takes some megabytes for a large one."""

_paused: dict[str, tuple[str, str, str, Paused]] = {}
"""By the path of a file its hash, format and origin, and who read it."""


def _resumed(path: str, before: Grown, chosen: Format, origin: str | None) -> Paused | None:
    """Return who can go on with a file that grew; nobody else gets it."""
    sha256, format_name, known, paused = _paused.pop(path, ("", "", "", None))
    upload = before.upload
    is_same = (sha256, format_name, known) == (upload.sha256, chosen.name, origin)
    is_as_before = (upload.format, upload.origin) == (chosen.name, origin)
    return paused if is_same and is_as_before and before.is_whole else None


class News:
    """What of a file need not be compared with what is there, as nothing can be new in it."""

    def __init__(self, before: Grown | None) -> None:
        self._before = before if before is not None and before.is_whole else None
        self._kinds: frozenset[Kind] = frozenset()
        self._told = 0

    def go_on(self, document: Document, chosen: Format, origin: str | None) -> None:
        """Have only read what is new, if this process read what stands before it.

        Of formats whose records need what stands before them, the reader is kept for that.
        """
        if self._before is not None and self._before.has_more and document.path:
            document.resumed = _resumed(document.path, self._before, chosen, origin)
            self._told = 0 if document.resumed is None else document.resumed.told

    def pause(self, document: Document, chosen: Format, origin: str, sha256: str) -> None:
        """Keep who read the file, to go on when it has grown."""
        if document.paused is None or document.paused.offset < SMALLEST_BYTES:
            return
        while len(_paused) >= _KEPT_READERS:
            del _paused[next(iter(_paused))]
        _paused[document.path] = (sha256, chosen.name, origin, document.paused)

    def begin(self, chosen: Format, origin: str | None) -> None:
        """Take note of how the file is read now, which may be another way than before."""
        before = self._before
        if before and (before.upload.format, before.upload.origin) == (chosen.name, origin):
            self._kinds = grown_kinds(chosen)

    def only(self, incoming: Iterator[Incoming], report: ImportReport) -> Iterator[Incoming]:
        """Yield the records but those that were read before; count these as identical."""
        if not self._kinds:
            yield from incoming
            return
        if self._told:
            word = Kind.MESSAGE.word
            report.identical[word] = report.identical.get(word, 0) + self._told
        for record in incoming:
            if self._is_known(record):
                assert isinstance(record, IncomingTask | IncomingRecord)
                word = kind_of_incoming(record).word
                report.identical[word] = report.identical.get(word, 0) + 1
            else:
                yield record

    def problems(self, tell: OnProblem) -> OnProblem:
        """Return what is told, where a file grew, only of problems not there before.

        A file that did not grow is imported again by somebody who wants to know all of it.
        """
        before = self._before
        if before is None or not before.has_more:
            return tell

        def told(problem: Problem) -> None:
            if not before.is_settled(problem.offset, problem.length):
                tell(problem)

        return told

    def _is_known(self, record: Incoming) -> bool:
        if self._before is None or not isinstance(record, IncomingTask | IncomingRecord):
            return False
        return (
            kind_of_incoming(record) in self._kinds
            and (isinstance(record, IncomingRecord) or record.merge is None)
            and self._before.is_settled(record.offset, record.length)
        )
