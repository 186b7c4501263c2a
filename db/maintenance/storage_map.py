"""What takes room: the parts of the file, the largest batches, originals and backups."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from db.cancel import CancelToken
from db.maintenance.folder import BackupFolder
from db.maintenance.vacuuming import Gain, gain
from db.ports import Storage
from db.traces import StorageSizes


class FilesSize(Struct, frozen=True):
    """Some files: how many, and their bytes on the disk."""

    number: int
    size: int


class StorageMap(Struct, frozen=True, kw_only=True):
    """All that takes room, in bytes; `gain` is what compacting would bring.

    Originals that backups keep as well are the same files, and counted with the originals.
    """

    sizes: StorageSizes
    gain: Gain
    originals: FilesSize
    backups: FilesSize
    is_in_file: bool

    @property
    def total(self) -> int:
        """All of it."""
        return self.sizes.total + self.sizes.log + self.originals.size + self.backups.size


def storage_map(storage: Storage, token: CancelToken | None = None) -> StorageMap:
    """Measure everything: some seconds for a million tasks.

    Raises:
        WorkCancelledError: `token` was cancelled.
    """
    token = token or CancelToken()
    sizes = storage.upkeep.sizes(token)
    seen: set[tuple[int, int]] = set()
    folder = storage.backups_folder()
    kept = storage.originals_folder()
    originals = _measured(kept.glob("*/*.gz") if kept.is_dir() else (), seen, token)
    backups = FilesSize(0, 0)
    if folder is not None and folder.is_dir():
        files = _measured((each for each in folder.rglob("*") if each.is_file()), seen, token)
        backups = FilesSize(len(BackupFolder(folder).all()), files.size)
    return StorageMap(
        sizes=sizes,
        gain=gain(storage),
        originals=originals,
        backups=backups,
        is_in_file=folder is not None,
    )


def _measured(
    files: Iterable[Path], seen: set[tuple[int, int]], token: CancelToken
) -> FilesSize:
    """Measure files, those under several names once."""
    number = size = 0
    for path in files:
        token.check()
        try:
            found = path.stat()
        except OSError:
            continue
        if (found.st_dev, found.st_ino) not in seen or not found.st_ino:
            seen.add((found.st_dev, found.st_ino))
            number, size = number + 1, size + found.st_size
    return FilesSize(number, size)
