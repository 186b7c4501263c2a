"""The tags and links of tasks: rows of other tables, which the audit log holds as lists.

In the entry of a change, tags are names, and links are those going out: pairs of the other
task and the kind. In the image of a whole record, links are those both ways: triples.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from db.records import Kind
from db.sqlite.connection import Session

IMAGES: Final = {
    "tags": (
        "(SELECT json_group_array(name) FROM task_tag"
        " JOIN tag ON tag.pk = tag_pk WHERE task_pk = task.pk)"
    ),
    "links": (
        "(SELECT json_group_array(json_array(from_pk, to_pk, task_link.kind))"
        " FROM task_link WHERE from_pk = task.pk OR to_pk = task.pk)"
    ),
}
"""What gives each list of the task at hand, for its image."""

_BOTH_ENDS_EXIST: Final = (
    "EXISTS (SELECT 1 FROM task WHERE pk = {0}) AND EXISTS (SELECT 1 FROM task WHERE pk = {1})"
)


def present(session: Session, name: str, task_pk: int) -> list[Any]:
    """Return the tags or the outgoing links that a task has now."""
    if name == "tags":
        found = session.rows(
            "SELECT name FROM task_tag JOIN tag ON tag.pk = tag_pk WHERE task_pk = ?"
            " ORDER BY name",
            (task_pk,),
        )
        return [tag for (tag,) in found]
    found = session.rows(
        "SELECT to_pk, kind FROM task_link WHERE from_pk = ? ORDER BY to_pk, kind", (task_pk,)
    )
    return [list(link) for link in found]


def write(session: Session, operation_pk: int, name: str, side: str) -> None:
    """Give the chosen tasks the tags or the outgoing links of one side of their entries."""
    rows = session.rows(
        f"SELECT record_pk, {side} -> '$.{name}' FROM audit_entry WHERE operation_pk = ?"
        f" AND kind = {Kind.TASK.value} AND {side} -> '$.{name}' IS NOT NULL"
        " AND record_pk IN (SELECT pk FROM temp.chosen)",
        (operation_pk,),
    )
    for pk, value in rows:
        if name == "tags":
            session.execute("DELETE FROM task_tag WHERE task_pk = ?", (pk,))
            add_tags(session, [(pk, tag) for tag in json.loads(value)])
        else:
            session.execute("DELETE FROM task_link WHERE from_pk = ?", (pk,))
            add_links(session, [(pk, to_pk, kind) for to_pk, kind in json.loads(value)])


def give_back(session: Session, name: str, images: Iterable[tuple[int, list[Any]]]) -> None:
    """Give tasks, by their pks, the tags or links of their images."""
    if name == "tags":
        add_tags(session, [(pk, tag) for pk, tags in images for tag in tags])
    else:
        add_links(
            session, [(link[0], link[1], link[2]) for _, links in images for link in links]
        )


def add_tags(session: Session, tagged: Sequence[tuple[int, str]]) -> None:
    """Give tasks tags, by pk and name, making those that do not exist."""
    names = dict.fromkeys(name for _, name in tagged)
    session.many("INSERT OR IGNORE INTO tag (name) VALUES (?)", [(name,) for name in names])
    session.many("INSERT OR IGNORE INTO task_tag SELECT ?, pk FROM tag WHERE name = ?", tagged)


def add_links(session: Session, links: Iterable[tuple[int, int, int]]) -> None:
    """Make links, as source pk, target pk and kind, where both ends exist."""
    session.many(
        "INSERT OR IGNORE INTO task_link SELECT ?1, ?2, ?3 WHERE "
        + _BOTH_ENDS_EXIST.format("?1", "?2"),
        list(links),
    )
