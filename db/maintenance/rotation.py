"""Which backups are compressed and which go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from db.maintenance.manifest import Backup, BackupKind, BackupSettings
from db.times import DAY_US

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
    no other; one that is damaged is not compressed.
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
    drop: list[Backup] = []
    for backup in backups:
        has_passed = kept_until(backup, settings, known) < now
        if not held and has_passed and backup.name not in lasting:
            drop.append(backup)
    old = now - settings.compress_after_days * DAY_US
    compress = [
        backup
        for backup in backups
        if backup.manifest.made_at < old
        and backup.manifest.is_verified
        and not backup.is_packed
        and backup not in drop
    ]
    return Rotation(drop=tuple(drop), compress=tuple(compress), held=held)


def kept_until(backup: Backup, settings: BackupSettings, backups: Sequence[Backup]) -> int:
    """Return when one of some backups may go, in microseconds; the latest stay longer."""
    aged = backup.manifest.made_at + settings.keep_days * DAY_US
    if backup.manifest.is_pending or not _is_of_import(backup):
        return aged
    known = [each for each in backups if each.manifest.is_verified and _is_of_import(each)]
    last_of_days = {_day_of(each): each.name for each in known}
    is_last = last_of_days.get(_day_of(backup)) == backup.name
    return aged if is_last else min(aged, (_day_of(backup) + 1) * DAY_US)


def _is_of_import(backup: Backup) -> bool:
    return backup.manifest.kind is BackupKind.IMPORT


def _day_of(backup: Backup) -> int:
    return backup.manifest.made_at // DAY_US
