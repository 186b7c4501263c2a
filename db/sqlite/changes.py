"""What a person does to records: each function is one operation in the open transaction.

A change is first written to the audit log and then applied from there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from db.errors import InvalidEditError, VersionConflictError
from db.ids import new_id
from db.records import AnyRecord, Kind, Outcome, Place
from db.repositories import Choice, EditValue
from db.sqlite import (
    audit,
    counts,
    curtain,
    edits,
    images,
    index,
    lists,
    operations,
    rows,
    selects,
)
from db.sqlite.bulk import without_sort_indexes
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS
from db.texts import first_line
from db.times import now_us
from db.vocabulary import Review, Status

_NAME_CHARS: Final = 60
"""About so much of a record's title stands for it in the title of an operation."""
_BULK_FIELDS: Final = frozenset({"status", "priority", "severity", "kind"})
_REVIEW_VERBS: Final[Mapping[object, str]] = {
    Review.APPROVED: "Approve",
    Review.REJECTED: "Reject",
}
"""How an edit is called that only decides about a learning."""


def create(session: Session, kind: Kind, fields: Mapping[str, EditValue]) -> Outcome:
    """Make a record from the fields that `edit` takes."""
    now = now_us()
    values, listed = edits.stored(session, kind, _completed(session, kind, fields), None)
    title = f"Create {_titled(kind, values['title']) or f'a {kind.word}'}"
    operation_pk = operations.begin(session, "create", title)
    layout = LAYOUTS[kind]
    columns = {"id": new_id(), "created_at": now, "updated_at": now, **values}
    if "status" in layout.columns:
        columns.setdefault("status", Status.QUEUED)
    if kind is Kind.EXECUTION:
        _refuse_same_run(session, {**_FIRST_RUN, **columns}, None)
    pk = 0
    for table in dict.fromkeys((layout.table, layout.body_table)):
        own = {name: value for name, value in columns.items() if layout.table_of(name) == table}
        own |= {"pk": pk} if pk else {}
        session.execute(
            f"INSERT INTO {table} ({', '.join(own)}) VALUES ({', '.join('?' * len(own))})",
            list(own.values()),
        )
        pk = pk or int(session.value("SELECT last_insert_rowid()"))
    for name, value in listed.items():
        lists.add(session, layout, name, pk, value)
    return _created(session, operation_pk, kind)


def _completed(
    session: Session, kind: Kind, fields: Mapping[str, EditValue]
) -> Mapping[str, EditValue]:
    """Return the fields of a new record with what it must have and may leave unsaid.

    Raises:
        InvalidEditError: a message cannot be made; a run needs its task.
    """
    if kind is Kind.MESSAGE:
        raise InvalidEditError("A message comes with its conversation; it cannot be made.")
    if kind is Kind.STATUS_UPDATE and not fields.get("title"):
        return {**fields, "title": first_line(str(fields.get("description") or ""))}
    if kind is Kind.EXECUTION:
        if not fields.get("task"):
            raise InvalidEditError("A run belongs to a task, so it needs one.")
        turn = fields.get("turn")
        if turn is None or turn == "":
            turn = session.value(
                "SELECT 1 + coalesce(max(turn), 0) FROM execution"
                " WHERE task_pk = (SELECT pk FROM task WHERE id = ?)",
                (fields["task"],),
            )
        return {"title": run_title(turn, fields.get("step")), **fields, "turn": turn}
    return {"title": "", **fields}


def run_title(turn: object, step: object) -> str:
    """Return what a run is called unless a person says otherwise."""
    return f"Turn {turn}, {step}" if step else f"Turn {turn}"


_FIRST_RUN: Final = {"step": "", "attempt": 1}


def _refuse_same_run(session: Session, run: Mapping[str, Any], pk: int | None) -> None:
    """Raise where a task has another run of the same turn, step and attempt.

    Raises:
        InvalidEditError: it has.
    """
    if session.value(
        "SELECT 1 FROM execution WHERE task_pk = ? AND turn = ? AND step = ? AND attempt = ?"
        " AND pk IS NOT ?",
        (run["task_pk"], run["turn"], run["step"], run["attempt"], pk),
    ):
        raise InvalidEditError(
            "The task has another run of the same turn, step and attempt.",
            advice="Give this one another turn or attempt.",
        )


