"""Operations: the acts of a person, each taken back and done again as one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from db.ids import new_id
from db.records import OperationRecord, OperationState
from db.sqlite.connection import Session
from db.times import now_us

_OPERATION_COLUMNS: Final = (
    "pk, id, verb, title, actor, state, started_at, finished_at, undoable, report"
)
_NEXT_MOMENT: Final = (
    "(SELECT max(?, 1 + coalesce(max(max(finished_at, coalesce(undone_at, 0))), 0))"
    " FROM operation)"
)
"""The present time, or later than anything was done or taken back if the clock went wrong."""

AWAY: Final = 10
"""Added to the state of an operation that came in a dump, while its import is not in force."""


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
        f"UPDATE operation SET state = ?, finished_at = {_NEXT_MOMENT} WHERE pk = ?",
        (OperationState.DONE, now_us(), operation_pk),
    )
    return get(session, operation_pk)


def get(session: Session, pk: int) -> OperationRecord:
    """Return an operation that there is."""
    found = find(session, pk)
    assert found is not None
    return found


def find(session: Session, pk: int) -> OperationRecord | None:
    """Return one operation, or None."""
    row = session.row(f"SELECT {_OPERATION_COLUMNS} FROM operation WHERE pk = ?", (pk,))
    return None if row is None else _record(row)


def _record(row: tuple[Any, ...]) -> OperationRecord:
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


def select(session: Session, where: str, params: Collection[Any] = ()) -> list[OperationRecord]:
    """Return the operations that the rest of a statement, from WHERE on, selects."""
    return [
        _record(row)
        for row in session.rows(
            f"SELECT {_OPERATION_COLUMNS} FROM operation {where}", [*params]
        )
    ]


def hide_brought(session: Session, pk: int, import_pk: int) -> None:
    """Keep an operation that came in a dump out of sight until its import is committed."""
    session.execute(
        f"UPDATE operation SET state = state + {AWAY}, owner = ? WHERE pk = ?",
        (_brought_by(import_pk), pk),
    )


def brought_pk(session: Session, id_: str, import_pk: int) -> int | None:
    """Return the pk of an operation that this import brings, or None."""
    found = session.value(
        "SELECT pk FROM operation WHERE id = ? AND owner = ?", (id_, _brought_by(import_pk))
    )
    return None if found is None else int(found)


def show_brought(session: Session, import_pk: int, *, shown: bool = True) -> None:
    """Show the operations that an import brought in a dump, or put them out of sight."""
    session.execute(
        f"UPDATE operation SET state = state {'-' if shown else '+'} {AWAY} WHERE owner = ?",
        (_brought_by(import_pk),),
    )


def forget_brought(session: Session, import_pk: int) -> None:
    """Delete the operations that an import brought in a dump."""
    session.execute("DELETE FROM operation WHERE owner = ?", (_brought_by(import_pk),))


def _brought_by(import_pk: int) -> str:
    return f"import {import_pk}"


def set_state(
    session: Session, pk: int, state: OperationState, *, owner: str | None = None
) -> None:
    """Say how an operation stands, and which process is at work on it, if one is."""
    session.execute(
        "UPDATE operation SET state = ?, owner = ? WHERE pk = ?", (state, owner, pk)
    )
    if state is OperationState.UNDONE:
        session.execute(
            f"UPDATE operation SET undone_at = {_NEXT_MOMENT} WHERE pk = ?", (now_us(), pk)
        )
