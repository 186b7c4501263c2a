"""Connections: opened with one set of pragmas, lent out, and their errors translated.

A file has one writing connection and up to four reading ones. They belong to no thread:
whoever borrows one has it alone until it is given back.
"""

from __future__ import annotations

import os
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import apsw
from peewee import PeeweeException
from playhouse.apsw_ext import APSWDatabase

from db.blocks import block_text
from db.cancel import CancelToken
from db.errors import (
    StorageBusyError,
    StorageDamagedError,
    StorageForbiddenError,
    StorageFullError,
    StorageMissingError,
    StorageReadOnlyError,
    StorageUnavailableError,
    WorkCancelledError,
)
from db.private_files import private_folder, private_opener
from db.processes import is_open_elsewhere, owner_name, who_locks
from db.sqlite.tables import LAYOUTS
from db.storage import is_missing
from db.terms import folded, name_parts, searchable

APPLICATION_ID: Final = 0x53686561
"""`Shea` in ASCII, in the header of each file: sqlite.org/fileformat.html#application_id."""

READERS: Final = 4
BUSY_TIMEOUT_MS: Final = 5000
BUSY_WAIT_S: Final = (0.0002, 0.001)
"""The least and the longest time between two looks at whether another process writes."""
REWRITING_S: Final = 120.0
"""So long others wait while a file is put in the place of this one: 5 s for a GB."""
_REWRITING: Final = (
    "SELECT 1 FROM job WHERE state = 1 AND worker <> ?"
    " AND kind IN ('sheaf.compact', 'sheaf.forget', 'sheaf.restore') LIMIT 1"
)
CANCEL_CHECK_STEPS: Final = 2000
"""Virtual machine steps between two looks at the token: some 0.1 ms."""

_SAFE_SQLITE: Final = (3, 51, 3)
_WITHDRAWN_SQLITE: Final = (3, 52, 0)
_PRAGMAS: Final = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA mmap_size = 0",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA recursive_triggers = OFF",
)
_READER_PRAGMAS: Final = (
    "PRAGMA query_only = ON",
    # A page under rare filters looks at tens of thousands of rows, some of them twice.
    "PRAGMA cache_size = -32768",
)
_WRITER_PRAGMAS: Final = (
    # Long texts take fewer, larger pages; a file keeps the size it was made with.
    "PRAGMA page_size = 8192",
    # Content is overwritten where its page is written anyway; a vacuum clears the rest.
    "PRAGMA secure_delete = FAST",
    "PRAGMA cache_size = -65536",
    "PRAGMA journal_size_limit = 67108864",
    # A page that several transactions change is then copied into the file once for all.
    "PRAGMA wal_autocheckpoint = 8192",
)

_UNFINISHED: Final = (
    "What was under way was not finished, and nothing more is written to the file."
)
"""What is safe of a file that is found to be damaged once it is open to be written."""

_CONNECTING: Final = threading.RLock()
"""Held by who opens a file, and by who gives its name to another one, in this process."""

Row = tuple[Any, ...]


def require_safe_sqlite() -> None:
    """Refuse a SQLite that can lose committed rows: sqlite.org/wal.html#walresetbug.

    Raises:
        StorageUnavailableError: the library is older than 3.51.3, or is 3.52.0.
    """
    version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
    if version < _SAFE_SQLITE or version == _WITHDRAWN_SQLITE:
        raise StorageUnavailableError(
            f"The SQLite library {apsw.sqlite_lib_version()} can lose rows in WAL mode.",
            safe="No file was opened.",
            advice="Install Sheaf again, with the apsw version it names.",
        )


def _ignore_damage(_what: str) -> None:
    """Do nothing: nobody writes to that file."""