def _created(session: Session, operation_pk: int, kind: Kind) -> Outcome:
    pk = int(session.value(f"SELECT max(pk) FROM {LAYOUTS[kind].table}"))
    audit.note_created(session, operation_pk, kind, pk, pk)
    audit.choose(session, [pk])
    index.add(session, kind)
    if kind is Kind.TASK:
        counts.shift(session, 1)
    operation = operations.finish(session, operation_pk)
    return Outcome(operation=operation, changed={kind: (pk,)})


def edit(
    session: Session, kind: Kind, pk: int, changes: Mapping[str, EditValue], seen_version: int
) -> Outcome:
    """Change fields of one record that was seen at a version."""
    present = rows.one(session, kind, pk)
    values, listed = edits.stored(session, kind, changes, pk)
    if present.version != seen_version:
        raise VersionConflictError(
            f"This {kind.word} was changed by someone else meanwhile.",
            mine=_as_wished(present, values, listed),
            theirs=present,
        )
    after = {**values, **listed}
    if kind is Kind.EXECUTION:
        run = audit.fields_of(session, kind, pk, ["task_pk", "turn", "step", "attempt"])
        _refuse_same_run(session, run | after, pk)
        if present.title == run_title(run["turn"], run["step"]):
            now = run | after
            after = {"title": run_title(now["turn"], now["step"]), **after}
    verb = _REVIEW_VERBS.get(after.get("review")) if len(after) == 1 else None
    named = _named(session, kind, [pk])
    title = f"{verb} {named}" if verb else _edit_title(changes, named)
    operation_pk = operations.begin(session, "edit", title)
    moment = _note_edit(session, operation_pk, kind, present, after)
    if kind is Kind.TASK and moment is not None:
        audit.choose(session, [pk])
        _touch_batches(session, operation_pk, moment)
    return _apply(session, operation_pk)


def _note_edit(
    session: Session, operation_pk: int, kind: Kind, present: AnyRecord, after: dict[str, Any]
) -> int | None:
    """Note the fields that an edit changes; return its time, or None if there are none."""
    before = _present_fields(session, kind, present.pk, list(after))
    changed = [name for name in after if after[name] != before[name]]
    # With the same status, the source's own word for it stays.
    fields = [name for name in changed if name != "status_word" or "status" in changed]
    if not fields:
        return None
    moment = max(now_us(), present.updated_at + 1)
    audit.note_update(
        session,
        operation_pk,
        kind,
        present.pk,
        {name: before[name] for name in fields} | {"updated_at": present.updated_at},
        {name: after[name] for name in fields} | {"updated_at": moment},
    )
    return moment


def merge_learnings(session: Session, kept_pk: int, other_pk: int) -> Outcome:
    """Make one learning part of another."""
    kept, other = (rows.one(session, Kind.LEARNING, pk) for pk in (kept_pk, other_pk))
    values, _ = edits.stored(
        session,
        Kind.LEARNING,
        {"superseded_by": kept.id},
        other_pk,
    )
    fields = ["description", "tags", "evidence"]
    ours, theirs = (
        _present_fields(session, Kind.LEARNING, pk, fields) for pk in (kept_pk, other_pk)
    )
    said, more = ours["description"], theirs["description"].strip() or other.title
    both: dict[str, Any] = {
        name: sorted({*ours[name], *theirs[name]}) for name in ("tags", "evidence")
    }
    if more not in said and more != kept.title:
        both["description"] = f"{said}\n\n{more}".lstrip()
    named, into = (_named(session, Kind.LEARNING, [pk]) for pk in (other_pk, kept_pk))
    operation_pk = operations.begin(session, "edit", f"Merge {named} into {into}")
    _note_edit(session, operation_pk, Kind.LEARNING, kept, both)
    _note_edit(session, operation_pk, Kind.LEARNING, other, values)
    return _apply(session, operation_pk)


