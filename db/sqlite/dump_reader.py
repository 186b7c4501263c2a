"""Taking in the rows of a Sheaf dump, as part of an import behind the curtain.

Records are known by their id: one that is here already is compared, a new one is stored
with every column as it was. The operations of the dump come with them, out of sight until
the import is committed, and go again when it is undone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import apsw
import msgspec

from db.blocks import decode_blocks
from db.errors import MalformedFileError
from db.incoming import IncomingRow
from db.records import Kind
from db.sqlite import audit, curtain, lists, operations
from db.sqlite.conflicts import Verdict
from db.sqlite.connection import Session
from db.sqlite.dump import COUNTED, translate
from db.sqlite.tables import LAYOUTS, UPLOADS, Layout, ListField
from db.texts import storable
from db.vocabulary import LinkKind

if TYPE_CHECKING:
    from db.sqlite.staging import SqliteStaging

_UPLOAD: Final = (
    "id", "sha256", "name", "path", "format", "origin", "size", "created_at",
)  # fmt: skip
_OPERATION: Final = (
    "id", "verb", "title", "actor", "state", "undoable", "started_at", "finished_at",
    "undone_at", "report",
)  # fmt: skip
_NOT_COMPARED: Final = frozenset(
    {"id", "updated_at", "origin", "external_id", "upload_pk", "byte_offset", "byte_length"}
)

DUMP_TABLES: Final = """
CREATE TEMP TABLE IF NOT EXISTS met (
  operation_pk INTEGER, kind INTEGER, pk INTEGER, own TEXT, before TEXT, after TEXT,
  PRIMARY KEY (operation_pk, kind, pk)
);
CREATE TEMP TABLE IF NOT EXISTS met_link (
  operation_pk INTEGER, from_pk INTEGER, to_pk INTEGER, kind INTEGER,
  PRIMARY KEY (operation_pk, from_pk, to_pk, kind)
);
CREATE TEMP TABLE IF NOT EXISTS dump_reference (
  operation_pk INTEGER, kind INTEGER, pk INTEGER, name TEXT, id TEXT
);
"""
"""Records of a dump that were here before: what of them differs, and all links of the tasks.

