"""`sheaf backup`, `backups`, and `restore` of a backup."""

from __future__ import annotations

import re
import shlex
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from msgspec import structs

from db.errors import (
    RecordNotFoundError,
    StorageDamagedError,
    StorageLostError,
    StorageRejectedError,
)
from db.job_run import JobRun, recorded
from db.jobs import JobOrder, OwnKind
from db.maintenance.backups import Backups, restore_over_damaged
from db.maintenance.folder import LATEST, NO_MANIFEST, BackupFolder, folder_beside, lost
from db.maintenance.manifest import (
    Backup,
    BackupKind,
    BackupSettings,
    keep_settings,
)
from db.maintenance.rotation import kept_until
from db.maintenance.taking_back import take_back
from db.ports import CopyProgress, Storage
from db.storage import is_missing, path_of
from db.times import to_iso
from desktop_app.cli import changing
from desktop_app.cli.answer import DONE, SET_ASIDE, Answer, Paper
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import one_line
from desktop_app.cli.progress import backed_up, progress_line
from desktop_app.cli.session import (
    cancelled_by_ctrl_c,
    chosen_uri,
    looked_at,
    only_read,
    opened,
    refuse_damaged,
)

_NAME: Final = re.compile(r"\d{8}T\d{0,6}\b.*")
_ENDINGS: Final = (".sheaf", ".sheaf.gz")


def restore(options: Namespace) -> Answer:
    """Bring back all of a backup, some records as they are in one, or some from the trash."""
    if options.backup is not None:
        return _restore_from(options)
    if options.over_damaged:
        return _restore_over_damaged(options)
    if _names_backup(options.ids):
        is_lost = not options.dry_run and _lost(options) is not None
        return _put_in_place(options) if is_lost else _restore_whole(options)
    if options.dry_run:
        _refuse_dry_run(options)
    return changing.restore(options)


def _refuse_dry_run(options: Namespace) -> NoReturn:
    """Say that there is no such backup, or that it goes with nothing else.

    Raises:
        BackupError: what is named is no backup, nor a record.
        UsageError: it is.
    """
    if len(options.ids) == 1:
        (word,) = options.ids
        with opened(options) as storage:
            try:
                storage.resolve(word)
            except RecordNotFoundError:
                Backups(storage).find(word)
    raise UsageError("--dry-run goes with a backup; `sheaf undo` takes back the rest.")


def _names_backup(words: Sequence[str]) -> bool:
    """Whether a command line means a backup by what it names, not records."""
    if len(words) != 1:
        return False
    (word,) = words
    is_file = word.endswith(_ENDINGS) and Path(word).is_file()
    return word == LATEST or bool(_NAME.fullmatch(word)) or is_file


def back_up(options: Namespace) -> Answer:
    """Make a backup now."""
    output = None if options.output is None else Path(options.output).absolute()
    with cancelled_by_ctrl_c() as token:
        refuse_damaged(options, token)
    with (
        opened(options) as storage,
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
        recorded(storage.jobs, _order(OwnKind.BACKUP, "Back up"), token.cancel) as run,
    ):
        made = Backups(storage).make(
            token=token, on_progress=_tell(run, show, "Backing up"), output=output
        )
        run.note({"said": f"{made.manifest.records:,} records in {made.path.name}"})
        document = _document(made, Backups(storage).settings, [made])
    return Answer(document, _made_text)


def backups(options: Namespace) -> Answer:
    """List the backups, having tested, compressed or dropped some where that was asked for."""
    refusal = _lost(options)
    if refusal is not None and not _changes(options):
        kept = BackupFolder(folder_beside(path_of(chosen_uri(options))))
        return _list_answer({"lost": refusal.what}, kept, BackupSettings())
    order = _order(OwnKind.BACKUP, "Look after the backups")
    with opened(options) as storage, cancelled_by_ctrl_c() as token:
        kept = Backups(storage)
        document: dict[str, Any] = {}
        _change_settings(storage, kept.settings, options)
        if options.drop is not None or options.prove is not None or options.rotate:
            with (
                progress_line(options) as show,
                recorded(storage.jobs, order, token.cancel) as run,
            ):
                if options.drop is not None:
                    kept.drop(kept.find(options.drop), token)
                if options.prove is not None:
                    backup = kept.find(options.prove)
                    kept.prove(backup, token, _tell(run, show, f"Testing {backup.name}"))
                if options.rotate:
                    done = kept.rotate(token, _tell(run, show, "Compressing"))
                    document["dropped"] = [each.name for each in done.drop]
                    document["compressed"] = [each.name for each in done.compress]
                    document["held"] = done.held
        return _list_answer(document, kept.folder, kept.settings)


