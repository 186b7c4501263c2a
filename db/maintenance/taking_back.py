"""Single records out of a backup, taken in as an import that can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from db.cancel import CancelToken
from db.errors import RecordNotFoundError
from db.exchange.choices import ImportChoices
from db.exchange.exporting import ExportOptions, export
from db.exchange.importing import stage_import
from db.incoming import Conflicts
from db.maintenance.backups import Backups
from db.maintenance.manifest import Backup
from db.ports import Storage
from db.records import Kind, Outcome

_DUMP: Final = "sheaf-jsonl"
_CHOICES: Final = ImportChoices(format_name=_DUMP, conflicts=Conflicts.PAST)


def take_back(
    storage: Storage,
    backup: Backup,
    kind: Kind,
    ids: Sequence[str],
    token: CancelToken | None = None,
) -> Outcome:
    """Make records of a kind what they are in a backup: one operation.

    A batch brings its tasks, a conversation its messages; what belongs to a record that is
    not here any more comes with it. Records are named as `Storage.resolve` takes it.

    Raises:
        RecordNotFoundError: the backup has no such record of that kind.
        StorageDamagedError: the backup is damaged; nothing was changed.
        WorkCancelledError: `token` was cancelled; nothing was changed.
    """
    token = token or CancelToken()
    with (
        TemporaryDirectory(prefix="sheaf-") as folder,
        Backups(storage).opened(backup, token) as past,
    ):
        dump = Path(folder, f"{backup.name}.sheaf.jsonl")
        export(
            past,
            _DUMP,
            dump,
            pks=_named(past, backup, kind, ids),
            kind=kind,
            options=ExportOptions(manifest=False),
            token=token,
        )
        staging = stage_import(storage, [dump], _CHOICES, token=token)
    try:
        token.check()
        return staging.commit()
    except BaseException:
        staging.discard()
        raise


def _named(past: Storage, backup: Backup, kind: Kind, ids: Sequence[str]) -> list[int]:
    found: list[int] = []
    for id_ in ids:
        meant, pk = past.resolve(id_)
        if meant is not kind:
            raise RecordNotFoundError(
                f"In the backup {backup.name}, {id_} is a {meant.word}, not a {kind.word}."
            )
        found.append(pk)
    return found
