"""Backups of a storage: made, listed, proved, dropped in time, and brought back."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from db import originals
from db.cancel import CancelToken
from db.errors import (
    StorageBusyError,
    StorageDamagedError,
    StorageMissingError,
    StorageRejectedError,
    UnwritableFileError,
)
from db.maintenance.folder import (
    BackupError,
    BackupFolder,
    damaged,
    exchange,
    folder_beside,
    may_exchange,
    not_written,
    originals_beside,
    pour,
    put,
    read_backup,
    require_room,
    write_manifest,
)
from db.maintenance.manifest import (
    Backup,
    BackupKind,
    BackupSettings,
    Manifest,
    settings_of,
)
from db.maintenance.rotation import Rotation, plan_rotation
from db.maintenance.verifying import VerifyingBeside, note, require_verified, verified, verify
from db.ports import Contents, CopyProgress, Differing, Finding, Storage, StorageInfo
from db.private_files import private_opener
from db.processes import who_has_open
from db.query import EVERYWHERE, QUERIES, Query
from db.records import Kind
from db.repositories import Settings
from db.storage import open_storage
from db.times import DAY_US, MICROSECONDS, now_us

PROVED_EVERY_DAYS: Final = 7
QUICK_BYTES: Final = 64 << 20
"""A file up to this size is backed up before each import: nobody has to wait for that."""
_HOUR_US: Final = 3_600 * MICROSECONDS
_QUEUE: Final = frozenset({"job", "job_line"})
"""The tables that stay as they are when a backup is restored."""
_LOG: Final = ("-wal", "-shm")
_TOKEN: Final = CancelToken()
_OnProgress = Callable[[CopyProgress], None]


def ignore_progress(_progress: CopyProgress) -> None:
    """Do nothing with it."""


class BackedUp(Protocol):
    """What of a storage its backups need; see `db.ports.Storage`."""

    @property
    def settings(self) -> Settings:
        """Small values kept with the data."""
        ...

    def info(self) -> StorageInfo:
        """Return what there is to say about it."""
        ...

    def count(self, query: Query, token: CancelToken | None = None) -> int:
        """Return how many records match."""
        ...

    def mark(self) -> str:
        """Return what changes with what people keep."""
        ...

    def quick_check(self, token: CancelToken | None = None) -> Finding:
        """Check the structure of the file; a storage that is damaged is only read then."""
        ...

    def contents(self, token: CancelToken | None = None, *, check: bool = False) -> Contents:
        """Return what there is, table by table."""
        ...

    def copy_to(
        self,
        path: Path,
        token: CancelToken | None = None,
        on_progress: _OnProgress = ...,
        *,
        check: bool = True,
    ) -> Contents:
        """Write a copy of it."""
        ...

    def changed_since(
        self, path: Path, token: CancelToken | None = None
    ) -> dict[Kind, Differing]:
        """Return how many records of each kind differ from those of a copy."""
        ...

    def replace_with(
        self,
        path: Path,
        seen_mark: str,
        token: CancelToken | None = None,
        on_progress: _OnProgress = ...,
    ) -> Contents:
        """Put a copy in its place."""
        ...

    def exchange_with(
        self,
        path: Path,
        put: Callable[[Contents], bool],
        token: CancelToken | None = None,
    ) -> Contents | None:
        """Have a copy take the place of its file."""
        ...

    def backups_folder(self) -> Path | None:
        """Return the folder for the backups."""
        ...

    def originals_folder(self) -> Path:
        """Return the folder the originals are kept in."""
        ...


class Change(Struct, frozen=True, kw_only=True):
    """What restoring a backup does to one kind of record.

    So many records there are now and were then; `newer` of those now are not in the backup,
    or not as they are now; `gone` of those then are not here any more.
    """

    kind: Kind
    now: int
    then: int
    newer: int
    gone: int


class Restored(Struct, frozen=True, kw_only=True):
    """What was restored, and the backup of what was there; restoring that one undoes it."""

    backup: Backup
    safety: Backup


class Backups:
    """The backups of one storage. Every method may be called on any thread.

    Long ones take a `token` that stops them, with nothing left half-done, and tell how far
    they are, in bytes.
    """

    def __init__(self, storage: BackedUp, clock: Callable[[], int] = now_us) -> None:
        """Say whose backups; `clock` gives the present time in microseconds.

        Raises:
            StorageRejectedError: the storage is in no file.
        """
        path = storage.backups_folder()
        if path is None:
            raise StorageRejectedError(
                "This workspace is in no file, so there is nothing to back up.",
                advice="Export it, or open a file.",
            )
        self._storage = storage
        self._clock = clock
        self.folder = BackupFolder(path)

    @property
    def settings(self) -> BackupSettings:
        """How they are made and kept; `manifest.keep_settings` changes that."""
        return settings_of(self._storage.settings)

    def all(self) -> list[Backup]:
        """Return the backups there are, oldest first."""
        return self.folder.all()

    def find(self, name: str) -> Backup:
        """Return the backup of a name; see `BackupFolder.find`."""
        return self.folder.find(name)

    def is_daily_due(self) -> bool:
        """Whether it is time for the backup of the day, and there is something new in it."""
        if not self.is_needed(BackupKind.DAILY):
            return False
        sound = [each for each in self.all() if each.manifest.is_verified]
        return not sound or not 0 <= self._clock() - sound[-1].manifest.made_at < DAY_US

    def is_proof_due(self) -> bool:
        """Whether the latest backup was not tested, nor another one in the last week.

        Where the backup of the day is switched off, so is this.
        """
        known = [] if BackupKind.DAILY in self.settings.without else self.all()
        proved = max((each.manifest.proved_at or 0 for each in known), default=0)
        is_recent = 0 <= self._clock() - proved < PROVED_EVERY_DAYS * DAY_US
        return bool(known) and known[-1].manifest.proved_at is None and not is_recent

    def is_rotation_due(self) -> bool:
        """Whether there are backups to compress or to drop."""
        plan = self.plan_rotation()
        return bool(plan.drop or plan.compress)

    def pending(self) -> list[Backup]:
        """Return the backups that are still to be verified, oldest first."""
        return [each for each in self.all() if each.manifest.is_pending]

    def look_after(
        self, token: CancelToken = _TOKEN, on_progress: _OnProgress = ignore_progress
    ) -> Backup | None:
        """Do what is due: verifying, the backup of the day, a test of the latest, dropping.

        Returns a backup that was found damaged by that. In the place of one that was made
        and never verified, another one is made at once.

        Raises:
            BackupError: one of that cannot be done.
            StorageDamagedError: the storage itself is damaged.
            WorkCancelledError: `token` was cancelled.
        """
        checked = [self.verify(each, token) for each in self.pending()]
        bad = next((each for each in checked if not each.manifest.is_verified), None)
        if bad is not None:
            self.make(BackupKind.DAILY, "", token, on_progress)
        elif self.is_daily_due():
            self.before(BackupKind.DAILY, "", token, on_progress)
        if self.is_proof_due():
            proved = self.prove(self.all()[-1], token, on_progress)
            bad = proved if proved.manifest.trouble else bad
        self.rotate(token, on_progress)
        return bad

    def before(
        self,
        kind: BackupKind,
        what: str,
        token: CancelToken = _TOKEN,
        on_progress: _OnProgress = ignore_progress,
        *,
        unasked: bool = False,
    ) -> Backup | None:
        """Make a backup before something, unless `is_needed` says that there is to be none.

        Before a migration it is one of the queue of jobs as well. Before an import it is
        only copied: it is still to be verified.

        Raises:
            BackupError: it cannot be made.
        """
        if not self.is_needed(kind, unasked=unasked):
            return None
        if kind is BackupKind.IMPORT:
            return self._make(kind, what, token, on_progress, None, check=False)
        latest = None if kind is BackupKind.MIGRATION else self._latest_of_now()
        if latest is not None and self.verify(latest, token).manifest.is_verified:
            return None
        return self.make(kind, what, token, on_progress)

    def is_needed(self, kind: BackupKind, *, unasked: bool = False) -> bool:
        """Whether there is to be a backup before something: the one rule for all that acts.

        None is made of a kind that the settings are against, nor where the latest holds all
        there is, but before a migration always. An import deletes nothing and can be taken
        back: before one the latest of the last hour is enough, unless the workspace is so
        small that nobody waits for another; before one that is `unasked`, as those of
        followed folders are, the latest of the last day.
        """
        if kind in self.settings.without:
            return False
        if kind is BackupKind.MIGRATION:
            return True
        latest = self._latest_of_now()
        if latest is not None:
            return kind is not BackupKind.IMPORT and not latest.manifest.is_verified
        if kind is BackupKind.IMPORT and self._is_recent(DAY_US if unasked else _HOUR_US):
            is_quick = self._storage.info().size <= QUICK_BYTES
            return is_quick and not unasked
        return bool(self.all() or _records(self._storage))

    def _is_recent(self, age_us: int) -> bool:
        """Whether the latest backup that is not known to be damaged is younger than that."""
        made = [each.manifest.made_at for each in self.all() if not each.manifest.trouble]
        return bool(made) and 0 <= self._clock() - made[-1] < age_us

    def _latest_of_now(self) -> Backup | None:
        """Return the latest backup if it holds all there is, as far as anybody knows."""
        known = self.all()
        is_sound = bool(known) and not known[-1].manifest.trouble
        is_of_now = is_sound and known[-1].manifest.mark == self._storage.mark()
        return known[-1] if is_of_now else None

    def verify(self, backup: Backup, token: CancelToken = _TOKEN) -> Backup:
        """Verify a backup that was not yet, and note what that showed.

        Raises:
            BackupError: the folder cannot be written, or the backup was dropped meanwhile.
            WorkCancelledError: `token` was cancelled.
        """
        return verify(self.folder, backup, token)

    def make(
        self,
        kind: BackupKind = BackupKind.MANUAL,
        before: str = "",
        token: CancelToken = _TOKEN,
        on_progress: _OnProgress = ignore_progress,
        output: Path | None = None,
    ) -> Backup:
        """Make a backup of what there is at this moment, and verify it.

        It goes into the folder, or with its originals to `output`.

        Raises:
            BackupError: it cannot be written.
            StorageDamagedError: the storage itself is damaged.
            WorkCancelledError: `token` was cancelled; nothing is left.
        """
        return self._make(kind, before, token, on_progress, output, check=True)

    def _make(
        self,
        kind: BackupKind,
        before: str,
        token: CancelToken,
        on_progress: _OnProgress,
        output: Path | None,
        *,
        check: bool,
    ) -> Backup:
        # Its own folder may be one that cannot be written, where the workspace is only read.
        with nullcontext() if output is not None else self.folder.alone(token):
            made_at = self._clock()
            target = output or self.folder.free_path(made_at, kind)
            kept = self.folder.originals if output is None else originals_beside(output)
            partial = self.folder.partial().name
            partial_path = target.with_name(partial)
            try:
                if output is not None and output.exists():
                    raise BackupError(f"{output} is there already.", advice="Name a new file.")
                require_room(target.parent, self._storage.info().size)
                found = self._storage.copy_to(partial_path, token, on_progress, check=False)
                missing = self._keep_originals(found, kept, token)
                manifest = self._manifest(found, made_at, kind, before, missing)
                if check:
                    manifest = self._verified(partial_path, manifest, token)
                write_manifest(target, manifest)
                put(partial_path, target)
            except UnwritableFileError as error:
                raise BackupError(error.what, advice=_ADVICE) from error
            except OSError as error:
                raise not_written(target.parent, error) from error
            finally:
                partial_path.unlink(missing_ok=True)
        made = read_backup(target)
        assert made is not None
        return made

    def _verified(self, path: Path, manifest: Manifest, token: CancelToken) -> Manifest:
        """Verify a new copy; one that is not whole may show that the storage is not."""
        try:
            return verified(path, manifest, token)
        except StorageDamagedError as error:
            self._storage.quick_check(token)
            raise StorageDamagedError(error.what, safe=_NOT_KEPT) from error

    def _manifest(
        self,
        found: Contents,
        made_at: int,
        kind: BackupKind,
        before: str,
        missing: tuple[str, ...],
    ) -> Manifest:
        """Return the manifest of a backup that is still to be verified."""
        return Manifest(
            number=max((each.manifest.number for each in self.all()), default=0) + 1,
            made_at=made_at,
            kind=kind,
            before=before,
            sheaf=_version(),
            schema_version=found.schema_version,
            bytes=found.size,
            sha256="",
            records=found.records,
            mark=found.mark,
            tables=found.tables,
            originals=found.originals,
            missing=missing,
        )

    def _keep_originals(
        self, found: Contents, kept: Path, token: CancelToken
    ) -> tuple[str, ...]:
        """Keep what the records came from beside the backup; return what is not there."""
        missing: list[str] = []
        for sha256 in found.originals:
            token.check()
            try:
                originals.keep_too(self._storage.originals_folder(), kept, sha256)
            except (StorageMissingError, StorageDamagedError, FileNotFoundError):
                missing.append(sha256)
        return tuple(missing)

    def plan_rotation(self) -> Rotation:
        """Return which backups would be compressed and dropped now."""
        return plan_rotation(self.all(), self.settings, _records(self._storage), self._clock())

    def rotate(
        self, token: CancelToken = _TOKEN, on_progress: _OnProgress = ignore_progress
    ) -> Rotation:
        """Compress and drop backups as the settings say; return what was done.

        Raises:
            BackupError: the folder cannot be written.
            WorkCancelledError: `token` was cancelled; the backups that were left are whole.
        """
        with self.folder.alone(token):
            plan = self.plan_rotation()
            for backup in plan.drop:
                self.folder.remove(backup)
            if plan.drop:
                self.folder.drop_originals()
            total, done = sum(each.manifest.bytes for each in plan.compress), 0
            for backup in plan.compress:
                on_progress(CopyProgress(done, total))
                try:
                    self.folder.pack(backup, token)
                except StorageDamagedError as error:
                    note(backup, trouble=error.what)
                done += backup.manifest.bytes
        return plan

    def drop(self, backup: Backup, token: CancelToken = _TOKEN) -> None:
        """Delete one backup, and the originals that only it names."""
        with self.folder.alone(token):
            self.folder.remove(backup)
            self.folder.drop_originals()

    @contextmanager
    def opened(
        self,
        backup: Backup,
        token: CancelToken = _TOKEN,
        on_progress: _OnProgress = ignore_progress,
    ) -> Iterator[Storage]:
        """Lend what a backup holds as a storage, to be read: a copy, gone afterwards.

        Raises:
            StorageDamagedError: the backup is damaged.
            BackupError: the disk has no room for the copy.
        """
        with self.folder.working() as home:
            path = home / "copy.sheaf"
            _unpack(self.folder, backup, path, token, on_progress)
            storage = open_storage(str(path))
            storage.jobs.forget_running()
            try:
                yield storage
            finally:
                storage.close()

    def prove(
        self,
        backup: Backup,
        token: CancelToken = _TOKEN,
        on_progress: _OnProgress = ignore_progress,
    ) -> Backup:
        """Restore a backup for a test, into a file of its own, and note what that showed.

        Raises:
            BackupError: the disk has no room for that.
        """
        trouble = ""
        try:
            with self.opened(backup, token, on_progress) as storage:
                wrong = [each for each in storage.check(token) if not each.ok]
                bad = [each.title for each in wrong if each.check == "integrity"]
                trouble = f"Not so: {bad[0]}." if bad else ""
        except StorageDamagedError as error:
            trouble = error.what
        return note(backup, proved_at=self._clock(), trouble=trouble)

    def preview(self, backup: Backup, token: CancelToken = _TOKEN) -> tuple[Change, ...]:
        """Return what restoring a backup would do, for each kind of record.

        Raises:
            StorageDamagedError: the backup is damaged.
            BackupError: the disk has no room to unpack it.
            WorkCancelledError: `token` was cancelled.
        """
        differing = self._changed_since(backup, token)
        changes = []
        for kind, made in QUERIES.items():
            state = backup.manifest.tables.get(kind.name.lower())
            changes.append(
                Change(
                    kind=kind,
                    now=self._storage.count(made(places=EVERYWHERE), token),
                    then=0 if state is None else state.rows,
                    newer=differing[kind].newer,
                    gone=differing[kind].gone,
                )
            )
        return tuple(changes)

    def _changed_since(self, backup: Backup, token: CancelToken) -> dict[Kind, Differing]:
        if not backup.is_packed:
            return self._storage.changed_since(backup.path, token)
        with self.folder.working() as home:
            require_room(self.folder.path, backup.manifest.bytes)
            path = home / "copy.sheaf"
            try:
                with open(path, "xb", opener=private_opener) as out:
                    pour(backup, out, token)
            except OSError as error:
                raise not_written(path, error) from error
            return self._storage.changed_since(path, token)

    def restore(
        self,
        backup: Backup,
        token: CancelToken = _TOKEN,
        on_progress: _OnProgress = ignore_progress,
    ) -> Restored:
        """Put what a backup holds in the place of everything, which becomes a backup itself.

        The queue of jobs stays as it is. Other processes see one state or the other. Where
        none has the file open, the restored copy takes its name, and it is the backup of
        what was there; otherwise that is copied, and written over in one transaction.

        Raises:
            StorageDamagedError: the backup is damaged; nothing was changed.
            StorageRejectedError: an import is under way, or others write all the time.
            BackupError: the disk has no room.
            WorkCancelledError: `token` was cancelled; nothing was changed.
        """
        with self.folder.working() as home:
            path = home / "copy.sheaf"
            _unpack(self.folder, backup, path, token, on_progress)
            open_storage(str(path)).close()
            self._bring_back_originals(backup)
            safety = self._exchange(backup, path, token)
            if safety is None:
                safety = self._write_over(backup, path, token, on_progress)
        return Restored(backup=backup, safety=safety)

    def _exchange(self, backup: Backup, path: Path, token: CancelToken) -> Backup | None:
        """Let a copy be the workspace, and that a backup; None where others have it open."""
        workspace = self.folder.workspace.resolve()
        with self.folder.alone(token):
            if not may_exchange(path, workspace):
                return None
            made_at = self._clock()
            target = self.folder.free_path(made_at, BackupKind.RESTORE)

            def put(found: Contents) -> bool:
                missing = self._keep_originals(found, self.folder.originals, token)
                what = _restore_of(backup)
                manifest = self._manifest(found, made_at, BackupKind.RESTORE, what, missing)
                try:
                    write_manifest(target, manifest)
                except OSError as error:
                    raise not_written(target.parent, error) from error
                return exchange(path, workspace, target)

            with _refusing_damaged(backup, workspace):
                expected = self._storage.exchange_with(path, put, token)
        safety = read_backup(target)
        if expected is None or safety is None:
            return None
        verifying = VerifyingBeside(self.folder, safety)
        verifying.start()
        self._check_restored(expected, safety)
        verifying.join()
        return read_backup(target)

    def _write_over(
        self, backup: Backup, path: Path, token: CancelToken, on_progress: _OnProgress
    ) -> Backup:
        """Back up the workspace, and write a copy over what is in it."""
        # The backup of what is there, and the log of what is written.
        require_room(self.folder.path, backup.manifest.bytes + self._storage.info().size)
        with _refusing_damaged(backup, self.folder.workspace):
            safety = self.make(BackupKind.RESTORE, _restore_of(backup), token)
        expected = self._storage.replace_with(path, safety.manifest.mark, token, on_progress)
        self._check_restored(expected, safety)
        return safety

    def _bring_back_originals(self, backup: Backup) -> None:
        kept = self.folder.originals_of(backup)
        for sha256 in backup.manifest.kept_originals:
            try:
                originals.bring_back(kept, self._storage.originals_folder(), sha256)
            except OSError as error:
                raise not_written(self._storage.originals_folder(), error) from error

    def _check_restored(self, expected: Contents, safety: Backup) -> None:
        """See that what is there now is what was to be, unless others went on writing."""
        wrong = StorageDamagedError(
            "What was restored is not what the backup holds.",
            safe=f"What was there before is in the backup {safety.name}.",
            advice=f"Check the disk, then restore {safety.name}.",
        )
        try:
            found = self._storage.contents(check=True)
        except StorageDamagedError as error:
            raise wrong from error
        changed = {
            name
            for name, state in expected.tables.items()
            if name not in _QUEUE and found.tables.get(name) != state
        }
        if changed and found.mark == expected.mark:
            raise wrong


def _restore_of(backup: Backup) -> str:
    return f"restore of {backup.name}"


@contextmanager
def _refusing_damaged(backup: Backup, workspace: Path) -> Iterator[None]:
    """Say what to do where what there is cannot be backed up before a restore."""
    try:
        yield
    except StorageDamagedError as error:
        raise StorageDamagedError(
            f"What there is now cannot be backed up first. {error.what}",
            safe="Nothing was changed.",
            advice=f"Close every window on it, then `sheaf restore {backup.name}"
            f" --over-damaged --storage {shlex.quote(str(workspace))}` keeps the damaged file"
            " beside the one restored.",
        ) from error


def _unpack(
    folder: BackupFolder,
    backup: Backup,
    path: Path,
    token: CancelToken,
    on_progress: _OnProgress,
) -> None:
    """Make a file of a backup that can be opened, with its originals, and compare it."""
    backup = require_verified(folder, backup, token)
    require_room(folder.path, backup.manifest.bytes)
    try:
        with open(path, "xb", opener=private_opener) as out:
            pour(backup, out, token, on_progress)
        for sha256 in backup.manifest.kept_originals:
            token.check()
            originals.bring_back(folder.originals_of(backup), originals_beside(path), sha256)
    except OSError as error:
        raise not_written(path.parent, error) from error
    except StorageMissingError as error:
        raise damaged(backup, "an original that it names is missing") from error
    storage = open_storage(str(path), may_migrate=False)
    try:
        differing = backup.manifest.differing(storage.contents(token))
    finally:
        storage.close()
    if differing:
        raise damaged(backup, f"{', '.join(differing)} are not what was backed up")


def restore_over_damaged(
    path: Path,
    backup: Backup,
    token: CancelToken = _TOKEN,
    on_progress: _OnProgress = ignore_progress,
) -> Path | None:
    """Put a backup in the place of a file that is damaged or missing.

    Returns where the damaged one is now; None where there was none.

    No other process may have the file open: it would go on with the damaged one.

    Raises:
        StorageBusyError: another process has it open; nothing was changed.
        StorageDamagedError: the backup is damaged; nothing was changed.
        BackupError: the folder cannot be written; nothing was changed.
    """
    if who := who_has_open(path):
        raise StorageBusyError(
            f"{path.name} is open in {who}.",
            safe="Nothing was changed.",
            advice="Close that program, then try again.",
        )
    folder = BackupFolder(folder_beside(path))
    with folder.alone(token), folder.working() as home:
        copy = home / "copy.sheaf"
        _unpack(folder, backup, copy, token, on_progress)
        _forget_running(copy)
        was_there, aside = path.exists(), _free_aside(path)
        try:
            for sha256 in backup.manifest.kept_originals:
                originals.bring_back(
                    folder.originals_of(backup), originals_beside(path), sha256
                )
            # The log is part of the file: what it holds must not meet another one.
            for ending in _LOG:
                part = path.with_name(f"{path.name}{ending}")
                if part.exists():
                    part.replace(path.with_name(f"{aside.name}{ending}"))
            # What was last known of the damaged file is not to be missed in the other one.
            path.with_name(f"{path.name}.known").unlink(missing_ok=True)
            _put_aside(path, aside)
            put(copy, path)
        except OSError as error:
            raise not_written(path, error) from error
    return aside if was_there else None


def start_empty(path: Path) -> None:
    """Make an empty file for a storage that is lost; its backups stay.

    Raises:
        BackupError: it cannot be made.
    """
    try:
        path.with_name(f"{path.name}.known").unlink(missing_ok=True)
        with open(path, "ab", opener=private_opener):
            pass
    except OSError as error:
        raise not_written(path, error) from error


def _forget_running(copy: Path) -> None:
    """Let nobody take for cut short what was under way when the copy was made."""
    storage = open_storage(str(copy), may_migrate=False)
    storage.jobs.forget_running()
    storage.close()


def _free_aside(path: Path) -> Path:
    """Return a name for a damaged file that no other one has."""
    aside = first = path.with_name(f"{path.name}.damaged-{now_us() // MICROSECONDS}")
    for number in count(2):
        if not any(aside.with_name(f"{aside.name}{end}").exists() for end in ("", *_LOG)):
            break
        aside = first.with_name(f"{first.name}-{number}")
    return aside


def _put_aside(path: Path, aside: Path) -> None:
    """Give a file another name, and where the disk can, leave it its own until then."""
    try:
        os.link(path, aside)
    except FileNotFoundError:
        return
    except OSError:
        path.replace(aside)


def before(storage: BackedUp, kind: BackupKind, what: str) -> Backup | None:
    """Make a backup of a storage before something; None where there is none to be made.

    Raises:
        BackupError: it cannot be made.
    """
    return None if storage.backups_folder() is None else Backups(storage).before(kind, what)


_NOT_KEPT: Final = "It was not kept, and no record was changed."
_ADVICE: Final = "Free some space on that disk or change its permissions, then try again."


def _records(storage: BackedUp) -> int:
    return sum(storage.count(made(places=EVERYWHERE)) for made in QUERIES.values())


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - slow, and seldom needed

    return version("sheaf")
