"""`sheaf diagnostics`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from db.cancel import CancelToken
from db.errors import SheafError
from db.maintenance.diagnostics import Part, unopened_part, write_bundle
from desktop_app.cli.answer import Answer, Paper
from desktop_app.cli.grammar import UsageError
from desktop_app.cli.layout import Column, one_line, table
from desktop_app.cli.session import cancelled_by_ctrl_c, opened, tell
from desktop_app.diagnostics.bundle import gathered

_COLUMNS: Final = (Column("FILE"), Column("BYTES", right=True), Column("WHAT IT HOLDS"))


def diagnostics(options: Namespace) -> Answer:
    """Say what a bundle for whoever mends the program holds, and write it if asked to."""
    with cancelled_by_ctrl_c() as token:
        parts = _parts(options, token)
    unknown = {*options.without} - {part.name for part in parts}
    if unknown:
        raise UsageError(
            f"There is no file {min(unknown)!r} in it.",
            advice=f"There are {', '.join(part.name for part in parts)}.",
        )
    parts = [part for part in parts if part.name not in options.without]
    output = None
    if options.output is not None:
        output = Path(options.output).absolute()
        write_bundle(output, parts, overwrite=options.overwrite)
    files = [
        {"name": part.name, "bytes": len(part.data), "holds": part.holds} for part in parts
    ]
    written = None if output is None else str(output)
    return Answer({"files": files, "output": written}, _text)


def _parts(options: Namespace, token: CancelToken) -> list[Part]:
    """Return all parts; of a storage that cannot be opened, why."""
    try:
        with opened(options, may_migrate=False) as storage:
            return gathered(storage, {}, token)
    except SheafError as error:
        tell(f"{error.what} What is told of it is that.")
        return [*gathered(None, {}, token), unopened_part(error)]


def _text(document: Mapping[str, Any], paper: Paper) -> str:
    rows = [(each["name"], f"{each['bytes']:,}", each["holds"]) for each in document["files"]]
    said = "None of it holds ids, titles or texts of records, or names of your files."
    output = document["output"]
    last = (
        "Nothing was written; `--output FILE` writes them to a ZIP archive."
        if output is None
        else f"Written to {one_line(output)}. It was sent nowhere."
    )
    return "\n".join([table(_COLUMNS, rows, paper), said, last])
