"""The folder of a storage's backups: files that are whole or not there, under one lock."""

from __future__ import annotations

import gzip
import hashlib
import os
import shlex
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO, Final, Self, cast

from db import originals
from db.cancel import CancelToken
from db.errors import (
    SheafError,
    StorageDamagedError,
    StorageLostError,
    StorageMissingError,
)
from db.maintenance.manifest import (
    ENDING,
    MANIFEST_ENDING,
    PACKED_ENDING,
    Backup,
    Manifest,
    manifest_path,
    manifest_text,
    read_manifest,
)
from db.ports import CopyProgress
from db.private_files import private_opener
from db.processes import TELLS_WHO_HAS_OPEN, is_open_elsewhere, is_running, try_lock
from db.storage import is_missing
from db.times import MICROSECONDS

LATEST: Final = "latest"
NO_MANIFEST: Final = "its manifest is missing, so nothing tells whether it is whole."
"""Why a file that has the name of a backup cannot be restored."""
BLOCK_BYTES: Final = 1 << 20
PACK_LEVEL: Final = 1
ROOM: Final = 1.1
"""So many times the size of what is to be written has to be free on the disk."""
WAIT_S: Final = 0.1
_FOLDER_ENDING: Final = ".backups"
_TURNED_AWAY: Final = "No backup was made or lost, and the workspace is untouched."
_OnProgress = Callable[[CopyProgress], None]


class BackupError(SheafError):
    """A backup that cannot be made, found or read."""

    default_safe = _TURNED_AWAY
    default_advice = "`sheaf backups` lists those there are."


