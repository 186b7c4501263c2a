"""The health of a storage: what is wrong, mending it, and what a person knows and lets be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from db.cancel import CancelToken
from db.errors import StorageDamagedError, StorageUnavailableError
from db.maintenance import lost_originals
from db.maintenance.backups import Backups
from db.maintenance.folder import NO_MANIFEST
from db.maintenance.manifest import BackupKind
from db.ports import Finding, Gravity, Lost, StepProgress, Storage, ignore_steps
from db.records import OperationRecord, Outcome
from db.times import DAY_US, MICROSECONDS, now_us

BACKUP_DAYS: Final = 7
LOST_DAYS: Final = 30
"""So long a person is told of changes that were lost."""
CHECKED_KEY: Final = "health.checked_at"
IGNORED_KEY: Final = "health.ignored"
INTEGRITY: Final = "integrity"
_MOST_ROUNDS: Final = 4
_MOST_NAMED: Final = 5


def check(
    storage: Storage,
    token: CancelToken | None = None,
    on_progress: Callable[[StepProgress], None] = ignore_steps,
) -> tuple[Finding, ...]:
    """Check everything; what a person chose to ignore is marked so."""
    token = token or CancelToken()
    inside = lost_originals.with_help(storage, storage.check(token, on_progress), token)
    found = marked(storage, (*inside, *_backups(storage), *_lost(storage)))
    with suppress(StorageUnavailableError):
        storage.settings.put(CHECKED_KEY, now_us())
    return found


def checked_at(storage: Storage) -> int | None:
    """Return when everything was checked last, in microseconds, or None."""
    kept = storage.settings.get(CHECKED_KEY)
    return kept if isinstance(kept, int) else None


def quick_check(storage: Storage, token: CancelToken | None = None) -> tuple[Finding, ...]:
    """Check the structure of the file, and what else takes no more than seconds."""
    return marked(
        storage,
        (
            storage.quick_check(token),
            *storage.cheap_checks(token),
            *_backups(storage),
            *_lost(storage),
        ),
    )


def damage(error: StorageDamagedError) -> Finding:
    """Return what is found where a file cannot even be checked."""
    return Finding(
        check=INTEGRITY,
        title="The database file is damaged",
        ok=False,
        rows=1,
        examples=(error.what,),
        why=f"{error.safe} {error.advice}",
    )


def _backups(storage: Storage) -> Iterator[Finding]:
    """Yield what there is to say about the backups of a storage in a file."""
    if storage.backups_folder() is not None:
        yield _backup_age(storage, Backups(storage))
        yield _bad_backups(Backups(storage))


def _bad_backups(backups: Backups) -> Finding:
    """Return whether each backup can be restored, as far as is known."""
    damaged = [each for each in backups.all() if each.manifest.trouble]
    bad = [f"{each.name}: {each.manifest.trouble}" for each in damaged]
    bad += [f"{path.name}: {NO_MANIFEST}" for path in backups.folder.without_manifest()]
    return Finding(
        check="backups",
        title="Backups that cannot be restored" if bad else "No backup is known to be damaged",
        ok=not bad,
        rows=len(bad),
        examples=tuple(bad[:_MOST_NAMED]),
        why="What is in no other backup could not be brought back. Make another backup, and"
        " check the disk. One without its manifest may still be whole: open a copy of it.",
        gravity=Gravity.WARNING,
    )


def _backup_age(storage: Storage, backups: Backups) -> Finding:
    """Return whether what was done more than some days ago is in a backup."""
    sound = [each.manifest.made_at for each in backups.all() if each.manifest.is_verified]
    done = [each.started_at for each in storage.history.operations()]
    oldest = max(sound) if sound else min(done, default=now_us())
    days = (now_us() - oldest) // DAY_US
    is_late = days >= BACKUP_DAYS and backups.is_needed(BackupKind.MANUAL)
    return Finding(
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


def _lost(storage: Storage) -> Iterator[Finding]:
    """Yield whether changes that were kept are there, where anybody could know of others."""
    if storage.backups_folder() is None:
        return
    lost = storage.lost
    is_told = lost is not None and now_us() - lost.noticed_at < LOST_DAYS * DAY_US
    said = _lost_words(storage, lost) if lost is not None and is_told else ()
    yield Finding(
        check="lost",
        title="Changes that were kept are missing" if said else "No change is missing",
        ok=not said,
        rows=int(bool(said)),
        examples=said,
        why="Sheaf did not come to its end, and the log beside the file, which held its latest"
        " changes, was deleted or replaced since; or an older copy took the place of the file."
        " What is in the file is whole. A backup may hold what is missing: browse it, and take"
        " back what you need.",
    )


def _lost_words(storage: Storage, lost: Lost) -> tuple[str, str]:
    """Return from when on changes are missing, and which backup may hold some of them."""
    after = f"; the last change that is there is of {_local(lost.since)}" if lost.since else ""
    made = [each.manifest.made_at for each in Backups(storage).all()]
    newest = max((moment for moment in made if moment < lost.noticed_at), default=0)
    return (
        f"what was done last is not in the file any more{after}",
        f"the newest backup from before is of {_local(newest)}, and what came after that is in"
        " none"
        if newest
        else "there is no backup from before",
    )


def _local(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment / MICROSECONDS):%Y-%m-%d %H:%M}"


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
            outcome = mend_one(storage, finding.check, token)
            if outcome.operation is not None:
                done.append(outcome.operation)
        wrong = _mendable(check(storage, token))
    return tuple(done)


def mend_one(storage: Storage, check: str, token: CancelToken | None = None) -> Outcome:
    """Mend what the check of a name finds; originals are taken from the backups."""
    if check not in lost_originals.CHECKS:
        return storage.mend(check)
    lost_originals.bring_back(storage, token or CancelToken())
    return Outcome(operation=None)


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
