"""`sheaf list`, `show` and `storages`."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from db.query import KEPT, LIVE, QUERIES, BatchQuery, Period, Query
from db.query_text import fold_kind, not_understood, read_query, unknown_names
from db.records import Kind, Place
from db.storage import backends
from db.times import DAY_US
from db.vocabulary import Status, fold_status
from desktop_app.cli.answer import Answer, Paper
from desktop_app.cli.documents import detail_document, record_documents, view_document
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import (
    Column,
    fields,
    local_minute,
    many_lines,
    one_line,
    paint,
    paint_status,
    short_id,
    table,
)
from desktop_app.cli.manual import VIEWS
from desktop_app.cli.session import cancelled_by_ctrl_c, chosen_uri, opened, tell

ACTIVE_DAYS: Final = 7

_PLACES: Final = {"no": LIVE, "yes": KEPT, "only": frozenset({Place.ARCHIVED})}
_Read = Callable[[Mapping[str, Any]], str]


def _field(name: str) -> _Read:
    return lambda item: str(item[name] or "")


def _home(item: Mapping[str, Any]) -> str:
    """Return the title of what a record belongs to."""
    names = ("conversation_title", "task_title", "batch_title")
    return next((item[name] for name in names if item.get(name)), "")


def _state(item: Mapping[str, Any]) -> str:
    """Return the word of a state; that of a running run whose lease has passed is its own."""
    return "stalled" if item.get("stalled") else str(item["status"])


_STATUS: Final = (Column("STATUS"), _state)
_SOURCE: Final = (Column("SOURCE", rank=3), _field("source"))
_IN: Final = (Column("IN", rank=3), _home)
_COLUMNS: Final[dict[Kind, tuple[tuple[Column, _Read], ...]]] = {
    Kind.BATCH: (
        _STATUS,
        (
            Column("DONE", rank=1, right=True),
            lambda item: f"{item['done']}/{item['total']}",
        ),
        _SOURCE,
    ),
    Kind.TASK: (
        _STATUS,
        (Column("PRIORITY", rank=2), _field("priority")),
        (Column("KIND", rank=3), _field("kind")),
    ),
    Kind.EXECUTION: (
        _STATUS,
        (Column("TURN", rank=1, right=True), _field("turn")),
        (Column("STEP", rank=2), _field("step")),
        _IN,
    ),
    Kind.STATUS_UPDATE: ((Column("BY", rank=1), _field("actor")), _IN),
    Kind.BUG: (_STATUS, (Column("SEVERITY", rank=1), _field("severity"))),
    Kind.DESIGN_NOTE: (_IN,),
    Kind.CONVERSATION: (
        (Column("MESSAGES", rank=1, right=True), lambda item: str(item["messages"])),
        (Column("ERRORS", rank=2, right=True), lambda item: str(item["errors"])),
        _SOURCE,
    ),
    Kind.MESSAGE: ((Column("ROLE"), _field("role")), _IN),
    Kind.LEARNING: (
        (Column("REVIEW"), _field("review")),
        (Column("SURE", rank=1, right=True), lambda item: f"{item['confidence']:.0%}"),
        (Column("CATEGORY", rank=2), _field("category")),
    ),
}
"""The columns that a kind has between the id and the last change and title."""


def list_records(options: Namespace) -> Answer:
    """List a page of records of one kind, with the total; or the saved views."""
    if options.what == VIEWS:
        return _list_views(options)
    kind = fold_kind(options.what)
    assert kind is not None
    query = _query(options, kind)
    with opened(options) as storage, cancelled_by_ctrl_c() as token:
        misread = not_understood(options.query, QUERIES[kind]())
        for note in (*misread, *unknown_names(query, storage.is_there)):
            tell(str(note))
        page = storage.find(query, options.limit, options.offset, token)
        items = record_documents(storage, kind, page.items)
    return Answer(
        {"items": items, "total": page.total},
        partial(_list_text, kind=kind, offset=options.offset),
    )


def show_record(options: Namespace) -> Answer:
    """Show everything about one record, or a saved view."""
    with opened(options) as storage:
        views = [view for view in storage.views.all() if options.id in {view.id, view.name}]
        for view in views:
            return Answer(view_document(view), _view_text)
        kind, pk = storage.resolve(options.id)
        history = storage.history.of_record(kind, pk)
        document = detail_document(storage, kind, storage.detail(kind, pk), history)
    return Answer(document, _record_text)


def _list_views(options: Namespace) -> Answer:
    with opened(options) as storage:
        views = storage.views.all()
    shown = views[options.offset : options.offset + options.limit]
    return Answer(
        {"items": [view_document(view) for view in shown], "total": len(views)}, _views_text
    )


def list_storages(options: Namespace) -> Answer:
    """List the kinds of storage there are, and which one is used."""
    kinds = [
        {"scheme": backend.scheme, "title": backend.title} for backend in backends().values()
    ]
    return Answer({"storages": kinds, "current": chosen_uri(options)}, _storages_text)


def _query(options: Namespace, kind: Kind) -> Query:
    made = QUERIES[kind]
    sort, descending = _sort(options.sort, type(made().sort))
    query: Any = made(places=_PLACES[options.archived], descending=descending)
    query = replace(query, sort=sort)
    within = None if options.days is None else Period(younger_than=options.days * DAY_US)
    if isinstance(query, BatchQuery) and options.status == "active":
        query = replace(query, active_days=options.days or ACTIVE_DAYS)
    else:
        every = kind is Kind.BATCH and options.status == "all"
        if statuses := frozenset() if every else _statuses(options.status):
            query = _with_statuses(query, statuses)
        query = query if within is None else replace(query, updated=within)
    found: Query = read_query(options.query, query)
    return found


def _with_statuses(query: Query, statuses: frozenset[Status]) -> Query:
    if "statuses" not in query.__struct_fields__:
        raise UsageError(f"{query.kind.plural.capitalize()} have no state.")
    return replace(query, statuses=statuses)


def _statuses(words: str | None) -> frozenset[Status]:
    if words is None:
        return frozenset()
    folded = {word: fold_status(word) for word in words.split(",")}
    unknown = [word for word, status in folded.items() if status is None]
    if unknown:
        known = ", ".join(status.word for status in Status)
        raise UsageError(f"There is no state {unknown[0]!r}.", advice=f"There are {known}.")
    return frozenset(status for status in folded.values() if status is not None)


def _sort(word: str, sorts: type[StrEnum]) -> tuple[StrEnum, bool]:
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
    own = [column for column, _ in _COLUMNS[kind]]
    columns = (Column("ID"), *own, Column("UPDATED", rank=2), Column("TITLE"))
    listed = table(columns, rows, paper)
    shown = f"{offset + 1:,} to {offset + len(items):,} of {kind.counted(total)}"
    return f"{listed}\n{paint(shown, '2', paper)}"


def _row(item: Mapping[str, Any], paper: Paper, kind: Kind) -> tuple[str, ...]:
    own = [read(item) for _, read in _COLUMNS[kind]]
    return short_id(item["id"], paper), *own, local_minute(item["updated_at"]), item["title"]


def _record_text(item: Mapping[str, Any], paper: Paper) -> str:
    blocks = [
        paint(one_line(item["title"]), "1", paper),
        fields(_field_pairs(item, paper)),
        many_lines(item["description"].strip()),
        *(_long_text(item, name) for name in _LONG_FIELDS),
        *(_block_text(block, paper) for block in item.get("blocks", ())),
        _listing("Subtasks", map(_brief_text, item.get("children", ()))),
        _listing("Links", map(_link_text, item.get("links", ()))),
        *(_related_text(item, name) for name in item.get("related", ())),
        _listing("History", map(_history_text, item["history"])),
    ]
    return "\n\n".join(block for block in blocks if block)


_LONG_FIELDS: Final = ("steps", "proposed_fix", "context", "decision", "consequences")
_SHOWN_APART: Final = frozenset(
    {
        *_LONG_FIELDS, "title", "description", "raw", "source_range", "blocks", "children",
        "links", "related", "related_totals", "related_query", "history", "counts", "total",
        "finished", "status_word", "origin", "external_id", "version", "batch", "task",
        "conversation", "parent", "superseded_by", "stalled",
    }
)  # fmt: skip
_LABELS: Final = {
    "batch_title": "batch",
    "task_title": "task",
    "conversation_title": "conversation",
    "created_at": "created",
    "updated_at": "updated",
    "archived_at": "archived",
    "trashed_at": "trashed",
}


def _long_text(item: Mapping[str, Any], name: str) -> str:
    """Return a long field under its name. A run's decision is a word, and shown as one."""
    text = str(item.get(name) or "").strip()
    if not text or (name == "decision" and item["record"] == "run"):
        return ""
    return f"{name.replace('_', ' ').capitalize()}\n{many_lines(text)}"


