"""Undo, redo, and what was done to a record."""

from __future__ import annotations

import json
from typing import Final

from db.errors import RecordNotFoundError
from db.records import HistoryEntry, Kind, OperationRecord, OperationState, Outcome
from db.sqlite import audit
from db.sqlite.connection import Pool, Session

_DONE: Final = OperationState.DONE.value
_NEXT_UNDO: Final = f"WHERE state = {_DONE} AND undoable ORDER BY finished_at DESC LIMIT 1"
_NEXT_REDO: Final = (
    f"WHERE state = {OperationState.UNDONE.value} AND undoable AND finished_at >"
    f" coalesce((SELECT max(finished_at) FROM operation WHERE state = {_DONE} AND undoable), 0)"
    " ORDER BY finished_at LIMIT 1"
)


class SqliteHistory:
    """The operations of one file, and taking them back."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def of_record(self, kind: Kind, pk: int) -> tuple[HistoryEntry, ...]:
        """Return the changes of one record, newest first."""
        with self._pool.read() as session:
            entries = session.rows(
                "SELECT operation_pk, action, before, after FROM audit_entry"
                " JOIN operation ON operation.pk = operation_pk"
                f" WHERE kind = ? AND record_pk = ? AND state = {OperationState.DONE.value}"
                " ORDER BY finished_at DESC",
                (kind, pk),
            )
            return tuple(
                HistoryEntry(
                    operation=_existing(session, operation_pk),
                    action="created" if action == audit.CREATED else "changed",
                    before=json.loads(before or "{}"),
                    after=json.loads(after or "{}"),
                )
                for operation_pk, action, before, after in entries
            )

    def operations(self, verb: str = "", limit: int = 100) -> tuple[OperationRecord, ...]:
        """Return the newest operations, all or those of one verb."""
        where = (
            f"WHERE finished_at IS NOT NULL AND state < {audit.AWAY} AND (? = '' OR verb = ?)"
        )
        with self._pool.read() as session:
            found = audit.operations(
                session, f"{where} ORDER BY finished_at DESC LIMIT ?", (verb, verb, limit)
            )
        return tuple(found)

    def next_undo(self) -> OperationRecord | None:
        """Return the operation that `undo` would take back."""
        with self._pool.read() as session:
            return next(iter(audit.operations(session, _NEXT_UNDO)), None)

    def next_redo(self) -> OperationRecord | None:
        """Return the operation that `redo` would do again."""
        with self._pool.read() as session:
            return next(iter(audit.operations(session, _NEXT_REDO)), None)

    def undo(self, operation_pk: int | None = None) -> Outcome:
        """Take back the latest operation, or the one given.

        Raises:
            RecordNotFoundError: there is nothing to take back.
        """
        return self._turn(operation_pk, forward=False)

    def redo(self, operation_pk: int | None = None) -> Outcome:
        """Do again the operation that was taken back last, or the one given.

        Raises:
            RecordNotFoundError: there is nothing to do again.
        """
        return self._turn(operation_pk, forward=True)

    def _turn(self, operation_pk: int | None, *, forward: bool) -> Outcome:
        before, after = OperationState.DONE, OperationState.UNDONE
        if forward:
            before, after = after, before
        with self._pool.write() as session:
            operation = _asked(session, operation_pk, before, forward=forward)
            applied = audit.apply(session, operation.pk, forward=forward)
            session.execute(
                "UPDATE operation SET state = ? WHERE pk = ?", (after, operation.pk)
            )
            audit.show_operations_of(session, operation.pk, shown=forward)
            return Outcome(
                operation=_existing(session, operation.pk),
                changed={kind: tuple(pks) for kind, pks in applied.changed.items() if pks},
                skipped=tuple(applied.skipped),
            )


def _asked(
    session: Session, pk: int | None, state: OperationState, *, forward: bool
) -> OperationRecord:
    if pk is None:
        found = next(
            iter(audit.operations(session, _NEXT_REDO if forward else _NEXT_UNDO)), None
        )
    else:
        found = audit.operation(session, pk)
    if found is None or found.state is not state or not found.undoable:
        raise RecordNotFoundError(
            f"There is nothing to {'redo' if forward else 'undo'}.",
            advice="What was deleted permanently cannot be brought back from here.",
        )
    return found


def _existing(session: Session, pk: int) -> OperationRecord:
    found = audit.operation(session, pk)
    assert found is not None
    return found
