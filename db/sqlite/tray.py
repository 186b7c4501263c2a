"""What imports set aside, until it is mended and taken in, or dropped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from db.errors import RecordNotFoundError
from db.ids import new_id
from db.incoming import Problem
from db.records import OperationState, SetAside
from db.sqlite.connection import Pool, Session
from db.texts import storable
from db.times import now_us

_WAITING: Final = f"""
FROM set_aside s
JOIN operation o ON o.pk = s.operation_pk AND o.state = {OperationState.DONE.value}
JOIN upload u ON u.pk = s.upload_pk
LEFT JOIN operation t ON t.pk = s.taken_in_pk
WHERE s.dropped_at IS NULL AND coalesce(t.state, -1) <> {OperationState.DONE.value}
"""
"""Those whose import is in force, while no later one that took them in is."""

_COLUMNS: Final = (
    "s.pk, s.id, s.file, s.line, s.char_column, s.pointer, s.reason, s.text, s.byte_length,"
    " u.format, u.origin, o.finished_at"
)


class SqliteTray:
    """See `db.repositories.Tray`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def count(self) -> int:
        """Return how many wait."""
        with self._pool.read() as session:
            return int(session.value(f"SELECT count(*) {_WAITING}"))

    def items(self, limit: int, offset: int = 0) -> tuple[SetAside, ...]:
        """Return some of those that wait, the newest import's first, in the file's order."""
        with self._pool.read() as session:
            rows = session.rows(
                f"SELECT {_COLUMNS} {_WAITING} ORDER BY s.operation_pk DESC, s.pk"
                " LIMIT ? OFFSET ?",
                (limit, offset),
            )
        return tuple(SetAside(*row) for row in rows)

    def get(self, pks: Sequence[int]) -> tuple[SetAside, ...]:
        """Return those with these pks that wait."""
        with self._pool.read() as session:
            rows = session.rows(
                f"SELECT {_COLUMNS} {_WAITING} AND s.pk IN (SELECT value FROM json_each(?))"
                " ORDER BY s.pk",
                (json.dumps(list(pks)),),
            )
        return tuple(SetAside(*row) for row in rows)

    def mend(self, pk: int, text: str) -> None:
        """Give one another text.

        Raises:
            RecordNotFoundError: it does not wait any more.
        """
        with self._pool.write() as session:
            self._need(session, pk)
            session.execute("UPDATE set_aside SET text = ? WHERE pk = ?", (storable(text), pk))

    def drop(self, pks: Sequence[int], *, dropped: bool = True) -> None:
        """Let them wait no more, or again."""
        with self._pool.write() as session:
            session.execute(
                "UPDATE set_aside SET dropped_at = ?"
                " WHERE pk IN (SELECT value FROM json_each(?))",
                (now_us() if dropped else None, json.dumps(list(pks))),
            )

    def take_in(self, pks: Sequence[int], operation_pk: int) -> None:
        """Note that an import took them in: they wait again only if it is undone."""
        with self._pool.write() as session:
            session.execute(
                "UPDATE set_aside SET taken_in_pk = ?"
                " WHERE pk IN (SELECT value FROM json_each(?))",
                (operation_pk, json.dumps(list(pks))),
            )

    def _need(self, session: Session, pk: int) -> None:
        if not session.value(f"SELECT 1 {_WAITING} AND s.pk = ?", (pk,)):
            raise RecordNotFoundError(
                "This does not wait to be mended any more.",
                advice="Look at the list again.",
            )


def set_aside(
    session: Session, operation_pk: int, upload_pk: int, problems: Sequence[Problem]
) -> int:
    """Keep parts of a file that cannot be used, as part of an import.

    Returns how many they are, without those that wait already since an earlier import.
    """
    waiting = session.rows(
        f"SELECT s.text, s.reason {_WAITING}"
        " AND u.origin = (SELECT origin FROM upload WHERE pk = ?)",
        (upload_pk,),
    )
    known = set(waiting)
    new = [p for p in problems if (storable(p.text), storable(p.reason)) not in known]
    session.many(
        "INSERT INTO set_aside (id, operation_pk, upload_pk, file, line, char_column, pointer,"
        " reason, text, byte_offset, byte_length) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                new_id(),
                operation_pk,
                upload_pk,
                storable(each.file),
                each.line,
                each.column,
                storable(each.pointer),
                storable(each.reason),
                storable(each.text),
                each.offset,
                each.length,
            )
            for each in new
        ],
    )
    return len(new)
