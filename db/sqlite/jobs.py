"""The queue of jobs."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Collection, Sequence
from typing import Any, Final

from db.errors import InvalidEditError, RecordNotFoundError, StorageRejectedError
from db.ids import new_id, new_ids
from db.jobs import (
    OWN_PREFIX,
    RETRYABLE,
    JobDetail,
    JobFilter,
    JobLine,
    JobOrder,
    JobRecord,
    JobState,
    JsonText,
    LeaseLostError,
    OwnKind,
)
from db.processes import is_alive
from db.records import OperationState
from db.sqlite.connection import Pool, Row, Session
from db.texts import storable
from db.times import DAY_US, MICROSECONDS, now_us
from db.vocabulary import Priority

KEPT_LINES: Final = 1000
"""So many lines of one job's log are kept, the last ones."""
KEPT_DAYS: Final = 30
"""So long Sheaf's own work is in the list after it was done or canceled."""
MOST_BACKOFF_S: Final = 3600
BACKOFF_SPREAD: Final = 0.2

_COLUMNS: Final = (
    "pk", "id", "kind", "title", "payload", "state", "priority", "run_at", "attempts",
    "max_attempts", "worker", "lease_until", "cancel_asked", "done", "total", "unit", "result",
    "error", "created_at", "started_at", "finished_at",
)  # fmt: skip
_AT_REST: Final = frozenset({JobState.DONE, JobState.DONE_WITH_ERRORS, JobState.CANCELED})
_LIST: Final = ", ".join(_COLUMNS)
_QUEUED: Final = JobState.QUEUED.value
_RUNNING: Final = JobState.RUNNING.value
_CANCELED: Final = JobState.CANCELED.value

_FIRST_OF_PRIORITY: Final = (
    "(SELECT j.pk FROM json_each(?1) k JOIN job j ON j.pk = (SELECT pk FROM job"
    f" WHERE state = {_QUEUED} AND kind = k.value AND priority = {{}} AND run_at <= ?2"
    " ORDER BY run_at LIMIT 1) ORDER BY j.run_at, j.pk LIMIT 1)"
)
_FIRST: Final = ", ".join(_FIRST_OF_PRIORITY.format(each.value) for each in Priority)
_START: Final = (
    f"UPDATE job SET state = {_RUNNING}, worker = ?3, token = id || '.' || ?4,"
    " lease_until = ?5, attempts = attempts + 1, started_at = ?2, finished_at = NULL,"
    " cancel_asked = 0, done = NULL, total = NULL, result = NULL, error = NULL"
)
_CLAIM: Final = f"{_START} WHERE pk = coalesce({_FIRST}) RETURNING {_LIST}"
"""Of each kind and priority the index gives the first; nothing is sorted or read through."""

_EXPIRE: Final = f"""
UPDATE job SET worker = NULL, token = NULL, lease_until = NULL,
  state = CASE WHEN cancel_asked THEN {_CANCELED}
    WHEN attempts >= max_attempts THEN {JobState.FAILED.value} ELSE {_QUEUED} END,
  error = CASE WHEN cancel_asked THEN error
    ELSE 'The lease ended; nothing was heard of ' || worker || '.' END,
  finished_at = CASE WHEN cancel_asked OR attempts >= max_attempts THEN ?1 END
WHERE state = {_RUNNING} AND lease_until < ?1 AND kind NOT GLOB '{OWN_PREFIX}*'
"""
_SETTLE: Final = (
    "UPDATE job SET state = ?1, result = ?2, error = ?3, finished_at = ?4, lease_until = NULL,"
    " token = NULL WHERE pk = ?5"
)

_PARTS: Final = {
    f"state = {_RUNNING}": "started_at, pk",
    f"state = {_QUEUED}": "priority, run_at, pk",
    f"state > {_RUNNING}": "finished_at DESC, pk DESC",
}
"""What is listed, each along an index of its own, and in which order."""


