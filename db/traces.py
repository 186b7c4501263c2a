"""What is to be forgotten, and what was found of it: the words of the right to delete."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from db.errors import StorageRejectedError
from db.records import Kind, Place

LEAST_SIGNS: Final = 3
_LEVELS: Final = 2
"""A text in JSON, and JSON in JSON: the history holds what was imported in this way."""


class Needles:
    """Texts that are looked for as people mean them: in any case, and as JSON writes them.

    One rule for values and for bytes: what is found in no value that a file holds, and in
    none of its bytes, is not in it.
    """

    def __init__(self, texts: Iterable[str], *, exactly: bool = False) -> None:
        """Take texts, each of at least some signs; `exactly` looks for them as they are.

        Raises:
            StorageRejectedError: one is shorter, or cannot be written as UTF-8.
        """
        self.texts = tuple(text.strip() for text in texts)
        if any(len(text) < LEAST_SIGNS for text in self.texts):
            raise StorageRejectedError(
                f"A text of less than {LEAST_SIGNS} signs would be found nearly everywhere.",
                advice="Name the whole text: a name, an e-mail address, a path.",
            )
        written = {form for text in self.texts for form in _forms(text, exactly=exactly)}
        try:
            self._bytes = sorted({form.encode().lower() for form in written})
        except UnicodeEncodeError as error:
            raise StorageRejectedError(
                "The text holds signs that no file can hold.", advice="Write it again."
            ) from error
        self._values = sorted({form.lower() for form in written})

    def __bool__(self) -> bool:
        return bool(self._bytes)

    @property
    def longest(self) -> int:
        """The bytes of the longest of them: so many overlap where a file is read in parts."""
        return max(map(len, self._bytes), default=0)

    def stand_in(self, value: object) -> bool:
        """Whether a value of a table has one of them in it."""
        if isinstance(value, bytes):
            return bool(self.count(value))
        if not isinstance(value, str):
            return False
        lowered = value.lower()
        return any(form in lowered for form in self._values)

    def count(self, block: bytes) -> int:
        """Return how often they stand in some bytes."""
        lowered = block.lower()
        return sum(lowered.count(form) for form in self._bytes)

    def count_all(self, blocks: Iterable[bytes]) -> tuple[int, int]:
        """Return how many bytes there are in blocks, and how often they stand in these."""
        size = found = 0
        kept = b""
        for block in blocks:
            size += len(block)
            joined = kept + block
            found += self.count(joined) - self.count(kept)
            kept = joined[-(self.longest - 1) :] if self.longest > 1 else b""
        return size, found


def _forms(text: str, *, exactly: bool) -> Iterator[str]:
    """Yield the ways a text may be written: its case, its accents, and escaped in JSON."""
    if exactly:
        yield from _escaped(text, 1)
        return
    for accents in ("NFC", "NFD"):
        plain = unicodedata.normalize(accents, text)
        for form in {plain, plain.lower(), plain.upper(), plain.casefold(), plain.title()}:
            yield from _escaped(form, _LEVELS)


def _escaped(text: str, levels: int) -> Iterator[str]:
    yield text
    if levels:
        ways = {json.dumps(text, ensure_ascii=ascii_)[1:-1] for ascii_ in (True, False)}
        for form in ways | {form.replace("/", "\\/") for form in ways}:
            yield from _escaped(form, levels - 1)


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be forgotten: all that a text stands in, or records and what is theirs."""

    text: str = ""
    roots: tuple[tuple[Kind, int], ...] = ()


class Named(Struct, frozen=True):
    """A record that was found, as an example."""

    kind: Kind
    title: str


class OriginalTrace(Struct, frozen=True):
    """A kept original that is to go: so many records of it stay without it."""

    sha256: str
    name: str
    size: int
    staying: int


class Found(Struct, frozen=True, kw_only=True):
    """What a storage holds of what is to be forgotten.

    `records` are all that go, by kind, and `chosen` those of them that were meant, which the
    others are part of. `others` counts rows beside them, by what they are: `history
    entries`, `settings` and so on. `excerpts` are beginnings of the texts that go.
    """

    records: dict[Kind, int]
    chosen: dict[Kind, int]
    ids: tuple[str, ...]
    examples: tuple[Named, ...]
    others: dict[str, int]
    originals: tuple[OriginalTrace, ...]
    excerpts: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many records go."""
        return sum(self.records.values())


class Erased(Struct, frozen=True, kw_only=True):
    """What was taken out of a storage, and the operation that says so."""

    operation_pk: int
    found: Found


class TableTrace(Struct, frozen=True):
    """A table or index that was searched: its rows, and in how many of them it was found."""

    name: str
    rows: int
    found: int


class BytesTrace(Struct, frozen=True, kw_only=True):
    """The bytes of a file and its log that were searched, and how often it was found there.

    `size` is that of both, `log_size` that of the log.
    """

    size: int
    found: int
    log_size: int


class StorageSizes(Struct, frozen=True, kw_only=True):
    """What takes room in a storage, in bytes: by table with its indexes, and by batch.

    `free` are pages that hold nothing, `log` the write-ahead log.
    """

    total: int
    free: int
    log: int
    parts: tuple[PartSize, ...]
    batches: tuple[BatchSize, ...]


class PartSize(Struct, frozen=True):
    """A part of a storage: the records of a kind, or what else there is by its `name`."""

    name: str
    kind: Kind | None
    data: int
    indexes: int
    search: int

    @property
    def size(self) -> int:
        """All of it."""
        return self.data + self.indexes + self.search


class BatchSize(Struct, frozen=True):
    """A batch, or all that is in none, by the texts of its records."""

    pk: int | None
    title: str
    records: int
    size: int
    place: Place = Place.LIVE
