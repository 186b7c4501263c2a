"""Kept originals that are missing or altered, taken from where backups keep them as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from db import originals
from db.cancel import CancelToken
from db.errors import StorageDamagedError, StorageMissingError
from db.maintenance.folder import BackupFolder, not_written
from db.ports import Finding, Storage

CHECKS: Final = frozenset({"originals", "originals-altered"})
"""The names of the checks that find such."""
_WHY: Final = (
    "The records made from them are here. Sheaf's own backups hold the files as they were"
    " given, and they are taken from there."
)


def with_help(
    storage: Storage, findings: Iterable[Finding], token: CancelToken
) -> Iterator[Finding]:
    """Yield findings; those of originals can be mended where backups hold some of them."""
    may_help: bool | None = None
    for finding in findings:
        if finding.check in CHECKS and not finding.ok:
            if may_help is None:
                may_help = any(_held(storage, token))
            yield replace(finding, is_mendable=True, why=_WHY) if may_help else finding
        else:
            yield finding


def bring_back(storage: Storage, token: CancelToken) -> None:
    """Take from the backups what they hold of the originals that are not as they were given.

    Raises:
        BackupError: the folder of the originals cannot be written.
        WorkCancelledError: `token` was cancelled; what was brought back stays.
    """
    folder = storage.originals_folder()
    for sha256 in [*_held(storage, token)]:
        token.check()
        try:
            originals.put_back(_kept(storage), folder, sha256)
        except OSError as error:
            raise not_written(folder, error) from error


def _held(storage: Storage, token: CancelToken) -> Iterator[str]:
    """Yield the originals that are missing or altered here, and sound in the backups."""
    if storage.backups_folder() is None:
        return
    hashes = dict.fromkeys(each.sha256 for each in storage.uploads() if each.sha256)
    for sha256 in originals.altered(storage.originals_folder(), hashes, token):
        if _is_sound(_kept(storage), sha256):
            yield sha256


def _kept(storage: Storage) -> Path:
    path = storage.backups_folder()
    assert path is not None
    return BackupFolder(path).originals


def _is_sound(folder: Path, sha256: str) -> bool:
    try:
        for _ in originals.read_whole(folder, sha256):
            pass
    except (StorageDamagedError, StorageMissingError):
        return False
    return True
