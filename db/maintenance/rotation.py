"""Which backups are compressed and which go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

from msgspec import Struct

from db.maintenance.manifest import Backup, BackupKind, BackupSettings
from db.times import DAY_US, MICROSECONDS

ALWAYS_KEPT: Final = 3


class Rotation(Struct, frozen=True, kw_only=True):
    """What is to be done with some backups; `held` says why none of them goes."""

    drop: tuple[Backup, ...] = ()
    compress: tuple[Backup, ...] = ()
    held: str = ""


def plan_rotation(
    backups: Sequence[Backup], settings: BackupSettings, records: int, now: int
) -> Rotation:
    """Decide about the backups of a storage that has so many records, oldest first.

    The latest three stay, and of those made before imports the last of each day. None goes
    where the storage has less than half of what one of them holds, or nothing: then they
    may be all that is left. One that is still to be verified stays as it is, and stands for
    no other.
    """
    known = [backup for backup in backups if backup.manifest.is_verified]
    backups = [backup for backup in backups if not backup.manifest.is_pending]
    lasting = {backup.name for backup in known[-ALWAYS_KEPT:]}
    most = max((backup.manifest.records for backup in known), default=0)
    held = ""
    if not records or records * 2 < most:
        held = (
            f"The workspace has {records:,} records and a backup {most:,}:"
            " no backup was dropped."
        )
    last_of_day = {_day_of(backup): backup.name for backup in known if _is_of_import(backup)}
    drop: list[Backup] = []
    for backup in backups:
        is_old = backup.manifest.made_at < now - settings.keep_days * DAY_US
        day = _day_of(backup)
        is_passed = (
            _is_of_import(backup) and day < _day(now) and last_of_day.get(day) != backup.name
        )
        if not held and (is_old or is_passed) and backup.name not in lasting:
            drop.append(backup)
    old = now - settings.compress_after_days * DAY_US
    compress = [
        backup
        for backup in backups
        if backup.manifest.made_at < old and not backup.is_packed and backup not in drop
    ]
    return Rotation(drop=tuple(drop), compress=tuple(compress), held=held)


def kept_until(backup: Backup, settings: BackupSettings) -> int:
    """Return when a backup may go by its age, in microseconds; the latest stay longer."""
    return backup.manifest.made_at + settings.keep_days * DAY_US


def _is_of_import(backup: Backup) -> bool:
    return backup.manifest.kind is BackupKind.IMPORT


def _day_of(backup: Backup) -> date:
    return _day(backup.manifest.made_at)


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment // MICROSECONDS, UTC).date()
