"""Mending what a check found: each is one transaction, and one operation where records change.

What is derived is made anew. What people made is changed as a person would change it, by the
audit log, so that it can be undone; only a reference to what is missing cannot come back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from db.ids import new_id
from db.records import Kind, Outcome, Place
from db.sqlite import audit, checks, counts, index, operations
from db.sqlite.changes import run_title
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS, Layout
from db.times import now_us
from db.vocabulary import Role, Status

_MOST_ROUNDS: Final = 20
_KIND_OF_TABLE: Final = {layout.table: layout.kind for layout in LAYOUTS.values()}


def mend(session: Session, name: str) -> Outcome:
    """Mend what the check of that name finds, if it can be; say what records that changed."""
    mender = _MENDERS.get(name)
    return Outcome(operation=None) if mender is None else mender(session)


def _counts(session: Session) -> Outcome:
    counts.recount(session, "SELECT pk FROM batch")
    return Outcome(operation=None)


def _messages(session: Session) -> Outcome:
    counts.recount_conversations(session)
    return Outcome(operation=None)


def _index(kind: Kind, session: Session) -> Outcome:
    audit.choose(session)
    index.rebuild(session, kind)
    return Outcome(operation=None)


def _schema(session: Session) -> Outcome:
    """Make the indexes that are missing; whatever else is strange stays."""
    present = {name for (name,) in session.rows("SELECT name FROM sqlite_schema")}
    for name, (type_, sql) in checks.expected_schema(session).items():
        if type_ == "index" and name not in present:
            session.execute(sql)
    return Outcome(operation=None)


def _texts(session: Session) -> Outcome:
    """Give records that have none an empty text."""
    for layout in LAYOUTS.values():
        if layout.body_table != layout.table:
            session.execute(
                f"INSERT INTO {layout.body_table} (pk) SELECT pk FROM {layout.table}"
                f" WHERE pk NOT IN (SELECT pk FROM {layout.body_table})"
            )
    return Outcome(operation=None)


def references(session: Session) -> Outcome:
    """Give records whose batch, task or conversation is missing one to belong to.

    Whatever else points to what is missing points nowhere then, or is no link any more.
    """
    operation_pk = operations.begin(session, "mend", "Mend references to what is missing")
    stand_ins = _StandIns(session, operation_pk)
    session.execute("PRAGMA defer_foreign_keys = ON")
    for _ in range(_MOST_ROUNDS):
        broken = {
            (table, parent, number)
            for table, _, parent, number in session.execute("PRAGMA foreign_key_check")
        }
        if not broken:
            break
        for table, parent, number in sorted(broken):
            column = _column(session, table, number)
            kind = _KIND_OF_TABLE.get(parent)
            if kind is None or not _needs_a_home(table, column, kind):
                _let_go(session, table, column, parent)
            else:
                missing = session.rows(
                    f"SELECT DISTINCT {column} FROM {table} WHERE {column} NOT IN"
                    f" (SELECT pk FROM {parent}) ORDER BY {column}"
                )
                for (pk,) in missing:
                    stand_ins.make(kind, pk)
    return _finished(session, operation_pk, stand_ins.made)


def leave_out(session: Session) -> int:
    """Let go of every reference to what is missing, in tables of any version; return how many.

    Rows that are nothing without it are deleted.
    """
    number = 0
    for _ in range(_MOST_ROUNDS):
        broken = session.rows("PRAGMA foreign_key_check")
        number += len(broken)
        for table, parent, key in {(table, parent, key) for table, _, parent, key in broken}:
            _let_go(session, table, _column(session, table, key), parent)
    return number


def _column(session: Session, table: str, number: int) -> str:
    """Return the column of a table's foreign key of that number."""
    keys = session.rows(f"PRAGMA foreign_key_list({table})")
    return next(str(row[3]) for row in keys if row[0] == number)


def _needs_a_home(table: str, column: str, parent: Kind) -> bool:
    """Whether rows of a table hold what somebody wrote and belong to the missing record."""
    layout = LAYOUTS[parent]
    if table == layout.body_table:
        return True
    kind = _KIND_OF_TABLE.get(table)
    return kind is not None and column not in LAYOUTS[kind].own_references


def _let_go(session: Session, table: str, column: str, parent: str) -> None:
    """Take a reference to what is missing away, or the row where it is nothing without it."""
    which = f"{column} IS NOT NULL AND {column} NOT IN (SELECT pk FROM {parent})"
    is_needed = session.value(
        f"SELECT \"notnull\" OR pk FROM pragma_table_info('{table}') WHERE name = ?", (column,)
    )
    if is_needed:
        session.execute(f"DELETE FROM {table} WHERE {which}")
    else:
        session.execute(f"UPDATE {table} SET {column} = NULL WHERE {which}")