class SqliteJobs:
    """See `db.repositories.Jobs`.

    What only a power cut can take away is not waited for: a claim or a heartbeat that is
    lost with the power is lost together with the worker who made it.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    # Putting in and taking out

    def enqueue(self, orders: Sequence[JobOrder]) -> list[str]:
        """Queue jobs and return their ids, in this order.

        Raises:
            InvalidEditError: a kind without a letter or of Sheaf's own, or no attempt at all.
        """
        for order in orders:
            _refuse_own([order.kind])
            _require(order)
        ids = new_ids(len(orders))
        with self._pool.write() as session:
            _insert(session, zip(ids, orders, strict=True), now_us())
        return ids

    def claim(self, kinds: Collection[str], worker: str, lease_s: float) -> JobRecord | None:
        """Give the first job of these kinds that may run to a worker, for so many seconds.

        Raises:
            InvalidEditError: no kind at all, or one of Sheaf's own.
        """
        _refuse_own(kinds)
        if not kinds:
            raise InvalidEditError("A worker has to name the kinds of job it can do.")
        with self._pool.write(durable=False) as session:
            now = now_us()
            session.execute(_EXPIRE, (now,))
            wanted = json.dumps([*kinds])
            return _started(session, _CLAIM, wanted, now, worker, lease_s)

    def begin(self, order: JobOrder, worker: str, lease_s: float) -> JobRecord:
        """Put in a job that its worker begins at once; no other can claim it."""
        _require(order)
        with self._pool.write(durable=False) as session:
            id_, now = new_id(), now_us()
            _insert(session, [(id_, order)], now)
            begun = _started(
                session, f"{_START} WHERE id = ?1 RETURNING {_LIST}", id_, now, worker, lease_s
            )
        assert begun is not None
        return begun

    # What its worker says

    def heartbeat(
        self,
        token: str,
        lease_s: float,
        *,
        done: int | None = None,
        total: int | None = None,
        unit: str = "",
        lines: Sequence[str] = (),
        result: Any = None,
    ) -> bool:
        """Renew a lease, note how far the work is, and say whether to go on.

        `result` is what there is of it by now. A job whose cancelling was asked for is
        canceled by that.

        Raises:
            LeaseLostError: someone else may have it by now.
        """
        with self._pool.write(durable=False) as session:
            now = now_us()
            pk, state, cancel_asked, _attempts, _most = _held(session, token)
            _say(session, pk, lines, now)
            session.execute(
                "UPDATE job SET lease_until = ?, done = coalesce(?, done),"
                " total = coalesce(?, total), unit = iif(?4 = '', unit, ?4),"
                " result = coalesce(?, result) WHERE pk = ?",
                (now + _us(lease_s), done, total, storable(unit), _as_json(result), pk),
            )
            if cancel_asked and state == _RUNNING:
                session.execute(
                    "UPDATE job SET state = ?, finished_at = ? WHERE pk = ?",
                    (_CANCELED, now, pk),
                )
            return not cancel_asked

    def complete(
        self, token: str, result: Any = None, *, errors: str = "", lines: Sequence[str] = ()
    ) -> None:
        """Say that a job is done, or done with errors; `result` is what JSON can carry.

        Also after it was canceled meanwhile: what is done is done.

        Raises:
            LeaseLostError: someone else may have it by now.
        """
        state = JobState.DONE_WITH_ERRORS if errors else JobState.DONE
        self._settle(token, state, result, errors, lines)

    def fail(
        self, token: str, error: str, *, may_retry: bool = True, lines: Sequence[str] = ()
    ) -> JobState:
        """Say that an attempt failed: the job is queued again for later, or has failed.

        The first time it waits 2 s, then 4, 8 and so on, each a fifth more or less.

        Raises:
            LeaseLostError: someone else may have it by now.
        """
        with self._pool.write() as session:
            pk, state, cancel_asked, attempts, most = _held(session, token)
            if may_retry and attempts < most and state == _RUNNING and not cancel_asked:
                now = now_us()
                _say(session, pk, [*lines, error], now)
                session.execute(
                    f"UPDATE job SET state = {_QUEUED}, run_at = ?, error = ?, token = NULL,"
                    " worker = NULL, lease_until = NULL WHERE pk = ?",
                    (now + _backoff_us(attempts), storable(error), pk),
                )
                return JobState.QUEUED
        return self._settle(token, JobState.FAILED, None, error, lines)

    def stop(self, token: str, lines: Sequence[str] = ()) -> None:
        """Say that a worker stopped because the job was called off.

        Raises:
            LeaseLostError: someone else may have it by now.
        """
        self._settle(token, JobState.CANCELED, None, "", lines)

    def _settle(
        self, token: str, state: JobState, result: Any, error: str, lines: Sequence[str]
    ) -> JobState:
        with self._pool.write() as session:
            now = now_us()
            pk, _state, cancel_asked, _attempts, _most = _held(session, token)
            if state is JobState.FAILED and cancel_asked:
                state = JobState.CANCELED
            session.execute(
                _SETTLE, (state.value, _as_json(result), storable(error) or None, now, pk)
            )
            _say(session, pk, lines, now)
        return state

    # What people do with them

    def cancel(self, wanted: JobFilter) -> int:
        """Cancel queued jobs at once, and ask running ones to stop; return how many."""
        where, params = _where(wanted)
        with self._pool.write() as session:
            now = now_us()
            at_once = session.run(
                f"UPDATE job SET state = {_CANCELED}, finished_at = ?"
                f" WHERE state = {_QUEUED} AND {where}",
                (now, *params),
            )
            asked = session.run(
                "UPDATE job SET cancel_asked = 1"
                f" WHERE state = {_RUNNING} AND NOT cancel_asked AND {where}",
                params,
            )
        return at_once + asked

    def retry(self, wanted: JobFilter) -> int:
        """Queue jobs again that failed, were canceled or have errors; return how many.

        Those of Sheaf's own are left out, as nobody claims them.
        """
        where, params = _where(wanted)
        states = ", ".join(str(state.value) for state in RETRYABLE)
        with self._pool.write() as session:
            return session.run(
                f"UPDATE job SET state = {_QUEUED}, attempts = 0, run_at = ?, error = NULL,"
                " result = NULL, finished_at = NULL, done = NULL, total = NULL, token = NULL,"
                f" cancel_asked = 0 WHERE state IN ({states})"
                f" AND kind NOT GLOB '{OWN_PREFIX}*' AND {where}",
                (now_us(), *params),
            )

    def delete(self, wanted: JobFilter) -> int:
        """Delete jobs, with their logs, that nobody is running; return how many."""
        where, params = _where(wanted)
        with self._pool.write() as session:
            return session.run(f"DELETE FROM job WHERE state <> {_RUNNING} AND {where}", params)

    def settle(self, id_: str, state: JobState, line: str = "") -> None:
        """Say how one that is over is to be seen from now on.

        Raises:
            RecordNotFoundError: there is none.
            StorageRejectedError: it is not over, or would not be.
        """
        with self._pool.write() as session:
            job = _get(session, id_)
            if not (job.state.is_over and state.is_over):
                raise StorageRejectedError("This job is not over.")
            session.execute("UPDATE job SET state = ? WHERE pk = ?", (state.value, job.pk))
            _say(session, job.pk, [line] if line else [], now_us())

    def release_dead(self) -> tuple[JobRecord, ...]:
        """End what dead processes had: leases are over, Sheaf's own work is interrupted.

        Returns the interrupted ones; each says in its log what became of it. To be called
        when what was half-done is finished or taken out.
        """
        with self._pool.read() as session:
            now = now_us()
            running = _select(session, f"WHERE state = {_RUNNING}")
            late = [job for job in running if (job.lease_until or 0) < now]
            dead = [
                job
                for job in running
                if job.is_own and (job in late or not is_alive(job.worker or ""))
            ]
        if not late and not dead:
            return ()
        with self._pool.write() as session:
            session.execute(_EXPIRE, (now,))
            return tuple(_interrupted(session, job, now) for job in dead)

    def forget_running(self) -> None:
        """Delete Sheaf's own work that is under way, as in a copy, where nobody does it."""
        with self._pool.write() as session:
            if session.value("SELECT 1 FROM sqlite_schema WHERE name = 'job'"):
                running = _select(session, f"WHERE state = {_RUNNING}")
                pks = [(job.pk,) for job in running if job.is_own]
                session.many("DELETE FROM job WHERE pk = ?", pks)

    def forget_old(self) -> None:
        """Delete Sheaf's own work that was over long ago and needs nobody's attention."""
        wanted = JobFilter(
            own=True, states=_AT_REST, finished_before=now_us() - KEPT_DAYS * DAY_US
        )
        if self.find(wanted, limit=1):
            self.delete(wanted)

    # Reading

    def find(
        self, wanted: JobFilter | None = None, limit: int = 100, offset: int = 0
    ) -> tuple[JobRecord, ...]:
        """Return jobs: first those running, then those queued, then the last that ended."""
        where, params = _where(wanted or JobFilter())
        found: list[JobRecord] = []
        with self._pool.read() as session:
            for part, order in _PARTS.items():
                found += _select(
                    session,
                    f"WHERE {part} AND {where} ORDER BY {order} LIMIT ?",
                    *params,
                    offset + limit - len(found),
                )
        return tuple(found[offset:])

    def counts(self, wanted: JobFilter | None = None) -> dict[tuple[str, JobState], int]:
        """Return how many jobs there are of each kind in each state."""
        where, params = _where(wanted or JobFilter())
        with self._pool.read() as session:
            found = [
                row
                for part in _PARTS
                for row in session.rows(
                    f"SELECT kind, state, count(*) FROM job WHERE {part} AND {where}"
                    " GROUP BY kind, state",
                    params,
                )
            ]
        return {(kind, JobState(state)): number for kind, state, number in sorted(found)}

    def get(self, id_: str) -> JobDetail:
        """Return one job with the last lines of its log.

        Raises:
            RecordNotFoundError: there is none.
        """
        with self._pool.read() as session:
            job = _get(session, id_)
            lines = session.rows(
                "SELECT said_at, text FROM job_line WHERE job_pk = ? ORDER BY pk", (job.pk,)
            )
        return JobDetail(job, tuple(JobLine(*line) for line in lines))


