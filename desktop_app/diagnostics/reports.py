"""Reports of what went wrong with the program itself. They stay on this computer."""

from __future__ import annotations

import itertools
import os
import platform
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from db.private_files import private_folder, private_opener
from desktop_app.cli.versions import tell_versions
from desktop_app.diagnostics.log import log_folder
from desktop_app.diagnostics.wordless import trace_of

KEPT: Final = 10
_HEADING: Final = (
    "Something went wrong in Sheaf. This report holds no text of records, as far as can be"
    " told, and was sent nowhere."
)


def report_of(error: BaseException) -> str:
    """Return what someone who mends the program needs to know of an error."""
    return report_text(trace_of(error))


def report_text(trace: str) -> str:
    """Return a report around where it happened, without secrets and the person's folder."""
    from db.maintenance.diagnostics import blackened  # noqa: PLC0415 - seldom needed

    facts = {**versions(), **platform_facts(), "when": datetime.now().astimezone().isoformat()}
    lines = (f"{name}: {value}" for name, value in facts.items())
    return blackened("\n".join([_HEADING, "", *lines, "", trace, ""]))


def versions() -> Mapping[str, str]:
    """Return the versions of Sheaf and of what it stands on."""
    return dict(tell_versions(Namespace()).document or {})


def platform_facts() -> Mapping[str, str]:
    """Return what the program runs on, asking no other program for it."""
    system = f"{platform.system()} {platform.release()}"
    return {"system": system, "machine": platform.machine()}


def reports_folder() -> Path:
    """Return the folder of the reports."""
    return log_folder() / "reports"


def keep_report(text: str) -> Path | None:
    """Keep a report, and the latest of the others; return its file, None if that failed."""
    folder = reports_folder()
    moment = f"{datetime.now():%Y%m%d-%H%M%S}"
    try:
        private_folder(folder)
        for number in itertools.count(1):
            path = folder / f"report-{moment}-{number}.txt"
            with suppress(FileExistsError):
                with open(path, "x", encoding="utf-8", opener=private_opener) as out:
                    out.write(text)
                break
        for former in reports()[:-KEPT]:
            former.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def reports() -> list[Path]:
    """Return the reports there are, oldest first."""
    return sorted(reports_folder().glob("report-*.txt"), key=_moment)


def _moment(path: Path) -> tuple[float, str]:
    try:
        return os.stat(path).st_mtime, path.name  # noqa: PTH116 - reads as what it is
    except OSError:
        return 0.0, path.name
