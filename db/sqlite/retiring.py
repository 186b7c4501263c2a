"""Which records are due to be archived, trashed or deleted by a rule, and doing it.

Protected is what runs, what it is part of and what belongs to it; what the job of a worker
names; and, unless they are in the trash, the batches that changed last with all in them.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from db.cancel import CancelToken
from db.jobs import JobState, OwnKind
from db.query import Query
from db.records import Kind, Outcome, Place
from db.retiring import NEWEST_KEPT, Act, Due, Going, Protected
from db.sqlite import changes, curtain, selects
from db.sqlite.connection import Pool, Session
from db.sqlite.tables import LAYOUTS
from db.vocabulary import Status

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LISTED: Final = "SELECT value FROM json_each(?)"
_NEVER: Final = 1 << 62
_COLUMNS: Final = {Act.ARCHIVE: "archived_at", Act.TRASH: "trashed_at"}
_ANYWHERE: Final = ", ".join(str(place.value) for place in Place)
_TIMES: Final = ("created", "updated", "archived", "trashed")
_HOMES: Final = ("batch_pk", "task_pk", "conversation_pk", "status")
"""The columns by which a record is known to belong to what is protected."""


_KEPT: Final = (
    "WITH kept_batch (pk) AS (SELECT value FROM json_each(?)),"
    " kept_task (pk) AS (SELECT value FROM json_each(?)),"
    " named (pk) AS (SELECT value FROM json_each(?))"
)


class SqliteRetiring:
    """See `db.repositories.Retiring`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def protected(self, act: Act, token: CancelToken | None = None) -> Protected:
        """Return what is protected from an act now."""
        with self._pool.read(token) as session:
            return _protected(session, act)

    def due(
        self,
        query: Query,
        protected: Protected,
        moment: int,
        until: int,
        token: CancelToken | None = None,
    ) -> Due:
        """Return which records of a query are due at a moment, or will be until another."""
        with self._pool.read(token) as session:
            return _due(session, query, protected, moment, until)

    def going(
        self,
        act: Act,
        protected: Protected,
        heads: Mapping[Kind, Sequence[int]],
        token: CancelToken | None = None,
    ) -> Going:
        """Return all that an act on some records would take."""
        with self._pool.read(token) as session:
            return _going(session, act, protected, heads)

    def size(self, kind: Kind, pks: Sequence[int], token: CancelToken | None = None) -> int:
        """Return how many bytes some records have in texts and in what they were made of."""
        layout = LAYOUTS[kind]
        lengths = " + ".join(
            f"coalesce(octet_length({name}), 0)" for name in ("title", "raw", *layout.searched)
        )
        with self._pool.read(token) as session:
            found = session.value(
                f"SELECT sum({lengths}) FROM {layout.join}"
                f" WHERE {layout.table}.pk IN ({_LISTED})",
                (json.dumps([*pks]),),
            )
        return int(found or 0)

    def retire(
        self,
        queries: Sequence[Query],
        act: Act,
        heads: Mapping[Kind, Sequence[int]],
        moment: int,
        named: str,
    ) -> Outcome:
        """Do it with those of some records that are still due by a query."""
        with self._pool.write() as session:
            return _retire(session, queries, act, heads, moment, named)


def _retire(
    session: Session,
    queries: Sequence[Query],
    act: Act,
    heads: Mapping[Kind, Sequence[int]],
    moment: int,
    named: str,
) -> Outcome:
    protected = _protected(session, act)
    still = {
        query.kind: {*_due(session, query, protected, moment, moment).pks} for query in queries
    }
    left = {
        kind: [pk for pk in pks if pk in still.get(kind, ())] for kind, pks in heads.items()
    }
    taken = _going(session, act, protected, left)
    about = ", ".join(kind.counted(len(pks)) for kind, pks in taken.heads.items() if pks)
    if not about:
        return Outcome(operation=None)
    if act is Act.PURGE:
        title = f"Delete {about} permanently ({named})"
        return changes.purge_chosen(session, taken.records, title, named)
    title = f"{act.value.capitalize()} {about} ({named})"
    return changes.put_away(session, taken.records, _COLUMNS[act], act.value, title)


# What is due


