"""`sheaf set-aside`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from db.errors import ExchangeError
from db.exchange.faults import pointer_of
from db.exchange.retrying import retry
from db.ports import Storage
from desktop_app.cli.answer import (
    DONE,
    SET_ASIDE,
    SHOWN_PROBLEMS,
    STANDARD_STREAM,
    Answer,
    Paper,
    problem_text,
)
from desktop_app.cli.documents import operation_document
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import cut, one_line
from desktop_app.cli.session import Missing, cancelled_by_ctrl_c, opened

TEXT_WIDTH = 100


def set_aside(options: Namespace) -> Answer:
    """List what waits to be mended, or do one thing with some of it."""
    acts = {"mend": _mend, "retry": _retry, "drop": _drop}
    if options.act == "list":
        with opened(options, missing=Missing.IMAGINED) as storage:
            return _listed(storage, options)
    if not (options.numbers or options.all):
        raise UsageError(f"`set-aside {options.act}` needs numbers, or --all.")
    with opened(options, writes=True) as storage:
        return acts[options.act](storage, options)


def _listed(storage: Storage, options: Namespace) -> Answer:
    items = storage.tray.items(options.limit, options.offset)
    told = [{**to_builtins(item), "fault": pointer_of(item)} for item in items]
    return Answer({"items": told, "total": storage.tray.count()}, _list_text)


def _chosen(storage: Storage, options: Namespace) -> Sequence[int]:
    """Return the numbers that were named.

    Raises:
        ExchangeError: nothing waits with one of them.
    """
    if options.all:
        return [item.pk for item in storage.tray.items(storage.tray.count())]
    waiting = {item.pk for item in storage.tray.get(options.numbers)}
    if missing := [number for number in options.numbers if number not in waiting]:
        numbers = ", ".join(map(str, missing))
        raise ExchangeError(
            f"Nothing that was set aside waits with number {numbers}.",
            safe="Nothing was changed.",
            advice="`sheaf set-aside` lists what waits.",
        )
    return list(options.numbers)


def _mend(storage: Storage, options: Namespace) -> Answer:
    if options.text is None or len(options.numbers) != 1:
        raise UsageError("`set-aside mend` takes one number, and --text PATH.")
    text = (
        sys.stdin.read()
        if options.text == STANDARD_STREAM
        else Path(options.text).read_text("utf-8")
    )
    storage.tray.mend(*_chosen(storage, options), text)
    return Answer({"mended": options.numbers[0]}, lambda *_: "Mended; `retry` imports it.")


def _retry(storage: Storage, options: Namespace) -> Answer:
    with cancelled_by_ctrl_c() as token:
        chosen = _chosen(storage, options)
        outcome, waiting = retry(storage, chosen, token)
    tried = {*chosen}
    newest = max(chosen, default=0)
    still = [
        item
        for item in (storage.tray.items(storage.tray.count()) if waiting else ())
        if item.pk in tried or item.pk > newest
    ]
    document = {
        "operation": operation_document(outcome.operation),
        "waiting": waiting,
        "still": to_builtins(still),
    }
    return Answer(document, _retry_text, SET_ASIDE if waiting else DONE)


def _drop(storage: Storage, options: Namespace) -> Answer:
    pks = _chosen(storage, options)
    storage.tray.drop(pks)
    return Answer({"dropped": list(pks)}, lambda *_: f"Dropped {len(pks):,}.")


def _list_text(document: Mapping[str, Any], paper: Paper) -> str:
    if not document["items"]:
        return "Nothing is set aside."
    width = paper.width or TEXT_WIDTH
    lines = []
    for item in document["items"]:
        at = f" ({item['fault']})" if item["fault"] else ""
        lines.append(one_line(f"{item['pk']}  {problem_text(item)}{at}"))
        lines.append(cut(one_line(f"    {item['text']}"), width))
    return "\n".join((*lines, f"{len(document['items']):,} of {document['total']:,}"))


def _retry_text(document: Mapping[str, Any], _paper: Paper) -> str:
    done = "Nothing was new." if document["operation"] is None else "Imported."
    left = document["waiting"]
    if not left:
        return done
    if document["operation"] is None:
        done = "Nothing was imported."
    lines = [f"{done} {left:,} go on waiting, as they are still wrong:"]
    lines += [
        f"  {item['pk']}  {one_line(problem_text(item))}"
        for item in document["still"][:SHOWN_PROBLEMS]
    ]
    if (more := len(document["still"]) - SHOWN_PROBLEMS) > 0:
        lines.append(f"  and {more:,} more")
    return "\n".join(lines)
