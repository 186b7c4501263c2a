"""Searching by text: what is found, how well it fits, and where it stands in the records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Final, TypeAlias

from peewee import JOIN, Expression

from db.blocks import block_text
from db.query import Query
from db.records import AnyRecord, Hit, Kind, MessageRecord
from db.snippets import SEARCHED_CHARS, Pieces, beginning, snippet
from db.sqlite import curtain, rows, selects
from db.sqlite.connection import Session
from db.sqlite.filters import filters, table_of
from db.sqlite.tables import LAYOUTS, SEARCHES
from db.terms import Terms
from db.times import now_us

RANKED: Final = 10_000
"""So many of the latest matches are ranked: some 15 ms."""

LONG_BYTES: Final = 4 * SEARCHED_CHARS
"""Of a longer text only the beginning is read."""

_WEIGHTS: Final = "bm25(8.0, 8.0, 1.0)"
"""What a match counts in the title, in the names and in the text."""
_TEXT_OF_BLOCK: Final = re.compile(r'"(?:text|name)":"((?:[^"\\]|\\.)*)')
_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-f]{0,4}|.)")

_Path: TypeAlias = tuple[tuple[Kind, int, str], ...]
_Homes: TypeAlias = dict[tuple[Kind, int | None], AnyRecord]


def hits(session: Session, query: Query, limit: int, *, best_first: bool) -> Iterator[Hit]:
    """Yield the first records that a query's text finds."""
    now = now_us()
    pks = _best(session, query, now, limit) if best_first else []
    if len(pks) < limit:
        own_order = selects.find(session, query, now, limit)
        pks = [*dict.fromkeys((*pks, *own_order))][:limit]
    records = rows.fetch(session, query.kind, pks)
    homes = _homes(session, records)
    for record in records:
        shown = _snippet(session, query, record)
        yield Hit(kind=query.kind, record=record, snippet=shown, path=_path(record, homes))


def _best(session: Session, query: Query, now: int, limit: int) -> list[int]:
    """Return the best of the latest matches, if there is anything to rank them by."""
    match, unwanted = query.terms.to_match()
    if not match or unwanted:
        return []
    name = LAYOUTS[query.kind].search_table
    oldest = session.value(
        f"SELECT rowid FROM {name} WHERE {name} MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?",
        (match, RANKED - 1),
    )
    search, table = SEARCHES[query.kind], table_of(query)
    # Joined in this order, the records are read one by one until there are enough.
    ranked = (
        search.select(search.rowid)
        .join(table, JOIN.CROSS, on=(table.pk == search.rowid))
        .where(
            Expression(getattr(search, name), "MATCH", match),
            Expression(search.rank, "MATCH", _WEIGHTS),
            search.rowid >= (oldest or 0),
            table.place.in_(sorted(query.places)),
            *curtain.hidden(session, query.kind).conditions(table.pk),
            *(each.plain for each in filters(query, now) if not each.by_pk),
        )
        .order_by(search.rank)
        .limit(limit)
    )
    return [pk for (pk,) in session.execute(*ranked.sql())]


def _snippet(session: Session, query: Query, record: AnyRecord) -> Pieces:
    """Return where the text stands in a record: in its long texts, its title or its names."""
    terms: Terms = query.terms
    first: Pieces = ()
    for text in _texts(session, query.kind, record.pk):
        found = snippet(terms, text)
        if found:
            return found
        first = first or beginning(text)
    return snippet(terms, record.title) or snippet(terms, record.external_id or "") or first


def _texts(session: Session, kind: Kind, pk: int) -> Iterator[str]:
    """Yield what the index has of a record's long fields, of long ones the beginning."""
    layout = LAYOUTS[kind]
    table = layout.body_table
    for field in layout.searched:
        size = session.value(f"SELECT octet_length({field}) FROM {table} WHERE pk = ?", (pk,))
        if not size:
            continue
        if size > LONG_BYTES:
            text = _beginning_of(session, table, field, pk)
            yield _salvaged(text) if field == "blocks" else text
        else:
            text = session.value(f"SELECT {field} FROM {table} WHERE pk = ?", (pk,))
            yield block_text(text) if field == "blocks" else text


def _beginning_of(session: Session, table: str, field: str, pk: int) -> str:
    """Read the beginning of a text without reading all of it, as SQL would."""
    with closing(session.connection.blob_open("main", table, field, pk, False)) as blob:  # noqa: FBT003
        return blob.read(LONG_BYTES).decode(errors="ignore")


def _salvaged(text: str) -> str:
    """Return what the blocks say in the beginning of their JSON text."""
    return " ".join(_ESCAPE.sub(" ", match[1]) for match in _TEXT_OF_BLOCK.finditer(text))


def _homes(session: Session, records: Sequence[AnyRecord]) -> _Homes:
    """Return the conversations and the tasks that records belong to, by kind and pk."""
    pks = {each.conversation_pk for each in records if isinstance(each, MessageRecord)}
    talks = rows.fetch(session, Kind.CONVERSATION, sorted(pks))
    on_tasks = {getattr(each, "task_pk", None) for each in (*records, *talks)}
    tasks = rows.fetch(session, Kind.TASK, sorted(pk for pk in on_tasks if pk is not None))
    return {
        **{(Kind.CONVERSATION, each.pk): each for each in talks},
        **{(Kind.TASK, each.pk): each for each in tasks},
    }


def _path(record: AnyRecord, homes: _Homes) -> _Path:
    """Return what a record is part of, from outside: the batch, that of its task first."""
    if isinstance(record, MessageRecord):
        home = homes[Kind.CONVERSATION, record.conversation_pk]
        return (*_path(home, homes), (Kind.CONVERSATION, home.pk, home.title))
    task = homes.get((Kind.TASK, getattr(record, "task_pk", None)))
    own = () if task is None else ((Kind.TASK, task.pk, task.title),)
    for each in (task, record):
        if (pk := getattr(each, "batch_pk", None)) is not None:
            return ((Kind.BATCH, pk, getattr(each, "batch_title", "")), *own)
    return own