def _interrupted(session: Session, job: JobRecord, now: int) -> JobRecord:
    state, line = JobState.INTERRUPTED, _AFTERWARDS.get(job.kind, "")
    if job.kind == OwnKind.IMPORT and "folder" in (job.given or {}):
        state, line = JobState.CANCELED, _FOLLOWED
    if job.kind in {OwnKind.CHANGE, OwnKind.PURGE} and not _was_written_since(session, job):
        line = _NOT_DONE
    if job.kind in _TURNED and not _is_turned(session, job):
        line = _NOT_DONE
    elif job.kind in _TURNED or _is_in_force(session, job):
        state = JobState.DONE
        line = line if job.kind != OwnKind.IMPORT else _IMPORTED
    session.execute(
        "UPDATE job SET state = ?1, error = ?2, finished_at = ?3, token = NULL,"
        f" done = iif(?1 = {JobState.DONE.value}, coalesce(total, done), done),"
        f" lease_until = NULL WHERE pk = ?4 AND state = {_RUNNING}",
        (state.value, None if state is JobState.DONE else line, now, job.pk),
    )
    _say(session, job.pk, [line] if line else [], now)
    return _get(session, job.id)


def _is_in_force(session: Session, job: JobRecord) -> bool:
    """Whether what the job brought is there: its process died after that."""
    return bool(
        session.value(
            "SELECT 1 FROM operation WHERE pk = ? ->> '$.operation' AND state = ?",
            (job.result or "{}", OperationState.DONE.value),
        )
    )


