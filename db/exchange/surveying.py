"""What files are, told before they are read: their formats, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from db.cancel import CancelToken
from db.errors import ExchangeError, MalformedFileError
from db.exchange.asking import answering, read_by, sureness
from db.exchange.document import Document
from db.exchange.encoding import HEAD_BYTES, detect_encoding
from db.exchange.formats.base import Format, TakesMapping, formats
from db.exchange.importing import recognise
from db.exchange.mapping import Mapping
from db.exchange.sources import Source
from db.incoming import IncomingBatch, IncomingRecord, IncomingRow, IncomingTask

MOST_SURVEYED: Final = 500
PREVIEWED: Final = 20


class Surveyed(Struct, frozen=True, kw_only=True):
    """A file as it looks at its start. `size` is in bytes.

    `format_name` is empty where it is in no known format, or not to be used, as `reason`
    says. `sure` is how well the format fits, from 0 to 1. `rows` are the first objects of
    a list of unknown shape. `encoding` is that of its text. `failed_formats` says by name
    why formats could not be asked.
    """

    name: str
    size: int
    format_name: str = ""
    sure: float = 0.0
    reason: str = ""
    rows: tuple[dict[str, Any], ...] = ()
    encoding: str = ""
    failed_formats: dict[str, str] = {}

    @property
    def takes_mapping(self) -> bool:
        """Whether a mapping says what its objects are."""
        return bool(self.rows)


def survey(
    sources: Sequence[Source], token: CancelToken, chosen: dict[str, str] | None = None
) -> tuple[Surveyed, ...]:
    """Return what the first files are, reading no more than the start of each.

    `chosen` are formats that somebody chose for files, by name.

    Raises:
        WorkCancelledError: `token` was cancelled.
    """
    found = []
    for source in sorted(sources, key=lambda each: bool(each.passed_over))[:MOST_SURVEYED]:
        token.check()
        found.append(_look_at(source, (chosen or {}).get(source.name)))
    return tuple(found)


def _look_at(source: Source, named: str | None) -> Surveyed:
    failed: dict[str, str] = {}
    seen = Surveyed(name=source.name, size=source.size, failed_formats=failed)
    if source.passed_over:
        return _unused(seen, f"Passed over, as {source.passed_over}.")
    try:
        with source.opened() as stream:
            encoding, mark = detect_encoding(stream.read(HEAD_BYTES))
            stream.seek(0)
            name = "UTF-8" if encoding == "utf-8" else "UTF-16"
            seen = replace(seen, encoding=f"{name}, BOM" if mark else name)
            document = Document(stream, name=source.name, path=source.path)
            best = recognise(document, named or source.format_name, failed)
            with answering(best, source.name):
                rows = best.rows(document.sample) if isinstance(best, TakesMapping) else []
            return replace(
                seen,
                format_name=best.name,
                sure=sureness(best, document.sample, failed),
                rows=tuple(rows),
            )
    except MalformedFileError as error:
        return _unused(seen, f"{error.place}{error.reason}".removeprefix(f"{source.name}, "))
    except ExchangeError as error:
        return _unused(seen, error.what)


def _unused(seen: Surveyed, reason: str) -> Surveyed:
    return replace(seen, reason=reason)


def preview(
    source: Source, format_name: str, mapping: Mapping | None
) -> list[IncomingTask | IncomingRecord]:
    """Return the first records that a file gives, by a mapping if there is one.

    Those that cannot be used are left out.

    Raises:
        ExchangeError: it cannot be read.
    """
    chosen = formats()[format_name]
    if isinstance(chosen, TakesMapping) and mapping is not None:
        with answering(chosen, source.name):
            chosen = chosen.mapped(mapping)
    with source.opened() as stream:
        document = Document(
            stream, name=source.name, path=source.path, on_problem=lambda _problem: None
        )
        return list(islice(_records(chosen, document), PREVIEWED))


def _records(chosen: Format, document: Document) -> Iterator[IncomingTask | IncomingRecord]:
    for record in read_by(chosen, document):
        if not isinstance(record, IncomingBatch | IncomingRow):
            yield record
