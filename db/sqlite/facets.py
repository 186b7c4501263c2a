"""The values that live tasks have in a field, and how many have each."""

from __future__ import annotations

from typing import Final

from db.errors import InvalidQueryError
from db.ports import Facet
from db.records import Kind
from db.sqlite import curtain
from db.sqlite.connection import Row, Session

_COLUMNS: Final = ("kind", "source")
_TAGS_OF: Final = (
    "SELECT tag_pk FROM task CROSS JOIN task_tag ON task_pk = pk WHERE place IN ({places})"
)


def facets(session: Session, field: str) -> tuple[Facet, ...]:
    """Return the values of `tag`, `kind` or `source` among live tasks, by count.

    Raises:
        InvalidQueryError: another field.
    """
    if field == "tag":
        found = _tags(session)
    elif field in _COLUMNS:
        found = session.rows(
            f"SELECT {field}, count(*) FROM task WHERE place = 0 AND {field} IS NOT NULL"
            f"{curtain.hidden(session, Kind.TASK).sql('pk')} GROUP BY {field}"
        )
    else:
        raise InvalidQueryError(f"There are no facets of {field}.")
    found.sort(key=lambda row: (-row[1], row[0]))
    return tuple(Facet(value, number) for value, number in found)


def _tags(session: Session) -> list[Row]:
    """Count the tags of the live tasks, or all but those of the others: of whichever are fewer.

    To count all rows of a tag is fast; to look at each one's task is not.
    """
    hidden = curtain.hidden(session, Kind.TASK)
    live, others = session.rows(
        "SELECT count(*) FROM task WHERE place = 0"
        " UNION ALL SELECT count(*) FROM task WHERE place IN (1, 2)"
    )
    if live <= others:
        return session.rows(
            f"SELECT name, count(*) FROM ({_TAGS_OF.format(places='0')}{hidden.sql('pk')})"
            " JOIN tag ON tag.pk = tag_pk GROUP BY tag_pk"
        )
    behind = "".join(
        f" UNION ALL SELECT tag_pk FROM task_tag WHERE task_pk BETWEEN {first:d} AND {last:d}"
        for first, last in hidden.ranges
    )
    return session.rows(
        "WITH other AS (SELECT tag_pk, count(*) AS tasks FROM"
        f" ({_TAGS_OF.format(places='1, 2')}{hidden.sql('pk')}{behind}) GROUP BY tag_pk)"
        " SELECT name, (SELECT count(*) FROM task_tag WHERE tag_pk = tag.pk)"
        " - coalesce(tasks, 0) AS live FROM tag LEFT JOIN other ON tag_pk = tag.pk"
        " WHERE live > 0"
    )
