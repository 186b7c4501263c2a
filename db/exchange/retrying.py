"""Trying again what an import set aside, once somebody mended it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial

from db.cancel import CancelToken
from db.errors import ExchangeError, MalformedFileError
from db.exchange.choices import ImportChoices
from db.exchange.importing import Meter, ignore_progress, stage_sources
from db.exchange.json_reader import JsonCursor
from db.exchange.sources import Source
from db.incoming import PROBLEM_CHARS, BadRecords
from db.ports import Storage
from db.records import Outcome, SetAside


def retry(storage: Storage, pks: Sequence[int]) -> tuple[Outcome, int]:
    """Import what waits with these pks, as part of the files it came from.

    Returns the import, and how many of them go on waiting.

    Raises:
        MalformedFileError: all are still no JSON; nothing is imported.
        ExchangeError: none waits any more, or one is too long to be tried without its file.
    """
    items = storage.tray.get(pks)
    if not items:
        raise ExchangeError("None of these waits any more.", advice="Look at the list again.")
    for item in items:
        if len(item.text) >= PROBLEM_CHARS:
            raise ExchangeError(
                f"What was set aside of {item.file} is too long to be kept here.",
                advice="Mend the file itself, and import it again.",
            )
    lines: dict[SetAside, str] = {}
    faults: list[MalformedFileError] = []
    for item in items:
        try:
            lines[item] = _line(item)
        except MalformedFileError as error:
            faults.append(error)
    if not lines:
        raise faults[0]
    sources = _sources(lines)
    meter = Meter(sum(source.size for source in sources), CancelToken(), ignore_progress)
    choices = ImportChoices(bad_records=BadRecords.SET_ASIDE)
    staging = stage_sources(storage, sources, choices, meter)
    outcome = staging.commit()
    taken = [item.pk for item in lines]
    if outcome.operation is None:
        storage.tray.drop(taken)
    else:
        storage.tray.take_in(taken, outcome.operation.pk)
    return outcome, len(faults) + staging.report.set_aside


def fault_in(text: str, file: str) -> MalformedFileError | None:
    """Return what keeps a text that was set aside from being JSON, or None."""
    try:
        _read(text, file)
    except MalformedFileError as error:
        return error
    return None


def _sources(lines: Mapping[SetAside, str]) -> list[Source]:
    """Return what waits as files of JSON lines, one for each file it came from."""
    texts: dict[tuple[str, str, str], list[str]] = {}
    for item, line in lines.items():
        texts.setdefault((item.file, item.format, item.origin), []).append(line)
    return [
        Source(
            name=file,
            path="",
            size=len(data),
            opened=partial(io.BytesIO, data),
            is_named=True,
            format_name=format_name,
            origin=origin,
        )
        for (file, format_name, origin), those in texts.items()
        for data in ["".join(those).encode("utf-8", "surrogatepass")]
    ]


def _line(item: SetAside) -> str:
    """Return the JSON of an item on one line, its numbers and strings as they are written.

    Raises:
        MalformedFileError: it is still no JSON.
    """
    return _read(item.text, item.file).replace("\r", " ").replace("\n", " ") + "\n"


def _read(text: str, file: str) -> str:
    """Return the text of the one JSON value that a text holds.

    Raises:
        MalformedFileError: it holds none, or more.
    """
    cursor = JsonCursor(io.BytesIO(text.encode("utf-8", "surrogatepass")), path=file)
    raw = cursor.value().raw
    cursor.end()
    return raw