def _block_text(block: Mapping[str, Any], paper: Paper) -> str:
    name = " ".join(filter(None, (block["type"].replace("_", " "), block.get("name"))))
    return f"{paint(one_line(name), '2', paper)}\n{many_lines(block.get('text', ''))}"


def _field_pairs(item: Mapping[str, Any], paper: Paper) -> list[tuple[str, str]]:
    theirs = f" (there: {one_line(item['status_word'])})" if item.get("status_word") else ""
    pairs = []
    for name, value in item.items():
        if name in _SHOWN_APART and not (name == "decision" and item["record"] == "run"):
            continue
        shown = _shown(name, value)
        if name == "status":
            shown = paint_status(_state(item), paper) + theirs
        pairs.append((_LABELS.get(name, name).replace("_", " ").capitalize(), shown))
    if "total" in item:
        pairs.append(("Tasks", f"{item['finished']} of {item['total']} finished"))
    source = " ".join(filter(None, (item["origin"], item["external_id"])))
    return [("Source", one_line(source)) if name == "Source" else (name, value)
            for name, value in pairs]  # fmt: skip


def _shown(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    if name.endswith(("_at", "_until")):
        return local_minute(value)
    if value is True:
        return "yes"
    return one_line(", ".join(value) if isinstance(value, list) else str(value))


def _listing(heading: str, lines: Any) -> str:
    listed = "\n".join(f"  {line}" for line in lines)
    return f"{heading}\n{listed}" if listed else ""


def _related_text(item: Mapping[str, Any], name: str) -> str:
    """Return the records of one relation, and where the others are to be seen."""
    shown = item["related"][name]
    lines = [_brief_text(record) for record in shown]
    more = item.get("related_totals", {}).get(name, 0) - len(shown)
    if more > 0:
        listed = f'sheaf list {name.replace("_", "-")} --query "{item["related_query"]}"'
        lines.append(f"and {more:,} more; {listed}")
    return _listing(name.replace("_", " ").capitalize(), lines)


def _brief_text(record: Mapping[str, Any]) -> str:
    said = _state(record) if record.get("status") else record.get("role")
    return f"{said:9}  {one_line(record['title'])}" if said else one_line(record["title"])


def _link_text(link: Mapping[str, Any]) -> str:
    arrow = "from" if link["direction"] == "incoming" else "to"
    return f"{link['kind']} {arrow}: {_brief_text(link)}"


def _history_text(entry: Mapping[str, Any]) -> str:
    after = {name: value for name, value in entry["after"].items() if name != "updated_at"}
    changed = ", ".join(_change_text(name, value) for name, value in after.items())
    state = " (taken back)" if entry["state"] == "undone" else ""
    told = f"{local_minute(entry['at'])}  {one_line(entry['operation'])}{state}"
    return f"{told} ({changed})" if changed else told


def _change_text(name: str, value: Any) -> str:
    """Return the name of a field that was changed, and of the records it refers to."""
    listed = value if isinstance(value, list) else [value]
    titles = [f"“{one_line(each['title'])}”" for each in listed if isinstance(each, dict)]
    return " ".join([name.replace("_", " "), *titles])


def _views_text(document: Mapping[str, Any], paper: Paper) -> str:
    rows = [
        (one_line(view["name"]), view["kind"], "yes" * view["is_default"], view["query"])
        for view in document["items"]
    ]
    columns = (Column("NAME"), Column("KIND"), Column("DEFAULT", rank=2), Column("FILTERS"))
    return table(columns, rows, paper) if rows else "There are no saved views."


def _view_text(view: Mapping[str, Any], _paper: Paper) -> str:
    order = f"{view['sort']}, {'descending' if view['descending'] else 'ascending'}"
    pairs = [
        ("View", one_line(view["name"])),
        ("Kind", view["kind"]),
        ("Id", view["id"]),
        ("Filters", one_line(view["query"]) or "none"),
        ("Order", order if view["sort"] else ""),
        ("Columns", ", ".join(view["columns"])),
        ("Opens first", "yes" if view["is_default"] else ""),
    ]
    listed = f"sheaf list {view['kind'].replace(' ', '-')} --query {shlex.quote(view['query'])}"
    return f"{fields(pairs)}\n\n{one_line(listed)}"


def _storages_text(document: Mapping[str, Any], paper: Paper) -> str:
    rows = [(kind["scheme"], kind["title"]) for kind in document["storages"]]
    listed = table((Column("SCHEME"), Column("KIND")), rows, paper)
    return f"{listed}\nIn use: {one_line(document['current'])}"