def _due(session: Session, query: Query, protected: Protected, moment: int, until: int) -> Due:
    if getattr(query, "active_days", None) is not None or getattr(query, "stalled", False):
        until = moment  # Nothing becomes active or stalled by being older, as far as is known.
    periods = [(name, getattr(query, name)) for name in _TIMES]
    since = [
        f"r.{name}_at + {p.older_than + 1}" for name, p in periods if p.older_than is not None
    ]
    past = [
        f"r.{name}_at + {p.younger_than + 1}"
        for name, p in periods
        if p.younger_than is not None
    ]
    ended = {name: replace(p, younger_than=None) for name, p in periods}
    timeless = replace(query, **ended)
    columns = [
        *(f"{name}_at" for name, period in periods if period.is_relative),
        *(name for name in _HOMES if name in LAYOUTS[query.kind].columns),
    ]
    listing, params = selects.with_columns(session, timeless, until, *columns)
    rows = session.execute(
        f"{_KEPT}, r (pk{''.join(f', {name}' for name in columns)}) AS ({listing})"
        f" SELECT r.pk, {_extreme('max', since, 0)} AS since,"
        f" {_extreme('min', past, _NEVER)} AS past, {_is_protected(query.kind)} FROM r"
        " WHERE since < past AND past > ?",
        (*_given(protected, query.kind), *params, moment),
    )
    pks, moments, kept = array("q"), array("q"), 0
    for pk, start, _past, is_protected in rows:
        if not is_protected:
            pks.append(pk)
            moments.append(start)
        elif start <= moment:
            kept += 1
    return Due(pks, moments, kept)


def _given(protected: Protected, kind: Kind) -> list[str]:
    """Return the parameters of `_KEPT`."""
    given = (protected.batches, protected.tasks, protected.named[kind])
    return [json.dumps(pks) for pks in given]


def _extreme(which: str, terms: Sequence[str], otherwise: int) -> str:
    return f"{which}({', '.join((str(otherwise), *terms))})" if terms else str(otherwise)


# What is protected


def _protected(session: Session, act: Act) -> Protected:
    named = _named_by_jobs(session)
    batches = {
        *named[Kind.BATCH],
        *_pks(session, "SELECT pk FROM batch WHERE running > 0"),
    }
    if act is not Act.PURGE:
        hidden = curtain.hidden(session, Kind.BATCH).sql("pk")
        batches |= {
            *_pks(
                session,
                f"SELECT pk FROM batch WHERE trashed_at IS NULL{hidden}"
                f" ORDER BY updated_at DESC, pk DESC LIMIT {NEWEST_KEPT}",
            )
        }
    tasks: list[int] = []
    running = f"place IN ({_ANYWHERE}) AND status = {Status.RUNNING.value}"
    for pk, batch_pk in session.execute(
        "WITH RECURSIVE seed (pk) AS ("
        f"SELECT pk FROM task WHERE {running}"
        f" UNION SELECT task_pk FROM execution WHERE {running}"
        " UNION SELECT value FROM json_each(?)),"
        " down (pk) AS (SELECT pk FROM seed"
        " UNION SELECT t.pk FROM task t JOIN down ON t.parent_pk = down.pk),"
        " up (pk) AS (SELECT pk FROM seed"
        " UNION SELECT t.parent_pk FROM task t JOIN up USING (pk) WHERE t.parent_pk NOTNULL)"
        " SELECT pk, batch_pk FROM (SELECT pk FROM down UNION SELECT pk FROM up)"
        " JOIN task USING (pk)",
        (json.dumps(named[Kind.TASK]),),
    ):
        if batch_pk is None:
            tasks.append(pk)
        else:
            batches.add(batch_pk)
    return Protected(tuple(batches), tuple(tasks), named)


def _named_by_jobs(session: Session) -> dict[Kind, tuple[int, ...]]:
    """Return the records whose ids stand in the payloads of jobs that are being done."""
    payloads = session.rows(
        "SELECT payload FROM job WHERE state = ? AND kind <> ?",
        (JobState.RUNNING.value, OwnKind.RETENTION.value),
    )
    ids = json.dumps([id_.lower() for (payload,) in payloads for id_ in _ID.findall(payload)])
    sql = "SELECT pk FROM {} WHERE id IN (SELECT value FROM json_each(?))"
    return {
        kind: tuple(_pks(session, sql.format(layout.table), ids)) if payloads else ()
        for kind, layout in LAYOUTS.items()
    }


