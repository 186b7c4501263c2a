"""`sheaf migrate` and `check`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from msgspec import to_builtins

from db.job_run import recorded
from db.jobs import JobOrder, OwnKind
from desktop_app.cli.answer import DONE, SET_ASIDE, Answer, Paper
from desktop_app.cli.confirming import confirm
from desktop_app.cli.layout import one_line, paint
from desktop_app.cli.session import cancelled_by_ctrl_c, opened

_GREEN: Final = "32"
_RED: Final = "31"


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
    """Check the storage and everything derived in it."""
    order = JobOrder(kind=OwnKind.CHECK, title="Check the workspace", max_attempts=1)
    with (
        opened(options, writes=True) as storage,
        cancelled_by_ctrl_c() as token,
        recorded(storage.jobs, order, token.cancel) as run,
    ):
        findings = storage.check(token)
        bad = [finding.title for finding in findings if not finding.ok]
        run.note({"said": "; ".join(bad) or "All checks passed"})
    healthy = all(finding.ok for finding in findings)
    return Answer(
        {"ok": healthy, "findings": to_builtins(findings)},
        _check_text,
        DONE if healthy else SET_ASIDE,
    )


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
        sign = paint("ok ", _GREEN, paper) if finding["ok"] else paint("BAD", _RED, paper)
        rows = (
            f": {finding['rows']:,} {'of them' if finding['ok'] else 'rows'}"
            if finding["rows"]
            else ""
        )
        lines.append(f"{sign}  {one_line(finding['title'])}{rows}")
        lines += [f"       {one_line(example)}" for example in finding["examples"]]
    lines.append(
        "All is well." if document["ok"] else "Something is wrong; nothing was changed."
    )
    return "\n".join(lines)
