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
from db.sqlite.connection import Session
from db.sqlite.tables import UPLOADS

HIDDEN_UPLOADS: Final = (
    "SELECT u.pk FROM upload u JOIN curtain c"
    f" ON c.kind = {UPLOADS} AND u.pk BETWEEN c.first_pk AND c.last_pk"
)


class Hidden(Struct, frozen=True):
    """The pks of one kind that are not to be shown, as first and last of ranges."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __contains__(self, pk: int) -> bool:
        return bool(self.ranges) and any(first <= pk <= last for first, last in self.ranges)

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


def hide_chosen(session: Session, operation_pk: int, kind: Kind) -> None:
    """Keep the chosen records out of sight, as the ranges that their pks make up."""
    session.execute(
        f"INSERT INTO curtain SELECT ?, {kind.value}, min(pk), max(pk) FROM"
        " (SELECT pk, pk - row_number() OVER (ORDER BY pk) AS run FROM temp.chosen)"
        " GROUP BY run",
        (operation_pk,),
    )


def ranges(session: Session, operation_pk: int) -> list[tuple[Kind, int, int]]:
    """Return the kind, the first and the last pk of each range that an operation hides."""
    found = session.rows(
        "SELECT kind, first_pk, last_pk FROM curtain WHERE operation_pk = ?"
        f" AND kind <> {UPLOADS} ORDER BY kind, first_pk",
        (operation_pk,),
    )
    return [(Kind(kind), first, last) for kind, first, last in found]


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
            "Another operation that is not finished is about the same records.",
            advice="Finish or cancel it, then try again.",
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
