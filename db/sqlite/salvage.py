"""Saving what can still be read of a damaged file into a new one.

The damaged file is copied first and never opened by SQLite itself. Each table of the copy is
read by ranges of its key: where a page cannot be read, the range is halved, the largest first,
until what is around the damage was read or it is not worth going on. Sound pages to which only
damaged ones led are found before. Every row goes through the new file's own rules, so what is
not what a table holds stays out, and is counted.
"""

from __future__ import annotations

import heapq
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import apsw
import msgspec
from msgspec import Struct

from db.blocks import decode_blocks, encode_blocks, readable_blocks
from db.cancel import CancelToken
from db.errors import StorageDamagedError, StorageMissingError, UnwritableFileError
from db.ports import LostRange, Salvaged, SalvagedTable
from db.records import Kind
from db.sqlite import mending
from db.sqlite.bulk import make_missing_indexes
from db.sqlite.connection import Pool, Session, new_private_file
from db.sqlite.finding_leaves import Regrown, regrow
from db.sqlite.finding_tables import put_list_together, tables_of
from db.sqlite.migrate import known_migrations, migrate, plan
from db.sqlite.pages import HEADER_BYTES, PAGE_BYTES

MOST_FAILURES: Final = 4000
"""So often a table is asked around damaged pages before the rest of it is given up."""
MOST_ROWS: Final = 1 << 24
"""How many rows a table is taken to have where nothing tells."""
SHOWN_RANGES: Final = 1000
_MAGIC: Final = b"SQLite format 3\x00"
_VERSION: Final = slice(60, 64)
"""Where in a file the version of its tables is."""
_ROWID: Final = "rowid"
_ADVICE: Final = (
    "Put its newest backup in its place by"
    " `sheaf restore latest --over-damaged --storage FILE`."
)
_SKIPPED: Final = frozenset({"schema_version", "sqlite_sequence"})
_UNREADABLE: Final = (apsw.Error, UnicodeDecodeError, MemoryError, OverflowError)
_REFUSED: Final = (
    apsw.ConstraintError,
    apsw.MismatchError,
    apsw.TooBigError,
    apsw.SQLError,
    UnicodeEncodeError,
)
"""What a value is refused with that is not what a table holds; also in an index over it."""


def _readable_json(value: Any) -> Any:
    """Return a JSON text; of a damaged one, an empty object."""
    try:
        json.loads(value or "{}")
    except (TypeError, ValueError, RecursionError):
        return "{}"
    return value


def _readable_blocks(value: Any) -> Any:
    """Return the blocks of a message; of damaged ones, their text as it stands there."""
    if not isinstance(value, str):
        return value
    try:
        decode_blocks(value)
    except (msgspec.MsgspecError, UnicodeError):
        return encode_blocks(readable_blocks(value))
    return value


_DECODED: Final[dict[str, dict[str, Callable[[Any], Any]]]] = {
    "message_body": {"blocks": _readable_blocks},
    "audit_entry": {"before": _readable_json, "after": _readable_json},
    "job": dict.fromkeys(("payload", "result"), _readable_json),
}
"""The columns that hold JSON, and what gives each of them in a form that can be read."""


class _Table(Struct, frozen=True):
    """A table to be copied: the columns that are stored, and the key its rows are read by."""

    name: str
    columns: tuple[str, ...]
    key: str
    has_number: bool

    @property
    def select(self) -> str:
        return f"SELECT {self.key}, {', '.join(self.columns)} FROM {self.name}"

    @property
    def insert(self) -> str:
        places = ", ".join("?" * len(self.columns))
        return (
            f"INSERT OR IGNORE INTO {self.name} ({', '.join(self.columns)}) VALUES ({places})"
        )


def salvage(path: Path, output: Path, token: CancelToken) -> Salvaged:
    """Write what can be read of a damaged file into a new one, and say what is lost.

    Raises:
        StorageMissingError: there is no such file.
        StorageDamagedError: nothing of it can be read.
        UnwritableFileError: the new file cannot be written, or is there already.
        WorkCancelledError: `token` was cancelled.
    """
    if not path.is_file():
        raise StorageMissingError(f"There is no file {path}.")
    if output.exists():
        raise UnwritableFileError(f"{output} is there already.")
    partial = output.with_name(f"{output.name}.partial")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".salvage-", dir=output.parent) as folder:
            copy = _copied(path, Path(folder))
            found = _salvage(copy, partial, token)
        partial.replace(output)
    except (OSError, apsw.FullError, apsw.IOError) as error:
        raise UnwritableFileError(f"{output} cannot be written: {error}.") from error
    except apsw.Error as error:
        raise StorageDamagedError(
            f"{path.name} cannot be read: {error}.", advice=_ADVICE
        ) from error
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            partial.with_name(partial.name + end).unlink(missing_ok=True)
    return Salvaged(path, output, *found, originals=_originals(path, output))


