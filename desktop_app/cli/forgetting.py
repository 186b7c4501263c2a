"""`sheaf forget`, `vacuum` and `storage`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import structs, to_builtins

from db.errors import UnwritableFileError
from db.job_run import JobRun, recorded
from db.jobs import JobOrder, OwnKind
from db.maintenance.certificate import as_text, document
from db.maintenance.forgetting import (
    Forgetting,
    Survey,
    Wish,
    wanted_batch,
    wanted_records,
)
from db.maintenance.storage_map import StorageMap, storage_map
from db.maintenance.vacuuming import Every, Gain, compact, gain, keep_schedule, schedule
from db.ports import CopyProgress, Storage
from db.private_files import private_opener
from db.records import Kind
from db.times import to_iso
from db.traces import Wanted
from desktop_app.cli.answer import DONE, SET_ASIDE, STANDARD_STREAM, Answer, Paper
from desktop_app.cli.confirming import confirm
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import Column, one_line, table
from desktop_app.cli.progress import backed_up, progress_line
from desktop_app.cli.session import cancelled_by_ctrl_c, opened
from desktop_app.own_files import own_files

_REMOVE: Final = "remove"
_SHOWN: Final = 10


def forget(options: Namespace) -> Answer:
    """Remove everything about something for good, or say what there is."""
    certificate_path = _free_path(options)
    with (
        opened(options, writes=not options.dry_run) as storage,
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
    ):
        forgetting = Forgetting(storage, own_files())
        survey = forgetting.survey(_wanted(storage, options), token, show)
        told = _survey_document(survey, options)
        if options.dry_run or survey.is_empty:
            return Answer(told, _survey_text)
        if not options.yes:
            show("")
            sys.stderr.write(f"{_survey_text(told, Paper(None, colour=False))}\n")
            confirm(
                "This cannot be undone, and no backup is made before it.",
                survey.found.number,
            )
        wish = Wish(
            remove_backups=options.backups == _REMOVE, keep_shared=options.originals == "keep"
        )
        with recorded(storage.jobs, _order(OwnKind.FORGET, "Forget"), token.cancel) as run:
            certificate = forgetting.forget(survey, wish, token, show, _tell(run, show))
            run.note({"said": f"Forgot {survey.found.number:,} records"})
    made = document(certificate)
    if certificate_path is not None:
        _write(certificate_path, made)
    told = {**told, "dry_run": False, "certificate": made}
    return Answer(told, _forgotten_text, DONE if certificate.is_clean else SET_ASIDE)


def vacuum(options: Namespace) -> Answer:
    """Write the file anew without what it holds no more, or say how often to."""
    with (
        opened(options, writes=True) as storage,
        cancelled_by_ctrl_c() as token,
        progress_line(options) as show,
    ):
        if options.every is not None:
            kept = schedule(storage.settings)
            keep_schedule(storage.settings, structs.replace(kept, every=Every(options.every)))
        expected = gain(storage)
        told: dict[str, Any] = {
            "dry_run": options.dry_run,
            "every": schedule(storage.settings).every.value,
            **_gain_document(expected),
        }
        if options.dry_run or options.every is not None:
            return Answer({**told, "dry_run": True}, _vacuum_text)
        with recorded(storage.jobs, _order(OwnKind.COMPACT, "Compact"), token.cancel) as run:
            done = compact(storage, token, _tell(run, show), show)
            run.note({"said": f"Freed {_size(done.freed)}"})
    told |= {"before": done.before, "after": done.after, "freed": done.freed}
    return Answer(told, _vacuum_text)


def storage(options: Namespace) -> Answer:
    """Say what takes room in the storage."""
    with (
        opened(options) as found,
        cancelled_by_ctrl_c() as token,
    ):
        return Answer(_map_document(storage_map(found, token)), _map_text)


def _wanted(storage: Storage, options: Namespace) -> Wanted:
    if options.text is not None:
        text = options.text
        if text == STANDARD_STREAM:
            text = sys.stdin.read()
        return Wanted(text=text.strip() or " ")
    if options.batch is not None:
        return wanted_batch(storage, options.batch)
    return wanted_records(storage, options.id)


def _free_path(options: Namespace) -> Path | None:
    if options.certificate is None:
        return None
    path = Path(options.certificate).absolute()
    if path.exists():
        raise UsageError(f"{path} is there already.", advice="Name a new file.")
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", advice="Name a file in one.")
    return path


def _write(path: Path, made: dict[str, Any]) -> None:
    text = json.dumps(made, indent=2, ensure_ascii=False) if path.suffix == ".json" else None
    try:
        with open(path, "x", encoding="utf-8", opener=private_opener) as out:
            out.write(f"{text or as_text(made)}\n")
    except OSError as error:
        raise UnwritableFileError(
            f"The certificate cannot be written: {error.strerror}.",
            safe="What was to be forgotten is gone.",
            advice="`sheaf forget` of the same again writes another one.",
        ) from error


def _order(kind: OwnKind, title: str) -> JobOrder:
    return JobOrder(kind=kind, title=title, max_attempts=1)


def _tell(run: JobRun, show: Callable[[str], None]) -> Callable[[CopyProgress], None]:
    def tell(progress: CopyProgress) -> None:
        run.progress(progress, "bytes")
        show(f"Writing the file anew: {backed_up(progress)}")

    return tell


def _survey_document(survey: Survey, options: Namespace) -> dict[str, Any]:
    found = survey.found
    return {
        "dry_run": options.dry_run,
        "records": {kind.word: number for kind, number in found.records.items()},
        "found_in": {kind.word: number for kind, number in found.chosen.items()},
        "others": found.others,
        "examples": [{"kind": each.kind.word, "title": each.title} for each in found.examples],
        "file": to_builtins(survey.file),
        "originals": [to_builtins(each) for each in found.originals],
        "backups": [
            {**to_builtins(each), "made_at": to_iso(each.made_at), "holds": each.holds}
            for each in survey.backups
        ],
        "files": [to_builtins(each) for each in survey.files if each.found],
        "remove_backups": options.backups == _REMOVE,
        "certificate": None,
    }


def _survey_text(told: Mapping[str, Any], _paper: Paper) -> str:
    records, others = told["records"], told["others"]
    lines = [
        f"  {Kind.named(word).counted(number)}{_along(word, number, told)}"
        for word, number in records.items()
    ]
    lines += [f"  {number:,} {name}" for name, number in others.items()]
    lines += [_original_line(each) for each in told["originals"]]
    lines += [
        f"  backup {each['name']}: {each['trouble'] or 'holds it'}"
        for each in told["backups"]
        if each["holds"]
    ]
    lines += [f"  {one_line(each['path'])}, which stays" for each in told["files"]]
    number = told["file"]["found"]
    if not lines and not number:
        return "It stands nowhere: in no record, history, index, original or backup."
    titles = [f"    {one_line(each['title'])}" for each in told["examples"][:_SHOWN]]
    lines += ["  such as", *titles] if titles else []
    lines.append(f"It stands {number:,} times in the bytes of the file.")
    if told["dry_run"]:
        lines.append("This was a dry run: nothing was changed.")
    return "\n".join(["What there is:", *lines])


def _along(word: str, number: int, told: Mapping[str, Any]) -> str:
    along = number - told["found_in"].get(word, 0)
    return f", {along:,} of them as part of others" if along else ""


def _original_line(each: Mapping[str, Any]) -> str:
    name = one_line(each["name"]) or each["sha256"][:12]
    staying = each["staying"]
    shared = f"; {staying:,} records that stay came from it" if staying else ""
    return f"  kept original {name}{shared}"


def _forgotten_text(told: Mapping[str, Any], _paper: Paper) -> str:
    return as_text(told["certificate"])


def _gain_document(expected: Gain) -> dict[str, Any]:
    return {**structs.asdict(expected), "has_room": expected.has_room}


def _vacuum_text(told: Mapping[str, Any], _paper: Paper) -> str:
    frees, needs, has = told["frees"], told["needs"], told["has"]
    if "freed" in told:
        return (
            f"Compacted: {_size(told['before'])} became {_size(told['after'])},"
            f" {_size(told['freed'])} freed."
        )
    room = "there is room" if told["has_room"] else "there is no room"
    return (
        f"Compacting frees about {_size(frees)} of {_size(told['size'])} and needs"
        f" {_size(needs)} for a while; {_size(has)} are free: {room}.\n"
        f"By itself: {told['every']}, when more than a fifth is free. Nothing was done now."
    )


def _map_document(found: StorageMap) -> dict[str, Any]:
    sizes = found.sizes
    return {
        "total": found.total,
        "file": {"size": sizes.total, "free": sizes.free, "log": sizes.log},
        "parts": [
            {
                "name": part.name,
                "kind": None if part.kind is None else part.kind.word,
                "size": part.size,
                "data": part.data,
                "indexes": part.indexes,
                "search": part.search,
            }
            for part in sizes.parts
        ],
        "batches": [to_builtins(each) for each in sizes.batches],
        "originals": to_builtins(found.originals),
        "backups": to_builtins(found.backups),
        "compacting": _gain_document(found.gain),
    }


_PART_COLUMNS: Final = (
    Column("WHAT"),
    Column("SIZE", right=True),
    Column("RECORDS", right=True),
    Column("INDEXES", right=True),
    Column("SEARCH", right=True),
)
_BATCH_COLUMNS: Final = (
    Column("BATCH"),
    Column("TEXTS", right=True),
    Column("RECORDS", right=True),
)


def _map_text(told: Mapping[str, Any], paper: Paper) -> str:
    file = told["file"]
    parts = [
        (part["name"], *(_size(part[name]) for name in ("size", "data", "indexes", "search")))
        for part in told["parts"]
    ]
    parts += [
        (name, _size(size), "", "", "")
        for name, size in (
            ("Free pages", file["free"]),
            ("Log", file["log"]),
            (f"Kept originals ({told['originals']['number']:,})", told["originals"]["size"]),
            (f"Backups ({told['backups']['number']:,})", told["backups"]["size"]),
        )
    ]
    batches = [
        (one_line(each["title"]) if each["pk"] is not None else "(in no batch)",
         _size(each["size"]), f"{each['records']:,}")
        for each in told["batches"]
    ]  # fmt: skip
    gained = told["compacting"]
    room = "ok" if gained["has_room"] else "there is no room"
    last = (
        f"In all {_size(told['total'])}. `sheaf vacuum` frees about {_size(gained['frees'])},"
        f" needs {_size(gained['needs'])} free: {room}."
    )
    shown = (table(_PART_COLUMNS, parts, paper), table(_BATCH_COLUMNS, batches, paper), last)
    return "\n\n".join(shown)


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"
