"""The full-text index: one FTS5 table for each kind, holding no text of its own.

FTS5 puts the records of all words with some beginning together before it gives the first.
The words themselves are found in no time, and those of each are read as they are wanted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from db.records import Kind
from db.sqlite import curtain
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS
from db.terms import APART, Term, Terms

MOST_WORDS: Final = 12
"""So many words with one beginning are looked for each, which takes some 0.2 ms."""

_TAGS: Final = "tags"
_SHARED_FIELDS: Final = frozenset({"title", "external_id", _TAGS})


def is_searched(kind: Kind, fields: Iterable[str]) -> bool:
    """Whether any of some fields is in the index of a kind, if it has them."""
    return not _SHARED_FIELDS.union(LAYOUTS[kind].searched).isdisjoint(fields)


def _searchable(text: str) -> str:
    if "block_text" in text:
        return f"searchable({text})"
    # A call into Python for each text would cost more than looking for one that needs it.
    return f"iif(octet_length({text}) = length({text}), {text}, searchable({text}))"


def _tags(kind: Kind, tag: str) -> str:
    """Return what gives something of all tags of a record in turn, each after a space."""
    layout = LAYOUTS[kind]
    field = layout.lists[_TAGS]
    return (
        f"coalesce((SELECT ' ' || group_concat({tag}, ' ') FROM {field.table}"
        f" JOIN tag ON tag.pk = {field.value} WHERE {field.owner} = {layout.table}.pk), '')"
    )


def _add(kind: Kind, which: str) -> str:
    layout = LAYOUTS[kind]
    body = " || ' ' || ".join(
        "block_text(blocks)" if field == "blocks" else f"coalesce({field}, '')"
        for field in layout.searched
    )
    texts = ["title", "coalesce(external_id, '')", f"({body})"]
    title, names, body = map(_searchable, texts)
    if _TAGS in layout.lists:
        # A word before each keeps them from making phrases.
        apart = f"char({ord(APART)}) || ' ' || {_searchable('name')}"
        names += f" || {_tags(kind, apart)}"
        texts.append(_tags(kind, "name"))
    all_texts = " || ' ' || ".join(texts)
    return (
        f"INSERT INTO {layout.search_table} (rowid, title, names, body)"
        f" SELECT pk, {title}, {names}, {body} || name_parts({all_texts})"
        f" FROM {layout.join} WHERE pk {which}"
    )


_ADD_CHOSEN: Final = {kind: _add(kind, "IN (SELECT pk FROM temp.chosen)") for kind in Kind}
_ADD_RANGE: Final = {kind: _add(kind, "BETWEEN ? AND ?") for kind in Kind}


def _words(table: str) -> str:
    first, following = (
        f"(SELECT v.term FROM temp.{table} v WHERE v.term >= {start} AND v.term < ?2 LIMIT 1)"
        for start in ("?1", "word.term || ' '")
    )
    return (
        f"WITH RECURSIVE word (term) AS (SELECT {first} UNION ALL SELECT {following}"
        f" FROM word WHERE term IS NOT NULL LIMIT {MOST_WORDS + 2})"
        " SELECT term FROM word WHERE term IS NOT NULL"
    )


_FIND_WORDS: Final = {kind: _words(layout.words_table) for kind, layout in LAYOUTS.items()}


def with_words(session: Session, kind: Kind, terms: Terms) -> Terms:
    """Return terms with the words of the index that each begins, where these are few."""

    def find_words(start: str) -> tuple[str, ...]:
        found = session.rows(_FIND_WORDS[kind], (start, f"{start}\U0010ffff"))
        words = tuple(word for (word,) in found)
        # What is not ASCII may be told apart in other ways when it is looked for again.
        is_known = len(words) <= MOST_WORDS and all(map(str.isascii, words))
        return words if is_known else ()

    return terms.with_words(find_words)


def add(session: Session, kind: Kind) -> None:
    """Index the chosen records as they are now."""
    session.execute(_ADD_CHOSEN[kind])


def add_range(session: Session, kind: Kind, first: int, last: int) -> None:
    """Index the records from one pk to another as they are now."""
    session.execute(_ADD_RANGE[kind], (first, last))


def remove(session: Session, kind: Kind) -> None:
    """Take the chosen records out of the index."""
    session.execute(
        f"DELETE FROM {LAYOUTS[kind].search_table} WHERE rowid IN (SELECT pk FROM temp.chosen)"
    )


def unmatched(session: Session, kind: Kind) -> tuple[int, int]:
    """Return how many records the index lacks, and how many it has too many."""
    layout = LAYOUTS[kind]
    docs = f"{layout.search_table}_docsize"
    # What is stored behind the curtain is indexed later, or never, where its import died.
    missing = (
        f"SELECT count(*) FROM {layout.table} WHERE pk NOT IN (SELECT id FROM {docs})"
        f"{curtain.hidden(session, kind).sql('pk')}"
    )
    extra = f"SELECT count(*) FROM {docs} WHERE id NOT IN (SELECT pk FROM {layout.table})"
    return session.value(missing), session.value(extra)


def untagged(session: Session, kind: Kind) -> int:
    """Return how many tags the index does not have of the records that are in it."""
    layout = LAYOUTS[kind]
    field = layout.lists.get(_TAGS)
    if field is None:
        return 0
    name = layout.search_table
    find = (
        f"SELECT count(*) FROM {field.table} WHERE {field.value} = ?"
        f" AND {field.owner} IN (SELECT id FROM {name}_docsize)"
        f" AND {field.owner} NOT IN (SELECT rowid FROM {name} WHERE {name} MATCH ?)"
    )
    tags = session.rows("SELECT pk, name FROM tag")
    return sum(
        session.value(find, (pk, f"names : {Term(f'{APART} {tag}', begins=False).to_match()}"))
        for pk, tag in tags
    )


def rebuild(session: Session, kind: Kind) -> None:
    """Index every record of a kind anew."""
    table = LAYOUTS[kind].search_table
    session.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
    session.execute("DELETE FROM temp.chosen")
    session.execute(f"INSERT INTO temp.chosen SELECT pk FROM {LAYOUTS[kind].table}")
    add(session, kind)
