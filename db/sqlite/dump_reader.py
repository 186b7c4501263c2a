"""Taking in the rows of a Sheaf dump, as part of an import behind the curtain.

Records are known by their id: one that is here already is compared, a new one is stored
with every column as it was. The operations of the dump come with them, out of sight until
the import is committed, and go again when it is undone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import apsw

from db.errors import ExchangeError
from db.ports import IncomingRow
from db.records import Kind
from db.sqlite import audit, curtain, lists, operations
from db.sqlite.connection import Session
from db.sqlite.counts import COUNT_COLUMNS
from db.sqlite.dump import translate
from db.sqlite.tables import LAYOUTS, UPLOADS

if TYPE_CHECKING:
    from db.sqlite.staging import SqliteStaging

_TASK: Final = (
    "id", "batch_pk", "title", "status", "status_word", "kind", "priority", "created_at",
    "updated_at", "archived_at", "trashed_at", "version", "origin", "external_id",
)  # fmt: skip
_BATCH: Final = (
    "id", "title", "description", "created_at", "updated_at", "archived_at", "trashed_at",
    "version", "origin", "external_id", "raw", "upload_pk", "byte_offset", "byte_length",
)  # fmt: skip
_BODY: Final = ("description", "raw", "upload_pk", "byte_offset", "byte_length")
_UPLOAD: Final = (
    "id", "sha256", "name", "path", "format", "origin", "size", "created_at",
)  # fmt: skip
_OPERATION: Final = (
    "id", "verb", "title", "actor", "state", "undoable", "started_at", "finished_at", "report",
)  # fmt: skip
_COMPARED: Final = {
    Kind.BATCH: ("title", "description", "archived_at", "trashed_at", "raw"),
    Kind.TASK: (
        "title", "description", "status", "status_word", "priority", "kind", "archived_at",
        "trashed_at", "batch_pk", "raw",
    ),
}  # fmt: skip

MEETING_TABLES: Final = """
CREATE TEMP TABLE IF NOT EXISTS met (
  operation_pk INTEGER, pk INTEGER, parent TEXT, before TEXT, after TEXT,
  PRIMARY KEY (operation_pk, pk)
);
CREATE TEMP TABLE IF NOT EXISTS met_link (
  operation_pk INTEGER, from_pk INTEGER, to_pk INTEGER, kind INTEGER,
  PRIMARY KEY (operation_pk, from_pk, to_pk, kind)
);
"""
"""Tasks of a dump that were here before: what of them differs, and all their links in it."""

_MET: Final = """
SELECT m.pk, m.before, m.after, m.parent, json_array(t.parent_pk, p.pk),
  (SELECT json_group_array(json_array(to_pk, kind) ORDER BY to_pk, kind)
   FROM task_link WHERE from_pk = m.pk),
  (SELECT json_group_array(json_array(to_pk, kind) ORDER BY to_pk, kind)
   FROM temp.met_link l WHERE l.operation_pk = m.operation_pk AND from_pk = m.pk)
FROM temp.met m JOIN task t ON t.pk = m.pk LEFT JOIN task p ON p.id = m.parent
WHERE m.operation_pk = ? ORDER BY m.pk
"""

_INSERT_TOMBSTONE: Final = """
INSERT INTO tombstone (kind, record_id, operation_pk, deleted_at, reason)
SELECT ?1, ?2, (SELECT pk FROM operation WHERE id = ?3), ?4, ?5
WHERE NOT EXISTS (SELECT 1 FROM tombstone WHERE kind = ?1 AND record_id = ?2)
"""


class DumpReader:
    """The rows of the dumps in one import."""

    def __init__(self, staging: SqliteStaging) -> None:
        self._staging = staging
        self._later: list[tuple[str, tuple[Any, ...]]] = []
        self.has_history = False
        self._is_complete = False
        self._reserved: dict[tuple[str, str], int] = {}

    def add(self, session: Session, rows: Sequence[IncomingRow]) -> None:
        """Store rows.

        Raises:
            ExchangeError: a row that no table can take.
        """
        readers: dict[str, Callable[[Session, dict[str, Any]], None]] = {
            "upload": self._upload,
            "batch": self._batch,
            "task": self._task,
            "task_link": self._link,
            "operation": self._operation,
            "audit_entry": self._entry,
            "tombstone": self._tombstone,
            "setting": self._setting,
        }
        for incoming in rows:
            reader = readers.get(incoming.table)
            if reader is None:
                raise ExchangeError(f"The dump has a table {incoming.table} that is not known.")
            try:
                reader(session, dict(incoming.row))
            except (KeyError, TypeError, ValueError, apsw.ConstraintError) as error:
                raise ExchangeError(
                    f"A row of the table {incoming.table} cannot be used: {error}."
                ) from error

    def end_file(self, session: Session) -> None:
        """Note what changes of tasks that were here before: now all they refer to is here."""
        mine = (self._staging.operation_pk,)
        for row in session.rows(_MET, mine):
            self._compare_met(session, *row)
        for table in ("met", "met_link"):
            session.execute(f"DELETE FROM temp.{table} WHERE operation_pk = ?", mine)
        self._is_complete = False

    def finish(self, session: Session) -> None:
        """Show the operations of the dumps, and add what could not be hidden until now."""
        operations.show_brought(session, self._staging.operation_pk)
        for statement, params in self._later:
            session.execute(statement, params)

    def _upload(self, session: Session, row: dict[str, Any]) -> None:
        if _pk(session, "upload", row["id"]) is None:
            pk = _insert(session, "upload", {name: row[name] for name in _UPLOAD})
            curtain.hide(session, self._staging.operation_pk, UPLOADS, pk, pk)

    def _batch(self, session: Session, row: dict[str, Any]) -> None:
        for column in COUNT_COLUMNS:
            row.pop(column)
        row["upload_pk"] = _pk(session, "upload", row.pop("upload"))
        present = _pk(session, "batch", row["id"])
        if present is not None:
            self._compare(session, present, row)
            return
        pk = _insert(session, "batch", {name: row[name] for name in _BATCH})
        self._added(session, Kind.BATCH, pk, row["title"])

    def _task(self, session: Session, row: dict[str, Any]) -> None:
        row["tags"], parent = sorted(json.loads(row["tags"])), row.pop("parent")
        row["upload_pk"] = _pk(session, "upload", row.pop("upload"))
        row["batch_pk"] = _pk(session, "batch", row.pop("batch"))
        present = _pk(session, "task", row["id"])
        if present is not None:
            self._meet(session, present, row, parent)
            return
        pk = _insert(session, "task", {name: row[name] for name in _TASK})
        _insert(session, "task_body", {"pk": pk, **{name: row[name] for name in _BODY}})
        lists.add(session, LAYOUTS[Kind.TASK], "tags", pk, row["tags"])
        if parent is not None:
            self._staging.parent_later(session, pk, parent)
        self._added(session, Kind.TASK, pk, row["title"])

    def _added(self, session: Session, kind: Kind, pk: int, title: str) -> None:
        self._staging.reveal_later(session, kind, pk, pk)
        self._staging.count("new", kind)
        self._staging.example(title)

    def _compare(self, session: Session, pk: int, row: dict[str, Any]) -> None:
        """Note what changes of a batch that was here before."""
        names = _COMPARED[Kind.BATCH]
        before = audit.fields_of(session, Kind.BATCH, pk, (*names, "updated_at"))
        self._note(session, Kind.BATCH, pk, before, row, _differing(names, before, row))

    def _meet(self, session: Session, pk: int, row: dict[str, Any], parent: str | None) -> None:
        """Remember a task that was here before, and what of it differs, for `end_file`."""
        names = _COMPARED[Kind.TASK]
        before = audit.fields_of(session, Kind.TASK, pk, (*names, "updated_at"))
        before["tags"] = lists.present(session, LAYOUTS[Kind.TASK], "tags", pk)
        kept = ("updated_at", *_differing((*names, "tags"), before, row))
        session.execute(
            "INSERT OR REPLACE INTO temp.met VALUES (?, ?, ?, ?, ?)",
            (
                self._staging.operation_pk,
                pk,
                parent,
                json.dumps({name: before[name] for name in kept}),
                json.dumps({name: row[name] for name in kept}),
            ),
        )

    def _compare_met(
        self, session: Session, pk: int, before_text: str, after_text: str,
        parent: str | None, parent_pks: str, links: str, new_links: str,
    ) -> None:  # fmt: skip
        before, after = json.loads(before_text), json.loads(after_text)
        before["parent_pk"], after["parent_pk"] = json.loads(parent_pks)
        if parent is not None and (
            after["parent_pk"] is None or audit.is_inside(session, after["parent_pk"], pk)
        ):
            after["parent_pk"] = before["parent_pk"]
        before["links"] = json.loads(links)
        after["links"] = json.loads(new_links) if self._is_complete else before["links"]
        self._note(session, Kind.TASK, pk, before, after, _differing(after, before, after))

    def _note(
        self, session: Session, kind: Kind, pk: int, before: dict[str, Any],
        after: dict[str, Any], fields: list[str],
    ) -> None:  # fmt: skip
        if not fields:
            self._staging.count("identical", kind)
        elif after["updated_at"] < before["updated_at"]:
            self._staging.count("older", kind)
        else:
            self._staging.note(session, kind, pk, ["updated_at", *fields], before, after)
            self._staging.count("changed", kind)

    def _link(self, session: Session, row: dict[str, Any]) -> None:
        ends = (_pk(session, "task", row["from"]), _pk(session, "task", row["to"]))
        statement = "INSERT OR IGNORE INTO task_link VALUES (?, ?, ?)"
        if None in ends:
            return
        mine = self._staging.operation_pk
        met = "SELECT 1 FROM temp.met WHERE operation_pk = ? AND pk = ?"
        if session.value(met, (mine, ends[0])):
            session.execute(
                "INSERT OR IGNORE INTO temp.met_link VALUES (?, ?, ?, ?)",
                (mine, *ends, row["kind"]),
            )
        else:
            self._later.append((statement, (*ends, row["kind"])))

    def _operation(self, session: Session, row: dict[str, Any]) -> None:
        self._is_complete = True
        if _pk(session, "operation", row["id"]) is None:
            pk = _insert(session, "operation", {name: row[name] for name in _OPERATION})
            operations.hide_brought(session, pk, self._staging.operation_pk)
            self.has_history = True

    def _entry(self, session: Session, row: dict[str, Any]) -> None:
        operation_pk = operations.brought_pk(
            session, row["operation"], self._staging.operation_pk
        )
        kind = Kind(row["kind"])
        if operation_pk is None or row["record"] is None:
            return
        record_pk = self._pk_for(session, kind.word, row["record"])
        values: dict[str, Any] = {
            "operation_pk": operation_pk,
            "kind": kind.value,
            "record_pk": record_pk,
        }
        for side in ("before", "after"):
            values[side] = translate(
                row[side], lambda table, id_: self._pk_for(session, table, id_)
            )
        _insert(session, "audit_entry", {**values, "action": row["action"]})

    def _pk_for(self, session: Session, table: str, id_: str) -> int | None:
        """Return the pk of a record; one that an undo took out gets a pk to come back to."""
        found = _pk(session, table, id_) or self._reserved.get((table, id_))
        if found is None and table in {kind.word for kind in Kind}:
            session.execute(
                "INSERT INTO sqlite_sequence SELECT ?1, 0"
                " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
                (table,),
            )
            session.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = ?", (table,))
            found = session.value("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
            self._reserved[table, id_] = found
        return found

    def _tombstone(self, _session: Session, row: dict[str, Any]) -> None:
        names = ("kind", "record_id", "operation", "deleted_at", "reason")
        self._later.append((_INSERT_TOMBSTONE, tuple(row[name] for name in names)))

    def _setting(self, _session: Session, row: dict[str, Any]) -> None:
        statement = "INSERT OR IGNORE INTO setting VALUES (?, ?)"
        self._later.append((statement, (row["key"], row["value"])))


def _pk(session: Session, table: str, id_: str | None) -> int | None:
    if id_ is None:
        return None
    found = session.value(f"SELECT pk FROM {table} WHERE id = ?", (id_,))
    return None if found is None else int(found)


def _differing(
    names: Iterable[str], before: dict[str, Any], after: dict[str, Any]
) -> list[str]:
    return [name for name in names if name != "updated_at" and before[name] != after[name]]


def _insert(session: Session, table: str, values: dict[str, Any]) -> int:
    session.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    return int(session.value("SELECT last_insert_rowid()"))
