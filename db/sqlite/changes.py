"""What a person does to records: each function is one operation in the open transaction.

A change is first written to the audit log and then applied from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from db.errors import InvalidEditError, RecordNotFoundError, VersionConflictError
from db.ids import new_id
from db.ports import Choice, EditValue
from db.query import BatchQuery, TaskQuery
from db.records import AnyRecord, Kind, Outcome, Place, TaskRecord
from db.sqlite import audit, counts, curtain, images, index, lists, operations, rows, selects
from db.sqlite.bulk import without_sort_indexes
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS
from db.texts import storable
from db.times import now_us
from db.vocabulary import LinkKind, Priority, Status, fold_priority, fold_status

MAX_TITLE_CHARS: Final = 10_000
_BULK_FIELDS: Final = frozenset({"status", "priority", "kind"})
_DESCENDANTS: Final = (
    "WITH RECURSIVE below (pk) AS (SELECT pk FROM temp.chosen"
    " UNION SELECT task.pk FROM task JOIN below ON task.parent_pk = below.pk)"
    " SELECT pk FROM below"
)


def create_batch(session: Session, title: str, description: str) -> Outcome:
    """Make an empty batch."""
    operation_pk = operations.begin(session, "create", "Create a batch")
    now = now_us()
    session.execute(
        "INSERT INTO batch (id, title, description, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (new_id(), _title(title), storable(description), now, now),
    )
    return _created(session, operation_pk, Kind.BATCH)


def create_task(session: Session, fields: Mapping[str, EditValue]) -> Outcome:
    """Make a task from the fields that `edit` takes."""
    operation_pk = operations.begin(session, "create", "Create a task")
    now = now_us()
    values, listed = _stored(session, Kind.TASK, {"title": "", **fields}, None)
    description = values.pop("description", "")
    columns = {
        "id": new_id(),
        "created_at": now,
        "updated_at": now,
        "status": Status.QUEUED,
        **values,
    }
    session.execute(
        f"INSERT INTO task ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        list(columns.values()),
    )
    pk = int(session.value("SELECT last_insert_rowid()"))
    session.execute("INSERT INTO task_body (pk, description) VALUES (?, ?)", (pk, description))
    lists.add_tags(session, [(pk, tag) for tag in listed.get("tags", ())])
    lists.add_links(session, [(pk, to_pk, kind) for to_pk, kind in listed.get("links", ())])
    return _created(session, operation_pk, Kind.TASK)


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
    if present.version != seen_version:
        raise VersionConflictError(
            f"This {kind.word} was changed by someone else meanwhile.",
            mine=_as_wished(present, changes),
            theirs=present,
        )
    values, listed = _stored(session, kind, changes, pk)
    after = {**values, **listed}
    before = _present_fields(session, kind, pk, list(after))
    fields = [name for name in after if after[name] != before[name]]
    if not fields:
        return Outcome(operation=None)
    operation_pk = operations.begin(session, "edit", _edit_title(kind, changes, 1))
    moment = max(now_us(), present.updated_at + 1)
    audit.note_update(
        session,
        operation_pk,
        kind,
        pk,
        {name: before[name] for name in fields} | {"updated_at": present.updated_at},
        {name: after[name] for name in fields} | {"updated_at": moment},
    )
    if kind is Kind.TASK:
        audit.choose(session, [pk])
        _touch_batches(session, operation_pk, moment)
    return _apply(session, operation_pk)


def edit_many(session: Session, choice: Choice, changes: Mapping[str, EditValue]) -> Outcome:
    """Give many tasks the same status, priority or kind."""
    unknown = set(changes) - _BULK_FIELDS
    if unknown:
        raise InvalidEditError(f"Many tasks cannot be given the same {', '.join(unknown)}.")
    values, _ = _stored(session, Kind.TASK, changes, None)
    _choose(session, Kind.TASK, choice)
    values["updated_at"] = now_us()
    same = " AND ".join(f"{name} IS ?" for name in values if name != "updated_at")
    session.execute(
        f"DELETE FROM temp.chosen WHERE pk IN (SELECT pk FROM task WHERE {same})",
        [value for name, value in values.items() if name != "updated_at"],
    )
    number = len(audit.chosen(session))
    operation_pk = operations.begin(session, "edit", _edit_title(Kind.TASK, changes, number))
    audit.note_same_update(session, operation_pk, Kind.TASK, values)
    _touch_batches(session, operation_pk, values["updated_at"])
    return _apply(session, operation_pk)


def edit_tags(
    session: Session, choice: Choice, add: Sequence[str], remove: Sequence[str]
) -> Outcome:
    """Add tags to many tasks and remove others from them."""
    added = _tags(add)
    names = json.dumps(added), json.dumps([name for name in _tags(remove) if name not in added])
    _choose(session, Kind.TASK, choice)
    session.execute(_LEAVE_OUT_RETAGGED, names)
    moment = now_us()
    number = len(audit.chosen(session))
    operation_pk = operations.begin(
        session, "edit", _edit_title(Kind.TASK, {"tags": ()}, number)
    )
    session.execute(_NOTE_TAGS, (*names, operation_pk, moment))
    _touch_batches(session, operation_pk, moment)
    return _apply(session, operation_pk)


_LEAVE_OUT_RETAGGED: Final = (
    "DELETE FROM temp.chosen WHERE NOT EXISTS (SELECT value FROM json_each(?1) EXCEPT"
    " SELECT name FROM task_tag JOIN tag ON tag.pk = tag_pk WHERE task_pk = chosen.pk)"
    " AND NOT EXISTS (SELECT value FROM json_each(?2) INTERSECT"
    " SELECT name FROM task_tag JOIN tag ON tag.pk = tag_pk WHERE task_pk = chosen.pk)"
)
"""Leave only those chosen that lack a tag to add or have one to remove."""

_NOTE_TAGS: Final = (
    "INSERT INTO audit_entry (operation_pk, kind, record_pk, action, before, after)"
    f" SELECT ?3, {Kind.TASK.value}, task.pk, {audit.UPDATED}, json_object('tags',"
    " json((SELECT json_group_array(name) FROM (SELECT name FROM task_tag"
    " JOIN tag ON tag.pk = tag_pk WHERE task_pk = task.pk ORDER BY name))),"
    " 'updated_at', updated_at), json_object('tags',"
    " json((SELECT json_group_array(name) FROM (SELECT value AS name FROM json_each(?1)"
    " UNION SELECT name FROM task_tag JOIN tag ON tag.pk = tag_pk WHERE task_pk = task.pk"
    " AND name NOT IN (SELECT value FROM json_each(?2)) ORDER BY name))), 'updated_at', ?4)"
    " FROM task JOIN temp.chosen USING (pk)"
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
    operation_pk = operations.begin(
        session, verb, f"{verb.capitalize()} {kind.counted(len(moved))}"
    )
    followers = _followers(session, kind, column, back=moment is None)
    audit.choose(session, moved)
    audit.note_same_update(session, operation_pk, kind, {column: moment})
    audit.choose(session, followers)
    audit.note_same_update(session, operation_pk, Kind.TASK, {column: moment})
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


def _followers(session: Session, kind: Kind, column: str, *, back: bool) -> list[int]:
    """Return the tasks that go with the chosen records.

    On the way out these are all the tasks inside; on the way back, those that went out
    at the same moment as what they are in.
    """
    behind = curtain.hidden(session, Kind.TASK).sql("t.pk")
    if kind is Kind.BATCH:
        same = f"t.{column} = b.{column}" if back else f"t.{column} IS NULL"
        found = session.rows(
            "SELECT t.pk FROM temp.chosen c JOIN batch b ON b.pk = c.pk"
            f" JOIN task t ON t.batch_pk = b.pk WHERE {same}{behind}"
        )
    else:
        same = f"t.{column} = above.moment" if back else f"t.{column} IS NULL"
        found = session.rows(
            f"WITH RECURSIVE above (pk, moment) AS (SELECT pk, {column} FROM task"
            " JOIN temp.chosen USING (pk) UNION"
            f" SELECT t.pk, t.{column} FROM task t JOIN above ON t.parent_pk = above.pk"
            f" WHERE {same}{behind}) SELECT pk FROM above"
            " WHERE pk NOT IN (SELECT pk FROM temp.chosen)"
        )
    return [pk for (pk,) in found]


def purge(session: Session, kind: Kind, choice: Choice, reason: str) -> Outcome:
    """Delete records for good, leaving a tombstone of each."""
    chosen = _with_contents(session, kind, choice)
    number = len(chosen[kind])
    if not number:
        return Outcome(operation=None)
    title = f"Delete {kind.counted(number)} permanently"
    operation_pk = operations.begin(session, "purge", title, undoable=False)
    for each in reversed(Kind):
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
        with without_sort_indexes(session, table, None, len(chosen[each])):
            images.delete_chosen(session, each)
    session.execute("DELETE FROM tag WHERE pk NOT IN (SELECT tag_pk FROM task_tag)")
    operation = operations.finish(session, operation_pk)
    changed = {each: tuple(pks) for each, pks in chosen.items() if pks}
    return Outcome(operation=operation, changed=changed)


def related_counts(session: Session, kind: Kind, choice: Choice) -> dict[Kind, int]:
    """Return how many records of each kind `purge` would delete."""
    return {
        each: len(pks) for each, pks in _with_contents(session, kind, choice).items() if pks
    }


def _with_contents(session: Session, kind: Kind, choice: Choice) -> dict[Kind, list[int]]:
    _choose(session, kind, choice)
    found: dict[Kind, list[int]] = {each: [] for each in Kind}
    if kind is Kind.BATCH:
        found[Kind.BATCH] = audit.chosen(session)
        audit.choose(
            session,
            "SELECT task.pk FROM task WHERE batch_pk IN"
            f" (SELECT value FROM json_each('{found[Kind.BATCH]}'))",
        )
    found[Kind.TASK] = [pk for (pk,) in session.rows(_DESCENDANTS)]
    return found


def _choose(session: Session, kind: Kind, choice: Choice) -> None:
    """Make the records of a query, or these pks, the chosen ones."""
    if isinstance(choice, BatchQuery | TaskQuery):
        audit.choose(session, selects.find(session, choice, now_us(), None))
    else:
        audit.choose(session, choice)
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


def _edit_title(kind: Kind, changes: Mapping[str, EditValue], number: int) -> str:
    return f"Change {' and '.join(sorted(changes))} of {kind.counted(number)}"


def _as_wished(present: AnyRecord, changes: Mapping[str, EditValue]) -> AnyRecord:
    """Return the record as the person wanted it, as far as a row of a table shows it."""
    shown = {name: value for name, value in changes.items() if name in {"title", "kind"}}
    if isinstance(present, TaskRecord):
        if "status" in changes:
            shown["status"] = _status(changes["status"])
        if "priority" in changes:
            shown["priority"] = _priority(changes["priority"])
        if "tags" in changes:
            shown["tags"] = tuple(_tags(changes["tags"]))
    return replace(present, **shown)


def _present_fields(session: Session, kind: Kind, pk: int, fields: list[str]) -> dict[str, Any]:
    """Return what fields of a record hold now, as the audit log writes them."""
    stored = [name for name in fields if name not in LAYOUTS[kind].lists]
    found = audit.fields_of(session, kind, pk, stored) if stored else {}
    for name in set(fields) - set(stored):
        found[name] = lists.present(session, name, pk)
    return found


def _stored(
    session: Session, kind: Kind, changes: Mapping[str, EditValue], pk: int | None
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return a person's changes as columns, and as the lists of tags and links."""
    values: dict[str, Any] = {}
    listed: dict[str, list[Any]] = {}
    for name, value in changes.items():
        if name not in _EDITABLE[kind]:
            raise InvalidEditError(f"A {kind.word} has no field named {name}.")
        if name == "tags":
            listed["tags"] = _tags(value)
        elif name == "links":
            listed["links"] = _links(session, value, pk)
        elif name in _REFERENCES:
            values |= _REFERENCES[name](session, value, pk)
        else:
            values |= _VALUES[name](value)
    return values, listed


