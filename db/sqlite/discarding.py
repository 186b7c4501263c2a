"""Taking out what an unfinished import stored, from behind the curtain."""

from __future__ import annotations

from typing import Final

from db.records import Kind
from db.sqlite import audit, images, lists, operations
from db.sqlite.connection import Pool
from db.sqlite.tables import LAYOUTS, UPLOADS

DISCARD_ROWS: Final = 20_000


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
        operations.forget_brought(session, operation_pk)
        session.execute("DELETE FROM operation WHERE pk = ?", (operation_pk,))
        lists.forget_unused_tags(session)
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
        images.delete_chosen(session, kind)
        if start == first:
            statement = "DELETE FROM curtain WHERE kind = ? AND first_pk = ?"
            session.execute(statement, (kind, first))
        else:
            session.execute(
                "UPDATE curtain SET last_pk = ? WHERE kind = ? AND first_pk = ?",
                (start - 1, kind, first),
            )
        return True