def edit_many(
    session: Session, kind: Kind, choice: Choice, changes: Mapping[str, EditValue]
) -> Outcome:
    """Give many records the same status, priority, severity or kind."""
    unknown = set(changes) - _BULK_FIELDS
    if unknown:
        named = ", ".join(sorted(unknown))
        raise InvalidEditError(f"Many {kind.plural} cannot be given the same {named}.")
    values, _ = edits.stored(session, kind, changes, None)
    _choose(session, kind, choice)
    # With the same status, the source's own word for it stays.
    compared = [name for name in values if name != "status_word"]
    same = " AND ".join(f"{name} IS ?" for name in compared)
    session.execute(
        "DELETE FROM temp.chosen WHERE pk IN"
        f" (SELECT pk FROM {LAYOUTS[kind].table} WHERE {same})",
        [values[name] for name in compared],
    )
    values["updated_at"] = now_us()
    named = _named(session, kind, audit.chosen(session))
    operation_pk = operations.begin(session, "edit", _edit_title(changes, named))
    audit.note_same_update(session, operation_pk, kind, values)
    if kind is Kind.TASK:
        _touch_batches(session, operation_pk, values["updated_at"])
    return _apply(session, operation_pk)


def edit_tags(
    session: Session, kind: Kind, choice: Choice, add: Sequence[str], remove: Sequence[str]
) -> Outcome:
    """Add tags to many records and remove others from them."""
    if "tags" not in LAYOUTS[kind].lists:
        raise InvalidEditError(f"A {kind.word} has no tags.")
    added = edits.tag_names(add)
    removed = [name for name in edits.tag_names(remove) if name not in added]
    names = json.dumps(added), json.dumps(removed)
    _choose(session, kind, choice)
    session.execute(_leave_out_retagged(kind), names)
    moment = now_us()
    named = _named(session, kind, audit.chosen(session))
    operation_pk = operations.begin(session, "edit", _edit_title({"tags": ()}, named))
    session.execute(_note_tags(kind), (*names, operation_pk, moment))
    if kind is Kind.TASK:
        _touch_batches(session, operation_pk, moment)
    return _apply(session, operation_pk)


def _tags_of(kind: Kind, pk: str) -> str:
    """Return the select of the names of a record's tags."""
    tags = LAYOUTS[kind].lists["tags"]
    return (
        f"SELECT name FROM {tags.table} JOIN tag ON tag.pk = tag_pk WHERE {tags.owner} = {pk}"
    )


def _leave_out_retagged(kind: Kind) -> str:
    """Return what leaves only those chosen that lack a tag to add or have one to remove."""
    present = _tags_of(kind, "chosen.pk")
    return (
        "DELETE FROM temp.chosen"
        f" WHERE NOT EXISTS (SELECT value FROM json_each(?1) EXCEPT {present})"
        f" AND NOT EXISTS (SELECT value FROM json_each(?2) INTERSECT {present})"
    )


def _note_tags(kind: Kind) -> str:
    """Return what notes, for all that are chosen, their tags before and after."""
    table = LAYOUTS[kind].table
    present = _tags_of(kind, f"{table}.pk")
    return (
        "INSERT INTO audit_entry (operation_pk, kind, record_pk, action, before, after)"
        f" SELECT ?3, {kind.value}, {table}.pk, {audit.UPDATED}, json_object('tags',"
        f" json((SELECT json_group_array(name) FROM ({present} ORDER BY name))),"
        " 'updated_at', updated_at), json_object('tags',"
        " json((SELECT json_group_array(name) FROM (SELECT value AS name FROM json_each(?1)"
        f" UNION {present} AND name NOT IN (SELECT value FROM json_each(?2))"
        f" ORDER BY name))), 'updated_at', ?4) FROM {table} JOIN temp.chosen USING (pk)"
    )


def _touch_batches(session: Session, operation_pk: int, moment: int) -> None:
    """Note that the batches of the chosen tasks changed: a list by last change shows it."""
    touched = session.rows(
        "SELECT DISTINCT batch_pk FROM task WHERE batch_pk IS NOT NULL"
        " AND pk IN (SELECT pk FROM temp.chosen)"
    )
    audit.choose(session, [pk for (pk,) in touched])
    audit.note_same_update(session, operation_pk, Kind.BATCH, {"updated_at": moment})


