"""Storing the records of an import that are neither batches nor tasks, of any kind alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import apsw
import msgspec
from msgspec import Struct

from db.blocks import encode_blocks
from db.errors import ExchangeError
from db.ids import new_id
from db.incoming import MOST_EXAMPLES, PROBLEM_CHARS, Duplicates, IncomingRecord, Problem
from db.json_values import same_json
from db.records import Kind
from db.sqlite import audit, curtain, index, lists
from db.sqlite.conflicts import Meeting, Verdict, second_name
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS, Layout
from db.terms import Term
from db.texts import storable
from db.vocabulary import Role

if TYPE_CHECKING:
    from db.sqlite.staging import SqliteStaging

_State: TypeAlias = dict[str, Any]

PENDING_REFERENCE: Final = (
    "CREATE TEMP TABLE IF NOT EXISTS pending_reference"
    " (operation_pk INTEGER, kind INTEGER, pk INTEGER, name TEXT, external_id TEXT)"
)
"""Holds what stored records refer to that was not there yet, by the name of the reference."""

_REFERENCE_LISTS: Final = ("tasks", "evidence")


class RecordStager:
    """The records of one import that are neither batches nor tasks.

    What a record refers to is looked up by external id in the same origin, at once if it
    is there, else when its file has been read.
    """

    def __init__(self, staging: SqliteStaging) -> None:
        self._staging = staging
        self._later: list[tuple[Layout, int, IncomingRecord, dict[str, Any]]] = []
        self._wholes: dict[tuple[Kind, str], _Parts] = {}
        self._adopted: set[tuple[Kind, int]] = set()
        self._earlier: dict[tuple[Kind, str], list[_State]] = {}
        self._told: set[tuple[Kind, int]] = set()

    def add(self, session: Session, records: Sequence[IncomingRecord]) -> list[Problem]:
        """Store records, all of one kind; return those that belong to nothing.

        Raises:
            ExchangeError: one breaks a rule of its kind, as a second run of one turn does.
        """
        layout = LAYOUTS[records[0].kind]
        latest, earlier = self._latest(session, records)
        self._wholes |= {
            (layout.kind, name): _Parts(each.parts, each.parts_say)
            for name, each in latest.items()
            if each.parts or each.parts_say
        }
        found = _Found(session, layout, self._staging.origin, latest)
        rows = {name: self._row(layout, each, found) for name, each in latest.items()}
        homeless = {
            name: home for name, row in rows.items() if (home := _missing_home(layout, row))
        }
        refused = [_problem(latest.pop(name), home) for name, home in homeless.items()]
        new = [name for name in latest if name not in found.present]
        own = self._insert(session, layout, [(latest[name], rows[name]) for name in new])
        for name, states in earlier.items():
            if name in own:
                all_states = [*states, _state(latest[name])]
                self._staging.keep_earlier(session, layout.kind, own[name], all_states)
            else:
                self._earlier[layout.kind, name] = states
        for name, pk in found.present.items():
            if name in homeless:
                continue
            if any(getattr(latest[name], field) for field in _REFERENCE_LISTS):
                self._later.append((layout, pk, latest[name], rows[name]))
            else:
                self._meet(session, layout, pk, latest[name], rows[name])
        return refused

    def _latest(
        self, session: Session, records: Sequence[IncomingRecord]
    ) -> tuple[dict[str, IncomingRecord], dict[str, list[_State]]]:
        """Return records by name: of several with one name the one changed last.

        And the earlier states of each. Those that give way are counted; where all are kept,
        the later ones get a second name.
        """
        staging, kind = self._staging, records[0].kind
        latest: dict[str, IncomingRecord] = {}
        earlier: dict[str, list[_State]] = {}
        kept: set[tuple[str, int | None]] = set()
        if staging.duplicates is Duplicates.BOTH and kind in _STATED:
            records = staging.held_first(session, kind, records)
        for record in records:
            name = record.external_id
            before = latest.setdefault(name, record)
            is_other = kind in _STATED and _state(record) != _state(before)
            if is_other and staging.duplicates is Duplicates.BOTH:
                other = _second(record)
                latest.setdefault(other.external_id, other)
                kept.add((name, record.offset))
                continue
            is_later = (record.updated_at or 0) >= (before.updated_at or 0)
            latest[name] = record if is_later else before
            if is_other and staging.is_history(before.updated_at, record.updated_at):
                earlier.setdefault(name, []).append(_state(before if is_later else record))
                kept.add((name, record.offset))
        # Of a long conversation its file tells twice, from one place: it is not repeated.
        told = {(record.external_id, record.offset) for record in records} - kept
        staging.count("repeated", kind, len(told) - len({name for name, _ in told}))
        return latest, earlier

    def finish_file(self, session: Session) -> None:
        """Resolve what records of the file refer to that came after them."""
        pending = session.rows(
            "SELECT DISTINCT kind, name FROM temp.pending_reference WHERE operation_pk = ?",
            (self._staging.operation_pk,),
        )
        for kind, name in pending:
            self._resolve(session, LAYOUTS[Kind(kind)], name)
        for each in self._later:
            self._meet(session, *each)
        self._later.clear()
        self._told.clear()
        self._date_conversations(session)
        for (kind, name), parts in self._wholes.items():
            self._adopt(session, LAYOUTS[kind], name, parts)
        self._wholes.clear()

    def _adopt(self, session: Session, layout: Layout, name: str, parts: _Parts) -> None:
        """Let records that are parts of this one, and came without it, refer to it."""
        staging, kind, table = self._staging, layout.kind, layout.table
        pk = session.value(
            f"SELECT pk FROM {table} WHERE external_id = ? AND origin = ?",
            (name, staging.origin),
        )
        if pk is None:
            return
        are_parts, told = parts.condition(layout)
        lonely = session.rows(
            f"SELECT pk, title FROM {table} WHERE {are_parts} AND origin = ?"
            f" AND pk NOT IN (WITH RECURSIVE above (pk) AS (VALUES (?) UNION"
            f" SELECT r.parent_pk FROM above JOIN {table} r USING (pk)"
            " WHERE r.parent_pk IS NOT NULL) SELECT pk FROM above)"
            f" AND parent_pk IS NULL{curtain.hidden(session, kind).sql('pk')}",
            (*told, staging.origin, pk),
        )
        for part, title in lonely:
            if not staging.is_noted(session, kind, part):
                staging.count("changed", kind)
                staging.example(title)
            staging.note(
                session, kind, part, ["parent_pk"], {"parent_pk": None}, {"parent_pk": pk}
            )
            self._adopted.add((kind, part))

    def _resolve(self, session: Session, layout: Layout, name: str) -> None:
        listed = layout.lists.get(name)
        target = listed.target if listed else layout.references[f"{name}_pk"]
        assert target is not None
        matches = (
            "FROM temp.pending_reference p JOIN"
            f" {LAYOUTS[target].table} t ON t.external_id = p.external_id AND t.origin = ?"
            " WHERE p.operation_pk = ? AND p.kind = ? AND p.name = ?"
            f" AND NOT (t.pk = p.pk AND p.kind = {target.value})"
            f" AND t.origin = (SELECT r.origin FROM {layout.table} r WHERE r.pk = p.pk)"
        )
        if target is layout.kind and not listed:
            # A message answers an earlier one, whatever a broken file says: no circles.
            matches += " AND t.pk < p.pk" if target is Kind.MESSAGE else ""
        params = (self._staging.origin, self._staging.operation_pk, layout.kind, name)
        if listed:
            session.execute(
                f"INSERT OR IGNORE INTO {listed.table} ({listed.owner}, {listed.value})"
                f" SELECT p.pk, t.pk {matches}",
                params,
            )
        else:
            session.execute(
                f"UPDATE {layout.table} SET {name}_pk = f.target FROM"
                f" (SELECT p.pk, t.pk AS target {matches}) f WHERE f.pk = {layout.table}.pk",
                params,
            )
        if target is layout.kind and target is not Kind.MESSAGE and not listed:
            self._open_circles(session, layout, f"{name}_pk")
        session.execute(
            "DELETE FROM temp.pending_reference WHERE operation_pk = ? AND kind = ?"
            f" AND name = ? AND pk IN (SELECT p.pk {matches})",
            (self._staging.operation_pk, layout.kind, name, *params),
        )

    def _open_circles(self, session: Session, layout: Layout, column: str) -> None:
        """Undo what makes records refer to themselves, in however many steps."""
        session.execute(
            f"WITH RECURSIVE above (start, pk) AS (SELECT r.pk, r.{column}"
            f" FROM temp.pending_reference p JOIN {layout.table} r ON r.pk = p.pk"
            f" WHERE p.operation_pk = ? AND p.kind = ? AND r.{column} IS NOT NULL"
            f" UNION SELECT start, r.{column} FROM above JOIN {layout.table} r USING (pk)"
            f" WHERE r.{column} IS NOT NULL) UPDATE {layout.table} SET {column} = NULL"
            " WHERE pk IN (SELECT start FROM above WHERE start = above.pk)",
            (self._staging.operation_pk, layout.kind),
        )

    def _date_conversations(self, session: Session) -> None:
        """Let the conversations that got messages end with the last of these."""
        later = session.rows(
            "SELECT c.pk, c.updated_at, max(m.created_at) AS latest"
            " FROM curtain k CROSS JOIN message m ON m.pk BETWEEN k.first_pk AND k.last_pk"
            " JOIN conversation c ON c.pk = m.conversation_pk"
            " WHERE k.operation_pk = ? AND k.kind = ? GROUP BY c.pk"
            " HAVING latest > c.updated_at",
            (self._staging.operation_pk, Kind.MESSAGE),
        )
        for pk, before, latest in later:
            if curtain.holds(session, self._staging.operation_pk, Kind.CONVERSATION, pk):
                session.execute(
                    "UPDATE conversation SET updated_at = ? WHERE pk = ?", (latest, pk)
                )
            elif not self._staging.is_noted(session, Kind.CONVERSATION, pk):
                self._staging.note(
                    session,
                    Kind.CONVERSATION,
                    pk,
                    ("updated_at",),
                    {"updated_at": before},
                    {"updated_at": latest},
                )

    def _row(self, layout: Layout, record: IncomingRecord, found: _Found) -> dict[str, Any]:
        """Return the columns a record brings, those it does not know left out."""
        row: dict[str, Any] = {
            "title": storable(record.title) or "Untitled",
            "description": storable(record.description),
            "raw": record.raw,
            **{
                name: storable(value) if isinstance(value, str) else value
                for name, value in record.fields.items()
            },
        }
        for name, wanted in record.refs.items():
            row[f"{name}_pk"] = found.pk_of(layout.references[f"{name}_pk"], wanted)
        if "blocks" in layout.body_columns:
            row["blocks"] = storable(encode_blocks(record.blocks))
        for name in ("created_at", "updated_at"):
            if (moment := getattr(record, name)) is not None:
                row[name] = moment
        return row

    def _insert(
        self,
        session: Session,
        layout: Layout,
        records: Sequence[tuple[IncomingRecord, dict[str, Any]]],
    ) -> dict[str, int]:
        """Store new records; return their pks by name."""
        if not records:
            return {}
        staging, kind = self._staging, layout.kind
        first = 1 + (
            session.value("SELECT seq FROM sqlite_sequence WHERE name = ?", (layout.table,))
            or 0
        )
        own = {record.external_id: pk for pk, (record, _) in enumerate(records, first)}
        full: list[dict[str, Any]] = []
        for pk, (record, row) in enumerate(records, first):
            for name, wanted in record.refs.items():
                if layout.references[f"{name}_pk"] is kind and own.get(wanted, pk) < pk:
                    row[f"{name}_pk"] = own[wanted]
            moment = record.created_at or record.updated_at or staging.started
            full.append(
                {
                    "created_at": moment,
                    "updated_at": record.updated_at or moment,
                    **row,
                    "pk": pk,
                    "id": new_id(),
                    "origin": staging.origin,
                    "external_id": record.external_id,
                    "upload_pk": staging.upload_pk,
                    "byte_offset": record.offset,
                    "byte_length": record.length,
                }
            )
        # Rows of the same columns go in together, an answer perhaps before what it answers.
        session.execute("PRAGMA defer_foreign_keys = ON")
        for table in dict.fromkeys((layout.table, layout.body_table)):
            _insert_rows(session, layout, table, full)
        for pk, (record, row) in enumerate(records, first):
            self._add_lists(session, layout, pk, record)
            self._await(session, layout, pk, record, row)
        staging.reveal_later(session, kind, first, first + len(records) - 1)
        staging.count("new", kind, len(records))
        telling = (record.title for record, _ in records if _is_telling(record))
        for title in islice(telling, MOST_EXAMPLES):
            staging.example(title)
        return own

    def _add_lists(
        self, session: Session, layout: Layout, pk: int, record: IncomingRecord
    ) -> None:
        if record.tags and "tags" in layout.lists:
            lists.put(session, layout, "tags", pk, [storable(tag) for tag in record.tags])

    def _await(
        self,
        session: Session,
        layout: Layout,
        pk: int,
        record: IncomingRecord,
        row: dict[str, Any],
    ) -> None:
        """Keep in mind what a record refers to that is not there yet, and all its lists."""
        later = [
            (name, wanted)
            for name, wanted in record.refs.items()
            if row.get(f"{name}_pk") is None
        ]
        later += [
            (name, wanted)
            for name in _REFERENCE_LISTS
            if name in layout.lists
            for wanted in getattr(record, name)
        ]
        session.many(
            "INSERT INTO temp.pending_reference VALUES (?, ?, ?, ?, ?)",
            [
                (self._staging.operation_pk, layout.kind, pk, name, storable(wanted))
                for name, wanted in later
            ],
        )

    def _meet(
        self,
        session: Session,
        layout: Layout,
        pk: int,
        record: IncomingRecord,
        row: dict[str, Any],
    ) -> None:
        """Compare a record with that of its name, or keep it beside what the file said."""
        key = (layout.kind, pk)
        if key in self._told:
            self._keep_other(session, layout, record, row)
            return
        if self._staging.duplicates is Duplicates.BOTH and layout.kind in _STATED:
            self._told.add(key)
        self._compare(session, layout, pk, record, row)

    def _compare(
        self,
        session: Session,
        layout: Layout,
        pk: int,
        record: IncomingRecord,
        row: dict[str, Any],
    ) -> None:
        """Note what a record that is already there gets from the file, if anything."""
        staging, kind = self._staging, layout.kind
        states = [*self._earlier.pop((kind, record.external_id), ()), _state(record)]
        if curtain.holds(session, staging.operation_pk, kind, pk):
            self._meet_hidden(session, layout, pk, record, row, states)
            return
        before = audit.fields_of(session, kind, pk, [*row, "updated_at"])
        after = before | {name: value for name, value in row.items() if value is not None}
        self._compare_lists(session, layout, pk, record, before, after)
        is_same = record.raw is not None and same_json(record.raw, before["raw"])
        if not is_same and self._has_second(session, layout, record):
            staging.count("identical", kind)
            return
        meeting = staging.meet(session, kind, pk, before, after, record.updated_at)
        is_adopted = (kind, pk) in self._adopted
        is_noted = not is_adopted and staging.is_noted(session, kind, pk)
        if is_same or is_noted or meeting.is_nothing:
            staging.count("identical", kind)
        elif meeting.verdict is Verdict.OLDER:
            staging.count("older", kind)
        elif meeting.verdict is Verdict.BOTH:
            self._keep_both(session, layout, record, row)
        elif meeting.fields:
            staging.keep_earlier(session, kind, pk, states, before["raw"])
            if not (is_adopted or meeting.is_unseen):
                staging.count("changed", kind)
                staging.example(record.title)
            self._note(session, kind, pk, record, meeting, before, after)

    def _note(
        self,
        session: Session,
        kind: Kind,
        pk: int,
        record: IncomingRecord,
        meeting: Meeting,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        """Note a change; where the file does not say when it was, it is now."""
        fields = meeting.fields
        if record.updated_at is None:
            after["updated_at"] = max(self._staging.started, before["updated_at"] + 1)
            fields = (*fields, "updated_at")
        self._staging.note(session, kind, pk, fields, before, after)

    def _keep_other(
        self, session: Session, layout: Layout, record: IncomingRecord, row: dict[str, Any]
    ) -> None:
        """Keep a record of whose name the file has told before, unless it said the same."""
        if self._staging.is_held(session, layout.kind, record):
            self._staging.count("repeated", layout.kind)
        else:
            self._keep_both(session, layout, record, row)

    def _keep_both(
        self, session: Session, layout: Layout, record: IncomingRecord, row: dict[str, Any]
    ) -> None:
        """Make another record of the file's, found again by its name and content."""
        if self._has_second(session, layout, record):
            self._staging.count("identical", layout.kind)
        else:
            self._insert(session, layout, [(_second(record), row)])

    def _has_second(self, session: Session, layout: Layout, record: IncomingRecord) -> bool:
        """Whether a record of the file is here beside the one of its own name."""
        return bool(
            session.value(
                f"SELECT 1 FROM {layout.table} WHERE external_id = ? AND origin = ?",
                (_second(record).external_id, self._staging.origin),
            )
        )

    def _compare_lists(
        self,
        session: Session,
        layout: Layout,
        pk: int,
        record: IncomingRecord,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        """Add to what a record has and gets the lists that the file gives."""
        for name, field in layout.lists.items():
            wanted: tuple[str, ...] = getattr(record, name)
            if not wanted:
                continue
            before[name] = lists.present(session, layout, name, pk)
            after[name] = sorted({storable(each) for each in wanted})
            if field.target is not None:
                found = session.rows(
                    f"SELECT pk FROM {LAYOUTS[field.target].table} WHERE origin = ?"
                    " AND external_id IN (SELECT value FROM json_each(?)) ORDER BY pk",
                    (self._staging.origin, json.dumps(after[name])),
                )
                after[name] = [target_pk for (target_pk,) in found]

    def _meet_hidden(
        self,
        session: Session,
        layout: Layout,
        pk: int,
        record: IncomingRecord,
        row: dict[str, Any],
        states: list[_State],
    ) -> None:
        """Let a record take the place of one of its name that the import brought before."""
        staging, kind = self._staging, layout.kind
        if kind in _STATED:
            fields = (*_STATE, "upload_pk")
            was = audit.fields_of(session, kind, pk, fields)
            is_repeated = was.pop("upload_pk") == staging.upload_pk
            is_same = was["raw"] == record.raw and was["title"] == states[-1]["title"]
            if is_repeated and not is_same:
                if staging.duplicates is Duplicates.BOTH:
                    self._keep_both(session, layout, record, row)
                    return
                if staging.is_history(was["updated_at"], record.updated_at):
                    states = [was, *states]
        staging.keep_earlier(session, kind, pk, states)
        self._replace_hidden(session, layout, pk, record, row)

    def _replace_hidden(
        self,
        session: Session,
        layout: Layout,
        pk: int,
        record: IncomingRecord,
        row: dict[str, Any],
    ) -> None:
        """Let a later record of the same name in one import take the earlier one's place."""
        audit.choose(session, [pk])
        index.remove(session, layout.kind)
        for table in dict.fromkeys((layout.table, layout.body_table)):
            names = [name for name in row if layout.table_of(name) == table]
            if names:
                session.execute(
                    f"UPDATE {table} SET {' = ?, '.join(names)} = ? WHERE pk = ?",
                    [*(row[name] for name in names), pk],
                )
        self._add_lists(session, layout, pk, record)
        index.add(session, layout.kind)
        self._await(session, layout, pk, record, row)


class _Parts(Struct, frozen=True):
    """How the parts of a record are known that came before it; see `IncomingRecord`."""

    begin: str
    say: str

    def condition(self, layout: Layout) -> tuple[str, tuple[str, ...]]:
        """Return what finds them by an index, as a part of a WHERE clause, and its values."""
        if self.begin:
            is_part = "external_id >= ? AND external_id < ? || char(0x10ffff)"
            return is_part, (self.begin, self.begin)
        is_part = (
            f"description = ? AND pk IN (SELECT rowid FROM {layout.search_table}"
            f" WHERE {layout.search_table} MATCH ?)"
        )
        return is_part, (self.say, f"body : {Term(self.say, begins=False).to_match()}")


def _is_telling(record: IncomingRecord) -> bool:
    """Whether a person knows a file by a record: not by what programs say in a conversation."""
    return record.kind is not Kind.MESSAGE or record.fields["role"] == Role.USER


_STATED: Final = frozenset({Kind.STATUS_UPDATE, Kind.BUG, Kind.DESIGN_NOTE, Kind.LEARNING})
"""What has states; a conversation and what is in it are told bit by bit."""

_STATE: Final = ("title", "description", "updated_at", "raw")
"""What is told of an earlier state of a record."""


def _state(record: IncomingRecord) -> _State:
    return {
        "title": storable(record.title) or "Untitled",
        "description": storable(record.description),
        "updated_at": record.updated_at,
        "raw": record.raw,
    }


def _second(record: IncomingRecord) -> IncomingRecord:
    """Return a record under the name that it has beside another one of its own."""
    name = second_name(record.external_id, record.raw or record.description)
    return msgspec.structs.replace(record, external_id=name)


_NEEDED: Final = {kind: frozenset[str]() for kind in Kind} | {
    Kind.EXECUTION: frozenset({"task_pk"}),
    Kind.MESSAGE: frozenset({"conversation_pk"}),
}


def _missing_home(layout: Layout, row: dict[str, Any]) -> str:
    """Return the word for what a record has to belong to and does not, or nothing."""
    missing = (name for name in layout.owners if name in _NEEDED[layout.kind])
    return next((layout.references[name].word for name in missing if row.get(name) is None), "")


def _problem(record: IncomingRecord, home: str) -> Problem:
    return Problem(
        file="",
        reason=f"the {record.kind.word} {storable(record.title)!r} belongs to no {home} here.",
        text=(record.raw or "")[:PROBLEM_CHARS],
        offset=record.offset,
        length=record.length,
    )


class _Found:
    """What a chunk of records finds already there: the records themselves, and their refs."""

    def __init__(
        self,
        session: Session,
        layout: Layout,
        origin: str,
        records: Mapping[str, IncomingRecord],
    ) -> None:
        wanted: dict[Kind, set[str]] = {layout.kind: set(records)}
        for record in records.values():
            for name, external_id in record.refs.items():
                wanted.setdefault(layout.references[f"{name}_pk"], set()).add(external_id)
        self._pks: dict[tuple[Kind, str], int] = {}
        for kind, names in wanted.items():
            for name, pk in session.execute(
                f"SELECT t.external_id, t.pk FROM json_each(?) j JOIN {LAYOUTS[kind].table} t"
                " ON t.external_id = j.value AND t.origin = ?",
                (json.dumps(sorted(names)), origin),
            ):
                self._pks[kind, name] = pk
        self.present = {
            name: pk for name in records if (pk := self.pk_of(layout.kind, name)) is not None
        }

    def pk_of(self, kind: Kind, external_id: str) -> int | None:
        """Return the record of that name, if it is there."""
        return self._pks.get((kind, external_id))


def _insert_rows(
    session: Session, layout: Layout, table: str, rows: Sequence[dict[str, Any]]
) -> None:
    """Insert the part of each row that belongs to a table, rows of the same columns at once."""
    by_columns: dict[tuple[str, ...], list[list[Any]]] = {}
    for row in rows:
        names = ("pk", *(n for n in row if n != "pk" and layout.table_of(n) == table))
        by_columns.setdefault(names, []).append([row[name] for name in names])
    for names, values in by_columns.items():
        try:
            session.many(
                f"INSERT INTO {table} ({', '.join(names)})"
                f" VALUES ({', '.join('?' * len(names))})",
                values,
            )
        except apsw.ConstraintError as error:
            raise ExchangeError(
                f"The file holds a {layout.kind.word} that cannot be kept: {error}."
            ) from error