def _is_turned(session: Session, job: JobRecord) -> bool:
    """Whether an undo or redo is done: what was one transaction may not be."""
    pk = (job.given or {}).get("operation")
    state = session.value("SELECT state FROM operation WHERE pk = ?", (pk,))
    return state is None or bool(state == _TURNED[job.kind].value)


_TURNED: Final[dict[str, OperationState]] = {
    OwnKind.UNDO: OperationState.UNDONE,
    OwnKind.REDO: OperationState.DONE,
}


def _was_written_since(session: Session, job: JobRecord) -> bool:
    """Whether anything was done by anybody after the job began."""
    sql = "SELECT 1 FROM operation WHERE finished_at >= ? LIMIT 1"
    return bool(session.value(sql, (job.started_at,)))


_NOT_DONE: Final = "Sheaf ended in the middle of it. Nothing of it was done."
_FOLLOWED: Final = (
    "Sheaf ended before the import was over. Nothing of it was kept; what follows the folder"
    " takes it in again."
)
_IMPORTED: Final = "Sheaf ended when all of it was imported."
_FINISHED: Final = "Sheaf ended in the middle of it, and finished it at its next start."
_AFTERWARDS: Final[dict[str, str]] = {
    OwnKind.IMPORT: "Sheaf ended before the import was over. Nothing of it was kept.",
    OwnKind.EXPORT: "Sheaf ended before the file was whole. What was there before is kept.",
    OwnKind.CHECK: "Sheaf ended before the check was over. A check changes nothing.",
    OwnKind.BACKUP: "Sheaf ended before the backup was whole. Those made before are kept.",
    OwnKind.RESTORE: "Sheaf ended while it restored: that happened whole or not at all.",
    OwnKind.UNDO: _FINISHED,
    OwnKind.REDO: _FINISHED,
    OwnKind.CHANGE: "Sheaf ended meanwhile. It was done whole or not at all: see the history.",
    OwnKind.PURGE: "Sheaf ended meanwhile. It was done whole or not at all: see the history.",
    OwnKind.RETENTION: "Sheaf ended meanwhile. Each rule was done whole or not at all.",
    OwnKind.FORGET: "Sheaf ended before it was proven that nothing is left. Forget it again.",
    OwnKind.COMPACT: "Sheaf ended meanwhile. The file was left as it was, or is compacted.",
}
"""What became of Sheaf's own work whose process died."""


