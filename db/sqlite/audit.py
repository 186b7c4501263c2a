"""The audit log: what each operation changed, and changing it there and back again.

An operation is a row of `operation` and one `audit_entry` for each record it made or
changed. Every change of a record that exists is first written as an entry, with the
fields before and after, and then applied from there; undo applies it the other way round,
and redo again. So what the log says and what was done cannot differ.

The records at hand are the pks in the temporary table `chosen`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from msgspec import Struct, field

from db.ids import new_id
from db.records import Kind, OperationRecord, OperationState
from db.sqlite import counts, index
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS, PSEUDO_FIELDS, Layout
from db.times import now_us

CREATED: Final = 0
UPDATED: Final = 1

_OPERATION_COLUMNS: Final = (
    "pk, id, verb, title, actor, state, started_at, finished_at, undoable, report"
)
_COUNTED_FIELDS: Final = frozenset({"status", "trashed_at", "batch_pk"})
_REFERENCES: Final = {"batch_pk": "batch", "parent_pk": "task"}
_QUIET_FIELDS: Final = frozenset({"updated_at"})
"""Changing nothing but these is no new version of a record."""


class Applied(Struct):
    """What applying entries did: pks by kind, and the ids of records left as they were."""

    changed: dict[Kind, list[int]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def choose(session: Session, pks: Iterable[int] | str = ()) -> int:
    """Make these the chosen records, given as pks or as a subquery; return how many."""
    session.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (pk INTEGER PRIMARY KEY)")
    session.execute("DELETE FROM temp.chosen")
    if isinstance(pks, str):
        return session.run(f"INSERT OR IGNORE INTO temp.chosen {pks}")
    return session.run(
        "INSERT OR IGNORE INTO temp.chosen SELECT value FROM json_each(?)",
        (json.dumps([*pks]),),
    )


def begin(
    session: Session,
    verb: str,
    title: str,
    *,
    state: OperationState = OperationState.DONE,
    undoable: bool = True,
    owner: str | None = None,
) -> int:
    """Start an operation and return its pk. A done one is finished by `finish`."""
    now = now_us()
    session.execute(
        "INSERT INTO operation (id, verb, title, actor, state, undoable, started_at, owner)"
        " VALUES (?, ?, ?, 'person', ?, ?, ?, ?)",
        (new_id(), verb, title, state, undoable, now, owner),
    )
    return int(session.value("SELECT last_insert_rowid()"))


def finish(session: Session, operation_pk: int) -> OperationRecord:
    """Mark an operation as done, after every other that is; return it."""
    session.execute(
        "UPDATE operation SET state = ?, finished_at ="
        " max(?, coalesce((SELECT max(finished_at) FROM operation), 0) + 1) WHERE pk = ?",
        (OperationState.DONE, now_us(), operation_pk),
    )
    found = operation(session, operation_pk)
    assert found is not None
    return found


def operation(session: Session, pk: int) -> OperationRecord | None:
    """Return one operation, or None."""
    row = session.row(f"SELECT {_OPERATION_COLUMNS} FROM operation WHERE pk = ?", (pk,))
    return None if row is None else to_operation(row)


def to_operation(row: tuple[Any, ...]) -> OperationRecord:
    """Return the record of a row of `OPERATION_COLUMNS`."""
    pk, id_, verb, title, actor, state, started_at, finished_at, undoable, report = row
    return OperationRecord(
        pk=pk,
        id=id_,
        verb=verb,
        title=title,
        actor=actor,
        state=OperationState(state),
        started_at=started_at,
        finished_at=finished_at,
        undoable=bool(undoable),
        report=report,
    )


def operations(
    session: Session, where: str, params: Collection[Any] = ()
) -> list[OperationRecord]:
    """Return the operations that the rest of a statement, from WHERE on, selects."""
    return [
        to_operation(row)
        for row in session.rows(
            f"SELECT {_OPERATION_COLUMNS} FROM operation {where}", [*params]
        )
    ]


AWAY: Final = 10
"""Added to the state of an operation that came in a dump, while its import is not in force."""


def hide_operation(session: Session, pk: int, import_pk: int) -> None:
    """Keep an operation that came in a dump out of sight until its import is committed."""
    session.execute(
        f"UPDATE operation SET state = state + {AWAY}, owner = ? WHERE pk = ?",
        (_brought_by(import_pk), pk),
    )


def hidden_operation(session: Session, id_: str, import_pk: int) -> int | None:
    """Return the pk of an operation that this import brings, or None."""
    found = session.value(
        "SELECT pk FROM operation WHERE id = ? AND owner = ?", (id_, _brought_by(import_pk))
    )
    return None if found is None else int(found)


def show_operations_of(session: Session, import_pk: int, *, shown: bool = True) -> None:
    """Show the operations that an import brought in a dump, or put them out of sight."""
    session.execute(
        f"UPDATE operation SET state = state {'-' if shown else '+'} {AWAY} WHERE owner = ?",
        (_brought_by(import_pk),),
    )


def forget_operations_of(session: Session, import_pk: int) -> None:
    """Delete the operations that an import brought in a dump."""
    session.execute("DELETE FROM operation WHERE owner = ?", (_brought_by(import_pk),))


def _brought_by(import_pk: int) -> str:
    return f"import {import_pk}"


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


def apply(session: Session, operation_pk: int, *, forward: bool) -> Applied:
    """Do what an operation's entries say, or take it back.

    A record whose fields are no longer what the operation left, or, when taking back,
    one it made that others changed since, stays as it is and is named in `skipped`; so is
    one that would refer to a batch or task that is gone.
    """
    applied = Applied()
    if forward:
        for kind in Kind:
            _make_again(session, operation_pk, kind, applied)
    for kind in Kind:
        _apply_updates(session, operation_pk, kind, applied, forward=forward)
    if not forward:
        for kind in reversed(Kind):
            _take_out(session, operation_pk, kind, applied)
    return applied


def _apply_updates(
    session: Session, operation_pk: int, kind: Kind, applied: Applied, *, forward: bool
) -> None:
    layout = LAYOUTS[kind]
    old, new = ("before", "after") if forward else ("after", "before")
    key_sets = session.rows(
        "SELECT DISTINCT (SELECT json_group_array(key) FROM json_each(e.after))"
        " FROM audit_entry e"
        f" WHERE operation_pk = ? AND kind = {kind.value} AND action = {UPDATED}",
        (operation_pk,),
    )
    for (keys,) in key_sets:
        fields = json.loads(keys)
        stored = [name for name in fields if name not in PSEUDO_FIELDS]
        matching = [
            f"{layout.table_of(name)}.{name} IS e.{old} ->> '$.{name}'" for name in stored
        ]
        matching += [_refers(f"e.{new}", name) for name in stored if name in _REFERENCES]
        entries = (
            f"FROM audit_entry e JOIN {layout.table} ON {layout.table}.pk = e.record_pk"
            f" {layout.body_join} WHERE e.operation_pk = {operation_pk:d}"
            f" AND e.kind = {kind.value} AND e.action = {UPDATED}"
            " AND (SELECT json_group_array(key) FROM json_each(e.after)) = ?"
        )
        choose(session)
        session.execute(
            f"INSERT INTO temp.chosen SELECT {layout.table}.pk {entries}"
            + "".join(f" AND {condition}" for condition in matching),
            (keys,),
        )
        left = session.rows(
            f"SELECT {layout.table}.id {entries}"
            f" AND {layout.table}.pk NOT IN (SELECT pk FROM temp.chosen)",
            (keys,),
        )
        if not _QUIET_FIELDS.issuperset(fields):
            applied.skipped += [id_ for (id_,) in left]
        if "parent_pk" in stored:
            applied.skipped += _leave_circles(session, operation_pk, new)
        applied.changed.setdefault(kind, []).extend(chosen(session))
        _write_fields(session, layout, operation_pk, stored, new)
        for name in set(fields) & set(PSEUDO_FIELDS):
            _write_lists(session, operation_pk, name, new)
        if not _QUIET_FIELDS.issuperset(fields):
            session.execute(
                f"UPDATE {layout.table} SET version = version + 1"
                " WHERE pk IN (SELECT pk FROM temp.chosen)"
            )


def _refers(image: str, name: str) -> str:
    """Return the condition that a field of an entry refers to what exists, or to nothing."""
    value = f"{image} ->> '$.{name}'"
    found = f"EXISTS (SELECT 1 FROM {_REFERENCES[name]} r WHERE r.pk = {value})"
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


def chosen(session: Session) -> list[int]:
    """Return the chosen pks."""
    return [pk for (pk,) in session.rows("SELECT pk FROM temp.chosen")]


def _write_fields(
    session: Session, layout: Layout, operation_pk: int, fields: list[str], new: str
) -> None:
    """Give the chosen records the fields of their entries, and keep counts and index right."""
    counted = layout.kind is Kind.TASK and not _COUNTED_FIELDS.isdisjoint(fields)
    searched = not index.SEARCHED_FIELDS.isdisjoint(fields)
    if counted:
        counts.shift(session, -1)
    if searched:
        index.remove(session, layout.kind)
    for table in dict.fromkeys(layout.table_of(name) for name in fields):
        sets = [f"{name} = e.{new} ->> '$.{name}'" for name in fields
                if layout.table_of(name) == table]  # fmt: skip
        session.execute(
            f"UPDATE {table} SET {', '.join(sets)} FROM audit_entry e"
            f" WHERE e.operation_pk = ? AND e.kind = {layout.kind.value}"
            f" AND e.action = {UPDATED} AND e.record_pk = {table}.pk"
            f" AND {table}.pk IN (SELECT pk FROM temp.chosen)",
            (operation_pk,),
        )
    if searched:
        index.add(session, layout.kind)
    if counted:
        counts.shift(session, 1)


def _write_lists(session: Session, operation_pk: int, name: str, new: str) -> None:
    """Give the chosen tasks the tags or the outgoing links of their entries."""
    rows = session.rows(
        f"SELECT record_pk, {new} -> '$.{name}' FROM audit_entry WHERE operation_pk = ?"
        f" AND kind = {Kind.TASK.value} AND action = {UPDATED}"
        f" AND record_pk IN (SELECT pk FROM temp.chosen) AND {new} -> '$.{name}' IS NOT NULL",
        (operation_pk,),
    )
    for pk, value in rows:
        if name == "tags":
            session.execute("DELETE FROM task_tag WHERE task_pk = ?", (pk,))
            add_tags(session, pk, json.loads(value))
        else:
            session.execute("DELETE FROM task_link WHERE from_pk = ?", (pk,))
            add_links(session, [(pk, to_pk, kind) for to_pk, kind in json.loads(value)])


def add_tags(session: Session, task_pk: int, names: Iterable[str]) -> None:
    """Give a task tags, making those that do not exist."""
    for name in names:
        session.execute("INSERT OR IGNORE INTO tag (name) VALUES (?)", (name,))
        session.execute(
            "INSERT OR IGNORE INTO task_tag SELECT ?, pk FROM tag WHERE name = ?",
            (task_pk, name),
        )


def add_links(session: Session, links: Iterable[tuple[int, int, int]]) -> None:
    """Make links, as source pk, target pk and kind, where both ends exist."""
    session.many(
        "INSERT OR IGNORE INTO task_link SELECT ?1, ?2, ?3 WHERE"
        " EXISTS (SELECT 1 FROM task WHERE pk = ?1)"
        " AND EXISTS (SELECT 1 FROM task WHERE pk = ?2)",
        list(links),
    )


def _take_out(session: Session, operation_pk: int, kind: Kind, applied: Applied) -> None:
    """Delete the records that an operation made, keeping their images to make them again."""
    layout = LAYOUTS[kind]
    made = choose(
        session,
        f"SELECT record_pk FROM audit_entry WHERE operation_pk = {operation_pk:d}"
        f" AND kind = {kind.value} AND action = {CREATED}",
    )
    if not made:
        return
    kept = session.rows(_KEPT[kind].format(operation=operation_pk))
    session.execute(
        "DELETE FROM temp.chosen WHERE pk IN (SELECT value FROM json_each(?))",
        (json.dumps([pk for pk, _ in kept]),),
    )
    applied.skipped += [id_ for _, id_ in kept]
    applied.changed.setdefault(kind, []).extend(chosen(session))
    session.execute(
        f"UPDATE audit_entry SET after = (SELECT {_image(layout)} FROM {layout.join}"
        f" WHERE {layout.table}.pk = audit_entry.record_pk)"
        f" WHERE operation_pk = ? AND kind = {kind.value} AND action = {CREATED}"
        " AND record_pk IN (SELECT pk FROM temp.chosen)",
        (operation_pk,),
    )
    delete_chosen(session, kind)


def delete_chosen(session: Session, kind: Kind) -> None:
    """Delete the chosen records with what hangs on them, and keep counts and index right."""
    if kind is Kind.TASK:
        counts.shift(session, -1)
    index.remove(session, kind)
    session.execute(
        f"DELETE FROM {LAYOUTS[kind].table} WHERE pk IN (SELECT pk FROM temp.chosen)"
    )


_EDITED_SINCE: Final = """
SELECT c.pk FROM temp.chosen c JOIN audit_entry e ON e.kind = {kind} AND e.record_pk = c.pk
JOIN operation o ON o.pk = e.operation_pk
WHERE o.pk <> {{operation}} AND o.state = 1
AND o.finished_at > (SELECT finished_at FROM operation WHERE pk = {{operation}})
"""
_KEPT: Final = {
    Kind.TASK: "WITH RECURSIVE kept (pk) AS ("
    + _EDITED_SINCE.format(kind=Kind.TASK.value)
    + "UNION SELECT t.parent_pk FROM task t JOIN temp.chosen c ON c.pk = t.parent_pk"
    " WHERE t.pk NOT IN (SELECT pk FROM temp.chosen)"
    " UNION SELECT t.parent_pk FROM kept JOIN task t ON t.pk = kept.pk"
    " JOIN temp.chosen c ON c.pk = t.parent_pk"
    ") SELECT task.pk, task.id FROM kept JOIN task USING (pk)",
    Kind.BATCH: "WITH kept (pk) AS ("
    + _EDITED_SINCE.format(kind=Kind.BATCH.value)
    + "UNION SELECT t.batch_pk FROM task t JOIN temp.chosen c ON c.pk = t.batch_pk"
    ") SELECT batch.pk, batch.id FROM kept JOIN batch USING (pk)",
}
"""The records an operation made that must stay: changed since, or with others in them."""


def _image(layout: Layout) -> str:
    parts = [f"'{name}', {name}" for name in (*layout.image_columns, "version")]
    if layout.kind is Kind.TASK:
        parts.append(
            "'tags', json((SELECT json_group_array(name) FROM task_tag"
            " JOIN tag ON tag.pk = tag_pk WHERE task_pk = task.pk))"
        )
        parts.append(
            "'links', json((SELECT json_group_array(json_array(from_pk, to_pk, task_link.kind))"
            " FROM task_link WHERE from_pk = task.pk OR to_pk = task.pk))"
        )
    return f"json_object({', '.join(parts)})"


def _make_again(session: Session, operation_pk: int, kind: Kind, applied: Applied) -> None:
    """Insert the records an operation made and an undo took out."""
    layout = LAYOUTS[kind]
    entries = (
        f"FROM audit_entry e WHERE operation_pk = {operation_pk:d} AND kind = {kind.value}"
        f" AND action = {CREATED} AND after IS NOT NULL"
    )
    if not choose(session, f"SELECT record_pk {entries}"):
        return
    if kind is Kind.TASK:
        applied.skipped += _unchoose_homeless(session, entries)
        entries += " AND record_pk IN (SELECT pk FROM temp.chosen)"
    session.execute("PRAGMA defer_foreign_keys = ON")
    for table in dict.fromkeys((layout.table, layout.body_table)):
        names = [name for name in (*layout.image_columns, "version")
                 if (name == "version" and table == layout.table)
                 or (name != "version" and layout.table_of(name) == table)]  # fmt: skip
        values = ", ".join(f"after ->> '$.{name}'" for name in names)
        session.execute(
            f"INSERT INTO {table} (pk, {', '.join(names)}) SELECT record_pk, {values} {entries}"
            " ORDER BY record_pk"
        )
    if kind is Kind.TASK:
        _give_back_lists(session, entries)
        counts.shift(session, 1)
    index.add(session, kind)
    applied.changed.setdefault(kind, []).extend(chosen(session))
    session.execute(
        "UPDATE audit_entry SET after = NULL WHERE operation_pk = ? AND kind = ? AND action = ?"
        " AND record_pk IN (SELECT pk FROM temp.chosen)",
        (operation_pk, kind, CREATED),
    )


def _unchoose_homeless(session: Session, entries: str) -> list[str]:
    """Leave out tasks whose batch or parent is gone, and their parts; return their ids."""
    homeless: list[str] = []
    while found := session.rows(
        f"SELECT record_pk, after ->> '$.id' {entries}"
        " AND record_pk IN (SELECT pk FROM temp.chosen) AND NOT ("
        f"{_refers('after', 'batch_pk')} AND ({_refers('after', 'parent_pk')}"
        " OR after ->> '$.parent_pk' IN (SELECT pk FROM temp.chosen)))"
    ):
        session.many("DELETE FROM temp.chosen WHERE pk = ?", [(pk,) for pk, _ in found])
        homeless += [id_ for _, id_ in found]
    return homeless


def _give_back_lists(session: Session, entries: str) -> None:
    listed = session.rows(
        f"SELECT record_pk, after -> '$.tags', after -> '$.links' {entries}"
        " AND (after -> '$.tags' <> '[]' OR after -> '$.links' <> '[]')"
    )
    for pk, tags, links in listed:
        add_tags(session, pk, json.loads(tags))
        add_links(session, [tuple(link) for link in json.loads(links)])
