"""Trying again what an import set aside, once somebody mended it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from db.cancel import CancelToken
from db.errors import ExchangeError, MalformedFileError
from db.exchange.choices import ImportChoices
from db.exchange.fields import json_text
from db.exchange.importing import Meter, OnProgress, ignore_progress, stage_sources
from db.exchange.json_reader import JsonCursor
from db.exchange.sources import Source
from db.incoming import PROBLEM_CHARS, BadRecords, Staging
from db.job_run import MANY, ImportRun, is_backup_needed
from db.maintenance.manifest import BackupKind
from db.ports import Storage
from db.records import Outcome, SetAside

_EMPTY: Final = {"[]", "{}", "null", '""'}


def retry(
    storage: Storage, pks: Sequence[int], token: CancelToken | None = None
) -> tuple[Outcome, int]:
    """Import what waits with these pks, as part of the files it came from.

    It is a job, which can be stopped, if they are many or a backup comes first.

    Returns the import, and how many of them go on waiting.

    Raises:
        MalformedFileError: the only one is still no JSON; nothing is imported.
        ExchangeError: none waits any more, or the only one is too long to be tried without
            its file.
        WorkCancelledError: `token` was cancelled; nothing is imported.
    """
    items = storage.tray.get(pks)
    if not items:
        raise ExchangeError("None of these waits any more.", advice="Look at the list again.")
    lines: dict[SetAside, str] = {}
    faults: list[ExchangeError] = []
    for item in items:
        try:
            lines[item] = _line(item)
        except ExchangeError as error:
            faults.append(error)
    if len(faults) == len(items) == 1:
        raise faults[0]
    if not lines:
        return Outcome(operation=None), len(faults)
    sources = _sources(lines)
    staging = _staged(storage, sources, len(lines), token or CancelToken())
    outcome = staging.commit()
    unread = {problem.file for problem in staging.report.unreadable}
    taken = [item.pk for item in lines if item.file not in unread]
    if outcome.operation is None:
        storage.tray.drop(taken)
    else:
        storage.tray.take_in(taken, outcome.operation.pk)
    return outcome, len(items) - len(taken) + staging.report.set_aside


def _staged(
    storage: Storage, sources: Sequence[Source], number: int, token: CancelToken
) -> Staging:
    def read(tell: OnProgress) -> Staging:
        meter = Meter(sum(source.size for source in sources), token, tell)
        choices = ImportChoices(bad_records=BadRecords.SET_ASIDE)
        return stage_sources(storage, sources, choices, meter)

    if number < MANY and not is_backup_needed(storage, BackupKind.IMPORT):
        return read(ignore_progress)
    what = "a record that was" if number == 1 else f"{number:,} records that were"
    run = ImportRun(f"Import {what} set aside", {"paths": []}, token.cancel, asks=False)
    return run.stage(storage, read, token=token)


def fault_in(text: str, file: str) -> MalformedFileError | None:
    """Return what keeps a text that was set aside from being JSON, or None."""
    try:
        _read(text, file)
    except MalformedFileError as error:
        return error
    return None


def _sources(lines: Mapping[SetAside, str]) -> list[Source]:
    """Return what waits as files, of JSON lines or with all that stood around it.

    There is one for each file it came from, and for each list in that.
    """
    texts: dict[tuple[str, str, str, str], list[str]] = {}
    for item, line in lines.items():
        container, _, name = item.pointer.rpartition("/")
        is_entry = item.length is not None and bool(name)
        is_named = is_entry and not name.isdecimal()
        file = (item.file, item.format, item.origin, f"{container}/" if is_entry else "")
        texts.setdefault(file, []).append(
            f"{json_text(_unescaped(name))}:{line}" if is_named else line
        )
    return [
        Source(
            name=file,
            path="",
            size=len(data),
            opened=partial(io.BytesIO, data),
            is_named=True,
            format_name=format_name,
            origin=origin,
            is_part=bool(container),
        )
        for (file, format_name, origin, container), those in texts.items()
        for data in [_document(container, those).encode("utf-8", "surrogatepass")]
    ]


def _document(container: str, entries: Sequence[str]) -> str:
    """Return JSON lines, or a document with entries where the pointer to a container leads."""
    if not container:
        return "".join(entries)
    is_object = entries[0].startswith('"')
    text = ",".join(entries)
    text = f"{{{text}}}" if is_object else f"[{text}]"
    for token in reversed(container.strip("/").split("/")):
        if token.isdecimal():
            text = f"[{text}]"
        elif token:
            text = f"{{{json_text(_unescaped(token))}:{text}}}"
    return text


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _line(item: SetAside) -> str:
    """Return the JSON of an item on one line, its numbers and strings as they are written.

    Raises:
        MalformedFileError: it is still no JSON.
        ExchangeError: it was cut, as it is too long, or holds no record.
    """
    if len(item.text) >= PROBLEM_CHARS:
        raise ExchangeError(
            f"What was set aside of {item.file} is too long to be kept here.",
            advice="Mend the file itself, and import it again.",
        )
    try:
        text = _read(item.text, item.file)
    except MalformedFileError as error:
        raise error.located(item.file, "Mend its text at that place, then retry it.") from error
    if "".join(text.split()) in _EMPTY:
        raise ExchangeError(
            f"The mended text of {item.file} holds no record.",
            safe="It goes on waiting.",
            advice="Mend it again, or drop it.",
        )
    return text.replace("\r", " ").replace("\n", " ") + "\n"


def _read(text: str, file: str) -> str:
    """Return the text of the one JSON value that a text holds.

    Raises:
        MalformedFileError: it holds none, or more.
    """
    cursor = JsonCursor(io.BytesIO(text.encode("utf-8", "surrogatepass")), path=file)
    raw = cursor.value().raw
    cursor.end()
    return raw
