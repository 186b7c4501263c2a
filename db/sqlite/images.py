"""Records that an operation made: taken out by an undo, and made again by a redo.

Both ways the records are behind the curtain while that goes on, in parts of some thousand,
so a reader sees all of them or none. What is taken out is kept in the entry that says it
was made, as an image of the whole record; the entry of a record that is there holds none.

Both ways take two passes: all images are written before any record is deleted, and all
records are made before they refer to each other. Each pass leaves alone what it finds done,
so work that was cut short is finished by doing it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Struct

from db.records import Kind, OperationState
from db.sqlite import audit, counts, curtain, index, lists
from db.sqlite.audit import CREATED, Applied
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS, Layout

PART_ROWS: Final = 5_000
MOST_RANGES: Final = 100
"""Every list names each range behind the curtain; with more, an undo is one transaction."""


class Part(Struct, frozen=True):
    """Some of the records that an operation made: those from one pk to another."""

    operation_pk: int
    kind: Kind
    first: int
    last: int

    @property
    def layout(self) -> Layout:
        """Where these records are stored."""
        return LAYOUTS[self.kind]

    @property
    def where(self) -> str:
        """What selects the entries of these records, as `e`."""
        return (
            f"{_made(self.operation_pk, self.kind)}"
            f" AND e.record_pk BETWEEN {self.first:d} AND {self.last:d}"
        )


def parts(session: Session, operation_pk: int) -> list[Part]:
    """Return what an operation has behind the curtain, in parts, holders before the held."""
    return [
        Part(operation_pk, kind, start, min(start + PART_ROWS - 1, last))
        for kind, first, last in curtain.ranges(session, operation_pk)
        for start in range(first, last + 1, PART_ROWS)
    ]


def is_small(parts: list[Part]) -> bool:
    """Whether so little is to be done that one transaction does it, or it is too scattered."""
    rows = sum(part.last - part.first + 1 for part in parts)
    return rows <= PART_ROWS or len(parts) - rows // PART_ROWS > MOST_RANGES


def steps(parts: list[Part], *, forward: bool) -> Iterator[Callable[[Session], None]]:
    """Yield what is to be done behind the curtain to take parts out or make them again."""
    if forward:
        passes = ((_make_again, parts), (_connect, parts))
    else:
        passes = ((_keep, parts), (_take_out, parts[::-1]))
    for act, in_order in passes:
        for part in in_order:
            yield partial(act, part)


def _made(operation_pk: int, kind: Kind) -> str:
    return (
        f"e.operation_pk = {operation_pk:d} AND e.kind = {kind.value} AND e.action = {CREATED}"
    )


def withdraw(session: Session, operation_pk: int) -> Applied:
    """Put what an operation made behind the curtain, but for what has to stay.

    A record that was changed since stays, and so does one that another in use belongs to.
    """
    applied = Applied()
    for kind in reversed(Kind):
        made = f"SELECT e.record_pk FROM audit_entry e WHERE {_made(operation_pk, kind)}"
        if not audit.choose(session, f"{made} AND e.after IS NULL"):
            continue
        kept = session.rows(_kept(LAYOUTS[kind], operation_pk))
        session.many("DELETE FROM temp.chosen WHERE pk = ?", [(pk,) for pk, _ in kept])
        applied.skipped += [id_ for _, id_ in kept]
        _draw_curtain(session, operation_pk, kind, applied)
    _count(session, operation_pk, -1)
    return applied


def restore(session: Session, operation_pk: int) -> Applied:
    """Draw the curtain before what an undo took out and is to be made again.

    A record that belongs to one that is gone stays away. So does one that is here by its id
    or its name in the file it came from, because it was imported again, and one whose place
    another record has.
    """
    applied = Applied()
    for kind in Kind:
        made = f"SELECT e.record_pk FROM audit_entry e WHERE {_made(operation_pk, kind)}"
        if audit.choose(session, f"{made} AND e.after IS NOT NULL"):
            applied.leave_taken(_leave_taken(session, operation_pk, LAYOUTS[kind]))
            applied.skipped += _leave_homeless(session, operation_pk, LAYOUTS[kind])
            _draw_curtain(session, operation_pk, kind, applied)
    return applied


def show(session: Session, operation_pk: int, *, made: bool) -> None:
    """Lift the curtain in the end: nothing is behind it any more, or all that was made."""
    if made:
        _count(session, operation_pk, 1)
    curtain.lift(session, operation_pk)


def _draw_curtain(session: Session, operation_pk: int, kind: Kind, applied: Applied) -> None:
    curtain.hide_chosen(session, operation_pk, kind)
    applied.changed.setdefault(kind, []).extend(audit.chosen(session))


def _count(session: Session, operation_pk: int, sign: int) -> None:
    for kind, first, last in curtain.ranges(session, operation_pk):
        if kind is Kind.TASK:
            counts.add_range(session, first, last, sign)
        elif kind is Kind.MESSAGE:
            counts.add_messages(session, first, last, sign)


def _kept(layout: Layout, operation_pk: int) -> str:
    """Return the statement that finds which of the chosen records have to stay."""
    kind, table = layout.kind, layout.table
    reasons = [
        (
            "SELECT e.record_pk FROM operation o CROSS JOIN audit_entry e"
            f" ON e.operation_pk = o.pk AND e.kind = {kind.value}"
            f" JOIN temp.chosen c ON c.pk = e.record_pk WHERE o.pk <> {operation_pk:d}"
            f" AND o.state = {OperationState.DONE.value} AND o.finished_at >"
            f" (SELECT finished_at FROM operation WHERE pk = {operation_pk:d})"
        )
    ]
    for other in LAYOUTS.values():
        leaves = (
            "r.pk IN (SELECT pk FROM temp.chosen)"
            if other is layout
            else f"EXISTS ({_behind(operation_pk, other.kind, 'r.pk')})"
        )
        reasons += [
            f"SELECT r.{name} FROM {other.table} r JOIN temp.chosen c ON c.pk = r.{name}"
            f" WHERE NOT {leaves}"
            for name, holder in other.references.items()
            if holder is kind
        ]
        reasons += [
            f"SELECT l.{field.value} FROM {field.table} l JOIN temp.chosen c"
            f" ON c.pk = l.{field.value} JOIN {other.table} r ON r.pk = l.{field.owner}"
            f" WHERE NOT {leaves}"
            for field in other.lists.values()
            if field.target is kind and not field.is_links
        ]
    reasons += [
        f"SELECT r.{name} FROM kept JOIN {table} r ON r.pk = kept.pk"
        f" JOIN temp.chosen c ON c.pk = r.{name}"
        for name, holder in layout.references.items()
        if holder is kind
    ]
    return (
        f"WITH RECURSIVE kept (pk) AS ({' UNION '.join(reasons)})"
        f" SELECT {table}.pk, {table}.id FROM kept JOIN {table} USING (pk)"
    )


def _behind(operation_pk: int, kind: Kind, pk: str) -> str:
    """Return the select that finds a row where an operation hides the record of that pk."""
    return (
        f"SELECT 1 FROM curtain x WHERE {pk} BETWEEN x.first_pk AND x.last_pk"
        f" AND x.kind = {kind.value} AND x.operation_pk = {operation_pk:d}"
    )


def _leave_homeless(session: Session, operation_pk: int, layout: Layout) -> list[str]:
    """Leave out of the chosen records those that cannot be made again; return their ids."""
    away = (
        f"SELECT e.record_pk, e.after ->> '$.id' FROM temp.chosen"
        f" CROSS JOIN audit_entry e ON e.record_pk = chosen.pk"
        f" WHERE {_made(operation_pk, layout.kind)}"
    )
    homes = []
    for name, kind in layout.references.items():
        value = f"e.after ->> '$.{name}'"
        coming = (
            f"{value} IN (SELECT pk FROM temp.chosen)"
            if kind is layout.kind
            else f"EXISTS ({_behind(operation_pk, kind, value)})"
        )
        homes.append(f"({audit.refers(value, kind)} OR {coming})")
    here = f"{_is_here(layout, 'id')} OR {_is_here(layout, 'external_id', 'origin')}"
    homeless: list[str] = []
    while found := session.rows(f"{away} AND ({here} OR NOT ({' AND '.join(homes) or '1'}))"):
        session.many("DELETE FROM temp.chosen WHERE pk = ?", [(pk,) for pk, _ in found])
        homeless += [id_ for _, id_ in found]
    return homeless


def _leave_taken(session: Session, operation_pk: int, layout: Layout) -> list[str]:
    """Leave out of the chosen records those whose place another has; return their ids."""
    if not layout.unique:
        return []
    taken = session.rows(
        "SELECT e.record_pk, e.after ->> '$.id' FROM temp.chosen"
        " CROSS JOIN audit_entry e ON e.record_pk = chosen.pk"
        f" WHERE {_made(operation_pk, layout.kind)} AND {_is_here(layout, *layout.unique)}"
    )
    session.many("DELETE FROM temp.chosen WHERE pk = ?", [(pk,) for pk, _ in taken])
    return [id_ for _, id_ in taken]


def _is_here(layout: Layout, *columns: str) -> str:
    """Return the condition that a record has these columns as the image of another has."""
    same = " AND ".join(f"r.{name} = e.after ->> '$.{name}'" for name in columns)
    return f"EXISTS (SELECT 1 FROM {layout.table} r WHERE {same})"


def _keep(part: Part, session: Session) -> None:
    """Write the images of records into the entries that say they were made."""
    layout = part.layout
    members = [f"'{name}', {name}" for name in (*layout.image_columns, "version")]
    members += [f"'{name}', json({lists.image(layout, name)})" for name in layout.lists]
    session.execute(
        f"UPDATE audit_entry AS e SET after = (SELECT json_object({', '.join(members)})"
        f" FROM {layout.join} WHERE {layout.table}.pk = e.record_pk) WHERE {part.where}"
        f" AND e.after IS NULL AND EXISTS (SELECT 1 FROM {layout.table} r"
        " WHERE r.pk = e.record_pk)"
    )


def _take_out(part: Part, session: Session) -> None:
    audit.choose(session, f"SELECT e.record_pk FROM audit_entry e WHERE {part.where}")
    delete_chosen(session, part.kind)


def delete_chosen(session: Session, kind: Kind) -> None:
    """Delete the chosen records, and what hangs on them, from their tables and the index."""
    layout = LAYOUTS[kind]
    index.remove(session, kind)
    for name in layout.own_references:
        if name in layout.owners:
            # Each level of records inside records would be a level of triggers to SQLite,
            # which takes ever longer and ends at a thousand.
            session.execute(
                f"UPDATE {layout.table} SET {name} = NULL WHERE {name} IN"
                " (SELECT pk FROM temp.chosen) AND pk IN (SELECT pk FROM temp.chosen)"
            )
    session.execute(f"DELETE FROM {layout.table} WHERE pk IN (SELECT pk FROM temp.chosen)")


def _make_again(part: Part, session: Session) -> None:
    """Insert records from their images, without what they refer to of their own kind."""
    layout = part.layout
    columns = [
        name for name in (*layout.columns, "version") if name not in layout.own_references
    ]
    homes = [
        audit.refers(f"?{columns.index(name) + 2}", kind)
        for name, kind in layout.references.items()
        if name in columns
    ]
    absent = f"NOT EXISTS (SELECT 1 FROM {layout.table} r WHERE r.pk = e.record_pk)"
    audit.choose(
        session,
        f"SELECT e.record_pk FROM audit_entry e WHERE {part.where} AND e.after IS NOT NULL"
        f" AND {absent}",
    )
    _insert(session, part, layout.table, columns, " AND ".join(homes) or "1")
    session.execute(f"DELETE FROM temp.chosen WHERE pk NOT IN (SELECT pk FROM {layout.table})")
    if layout.body_columns:
        _insert(session, part, layout.body_table, layout.body_columns, "1")


def _insert(
    session: Session, part: Part, table: str, columns: Sequence[str], condition: str
) -> None:
    """Insert rows of the chosen records, where a condition on a row's values holds."""
    values = ", ".join(f"?{number}" for number in range(1, len(columns) + 2))
    session.many(
        f"INSERT OR IGNORE INTO {table} (pk, {', '.join(columns)})"
        f" SELECT {values} WHERE {condition}",
        (
            (pk, *(image[name] for name in columns))
            for pk, image in _images(
                session, part, "e.record_pk IN (SELECT pk FROM temp.chosen)"
            )
        ),
    )


