"""The command that writes what a person chose in the wizard."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from db.query import QUERIES, Query
from db.query_text import read_query, write_query
from desktop_app.export_order import ExportOrder, query_and_pks

_MEMORY: Final = "memory:"
MOST_IDS: Final = 1_000
"""So many records a shell surely takes by their ids in one line."""


def why_unsayable(order: ExportOrder, uri: str) -> str:
    """Return in words why no command writes the same, or nothing if one does."""
    query, pks = query_and_pks(order.scope.choice)
    if uri.startswith(_MEMORY):
        return "A workspace that is in no file is out of reach for a command."
    if pks is not None and len(pks) > MOST_IDS:
        return (
            f"More than {MOST_IDS:,} rows chosen by hand cannot be said in one command; all"
            " that a list shows can."
        )
    if query is not None and not _is_sayable(query):
        return "What this list shows cannot be said in one command."
    return ""


def command_for(order: ExportOrder, uri: str, ids: Sequence[str] = ()) -> str:
    """Return the line for a shell, of an order that can be said in one.

    `ids` are those of the records where they were chosen by hand.
    """
    query, pks = query_and_pks(order.scope.choice)
    options = order.options
    words = ["sheaf", "--storage", uri, "export"]
    if query is not None or pks is not None:
        words += ["--kind", order.scope.kind.plural.replace(" ", "-")]
    if query is not None:
        words.append(f"--query={write_query(query)}")
    words += [f"--id={id_}" for id_ in ids]
    if options.related:
        words.append("--related")
    words += ["--format", order.format_name]
    words.append("--redact" if options.redact else "--no-redact")
    words.append("--overwrite")
    words += [f"--keep={digest}" for digest in sorted(options.keep)]
    if not options.manifest:
        words.append("--no-manifest")
    if options.csv.formulas:
        words.append("--csv-formulas=keep")
    return shlex.join([*words, f"--output={order.path.absolute()}"])


def _is_sayable(query: Query) -> bool:
    """Whether the command reads the text of a query as that query; it has an order anyway."""
    read = read_query(write_query(query), QUERIES[query.kind]())
    return replace(read, sort=query.sort, descending=query.descending) == query