class _StandIns:
    """Records that one operation makes in the place of missing ones."""

    def __init__(self, session: Session, operation_pk: int) -> None:
        self._session = session
        self._operation_pk = operation_pk
        self._homes: dict[Kind, int] = {}
        self.made: dict[Kind, list[int]] = {}

    def make(self, kind: Kind, pk: int) -> None:
        """Make a record in the place of one whose number is all that is known of it."""
        self._insert(
            kind, {"pk": pk, "title": f"Lost {kind.word} {pk}", **self._belonging(kind)}
        )

    def _belonging(self, kind: Kind) -> dict[str, Any]:
        """Return where a record belongs whose own place is lost: all of a kind to one."""
        number = len(self.made.get(kind, ()))
        if kind is Kind.EXECUTION:
            return {"task_pk": self._home(Kind.TASK, kind), "turn": number + 1}
        if kind is Kind.MESSAGE:
            home_pk = self._home(Kind.CONVERSATION, kind)
            return {"conversation_pk": home_pk, "position": number, "role": Role.SYSTEM}
        return {}

    def _home(self, home: Kind, kind: Kind) -> int:
        if home not in self._homes:
            self._homes[home] = self._insert(home, {"title": f"Recovered {kind.plural}"})
        return self._homes[home]

    def _insert(self, kind: Kind, columns: dict[str, Any]) -> int:
        session, layout, now = self._session, LAYOUTS[kind], now_us()
        columns = {"id": new_id(), "created_at": now, "updated_at": now, **columns}
        if "status" in layout.columns:
            columns["status"] = Status.REVIEW
        session.execute(
            f"INSERT INTO {layout.table} ({', '.join(columns)})"
            f" VALUES ({', '.join('?' * len(columns))})",
            [*columns.values()],
        )
        pk = int(session.value("SELECT last_insert_rowid()"))
        if layout.body_table != layout.table:
            session.execute(f"INSERT OR IGNORE INTO {layout.body_table} (pk) VALUES (?)", (pk,))
        audit.note_created(session, self._operation_pk, kind, pk, pk)
        audit.choose(session, [pk])
        index.remove(session, kind)
        index.add(session, kind)
        if kind is Kind.BATCH:
            counts.recount(session, "SELECT pk FROM temp.chosen")
        self.made.setdefault(kind, []).append(pk)
        return pk


def _doubled_turns(session: Session) -> Outcome:
    """Count further those runs up that are the same turn, step and attempt as another."""
    found = [pk for pk, *_ in session.rows(checks.DOUBLED_TURNS)]
    operation_pk = operations.begin(
        session, "mend", f"Tell apart {Kind.EXECUTION.counted(len(found))} of the same turn"
    )
    taken: dict[tuple[int, int, str], int] = {}
    for pk in found:
        fields = ["task_pk", "turn", "step", "attempt", "updated_at"]
        run = audit.fields_of(session, Kind.EXECUTION, pk, fields)
        place = (run["task_pk"], run["turn"], run["step"])
        if place not in taken:
            taken[place] = session.value(
                "SELECT max(attempt) FROM execution WHERE (task_pk, turn, step) = (?, ?, ?)",
                place,
            )
        taken[place] += 1
        _note(session, operation_pk, pk, run, {"attempt": taken[place]})
    return _applied(session, operation_pk)


def _missing_turns(session: Session) -> Outcome:
    """Number the turns of tasks anew where one is missing, in the order they have."""
    tasks = [pk for pk, *_ in session.rows(checks.missing_turns(session))]
    operation_pk = operations.begin(
        session, "mend", f"Number the turns of {Kind.TASK.counted(len(tasks))} anew"
    )
    for task_pk in tasks:
        runs = session.rows(
            "SELECT pk, turn, step, title, updated_at FROM execution WHERE task_pk = ?"
            " ORDER BY turn",
            (task_pk,),
        )
        turns = sorted({turn for _, turn, *_ in runs})
        number = {turn: new for new, turn in enumerate(turns, min(turns[0], 1))}
        for pk, turn, step, title, updated_at in runs:
            new = number[turn]
            if new != turn:
                named = run_title(new, step) if title == run_title(turn, step) else title
                before = {"turn": turn, "title": title, "updated_at": updated_at}
                _note(session, operation_pk, pk, before, {"turn": new, "title": named})
    return _applied(session, operation_pk)


