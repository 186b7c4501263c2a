"""The full-text index: one FTS5 table for each kind, holding no text of its own."""

from __future__ import annotations

from typing import Final

import apsw

from db.records import Kind
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS

SEARCHED_FIELDS: Final = frozenset({"title", "description", "id", "external_id"})

ADD_CHOSEN: Final = {
    kind: (
        f"INSERT INTO {layout.search_table} (rowid, title, names, body)"
        " SELECT pk, searchable(title), searchable(id || ' ' || coalesce(external_id, '')),"
        f" searchable(coalesce(description, '')) FROM {layout.join}"
        " WHERE pk IN (SELECT pk FROM temp.chosen)"
    )
    for kind, layout in LAYOUTS.items()
}


def add(session: Session, kind: Kind) -> None:
    """Index the chosen records as they are now."""
    session.execute(ADD_CHOSEN[kind])


def remove(session: Session, kind: Kind) -> None:
    """Take the chosen records out of the index."""
    session.execute(
        f"DELETE FROM {LAYOUTS[kind].search_table} WHERE rowid IN (SELECT pk FROM temp.chosen)"
    )


def unmatched(session: Session, kind: Kind) -> tuple[int, int]:
    """Return how many records the index lacks, and how many it has too many."""
    layout = LAYOUTS[kind]
    docs = f"{layout.search_table}_docsize"
    missing = f"SELECT count(*) FROM {layout.table} WHERE pk NOT IN (SELECT id FROM {docs})"
    extra = f"SELECT count(*) FROM {docs} WHERE id NOT IN (SELECT pk FROM {layout.table})"
    return session.value(missing), session.value(extra)


def is_sound(session: Session, kind: Kind) -> bool:
    """Whether the index's own structures agree with each other."""
    table = LAYOUTS[kind].search_table
    try:
        session.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 0)")
    except apsw.CorruptError:
        return False
    return True


def rebuild(session: Session, kind: Kind) -> None:
    """Index every record of a kind anew."""
    table = LAYOUTS[kind].search_table
    session.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
    session.execute("DELETE FROM temp.chosen")
    session.execute(f"INSERT INTO temp.chosen SELECT pk FROM {LAYOUTS[kind].table}")
    add(session, kind)