def _is_protected(kind: Kind) -> str:
    """Return the condition that a record `r` of a kind is protected; see `_KEPT`."""
    columns = LAYOUTS[kind].columns
    conditions = ["r.pk IN named"]
    if kind is Kind.BATCH:
        conditions.append("r.pk IN kept_batch")
    if kind is Kind.TASK:
        conditions.append("r.pk IN kept_task")
    if kind is Kind.EXECUTION:
        conditions.append(f"r.status = {Status.RUNNING.value}")
    if "batch_pk" in columns:
        conditions.append("r.batch_pk IN kept_batch")
    if "task_pk" in columns:
        conditions.append(_is_task_kept("r.task_pk"))
    if kind is Kind.BUG:
        conditions.append(
            "EXISTS (SELECT 1 FROM bug_task b WHERE b.bug_pk = r.pk"
            f" AND {_is_task_kept('b.task_pk')})"
        )
    if kind is Kind.MESSAGE:
        conditions.append(
            "EXISTS (SELECT 1 FROM conversation c WHERE c.pk = r.conversation_pk"
            f" AND (c.batch_pk IN kept_batch OR {_is_task_kept('c.task_pk')}))"
        )
    return f"({' OR '.join(conditions)})"


def _is_task_kept(column: str) -> str:
    return (
        f"({column} IN kept_task OR EXISTS (SELECT 1 FROM task t WHERE t.pk = {column}"
        " AND t.batch_pk IN kept_batch))"
    )


# What goes along


def _going(
    session: Session, act: Act, protected: Protected, heads: Mapping[Kind, Sequence[int]]
) -> Going:
    left = {kind: pks for kind, pks in heads.items() if pks}
    while True:
        taken = _with_contents(session, act, left)
        barred = _above(session, _not_to_go(session, act, protected, left, taken))
        if not any(barred.values()):
            records = {kind: sorted(pks) for kind, pks in sorted(taken.items()) if pks}
            return Going(heads=left, records=records)
        left = {
            kind: [pk for pk in pks if pk not in barred.get(kind, ())]
            for kind, pks in left.items()
        }


def _with_contents(
    session: Session, act: Act, heads: Mapping[Kind, Sequence[int]]
) -> dict[Kind, set[int]]:
    """Return records and those that are part of them, in however many steps."""
    taken = {kind: {*heads.get(kind, ())} for kind in LAYOUTS}
    for layout in LAYOUTS.values():
        # Nothing can be taken from under an import that is under way: then all of it stays.
        behind = "" if act is Act.PURGE else curtain.hidden(session, layout.kind).sql("pk")
        condition = "" if act is Act.PURGE else f" AND {_COLUMNS[act]} IS NULL{behind}"
        for owner in layout.owners:
            inside = f"SELECT pk FROM {layout.table} WHERE {owner} IN ({_LISTED}){condition}"
            new = taken[layout.references[owner]]
            is_own = layout.references[owner] is layout.kind
            while new:
                found = {*_pks(session, inside, json.dumps([*new]))} - taken[layout.kind]
                taken[layout.kind] |= found
                new = found if is_own else set()
    return taken


def _not_to_go(
    session: Session,
    act: Act,
    protected: Protected,
    heads: Mapping[Kind, Sequence[int]],
    taken: Mapping[Kind, set[int]],
) -> dict[Kind, set[int]]:
    """Return what would go along with records and must not."""
    found: dict[Kind, set[int]] = {}
    for kind, pks in taken.items():
        along = pks.difference(heads.get(kind, ()))
        condition = _is_protected(kind)
        if act is Act.PURGE:
            hidden = curtain.hidden(session, kind).ranges
            behind = "".join(f" OR r.pk BETWEEN {a:d} AND {b:d}" for a, b in hidden)
            condition += f" OR r.trashed_at IS NULL{behind}"
        if along:
            sql = (
                f"{_KEPT} SELECT r.pk FROM {LAYOUTS[kind].table} r"
                f" WHERE r.pk IN ({_LISTED}) AND ({condition})"
            )
            found[kind] = {*_pks(session, sql, *_given(protected, kind), json.dumps([*along]))}
    return found


def _above(session: Session, below: dict[Kind, set[int]]) -> dict[Kind, set[int]]:
    """Return records with all that they are part of, in however many steps."""
    found = {kind: {*pks} for kind, pks in below.items()}
    new = {kind: pks for kind, pks in below.items() if pks}
    while new:
        further: dict[Kind, set[int]] = {}
        for kind, pks in new.items():
            for owner in LAYOUTS[kind].owners:
                target = LAYOUTS[kind].references[owner]
                above = _pks(
                    session,
                    f"SELECT DISTINCT {owner} FROM {LAYOUTS[kind].table}"
                    f" WHERE pk IN ({_LISTED}) AND {owner} NOTNULL",
                    json.dumps([*pks]),
                )
                more = {*above} - found.setdefault(target, set())
                found[target] |= more
                further.setdefault(target, set()).update(more)
        new = {kind: pks for kind, pks in further.items() if pks}
    return found


def _pks(session: Session, sql: str, *params: str) -> list[int]:
    return [pk for (pk,) in session.execute(sql, params)]
