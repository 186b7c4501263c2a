"""Searching by text: what is found, how well it fits, and where it stands in the records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from db.blocks import block_text
from db.query import Query
from db.records import AnyRecord, Hit, Kind
from db.snippets import SEARCHED_CHARS, Pieces, beginning, snippet
from db.sqlite import curtain, index, rows, selects
from db.sqlite.connection import Row, Session
from db.sqlite.filters import is_start_of_id
from db.sqlite.long_texts import LongTexts, beginning_of, salvaged
from db.sqlite.tables import LAYOUTS, Layout
from db.times import now_us

RANKED: Final = 2000
"""So many of the latest matches are ranked: some 5 ms."""

LONG_BYTES: Final = SEARCHED_CHARS
"""Of a longer text the beginning is read, and the rest only where nothing stands in that."""

LOOKED_THROUGH_BYTES: Final = 1 << 26
"""So much of the rest of long texts is looked through for all hits together: up to 0.3 s."""

SHORT_BYTES: Final = 1 << 16
"""Shorter texts are read at once for all hits, longer ones each when it is needed."""

_WEIGHTS: Final = "8.0, 8.0, 1.0"
"""What a match counts in the title, in the names and in the text."""

_STEPS: Final = (Kind.BATCH, Kind.TASK, Kind.CONVERSATION)
_Path: TypeAlias = tuple[tuple[Kind, int, str], ...]


def hits(session: Session, query: Query, limit: int, *, best_first: bool) -> Iterator[Hit]:
    """Yield the first records that a query's text finds."""
    now = now_us()
    pks, is_all = _best(session, query, now, limit) if best_first else ([], False)
    if len(pks) < limit and not is_all:
        own_order = selects.find(session, query, now, limit)
        pks = [*dict.fromkeys((*pks, *own_order))][:limit]
    records = rows.fetch(session, query.kind, pks)
    texts = _short_texts(session, query.kind, pks)
    paths = _paths(session, query.kind, pks)
    rest = LongTexts(session, LAYOUTS[query.kind], query.terms, LOOKED_THROUGH_BYTES)
    for record in records:
        read = texts[record.pk]
        long = rest.snippets(record.pk, _long_fields(query.kind, read), LONG_BYTES)
        shown = _snippet(query, record, _texts(session, query.kind, read), long)
        path = paths.get(record.pk, ())
        yield Hit(kind=query.kind, record=record, snippet=shown, path=path)


def _best(session: Session, query: Query, now: int, limit: int) -> tuple[list[int], bool]:
    """Return the best of the latest matches, and whether there are no others."""
    match, unwanted = index.with_words(session, query.kind, query.terms).to_match()
    if not match or unwanted:
        return [], False
    name = LAYOUTS[query.kind].search_table
    hidden = curtain.hidden(session, query.kind).sql("rowid")
    # One walk of the index, from its end: FTS5 would rank all that match.
    found = session.rows(
        f"SELECT rowid FROM (SELECT rowid, bm25({name}, {_WEIGHTS}) AS score FROM {name}"
        f" WHERE {name} MATCH ?{hidden} ORDER BY rowid DESC LIMIT {RANKED})"
        " ORDER BY score, rowid DESC",
        (match,),
    )
    is_all = len(found) < RANKED and not is_start_of_id(query.text)
    ranked = [pk for (pk,) in found]
    return selects.first_kept(session, query, now, ranked, limit), is_all


def _snippet(
    query: Query, record: AnyRecord, texts: Iterator[str], rest: Iterator[Pieces]
) -> Pieces:
    """Return where the text stands in a record.

    That is in its texts, or in their beginnings where they are long, in its title or its
    names, or else farther on in its long texts.
    """
    terms = query.terms
    first: Pieces = ()
    for text in texts:
        found = snippet(terms, text)
        if found:
            return found
        first = first or beginning(text)
    tags = ", ".join(getattr(record, "tags", ()))
    for name in (record.title, record.external_id or "", tags):
        if found := snippet(terms, name):
            return found
    return next(rest, first)


def _select_texts(layout: Layout) -> str:
    columns = (
        f"octet_length({field}), iif(octet_length({field}) <= {SHORT_BYTES}, {field}, NULL)"
        for field in layout.searched
    )
    return (
        f"SELECT pk, {', '.join(columns)} FROM {layout.body_table}"
        " WHERE pk IN (SELECT value FROM json_each(?))"
    )


_SELECT_TEXTS: Final = {kind: _select_texts(layout) for kind, layout in LAYOUTS.items()}


def _short_texts(session: Session, kind: Kind, pks: Sequence[int]) -> dict[int, Row]:
    """Read the long fields of records: the pk, then of each its size and, if short, itself."""
    found = session.execute(_SELECT_TEXTS[kind], (json.dumps(pks),)) if pks else ()
    return {row[0]: row for row in found}


def _long_fields(kind: Kind, read: Row) -> list[str]:
    """Return the fields of which not all was read."""
    sizes = zip(LAYOUTS[kind].searched, read[1::2], strict=True)
    return [field for field, size in sizes if (size or 0) > LONG_BYTES]


def _texts(session: Session, kind: Kind, read: Row) -> Iterator[str]:
    """Yield what the index has of a record's long fields, of long ones the beginning."""
    layout = LAYOUTS[kind]
    table, pk = layout.body_table, read[0]
    for field, size, short in zip(layout.searched, read[1::2], read[2::2], strict=True):
        if not size:
            continue
        if size > LONG_BYTES:
            text = beginning_of(session, table, field, pk, LONG_BYTES)
            yield salvaged(text) if field == "blocks" else text
            continue
        text = short
        if size > SHORT_BYTES:
            text = session.value(f"SELECT {field} FROM {table} WHERE pk = ?", (pk,))
        yield block_text(text) if field == "blocks" else text


def _select_paths(kind: Kind) -> str:
    """Return the statement that reads the batch, task and conversation records are part of."""
    table, is_message = LAYOUTS[kind].table, kind is Kind.MESSAGE
    # A message is where its conversation is.
    home = Kind.CONVERSATION if is_message else kind
    owner = "c" if is_message else "r"
    has_task = "task_pk" in LAYOUTS[home].columns
    # The batch of its task comes before another one that a record names.
    batches = ["t.batch_pk"] * has_task
    batches += [f"{owner}.batch_pk"] * ("batch_pk" in LAYOUTS[home].columns)
    joins = "JOIN conversation c ON c.pk = r.conversation_pk " * is_message
    joins += f"LEFT JOIN task t ON t.pk = {owner}.task_pk " * has_task
    return (
        f"SELECT r.pk, b.pk, b.title, {'t.pk, t.title' if has_task else 'NULL, NULL'},"
        f" {'c.pk, c.title' if is_message else 'NULL, NULL'} FROM {table} r {joins}"
        f" LEFT JOIN batch b ON b.pk = coalesce({', '.join(batches)}, NULL)"
        " WHERE r.pk IN (SELECT value FROM json_each(?))"
    )


_SELECT_PATHS: Final = {kind: _select_paths(kind) for kind in Kind if kind is not Kind.BATCH}


def _paths(session: Session, kind: Kind, pks: Sequence[int]) -> dict[int, _Path]:
    """Return what records are part of, from outside, by their pk."""
    if kind not in _SELECT_PATHS or not pks:
        return {}
    return {
        row[0]: tuple(
            (step, pk, title)
            for step, pk, title in zip(_STEPS, row[1::2], row[2::2], strict=True)
            if pk is not None
        )
        for row in session.execute(_SELECT_PATHS[kind], (json.dumps(pks),))
    }
