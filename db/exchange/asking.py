"""Asking formats for what they know: those of other packages may raise anything."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from zipfile import BadZipFile

from db.errors import FailedFormatError, SheafError, WorkCancelledError
from db.exchange.document import Document, Sample
from db.exchange.formats.base import Format, HasOrigin, Incoming

log = logging.getLogger("db.exchange.formats")

_ABOUT_FILES: Final = (OSError, BadZipFile, zlib.error, EOFError)
"""What reading a file may raise whatever its format is."""

_MOST_CHARS: Final = 200


def sureness(each: Format, sample: Sample, failed: dict[str, str]) -> float:
    """Return how sure a format is that a file is in it, from 0 to 1.

    One that raises is not; `failed` takes note of its name and why.
    """
    try:
        return float(each.recognise(sample))
    except Exception as error:
        log.info("The format %s failed at recognising a file.", each.name, exc_info=error)
        failed[each.name] = _words_of(error)
        return 0.0


def read_by(each: Format, document: Document) -> Iterator[Incoming]:
    """Yield the records of a file as a format reads them.

    Raises:
        MalformedFileError: what the file holds cannot be used.
        FailedFormatError: the format failed, which says nothing of the file.
    """
    with answering(each, document.name):
        yield from each.read(document)


def origin_by(each: Format, sample: Sample) -> str | None:
    """Return the origin that a format gives a file by its content, or None.

    Raises:
        FailedFormatError: the format failed.
    """
    with answering(each, sample.name):
        return each.origin(sample) if isinstance(each, HasOrigin) else None


@contextmanager
def answering(each: Format, file: str) -> Iterator[None]:
    """Make an error that names the format of whatever it raises but errors about files."""
    try:
        yield
    except (SheafError, WorkCancelledError, *_ABOUT_FILES):
        raise
    except Exception as error:
        log.info("The format %s failed at reading a file.", each.name, exc_info=error)
        raise FailedFormatError(
            f"The format {each.name} failed at reading {file}: {_words_of(error)}."
        ) from error


def failure_words(failed: Mapping[str, str]) -> Iterator[str]:
    """Yield which formats were passed over, and why, a sentence for each."""
    for name, why in failed.items():
        yield f"The format {name} was passed over, as it failed at recognising files: {why}."


def _words_of(error: Exception) -> str:
    words = " ".join(str(error).split()).rstrip(".")
    return words[:_MOST_CHARS] or type(error).__name__
