"""Numbered, reversible steps from one version of the tables to the next.

Each step is a pair of SQL files, `NNNN_name.up.sql` and `NNNN_name.down.sql`. A step and
the row in `schema_version` that records it are one transaction. A step that was applied
is never edited: its checksum is compared whenever a file is opened.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any, Final

import apsw
from msgspec import Struct

from db.errors import StorageDamagedError, StorageRejectedError, StorageTooNewError
from db.sqlite.connection import APPLICATION_ID, Session
from db.times import now_us

_NAME: Final = re.compile(r"(\d{4})_(\w+)\.(up|down)\.sql")
_FORBIDDEN: Final = {
    apsw.SQLITE_TRANSACTION,
    apsw.SQLITE_SAVEPOINT,
    apsw.SQLITE_ATTACH,
    apsw.SQLITE_DETACH,
}
_HISTORY: Final = """
CREATE TABLE IF NOT EXISTS schema_version (
  version INTEGER PRIMARY KEY,
  description TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  down_sql TEXT NOT NULL
) STRICT
"""


class Migration(Struct, frozen=True):
    """One step: its number, its name in words, and the SQL both ways."""

    version: int
    description: str
    up: str
    down: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of the SQL, in hexadecimal; line ends and a BOM make no difference."""
        return hashlib.sha256(self.up.encode()).hexdigest()


class AppliedMigration(Struct, frozen=True):
    """A step as a file's history remembers it. `applied_at` is in microseconds."""

    version: int
    description: str
    checksum: str
    applied_at: int
    down: str


def known_migrations() -> tuple[Migration, ...]:
    """Return the steps this program knows, in order."""
    texts: dict[tuple[int, str], dict[str, str]] = {}
    for entry in resources.files("db.sqlite.migrations").iterdir():
        found = _NAME.fullmatch(entry.name)
        if found is not None:
            text = entry.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
            texts.setdefault((int(found[1]), found[2]), {})[found[3]] = text.rstrip() + "\n"
    return tuple(
        Migration(version, name.replace("_", " "), both["up"], both["down"])
        for (version, name), both in sorted(texts.items())
    )


def applied_migrations(session: Session) -> tuple[AppliedMigration, ...]:
    """Return the history of a file, oldest first; empty for a new one."""
    has_history = session.value("SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'")
    if not has_history:
        return ()
    rows = session.rows(
        "SELECT version, description, checksum, applied_at, down_sql"
        " FROM schema_version ORDER BY version"
    )
    return tuple(AppliedMigration(*row) for row in rows)


def verify(session: Session, known: tuple[Migration, ...]) -> int:
    """Return the version of a file, having made sure that this program may write to it.

    Raises:
        StorageDamagedError: not a Sheaf file, or a step is not the one that was applied.
        StorageTooNewError: a newer Sheaf wrote it.
    """
    owner = session.value("PRAGMA application_id")
    has_tables = session.value("SELECT count(*) FROM sqlite_schema")
    if owner != APPLICATION_ID and (owner or has_tables):
        raise StorageDamagedError("This is a database, but not one that Sheaf made.")
    applied = applied_migrations(session)
    # The number in the header counts too: it is all that some tools carry along.
    version = max([session.value("PRAGMA user_version"), *(step.version for step in applied)])
    if version > len(known):
        raise StorageTooNewError(
            f"The file has version {version} of Sheaf's tables; "
            f"this Sheaf knows them up to {len(known)}."
        )
    for ours, theirs in zip(known, applied, strict=False):
        if (ours.version, ours.checksum) != (theirs.version, theirs.checksum):
            raise StorageDamagedError(
                f"Step {theirs.version} ({theirs.description}) of the file's tables is not "
                "the one this Sheaf knows."
            )
    return len(applied)


def migrate(
    session: Session,
    target: int | None = None,
    *,
    before: Callable[[int], Any] = lambda _version: None,
) -> list[str]:
    """Bring a file to a version, the newest by default, and return what was done.

    `before` is called with the present version before the first step that changes a file
    which already has tables: the place to take a backup.

    Raises:
        StorageRejectedError: there is no such version, or a step left broken references.
        StorageDamagedError: see `verify`.
        StorageTooNewError: see `verify`.
    """
    current, up, down = _way(session, target)
    if current and (up or down):
        before(current)
    return [
        *(_step_up(session, step) for step in up),
        *(_step_down(session, step) for step in down),
    ]


def plan(session: Session, target: int | None = None) -> list[str]:
    """Return what `migrate` would do, a line for each step. Raises what it raises."""
    _, up, down = _way(session, target)
    return [*map(_up, up), *map(_down, down)]


def _way(
    session: Session, target: int | None
) -> tuple[int, Sequence[Migration], Sequence[AppliedMigration]]:
    """Return the version of a file, and the steps up or down from there to another."""
    known = known_migrations()
    current = verify(session, known)
    goal = len(known) if target is None else target
    if not 0 <= goal <= len(known):
        raise StorageRejectedError(
            f"There is no version {goal}; they go from 0 to {len(known)}."
        )
    return current, known[current:goal], applied_migrations(session)[goal:][::-1]


def _up(step: Migration) -> str:
    return f"up to {step.version}: {step.description}"


def _down(step: AppliedMigration) -> str:
    return f"down from {step.version}: {step.description}"


def _step_up(session: Session, step: Migration) -> str:
    with _step(session):
        session.execute(_HISTORY)
        if session.value("SELECT max(version) FROM schema_version") == step.version:
            return f"{step.version} was applied by another process"
        session.execute(step.up)
        session.execute(
            "INSERT INTO schema_version (version, description, checksum, applied_at, down_sql)"
            " VALUES (?, ?, ?, ?, ?)",
            (step.version, step.description, step.checksum, now_us(), step.down),
        )
        session.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        session.execute(f"PRAGMA user_version = {step.version}")
    return _up(step)


def _step_down(session: Session, step: AppliedMigration) -> str:
    with _step(session):
        session.execute(step.down)
        session.execute("DELETE FROM schema_version WHERE version = ?", (step.version,))
        session.execute(f"PRAGMA user_version = {step.version - 1}")
    return _down(step)


@contextmanager
def _step(session: Session) -> Iterator[None]:
    """Run one step in a transaction that it cannot end, and that may rebuild tables."""
    connection = session.connection
    session.execute("PRAGMA foreign_keys = OFF")
    session.execute("BEGIN IMMEDIATE")
    connection.authorizer = _refuse_transactions
    try:
        yield
        connection.authorizer = None
        broken = session.rows("PRAGMA foreign_key_check")
        if broken:
            raise StorageRejectedError(f"The step left {len(broken)} broken references.")
        session.execute("COMMIT")
    except BaseException:
        connection.authorizer = None
        if connection.in_transaction:
            session.execute("ROLLBACK")
        raise
    finally:
        session.execute("PRAGMA foreign_keys = ON")


def _refuse_transactions(operation: int, *_names: str | None) -> int:
    return apsw.SQLITE_DENY if operation in _FORBIDDEN else apsw.SQLITE_OK
