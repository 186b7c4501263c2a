"""`sheaf list`, `show` and `storages`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from db.query import KEPT, LIVE, BatchQuery, BatchSort, Period, Query, TaskQuery, TaskSort
from db.query_text import read_query
from db.records import Kind, Place
from db.storage import backends
from db.times import DAY_US
from db.vocabulary import Status, fold_status
from desktop_app.cli.answer import Answer, Paper
from desktop_app.cli.documents import detail_document, record_documents
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import (
    Column,
    fields,
    many_lines,
    one_line,
    paint,
    paint_status,
    table,
)
from desktop_app.cli.session import cancelled_by_ctrl_c, chosen_uri, opened

ACTIVE_DAYS: Final = 7

_SHORT_ID: Final = 18
"""Signs of an id made by Sheaf that tell it from all others: its time and its counter."""

_PLACES: Final = {"no": LIVE, "yes": KEPT, "only": frozenset({Place.ARCHIVED})}
_BATCH_COLUMNS: Final = (
    Column("ID"),
    Column("STATUS"),
    Column("DONE", rank=1, right=True),
    Column("UPDATED", rank=2),
    Column("SOURCE", rank=3),
    Column("TITLE"),
)
_TASK_COLUMNS: Final = (
    Column("ID"),
    Column("STATUS"),
    Column("PRIORITY", rank=2),
    Column("KIND", rank=3),
    Column("UPDATED", rank=1),
    Column("TITLE"),
)

_Q = TypeVar("_Q", BatchQuery, TaskQuery)
_S = TypeVar("_S", bound=StrEnum)


def list_records(options: Namespace) -> Answer:
    """List a page of batches or tasks, with the total."""
    query = _query(options)
    with opened(options) as storage, cancelled_by_ctrl_c() as token:
        page = storage.find(query, options.limit, options.offset, token)
        items = record_documents(storage, page.items)
    return Answer(
        {"items": items, "total": page.total},
        partial(_list_text, kind=_KINDS[options.what], offset=options.offset),
    )


def show_record(options: Namespace) -> Answer:
    """Show everything about one record."""
    with opened(options) as storage:
        kind, pk = storage.resolve(options.id)
        repo = storage.tasks if kind is Kind.TASK else storage.batches
        document = detail_document(storage, repo.get(pk), storage.history.of_record(kind, pk))
    return Answer(document, _record_text)


def list_storages(options: Namespace) -> Answer:
    """List the kinds of storage there are, and which one is used."""
    kinds = [
        {"scheme": backend.scheme, "title": backend.title} for backend in backends().values()
    ]
    return Answer({"storages": kinds, "current": chosen_uri(options)}, _storages_text)


_KINDS: Final = {"batches": Kind.BATCH, "tasks": Kind.TASK}


def _query(options: Namespace) -> Query:
    places = _PLACES[options.archived]
    within = None if options.days is None else Period(younger_than=options.days * DAY_US)
    if options.what == "tasks":
        tasks = TaskQuery(places=places, statuses=_statuses(options.status))
        return _narrowed(tasks, TaskSort, within, options)
    if options.status == "active":
        active = BatchQuery(places=places, active_days=options.days or ACTIVE_DAYS)
        return _narrowed(active, BatchSort, None, options)
    status = None if options.status == "all" else options.status
    batches = BatchQuery(places=places, statuses=_statuses(status))
    return _narrowed(batches, BatchSort, within, options)


def _narrowed(query: _Q, sorts: type[_S], within: Period | None, options: Namespace) -> _Q:
    sort, descending = _sort(options.sort, sorts)
    changes: dict[str, Any] = {"sort": sort, "descending": descending}
    if within is not None:
        changes["updated"] = within
    return read_query(options.query, replace(query, **changes))


def _statuses(words: str | None) -> frozenset[Status]:
    if words is None:
        return frozenset()
    folded = {word: fold_status(word) for word in words.split(",")}
    unknown = [word for word, status in folded.items() if status is None]
    if unknown:
        known = ", ".join(status.word for status in Status)
        raise UsageError(f"There is no state {unknown[0]!r}.", advice=f"There are {known}.")
    return frozenset(status for status in folded.values() if status is not None)


def _sort(word: str, sorts: type[_S]) -> tuple[_S, bool]:
    field, _, direction = word.partition(":")
    if field not in set(sorts) or direction not in {"", "asc", "desc"}:
        known = ", ".join(sorts)
        raise UsageError(
            f"There is no order {word!r}.",
            advice=f"There are {known}; `:desc` after it turns it around.",
        )
    return sorts(field), direction == "desc"


def _list_text(document: Mapping[str, Any], paper: Paper, *, kind: Kind, offset: int) -> str:
    items, total = document["items"], document["total"]
    if not items:
        there_are = kind.counted(total)
        return (
            f"No {there_are.split()[1]} here: {there_are} match." if total else "Nothing found."
        )
    rows = [_row(item, paper, kind) for item in items]
    listed = table(_TASK_COLUMNS if kind is Kind.TASK else _BATCH_COLUMNS, rows, paper)
    shown = f"{offset + 1:,} to {offset + len(items):,} of {kind.counted(total)}"
    return f"{listed}\n{paint(shown, '2', paper)}"


def _row(item: Mapping[str, Any], paper: Paper, kind: Kind) -> tuple[str, ...]:
    id_ = item["id"] if paper.width is None else item["id"][:_SHORT_ID]
    updated = _local(item["updated_at"])
    if kind is Kind.TASK:
        return id_, item["status"], item["priority"], item["kind"], updated, item["title"]
    done = f"{item['finished']}/{item['total']}"
    return id_, item["status"], done, updated, item["source"], item["title"]


def _record_text(item: Mapping[str, Any], paper: Paper) -> str:
    blocks = [
        paint(one_line(item["title"]), "1", paper),
        fields(_field_pairs(item, paper)),
        many_lines(item["description"].strip()),
        _listing("Subtasks", map(_brief_text, item.get("children", ()))),
        _listing("Links", map(_link_text, item.get("links", ()))),
        _listing("History", map(_history_text, item["history"])),
    ]
    return "\n\n".join(block for block in blocks if block)


def _field_pairs(item: Mapping[str, Any], paper: Paper) -> list[tuple[str, str]]:
    status = paint_status(item["status"], paper)
    theirs = f" (there: {one_line(item['status_word'])})" if item.get("status_word") else ""
    tasks = f"{item['finished']} of {item['total']} finished" if "total" in item else ""
    plain = {
        "Record": item["record"],
        "Id": item["id"],
        "Status": status + theirs,
        "Tasks": tasks,
        "Kind": item.get("kind"),
        "Priority": item.get("priority"),
        "Tags": ", ".join(item.get("tags", ())),
        "Batch": item.get("batch_title"),
        "Place": item["place"],
        "Source": " ".join(filter(None, (item["origin"], item["external_id"]))),
    }
    shown = [
        (name, value if name == "Status" else one_line(value or ""))
        for name, value in plain.items()
    ]
    moments = [
        (name.removesuffix("_at").capitalize(), _local(item[name]))
        for name in ("created_at", "updated_at", "archived_at", "trashed_at")
        if item[name]
    ]
    return shown + moments


def _listing(heading: str, lines: Any) -> str:
    listed = "\n".join(f"  {line}" for line in lines)
    return f"{heading}\n{listed}" if listed else ""


def _brief_text(task: Mapping[str, Any]) -> str:
    return f"{task['status']:9}  {one_line(task['title'])}"


def _link_text(link: Mapping[str, Any]) -> str:
    arrow = "from" if link["direction"] == "incoming" else "to"
    return f"{link['kind']} {arrow}: {_brief_text(link)}"


def _history_text(entry: Mapping[str, Any]) -> str:
    changed = ", ".join(entry["after"])
    return f"{_local(entry['at'])}  {one_line(entry['operation'])}" + (
        f" ({changed})" if changed else ""
    )


def _storages_text(document: Mapping[str, Any], paper: Paper) -> str:
    rows = [(kind["scheme"], kind["title"]) for kind in document["storages"]]
    listed = table((Column("SCHEME"), Column("KIND")), rows, paper)
    return f"{listed}\nIn use: {one_line(document['current'])}"


def _local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
