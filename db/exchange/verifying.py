"""Whether a written file says what was meant to be written: it is read back and compared."""

from __future__ import annotations

import hashlib
import json
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

import msgspec

from db.cancel import CancelToken
from db.errors import FailedFormatError, MalformedFileError, UnwritableFileError
from db.exchange.asking import origin_by, read_by, sureness
from db.exchange.companions import companions, details
from db.exchange.document import Document
from db.exchange.formats.base import (
    BATCHES_AND_TASKS,
    CountsItself,
    Files,
    Format,
    Incoming,
    Pieces,
    Selection,
    WritesFolder,
    counted_kinds,
    reads_text,
    size_of,
    title_in,
)
from db.exchange.formats.sheaf import DUMPS
from db.exchange.outgoing import TABLES, record_of, row_of
from db.exchange.rewriting import Entry
from db.incoming import IncomingRow, kind_of_incoming
from db.ports import Storage
from db.records import Kind, Record
from db.texts import storable

_BUCKETS: Final = 256
_FEW: Final = 1000
_GROWTH: Final = 1.25
_CHECKED_EVERY: Final = 1000
UNTITLED: Final = "Untitled"


class Prints:
    """Many values, of each a number of 64 bits made from it: 8 bytes a value."""

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(_BUCKETS)]

    def __len__(self) -> int:
        return sum(map(len, self._buckets))

    def add(self, *parts: object) -> None:
        """Take note of a value that JSON can carry."""
        number = _number(parts)
        self._buckets[number % _BUCKETS].append(number)

    def common(self, other: Prints) -> int:
        """Return how many values are in both, each as often as it is in both."""
        return sum(
            (Counter(mine) & Counter(theirs)).total()
            for mine, theirs in zip(self._buckets, other._buckets, strict=True)
        )

    def distinct(self) -> Prints:
        """Return each value once."""
        made = Prints()
        made._buckets = [_sorted_once(mine) for mine in self._buckets]
        return made


class Names:
    """Many texts that can be asked for, of each a print, however often it was added."""

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(_BUCKETS)]
        self._sorted = [0] * _BUCKETS
        """How many prints of each bucket are in order, each there once."""

    def add(self, text: str) -> None:
        """Take note of a text."""
        number = _number(text)
        place = number % _BUCKETS
        bucket = self._buckets[place]
        bucket.append(number)
        if len(bucket) > _FEW + self._sorted[place] * _GROWTH:
            self._sort(place)

    def __contains__(self, text: object) -> bool:
        number = _number(text)
        place = number % _BUCKETS
        if self._sorted[place] < len(self._buckets[place]):
            self._sort(place)
        bucket = self._buckets[place]
        found = bisect_left(bucket, number)
        return found < len(bucket) and bucket[found] == number

    def _sort(self, place: int) -> None:
        self._buckets[place] = _sorted_once(self._buckets[place])
        self._sorted[place] = len(self._buckets[place])


def _sorted_once(bucket: array[int]) -> array[int]:
    return array("Q", sorted({*bucket}))


def _number(parts: object) -> int:
    return int.from_bytes(hashlib.blake2b(_canonical(parts), digest_size=8).digest())


