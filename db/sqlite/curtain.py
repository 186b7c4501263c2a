"""The curtain: what unfinished operations stored, kept out of every list.

New records of an import are stored where they will stay; ranges of their pks in the table
`curtain` keep them out of sight, which costs a list one comparison, and only while there
are any.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from db.errors import StorageRejectedError
from db.records import Kind
from db.sqlite import audit, index
from db.sqlite.connection import Pool, Session
from db.sqlite.tables import LAYOUTS, UPLOADS

DISCARD_ROWS: Final = 20_000
HIDDEN_UPLOADS: Final = (
    "SELECT u.pk FROM upload u JOIN curtain c"
    f" ON c.kind = {UPLOADS} AND u.pk BETWEEN c.first_pk AND c.last_pk"
)


class Hidden(Struct, frozen=True):
    """The pks of one kind that are not to be shown, as first and last of ranges."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __contains__(self, pk: int) -> bool:
        return any(first <= pk <= last for first, last in self.ranges)

    def conditions(self, pk: Any) -> Iterator[Any]:
        """Yield what keeps them out of a select, given its column of pks."""
        for first, last in self.ranges:
            yield ~pk.between(first, last)

    def sql(self, pk: str) -> str:
        """Return the same as the rest of a WHERE clause."""
        return "".join(
            f" AND {pk} NOT BETWEEN {first:d} AND {last:d}" for first, last in self.ranges
        )


def hidden(session: Session, kind: int) -> Hidden:
    """Read which records of a kind are not to be shown."""
    rows = session.rows("SELECT first_pk, last_pk FROM curtain WHERE kind = ?", (int(kind),))
    return Hidden(tuple(rows))


def hide(session: Session, operation_pk: int, kind: int, first: int, last: int) -> None:
    """Keep the records from one pk to another out of sight."""
    extended = session.run(
        "UPDATE curtain SET last_pk = ? WHERE operation_pk = ? AND kind = ? AND last_pk = ?",
        (last, operation_pk, kind, first - 1),
    )
    if not extended:
        session.execute(
            "INSERT INTO curtain VALUES (?, ?, ?, ?)", (operation_pk, kind, first, last)
        )


def holds(session: Session, operation_pk: int, kind: Kind, pk: int) -> bool:
    """Whether a record is one that this operation hides.

    Raises:
        StorageRejectedError: another operation hides it.
    """
    owner = session.value(
        "SELECT operation_pk FROM curtain WHERE kind = ? AND ? BETWEEN first_pk AND last_pk",
        (kind, pk),
    )
    if owner not in {None, operation_pk}:
        raise StorageRejectedError(
            "The same records are being imported already.",
            advice="Finish or cancel the other import, then try again.",
        )
    return owner is not None


def lift(session: Session, operation_pk: int) -> dict[Kind, list[tuple[int, int]]]:
    """Show all that an operation hid; return the ranges of its records."""
    shown: dict[Kind, list[tuple[int, int]]] = {kind: [] for kind in Kind}
    for kind, first, last in session.rows(
        "DELETE FROM curtain WHERE operation_pk = ? RETURNING kind, first_pk, last_pk",
        (operation_pk,),
    ):
        if kind != UPLOADS:
            shown[Kind(kind)].append((first, last))
    return shown


def discard(pool: Pool, operation_pk: int) -> list[str]:
    """Delete what an unfinished import stored, in steps that keep the log small.

    Returns the hashes of the originals that nothing refers to any more.
    """
    while _discard_some(pool, operation_pk):
        pass
    with pool.write() as session:
        gone = session.rows(
            "DELETE FROM upload WHERE EXISTS (SELECT 1 FROM curtain WHERE operation_pk = ?"
            f" AND kind = {UPLOADS} AND upload.pk BETWEEN first_pk AND last_pk)"
            " RETURNING sha256",
            (operation_pk,),
        )
        audit.forget_operations_of(session, operation_pk)
        session.execute("DELETE FROM operation WHERE pk = ?", (operation_pk,))
        session.execute("DELETE FROM tag WHERE pk NOT IN (SELECT tag_pk FROM task_tag)")
        return [
            sha256
            for (sha256,) in gone
            if sha256
            and not session.value("SELECT 1 FROM upload WHERE sha256 = ? LIMIT 1", (sha256,))
        ]


def _discard_some(pool: Pool, operation_pk: int) -> bool:
    """Delete the next records, tasks before batches; return whether there may be more."""
    with pool.write() as session:
        row = session.row(
            "SELECT kind, first_pk, last_pk FROM curtain WHERE operation_pk = ?"
            f" AND kind <> {UPLOADS} ORDER BY kind DESC LIMIT 1",
            (operation_pk,),
        )
        if row is None:
            return False
        kind, first, last = Kind(row[0]), row[1], row[2]
        start = max(first, last - DISCARD_ROWS + 1)
        table = LAYOUTS[kind].table
        audit.choose(session, f"SELECT pk FROM {table} WHERE pk BETWEEN {start:d} AND {last:d}")
        index.remove(session, kind)
        session.execute(f"DELETE FROM {table} WHERE pk IN (SELECT pk FROM temp.chosen)")
        if start == first:
            statement = "DELETE FROM curtain WHERE kind = ? AND first_pk = ?"
            session.execute(statement, (kind, first))
        else:
            session.execute(
                "UPDATE curtain SET last_pk = ? WHERE kind = ? AND first_pk = ?",
                (start - 1, kind, first),
            )
        return True
