"""Small values that are kept in the file."""

from __future__ import annotations

import json

from db.sqlite.connection import Pool


class SqliteSettings:
    """The values of one file: JSON by key."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def get(self, key: str) -> object:
        """Return the value, or None."""
        with self._pool.read() as session:
            text = session.value("SELECT value FROM setting WHERE key = ?", (key,))
        return None if text is None else json.loads(text)

    def put(self, key: str, value: object) -> None:
        """Keep a value that JSON can carry."""
        with self._pool.write() as session:
            session.execute(
                "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key)"
                " DO UPDATE SET value = excluded.value",
                (key, json.dumps(value)),
            )

    def keys(self) -> tuple[str, ...]:
        """Return the keys there are values of, in order."""
        with self._pool.read() as session:
            return tuple(key for (key,) in session.rows("SELECT key FROM setting ORDER BY key"))
