"""`sheaf search`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any, Final

from db.query import Search
from db.query_text import fold_kind, not_understood, read_query, unknown_names
from db.records import Hit, Kind
from desktop_app.cli.answer import Answer, Paper
from desktop_app.cli.documents import hit_documents
from desktop_app.cli.layout import cut, local_minute, one_line, paint, short_id
from desktop_app.cli.session import cancelled_by_ctrl_c, opened

_MATCH: Final = "1;33"
_QUIET: Final = "2"


def search(options: Namespace) -> Answer:
    """Search every kind of record, or some."""
    text = " ".join(options.text)
    wanted = read_query(text, Search(best_first=not options.newest))
    named = {kind for word in options.kind if (kind := fold_kind(word)) is not None}
    by_kind: dict[Kind, int] = {}
    found: list[Sequence[Hit]] = []
    with opened(options) as storage, cancelled_by_ctrl_c() as token:
        notes = (*not_understood(text, Search()), *unknown_names(wanted, storage.is_there))
        for kind in Kind:
            query = wanted.query(kind) if kind in named or not named else None
            if query is None or not (count := storage.count(query, token)):
                continue
            by_kind[kind] = count
            best_first = wanted.best_first
            found.append(storage.hits(query, options.limit, best_first=best_first, token=token))
        items = hit_documents(storage, _merged(found, wanted)[: options.limit])
    return Answer(
        {
            "items": items,
            "total": sum(by_kind.values()),
            "by_kind": {kind.word: count for kind, count in by_kind.items()},
            "not_understood": [note.words for note in notes],
            "notes": [str(note) for note in notes],
        },
        _search_text,
    )


def _merged(found: Sequence[Sequence[Hit]], wanted: Search) -> list[Hit]:
    """Return the hits of all kinds as one list.

    How well a text fits cannot be compared between kinds, so the best of each come first,
    then the second best of each.
    """
    if wanted.best_first:
        turns = chain.from_iterable(zip_longest(*found))
        return [hit for hit in turns if hit is not None]
    return sorted(chain.from_iterable(found), key=lambda hit: -hit.record.updated_at)


def _search_text(document: Mapping[str, Any], paper: Paper) -> str:
    lines = [one_line(note) for note in document["notes"]]
    lines += [_hit_text(item, paper) for item in document["items"]]
    counts = [
        fold.counted(count)
        for word, count in document["by_kind"].items()
        if (fold := fold_kind(word)) is not None
    ]
    shown = f"{len(document['items']):,} of {document['total']:,}: {', '.join(counts)}"
    return "\n".join([*lines, paint(shown, _QUIET, paper) if counts else "Nothing found."])


def _hit_text(item: Mapping[str, Any], paper: Paper) -> str:
    width = paper.width or 1 << 20
    head = f"{item['kind']}  {short_id(item['id'], paper)}  {local_minute(item['updated_at'])}"
    path = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(
        one_line(step["title"]) for step in item["path"]
    )
    lines = [paint(head, _QUIET, paper), cut(f"  {one_line(item['title'])}", width)]
    if path:
        lines.append(paint(cut(f"  in {path}", width), _QUIET, paper))
    if not item["title"].startswith(item["snippet"].rstrip("…")):
        lines.append(f"  {_marked(item, width - 2, paper)}")
    return "\n".join([*lines, ""])


def _marked(item: Mapping[str, Any], width: int, paper: Paper) -> str:
    """Return the snippet cut to a width, its matches painted."""
    text = item["snippet"]
    kept = cut(text, width)
    pieces, done = [], 0
    for start, end in item["matches"]:
        if end <= len(kept):
            pieces += [one_line_piece(kept[done:start]), ""]
            pieces[-1] = paint(one_line_piece(kept[start:end]), _MATCH, paper)
            done = end
    return "".join([*pieces, one_line_piece(kept[done:])])


def one_line_piece(text: str) -> str:
    """Return a piece of a line without what steers a terminal, its blanks kept."""
    return one_line(f"|{text}|")[1:-1]
