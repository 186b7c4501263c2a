"""What is copied from a list: its rows as text, and the command that lists the same."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from db.query_text import write_query
from desktop_app.lists.page import ListPage
from desktop_app.lists.views import HOMES
from desktop_app.workspace import Workspace

if TYPE_CHECKING:
    from db.records import AnyRecord


def as_tsv(page: ListPage, *, headers: bool) -> str:
    """Return the rows of `_table`, a line each, columns apart by tabs."""
    return "\n".join("\t".join(map(_one_line, row)) for row in _table(page, headers=headers))


def as_markdown(page: ListPage) -> str:
    """Return the rows of `_table` as a Markdown table."""
    head, *rows = _table(page, headers=True)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(_one_line(cell).replace("|", "\\|") for cell in line) + " |"
        for line in lines
    )


def command_for(page: ListPage, workspace: Workspace) -> str:
    """Return the command that lists what the page lists."""
    query = page.query
    words = ["sheaf", "list", HOMES[page.kind], "--storage", workspace.storage.uri]
    if said := write_query(query):
        words += ["--query", said]
    words += ["--sort", f"{query.sort}:{'desc' if query.descending else 'asc'}"]
    words += ["--limit", str(page.presenter.page_size)]
    if offset := page.presenter.page.number * page.presenter.page_size:
        words += ["--offset", str(offset)]
    return shlex.join(words)


def _table(page: ListPage, *, headers: bool) -> list[list[str]]:
    """Return the columns in sight of the chosen rows, or of the current one if none is."""
    header = page.table.horizontalHeader()
    sections = [
        section
        for place in range(header.count())
        if not header.isSectionHidden(section := header.logicalIndex(place))
    ]
    columns = [c for c in map(page.model.column_at, sections) if c is not None]
    chosen = page.selection.on_page or [page.selection.current]
    found = (page.presenter.page.records.get(pk) for pk in chosen if pk is not None)
    records: list[AnyRecord] = [record for record in found if record is not None]
    rows = [[column.text(record) for column in columns] for record in records]
    return [[column.title for column in columns], *rows] if headers else rows


def _one_line(words: str) -> str:
    return " ".join(words.split())
