"""Compacting a storage: its file is written anew without what it holds no more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from db.cancel import CancelToken
from db.errors import StorageFullError
from db.maintenance.folder import ROOM, BackupFolder
from db.ports import CopyProgress, Storage
from db.repositories import Settings
from db.times import DAY_US, now_us

WORTH_SHARE: Final = 0.2
"""So much of the file has to be free before it is compacted by itself."""
COPIES: Final = 2
"""The new file, and the log by which it takes the place of the old one."""
_SETTING: Final = "compacting"
_OnProgress = Callable[[CopyProgress], None]


def ignore_wait(_said: str) -> None:
    """Do nothing with it."""


class Every(StrEnum):
    """How often a storage is looked at, and compacted where that is worth it."""

    NEVER = "never"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def days(self) -> int | None:
        """The days between; None where it is never done."""
        return {Every.WEEKLY: 7, Every.MONTHLY: 30}.get(self)


class Schedule(Struct, frozen=True, kw_only=True):
    """How often, and when it was done last, in microseconds."""

    every: Every = Every.MONTHLY
    last: int = 0


class Gain(Struct, frozen=True, kw_only=True):
    """What compacting brings and takes, in bytes.

    The file has `size`, of which `frees` hold nothing; `needs` have to be free on the disk,
    on which `has` are.
    """

    size: int
    frees: int
    needs: int
    has: int

    @property
    def has_room(self) -> bool:
        """Whether the disk has room for it."""
        return self.has >= self.needs

    @property
    def is_worth_it(self) -> bool:
        """Whether so much is free that it should be done by itself."""
        return self.frees > self.size * WORTH_SHARE


class Compacted(Struct, frozen=True):
    """The bytes of the file before and after."""

    before: int
    after: int

    @property
    def freed(self) -> int:
        """The bytes that the disk has back."""
        return max(0, self.before - self.after)


def gain(storage: Storage) -> Gain:
    """Return what compacting would bring and take."""
    info = storage.info()
    folder = storage.backups_folder()
    has = 0 if folder is None else shutil.disk_usage(_existing(folder)).free
    needs = round((info.size - info.free) * COPIES * ROOM)
    return Gain(size=info.size, frees=info.free, needs=needs, has=has)


def require_room(storage: Storage) -> None:
    """Refuse what the disk has no room for.

    Raises:
        StorageFullError: it has not.
    """
    expected = gain(storage)
    if storage.backups_folder() is not None and not expected.has_room:
        raise StorageFullError(
            f"Compacting needs {expected.needs / 1e6:,.0f} MB on the disk that holds the"
            f" workspace, and {expected.has / 1e6:,.0f} MB are free.",
            safe="Nothing was changed.",
            advice="Free some space on that disk, or drop old backups, then try again.",
        )


def compact(
    storage: Storage,
    token: CancelToken,
    on_progress: _OnProgress,
    on_wait: Callable[[str], None] = ignore_wait,
) -> Compacted:
    """Write the file anew without free pages, and the index without words of the past.

    Others may read meanwhile, and write until the last part; `on_wait` hears in words what
    is waited for.

    Raises:
        StorageFullError: the disk has no room.
        StorageBusyError: others write all the time.
        StorageRejectedError: an import is under way.
        WorkCancelledError: `token` was cancelled; the file is as it was.
    """
    before = storage.info().size
    folder = storage.backups_folder()
    if folder is not None:
        require_room(storage)
        storage.upkeep.merge_index(token, on_wait)
        with BackupFolder(folder).working() as home:
            storage.upkeep.compact(home, token, on_progress, on_wait)
        keep_schedule(storage.settings, replace(schedule(storage.settings), last=now_us()))
    return Compacted(before, storage.info().size)


def schedule(settings: Settings) -> Schedule:
    """Return how often a storage is to be compacted by itself."""
    kept = settings.get(_SETTING)
    try:
        return Schedule() if kept is None else msgspec.convert(kept, Schedule)
    except msgspec.ValidationError:
        return Schedule()


def keep_schedule(settings: Settings, chosen: Schedule) -> None:
    """Have a storage compacted so from now on."""
    settings.put(_SETTING, msgspec.to_builtins(chosen))


def is_due(storage: Storage, clock: Callable[[], int] = now_us) -> bool:
    """Whether it is time, worth it, and there is room."""
    kept = schedule(storage.settings)
    days = kept.every.days
    if days is None or storage.backups_folder() is None:
        return False
    expected = gain(storage)
    is_time = not 0 <= clock() - kept.last < days * DAY_US
    return is_time and expected.is_worth_it and expected.has_room


def _existing(path: Path) -> Path:
    """Return a folder, or the nearest above it that there is."""
    return next(each for each in (path, *path.parents) if each.exists())
