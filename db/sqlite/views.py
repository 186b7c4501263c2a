"""The lists that a person keeps."""

from __future__ import annotations

import json

from db.errors import InvalidEditError
from db.ids import new_id
from db.records import Kind, SavedView
from db.sqlite.connection import Pool, Session
from db.texts import storable
from db.times import now_us


class SqliteViews:
    """The saved views of one file."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def all(self) -> tuple[SavedView, ...]:
        """Return them by name."""
        with self._pool.read() as session:
            return tuple(_read(session, ""))

    def save(self, view: SavedView) -> SavedView:
        """Keep a view, in place of the one of the same id or name; return it as it is kept.

        A default view takes that mark from the other views of its kind.

        Raises:
            InvalidEditError: a name without a letter.
        """
        name = " ".join(storable(view.name).split())
        if not name:
            raise InvalidEditError("A view needs a name.", advice="Type a name.")
        now = now_us()
        with self._pool.write() as session:
            if view.is_default:
                session.execute(
                    "UPDATE saved_view SET is_default = 0 WHERE kind = ?", (view.kind,)
                )
            session.execute(
                "DELETE FROM saved_view WHERE id = ? AND name <> ?", (view.id, name)
            )
            session.execute(
                "INSERT INTO saved_view"
                " (id, name, kind, query, layout, is_default, created_at, updated_at)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT (name) DO UPDATE SET"
                " kind = ?3, query = ?4, layout = ?5, is_default = ?6, updated_at = ?7",
                (
                    view.id or new_id(),
                    name,
                    view.kind,
                    json.dumps(storable(view.query)),
                    json.dumps(view.layout),
                    view.is_default,
                    now,
                ),
            )
            return _read(session, name)[0]

    def delete(self, name: str) -> None:
        """Delete the view of that name, if there is one."""
        with self._pool.write() as session:
            session.execute("DELETE FROM saved_view WHERE name = ?", (name,))


def _read(session: Session, name: str) -> list[SavedView]:
    found = session.rows(
        "SELECT pk, id, name, kind, query, layout, is_default FROM saved_view"
        " WHERE ?1 = '' OR name = ?1 ORDER BY name COLLATE NOCASE",
        (name,),
    )
    return [
        SavedView(
            pk=pk,
            id=id_,
            name=name_,
            kind=Kind(kind),
            query=json.loads(query),
            layout=json.loads(layout),
            is_default=bool(is_default),
        )
        for pk, id_, name_, kind, query, layout, is_default in found
    ]
