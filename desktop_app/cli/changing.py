"""`sheaf archive`, `unarchive`, `trash`, `restore`, `purge`, `undo`, `redo`, `imports`."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, Final

from db.errors import RecordNotFoundError, StorageRejectedError
from db.ids import ID_END
from db.job_run import recorded_act, recorded_turn
from db.jobs import OwnKind
from db.maintenance.backups import Backups
from db.maintenance.manifest import BackupKind
from db.ports import Storage
from db.records import Kind, OperationRecord, Outcome, Place, ignore_turn
from desktop_app.cli.answer import DONE, SET_ASIDE, Answer, Paper
from desktop_app.cli.confirming import confirm
from desktop_app.cli.documents import operation_document, report_document
from desktop_app.cli.layout import one_line
from desktop_app.cli.session import Missing, opened, tell

SHOWN_SKIPPED: Final = 20
MOST_OPERATIONS: Final = 100_000
_VERBS: Final = {
    Place.LIVE: "Put back",
    Place.ARCHIVED: "Archive",
    Place.TRASHED: "Trash",
}


def archive(options: Namespace) -> Answer:
    """Put records aside."""
    return _move(options, Place.ARCHIVED, taken_from=Place.LIVE)


def unarchive(options: Namespace) -> Answer:
    """Bring archived records back."""
    return _move(options, Place.LIVE, taken_from=Place.ARCHIVED)


def trash(options: Namespace) -> Answer:
    """Move records to the trash."""
    return _move(options, Place.TRASHED)


def restore(options: Namespace) -> Answer:
    """Bring records back from the trash."""
    return _move(options, Place.LIVE, taken_from=Place.TRASHED)


def purge(options: Namespace) -> Answer:
    """Delete records for good, once that was confirmed."""
    with opened(options, writes=True) as storage:
        kind, pks = _chosen(storage, options.ids)
        if not options.yes:
            _confirm_purge(storage, kind, pks)
        return outcome_answer(
            recorded_act(
                storage,
                f"Delete {kind.counted(len(pks))} permanently",
                kind,
                pks,
                lambda: storage.purge(kind, pks),
                OwnKind.PURGE,
            )
        )


def undo(options: Namespace) -> Answer:
    """Take back the latest operation, or the one named."""
    with opened(options, writes=True) as storage:
        if options.operation is None:
            _refuse_after_restore(storage)
            stays = _passed_over(storage)
            answer = turn_answer(storage, _undo(storage, None), "Took back")
            for title in stays:
                tell(f"Cannot be taken back, and was passed over: {one_line(title)}.")
            document = {**(answer.document or {}), "cannot_be_undone": stays}
            return answer._replace(document=document)
        operation_pk = _operation_named(storage, options.operation).pk
        for later in storage.history.since(operation_pk) if options.with_edits else ():
            _undo(storage, later.pk)
        return turn_answer(storage, _undo(storage, operation_pk), "Took back")


def _undo(storage: Storage, operation_pk: int | None) -> Outcome:
    return recorded_turn(
        storage, lambda tell: storage.history.undo(operation_pk, tell), ignore_turn
    )


def _refuse_after_restore(storage: Storage) -> None:
    """Refuse to take back what is older than a restore, which is no operation itself.

    Raises:
        StorageRejectedError: a backup was restored since anything was done or taken back.
    """
    if storage.backups_folder() is None:
        return
    for backup in Backups(storage).all()[-1:]:
        known = backup.manifest
        is_newer = storage.history.last_moment() < known.made_at
        if known.kind is BackupKind.RESTORE and is_newer and known.mark != storage.mark():
            raise StorageRejectedError(
                "A backup was restored last, and undo takes back only what was done before.",
                safe="Nothing was changed.",
                advice=f"`sheaf restore {backup.name}` takes the restore back; `sheaf undo ID`"
                " takes back one operation.",
            )


def _passed_over(storage: Storage) -> list[str]:
    """Return the deletions for good that nothing was done or taken back after."""
    latest = storage.history.operations()
    purges = [*takewhile(lambda each: each.verb == "purge", latest)]
    is_last = bool(purges) and purges[0].finished_at == storage.history.last_moment()
    return [each.title for each in purges] if is_last else []


def imports(options: Namespace) -> Answer:
    """List the imports there were, newest first, with what each did."""
    with opened(options, missing=Missing.IMAGINED) as storage:
        found = storage.history.operations("import", options.limit)
    items = [
        {
            **(operation_document(each) or {}),
            "report": report_document(json.loads(each.report or "{}")),
        }
        for each in found
    ]
    return Answer({"items": items}, _imports_text)


def _imports_text(document: Mapping[str, Any], _paper: Paper) -> str:
    if not document["items"]:
        return "Nothing was imported yet."
    lines = []
    for item in document["items"]:
        counted = [
            f"{Kind.named(word).counted(number)} {what}"
            for what in ("new", "changed")
            for word, number in item["report"].get(what, {}).items()
        ]
        if item["report"].get("set_aside"):
            counted.append(f"{item['report']['set_aside']:,} set aside")
        state = " (taken back)" if item["state"] == "undone" else ""
        told = f"{item['id']}  {item['finished_at']}  {item['title']}{state}: "
        lines.append(one_line(told + (", ".join(counted) or "nothing new")))
    return "\n".join(lines)


def _operation_named(storage: Storage, name: str) -> OperationRecord:
    """Return the operation of that id, or whose id begins or ends so.

    Raises:
        RecordNotFoundError: there is none, or more than one.
    """
    found = [
        each
        for each in storage.history.operations(limit=MOST_OPERATIONS)
        if each.id.startswith(name.lower())
        or (ID_END.fullmatch(name) and each.id.endswith(name.lower()))
    ]
    if len(found) != 1:
        raise RecordNotFoundError(
            f"{'More than one' if found else 'No'} operation has the id {name}.",
            advice="`sheaf imports` shows those of imports.",
        )
    return found[0]


def redo(options: Namespace) -> Answer:
    """Do again what was taken back last."""
    with opened(options, writes=True) as storage:
        outcome = recorded_turn(
            storage, lambda tell: storage.history.redo(None, tell), ignore_turn
        )
        return turn_answer(storage, outcome, "Did again")


def turn_answer(storage: Storage, outcome: Outcome, said: str) -> Answer:
    """Return what to say of an undo or redo, with the titles of what it had to leave."""
    return outcome_answer(outcome, said=said, left=_left(storage, outcome))


def _left(storage: Storage, outcome: Outcome) -> list[dict[str, Any]]:
    """Return the first records that an undo or redo left as they are.

    `is_home` are those that nobody changed: they stay because records in them do.
    """
    if not outcome.skipped or outcome.operation is None:
        return []
    changed = storage.history.changed_since(outcome.operation.pk)
    left: list[dict[str, Any]] = []
    for id_ in outcome.skipped[:SHOWN_SKIPPED]:
        try:
            kind, pk = storage.resolve(id_)
        except RecordNotFoundError:
            left.append({"id": id_, "kind": None, "title": None, "is_home": False})
            continue
        titles = [record.title for record in storage.fetch(kind, [pk])]
        is_home = kind is Kind.BATCH and pk not in changed.get(kind, ())
        left.append(
            {"id": id_, "kind": kind.word, "title": "".join(titles), "is_home": is_home}
        )
    return left


def _left_text(left: Mapping[str, Any]) -> str:
    why = "because it was changed or deleted since"
    if left["kind"] is None:
        return f"Left out, {why}: {left['id']}"
    if left["is_home"]:
        why = "because records in it stay"
    return f"Left out, {why}: {left['kind']} “{left['title']}” ({left['id']})"


def outcome_answer(
    outcome: Outcome,
    *,
    said: str = "Done",
    what: str = "",
    left: Sequence[Mapping[str, Any]] = (),
) -> Answer:
    """Return what to say of a write: its operation, and how many records it changed.

    `what` stands for the title of the operation in the text.
    """
    document = {
        "operation": operation_document(outcome.operation),
        "changed": {kind.word: len(pks) for kind, pks in outcome.changed.items()},
        "skipped": list(outcome.skipped),
        **({"left": [*left]} if left else {}),
    }

    def text(told: Mapping[str, Any], _paper: Paper) -> str:
        if told["operation"] is None:
            return "There was nothing to do."
        lines = [f"{said}: {one_line(what or told['operation']['title'])}."]
        skipped = told["skipped"]
        lines += [one_line(_left_text(each)) for each in told.get("left", ())]
        if len(skipped) > SHOWN_SKIPPED:
            lines.append(f"Left out as well: {len(skipped) - SHOWN_SKIPPED:,} more.")
        return "\n".join(lines)

    return Answer(document, text, SET_ASIDE if outcome.skipped else DONE)


def _move(options: Namespace, place: Place, *, taken_from: Place | None = None) -> Answer:
    with opened(options, writes=True) as storage:
        kind, pks = _chosen(storage, options.ids)
        if taken_from is not None:
            _refuse_elsewhere(storage, kind, pks, {taken_from, place})
        return outcome_answer(
            recorded_act(
                storage,
                f"{_VERBS[place]} {kind.counted(len(pks))}",
                kind,
                pks,
                lambda: storage.move(kind, pks, place),
            )
        )


def _chosen(storage: Storage, names: Sequence[str]) -> tuple[Kind, list[int]]:
    """Return the records that ids name: all of one kind, so that they are one operation."""
    found = [storage.resolve(name) for name in names]
    of_kind: dict[Kind, list[str]] = {}
    for name, (kind, _pk) in zip(names, found, strict=True):
        of_kind.setdefault(kind, []).append(name)
    if len(of_kind) > 1:
        counted = " and ".join(kind.counted(len(ids)) for kind, ids in of_kind.items())
        groups = "; ".join(
            f"{kind.counted(len(ids))}: {' '.join(ids)}" for kind, ids in of_kind.items()
        )
        raise StorageRejectedError(
            f"These are {counted}, and one command is one step to undo, of one kind.",
            advice=f"Give a command for each: {groups}.",
        )
    return found[0][0], list(dict.fromkeys(pk for _kind, pk in found))


def _refuse_elsewhere(
    storage: Storage, kind: Kind, pks: Sequence[int], places: set[Place]
) -> None:
    for record in storage.fetch(kind, pks):
        if record.place not in places:
            where, way = {
                Place.ARCHIVED: ("archived", "unarchive"),
                Place.TRASHED: ("in the trash", "restore"),
                Place.LIVE: ("neither archived nor in the trash", "list"),
            }[record.place]
            raise StorageRejectedError(
                f"{kind.word.capitalize()} {record.id} is {where}.",
                advice=f"`sheaf {way}` is for those.",
            )


def _confirm_purge(storage: Storage, kind: Kind, pks: Sequence[int]) -> None:
    """Have a person type how many records go."""
    inside = storage.with_contents(kind, pks)
    counts = {kind: len(pks), **{each: len(found) for each, found in inside.items()}}
    number = sum(counts.values())
    listed = " and ".join(each.counted(count) for each, count in counts.items() if count)
    confirm(f"This deletes {listed} for good, with their history. It cannot be undone.", number)