_EDITABLE: Final = {
    Kind.BATCH: frozenset({"title", "description"}),
    Kind.TASK: frozenset(
        {
            "title",
            "description",
            "status",
            "priority",
            "kind",
            "batch",
            "parent",
            "tags",
            "links",
        }
    ),
}


def _title(value: EditValue) -> str:
    title = " ".join(storable(str(value or "")).split())
    if not title:
        raise InvalidEditError("A title needs at least one letter.", advice="Type a title.")
    if len(title) > MAX_TITLE_CHARS:
        raise InvalidEditError(
            f"A title can have up to {MAX_TITLE_CHARS:,} letters; this one has {len(title):,}.",
            advice="Put the long text into the description.",
        )
    return title


def _word(value: EditValue) -> str:
    word = storable(str(value or "")).strip()
    if not word or len(word) > 100:  # noqa: PLR2004
        raise InvalidEditError("A kind is a word of up to 100 letters.")
    return word


def _status(value: EditValue) -> Status:
    if isinstance(value, int) and value in {*Status}:
        return Status(value)
    folded = fold_status(value) if isinstance(value, str) else None
    if folded is None:
        known = ", ".join(status.word for status in Status)
        raise InvalidEditError(f"There is no status {value!r}.", advice=f"Use one of {known}.")
    return folded