def move(session: Session, kind: Kind, choice: Choice, place: Place) -> Outcome:
    """Archive, trash or put back records, and the tasks that go with them."""
    _choose(session, kind, choice)
    column = _MOVED_BY[place] or (
        "trashed_at" if _any_trashed(session, kind) else "archived_at"
    )
    moment = None if place is Place.LIVE else now_us()
    hindrance = "" if column == "trashed_at" else " OR trashed_at IS NOT NULL"
    opposite = "IS NULL" if moment is None else "IS NOT NULL"
    session.execute(
        f"DELETE FROM temp.chosen WHERE pk IN (SELECT pk FROM {LAYOUTS[kind].table}"
        f" WHERE {column} {opposite}{hindrance})"
    )
    moved = audit.chosen(session)
    verb = _VERBS[place, column]
    title = f"{verb.capitalize()} {_named(session, kind, moved)}"
    inside = _inside(session, kind, moved, column, back=moment is None)
    return _set_moment(session, inside, column, moment, verb, title)


def put_away(
    session: Session, chosen: Mapping[Kind, Sequence[int]], column: str, verb: str, title: str
) -> Outcome:
    """Archive or trash records of any kinds as one operation, and nothing along with them."""
    return _set_moment(session, chosen, column, now_us(), verb, title)


def _set_moment(
    session: Session,
    chosen: Mapping[Kind, Sequence[int]],
    column: str,
    moment: int | None,
    verb: str,
    title: str,
) -> Outcome:
    operation_pk = operations.begin(session, verb, title)
    for each, pks in chosen.items():
        audit.choose(session, pks)
        audit.note_same_update(session, operation_pk, each, {column: moment})
    return _apply(session, operation_pk)


_MOVED_BY: Final = {
    Place.ARCHIVED: "archived_at",
    Place.TRASHED: "trashed_at",
    Place.LIVE: "",
}
_VERBS: Final = {
    (Place.ARCHIVED, "archived_at"): "archive",
    (Place.TRASHED, "trashed_at"): "trash",
    (Place.LIVE, "archived_at"): "unarchive",
    (Place.LIVE, "trashed_at"): "restore",
}


def _any_trashed(session: Session, kind: Kind) -> bool:
    return bool(
        session.value(
            f"SELECT 1 FROM {LAYOUTS[kind].table} JOIN temp.chosen USING (pk)"
            " WHERE trashed_at IS NOT NULL LIMIT 1"
        )
    )


def _inside(
    session: Session, kind: Kind, pks: Sequence[int], column: str = "", *, back: bool = False
) -> dict[Kind, list[int]]:
    """Return records, and those that are part of them in however many steps, by kind.

    With a column, only those that go with them when it is set: on the way out what has
    none yet; on the way back what went out at the same moment as what it is part of.
    """
    session.execute(
        "CREATE TEMP TABLE IF NOT EXISTS inside (kind INTEGER, pk INTEGER, moment INTEGER,"
        " PRIMARY KEY (kind, pk)) WITHOUT ROWID"
    )
    session.execute("DELETE FROM temp.inside")
    moment = column or "NULL"
    audit.choose(session, pks)
    session.execute(
        f"INSERT INTO temp.inside SELECT {kind.value}, pk, {moment} FROM {LAYOUTS[kind].table}"
        " JOIN temp.chosen USING (pk)"
    )
    condition = ""
    if column:
        condition = f" AND c.{column} = i.moment" if back else f" AND c.{column} IS NULL"
    for layout in LAYOUTS.values():
        behind = curtain.hidden(session, layout.kind).sql("c.pk")
        while any(
            session.run(
                f"INSERT OR IGNORE INTO temp.inside SELECT {layout.kind.value}, c.pk,"
                f" {f'c.{column}' if column else 'NULL'} FROM temp.inside i"
                f" JOIN {layout.table} c ON c.{owner} = i.pk"
                f" WHERE i.kind = {layout.references[owner].value}{condition}{behind}"
            )
            for owner in layout.owners
        ):
            pass
    found: dict[Kind, list[int]] = {}
    for number, pk in session.rows("SELECT kind, pk FROM temp.inside ORDER BY kind, pk"):
        found.setdefault(Kind(number), []).append(pk)
    return found


def purge(session: Session, kind: Kind, choice: Choice, reason: str) -> Outcome:
    """Delete records for good, leaving a tombstone of each."""
    chosen = with_contents(session, kind, choice)
    if not chosen.get(kind):
        return Outcome(operation=None)
    numbers = {each: len(pks) for each, pks in chosen.items()}
    title = f"Delete {kind.counted_with(numbers)} permanently"
    return purge_chosen(session, chosen, title, reason)


