"""Undo, redo, and what was done to a record.

Taking back or doing again what made many records is done in parts behind the curtain, and
finished at the next start if it is cut short. All else is one transaction.
"""

from __future__ import annotations

import json
import threading
from typing import Final

from msgspec import Struct, field

from db.errors import (
    RecordNotFoundError,
    StorageBusyError,
    StorageRejectedError,
    StorageUnavailableError,
)
from db.job_run import MANY
from db.processes import is_alive, owner_name
from db.records import (
    HistoryEntry,
    Kind,
    OnTurn,
    OperationRecord,
    OperationState,
    Outcome,
    TurnProgress,
    ignore_turn,
)
from db.sqlite import audit, images, operations
from db.sqlite.bulk import BulkLoad
from db.sqlite.connection import Pool, Session

_DONE: Final = OperationState.DONE.value
_ACTIONS: Final = {
    audit.CREATED: "created",
    audit.UPDATED: "changed",
    audit.EARLIER: "earlier",
}
_NEXT_UNDO: Final = f"WHERE state = {_DONE} AND undoable ORDER BY finished_at DESC LIMIT 1"
_NEXT_REDO: Final = (
    f"WHERE state = {OperationState.UNDONE.value} AND undoable AND undone_at >"
    " (SELECT max(finished_at) FROM operation WHERE verb <> 'purge')"
    " ORDER BY undone_at DESC LIMIT 1"
)
"""What was taken back last, unless something else was done since, even if that went too."""

_SINCE: Final = (
    f"WHERE state = {_DONE} AND undoable AND pk IN (SELECT later.operation_pk"
    " FROM audit_entry mine JOIN audit_entry later"
    " ON later.kind = mine.kind AND later.record_pk = mine.record_pk"
    " WHERE mine.operation_pk = ?1 AND later.operation_pk <> ?1)"
    " AND finished_at > (SELECT finished_at FROM operation WHERE pk = ?1)"
    " ORDER BY finished_at DESC"
)
_CHANGED_SINCE: Final = (
    "SELECT DISTINCT later.kind, later.record_pk FROM operation o CROSS JOIN audit_entry later"
    f" ON later.operation_pk = o.pk WHERE o.state = {_DONE} AND o.undoable AND o.pk <> ?1"
    " AND o.finished_at > (SELECT finished_at FROM operation WHERE pk = ?1)"
    " AND json_remove(later.after, '$.updated_at') IS NOT '{}'"
    " AND EXISTS (SELECT 1 FROM audit_entry mine WHERE mine.operation_pk = ?1"
    " AND mine.kind = later.kind AND mine.record_pk = later.record_pk)"
    " ORDER BY later.kind, later.record_pk"
)
_TURNING: Final = (
    "SELECT pk, state, owner FROM operation WHERE state IN"
    f" ({OperationState.WITHDRAWING.value}, {OperationState.RESTORING.value})"
)
_HALF_DONE: Final = "What was begun is out of sight, and Sheaf finishes it at its next start."


