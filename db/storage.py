"""Opening a storage by its URI: `sqlite:///home/me/work.sheaf`, `memory:`.

Kinds of storage register themselves by URI scheme. A package adds its own by an entry
point of the group `sheaf.storages` that names a `Backend`.
"""

from __future__ import annotations

import os
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from db.cancel import CancelToken
from db.errors import (
    SheafError,
    StorageForbiddenError,
    StorageFullError,
    StorageMissingError,
    StorageReadOnlyError,
    StorageTooNewError,
    StorageUnavailableError,
    UnknownStorageKindError,
)
from db.ports import Backend, Contents, Salvaged, Storage
from db.traces import Needles

ENTRY_POINT_GROUP: Final = "sheaf.storages"
_BUILT_IN: Final = {
    "sqlite": "db.sqlite.backends:SqliteBackend",
    "memory": "db.sqlite.backends:MemoryBackend",
}
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]+):")


@cache
def backends() -> dict[str, Backend]:
    """Return the kinds of storage there are, by scheme."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and seldom needed

    found = dict(_BUILT_IN)
    found |= {point.name: point.value for point in entry_points(group=ENTRY_POINT_GROUP)}
    return {scheme: _load(target) for scheme, target in found.items()}


def _load(target: str) -> Backend:
    module, _, name = target.partition(":")
    backend: Backend = getattr(import_module(module), name)()
    return backend


def default_uri() -> str:
    """Return the storage to open where none is named: `SHEAF_STORAGE`, or the user's own."""
    named = os.environ.get("SHEAF_STORAGE")
    if named:
        return to_uri(named)
    from platformdirs import user_data_path  # noqa: PLC0415 - not needed where one is named

    return to_uri(str(user_data_path("sheaf", appauthor=False) / "work.sheaf"))


def to_uri(text: str) -> str:
    """Return the URI of a storage that a person named by its URI or by a path.

    A file has one, however it was named: `sqlite://` and its absolute path.
    """
    scheme = _SCHEME.match(text)
    if scheme is None or Path(text).exists():
        path = Path(text).expanduser().absolute()
    elif scheme[1] == "sqlite":
        path = path_of(text)
    else:
        return text
    return f"sqlite://{path.as_posix()}"


def path_of(uri: str) -> Path:
    """Return the file that a `sqlite:` URI names: `sqlite:///absolute/path`, `sqlite:path`."""
    rest = uri.removeprefix("sqlite:")
    if rest.startswith("//"):
        rest = rest[2:]
        if os.name == "nt":
            rest = rest.lstrip("/")
    return Path(rest).expanduser().absolute()


def is_missing(path: Path) -> bool:
    """Whether there is no such file, as far as this user may know."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def open_storage(uri: str, *, create: bool = True, may_migrate: bool = True) -> Storage:
    """Open the storage that a URI, or a path, names.

    It is made where there is none, unless `create` is false, and its tables are brought up
    to date, unless `may_migrate` is.

    Raises:
        UnknownStorageKindError: no kind of storage has that scheme.
        StorageUnavailableError: it cannot be used.
    """
    full = to_uri(uri)
    return backend_of(full).open(full, create=create, may_migrate=may_migrate)


def read_storage(uri: str, *, may_migrate: bool = True) -> Storage:
    """Open a storage only for reading, however it stands; see `Backend.read`.

    Raises:
        UnknownStorageKindError: no kind of storage has that scheme.
        StorageUnavailableError: it cannot be read either.
    """
    full = to_uri(uri)
    return backend_of(full).read(full, may_migrate=may_migrate)


def is_hardship(error: SheafError) -> bool:
    """Whether what was refused so is read without asking: nothing but writing is impossible."""
    from db.maintenance.folder import BackupError  # noqa: PLC0415 - uses this module

    return isinstance(error, StorageReadOnlyError | StorageFullError | BackupError)


def may_be_read(error: SheafError) -> bool:
    """Whether what was refused so may still be read, as by who is told what is wrong."""
    hopeless = StorageMissingError | StorageForbiddenError | StorageTooNewError
    is_unavailable = isinstance(error, StorageUnavailableError)
    return is_hardship(error) or (is_unavailable and not isinstance(error, hopeless))


def check_copy(uri: str, token: CancelToken) -> Contents:
    """Check a copy that nobody writes to, and return what it holds; see `Backend.check_copy`.

    Raises:
        StorageDamagedError: the copy is damaged.
        StorageUnavailableError: it cannot be read.
        UnwritableFileError: it cannot be made to last.
        WorkCancelledError: `token` was cancelled.
    """
    full = to_uri(uri)
    return backend_of(full).check_copy(full, token)


def search_copy(uri: str, needles: Needles, ids: tuple[str, ...], token: CancelToken) -> int:
    """Search a copy that nobody writes to; see `Backend.search_copy`.

    Raises:
        StorageUnavailableError: it is damaged or cannot be read.
        WorkCancelledError: `token` was cancelled.
    """
    full = to_uri(uri)
    return backend_of(full).search_copy(full, needles, ids, token)


def salvage(uri: str, output: Path, token: CancelToken) -> Salvaged:
    """Write what can be read of a damaged storage into a new file; change nothing in it.

    Raises:
        StorageMissingError: there is no such storage, or none that can be damaged.
        StorageDamagedError: nothing of it can be read.
        UnwritableFileError: the new file cannot be written, or is there already.
    """
    full = to_uri(uri)
    return backend_of(full).salvage(full, output, token)


def backend_of(uri: str) -> Backend:
    """Load the kind of storage that a URI names.

    Raises:
        UnknownStorageKindError: no kind of storage has that scheme.
    """
    scheme = uri.partition(":")[0]
    backend = _built_in(scheme) or backends().get(scheme)
    if backend is None:
        known = ", ".join(f"{name}:" for name in sorted(backends()))
        raise UnknownStorageKindError(
            f"There is no kind of storage named {scheme}:.",
            advice=f"Use one of {known}, or a path.",
        )
    return backend


def _built_in(scheme: str) -> Backend | None:
    """Load a kind of Sheaf's own without looking for those of other packages."""
    target = _BUILT_IN.get(scheme)
    return None if target is None else _load(target)