def _note(
    session: Session,
    operation_pk: int,
    pk: int,
    run: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Note a change of a run, given what it holds now."""
    before = {name: run[name] for name in (*after, "updated_at")}
    moment = max(now_us(), run["updated_at"] + 1)
    audit.note_update(
        session, operation_pk, Kind.EXECUTION, pk, before, {**after, "updated_at": moment}
    )


def _unproven(session: Session) -> Outcome:
    """Ask a person to look at tasks that are done without a run that succeeded."""
    number = audit.choose(session, f"SELECT pk FROM ({checks.unproven(session)})")
    title = f"Put {Kind.TASK.counted(number)} to review that no run finished"
    after = {"status": Status.REVIEW, "status_word": None}
    return _same_change(session, title, Kind.TASK, after)


def _leases(session: Session) -> Outcome:
    """Mark runs as failed whose worker is gone."""
    stale = [pk for pk, *_ in session.rows(checks.stale_leases(session), (now_us(),))]
    number = audit.choose(session, stale)
    title = f"Mark {Kind.EXECUTION.counted(number)} as failed whose worker is gone"
    after = {"status": Status.FAILED, "status_word": None, "lease_until": None}
    return _same_change(session, title, Kind.EXECUTION, after)


def _same_change(session: Session, title: str, kind: Kind, after: dict[str, Any]) -> Outcome:
    operation_pk = operations.begin(session, "mend", title)
    audit.note_same_update(session, operation_pk, kind, {**after, "updated_at": now_us()})
    return _applied(session, operation_pk)


def _orphans(kind: Kind, session: Session) -> Outcome:
    """Bring back from the trash what records that are not there belong to."""
    operation_pk = operations.begin(
        session, "mend", f"Bring back what {kind.plural} belong to from the trash"
    )
    orphans = {pk for pk, *_ in session.rows(checks.orphans(session, kind))}
    brought: dict[Kind, set[int]] = {}
    away = _trashed_owners(session, LAYOUTS[kind], orphans)
    while away:
        above: dict[Kind, set[int]] = {}
        for each, pks in away.items():
            brought.setdefault(each, set()).update(pks)
            for owner, more in _trashed_owners(session, LAYOUTS[each], pks).items():
                above.setdefault(owner, set()).update(more)
        away = {each: pks - brought.get(each, set()) for each, pks in above.items()}
        away = {each: pks for each, pks in away.items() if pks}
    for each, pks in brought.items():
        audit.choose(session, pks)
        audit.note_same_update(session, operation_pk, each, {"trashed_at": None})
    return _applied(session, operation_pk)


def _trashed_owners(session: Session, layout: Layout, pks: set[int]) -> dict[Kind, set[int]]:
    """Return what some records of a kind belong to that is in the trash, by kind."""
    found: dict[Kind, set[int]] = {}
    audit.choose(session, pks)
    for column in layout.owners:
        owner = layout.references[column]
        rows = session.rows(
            f"SELECT o.pk FROM {layout.table} c JOIN temp.chosen USING (pk)"
            f" JOIN {LAYOUTS[owner].table} o ON o.pk = c.{column}"
            f" WHERE o.place = {Place.TRASHED.value}"
        )
        if rows:
            found.setdefault(owner, set()).update(pk for (pk,) in rows)
    return found


def _applied(session: Session, operation_pk: int) -> Outcome:
    """Apply the entries of an operation."""
    applied = audit.apply(session, operation_pk, forward=True)
    return _finished(session, operation_pk, applied.changed)


def _finished(session: Session, operation_pk: int, changed: dict[Kind, list[int]]) -> Outcome:
    """Finish an operation; one that changed no record leaves no trace."""
    if not any(changed.values()):
        session.execute("DELETE FROM operation WHERE pk = ?", (operation_pk,))
        return Outcome(operation=None)
    operation = operations.finish(session, operation_pk)
    return Outcome(
        operation=operation, changed={kind: tuple(pks) for kind, pks in changed.items() if pks}
    )


_MENDERS: Final[dict[str, Callable[[Session], Outcome]]] = {
    "references": references,
    "texts": _texts,
    "turns-doubled": _doubled_turns,
    "schema": _schema,
    "leases": _leases,
    "turns-missing": _missing_turns,
    "unproven": _unproven,
    **{
        f"orphans-{kind.word}": partial(_orphans, kind)
        for kind, layout in LAYOUTS.items()
        if layout.owners
    },
    "counts": _counts,
    "messages": _messages,
    **{f"search-{kind.word}": partial(_index, kind) for kind in Kind},
}
"""What mends what each check finds."""