class SqliteHistory:
    """The operations of one file, and taking them back."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._turning = threading.Lock()

    def of_record(self, kind: Kind, pk: int) -> tuple[HistoryEntry, ...]:
        """Return the changes of one record, newest first, those taken back as well."""
        with self._pool.read() as session:
            entries = session.rows(
                "SELECT operation_pk, action, before, after FROM audit_entry"
                " JOIN operation ON operation.pk = operation_pk"
                f" WHERE kind = ? AND record_pk = ? AND action <> {audit.PURGED}"
                f" AND state IN ({_DONE}, {OperationState.UNDONE.value})"
                f" ORDER BY finished_at DESC, action = {audit.CREATED},"
                f" action = {audit.EARLIER}, audit_entry.pk DESC",
                (kind, pk),
            )
            return tuple(
                HistoryEntry(
                    operation=operations.get(session, operation_pk),
                    action=_ACTIONS[action],
                    before=json.loads(before or "{}"),
                    after=json.loads(after or "{}"),
                )
                for operation_pk, action, before, after in entries
            )

    def operations(self, verb: str = "", limit: int = 100) -> tuple[OperationRecord, ...]:
        """Return the newest operations, all or those of one verb."""
        where = (
            f"WHERE finished_at IS NOT NULL AND state < {operations.AWAY}"
            " AND (? = '' OR verb = ?)"
        )
        with self._pool.read() as session:
            found = operations.select(
                session, f"{where} ORDER BY finished_at DESC LIMIT ?", (verb, verb, limit)
            )
        return tuple(found)

    def since(self, operation_pk: int) -> tuple[OperationRecord, ...]:
        """Return what was done later to records of an operation, newest first."""
        with self._pool.read() as session:
            found = operations.select(session, _SINCE, (operation_pk,))
        return tuple(found)

    def changed_since(self, operation_pk: int) -> dict[Kind, list[int]]:
        """Return which records of an operation were changed later, by kind."""
        found: dict[Kind, list[int]] = {}
        with self._pool.read() as session:
            for kind, pk in session.rows(_CHANGED_SINCE, (operation_pk,)):
                found.setdefault(Kind(kind), []).append(pk)
        return found

    def last_moment(self) -> int:
        """Return when something was last done or taken back, in microseconds; 0 if never."""
        with self._pool.read() as session:
            found = session.value(
                "SELECT max(max(finished_at, coalesce(undone_at, 0))) FROM operation"
            )
        return int(found or 0)

    def next_undo(self) -> OperationRecord | None:
        """Return the operation that `undo` would take back."""
        with self._pool.read() as session:
            return next(iter(operations.select(session, _NEXT_UNDO)), None)

    def next_redo(self) -> OperationRecord | None:
        """Return the operation that `redo` would do again."""
        with self._pool.read() as session:
            return next(iter(operations.select(session, _NEXT_REDO)), None)

    def undo(
        self, operation_pk: int | None = None, on_progress: OnTurn = ignore_turn
    ) -> Outcome:
        """Take back the latest operation, or the one given.

        Raises:
            RecordNotFoundError: there is nothing to take back.
            StorageRejectedError: other records have the place of all that it changed.
        """
        return self._turn(operation_pk, on_progress, forward=False)

    def redo(
        self, operation_pk: int | None = None, on_progress: OnTurn = ignore_turn
    ) -> Outcome:
        """Do again the operation that was taken back last, or the one given.

        Raises:
            RecordNotFoundError: there is nothing to do again.
            StorageRejectedError: other records have the place of all that it changed.
        """
        return self._turn(operation_pk, on_progress, forward=True)

    def finish_turns(self) -> tuple[OperationRecord, ...]:
        """Finish what was being undone or redone when it was cut short; return it."""
        with self._turning:
            finished = [self._go_on(each, ignore_turn).operation for each in self._cut_short()]
        return tuple(operation for operation in finished if operation is not None)

    def _turn(self, operation_pk: int | None, on_progress: OnTurn, *, forward: bool) -> Outcome:
        with self._turning:
            self._refuse_beside_another()
            for each in self._cut_short():
                finished = self._go_on(each, on_progress)
                if operation_pk in {None, each.operation_pk} and each.forward == forward:
                    return finished
            self._tell_if_long(operation_pk, on_progress, forward=forward)
            with self._pool.write() as session:
                turn = _begin(session, operation_pk, forward=forward)
                if images.is_small(turn.parts):
                    for step in images.steps(turn.parts, forward=forward):
                        step(session)
                    outcome = _end(session, turn)
                    _refuse_if_all_taken(turn, outcome)
                    return outcome
            return self._go_on(turn, on_progress)

    def _tell_if_long(
        self, operation_pk: int | None, on_progress: OnTurn, *, forward: bool
    ) -> None:
        """Tell that it begins, if it takes a while: not all of that is done in parts."""
        with self._pool.read() as session:
            asked = _asked(session, operation_pk, forward=forward)
            entries = session.value(
                "SELECT count(*) FROM"
                " (SELECT 1 FROM audit_entry WHERE operation_pk = ? LIMIT ?)",
                (asked.pk, MANY),
            )
        if entries == MANY:
            on_progress(TurnProgress(asked.title, forward, 0, 0, asked.pk))

    def _cut_short(self) -> list[_Turn]:
        """Return what this process, or one that died, has left half-done."""
        with self._pool.read() as session:
            return [
                _Turn(pk, state == OperationState.RESTORING, images.parts(session, pk))
                for pk, state, owner in session.rows(_TURNING)
                if not _is_anothers(owner)
            ]

    def _refuse_beside_another(self) -> None:
        with self._pool.read() as session:
            if any(_is_anothers(owner) for _, _, owner in session.rows(_TURNING)):
                raise StorageBusyError("Another program is undoing or redoing an import.")

    def _go_on(self, turn: _Turn, on_progress: OnTurn) -> Outcome:
        """Do what remains behind the curtain, each part in a transaction, and end it."""
        steps = [*images.steps(turn.parts, forward=turn.forward)]
        pk, forward = turn.operation_pk, turn.forward
        with self._pool.read() as session:
            title = operations.get(session, pk).title
        bulk = BulkLoad(self._pool)
        bulk.added(sum(part.last - part.first + 1 for part in turn.parts))
        try:
            for done, step in enumerate(steps):
                on_progress(TurnProgress(title, forward, done, len(steps), pk))
                with self._pool.write() as session:
                    step(session)
            on_progress(TurnProgress(title, forward, len(steps), len(steps), pk))
            with self._pool.write() as session:
                outcome = _end(session, turn)
        except StorageUnavailableError as error:
            raise type(error)(error.what, safe=_HALF_DONE, advice=error.advice) from error
        bulk.end()
        return outcome


def _is_anothers(owner: str) -> bool:
    """Whether it is another living process that is at work."""
    return owner != owner_name() and is_alive(owner)


class _Turn(Struct):
    """An operation on the way back or forth: what of it is behind the curtain, in parts."""

    operation_pk: int
    forward: bool
    parts: list[images.Part]
    applied: audit.Applied = field(default_factory=audit.Applied)


def _begin(session: Session, operation_pk: int | None, *, forward: bool) -> _Turn:
    """Put out of sight what goes, or will come; what else goes back is changed back now."""
    pk = _asked(session, operation_pk, forward=forward).pk
    if forward:
        applied = images.restore(session, pk)
    else:
        applied = audit.apply(session, pk, forward=False)
        applied.add(images.withdraw(session, pk))
        operations.show_brought(session, pk, shown=False)
    state = OperationState.RESTORING if forward else OperationState.WITHDRAWING
    operations.set_state(session, pk, state, owner=owner_name())
    return _Turn(pk, forward, images.parts(session, pk), applied)


def _end(session: Session, turn: _Turn) -> Outcome:
    """Lift the curtain, after everything behind it is done."""
    pk, applied = turn.operation_pk, turn.applied
    images.show(session, pk, made=turn.forward)
    if turn.forward:
        applied.add(audit.apply(session, pk, forward=True))
        operations.show_brought(session, pk)
    state = OperationState.DONE if turn.forward else OperationState.UNDONE
    operations.set_state(session, pk, state)
    return Outcome(
        operation=operations.get(session, pk),
        changed={kind: tuple(pks) for kind, pks in applied.changed.items() if pks},
        skipped=(*applied.skipped, *audit.purged(session, pk)),
    )


def _refuse_if_all_taken(turn: _Turn, outcome: Outcome) -> None:
    taken = turn.applied.taken
    if taken and not outcome.changed:
        again = "redo" if turn.forward else "undo"
        raise StorageRejectedError(
            f"Another run of the task has the same turn, step and attempt as {taken[0]}"
            f" would have after this {again}.",
            advice=f"Give the other run another turn, then {again} this.",
        )


def _asked(session: Session, pk: int | None, *, forward: bool) -> OperationRecord:
    if pk is None:
        next_one = _NEXT_REDO if forward else _NEXT_UNDO
        found = next(iter(operations.select(session, next_one)), None)
    else:
        found = operations.find(session, pk)
    state = OperationState.UNDONE if forward else OperationState.DONE
    if found is None or found.state is not state or not found.undoable:
        if forward:
            raise RecordNotFoundError(
                "There is nothing to redo.",
                advice="Only what was undone can be done again, until something else is done.",
            )
        raise RecordNotFoundError(
            "There is nothing to undo.",
            advice="What was deleted permanently cannot be brought back from here.",
        )
    return found
