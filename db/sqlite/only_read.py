"""Reading a file that cannot be written: in its place, or where it must be, in a copy.

SQLite reads a file with a log only with the help of an index beside them. Where that is not
there and cannot be made, the file alone would be an older state: file and log are copied.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import apsw

from db.errors import (
    StorageBusyError,
    StorageDamagedError,
    StorageForbiddenError,
    StorageMissingError,
    StorageReadOnlyError,
    StorageUnavailableError,
)
from db.private_files import private_opener
from db.sqlite.connection import Pool

_TRIES: Final = 3
"""So often a file that others write to is copied until none of them did meanwhile."""


class ReadingPool(Pool):
    """The connections of a file that is only read; nothing is made beside it.

    Each is made when it is wanted, so that it sees what others wrote since, unless it is a
    copy that is read.
    """

    def __init__(self, path: Path) -> None:
        """Find out how the file can be read.

        Raises:
            StorageMissingError: there is no file.
            StorageDamagedError: it is no database, or damaged from its beginning.
            StorageUnavailableError: it cannot be read either.
        """
        self._file = path
        self._home: Path | None = None
        self._copy: Path | None = None
        self._copying = threading.Lock()
        self._uses_index = True
        super().__init__(path)

    def _begin(self) -> None:
        if not self._file.exists():
            raise StorageMissingError(f"There is no file {self._file}.")
        try:
            self._try()
        except (StorageDamagedError, StorageForbiddenError):
            raise
        except StorageBusyError:
            self.take_copy()
            self._try()
        except StorageUnavailableError:
            # Where the disk is full, there is no room for an index either.
            self._uses_index = False
            self._try()

    def _try(self) -> None:
        with self._translated(None), self._made_afresh() as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()

    @property
    def is_copy(self) -> bool:
        """Whether what is read is a copy, which does not show what others write."""
        return self._copy is not None

    def take_copy(self) -> Path:
        """Read a copy from now on, made in a folder of its own; return where it is.

        Raises:
            StorageBusyError: others write to the file all the time.
            StorageUnavailableError: there is no room for a copy, or it cannot be read.
        """
        with self._copying:
            if self._copy is None:
                self._home = self._home or Path(tempfile.mkdtemp(prefix="sheaf-"))
                with _copy_faults(self._file, self._home):
                    self._copy = _copied(self._file, self._home)
            return self._copy

    def _target(self) -> str:
        if self._copy is not None:
            return str(self._copy)
        if self._uses_index and _size(_beside(self._file, "-shm")):
            return f"{self._file.as_uri()}?mode=ro"
        if _size(_beside(self._file, "-wal")):
            return str(self.take_copy())
        return f"{self._file.as_uri()}?immutable=1"

    @contextmanager
    def _borrowed(self) -> Iterator[apsw.Connection]:
        with self._made_afresh(spares_disk=True) as connection:
            yield connection

    def write(self, *, durable: bool = True) -> NoReturn:  # noqa: ARG002
        """Refuse.

        Raises:
            StorageReadOnlyError: always.
        """
        raise self._refusal()

    def alone(self) -> NoReturn:
        """Refuse.

        Raises:
            StorageReadOnlyError: always.
        """
        raise self._refusal()

    def sole(self) -> NoReturn:
        """Refuse.

        Raises:
            StorageReadOnlyError: always.
        """
        raise self._refusal()

    def _refusal(self) -> StorageReadOnlyError:
        return StorageReadOnlyError(
            f"{self._file.name} is open only for reading.",
            advice="Mend what keeps it from being written, then open it for writing again.",
        )

    def others_version(self) -> int:
        """Return a number that changes when what is read may have changed."""
        if self._copy is not None:
            return 0
        return hash((_state(self._file), _state(_beside(self._file, "-wal"))))

    def close(self) -> None:
        """Let go of the copy, if one is read."""
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)


def _copied(path: Path, home: Path) -> Path:
    """Copy a file and its log as they are at one moment."""
    parts = (path, _beside(path, "-wal"))
    for _ in range(_TRIES):
        before = [*map(_state, parts)]
        for part in parts:
            copy = home / part.name
            copy.unlink(missing_ok=True)
            if part.exists():
                with (
                    part.open("rb") as source,
                    open(copy, "xb", opener=private_opener) as target,
                ):
                    shutil.copyfileobj(source, target, 1 << 20)
        if [*map(_state, parts)] == before:
            return home / path.name
    raise StorageBusyError(f"Another program writes to {path.name} all the time.")


@contextmanager
def _copy_faults(path: Path, home: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise StorageForbiddenError(f"{error.filename or path} may not be read.") from error
    except OSError as error:
        raise StorageUnavailableError(
            f"{path.name} has to be copied to be read, which {home.parent} does not allow:"
            f" {error.strerror}.",
            advice="Free some space on one of the two disks, then try again.",
        ) from error


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}{ending}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino
