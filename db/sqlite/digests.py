"""What a file holds, table by table, and what tells that something of it has changed."""

from __future__ import annotations

import hashlib
from typing import Final

from db.ports import Contents, TableState
from db.query import EVERYWHERE, QUERIES
from db.sqlite import repos
from db.sqlite.connection import Session
from db.sqlite.migrate import known_migrations

_WRITTEN_BESIDE: Final = ("saved_view", "set_aside", "setting")
"""The tables of what people keep that are also written outside of operations."""
_KEPT: Final = " WHERE key NOT LIKE '%\\_at' ESCAPE '\\'"
"""Leaves out the settings that only say when something was done last, such as a check."""
_TIMES: Final = ("finished_at", "undone_at")
"""What says of the operations which are done and which undone, as far as a version has it."""


def contents(session: Session) -> Contents:
    """Describe what a session sees: every table but those that are derived from others."""
    version = session.value("PRAGMA user_version")
    size = session.value(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    )
    tables = {
        name: TableState(session.value(f"SELECT count(*) FROM {name}"))
        for name in _tables(session)
    }
    uploads = "SELECT DISTINCT sha256 FROM upload WHERE sha256 <> '' ORDER BY sha256"
    is_current = version == len(known_migrations())
    return Contents(
        schema_version=version,
        size=size,
        tables=tables,
        originals=tuple(sha for (sha,) in session.rows(uploads)) if "upload" in tables else (),
        mark=mark(session),
        counts={
            kind: repos.count(session, made(places=EVERYWHERE))
            for kind, made in QUERIES.items()
        }
        if is_current
        else {},
    )


def mark(session: Session) -> str:
    """Return a text that is another one once something that people keep has changed."""
    there = _tables(session)
    parts = [_latest(session)] if "operation" in there else []
    parts += [digest(session, name) for name in _WRITTEN_BESIDE if name in there]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def digest(session: Session, table: str) -> str:
    """Return a digest of all that a table says, row by row: for small ones."""
    seen = hashlib.sha256()
    kept = _KEPT if table == "setting" else ""
    for row in session.execute(f"SELECT * FROM {table} NOT INDEXED{kept}"):
        seen.update(repr(row).encode())
    return seen.hexdigest()


def _latest(session: Session) -> str:
    """Return what changes with each operation that is done, undone or done again."""
    columns = "SELECT name FROM pragma_table_info('operation')"
    known = [name for (name,) in session.rows(columns)]
    times = ", ".join(f"max({name})" for name in _TIMES if name in known)
    return str(
        session.row(
            f"SELECT count(*), max(pk), total(state), {times} FROM operation"
            " WHERE finished_at IS NOT NULL"
        )
    )


def _tables(session: Session) -> list[str]:
    found = session.rows(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    )
    return [name for (name,) in found]