def _lost(options: Namespace) -> StorageLostError | None:
    """Return what there is to say where the file is missing and its backups are not."""
    uri = chosen_uri(options)
    return lost(path_of(uri)) if uri.startswith("sqlite:") else None


def _changes(options: Namespace) -> bool:
    """Whether more is asked for than a list of the backups."""
    names = ("drop", "prove", *BackupSettings.__struct_fields__)
    return options.rotate or any(getattr(options, name) is not None for name in names)


def _list_answer(
    done: Mapping[str, Any], folder: BackupFolder, settings: BackupSettings
) -> Answer:
    """Return the list of the backups after what was `done` to them."""
    known = folder.all()
    items = [_document(each, settings, known) for each in reversed(known)]
    unknown = [str(path) for path in folder.without_manifest()]
    document = {
        **done,
        "folder": str(folder.path),
        "keep_days": settings.keep_days,
        "compress_after_days": settings.compress_after_days,
        "without": [kind.value for kind in settings.without],
        "items": items,
        "without_manifest": unknown,
    }
    is_sound = not (unknown or any(item["trouble"] for item in items))
    return Answer(document, _list_text, DONE if is_sound else SET_ASIDE)


def _restore_whole(options: Namespace) -> Answer:
    """Put what a backup holds in the place of everything, or say what that would change."""
    (name,) = options.ids
    with (
        opened(options, writes=not options.dry_run) as storage,
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
    ):
        kept = Backups(storage)
        backup = kept.find(name)
        changes = {
            each.kind.word: {
                "now": each.now,
                "then": each.then,
                "newer": each.newer,
                "gone": each.gone,
            }
            for each in kept.preview(backup, token)
        }
        document = {
            "dry_run": options.dry_run,
            "backup": backup.name,
            "made_at": to_iso(backup.manifest.made_at),
            "changes": changes,
            "safety": None,
        }
        if not options.dry_run:
            order = _order(OwnKind.RESTORE, f"Restore {backup.name}")
            with recorded(storage.jobs, order, token.cancel) as run:
                restored = kept.restore(backup, token, _tell(run, show, "Restoring"))
                run.note({"said": f"What was there before is in {restored.safety.name}"})
            document["safety"] = restored.safety.name
    return Answer(document, _restored_text)


def _restore_over_damaged(options: Namespace) -> Answer:
    """Put a backup in the place of a file that Sheaf cannot use any more."""
    uri = chosen_uri(options)
    if len(options.ids) != 1 or options.dry_run or not uri.startswith("sqlite:"):
        raise UsageError("--over-damaged takes one backup of a storage in a file, and no more.")
    _refuse_sound(options)
    return _put_in_place(options)


def _refuse_sound(options: Namespace) -> None:
    """Refuse to put a backup in the place of a file whose content can all be read.

    Raises:
        StorageRejectedError: it can.
        StorageUnavailableError: that cannot be told, though there is a file.
    """
    path = path_of(chosen_uri(options))
    if is_missing(path):
        return
    with cancelled_by_ctrl_c() as token, suppress(StorageDamagedError):
        damage, found = looked_at(options, token)
        if damage is not None or not all(each.ok for each in found):
            return
        with only_read(options) as storage:
            storage.contents(token, check=True)
        raise StorageRejectedError(
            f"{path} is not damaged.",
            advice=f"`sheaf restore {options.ids[0]} --storage {shlex.quote(str(path))}` puts"
            " the backup in its place, and what is there becomes a backup itself.",
        )


def _put_in_place(options: Namespace) -> Answer:
    """Make a backup the file of a storage that is damaged or missing."""
    path = path_of(chosen_uri(options))
    backup = BackupFolder(folder_beside(path)).find(options.ids[0])
    with cancelled_by_ctrl_c() as token, progress_line(options) as show:
        aside = restore_over_damaged(
            path, backup, token, lambda told: show(f"Restoring: {backed_up(told)}")
        )
    document = {"backup": backup.name, "damaged": None if aside is None else str(aside)}
    return Answer(document, _put_in_place_text)


def _put_in_place_text(document: Mapping[str, Any], _paper: Paper) -> str:
    said = f"Restored {document['backup']}."
    if document["damaged"] is None:
        return said
    return f"{said} The damaged file is now {one_line(document['damaged'])}."