`own`, and `dump_reference` for new records, name by id the records of the same kind that they
refer to, which may come later in the dump.
"""

_INSERT_TOMBSTONE: Final = """
INSERT INTO tombstone (kind, record_id, operation_pk, deleted_at, reason)
SELECT ?1, ?2, (SELECT pk FROM operation WHERE id = ?3), ?4, ?5
WHERE NOT EXISTS (SELECT 1 FROM tombstone WHERE kind = ?1 AND record_id = ?2)
"""
_INSERT_VIEW: Final = """
INSERT OR IGNORE INTO saved_view
  (id, name, kind, query, layout, is_default, created_at, updated_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6 AND NOT EXISTS
  (SELECT 1 FROM saved_view WHERE kind = ?3 AND is_default), ?7, ?8
"""
"""A view that is here by that name stays as it is, and so does the default one of a kind."""


_INSERT_SETTING: Final = "INSERT OR IGNORE INTO setting VALUES (?, ?)"
_HARMLESS_SETTINGS: Final = frozenset({"mappings", "thread.visible"})
"""What a dump may set. Others have the program do something by itself, such as follow folders,
drop backups or clear away records: a file of a stranger's must not turn that on."""
_SET_ASIDE: Final = (
    "id", "file", "line", "char_column", "pointer", "reason", "text", "byte_offset",
    "byte_length", "dropped_at", "operation", "upload", "taken_in",
)  # fmt: skip
_INSERT_SET_ASIDE: Final = """
INSERT OR IGNORE INTO set_aside
  (id, file, line, char_column, pointer, reason, text, byte_offset, byte_length, dropped_at,
   operation_pk, upload_pk, taken_in_pk)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, o.pk, u.pk,
  (SELECT pk FROM operation WHERE id = ?13)
FROM operation o JOIN upload u ON u.id = ?12 WHERE o.id = ?11
"""


class DumpReader:
    """The rows of the dumps in one import."""

    def __init__(self, staging: SqliteStaging) -> None:
        self._staging = staging
        self._later: list[tuple[str, tuple[Any, ...]]] = []
        self.has_history = False
        self._is_complete = False
        self._reserved: dict[tuple[str, str], int] = {}
        self._new: dict[Kind, list[tuple[int, int]]] = {}

    def add(self, session: Session, rows: Sequence[IncomingRow]) -> None:
        """Store rows.

        Raises:
            ExchangeError: a row that no table can take.
        """
        readers: dict[str, Callable[[Session, dict[str, Any]], None]] = {
            "upload": self._upload,
            "task_link": self._link,
            "operation": self._operation,
            "audit_entry": self._entry,
            "tombstone": self._tombstone,
            "saved_view": self._view,
            "setting": self._setting,
            "set_aside": self._set_aside,
            **{each.table: partial(self._record, each) for each in LAYOUTS.values()},
        }
        for incoming in rows:
            reader = readers.get(incoming.table)
            if reader is None:
                raise _refusal(incoming, "no such table is known")
            try:
                reader(session, dict(incoming.row))
            except KeyError as error:
                raise _refusal(incoming, f"it has no member {error}") from error
            except (
                TypeError,
                ValueError,
                OverflowError,
                msgspec.MsgspecError,
                apsw.ConstraintError,
            ) as error:
                raise _refusal(incoming, str(error)) from error
        for kind, ranges in self._new.items():
            for first, last in ranges:
                self._staging.reveal_later(session, kind, first, last)
        self._new.clear()

    def end_file(self, session: Session) -> None:
        """Connect records of one kind: now all they refer to is here."""
        mine = (self._staging.operation_pk,)
        for layout in LAYOUTS.values():
            for name in layout.own_references:
                session.execute(
                    f"UPDATE {layout.table} SET {name} = t.pk FROM temp.dump_reference r"
                    f" JOIN {layout.table} t ON t.id = r.id WHERE r.operation_pk = ?"
                    f" AND r.kind = {layout.kind.value} AND r.name = '{name}'"
                    f" AND r.pk = {layout.table}.pk AND t.pk <> r.pk",
                    mine,
                )
        for kind, *met in session.rows(
            "SELECT kind, pk, own, before, after FROM temp.met WHERE operation_pk = ?"
            " ORDER BY kind, pk",
            mine,
        ):
            self._compare(session, LAYOUTS[Kind(kind)], *met)
        for table in ("met", "met_link", "dump_reference"):
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

    def _record(self, layout: Layout, session: Session, row: dict[str, Any]) -> None:
        """Store a record that is new; keep one that was here before for `end_file`."""
        own = {name: row.pop(name.removesuffix("_pk")) for name in layout.own_references}
        _check_names(own.values())
        _localise(session, layout, row)
        if "blocks" in row:
            decode_blocks(row["blocks"])
        present = _pk(session, layout.table, row["id"])
        if present is not None:
            self._meet(session, layout, present, own, row)
            return
        names = [name for name in (*layout.columns, "version") if name not in own]
        pk = _insert(session, layout.table, {name: row[name] for name in names})
        if layout.body_columns:
            body = {name: row[name] for name in layout.body_columns}
            _insert(session, layout.body_table, {"pk": pk, **body})
        for name in _dumped_lists(layout):
            lists.add(session, layout, name, pk, row[name])
        session.many(
            "INSERT INTO temp.dump_reference VALUES (?, ?, ?, ?, ?)",
            [
                (self._staging.operation_pk, layout.kind, pk, name, id_)
                for name, id_ in own.items()
                if id_ is not None
            ],
        )
        self._added(layout.kind, pk, row["title"])

    def _added(self, kind: Kind, pk: int, title: str) -> None:
        ranges = self._new.setdefault(kind, [])
        if ranges and ranges[-1][1] == pk - 1:
            ranges[-1] = (ranges[-1][0], pk)
        else:
            ranges.append((pk, pk))
        self._staging.count("new", kind)
        self._staging.example(title)

    def _meet(
        self, session: Session, layout: Layout, pk: int, own: dict[str, str | None],
        row: dict[str, Any],
    ) -> None:  # fmt: skip
        """Remember a record that was here before, and what of it differs, for `end_file`."""
        names = [name for name in layout.image_columns if name not in _NOT_COMPARED]
        before = audit.fields_of(session, layout.kind, pk, (*names, "updated_at"))
        for name in _dumped_lists(layout):
            before[name] = lists.present(session, layout, name, pk)
        compared = [name for name in before if name not in own]
        kept = ["updated_at", *_differing(compared, before, row)]
        _try_update(session, layout, pk, {name: row[name] for name in kept})
        session.execute(
            "INSERT OR REPLACE INTO temp.met VALUES (?, ?, ?, ?, ?, ?)",
            (
                self._staging.operation_pk,
                layout.kind,
                pk,
                json.dumps(own),
                json.dumps({name: before[name] for name in (*kept, *own)}),
                json.dumps({name: row[name] for name in kept}),
            ),
        )

    def _compare(
        self, session: Session, layout: Layout, pk: int, own: str, before_text: str,
        after_text: str,
    ) -> None:  # fmt: skip
        """Note what changes of a record that was here before."""
        before, after = json.loads(before_text), json.loads(after_text)
        for name, id_ in json.loads(own).items():
            target = _pk(session, layout.table, id_)
            is_wrong = target == pk or (
                target is not None
                and layout.kind is Kind.TASK
                and audit.is_inside(session, target, pk)
            )
            is_missing = id_ is not None and target is None
            after[name] = before[name] if is_wrong or is_missing else target
        if layout.kind is Kind.TASK:
            before["links"] = lists.present(session, layout, "links", pk)
            after["links"] = self._links_met(session, pk, before["links"])
        self._note(session, layout.kind, pk, before, after, _differing(after, before, after))

    def _links_met(self, session: Session, pk: int, present: list[Any]) -> list[Any]:
        """Return the links that a task has in the dump; one of a part does not hold all."""
        if not self._is_complete:
            return present
        found = session.rows(
            "SELECT to_pk, kind FROM temp.met_link WHERE operation_pk = ? AND from_pk = ?"
            " ORDER BY to_pk, kind",
            (self._staging.operation_pk, pk),
        )
        return [list(link) for link in found]

    def _note(
        self, session: Session, kind: Kind, pk: int, before: dict[str, Any],
        after: dict[str, Any], fields: list[str],
    ) -> None:  # fmt: skip
        staging = self._staging
        wanted = {name: after[name] for name in ("updated_at", *fields)}
        meeting = staging.meet(session, kind, pk, before, wanted, after["updated_at"])
        if not fields or meeting.is_nothing:
            staging.count("identical", kind)
        elif meeting.verdict is Verdict.OLDER:
            staging.count("older", kind)
        elif meeting.fields:
            staging.note(session, kind, pk, meeting.fields, before, after)
            staging.count("changed", kind)

    def _link(self, session: Session, row: dict[str, Any]) -> None:
        ends = (_pk(session, "task", row["from"]), _pk(session, "task", row["to"]))
        statement = "INSERT OR IGNORE INTO task_link VALUES (?, ?, ?)"
        if None in ends:
            return
        mine = self._staging.operation_pk
        met = (
            "SELECT 1 FROM temp.met WHERE operation_pk = ?"
            f" AND kind = {Kind.TASK.value} AND pk = ?"
        )
        if session.value(met, (mine, ends[0])):
            session.execute(
                "INSERT OR IGNORE INTO temp.met_link VALUES (?, ?, ?, ?)",
                (mine, *ends, row["kind"]),
            )
        else:
            self._put_later(session, statement, (*ends, LinkKind(row["kind"]).value))

    def _operation(self, session: Session, row: dict[str, Any]) -> None:
        self._is_complete = True
        if _pk(session, "operation", row["id"]) is None:
            pk = _insert(session, "operation", {name: row.get(name) for name in _OPERATION})
            operations.hide_brought(session, pk, self._staging.operation_pk)
            self.has_history = True

    def _entry(self, session: Session, row: dict[str, Any]) -> None:
        operation_pk = operations.brought_pk(
            session, row["operation"], self._staging.operation_pk
        )
        layout = LAYOUTS[Kind(row["kind"])]
        if operation_pk is None or row["record"] is None:
            return
        record_pk = self._pk_for(session, layout.table, row["record"])
        values: dict[str, Any] = {
            "operation_pk": operation_pk,
            "kind": layout.kind.value,
            "record_pk": record_pk,
        }
        for side in ("before", "after"):
            values[side] = translate(
                layout, row[side], lambda table, id_: self._pk_for(session, table, id_)
            )
        _insert(session, "audit_entry", {**values, "action": row["action"]})

    def _pk_for(self, session: Session, table: str, id_: str) -> int | None:
        """Return the pk of a record; one that an undo took out gets a pk to come back to."""
        found = _pk(session, table, id_) or self._reserved.get((table, id_))
        if found is None and table in {layout.table for layout in LAYOUTS.values()}:
            session.execute(
                "INSERT INTO sqlite_sequence SELECT ?1, 0"
                " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
                (table,),
            )
            session.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = ?", (table,))
            found = session.value("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
            self._reserved[table, id_] = found
        return found

    def _put_later(self, session: Session, statement: str, params: tuple[Any, ...]) -> None:
        """Keep a statement for when the import is committed; it is tried now."""
        with _tried(session):
            session.execute(statement, params)
        self._later.append((statement, params))

    def _tombstone(self, session: Session, row: dict[str, Any]) -> None:
        names = ("kind", "record_id", "operation", "deleted_at", "reason")
        self._put_later(session, _INSERT_TOMBSTONE, tuple(row[name] for name in names))

    def _view(self, session: Session, row: dict[str, Any]) -> None:
        names = "id name kind query layout is_default created_at updated_at".split()
        self._put_later(session, _INSERT_VIEW, tuple(row[name] for name in names))

    def _setting(self, session: Session, row: dict[str, Any]) -> None:
        statement, params = _INSERT_SETTING, (row["key"], row["value"])
        if row["key"] in _HARMLESS_SETTINGS:
            self._put_later(session, statement, params)
        else:
            with _tried(session):
                session.execute(statement, params)

    def _set_aside(self, session: Session, row: dict[str, Any]) -> None:
        self._put_later(session, _INSERT_SET_ASIDE, tuple(row[name] for name in _SET_ASIDE))


def _dumped_lists(layout: Layout) -> list[str]:
    """Return the lists that the row of a record holds; links are rows of their own."""
    return [name for name, field in layout.lists.items() if not field.is_links]


def _localise(session: Session, layout: Layout, row: dict[str, Any]) -> None:
    """Make a row of a dump, but for references to its own kind, what it is stored as here."""
    for column in COUNTED.get(layout.kind, ()):
        row.pop(column)
    row["upload_pk"] = _pk(session, "upload", row.pop("upload"))
    for name, kind in layout.references.items():
        if kind is not layout.kind:
            row[name] = _pk(session, LAYOUTS[kind].table, row.pop(name.removesuffix("_pk")))
    for name in _dumped_lists(layout):
        row[name] = _listed(session, layout.lists[name], row[name])


def _check_names(values: Iterable[Any]) -> None:
    """Refuse what names no record.

    Raises:
        TypeError: a value is neither a text nor nothing.
    """
    if odd := [each for each in values if not isinstance(each, str | None)]:
        raise TypeError(f"{odd[0]!r} names no record")


@contextmanager
def _tried(session: Session) -> Iterator[None]:
    """Take back what is done inside, so that only an error of it stays."""
    session.execute("SAVEPOINT tried")
    try:
        yield
    finally:
        session.execute("ROLLBACK TO tried")
        session.execute("RELEASE tried")


def _try_update(session: Session, layout: Layout, pk: int, values: dict[str, Any]) -> None:
    """Refuse what a record that is here could not be given later.

    Raises:
        ConstraintError: a value of the wrong type or outside its limits.
    """
    try:
        with _tried(session):
            for table in dict.fromkeys((layout.table, layout.body_table)):
                names = [
                    name
                    for name in values
                    if name not in layout.lists and layout.table_of(name) == table
                ]
                if names:
                    session.execute(
                        f"UPDATE {table} SET {' = ?, '.join(names)} = ? WHERE pk = ?",
                        [*(values[name] for name in names), pk],
                    )
    except apsw.ConstraintError as error:
        # Another record may make way for it until then.
        if getattr(error, "extendedresult", None) != apsw.SQLITE_CONSTRAINT_UNIQUE:
            raise


def _listed(session: Session, field: ListField, values: list[str]) -> list[Any]:
    """Return a list of a dump as it is stored: names, or the pks of what ids name."""
    _check_names(values)
    if field.target is None:
        return sorted(values)
    table = LAYOUTS[field.target].table
    found = (_pk(session, table, id_) for id_ in values)
    return sorted(pk for pk in found if pk is not None)


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


def _refusal(incoming: IncomingRow, why: str) -> MalformedFileError:
    return MalformedFileError(
        f"this row of the table {storable(incoming.table)} cannot be used: {storable(why)}.",
        line=incoming.line,
        pointer=incoming.pointer,
    )
