"""Fields of records that are rows of other tables; the audit log holds each as a list.

Tags are held as names, records as pks. The links of a task are special: in the entry of a
change they are those going out, pairs of the other task and the kind; in the image of a
whole record they are those both ways, triples.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS, Layout, ListField

_BOTH_ENDS_EXIST: Final = (
    "EXISTS (SELECT 1 FROM task WHERE pk = {0}) AND EXISTS (SELECT 1 FROM task WHERE pk = {1})"
)
_LINKS_IMAGE: Final = (
    "(SELECT json_group_array(json_array(from_pk, to_pk, task_link.kind))"
    " FROM task_link WHERE from_pk = task.pk OR to_pk = task.pk)"
)


def image(layout: Layout, name: str) -> str:
    """Return what gives a list of the record at hand as JSON, for its image."""
    field = layout.lists[name]
    if field.is_links:
        return _LINKS_IMAGE
    value, join = _value(field)
    return (
        f"(SELECT json_group_array({value}) FROM {field.table} {join}"
        f" WHERE {field.owner} = {layout.table}.pk)"
    )


def present(session: Session, layout: Layout, name: str, pk: int) -> list[Any]:
    """Return a list that a record has now, in order."""
    field = layout.lists[name]
    if field.is_links:
        links = session.rows(
            "SELECT to_pk, kind FROM task_link WHERE from_pk = ? ORDER BY to_pk, kind", (pk,)
        )
        return [list(link) for link in links]
    value, join = _value(field)
    found = session.rows(
        f"SELECT {value} FROM {field.table} {join} WHERE {field.owner} = ? ORDER BY 1", (pk,)
    )
    return [each for (each,) in found]


def put(session: Session, layout: Layout, name: str, pk: int, values: Iterable[Any]) -> None:
    """Give a record a list, in place of the one it has."""
    field = layout.lists[name]
    session.execute(f"DELETE FROM {field.table} WHERE {field.owner} = ?", (pk,))
    add(session, layout, name, pk, values)


def add(session: Session, layout: Layout, name: str, pk: int, values: Iterable[Any]) -> None:
    """Add to a list of a record."""
    if layout.lists[name].is_links:
        add_links(session, [(pk, to_pk, kind) for to_pk, kind in values])
    else:
        add_many(session, layout, name, [(pk, value) for value in values])


def add_many(
    session: Session, layout: Layout, name: str, pairs: Sequence[tuple[int, Any]]
) -> None:
    """Add to lists of records, each by its pk; tags that do not exist are made."""
    field = layout.lists[name]
    if field.target is None:
        names = dict.fromkeys(value for _, value in pairs)
        session.many("INSERT OR IGNORE INTO tag (name) VALUES (?)", [(n,) for n in names])
        found = "SELECT ?, pk FROM tag WHERE name = ?"
    else:
        found = f"SELECT ?, pk FROM {LAYOUTS[field.target].table} WHERE pk = ?"
    session.many(
        f"INSERT OR IGNORE INTO {field.table} ({field.owner}, {field.value}) {found}", pairs
    )


def write(session: Session, operation_pk: int, layout: Layout, name: str, side: str) -> None:
    """Give the chosen records a list of one side of their entries."""
    rows = session.rows(
        f"SELECT record_pk, {side} -> '$.{name}' FROM audit_entry WHERE operation_pk = ?"
        f" AND kind = {layout.kind.value} AND {side} -> '$.{name}' IS NOT NULL"
        " AND record_pk IN (SELECT pk FROM temp.chosen)",
        (operation_pk,),
    )
    for pk, value in rows:
        put(session, layout, name, pk, json.loads(value))


def give_back(
    session: Session, layout: Layout, name: str, images: Iterable[tuple[int, list[Any]]]
) -> None:
    """Give records, by their pks, the lists of their images."""
    if layout.lists[name].is_links:
        add_links(session, [(a, b, kind) for _, links in images for a, b, kind in links])
        return
    add_many(session, layout, name, [(pk, value) for pk, found in images for value in found])


def add_links(session: Session, links: Iterable[tuple[int, int, int]]) -> None:
    """Make links, as source pk, target pk and kind, where both ends exist."""
    session.many(
        "INSERT OR IGNORE INTO task_link SELECT ?1, ?2, ?3 WHERE "
        + _BOTH_ENDS_EXIST.format("?1", "?2"),
        list(links),
    )


def forget_unused_tags(session: Session) -> None:
    """Delete the tags that no record has."""
    used = " UNION ALL ".join(
        f"SELECT tag_pk FROM {field.table}"
        for layout in LAYOUTS.values()
        for field in layout.lists.values()
        if field.value == "tag_pk"
    )
    session.execute(f"DELETE FROM tag WHERE pk NOT IN ({used})")


def _value(field: ListField) -> tuple[str, str]:
    """Return what is listed of each row, and the join it needs."""
    if field.target is None:
        return "tag.name", f"JOIN tag ON tag.pk = {field.value}"
    return field.value, ""