def purge_chosen(
    session: Session, chosen: Mapping[Kind, Sequence[int]], title: str, reason: str
) -> Outcome:
    """Delete records of any kinds for good as one operation, and nothing along with them."""
    operation_pk = operations.begin(session, "purge", title, undoable=False)
    for each in sorted(chosen, reverse=True):
        audit.choose(session, chosen[each])
        table = LAYOUTS[each].table
        session.execute(
            "INSERT INTO tombstone (kind, record_id, operation_pk, deleted_at, reason)"
            f" SELECT {each.value}, id, ?, ?, ? FROM {table} JOIN temp.chosen USING (pk)",
            (operation_pk, now_us(), reason),
        )
        audit.forget_chosen(session, each)
        if each is Kind.TASK:
            counts.shift(session, -1)
        elif each is Kind.MESSAGE:
            counts.drop_messages(session)
        with without_sort_indexes(session, table, None, len(chosen[each])):
            images.delete_chosen(session, each)
    lists.forget_unused_tags(session)
    audit.close_empty_operations(session)
    operation = operations.finish(session, operation_pk)
    changed = {each: tuple(pks) for each, pks in chosen.items() if pks}
    return Outcome(operation=operation, changed=changed)


def with_contents(session: Session, kind: Kind, choice: Choice) -> dict[Kind, list[int]]:
    """Return the pks of records and of all that is part of them, by kind."""
    _choose(session, kind, choice)
    return _inside(session, kind, audit.chosen(session))


def _choose(session: Session, kind: Kind, choice: Choice) -> None:
    """Make the records of a query, or these pks, the chosen ones."""
    if isinstance(choice, Collection):
        audit.choose(session, choice)
    else:
        audit.choose(session, selects.find(session, choice, now_us(), None))
    behind = curtain.hidden(session, kind).sql("pk")
    session.execute(
        "DELETE FROM temp.chosen WHERE pk NOT IN"
        f" (SELECT pk FROM {LAYOUTS[kind].table} WHERE 1{behind})"
    )


def _apply(session: Session, operation_pk: int) -> Outcome:
    """Apply the entries of an operation; one without any leaves no trace."""
    if not session.value("SELECT 1 FROM audit_entry WHERE operation_pk = ?", (operation_pk,)):
        session.execute("DELETE FROM operation WHERE pk = ?", (operation_pk,))
        return Outcome(operation=None)
    applied = audit.apply(session, operation_pk, forward=True)
    operation = operations.finish(session, operation_pk)
    return Outcome(
        operation=operation,
        changed={kind: tuple(pks) for kind, pks in applied.changed.items() if pks},
    )


def _named(session: Session, kind: Kind, pks: Sequence[int]) -> str:
    """Return what an operation is about: one record by its title, or how many there are."""
    title = ""
    if len(pks) == 1:
        table = LAYOUTS[kind].table
        title = session.value(f"SELECT title FROM {table} WHERE pk = ?", (pks[0],)) or ""
    return _titled(kind, title) or kind.counted(len(pks))


def _titled(kind: Kind, title: str) -> str:
    """Return a record as operations name it: `task “Parser”`; nothing without a title."""
    shown = first_line(title, _NAME_CHARS)
    return f"{kind.word} “{shown}”" if shown else ""


def _edit_title(changes: Mapping[str, EditValue], about: str) -> str:
    fields = [name.replace("_", " ") for name in sorted(changes)]
    named = " and ".join(filter(None, (", ".join(fields[:-1]), fields[-1])))
    return f"Change {named} of {about}"


def _as_wished(
    present: AnyRecord, values: Mapping[str, Any], lists: Mapping[str, Sequence[Any]]
) -> AnyRecord:
    """Return the record as the person wanted it, as far as a row of a table shows it."""
    wished = {**values, **{name: tuple(value) for name, value in lists.items()}}
    shown = {name: wished[name] for name in wished.keys() & {*present.__struct_fields__}}
    return replace(present, **shown)


def _present_fields(session: Session, kind: Kind, pk: int, fields: list[str]) -> dict[str, Any]:
    """Return what fields of a record hold now, as the audit log writes them."""
    layout = LAYOUTS[kind]
    stored = [name for name in fields if name not in layout.lists]
    found = audit.fields_of(session, kind, pk, stored) if stored else {}
    for name in set(fields) - set(stored):
        found[name] = lists.present(session, layout, name, pk)
    return found
