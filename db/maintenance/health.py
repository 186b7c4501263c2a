"""The health of a storage: what is wrong, mending it, and what a person knows and lets be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from db.cancel import CancelToken
from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind
from db.ports import Finding, Gravity, Storage
from db.records import OperationRecord
from db.times import DAY_US, now_us

BACKUP_DAYS: Final = 7
IGNORED_KEY: Final = "health.ignored"
_MOST_ROUNDS: Final = 4


def check(storage: Storage, token: CancelToken | None = None) -> tuple[Finding, ...]:
    """Check everything; what a person chose to ignore is marked so."""
    return marked(storage, (*storage.check(token), *_backup_age(storage)))


def quick_check(storage: Storage, token: CancelToken | None = None) -> tuple[Finding, ...]:
    """Check the structure of the file, and what else takes no more than seconds."""
    return marked(
        storage,
        (storage.quick_check(token), *storage.cheap_checks(token), *_backup_age(storage)),
    )


def _backup_age(storage: Storage) -> Iterator[Finding]:
    """Yield whether what was done more than some days ago is in a backup."""
    if storage.backups_folder() is None:
        return
    backups = Backups(storage)
    sound = [each.manifest.made_at for each in backups.all() if each.manifest.is_verified]
    done = [each.started_at for each in storage.history.operations()]
    oldest = max(sound) if sound else min(done, default=now_us())
    days = (now_us() - oldest) // DAY_US
    is_late = days >= BACKUP_DAYS and backups.is_needed(BackupKind.MANUAL)
    yield Finding(
        check="backup",
        title="What was done lately is in no backup"
        if is_late
        else "What was done is in a backup",
        ok=not is_late,
        rows=int(is_late),
        examples=(f"the last is {days:,} days old" if sound else "there is none",) * is_late,
        why="If the disk fails, all of it since then is lost. Make a backup.",
        gravity=Gravity.WARNING,
    )


def mend(
    storage: Storage, findings: Iterable[Finding], token: CancelToken | None = None
) -> tuple[OperationRecord, ...]:
    """Mend what was found and can be mended; return the operations that changed records.

    What only shows once something else is mended is mended too. Each can be undone by
    itself. Between one and the next, `token` may stop it.

    Raises:
        WorkCancelledError: `token` was cancelled; what was mended stays so.
    """
    done: list[OperationRecord] = []
    wrong = _mendable(findings)
    for _ in range(_MOST_ROUNDS):
        if not wrong:
            break
        for finding in wrong:
            if token is not None:
                token.check()
            outcome = storage.mend(finding.check)
            if outcome.operation is not None:
                done.append(outcome.operation)
        wrong = _mendable(check(storage, token))
    return tuple(done)


def _mendable(findings: Iterable[Finding]) -> Sequence[Finding]:
    return [finding for finding in findings if finding.is_told and finding.is_mendable]


def ignore(storage: Storage, name: str, until: int | None) -> None:
    """Tell nobody what the check of a name finds until a moment, in microseconds; None: do."""
    ignored = _ignored(storage)
    ignored.pop(name, None)
    if until is not None:
        ignored[name] = until
    storage.settings.put(IGNORED_KEY, ignored)


def _ignored(storage: Storage) -> dict[str, int]:
    """Return until when what is ignored, leaving out what is over."""
    kept = storage.settings.get(IGNORED_KEY)
    now = now_us()
    return {
        name: until
        for name, until in (kept.items() if isinstance(kept, dict) else ())
        if isinstance(until, int) and until > now
    }


def marked(storage: Storage, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with what a person ignores marked so, and nothing else."""
    ignored = _ignored(storage)
    return tuple(
        replace(finding, ignored_until=None if finding.ok else ignored.get(finding.check))
        for finding in findings
    )