class Session:
    """One connection, borrowed. Statements are SQL text with `?` parameters.

    `note_damage` says in words that the file was seen to be damaged.
    """

    __slots__ = ("connection", "note_damage")

    def __init__(
        self, connection: apsw.Connection, note_damage: Callable[[str], object] = _ignore_damage
    ) -> None:
        self.connection = connection
        self.note_damage = note_damage

    def execute(self, sql: str, params: Sequence[Any] = ()) -> apsw.Cursor:
        """Run one statement and return its cursor."""
        return self.connection.execute(sql, params)

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run one statement that changes rows and return how many it changed."""
        self.connection.execute(sql, params)
        return self.connection.changes()

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row of parameters."""
        self.connection.executemany(sql, rows)

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """Return all rows."""
        return self.connection.execute(sql, params).fetchall()

    def row(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        """Return the first row, or None."""
        return self.connection.execute(sql, params).fetchone()

    def value(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        found = self.connection.execute(sql, params).fetchone()
        return None if found is None else found[0]


class _Database(APSWDatabase):  # type: ignore[misc]  # playhouse has no stubs
    """A database of one connection, bound to no thread.

    Until `believe` is called, it does nothing to what lies beside its file, and waits for a
    lock only while `may_wait` says so.
    """

    def __init__(
        self,
        target: str,
        may_wait: Callable[[], bool],
        *,
        reading: bool,
        spares_disk: bool = False,
    ) -> None:
        flags = apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_READWRITE
        super().__init__(target, flags=flags, thread_safe=False, timeout=None)
        self._may_wait = may_wait
        self._reading = reading
        self._spares_disk = spares_disk

    def believe(self) -> None:
        """Take the file for the one that has the name."""
        connection = self.connection()
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)

    def _add_conn_hooks(self, connection: apsw.Connection) -> None:
        connection.set_busy_handler(_waiting(self._may_wait))
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
        connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0)
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        if self._spares_disk:
            connection.execute("PRAGMA temp_store = MEMORY")
        for layout in LAYOUTS.values():
            connection.execute(
                f"CREATE VIRTUAL TABLE temp.{layout.words_table}"
                f" USING fts5vocab (main, {layout.search_table}, instance)"
            )
        for pragma in _PRAGMAS + (_READER_PRAGMAS if self._reading else _WRITER_PRAGMAS):
            connection.execute(pragma)
        connection.create_scalar_function("searchable", _searchable, 1, deterministic=True)
        connection.create_scalar_function("name_parts", _name_parts, 1, deterministic=True)
        connection.create_scalar_function("block_text", _block_text, 1, deterministic=True)
        connection.create_scalar_function("folded", _folded, 1, deterministic=True)
        super()._add_conn_hooks(connection)


def _searchable(*values: Any) -> str:
    return searchable(values[0])


def _folded(*values: Any) -> str:
    return folded(values[0])


def _name_parts(*values: Any) -> str:
    return name_parts(values[0])


def _block_text(*values: Any) -> str:
    return block_text(values[0])