def _priority(value: EditValue) -> Priority:
    if isinstance(value, int) and value in {*Priority}:
        return Priority(value)
    folded = fold_priority(value) if isinstance(value, str) else None
    if folded is None:
        known = ", ".join(priority.word for priority in Priority)
        raise InvalidEditError(
            f"There is no priority {value!r}.", advice=f"Use one of {known}."
        )
    return folded


def _tags(value: EditValue) -> list[str]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidEditError("Tags are a list of words.")
    names = {" ".join(storable(str(name)).split()) for name in value}
    return sorted(name for name in names if name)


def _pk_of(session: Session, kind: Kind, id_: EditValue) -> int | None:
    if id_ is None:
        return None
    behind = curtain.hidden(session, kind).sql("pk")
    pk = session.value(f"SELECT pk FROM {LAYOUTS[kind].table} WHERE id = ?{behind}", (id_,))
    if pk is None:
        raise RecordNotFoundError(f"There is no {kind.word} with the id {id_}.")
    return int(pk)


def _parent(session: Session, id_: EditValue, pk: int | None) -> int | None:
    parent_pk = _pk_of(session, Kind.TASK, id_)
    if pk is not None and parent_pk is not None and audit.is_inside(session, parent_pk, pk):
        raise InvalidEditError("A task cannot be a part of itself or of its own parts.")
    return parent_pk