def _canonical(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (msgspec.MsgspecError, ValueError, OverflowError):
        return json.dumps(value).encode()


class ReadBack:
    """What was found in files: how many records of each kind, and prints of all they say.

    Where only how they are called can be compared, `names` are those of the records of each
    kind, and `known` of those that were to be written; `said` are all their texts.
    """

    def __init__(self) -> None:
        self.counts: Counter[Kind] = Counter()
        self.prints = Prints()
        self.names: defaultdict[Kind, Prints] = defaultdict(Prints)
        self.known = Prints()
        self.said = Names()

    def add(self, kind: Kind | None, *parts: object) -> None:
        """Take note of a record, or of something else that was written, with all it says."""
        if kind is not None:
            self.counts[kind] += 1
        self.prints.add(*parts)

    def add_named(self, kind: Kind, name: str, texts: Iterable[str], *, is_known: bool) -> None:
        """Take note of a record by its name, and of what it says."""
        self.counts[kind] += 1
        for text in texts:
            self.said.add(text)
        self.names[kind].add(name)
        if is_known:
            self.known.add(kind, name)

    def settle(self) -> None:
        """Count each record once that several files spoke of."""
        self.known = self.known.distinct()
        for kind, names in self.names.items():
            self.names[kind] = names.distinct()
            self.counts[kind] = len(self.names[kind])


class Noting(Protocol):
    """What is being written in one export, and how it is read back."""

    name: str

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records are to be written."""
        ...

    def note(self, name: str, value: Any, *, is_redacted: bool) -> None:
        """Take note of something that was read from the storage; see `db.exchange.outgoing`."""
        ...

    def read_back(self, path: Path, name: str, token: CancelToken, found: ReadBack) -> None:
        """Read a file, which is to have a name, and take note of what is in it.

        Raises:
            MalformedFileError: it cannot be read.
        """
        ...

    def verified(self, written: int, found: ReadBack) -> int:
        """Return how many of the written records were found as they were meant."""
        ...

    def missing(
        self, storage: Storage, selection: Selection, found: ReadBack
    ) -> Iterator[tuple[Kind, Record]]:
        """Yield the records of which nothing was found, as far as that can be told."""
        ...


class Written(Noting, Protocol):
    """One file."""

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield the pieces of the file, each with the number of records it completes."""
        ...


class _Noted:
    """Files in a format that can be read: its reader tells what is inside.

    The rows of a Sheaf dump are compared whole. Of other formats, which each carry something
    else, a record is known again by its title, its text or its name. A redacted record may be
    called otherwise by the rules of its file.
    """

    def __init__(self, chosen: Format) -> None:
        self.name = chosen.name
        self._format = chosen
        self._rows = Prints()
        self._said = Names()
        self._redacted = 0

    def size(self, storage: Storage, selection: Selection) -> int:
        """Return how many records are to be written."""
        return size_of(self._format, storage, selection)

    def note(self, name: str, value: Any, *, is_redacted: bool) -> None:
        """Take note of what a record is called, or of all that a row says."""
        self._redacted += is_redacted
        if isinstance(value, str):
            row = row_of(value)
            self._rows.add(name, row)
            self._say(row.get("title"), row.get("description"))
        elif isinstance(record := record_of(value), Record):
            text = getattr(value, "description", None)
            title = title_in(self._format, record.title)
            self._say(record.title, title, text, record.id, record.external_id)

    def _say(self, *texts: str | None) -> None:
        for text in filter(None, texts):
            self._said.add(_folded(text))

    @property
    def _is_dump(self) -> bool:
        return self.name in DUMPS

    def read_back(self, path: Path, name: str, token: CancelToken, found: ReadBack) -> None:
        """Read the file as an import does."""
        with path.open("rb") as stream:
            document = self._document(stream, path, name)
            if document.sample.fault is not None and not reads_text(self._format):
                raise document.sample.fault
            home = origin_by(self._format, document.sample) or ""
            for number, incoming in enumerate(read_by(self._format, document)):
                if number % _CHECKED_EVERY == 0:
                    token.check()
                self._find(incoming, home, found)

    def _document(self, stream: BinaryIO, path: Path, name: str) -> Document:  # noqa: ARG002
        # The file has not its own path yet.
        return Document(stream, name=name)

    def _find(self, incoming: Incoming, home: str, found: ReadBack) -> None:
        """Take note of something that was read; what is not counted in writing is not known.

        Only those of the same origin are one record if they have the same name.
        """
        if isinstance(incoming, IncomingRow):
            found.add(TABLES.get(incoming.table), incoming.table, incoming.row)
            return
        kind = kind_of_incoming(incoming)
        if kind not in counted_kinds(self._format):
            found.counts[kind] += 1
            return
        said = (incoming.title or UNTITLED, incoming.external_id, incoming.description)
        texts = [_folded(text) for text in said if text]
        is_known = any(text in self._said for text in texts)
        name = storable(f"{home}/{incoming.external_id}")
        found.add_named(kind, name, texts, is_known=is_known)

    def missing(
        self, storage: Storage, selection: Selection, found: ReadBack
    ) -> Iterator[tuple[Kind, Record]]:
        """Yield the records of a selection of which nothing was read back."""
        if self._is_dump:
            return
        for kind, detail in _counted(self._format, storage, selection):
            record = detail.record
            title = title_in(self._format, record.title)
            texts = (title, detail.description, record.id, record.external_id)
            if not any(_folded(text) in found.said for text in texts if text):
                yield kind, record

    def verified(self, written: int, found: ReadBack) -> int:
        """Return how many of the written records were found as they were meant."""
        if self._is_dump:
            missing = len(self._rows) - self._rows.common(found.prints)
            return max(0, written - missing)
        known = len(found.known)
        unknown = sum(map(len, found.names.values())) - known
        return min(written, known + min(self._redacted, unknown))


class FormatFile(_Noted):
    """One file in a format that can be read."""

    def write(self, storage: Storage, selection: Selection) -> Pieces:
        """Yield the pieces of the file."""
        return self._format.write(storage, selection)


class FolderFile(_Noted):
    """The files of a format of which several come."""

    def __init__(self, chosen: WritesFolder) -> None:
        super().__init__(chosen)
        self._files = chosen.files

    def files(self, storage: Storage, selection: Selection) -> Files:
        """Yield each file: the names that lead to it, and its pieces."""
        return self._files(storage, selection)

    def read_back(self, path: Path, name: str, token: CancelToken, found: ReadBack) -> None:
        """Read one of the files; one that the format does not know holds no records."""
        with path.open("rb") as stream:
            document = self._document(stream, path, name)
            is_known = sureness(self._format, document.sample, {}) > 0
        if is_known:
            super().read_back(path, name, token, found)

    def _document(self, stream: BinaryIO, path: Path, name: str) -> Document:
        return Document(stream, name=name, path=str(path))


def _counted(
    chosen: Format, storage: Storage, selection: Selection
) -> Iterator[tuple[Kind, Entry]]:
    """Yield the records that a format counts when it writes a selection."""
    yield from ((Kind.TASK, each) for each in storage.task_details(selection.tasks))
    is_several = isinstance(chosen, CountsItself) or selection.others is not None
    for kind in sorted(counted_kinds(chosen) - BATCHES_AND_TASKS) if is_several else ():
        pks = companions(storage, selection, kind)
        yield from ((kind, each) for each in details(storage, kind, pks))


def _folded(text: str) -> str:
    """Return a text as it is compared: some formats trim or wrap it."""
    return " ".join(storable(text).split())


def check_bytes(path: Path, sha256: str, token: CancelToken) -> None:
    """Make sure that what is on the disk is what was written there.

    Raises:
        UnwritableFileError: it is not.
        WorkCancelledError: `token` was cancelled.
    """
    with path.open("rb") as stream:
        if sha256_of(stream, token) != sha256:
            raise UnwritableFileError(
                "What reads back from the disk is not what was written there.",
                advice="Check the disk, or choose another one.",
            )


def check(file: Noting, path: Path, name: str, token: CancelToken, found: ReadBack) -> None:
    """Read a written file back, which is to have a name, and take note of what is in it.

    Raises:
        UnwritableFileError: it cannot be read.
        WorkCancelledError: `token` was cancelled.
    """
    try:
        file.read_back(path, name, token, found)
    except MalformedFileError as error:
        raise UnwritableFileError(
            f"{name} was written, but cannot be read back: {error.reason}",
            advice="Choose another format.",
        ) from error
    except FailedFormatError as error:
        raise UnwritableFileError(
            f"{name} was written, but cannot be read back. {error.what}",
            advice="Choose another format.",
        ) from error


def sha256_of(stream: BinaryIO, token: CancelToken) -> str:
    """Return the SHA-256 of what is left of a stream, in hexadecimal."""
    found = hashlib.sha256()
    while block := stream.read(1 << 20):
        token.check()
        found.update(block)
    return found.hexdigest()