def _copied(path: Path, folder: Path) -> Path:
    """Copy a file and its log, so that the file itself is only ever read; return the copy."""
    copy = folder / path.name
    shutil.copyfile(path, copy)
    copy.chmod(0o600)
    log = path.with_name(f"{path.name}-wal")
    if log.is_file():
        shutil.copyfile(log, copy.with_name(log.name))
    return copy


def _salvage(
    copy: Path, partial: Path, token: CancelToken
) -> tuple[tuple[SalvagedTable, ...], tuple[str, ...]]:
    """Copy the tables; return what became of each, and what else had to be mended."""
    with suppress(FileNotFoundError):
        partial.unlink()
    new_private_file(partial)
    regrown = _regrown(copy, token)
    notes: list[str] = []
    pool = Pool(partial)
    try:
        with _damaged(copy, notes, token) as source, pool.alone() as session:
            migrate(session, _version(source))
            session.execute("PRAGMA foreign_keys = OFF")
            session.execute("BEGIN IMMEDIATE")
            tables = [
                _copy_table(source, session, table, regrown.gaps.get(table.name, []), token)
                for table in _tables(session)
            ]
            notes += _notes_on(regrown)
            if not any(table.rows for table in tables):
                raise _hopeless(copy)
            if planned := plan(session):
                # A step refuses tables with broken references.
                left_out = mending.leave_out(session)
                notes += [f"{left_out:,} references to what is lost were left out"] * bool(
                    left_out
                )
            session.execute("COMMIT")
            session.execute("PRAGMA foreign_keys = ON")
            if planned:
                migrate(session)
        _put_in_order(pool, notes, token)
    finally:
        pool.close()
    return tuple(tables), tuple(notes)


def _regrown(copy: Path, token: CancelToken) -> Regrown:
    """Find the rows that are behind damaged inner pages; nothing where the list is damaged."""
    connection = _opened(copy)
    if connection is None:
        return Regrown()
    try:
        version = _version(connection)
        listed: list[Any] = connection.execute(
            "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage"
        ).fetchall()
        # The pages of the file itself are searched.
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        greatest = _greatest(connection)
    except _UNREADABLE:
        return Regrown()
    finally:
        connection.close()
    with tempfile.TemporaryDirectory() as folder:
        tables = tables_of(_fresh(Path(folder), version))
    return regrow(copy, tables, dict(listed), greatest, token)


def _notes_on(regrown: Regrown) -> list[str]:
    found = f"the inner pages of {', '.join(sorted(regrown.gaps))} were written anew"
    unproven = (
        f"{regrown.unproven:,} pages of rows were left out,"
        " as it cannot be told what table they belong to"
    )
    return [found] * bool(regrown.gaps) + [unproven] * bool(regrown.unproven)


def _put_in_order(pool: Pool, notes: list[str], token: CancelToken) -> None:
    """Mend the references, and make anew what is derived."""
    with pool.write() as session:
        broken = len(session.rows("PRAGMA foreign_key_check"))
        mended = mending.references(session)
        if broken:
            notes.append(f"{broken:,} references to what is lost were mended")
        made = {kind: len(pks) for kind, pks in mended.changed.items()}
        notes += [
            f"{kind.counted(number)} made to hold what belonged to lost ones"
            for kind, number in made.items()
        ]
    for name in ("texts", "counts", "messages", *(f"search-{kind.word}" for kind in Kind)):
        token.check()
        with pool.write() as session:
            mending.mend(session, name)
    make_missing_indexes(pool)


@contextmanager
def _damaged(copy: Path, notes: list[str], token: CancelToken) -> Iterator[apsw.Connection]:
    """Lend the copy of a damaged file, with what stands in for a beginning that is gone."""
    mended: tuple[Callable[[], list[str]], ...] = (
        list,
        partial(_mend_header, copy),
        partial(_mend_list, copy, token),
    )
    for mend in mended:
        notes[:] = mend()
        connection = _opened(copy)
        if connection is not None:
            try:
                yield connection
            finally:
                connection.close()
            return
    raise _hopeless(copy)


def _hopeless(copy: Path) -> StorageDamagedError:
    return StorageDamagedError(f"Nothing of {copy.name} can be read.", advice=_ADVICE)


