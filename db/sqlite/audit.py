"""The audit log: what each operation changed, and changing it there and back again.

A row of `audit_entry` stands for each record that an operation made or changed. Every
change of a record that exists is first written as an entry, with the fields before and
after, and then applied from there; undo applies it the other way round, and redo again.
So what the log says and what was done cannot differ. Records that an operation made are
taken out and made again by `db.sqlite.images`.

The records at hand are the pks in the temporary table `chosen`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from msgspec import Struct, field

from db.records import Kind, OperationState
from db.sqlite import counts, index, lists
from db.sqlite.bulk import without_sort_indexes
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS, Layout

CREATED: Final = 0
UPDATED: Final = 1
PURGED: Final = 2
"""What the entry of a record becomes that was deleted for good: its id alone is left."""

EARLIER: Final = 3
"""A state that a record had in the file it came from: told, but never applied."""

BY_HAND: Final = "(o.verb <> 'import' AND o.owner IS NULL)"
"""Tells that an operation `o` is what a person did here, no import and nothing it brought."""

_COUNTS: Final = {
    Kind.TASK: (frozenset({"status", "trashed_at", "batch_pk"}), counts.shift),
    Kind.MESSAGE: (frozenset({"has_error", "conversation_pk"}), counts.shift_messages),
}
"""What is counted of a kind of record, by which fields, and how its counts are shifted."""

_QUIET_FIELDS: Final = frozenset({"updated_at"})
"""Changing nothing but these is no new version of a record."""


class Applied(Struct):
    """What applying entries did: pks by kind, and the ids of records left as they were.

    `taken` are those of the latter whose place another record has, such as a run's turn.
    """

    changed: dict[Kind, list[int]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def add(self, other: Applied) -> None:
        """Add what else was done."""
        for kind, pks in other.changed.items():
            self.changed.setdefault(kind, []).extend(pks)
        self.skipped += other.skipped
        self.taken += other.taken

    def leave_taken(self, ids: list[str]) -> None:
        """Name records that were left as they were because another has their place."""
        self.skipped += ids
        self.taken += ids


def choose(session: Session, pks: Iterable[int] | str = ()) -> int:
    """Make these the chosen records, given as pks or as a subquery; return how many."""
    session.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (pk INTEGER PRIMARY KEY)")
    session.execute("DELETE FROM temp.chosen")
    if isinstance(pks, str):
        session.execute(f"INSERT OR IGNORE INTO temp.chosen {pks}")
    else:
        session.execute(
            "INSERT OR IGNORE INTO temp.chosen SELECT value FROM json_each(?)",
            (json.dumps([*pks]),),
        )
    return count_chosen(session)


def chosen(session: Session) -> list[int]:
    """Return the chosen pks."""
    return [pk for (pk,) in session.rows("SELECT pk FROM temp.chosen")]


def count_chosen(session: Session) -> int:
    """Return how many records are chosen."""
    return int(session.value("SELECT count(*) FROM temp.chosen"))


def fields_of(session: Session, kind: Kind, pk: int, fields: Collection[str]) -> dict[str, Any]:
    """Return what stored fields of a record hold now."""
    layout = LAYOUTS[kind]
    names = ", ".join(f"{layout.table_of(name)}.{name}" for name in fields)
    row = session.row(
        f"SELECT {names} FROM {layout.table} {layout.body_join} WHERE {layout.table}.pk = ?",
        (pk,),
    )
    assert row is not None
    return dict(zip(fields, row, strict=True))


def note_created(
    session: Session, operation_pk: int, kind: Kind, first: int, last: int
) -> None:
    """Write that the records from one pk to another were made."""
    session.execute(
        "INSERT INTO audit_entry (operation_pk, kind, record_pk, action)"
        f" SELECT ?, {kind.value}, pk, {CREATED} FROM {LAYOUTS[kind].table}"
        " WHERE pk BETWEEN ? AND ?",
        (operation_pk, first, last),
    )


def note_update(
    session: Session, operation_pk: int, kind: Kind, pk: int, before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write a change of one record's fields, still to be applied."""
    session.execute(
        "INSERT INTO audit_entry (operation_pk, kind, record_pk, action, before, after)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (operation_pk, kind, pk, UPDATED, _json(before), _json(after)),
    )