def _links(session: Session, value: EditValue, pk: int | None) -> list[list[int]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidEditError("Links are a list of task ids, each with a kind.")
    links = set()
    for pair in value:
        if isinstance(pair, str):
            raise InvalidEditError("A link is a pair of a task's id and a kind.")
        id_, kind = pair
        to_pk = _pk_of(session, Kind.TASK, id_)
        if to_pk is None or to_pk == pk:
            raise InvalidEditError("A task cannot be linked with itself.")
        links.add((to_pk, int(LinkKind(kind))))
    return [list(link) for link in sorted(links)]


_VALUES: Final[Mapping[str, Callable[[EditValue], dict[str, Any]]]] = {
    "title": lambda value: {"title": _title(value)},
    "description": lambda value: {"description": storable(str(value or ""))},
    "status": lambda value: {"status": _status(value), "status_word": None},
    "priority": lambda value: {"priority": _priority(value)},
    "kind": lambda value: {"kind": _word(value)},
}
_REFERENCES: Final[Mapping[str, Callable[[Session, EditValue, int | None], dict[str, Any]]]] = {
    "batch": lambda session, value, _pk: {"batch_pk": _pk_of(session, Kind.BATCH, value)},
    "parent": lambda session, value, pk: {"parent_pk": _parent(session, value, pk)},
}