def _opened(copy: Path) -> apsw.Connection | None:
    """Return a connection to the copy, if any of Sheaf's tables can be found in it."""
    connection = apsw.Connection(str(copy))
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        # What of the list of tables cannot be read is then passed over.
        connection.execute("PRAGMA writable_schema = ON")
        (found,) = connection.execute(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
            " AND name IN ('batch', 'task', 'upload', 'conversation')"
        ).fetchall()[0]
    except _UNREADABLE:
        connection.close()
        return None
    if not found:
        connection.close()
        return None
    return connection


def _mend_header(copy: Path) -> list[str]:
    """Write the first hundred bytes anew, as they are in any file of Sheaf's."""
    with copy.open("r+b") as file, tempfile.TemporaryDirectory() as folder:
        former = file.read(HEADER_BYTES)
        header = bytearray(_fresh(Path(folder)).read_bytes()[:HEADER_BYTES])
        header[28:32] = (copy.stat().st_size // PAGE_BYTES).to_bytes(4, "big")
        # No free pages are known, and the size in the header is right for this change.
        header[32:40] = bytes(8)
        header[92:96] = header[24:28]
        if former.startswith(_MAGIC):
            header[_VERSION] = former[_VERSION]
        if copy.with_name(f"{copy.name}-wal").exists():
            header[18:20] = b"\x02\x02"
        file.seek(0)
        file.write(header)
    return ["the beginning of the file was written anew"]


def _mend_list(copy: Path, token: CancelToken) -> list[str]:
    """Put the list of the tables together from what is left of it, and from what they hold."""
    _fold_log(copy)
    with copy.open("rb") as file:
        version = int.from_bytes(file.read(HEADER_BYTES)[_VERSION], "big")
    with tempfile.TemporaryDirectory() as folder:
        missing = put_list_together(copy, _fresh(Path(folder), version), token)
    named = [f"it was not found where these begin: {', '.join(missing)}"] * bool(missing)
    return ["the list of the tables was put together from what is left of it", *named]


def _fold_log(copy: Path) -> None:
    """Put what is in the log into the file itself, where it can be read."""
    log = copy.with_name(f"{copy.name}-wal")
    if log.exists():
        connection = apsw.Connection(str(copy))
        with suppress(apsw.Error):
            # Only who has read something knows of the log.
            connection.execute("PRAGMA user_version").fetchall()
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        connection.close()
        log.unlink(missing_ok=True)


def _fresh(folder: Path, version: int | None = None) -> Path:
    """Make a new file of a version, the newest by default, and return where it is."""
    known = len(known_migrations())
    fresh = folder / "fresh.sheaf"
    pool = Pool(fresh)
    try:
        with pool.alone() as session:
            migrate(session, version if version and version <= known else known)
    finally:
        pool.close()
    return fresh


def _version(source: apsw.Connection) -> int:
    """Return the version of the tables, as far as it can be read."""
    known = len(known_migrations())
    found: set[int] = set()
    for sql in ("SELECT max(version) FROM schema_version", "PRAGMA user_version"):
        with suppress(*_UNREADABLE):
            found |= {value for (value,) in source.execute(sql) if isinstance(value, int)}
    likely = {version for version in found if 0 < version <= known}
    return likely.pop() if len(likely) == 1 else known


def _greatest(source: apsw.Connection) -> dict[str, int]:
    """Return the greatest number that a row ever had, by table, as far as it can be read."""
    found: dict[str, int] = {}
    with suppress(*_UNREADABLE):
        for name, number in source.execute("SELECT name, seq FROM sqlite_sequence"):
            if isinstance(name, str) and isinstance(number, int) and number >= 0:
                found |= {name: number, f"{name}_body": number}
    return found


def _tables(session: Session) -> list[_Table]:
    """Return the tables that hold what cannot be made anew, holders before the held."""
    tables = []
    for name, sql in session.rows(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY rowid"
    ):
        if name in _SKIPPED or "_search" in name:
            continue
        found = session.rows(f"PRAGMA table_xinfo({name})")
        columns = tuple(row[1] for row in found if not row[6])
        key, type_ = next((row[1], row[2]) for row in found if row[5] == 1)
        is_apart = "WITHOUT ROWID" in sql
        tables.append(
            _Table(
                name, columns, key if is_apart else _ROWID, not is_apart or type_ == "INTEGER"
            )
        )
    return tables


def _copy_table(
    source: apsw.Connection,
    session: Session,
    table: _Table,
    gaps: list[tuple[int, int]],
    token: CancelToken,
) -> SalvagedTable:
    if not _is_there(source, table.name):
        return SalvagedTable(table.name, 0, 0, (LostRange(None, None),))
    reading = _Reading(source, session, table, token)
    if table.has_number:
        reading.read_ranges(gaps)
    else:
        reading.read_both_ways()
    return SalvagedTable(
        table.name,
        reading.rows,
        reading.refused,
        tuple(reading.lost[:SHOWN_RANGES]),
        reading.undecoded,
    )


def _is_there(source: apsw.Connection, name: str) -> bool:
    found = source.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (name,)).fetchall()
    return bool(found)