def _require(order: JobOrder) -> None:
    if not order.kind.strip():
        raise InvalidEditError("A job needs a kind.")
    if order.max_attempts < 1:
        raise InvalidEditError("A job needs at least one attempt.")


def _refuse_own(kinds: Collection[str]) -> None:
    for kind in kinds:
        if kind.startswith(OWN_PREFIX):
            raise InvalidEditError(
                f"{kind} is a kind of Sheaf's own work.",
                advice=f"Choose a kind that does not begin with {OWN_PREFIX}",
            )


def _insert(session: Session, orders: Any, now: int) -> None:
    session.many(
        "INSERT INTO job (id, kind, title, payload, priority, run_at, max_attempts, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                id_,
                storable(order.kind),
                storable(order.title),
                _as_json(order.payload) or "null",
                order.priority.value,
                now if order.run_at is None else order.run_at,
                order.max_attempts,
                now,
            )
            for id_, order in orders
        ),
    )


def _started(
    session: Session, sql: str, which: str, now: int, worker: str, lease_s: float
) -> JobRecord | None:
    secret = secrets.token_hex(8)
    row = session.row(sql, (which, now, storable(worker), secret, now + _us(lease_s)))
    return None if row is None else _record(row, secret)


def _record(row: Row, secret: str = "") -> JobRecord:
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    values["state"] = JobState(values["state"])
    values["priority"] = Priority(values["priority"])
    values["cancel_asked"] = bool(values["cancel_asked"])
    token = f"{values['id']}.{secret}" if secret else None
    return JobRecord(**values, token=token)


def _select(session: Session, rest: str, *params: Any) -> list[JobRecord]:
    return [_record(row) for row in session.rows(f"SELECT {_LIST} FROM job {rest}", params)]


def _get(session: Session, id_: str) -> JobRecord:
    found = _select(session, "WHERE id = ?", id_)
    if not found:
        raise RecordNotFoundError(
            f"There is no job {id_}.", advice="`sheaf jobs list` shows those there are."
        )
    return found[0]


def _say(session: Session, pk: int, lines: Sequence[str], now: int) -> None:
    if lines:
        session.many(
            "INSERT INTO job_line (job_pk, said_at, text) VALUES (?, ?, ?)",
            [(pk, now, storable(line)) for line in lines[-KEPT_LINES:]],
        )
        session.execute(
            "DELETE FROM job_line WHERE job_pk = ?1 AND pk <= (SELECT pk FROM job_line"
            " WHERE job_pk = ?1 ORDER BY pk DESC LIMIT 1 OFFSET ?2)",
            (pk, KEPT_LINES),
        )


def _where(wanted: JobFilter) -> tuple[str, list[Any]]:
    parts: list[str] = ["1"]
    params: list[Any] = []
    for column, values in (
        ("id", wanted.ids),
        ("kind", wanted.kinds),
        ("state", [state.value for state in wanted.states]),
    ):
        if values:
            parts.append(f"{column} IN (SELECT value FROM json_each(?))")
            params.append(json.dumps([*values]))
    if wanted.finished_before is not None:
        parts.append("finished_at < ?")
        params.append(wanted.finished_before)
    if wanted.own is not None:
        parts.append(f"kind {'GLOB' if wanted.own else 'NOT GLOB'} '{OWN_PREFIX}*'")
    return " AND ".join(parts), params


def _as_json(value: Any) -> str | None:
    if isinstance(value, JsonText):
        return storable(value)
    return None if value is None else json.dumps(value, ensure_ascii=True)


def _us(seconds: float) -> int:
    return int(seconds * MICROSECONDS)


def _backoff_us(attempts: int) -> int:
    wait = min(2.0**attempts, MOST_BACKOFF_S)
    return _us(wait * random.uniform(1 - BACKOFF_SPREAD, 1 + BACKOFF_SPREAD))  # noqa: S311


def _held(session: Session, token: str) -> Row:
    """Return the pk, state, `cancel_asked` and attempts of the job that a token holds."""
    found = session.row(
        "SELECT pk, state, cancel_asked, attempts, max_attempts FROM job"
        f" WHERE id = ? AND token = ? AND state IN ({_RUNNING}, {_CANCELED})",
        (token.partition(".")[0], token),
    )
    if found is None:
        raise LeaseLostError("This token holds no job any more.")
    return found
