"""`sheaf migrate`, `check` and `salvage`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import structs, to_builtins

from db.cancel import CancelToken
from db.errors import SheafError, StorageDamagedError
from db.job_run import recorded
from db.jobs import JobOrder, OwnKind
from db.maintenance import health
from db.ports import Finding, Storage
from db.records import OperationRecord
from db.storage import is_hardship
from db.storage import salvage as salvage_storage
from db.times import to_iso
from desktop_app.cli.answer import DONE, SET_ASIDE, UNAVAILABLE, Answer, Paper
from desktop_app.cli.confirming import confirm
from desktop_app.cli.layout import local_minute, one_line, paint
from desktop_app.cli.session import cancelled_by_ctrl_c, looked_at, only_read, opened

_GREEN: Final = "32"
_RED: Final = "31"
_SHOWN_RANGES: Final = 5


def migrate(options: Namespace) -> Answer:
    """Bring the tables to a version, or say what that would take."""
    with opened(options, may_migrate=False) as storage:
        before = storage.info().schema_version
        steps = storage.planned_migrations(options.to)
        target = before + len(steps) if options.to is None else options.to
        if not options.dry_run:
            if target < before and not options.yes:
                confirm(
                    f"This drops what the tables have had since version {target},"
                    " from the file though not from the copy that is kept.",
                    target,
                )
            steps = storage.migrate(target)
        copies = [str(copy) for copy in storage.copies]
    document = {"dry_run": options.dry_run, "from": before, "to": target, "steps": steps}
    return Answer({**document, "copies": copies}, _migrate_text)


def check(options: Namespace) -> Answer:
    """Check the storage and everything derived in it, and mend what was found if asked to.

    A damaged file is only read, as is one that cannot be written.
    """
    with cancelled_by_ctrl_c() as token:
        try:
            damage, before = looked_at(options, token)
            if damage is not None:
                return _read_check(options, token)
            return _full_check(options, before, token)
        except StorageDamagedError as error:
            if not options.json:
                raise
            told = (health.damage(error),)
            return _check_answer(told, told, (), UNAVAILABLE)
        except SheafError as error:
            if options.fix or not is_hardship(error):
                raise
            return _read_check(options, token)


def _full_check(options: Namespace, before: Sequence[Finding], token: CancelToken) -> Answer:
    title = "Check and mend the workspace" if options.fix else "Check the workspace"
    order = JobOrder(kind=OwnKind.CHECK, title=title, max_attempts=1)
    done: tuple[OperationRecord, ...] = ()
    with (
        opened(options, writes=True, may_only_read=not options.fix) as storage,
        recorded(storage.jobs, order, token.cancel) as run,
    ):
        found = left = _found(storage, token)
        if options.fix and storage.damage is None:
            done = health.mend(storage, found, token)
            left = health.check(storage, token)
        bad = [finding.title for finding in left if finding.is_told]
        run.note({"said": "; ".join(bad) or "All checks passed"})
    # Indexes that are missing are made as soon as a file is opened to be written.
    good = {finding.check for finding in found if finding.ok}
    made = [finding for finding in before if finding.check in good]
    return _check_answer((*found, *made), left, done)


def _read_check(options: Namespace, token: CancelToken) -> Answer:
    """Check by reading alone."""
    with only_read(options) as storage:
        found = _found(storage, token)
    return _check_answer(found, found, ())


def _found(storage: Storage, token: CancelToken) -> Sequence[Finding]:
    """Check everything; of a damaged file, nothing is mended in its place."""
    found = health.check(storage, token)
    if storage.damage is None:
        return found
    return [structs.replace(finding, is_mendable=False) for finding in found]


def _check_answer(
    found: Sequence[Finding],
    left: Sequence[Finding],
    done: Sequence[OperationRecord],
    code: int = SET_ASIDE,
) -> Answer:
    """Return what was found, what of it is `left`, and what was `done` about the rest."""
    wrong = {finding.check for finding in left if finding.is_told}
    return Answer(
        {
            "ok": not wrong,
            "findings": [_finding_document(finding) for finding in left],
            "fixed": [
                _finding_document(each)
                for each in found
                if each.is_told and each.check not in wrong
            ],
            "operations": [{"id": each.id, "title": each.title} for each in done],
        },
        _check_text,
        code if any(finding.is_told for finding in found) else DONE,
    )


def salvage(options: Namespace) -> Answer:
    """Write what can be read of a damaged file into a new one."""
    with cancelled_by_ctrl_c() as token:
        saved = salvage_storage(options.file, Path(options.output).absolute(), token)
    document = {"ok": saved.is_whole, **to_builtins(saved, enc_hook=str)}
    return Answer(document, _salvage_text, DONE if saved.is_whole else SET_ASIDE)


def _salvage_text(document: Mapping[str, Any], _paper: Paper) -> str:
    rows = sum(table["rows"] for table in document["tables"])
    lines = [f"{rows:,} rows were saved to {one_line(document['output'])}:"]
    lines += (
        f"  {table['name']}: {table['rows']:,}{_loss_text(table)}"
        for table in document["tables"]
        if any(table[name] for name in ("rows", "lost", "refused"))
    )
    lines += (f"  {one_line(note)}" for note in document["notes"])
    if document["originals"]:
        lines.append(f"  {document['originals']:,} files of originals")
    lines.append(
        "Nothing is known to be lost."
        if document["ok"]
        else "Some of it is lost. The damaged file was left exactly as it is."
    )
    return "\n".join(lines)


def _loss_text(table: Mapping[str, Any]) -> str:
    said = [f"{table['refused']:,} are not what the table holds"] if table["refused"] else []
    if table["undecoded"]:
        said.append(f"{table['undecoded']:,} could not be decoded")
    ranges = [_range_text(each) for each in table["lost"]]
    if ranges:
        more = (
            f" and {len(ranges) - _SHOWN_RANGES:,} more" if len(ranges) > _SHOWN_RANGES else ""
        )
        said.append(f"not readable: {', '.join(ranges[:_SHOWN_RANGES])}{more}")
    return "".join(f"; {each}" for each in said)


def _range_text(lost: Mapping[str, Any]) -> str:
    first, last = lost["first"], lost["last"]
    if first is None:
        return "some"
    return f"{first}" if first == last else f"{first} to {last}"


def _finding_document(finding: Finding) -> dict[str, Any]:
    """Return a finding as scripts read it: without numbers that only this file knows."""
    document: dict[str, Any] = to_builtins(finding)
    del document["pks"]
    document["kind"] = None if finding.kind is None else finding.kind.word
    return document


def _migrate_text(document: Mapping[str, Any], _paper: Paper) -> str:
    if not document["steps"]:
        return f"The tables have version {document['to']}. There was nothing to do."
    done = "This would be done" if document["dry_run"] else "Done"
    steps = (f"  {one_line(step)}" for step in document["steps"])
    copies = (f"The file as it was: {one_line(copy)}" for copy in document["copies"])
    return "\n".join((f"{done}:", *steps, *copies))


def _check_text(document: Mapping[str, Any], paper: Paper) -> str:
    lines = []
    for finding in document["findings"]:
        lines += _finding_lines(finding, paper)
    lines += (f"Mended: {one_line(each['title'])}." for each in document["fixed"])
    lines += (
        f"  {one_line(each['title'])}; `sheaf undo {each['id']}` takes it back."
        for each in document["operations"]
    )
    wrong = [each for each in document["findings"] if _is_told(each)]
    if not wrong:
        lines.append("All is well.")
    elif document["fixed"]:
        lines.append("Something is still wrong.")
    else:
        lines.append("Something is wrong; nothing was changed.")
    if any(each["is_mendable"] for each in wrong):
        lines.append("`sheaf check --fix` mends what can be mended.")
    return "\n".join(lines)


def _is_told(finding: Mapping[str, Any]) -> bool:
    return not finding["ok"] and finding["ignored_until"] is None


def _finding_lines(finding: Mapping[str, Any], paper: Paper) -> list[str]:
    """Return how a finding is told: those that are wrong with why that matters."""
    sign = paint("BAD", _RED, paper) if _is_told(finding) else paint("ok ", _GREEN, paper)
    rows = ""
    if finding["rows"]:
        rows = f": {finding['rows']:,} {'of them' if finding['ok'] else 'rows'}"
    if finding["ignored_until"] is not None:
        rows += f", ignored until {local_minute(to_iso(finding['ignored_until']))}"
    lines = [f"{sign}  {one_line(finding['title'])}{rows}"]
    if _is_told(finding):
        lines += [f"       {one_line(finding['why'])}"] if finding["why"] else []
    return lines + [f"       - {one_line(example)}" for example in finding["examples"]]