def _images(
    session: Session, part: Part, condition: str
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the images of records, each with its pk, where a condition on an entry holds."""
    for pk, text in session.execute(
        f"SELECT e.record_pk, e.after FROM audit_entry e WHERE {part.where}"
        f" AND e.after IS NOT NULL AND {condition}"
    ):
        yield pk, msgspec.json.decode(text)


def _connect(part: Part, session: Session) -> None:
    """Let records that were made again refer to each other, index them, drop their images."""
    layout = part.layout
    there = f"EXISTS (SELECT 1 FROM {layout.table} r WHERE r.pk = e.record_pk)"
    values: dict[str, list[tuple[int, Any]]] = {
        name: [] for name in (*layout.own_references, *layout.lists)
    }
    for pk, image in _images(session, part, there):
        for name, found in values.items():
            if image[name]:
                found.append((pk, image[name]))
    for name in layout.own_references:
        session.many(
            f"UPDATE {layout.table} SET {name} = ?2 WHERE pk = ?1"
            f" AND {audit.refers('?2', layout.kind)}",
            values[name],
        )
    for name in layout.lists:
        lists.give_back(session, layout, name, values[name])
    audit.choose(
        session,
        f"SELECT e.record_pk FROM audit_entry e WHERE {part.where} AND e.after IS NOT NULL"
        f" AND {there}",
    )
    index.remove(session, part.kind)
    index.add(session, part.kind)
    session.execute(
        f"UPDATE audit_entry AS e SET after = NULL WHERE {part.where}"
        f" AND e.after IS NOT NULL AND {there}"
    )
