"""Verifying a backup: that its copy is sound and holds what it was made of."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec.structs import replace

from db.cancel import CancelToken
from db.errors import SheafError, StorageDamagedError
from db.maintenance.folder import (
    BackupError,
    BackupFolder,
    damaged,
    not_written,
    read_backup,
    sha256_of,
    write_manifest,
)
from db.maintenance.manifest import Backup, Manifest
from db.storage import check_copy

log = logging.getLogger("db.maintenance")


def verified(path: Path, manifest: Manifest, token: CancelToken) -> Manifest:
    """Return the manifest of a copy with its digest, once it is seen to be whole.

    It is made to last, and who opened it as a storage cannot change it any more.

    Raises:
        StorageDamagedError: it is not whole; it may be that the storage itself is not.
        StorageUnavailableError: it cannot be read.
        OSError: it cannot be read.
        UnwritableFileError: it cannot be made to last.
        WorkCancelledError: `token` was cancelled.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="sheaf-verify") as thread:
        reading = thread.submit(sha256_of, path, token)
        found = check_copy(str(path), token)
        sha256 = reading.result()
    differing = manifest.differing(found)
    if differing:
        raise StorageDamagedError(f"The copy is not whole: {', '.join(differing)}.")
    path.chmod(0o400)
    return replace(manifest, sha256=sha256)


def verify(folder: BackupFolder, backup: Backup, token: CancelToken) -> Backup:
    """Verify a backup, and note what that showed; one that was verified is left as it is.

    Where another process is at it, its end is waited for.

    Raises:
        BackupError: the folder cannot be written, or the backup was dropped meanwhile.
        StorageUnavailableError: the disk reported an error; nothing is noted.
        WorkCancelledError: `token` was cancelled.
    """
    if not backup.manifest.is_pending:
        return backup
    with folder.verifying(token):
        known = _known(backup)
        if not known.manifest.is_pending:
            return known
        try:
            manifest = verified(known.path, known.manifest, token)
        except StorageDamagedError as error:
            manifest = replace(known.manifest, trouble=error.what)
        except OSError as error:
            raise not_written(_known(backup).path, error) from error
        return note(known, sha256=manifest.sha256, trouble=manifest.trouble)


def require_verified(folder: BackupFolder, backup: Backup, token: CancelToken) -> Backup:
    """Return a backup as it is verified, which is done where it was not yet.

    Raises:
        StorageDamagedError: it is damaged.
        BackupError: see `verify`.
    """
    found = verify(folder, backup, token)
    if not found.manifest.is_verified:
        raise damaged(found, found.manifest.trouble)
    return found


def note(backup: Backup, **changes: object) -> Backup:
    """Change what is known of a backup, as it is known by now.

    Raises:
        BackupError: that cannot be written, or the backup was dropped.
    """
    manifest = replace(_known(backup).manifest, **changes)
    try:
        write_manifest(backup.path, manifest)
    except OSError as error:
        raise not_written(backup.manifest_path, error) from error
    return replace(backup, manifest=manifest)


def _known(backup: Backup) -> Backup:
    found = read_backup(backup.path)
    if found is None:
        raise BackupError(f"The backup {backup.name} was dropped meanwhile.")
    return found


def is_under_way() -> bool:
    """Whether this process verifies one beside."""
    return bool(_beside())


def wait_for_all() -> None:
    """Wait until this process has verified all that it does beside."""
    for thread in _beside():
        thread.join()


def _beside() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if isinstance(each, VerifyingBeside)]


class VerifyingBeside(threading.Thread):
    """Verifies a backup on a thread, while what it was made before goes on.

    It only ever notes that a backup is whole. One that is not, or that this process does
    not come to the end of, stays pending: whoever looks next finds that out and says it.
    """

    def __init__(self, folder: BackupFolder, backup: Backup) -> None:
        super().__init__(name="sheaf-verify-beside", daemon=True)
        self._folder = folder
        self._backup = backup

    def run(self) -> None:
        """Verify it."""
        token = CancelToken()
        try:
            with self._folder.verifying(token):
                manifest = verified(self._backup.path, self._backup.manifest, token)
                note(self._backup, sha256=manifest.sha256)
        except (SheafError, OSError) as error:
            log.warning("the backup %s is not verified yet: %s", self._backup.name, error)