class BackupFolder:
    """The backups in a folder, and the kept originals that they name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.originals = path / "originals"
        self.workspace = path.with_name(path.name.removesuffix(_FOLDER_ENDING))

    def all(self) -> list[Backup]:
        """Return the backups there are, in the order they were made in."""
        found = [
            backup
            for ending in (ENDING, PACKED_ENDING)
            for path in self.path.glob(f"*{ending}")
            if (backup := read_backup(path)) is not None
        ]
        return sorted(found, key=lambda backup: backup.manifest.number)

    def without_manifest(self) -> list[Path]:
        """Return the files that have the name of a backup, and nothing says what they hold."""
        found = [
            path
            for ending in (ENDING, PACKED_ENDING)
            for path in self.path.glob(f"*{ending}")
            if read_manifest(manifest_path(path)) is None and not _is_workspace(path)
        ]
        return sorted(found)

    def find(self, name: str) -> Backup:
        """Return the backup of that name, or whose name begins so; or `latest`; or a path.

        Raises:
            BackupError: there is none, or more than one.
        """
        known = self.all()
        if name == LATEST and known:
            return known[-1]
        found = [each for each in known if each.name == name]
        found = found or [each for each in known if name and each.name.startswith(name)]
        path = Path(name)
        if not found and path.is_file():
            beside = read_backup(path.absolute())
            if beside is None:
                raise BackupError(f"{name} has no manifest beside it, so it is no backup.")
            return beside
        for bare in self.without_manifest():
            if not found and name and bare.name.startswith(name):
                raise BackupError(
                    f"{bare.name} cannot be restored as it is: {NO_MANIFEST}",
                    advice="It may still be whole: open a copy of it.",
                )
        if len(found) != 1:
            raise BackupError(f"{'More than one' if found else 'No'} backup is named {name}.")
        return found[0]

    @contextmanager
    def alone(self, token: CancelToken) -> Iterator[None]:
        """Be the only one of all processes to change something here; wait for others.

        What dead processes left is swept out first.

        Raises:
            BackupError: the folder cannot be made.
            WorkCancelledError: `token` was cancelled.
        """
        with self._locked("backups.lock", token):
            self._sweep()
            yield

    @contextmanager
    def verifying(self, token: CancelToken) -> Iterator[None]:
        """Be the only one of all processes to verify one; wait for others.

        Others may make backups here meanwhile, and drop them.

        Raises:
            BackupError: the folder cannot be written.
            WorkCancelledError: `token` was cancelled.
        """
        with self._locked("verifying.lock", token):
            yield

    @contextmanager
    def _locked(self, name: str, token: CancelToken) -> Iterator[None]:
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = open(self.path / name, "ab", opener=private_opener)  # noqa: SIM115
        except OSError as error:
            raise not_written(self.path, error) from error
        with file:
            while not try_lock(file):
                token.check()
                token.wait(WAIT_S)
            yield

    def _sweep(self) -> None:
        """Remove what processes that are gone had begun, and manifests of nothing."""
        for path in self.path.glob(f"*{ENDING}"):
            if _is_workspace(path):
                path.unlink()
        for left in [*self.path.glob("*.partial*"), *self.path.glob("*.working")]:
            number = left.name.partition("-")[0]
            if number.isdecimal() and not is_running(int(number)):
                _remove(left)
        for path in self.path.glob(f"*{MANIFEST_ENDING}"):
            stem = path.name.removesuffix(MANIFEST_ENDING)
            if not any(
                (self.path / f"{stem}{end}").exists() for end in (ENDING, PACKED_ENDING)
            ):
                path.unlink(missing_ok=True)

    def partial(self) -> Path:
        """Return a name for what is being written, which says who writes it."""
        return self.path / f"{os.getpid()}-{threading.get_ident()}.partial"

    @contextmanager
    def working(self) -> Iterator[Path]:
        """Lend a folder for what is needed only for a while, and that nobody else has.

        Raises:
            BackupError: it cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            home = Path(mkdtemp(".working", f"{os.getpid()}-", self.path))
        except OSError as error:
            raise not_written(self.path, error) from error
        try:
            yield home
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def free_path(self, made_at: int, kind: str) -> Path:
        """Return a name that no backup has yet: when it was made, and why."""
        while True:
            moment = datetime.fromtimestamp(made_at // MICROSECONDS, UTC)
            stem = f"{moment:%Y%m%dT%H%M%S}.{made_at // 1000 % 1000:03}Z-{kind}"
            if not [*self.path.glob(f"{stem}.*")]:
                return self.path / f"{stem}{ENDING}"
            made_at += 1000

    def originals_of(self, backup: Backup) -> Path:
        """Return where the originals of a backup are: beside it if it is not of this folder."""
        if backup.path.parent == self.path:
            return self.originals
        return originals_beside(backup.path)

    def remove(self, backup: Backup) -> None:
        """Delete a backup, but not the originals that only it names."""
        _remove(backup.path)
        _remove(backup.manifest_path)

    def drop_originals(self) -> None:
        """Delete the originals that no backup names any more."""
        needed: set[str] = set()
        for backup in self.all():
            for sha256 in backup.manifest.originals:
                if sha256 not in needed:
                    with suppress(StorageMissingError, StorageDamagedError):
                        needed.update(originals.files_of(self.originals, sha256))
        for path in self.originals.glob("*/*.gz"):
            if path.name.removesuffix(".gz") not in needed:
                _remove(path)

    def pack(self, backup: Backup, token: CancelToken) -> None:
        """Compress a backup.

        Raises:
            StorageDamagedError: it is not what was written any more; it stays as it is.
            BackupError: it cannot be written; it stays as it is.
        """
        target = backup.path.with_name(f"{backup.name}{PACKED_ENDING}")
        partial = self.partial()
        require_room(self.path, backup.size)
        try:
            with open(partial, "xb", opener=private_opener) as out:
                with gzip.GzipFile("", "wb", PACK_LEVEL, out, mtime=0) as packed:
                    pour(backup, cast("BinaryIO", packed), token)
                out.flush()
                os.fsync(out.fileno())
            put(partial, target)
            _remove(backup.path)
        except OSError as error:
            raise not_written(self.path, error) from error
        finally:
            _remove(partial)


def read_backup(path: Path) -> Backup | None:
    """Return the backup in a file; None where there is no manifest of one beside it."""
    manifest = read_manifest(manifest_path(path))
    try:
        return (
            None
            if manifest is None or _is_workspace(path)
            else Backup(path=path, size=path.stat().st_size, manifest=manifest)
        )
    except OSError:
        return None


def _is_workspace(path: Path) -> bool:
    """Whether a file among backups is still the workspace: an exchange was cut short."""
    try:
        return path.samefile(BackupFolder(path.parent).workspace)
    except OSError:
        return False


def folder_beside(path: Path) -> Path:
    """Return the folder of the backups of a storage in a file."""
    return path.with_name(f"{path.name}{_FOLDER_ENDING}")


def lost(path: Path) -> StorageLostError | None:
    """Return the refusal to make a file that is missing while its backups are there."""
    folder = folder_beside(path)
    if not is_missing(path) or not BackupFolder(folder).all():
        return None
    return StorageLostError(
        f"{path} is missing, but its backups are in {folder}.",
        safe="The backups are untouched, and no new file was made.",
        advice="If it was moved, move it back; or bring back its newest backup by"
        f" `sheaf restore latest --storage {shlex.quote(str(path))}`.",
    )


def originals_beside(path: Path) -> Path:
    """Return the folder of the originals that belong to a file of its own."""
    return path.with_name(f"{path.name}.originals")


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write the manifest of the backup at a path, in place of the one before.

    Raises:
        OSError: it cannot be written.
    """
    target = manifest_path(path)
    partial = target.with_name(f"{os.getpid()}-{target.name}.partial")
    try:
        with open(partial, "wb", opener=private_opener) as out:
            out.write(manifest_text(manifest))
            out.flush()
            os.fsync(out.fileno())
        put(partial, target)
    finally:
        _remove(partial)


def put(partial: Path, target: Path) -> None:
    """Give what is written and synced its own name, for good.

    Raises:
        OSError: that cannot be.
    """
    partial.replace(target)
    _sync_names(target.parent)


def _sync_names(folder: Path) -> None:
    """Make the names in a folder last."""
    if os.name == "posix":
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def may_exchange(copy: Path, file: Path) -> bool:
    """Whether a copy can take the name of a file so that nobody finds it changed by that.

    Nobody else may have the file open, which has to be known, and the copy has to belong to
    the same people.
    """
    ours, theirs = copy.stat(), file.stat()
    is_alike = (ours.st_uid, ours.st_gid) == (theirs.st_uid, theirs.st_gid)
    return TELLS_WHO_HAS_OPEN and is_alike and theirs.st_nlink == 1 and not _is_open(file)


def _is_open(file: Path) -> bool:
    found = file.stat()
    return is_open_elsewhere(file, (found.st_dev, found.st_ino))


def exchange(copy: Path, file: Path, aside: Path) -> bool:
    """Give the name of a file to a synced copy, and a name of its own to the file.

    Whenever that is cut short, the file's name is that of one of the two. False where
    somebody opened the file, or the disk cannot do that; all is as before then.
    """
    try:
        shutil.copymode(file, copy)
        os.link(file, aside)
        _sync_names(aside.parent)
        if not _is_open(file):
            put(copy, file)
            return True
    except OSError:
        if aside.exists() and not aside.samefile(file):
            raise
    aside.unlink(missing_ok=True)
    return False


def pour(
    backup: Backup,
    out: BinaryIO,
    token: CancelToken,
    on_progress: _OnProgress = lambda _progress: None,
) -> None:
    """Write what a backup holds, unpacked, and see that it is what was backed up.

    Raises:
        StorageDamagedError: it is not.
        OSError: `out` cannot be written.
        WorkCancelledError: `token` was cancelled.
    """
    done, total = 0, backup.manifest.bytes
    try:
        open_ = gzip.open if backup.is_packed else open
        source = cast("BinaryIO", open_(backup.path, "rb"))
    except OSError as error:
        raise damaged(backup, f"it cannot be read ({error.strerror})") from error
    with source, _Hashing() as seen:
        while block := _read(backup, source):
            token.check()
            seen.update(block)
            out.write(block)
            done += len(block)
            on_progress(CopyProgress(done, total))
    if seen.hexdigest() != backup.manifest.sha256:
        raise damaged(backup, "its content is not what was written")


class _Hashing:
    """A SHA-256 that is taken on a thread of its own, a block behind what is written."""

    def __init__(self) -> None:
        self._seen = hashlib.sha256()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sheaf-hash")
        self._last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._thread.shutdown()

    def update(self, block: bytes) -> None:
        """Take the next block once the one before is taken."""
        if self._last is not None:
            self._last.result()
        self._last = self._thread.submit(self._seen.update, block)

    def hexdigest(self) -> str:
        """Return the digest of all blocks, once it is no longer used."""
        return self._seen.hexdigest()


def _read(backup: Backup, source: BinaryIO) -> bytes:
    try:
        return source.read(BLOCK_BYTES)
    except (OSError, EOFError, ValueError) as error:
        raise damaged(backup, f"it cannot be read ({error})") from error


def sha256_of(path: Path, token: CancelToken) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        WorkCancelledError: `token` was cancelled.
    """
    seen = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(BLOCK_BYTES):
            token.check()
            seen.update(block)
    return seen.hexdigest()


def require_room(folder: Path, size: int) -> None:
    """Refuse what the disk has no room for.

    Raises:
        BackupError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if free < size * ROOM:
        raise BackupError(
            f"The disk that holds {folder} has {free / 1e6:,.0f} MB free, and this needs"
            f" {size * ROOM / 1e6:,.0f} MB.",
            advice="Free some space on that disk, or drop old backups, then try again.",
        )


def not_written(path: Path, error: OSError) -> BackupError:
    """Return the refusal for a backup that cannot be written."""
    return BackupError(
        f"{path} cannot be written: {error.strerror or error}.",
        advice="Free some space on that disk or change its permissions, then try again.",
    )


def damaged(backup: Backup, why: str) -> StorageDamagedError:
    """Return the refusal of a backup that is not what it was."""
    return StorageDamagedError(
        f"The backup {backup.name} is damaged: {why}.",
        safe="The workspace and the other backups are untouched.",
        advice="Take another one; `sheaf backups` lists them.",
    )


def _remove(path: Path) -> None:
    """Delete a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(FileNotFoundError):
        if os.name == "nt":
            path.chmod(0o600)
        path.unlink()