def note_earlier(
    session: Session, operation_pk: int, kind: Kind, pk: int,
    states: Sequence[Mapping[str, Any]],
) -> None:  # fmt: skip
    """Write which states a record had in its file, each with what it became next."""
    for older, newer in pairwise(states):
        changed = [name for name in older if older[name] != newer[name]]
        before, after = ({name: side[name] for name in changed} for side in (older, newer))
        session.execute(
            "INSERT INTO audit_entry (operation_pk, kind, record_pk, action, before, after)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (operation_pk, kind, pk, EARLIER, _json(before), _json(after)),
        )


def note_further_update(
    session: Session, operation_pk: int, kind: Kind, pk: int, before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:  # fmt: skip
    """Add fields to the change of a record that is written already, still to be applied."""
    which = f"operation_pk = ? AND kind = ? AND record_pk = ? AND action = {UPDATED}"
    params = (operation_pk, kind, pk)
    row = session.row(f"SELECT before, after FROM audit_entry WHERE {which}", params)
    assert row is not None
    old, new = map(json.loads, row)
    session.execute(
        f"UPDATE audit_entry SET before = ?, after = ? WHERE {which}",
        (_json({**before, **old}), _json({**new, **after}), *params),
    )


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(dict(sorted(fields.items())), ensure_ascii=False)


def note_same_update(
    session: Session, operation_pk: int, kind: Kind, after: Mapping[str, Any]
) -> None:
    """Write the same change for all chosen records that it changes, still to be applied."""
    layout = LAYOUTS[kind]
    fields = sorted(after)
    before = ", ".join(f"'{name}', {name}" for name in fields)
    new = ", ".join(f"'{name}', ?" for name in fields)
    same = " AND ".join(f"{name} IS ?" for name in fields)
    values = [after[name] for name in fields]
    session.execute(
        "INSERT INTO audit_entry (operation_pk, kind, record_pk, action, before, after)"
        f" SELECT ?, {kind.value}, pk, {UPDATED}, json_object({before}), json_object({new})"
        f" FROM {layout.join} WHERE pk IN (SELECT pk FROM temp.chosen) AND NOT ({same})",
        [operation_pk, *values, *values],
    )


def bases_by_hand(session: Session, kind: Kind, pk: int) -> dict[str, Any]:
    """Return the fields that hold what a person gave them here, with what each held before.

    That is what the last import brought, however often the person changed it since.
    """
    changes = session.rows(
        f"SELECT e.before, e.after, {BY_HAND}"
        " FROM audit_entry e JOIN operation o ON o.pk = e.operation_pk"
        f" WHERE e.kind = ? AND e.record_pk = ? AND e.action = {UPDATED}"
        f" AND o.state = {OperationState.DONE.value} ORDER BY o.finished_at, e.pk",
        (kind, pk),
    )
    bases: dict[str, Any] = {}
    for before, after, by_hand in changes:
        old = json.loads(before)
        for name in json.loads(after):
            if by_hand:
                bases.setdefault(name, old.get(name))
            else:
                bases.pop(name, None)
    return bases


def fields_by_hand(session: Session, kind: Kind, pk: int) -> set[str]:
    """Return the fields of a record that hold what a person gave them here."""
    return bases_by_hand(session, kind, pk).keys() - _QUIET_FIELDS


def forget_chosen(session: Session, kind: Kind) -> None:
    """Keep of the entries of the chosen records no more than that there were any."""
    # A batch that was only moved up a list would not have been missed.
    session.execute(
        f"DELETE FROM audit_entry WHERE kind = {kind.value} AND action = {UPDATED}"
        " AND json_remove(after, '$.updated_at') = '{}'"
        " AND record_pk IN (SELECT pk FROM temp.chosen)"
    )
    session.execute(
        f"UPDATE audit_entry SET action = {PURGED}, before = NULL, after = json_object('id',"
        f" (SELECT id FROM {LAYOUTS[kind].table} WHERE pk = record_pk))"
        f" WHERE kind = {kind.value} AND record_pk IN (SELECT pk FROM temp.chosen)"
    )


def close_empty_operations(session: Session) -> None:
    """Offer no undo or redo of operations of whose records none is left, nor name these."""
    left = (
        f"e.action = {CREATED} OR (e.action = {UPDATED}"
        " AND json_remove(e.after, '$.updated_at') <> '{}')"
    )
    session.execute(
        "UPDATE operation SET undoable = 0, title = iif(verb <> 'import' AND title LIKE '%“%',"
        " substr(title, 1, instr(title, '“') - 1) || '(deleted since)', title) WHERE undoable"
        f" AND state IN ({OperationState.DONE.value}, {OperationState.UNDONE.value})"
        " AND EXISTS (SELECT 1 FROM audit_entry e"
        f" WHERE e.operation_pk = operation.pk AND e.action = {PURGED})"
        " AND NOT EXISTS (SELECT 1 FROM audit_entry e"
        f" WHERE e.operation_pk = operation.pk AND ({left}))"
    )


def purged(session: Session, operation_pk: int) -> list[str]:
    """Return the ids of the records of an operation that were deleted for good since."""
    rows = session.rows(
        "SELECT DISTINCT after ->> '$.id' FROM audit_entry"
        f" WHERE operation_pk = ? AND action = {PURGED}",
        (operation_pk,),
    )
    return [id_ for (id_,) in rows]


def apply(session: Session, operation_pk: int, *, forward: bool) -> Applied:
    """Change what an operation's entries say was changed, or change it back.

    A record whose fields are no longer what the operation left stays as it is and is named
    in `skipped`; so is one that would refer to a record that is gone, or to itself, and one
    whose place another record has.
    """
    applied = Applied()
    for kind in Kind:
        key_sets = session.rows(
            f"SELECT {_KEYS}, count(*) FROM audit_entry e WHERE e.operation_pk = ?"
            f" AND e.kind = {kind.value} AND e.action = {UPDATED} GROUP BY 1",
            (operation_pk,),
        )
        for keys, number in key_sets:
            update = _Update(
                layout=LAYOUTS[kind],
                operation_pk=operation_pk,
                fields=json.loads(keys),
                entries=f"e.operation_pk = {operation_pk:d} AND e.kind = {kind.value}"
                f" AND e.action = {UPDATED}"
                + (f" AND {_KEYS} = {_quoted(keys)}" if len(key_sets) > 1 else ""),
                old="before" if forward else "after",
                new="after" if forward else "before",
            )
            _apply_update(session, update, number, applied)
    return applied


_KEYS: Final = "(SELECT json_group_array(key) FROM json_each(e.after))"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class _Update(Struct, frozen=True):
    """Entries of one operation that change the same fields of one kind of record."""

    layout: Layout
    operation_pk: int
    fields: list[str]
    entries: str
    old: str
    new: str

    @property
    def stored(self) -> list[str]:
        """The fields that are columns."""
        return [name for name in self.fields if name not in self.layout.lists]

    @property
    def is_quiet(self) -> bool:
        return _QUIET_FIELDS.issuperset(self.fields)

    @property
    def values(self) -> dict[str, list[str]]:
        """What each table is to be given."""
        values: dict[str, list[str]] = {}
        if not self.is_quiet:
            values[self.layout.table] = ["version = version + 1"]
        for name in self.stored:
            table = self.layout.table_of(name)
            values.setdefault(table, []).append(f"{name} = e.{self.new} ->> '$.{name}'")
        return values

    @property
    def joined(self) -> str:
        """The entries with the records they are about, as they are now."""
        table = self.layout.table
        return (
            f"FROM audit_entry e JOIN {table} ON {table}.pk = e.record_pk"
            f" {self.layout.body_join} WHERE {self.entries}"
        )

    @property
    def conditions(self) -> str:
        """What has to hold of a record that may be changed."""
        table_of = self.layout.table_of
        conditions = [
            f"{table_of(name)}.{name} IS e.{self.old} ->> '$.{name}'" for name in self.stored
        ]
        conditions += [
            refers(f"e.{self.new} ->> '$.{name}'", kind)
            for name, kind in self.layout.references.items()
            if name in self.stored
        ]
        return "".join(f" AND {condition}" for condition in conditions)


def _apply_update(session: Session, update: _Update, number: int, applied: Applied) -> None:
    table = update.layout.table
    matching = choose(session, f"SELECT {table}.pk {update.joined}{update.conditions}")
    if matching < number and not update.is_quiet:
        left = session.rows(
            f"SELECT {table}.id {update.joined}"
            f" AND {table}.pk NOT IN (SELECT pk FROM temp.chosen)"
        )
        applied.skipped += [id_ for (id_,) in left]
    if "parent_pk" in update.stored:
        applied.skipped += _leave_circles(session, update.operation_pk, update.new)
    if not {*update.stored}.isdisjoint(update.layout.unique):
        applied.leave_taken(_leave_taken(session, update))
        _make_way(session, update)
    applied.changed.setdefault(update.layout.kind, []).extend(chosen(session))
    _write_fields(session, update)


def refers(value: str, kind: Kind) -> str:
    """Return the condition that a value refers to a record that exists, or to none."""
    found = f"EXISTS (SELECT 1 FROM {LAYOUTS[kind].table} r WHERE r.pk = {value})"
    return f"({value} IS NULL OR {found})"


def _leave_circles(session: Session, operation_pk: int, new: str) -> list[str]:
    """Leave out of the chosen tasks those that would become parts of themselves."""
    moves = session.rows(
        f"SELECT task.pk, task.id, e.{new} ->> '$.parent_pk' FROM temp.chosen"
        " JOIN task USING (pk) JOIN audit_entry e ON e.record_pk = task.pk"
        f" WHERE e.operation_pk = ? AND e.kind = {Kind.TASK.value} AND e.action = {UPDATED}",
        (operation_pk,),
    )
    left = [(pk, id_) for pk, id_, parent_pk in moves
            if parent_pk is not None and is_inside(session, parent_pk, pk)]  # fmt: skip
    session.many("DELETE FROM temp.chosen WHERE pk = ?", [(pk,) for pk, _ in left])
    return [id_ for _, id_ in left]


def _leave_taken(session: Session, update: _Update) -> list[str]:
    """Leave out of the chosen records those whose place another one has and keeps."""
    layout, table = update.layout, update.layout.table
    same = " AND ".join(
        f"r.{name} = "
        + (f"e.{update.new} ->> '$.{name}'" if name in update.stored else f"{table}.{name}")
        for name in layout.unique
    )
    left: list[str] = []
    while found := session.rows(
        f"SELECT {table}.pk, {table}.id {update.joined} AND {table}.pk IN"
        f" (SELECT pk FROM temp.chosen) AND EXISTS (SELECT 1 FROM {table} r WHERE {same}"
        f" AND r.pk <> {table}.pk AND r.pk NOT IN (SELECT pk FROM temp.chosen))"
    ):
        session.many("DELETE FROM temp.chosen WHERE pk = ?", [(pk,) for pk, _ in found])
        left += [id_ for _, id_ in found]
    return left


def _make_way(session: Session, update: _Update) -> None:
    """Take the chosen records out of each other's places, as each is written by itself."""
    if count_chosen(session) > 1:
        name = next(name for name in update.layout.unique if name in update.stored)
        session.execute("PRAGMA defer_foreign_keys = ON")
        session.execute(
            f"UPDATE {update.layout.table} SET {name} = {_NO_PLACE} + pk"
            " WHERE pk IN (SELECT pk FROM temp.chosen)"
        )


_NO_PLACE: Final = 1 << 40
"""Greater than any number that a record has in a unique column."""


def is_inside(session: Session, pk: int, outer_pk: int) -> bool:
    """Whether a task is another one, or a part of it in however many steps."""
    return bool(
        session.value(
            "WITH RECURSIVE above (pk) AS (SELECT ? UNION"
            " SELECT parent_pk FROM task JOIN above USING (pk) WHERE parent_pk IS NOT NULL)"
            " SELECT 1 FROM above WHERE pk = ?",
            (pk, outer_pk),
        )
    )


def _write_fields(session: Session, update: _Update) -> None:
    """Give the chosen records the fields of their entries, and keep counts and index right."""
    layout, fields = update.layout, update.stored
    counting, shift = _COUNTS.get(layout.kind, (frozenset[str](), counts.shift))
    counted = not counting.isdisjoint(fields)
    searched = index.is_searched(layout.kind, update.fields)
    if counted:
        shift(session, -1)
    if searched:
        index.remove(session, layout.kind)
    with without_sort_indexes(session, layout.table, fields, count_chosen(session)):
        for table, values in update.values.items():
            session.execute(
                f"UPDATE {table} SET {', '.join(values)} FROM audit_entry e"
                f" WHERE {update.entries} AND e.record_pk = {table}.pk"
                f" AND {table}.pk IN (SELECT pk FROM temp.chosen)"
            )
    for name in set(update.fields).intersection(layout.lists):
        lists.write(session, update.operation_pk, layout, name, update.new)
    if searched:
        index.add(session, layout.kind)
    if counted:
        shift(session, 1)
    if layout.kind is Kind.BATCH and "trashed_at" in fields:
        counts.recount(session, "SELECT pk FROM temp.chosen")