def _restore_from(options: Namespace) -> Answer:
    """Make single records what they are in a backup."""
    if options.dry_run:
        raise UsageError("--dry-run goes with a whole backup; undo takes records back again.")
    with opened(options, writes=True) as storage, cancelled_by_ctrl_c() as token:
        kept = Backups(storage)
        backup = kept.find(options.backup)
        order = _order(OwnKind.IMPORT, f"Take back records from {backup.name}")
        with recorded(storage.jobs, order, token.cancel):
            with kept.opened(backup, token) as past:
                kinds = {past.resolve(id_)[0] for id_ in options.ids}
            if len(kinds) > 1:
                raise RecordNotFoundError(
                    "These are records of several kinds, and one command is one step to undo.",
                    advice="Give a command for each kind.",
                )
            outcome = take_back(storage, backup, kinds.pop(), options.ids, token)
    taken = [kind.counted(len(pks)) for kind, pks in outcome.changed.items() if pks]
    return changing.outcome_answer(
        outcome, said=f"Taken from the backup {backup.name}", what=", ".join(taken)
    )


def _order(kind: OwnKind, title: str) -> JobOrder:
    return JobOrder(kind=kind, title=title, max_attempts=1)


def _tell(
    run: JobRun, show: Callable[[str], None], what: str
) -> Callable[[CopyProgress], None]:
    def tell(progress: CopyProgress) -> None:
        run.progress(progress, "bytes")
        show(f"{what}: {backed_up(progress)}")

    return tell


def _change_settings(storage: Storage, before: BackupSettings, options: Namespace) -> None:
    chosen = {
        name: value
        for name in BackupSettings.__struct_fields__
        if (value := getattr(options, name)) is not None
    }
    if "without" in chosen:
        chosen["without"] = tuple(BackupKind(each) for each in chosen["without"] if each)
    if chosen:
        keep_settings(storage.settings, structs.replace(before, **chosen))


def _document(
    backup: Backup, settings: BackupSettings, backups: Sequence[Backup]
) -> dict[str, Any]:
    known = backup.manifest
    return {
        "name": backup.name,
        "path": str(backup.path),
        "made_at": to_iso(known.made_at),
        "kind": known.kind.value,
        "before": known.before,
        "size": backup.size,
        "records": known.records,
        "compressed": backup.is_packed,
        "missing_originals": len(known.missing),
        "verified": known.is_verified,
        "proved_at": None if known.proved_at is None else to_iso(known.proved_at),
        "trouble": known.trouble,
        "kept_until": to_iso(kept_until(backup, settings, backups)),
    }


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"


def _made_text(document: Mapping[str, Any], _paper: Paper) -> str:
    lines = [
        f"Backed up {document['records']:,} records, {_size(document['size'])}, and compared.",
        one_line(document["path"]),
    ]
    if document["missing_originals"]:
        lines.append(f"Missing already: {document['missing_originals']:,} kept originals.")
    return "\n".join(lines)


def _list_text(document: Mapping[str, Any], _paper: Paper) -> str:
    lines = [one_line(document["lost"])] if "lost" in document else []
    lines += [f"Dropped: {name}" for name in document.get("dropped", ())]
    lines += [f"Compressed: {name}" for name in document.get("compressed", ())]
    lines += [document["held"]] if document.get("held") else []
    for item in document["items"]:
        compared = "compared" if item["verified"] else "not compared yet"
        state = "tested" if item["proved_at"] else compared
        told = item["trouble"] or f"{state}, kept until {item['kept_until'][:10]}"
        what = f", before: {item['before']}" if item["before"] else ""
        lines.append(
            one_line(
                f"{item['name']}  {_size(item['size'])}  {item['records']:,} records"
                f"{what}; {told}"
            )
        )
    lines += [
        one_line(f"{Path(path).name} cannot be restored as it is: {NO_MANIFEST}")
        for path in document["without_manifest"]
    ]
    if not document["items"]:
        lines.append("There are no backups yet; `sheaf backup` makes one.")
    lines.append(f"In {one_line(document['folder'])}.")
    return "\n".join(lines)


def _restored_text(document: Mapping[str, Any], _paper: Paper) -> str:
    would = document["dry_run"]
    lines = [f"The backup {document['backup']} of {document['made_at']}:"]
    for word, change in document["changes"].items():
        if change["now"] or change["then"]:
            newer = f", {change['newer']:,} changed since" if change["newer"] else ""
            gone = f", {change['gone']:,} deleted since" if change["gone"] else ""
            now = "now" if would else "before"
            lines.append(
                f"  {word}: {change['now']:,} {now}, {change['then']:,} in the backup"
                f"{newer}{gone}"
            )
    if would:
        lines.append("This was a dry run: nothing was changed.")
    else:
        lines.append(f"Restored. `sheaf restore {document['safety']}` takes that back.")
    return "\n".join(lines)
