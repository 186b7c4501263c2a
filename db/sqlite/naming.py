"""The one record that a person means by a name."""

from __future__ import annotations

from typing import Final

from db.errors import RecordNotFoundError
from db.ids import ID_END
from db.records import Kind
from db.sqlite import curtain
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS

SHORTEST_PREFIX: Final = 6


def resolve(session: Session, name: str) -> tuple[Kind, int]:
    """Return the record that an id, an end of one or an external id names.

    Raises:
        RecordNotFoundError: no record, or more than one, has that name.
    """
    name = name.strip()
    if not name:
        raise RecordNotFoundError("There is no id given.")
    # The end of an id is looked for last, as that reads the ids of all records.
    for how, is_meant in (
        ("id = lower(?1)", True),
        ("id >= lower(?1) AND id < lower(?1) || char(0x10ffff)", len(name) >= SHORTEST_PREFIX),
        ("external_id = ?1", True),
        ("substr(id, -length(?1)) = lower(?1)", ID_END.fullmatch(name)),
    ):
        if not is_meant:
            continue
        found = [(kind, pk) for kind in Kind for pk in _named(session, kind, how, name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise RecordNotFoundError(
                f"More than one record is named {name}.",
                advice="Give its last 12 signs, which tell it from the others, or"
                " the whole id; `sheaf list --json` shows it.",
            )
    raise RecordNotFoundError(f"There is no record with the id {name}.")


def _named(session: Session, kind: Kind, how: str, name: str) -> list[int]:
    rest = " AND origin IS NOT NULL" if how.startswith("external") else ""
    rest += curtain.hidden(session, kind).sql("pk")
    found = session.rows(
        f"SELECT pk FROM {LAYOUTS[kind].table} WHERE {how}{rest} LIMIT 2", (name,)
    )
    return [pk for (pk,) in found]