class _Reading:
    """The copying of one table."""

    def __init__(
        self, source: apsw.Connection, session: Session, table: _Table, token: CancelToken
    ) -> None:
        self._source = source
        self._session = session
        self._table = table
        self._token = token
        self._decoded = [
            (table.columns.index(name), decoded)
            for name, decoded in _DECODED.get(table.name, {}).items()
            if name in table.columns
        ]
        self.rows = 0
        self.refused = 0
        self.undecoded = 0
        self.lost: list[LostRange] = []

    def read_ranges(self, gaps: list[tuple[int, int]]) -> None:
        """Read all rows by their numbers, halving the ranges in which some cannot be read.

        Of the numbers in `gaps` it is not known whether there were rows.
        """
        last = self._last_key()
        waiting = [(-last, 0, last)] if last >= 0 else []
        lost = [*gaps]
        failures = 0
        while waiting:
            _, first, last = heapq.heappop(waiting)
            unread = self._read_range(first, last)
            if unread is None or unread > last:
                continue
            failures += 1
            if unread == last or failures > MOST_FAILURES:
                lost.append((unread, last))
                continue
            middle = (unread + last) // 2
            for start, end in ((unread, middle), (middle + 1, last)):
                heapq.heappush(waiting, (start - end, start, end))
        self.lost = _joined(lost)

    def _last_key(self) -> int:
        """Return the greatest key, or one that is greater where it cannot be read."""
        key, name = self._table.key, self._table.name
        with suppress(*_UNREADABLE):
            ((found,),) = self._source.execute(f"SELECT max({key}) FROM {name}").fetchall()
            if found is None:
                return -1
            if isinstance(found, int) and found >= 0:
                return found
        return _greatest(self._source).get(name, MOST_ROWS)

    def _read_range(self, first: int, last: int) -> int | None:
        """Copy the rows from one key to another; return the first that cannot be read."""
        key, reached = self._table.key, first - 1
        try:
            for found, *values in self._source.execute(
                f"{self._table.select} WHERE {key} BETWEEN ? AND ? ORDER BY {key}",
                (first, last),
            ):
                # A page that stands in the place of another has keys of its own.
                if not isinstance(found, int) or not max(reached, first) <= found <= last:
                    return self._after(reached, first)
                self._keep(values)
                reached = found
        except _UNREADABLE:
            return self._after(reached, first)
        return None

    def _after(self, reached: int, first: int) -> int:
        """Return the first key of which rows may not have been read."""
        is_single = self._table.key == _ROWID
        return reached + 1 if is_single else max(reached, first)

    def read_both_ways(self) -> None:
        """Read rows whose key is a text from both ends, up to what cannot be read."""
        for direction in ("ASC", "DESC"):
            self.lost = []
            try:
                for _, *values in self._source.execute(
                    f"{self._table.select} ORDER BY {self._table.key} {direction}"
                ):
                    self._keep(values)
            except _UNREADABLE:
                self.lost = [LostRange(None, None)]
            else:
                return

    def _keep(self, values: list[Any]) -> None:
        self._token.check()
        has_undecoded = False
        for place, decoded in self._decoded:
            readable = decoded(values[place])
            has_undecoded |= readable != values[place]
            values[place] = readable
        try:
            is_kept = self._session.run(self._table.insert, values) > 0
        except _REFUSED:
            is_kept = False
        self.rows += is_kept
        self.undecoded += is_kept and has_undecoded
        # Rows of other tables may be read again, and are there then.
        self.refused += not is_kept and self._table.key == _ROWID


def _joined(ranges: list[tuple[int, int]]) -> list[LostRange]:
    """Return ranges in order, those that touch as one."""
    joined: list[LostRange] = []
    for first, last in sorted(ranges):
        if joined and joined[-1].last is not None and first <= joined[-1].last + 1:
            joined[-1] = LostRange(joined[-1].first, max(joined[-1].last, last))
        else:
            joined.append(LostRange(first, last))
    return joined


def _originals(path: Path, output: Path) -> int:
    """Give the new file the originals of the damaged one; return how many files that are."""
    folder = path.with_name(f"{path.name}.originals")
    target = output.with_name(f"{output.name}.originals")
    if not folder.is_dir():
        return 0
    number = 0
    target.mkdir(mode=0o700, exist_ok=True)
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            new = target / file.relative_to(folder)
            new.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                os.link(file, new)
            except OSError:
                shutil.copy2(file, new)
            number += file.suffix == ".gz"
    return number
