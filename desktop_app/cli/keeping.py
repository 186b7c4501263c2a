"""`sheaf migrate` and `check`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any, Final

from msgspec import to_builtins

from desktop_app.cli.answer import DONE, SET_ASIDE, Answer, Paper
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import one_line, paint
from desktop_app.cli.session import cancelled_by_ctrl_c, opened

_GREEN: Final = "32"
_RED: Final = "31"


def migrate(options: Namespace) -> Answer:
    """Bring the tables to a version, or say what that would take."""
    with opened(options) as storage:
        # Opening brought them to the newest version already, with a copy kept of the file.
        newest = storage.info().schema_version
        target = newest if options.to is None else options.to
        if not options.dry_run:
            steps = storage.migrate(target)
        elif target <= newest:
            steps = [f"down from {version}" for version in range(newest, target, -1)]
        else:
            raise UsageError(f"There is no version {target}; they go from 0 to {newest}.")
    document = {"dry_run": options.dry_run, "from": newest, "to": target, "steps": steps}
    return Answer(document, _migrate_text)


def check(options: Namespace) -> Answer:
    """Check the storage and everything derived in it."""
    with opened(options) as storage, cancelled_by_ctrl_c() as token:
        findings = storage.check(token)
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
    return "\n".join((f"{done}:", *(f"  {one_line(step)}" for step in document["steps"])))


def _check_text(document: Mapping[str, Any], paper: Paper) -> str:
    lines = []
    for finding in document["findings"]:
        sign = paint("ok ", _GREEN, paper) if finding["ok"] else paint("BAD", _RED, paper)
        rows = f": {finding['rows']:,} rows" if finding["rows"] and not finding["ok"] else ""
        lines.append(f"{sign}  {one_line(finding['title'])}{rows}")
        lines += [f"       {one_line(example)}" for example in finding["examples"]]
    lines.append(
        "All is well." if document["ok"] else "Something is wrong; nothing was changed."
    )
    return "\n".join(lines)