class Pool:
    """The connections of one open file, or of one database in memory.

    In memory there is a single connection, which readers and the writer take in turn. From
    the moment in which the file is seen to be damaged, it is only read.
    """

    def __init__(self, path: Path | None) -> None:
        """Open the writing connection; `path` is None for a database in memory.

        Raises:
            StorageUnavailableError: the file cannot be opened.
        """
        require_safe_sqlite()
        self._path = path
        self._writing = threading.RLock()
        self._idle: queue.LifoQueue[apsw.Connection | None] = queue.LifoQueue()
        self._opened: list[_Database] = []
        self._others_version = 0
        self.is_closed = False
        self.damage: StorageDamagedError | None = None
        """What the file was found to be damaged by, since it was opened."""
        self.after_write: Callable[[Session], None] = lambda _session: None
        """Called after each transaction that was kept, on the connection that wrote it."""
        with self._translated(None):
            if path is not None and path.is_dir():
                raise StorageMissingError(f"{path} is a folder, not a file.")
            self._begin()
        for _ in range(READERS if path is not None else 0):
            self._idle.put(None)

    def _begin(self) -> None:
        if self._path is not None and self._path.exists():
            # SQLite would first leave a log there that the owner of the file cannot write.
            refused = _lacking_permission(self._path)
            if refused is not None:
                raise refused
        self._writer = self._open(reading=False)

    def _target(self) -> str:
        """Return what SQLite is to open."""
        return ":memory:" if self._path is None else str(self._path)

    def _open(self, *, reading: bool) -> apsw.Connection:
        if self._path is not None and not (reading or self._path.exists()):
            new_private_file(self._path)
        database = self._connected(reading=reading)
        self._opened.append(database)
        connection: apsw.Connection = database.connection()
        return connection

    def _connected(self, *, reading: bool, spares_disk: bool = False) -> _Database:
        """Connect to the file that has the name, once nobody can give that to another one.

        Who has read a file with a log has it locked, until the connection is closed.
        """
        while True:
            target, file = self._target(), self._file_number()
            has_name = partial(self._has_name, file)
            database = _Database(target, has_name, reading=reading, spares_disk=spares_disk)
            try:
                with _CONNECTING:
                    database.connect()
                    Session(database.connection()).value("SELECT count(*) FROM sqlite_schema")
            except BaseException as error:
                database.close()
                if has_name() or not isinstance(error, Exception):
                    raise
                continue
            if has_name():
                database.believe()
                return database
            database.close()

    def _file_number(self) -> tuple[int, int] | None:
        """Return what tells the file from another one that had or will have its name."""
        try:
            found = None if self._path is None else self._path.stat()
        except FileNotFoundError:
            return None
        return None if found is None else (found.st_dev, found.st_ino)

    def _has_name(self, file: tuple[int, int] | None) -> bool:
        return self._file_number() == file

    @contextmanager
    def read(self, token: CancelToken | None = None) -> Iterator[Session]:
        """Lend a connection on which everything read is of one moment.

        Raises:
            WorkCancelledError: `token` was cancelled; a running statement was stopped.
            StorageUnavailableError: the file cannot be read.
        """
        if token is not None:
            token.check()
        with self._translated(token), self._borrowed() as connection:
            if token is not None:
                connection.set_progress_handler(token.is_cancelled, CANCEL_CHECK_STEPS)
            owns = not connection.in_transaction
            try:
                if owns:
                    connection.execute("BEGIN")
                yield Session(connection, self._note_damage)
            finally:
                connection.set_progress_handler(None)
                if owns and connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def read_afresh(self, token: CancelToken | None = None) -> Iterator[Session]:
        """Lend a reading connection made for the occasion, with nothing in its caches.

        For checks: SQLite's integrity check of a full-text table believes the connection's
        cached structure of it, and finds fault where another connection has changed it.
        """
        if self._path is None:
            with self.read(token) as session:
                yield session
            return
        if token is not None:
            token.check()
        with self._translated(token), self._made_afresh() as connection:
            if token is not None:
                connection.set_progress_handler(token.is_cancelled, CANCEL_CHECK_STEPS)
            connection.execute("BEGIN")
            yield Session(connection, self._note_damage)

    @contextmanager
    def _made_afresh(self, *, spares_disk: bool = False) -> Iterator[apsw.Connection]:
        """Lend a reading connection; one that spares the disk sorts in memory alone."""
        database = self._connected(reading=True, spares_disk=spares_disk)
        try:
            yield database.connection()
        finally:
            database.close()

    @contextmanager
    def _borrowed(self) -> Iterator[apsw.Connection]:
        if self._path is None:
            with self._writing:
                yield self._writer
            return
        connection = self._idle.get()
        try:
            if connection is None:
                connection = self._open(reading=True)
            yield connection
        finally:
            self._idle.put(connection)

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Session]:
        """Lend the writing connection inside one transaction, kept if all goes well.

        One that is not durable may be lost with the power, whole and with all that came
        after it, until a durable one follows.

        Raises:
            StorageUnavailableError: the file cannot be written; nothing was changed.
        """
        with self._writing, self._translated(None):
            self._refuse_damaged()
            connection = self._writer
            if not durable:
                connection.execute("PRAGMA synchronous = NORMAL")
            try:
                self._begin_patiently(connection)
                yield Session(connection, self._note_damage)
                self._refuse_damaged()
                connection.execute("COMMIT")
                self.after_write(Session(connection))
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                if not durable:
                    connection.execute("PRAGMA synchronous = FULL")

    def _begin_patiently(self, connection: apsw.Connection) -> None:
        """Begin a transaction; wait longer where another process writes the file anew."""
        give_up_at = time.monotonic() + REWRITING_S
        while True:
            try:
                _begin_writing(connection)
            except apsw.BusyError:
                if time.monotonic() > give_up_at or not self._is_rewritten():
                    raise
            else:
                return

    def _is_rewritten(self) -> bool:
        """Whether a job of another process puts a copy in the place of the file."""
        try:
            with self._borrowed() as reader:
                found = reader.execute(_REWRITING, (owner_name(),)).fetchone()
        except apsw.Error:
            return False
        return found is not None

    @contextmanager
    def alone(self) -> Iterator[Session]:
        """Lend the writing connection outside a transaction, for pragmas and migrations."""
        with self._writing, self._translated(None):
            self._refuse_damaged()
            yield Session(self._writer, self._note_damage)

    @contextmanager
    def sole(self) -> Iterator[Session]:
        """Lend the only connection that anybody has to the file, which has no log meanwhile.

        Another file may be given its name: that is the one which is open afterwards.

        Raises:
            StorageBusyError: others have the file open, or it is being read for long.
        """
        with (
            self._writing,
            self._translated(None),
            self._without_readers(),
            _CONNECTING,
        ):
            self._refuse_damaged()
            file = self._file_number()
            session = Session(self._writer, self._note_damage)
            try:
                session.rows("PRAGMA locking_mode = EXCLUSIVE")
                # Without a file beside it, which whoever comes next would take for the other
                # one's. Only the first sector of the file is changed.
                session.rows("PRAGMA journal_mode = MEMORY")
                yield session
            finally:
                if self._has_name(file):
                    session.rows("PRAGMA locking_mode = NORMAL")
                else:
                    self._wait_for_leaving(file)
                    self._opened.pop().close()
                    self._begin()
                self._writer.execute("PRAGMA journal_mode = WAL").fetchall()

    def _wait_for_leaving(self, file: tuple[int, int] | None) -> None:
        """Wait for who opened a file that is no longer this one, and finds it locked."""
        assert self._path is not None
        while file is not None and is_open_elsewhere(self._path, file):
            time.sleep(BUSY_WAIT_S[1])

    @contextmanager
    def _without_readers(self) -> Iterator[None]:
        """Close the reading connections; each is made again when it is wanted."""
        taken: list[apsw.Connection | None] = []
        try:
            while len(taken) < READERS:
                taken.append(self._idle.get(timeout=BUSY_TIMEOUT_MS / 1000))
            while len(self._opened) > 1:
                self._opened.pop().close()
            taken = [None] * READERS
            yield
        except queue.Empty as error:
            raise StorageBusyError("The file is being read.") from error
        finally:
            for connection in taken:
                self._idle.put(connection)

    def others_version(self) -> int:
        """Return a number that changes with what other processes commit, and only then.

        The pragma leaves out what its own connection commits, and all writing goes through
        one. While that is in a transaction, others cannot commit: the last number holds.
        """
        if self._writing.acquire(blocking=False):
            try:
                with self._translated(None):
                    session = Session(self._writer)
                    if self._path is not None and is_missing(self._path):
                        self._give_up_missing(session)
                    self._others_version = int(session.value("PRAGMA data_version"))
            finally:
                self._writing.release()
        return self._others_version

    def _give_up_missing(self, session: Session) -> None:
        """Write no more to a file that lost its name, once nothing is in its log.

        That stays behind: it would be missing from the file, and spoil one put in its place.
        """
        ((is_busy, _in_log, _folded),) = session.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        if not is_busy:
            self._note_damage(
                f"{self._path} is missing: it was moved or deleted while it was open."
            )

    def close(self) -> None:
        """Close every connection, folding the write-ahead log into a file that is sound."""
        with self._writing:
            self.is_closed = True
            for database in reversed(self._opened):
                if self.damage is not None:
                    database.connection().config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
                database.close()
            self._opened.clear()

    @contextmanager
    def _translated(self, token: CancelToken | None) -> Iterator[None]:
        try:
            yield
        except apsw.InterruptError as error:
            raise WorkCancelledError from error
        except (apsw.Error, OSError, PeeweeException, UnicodeDecodeError) as error:
            if token is not None and token.is_cancelled():
                raise WorkCancelledError from error
            # peewee wraps what the driver raised while a connection was being opened.
            cause = error.__context__ if isinstance(error, PeeweeException) else error
            fault = fault_of(cause, self._path)
            if fault is None:
                raise
            if isinstance(fault, StorageDamagedError):
                fault = self._note_damage(fault.what)
            raise fault from error

    def _note_damage(self, what: str) -> StorageDamagedError:
        """Let the file only be read from now on; return what is to be said of it."""
        # Who only reads keeps no connection, and who opens a file has none yet.
        damage = StorageDamagedError(what, safe=_UNFINISHED if self._opened else "")
        self.damage = self.damage or damage
        return damage

    def _refuse_damaged(self) -> None:
        if self.damage is not None:
            raise StorageDamagedError(self.damage.what, safe="Nothing was changed.")


def _begin_writing(connection: apsw.Connection) -> None:
    """Begin a transaction as soon as no other process writes.

    SQLite by itself looks again after 1, 2, 5, 10 and more milliseconds: who waits longer is
    then ever less likely to be next, where others write all the time.
    """
    connection.set_busy_handler(_waiting(lambda: True))
    try:
        connection.execute("BEGIN IMMEDIATE")
    finally:
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)


def _waiting(may_wait: Callable[[], bool]) -> Callable[[int], bool]:
    """Return what waits for a lock from now on, as long as that may be, and not too long."""
    give_up_at = time.monotonic() + BUSY_TIMEOUT_MS / 1000

    def wait(_times: int) -> bool:
        time.sleep(random.uniform(*BUSY_WAIT_S))  # noqa: S311 - no secret
        return may_wait() and time.monotonic() < give_up_at

    return wait


def new_private_file(path: Path) -> None:
    """Make an empty file that only its owner can read, and its folder where it is missing."""
    private_folder(path.parent)
    os.close(private_opener(str(path), os.O_CREAT | os.O_RDWR))


def fault_of(error: BaseException | None, path: Path | None) -> StorageUnavailableError | None:
    """Return the fault of the machine that an error stands for; None if it is a bug of ours."""
    name = path.name if path is not None else "The database in memory"
    code = getattr(error, "result", -1) & 0xFF
    if path is not None and (
        isinstance(error, PermissionError) or code == apsw.SQLITE_CANTOPEN
    ):
        refused = _lacking_permission(path)
        if refused is not None:
            return refused
    if isinstance(error, OSError):
        return _fault_of_os(error, name)
    if isinstance(error, UnicodeDecodeError):
        return StorageDamagedError(f"{name} is damaged: a text in it cannot be read.")
    if getattr(error, "extendedresult", code) in _NO_ROOM:
        code = apsw.SQLITE_FULL
    make = _FAULTS.get(code)
    if code == apsw.SQLITE_BUSY and path is not None:
        name = _with_holder(path)
    return make(name) if make else None


