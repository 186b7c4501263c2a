"""The kinds of storage that SQLite makes, by the scheme of their URI."""

from __future__ import annotations

from pathlib import Path

from db.cancel import CancelToken
from db.errors import StorageMissingError
from db.ports import Contents, Salvaged
from db.sqlite import copying, salvage, tracing
from db.sqlite.storage import OnlyReadStorage, SqliteStorage
from db.storage import path_of
from db.traces import Needles


class SqliteBackend:
    """Registers files under `sqlite:`."""

    scheme = "sqlite"
    title = "One SQLite file"

    def open(self, uri: str, *, create: bool = True, may_migrate: bool = True) -> SqliteStorage:
        """Open the file that a URI names."""
        return SqliteStorage(uri, path_of(uri), create=create, may_migrate=may_migrate)

    def read(self, uri: str, *, may_migrate: bool = True) -> SqliteStorage:
        """Open the file only for reading; see `Backend.read`."""
        return OnlyReadStorage(uri, path_of(uri), may_migrate=may_migrate)

    def check_copy(self, uri: str, token: CancelToken) -> Contents:
        """Check a copy and return what it holds; see `Backend.check_copy`."""
        return copying.check_copy(path_of(uri), token)

    def search_copy(
        self, uri: str, needles: Needles, ids: tuple[str, ...], token: CancelToken
    ) -> int:
        """Search a copy that nobody writes to; see `Backend.search_copy`."""
        return tracing.search_copy(path_of(uri), needles, ids, token)

    def salvage(self, uri: str, output: Path, token: CancelToken) -> Salvaged:
        """Write what can be read of a damaged file into a new one; see `Backend.salvage`."""
        return salvage.salvage(path_of(uri), output, token)


class MemoryBackend:
    """Registers databases in memory under `memory:`."""

    scheme = "memory"
    title = "In memory, gone when Sheaf closes"

    def open(self, uri: str, *, create: bool = True, may_migrate: bool = True) -> SqliteStorage:  # noqa: ARG002
        """Make an empty database."""
        return SqliteStorage(uri, None, may_migrate=may_migrate)

    def read(self, uri: str, *, may_migrate: bool = True) -> SqliteStorage:
        """Make an empty database: there is none in memory that could be read."""
        return SqliteStorage(uri, None, may_migrate=may_migrate)

    def check_copy(self, uri: str, token: CancelToken) -> Contents:  # noqa: ARG002
        """Refuse: what is in memory is no copy in a file.

        Raises:
            StorageMissingError: always.
        """
        raise StorageMissingError("A storage in memory has no file that could be checked.")

    def search_copy(
        self,
        uri: str,  # noqa: ARG002
        needles: Needles,  # noqa: ARG002
        ids: tuple[str, ...],  # noqa: ARG002
        token: CancelToken,  # noqa: ARG002
    ) -> int:
        """Refuse: what is in memory is no copy in a file.

        Raises:
            StorageMissingError: always.
        """
        raise StorageMissingError("A storage in memory has no file that could be searched.")

    def salvage(self, uri: str, output: Path, token: CancelToken) -> Salvaged:  # noqa: ARG002
        """Refuse: what is in memory is in no file.

        Raises:
            StorageMissingError: always.
        """
        raise StorageMissingError("A storage in memory has no file that could be damaged.")
