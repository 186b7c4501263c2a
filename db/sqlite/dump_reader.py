"""Taking in the rows of a Sheaf dump, as part of an import behind the curtain.

Records are known by their id: one that is here already is compared, a new one is stored
with every column as it was. The operations of the dump come with them, out of sight until
the import is committed, and go again when it is undone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import apsw

from db.errors import ExchangeError
from db.ports import IncomingRow
from db.records import Kind
from db.sqlite import audit, curtain
from db.sqlite.connection import Session
from db.sqlite.counts import COUNT_COLUMNS
from db.sqlite.dump import translate
from db.sqlite.tables import UPLOADS

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

    def finish(self, session: Session) -> None:
        """Show the operations of the dumps, and add what could not be hidden until now."""
        audit.show_operations_of(session, self._staging.operation_pk)
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
            self._compare(session, Kind.BATCH, present, row)
            return
        pk = _insert(session, "batch", {name: row[name] for name in _BATCH})
        self._added(session, Kind.BATCH, pk, row["title"])

    def _task(self, session: Session, row: dict[str, Any]) -> None:
        tags, parent = json.loads(row.pop("tags")), row.pop("parent")
        row["upload_pk"] = _pk(session, "upload", row.pop("upload"))
        row["batch_pk"] = _pk(session, "batch", row.pop("batch"))
        present = _pk(session, "task", row["id"])
        if present is not None:
            self._compare(session, Kind.TASK, present, row)
            return
        pk = _insert(session, "task", {name: row[name] for name in _TASK})
        _insert(session, "task_body", {"pk": pk, **{name: row[name] for name in _BODY}})
        audit.add_tags(session, pk, tags)
        if parent is not None:
            self._staging.parent_later(session, pk, parent)
        self._added(session, Kind.TASK, pk, row["title"])

    def _added(self, session: Session, kind: Kind, pk: int, title: str) -> None:
        self._staging.reveal_later(session, kind, pk, pk)
        self._staging.count("new", kind)
        self._staging.example(title)

    def _compare(self, session: Session, kind: Kind, pk: int, row: dict[str, Any]) -> None:
        before = audit.fields_of(session, kind, pk, (*_COMPARED[kind], "updated_at"))
        fields = [name for name in _COMPARED[kind] if before[name] != row[name]]
        if not fields:
            self._staging.count("identical", kind)
        elif row["updated_at"] < before["updated_at"]:
            self._staging.count("older", kind)
        else:
            fields.append("updated_at")
            self._staging.note(session, kind, pk, fields, before, row)
            self._staging.count("changed", kind)

    def _link(self, session: Session, row: dict[str, Any]) -> None:
        ends = (_pk(session, "task", row["from"]), _pk(session, "task", row["to"]))
        statement = "INSERT OR IGNORE INTO task_link VALUES (?, ?, ?)"
        if None not in ends:
            self._later.append((statement, (*ends, row["kind"])))

    def _operation(self, session: Session, row: dict[str, Any]) -> None:
        if _pk(session, "operation", row["id"]) is None:
            pk = _insert(session, "operation", {name: row[name] for name in _OPERATION})
            audit.hide_operation(session, pk, self._staging.operation_pk)
            self.has_history = True

    def _entry(self, session: Session, row: dict[str, Any]) -> None:
        operation_pk = audit.hidden_operation(
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


def _insert(session: Session, table: str, values: dict[str, Any]) -> int:
    session.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    return int(session.value("SELECT last_insert_rowid()"))