def _with_holder(path: Path) -> str:
    """Return the name of a file that is locked, and who has it, where that can be told."""
    log_index = path.with_name(f"{path.name}-shm")
    who = who_locks(log_index, *_WRITER_LOCKS) or who_locks(path, *_FILE_LOCKS)
    return f"{path.name}: {who}" if who else path.name


def _lacking_permission(path: Path) -> StorageUnavailableError | None:
    """Return what this user may not do with a file or its folder, if it is that."""
    there = [each for each in (path, *path.parents) if os.path.exists(each)]  # noqa: PTH110
    for each in there:
        wanted = os.R_OK if each == path else os.X_OK
        if not os.access(each, wanted):
            return StorageForbiddenError(f"{each} may not be opened.")
    if not all(os.access(each, os.W_OK) for each in there if each in {path, path.parent}):
        return StorageReadOnlyError(f"{path.name} is read-only, or its folder is.")
    return None


def _fault_of_os(error: OSError, name: str) -> StorageUnavailableError:
    if isinstance(error, PermissionError):
        return StorageReadOnlyError(f"{name} cannot be made: {error.strerror}.")
    return StorageUnavailableError(f"{name} cannot be opened: {error.strerror}.")


_WRITER_LOCKS: Final = (120, 122)
"""The bytes of a log's index that who writes, folds or mends it locks."""
_FILE_LOCKS: Final = (0x40000000, 0x400001FF)
"""The bytes of a file that who has all of it locks: sqlite.org/fileformat2.html#lockbyte."""
_NO_ROOM: Final = frozenset({apsw.SQLITE_IOERR_SHMSIZE})
"""What else than a full disk SQLite says where there is no room for a file it needs."""
_FAULTS: Final[dict[int, Callable[[str], StorageUnavailableError]]] = {
    apsw.SQLITE_BUSY: lambda name: StorageBusyError(f"Another program is writing to {name}."),
    apsw.SQLITE_LOCKED: lambda name: StorageBusyError(f"{name} is locked for writing."),
    apsw.SQLITE_FULL: lambda name: StorageFullError(f"The disk that holds {name} is full."),
    apsw.SQLITE_READONLY: lambda name: StorageReadOnlyError(f"{name} is read-only."),
    apsw.SQLITE_PERM: lambda name: StorageReadOnlyError(f"{name} may not be written."),
    apsw.SQLITE_CANTOPEN: lambda name: StorageMissingError(f"{name} cannot be opened."),
    apsw.SQLITE_CORRUPT: lambda name: StorageDamagedError(f"{name} is damaged."),
    apsw.SQLITE_NOTADB: lambda name: StorageDamagedError(f"{name} is not a Sheaf file."),
    apsw.SQLITE_IOERR: lambda name: StorageUnavailableError(
        f"The disk reported an error with {name}.", safe="The last finished change is kept."
    ),
    apsw.SQLITE_TOOBIG: lambda name: StorageUnavailableError(
        f"A value is too large for {name}: the limit is 1 GB."
    ),
}
