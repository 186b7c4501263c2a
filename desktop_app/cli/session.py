"""What a sub-command needs to work on a storage: the storage itself, and a way to stop."""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum, auto
from itertools import takewhile
from pathlib import Path
from types import FrameType
from typing import Final

from db.cancel import CancelToken
from db.errors import (
    SheafError,
    StorageDamagedError,
    StorageMissingError,
    StorageUnavailableError,
)
from db.maintenance.folder import lost
from db.ports import Finding, Storage
from db.storage import (
    default_uri,
    is_missing,
    may_be_read,
    open_storage,
    path_of,
    read_storage,
    to_uri,
)
from desktop_app.cli.layout import one_line

_BESIDE: Final = ("-wal", "-shm", ".originals", ".backups")
"""What is kept beside the file of a storage."""


class Missing(Enum):
    """What to do where there is no storage yet.

    Only what puts something in makes a file: a mistyped path is not an empty storage.
    """

    REFUSED = auto()
    MADE = auto()
    IMAGINED = auto()


def chosen_uri(options: Namespace) -> str:
    """Return the URI of the storage that the options, or the surroundings, name."""
    return to_uri(options.storage) if options.storage else default_uri()


def looked_at(
    options: Namespace, token: CancelToken
) -> tuple[StorageDamagedError | None, Sequence[Finding]]:
    """Look at the storage by reading alone, before anything opens it to write.

    Returns what it is damaged by, if its structure is not sound, and what was found of its
    tables: whether they are as Sheaf makes them. Nothing, where there is no file, or others
    keep it from being read so.

    Raises:
        StorageDamagedError: it cannot even be read.
    """
    uri = chosen_uri(options)
    try:
        storage = read_storage(uri, may_migrate=False)
    except StorageDamagedError:
        raise
    except StorageUnavailableError:
        return None, ()
    try:
        schema = [each for each in storage.cheap_checks(token) if each.check == "schema"]
        found = (storage.quick_check(token), *schema)
        return storage.damage, found
    finally:
        storage.close()


def refuse_damaged(options: Namespace, token: CancelToken) -> None:
    """Refuse to write to a storage that is damaged; it is only read to find that out.

    Raises:
        StorageDamagedError: it is.
    """
    damage, _found = looked_at(options, token)
    if damage is not None:
        raise damage


@contextmanager
def only_read(options: Namespace) -> Iterator[Storage]:
    """Open the storage that the options name only for reading, and close it in the end."""
    storage = read_storage(chosen_uri(options), may_migrate=False)
    try:
        yield storage
    finally:
        storage.close()


@contextmanager
def opened(
    options: Namespace,
    *,
    missing: Missing = Missing.REFUSED,
    writes: bool = False,
    may_only_read: bool | None = None,
    may_migrate: bool = True,
) -> Iterator[Storage]:
    """Open the storage that the options name, and close it in the end.

    Before a command that `writes`, what dead processes left half-done is finished or taken
    out; one that only reads does not see it anyway. For that, or where `may_only_read` says
    so, what cannot be written is opened only for reading.

    Raises:
        StorageLostError: it is missing, and its backups are not.
        StorageUnavailableError: it cannot be used, or is missing, and that is refused.
    """
    uri = chosen_uri(options)
    path = path_of(uri)
    made = None
    if uri.startswith("sqlite:") and is_missing(path):
        if (refusal := lost(path)) is not None:
            raise refusal
        if missing is Missing.REFUSED:
            raise StorageMissingError(
                f"There is no storage at {path}.",
                advice="Check the path; `sheaf import` makes a storage where there is none.",
            )
        if missing is Missing.IMAGINED:
            uri = "memory:"
        else:
            made = _Made(path)
    may_read = made is None and (not writes if may_only_read is None else may_only_read)
    with _closing(_open(uri, may_migrate=may_migrate, may_read=may_read), made) as storage:
        for copy in storage.copies:
            tell(f"The tables of the storage were brought up to date; a copy is {copy}.")
        for operation in storage.recover() if writes else ():
            tell(f"Taken out or finished, as it was cut short: {operation.title}.")
        yield storage


def _open(uri: str, *, may_migrate: bool, may_read: bool) -> Storage:
    """Open a storage; where that is refused, `may_read` is whether reading is enough."""
    try:
        return open_storage(uri, may_migrate=may_migrate)
    except SheafError as error:
        if not may_read or not may_be_read(error):
            raise
        with suppress(StorageUnavailableError):
            storage = read_storage(uri, may_migrate=may_migrate)
            tell(f"{error.what} It is opened only for reading.")
            return storage
        raise


class _Made:
    """The file that a command makes for a storage, and the folders it makes for the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folders = [*takewhile(is_missing, path.parents)]

    def unmake(self) -> None:
        """Remove them, unless another process uses the file or something is in a folder."""
        beside = [self._path.with_name(f"{self._path.name}{end}") for end in _BESIDE]
        # The last process that has the file open takes its log away.
        if any(each.is_file() for each in beside):
            return
        with suppress(OSError):
            self._path.unlink()
            self._path.with_name(f"{self._path.name}.known").unlink(missing_ok=True)
            for folder in (*beside, *self._folders):
                if folder.is_dir():
                    folder.rmdir()


@contextmanager
def _closing(storage: Storage, made: _Made | None) -> Iterator[Storage]:
    """Close a storage in the end; one just made, in which nothing was done, goes again."""
    stayed_empty = False
    try:
        yield storage
    except BaseException:
        stayed_empty = made is not None and not storage.history.operations(limit=1)
        raise
    finally:
        storage.close()
        if made is not None and stayed_empty:
            made.unmake()


def tell(text: str) -> None:
    """Say on standard error what nobody asked for."""
    sys.stderr.write(f"sheaf: {one_line(text)}\n")


@contextmanager
def cancelled_by_ctrl_c() -> Iterator[CancelToken]:
    """Lend a token that Ctrl+C or an asked end cancels, so that the work rolls itself back."""
    token = CancelToken()

    def cancel(_signal: int, _frame: FrameType | None) -> None:
        token.cancel()

    before = {each: signal.signal(each, cancel) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield token
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
