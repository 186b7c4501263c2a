"""What takes room in a file: by kind of record and by batch."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final

from db.records import Kind, Place
from db.sqlite.connection import Session
from db.sqlite.tables import LAYOUTS, Layout
from db.sqlite.tracing import text_columns
from db.traces import BatchSize, PartSize, StorageSizes

MOST_BATCHES: Final = 20
_TITLE_SIGNS: Final = 200
_OTHERS: Final = {
    "operation": "History",
    "audit_entry": "History",
    "tombstone": "History",
    "curtain": "History",
    "job": "Jobs",
    "job_line": "Jobs",
    "upload": "Imports",
    "set_aside": "Imports",
    "tag": "Tags",
}
_REST: Final = "Settings and the rest"


def sizes(session: Session, path: Path | None) -> StorageSizes:
    """Measure everything, reading each page of the file once."""
    total, free = session.rows(
        "SELECT page_count * page_size, freelist_count * page_size"
        " FROM pragma_page_count, pragma_page_size, pragma_freelist_count"
    )[0]
    log = None if path is None else path.with_name(f"{path.name}-wal")
    return StorageSizes(
        total=total,
        free=free,
        log=log.stat().st_size if log is not None and log.exists() else 0,
        parts=_parts(session),
        batches=_batches(session),
    )


def _parts(session: Session) -> tuple[PartSize, ...]:
    """Measure the tables and indexes; a row for each page, so that it can be stopped."""
    of_table: dict[str, str] = dict(session.rows("SELECT name, tbl_name FROM sqlite_schema"))
    homes = _homes()
    found: dict[tuple[str, Kind | None], list[int]] = defaultdict(lambda: [0, 0, 0])
    for name, size in session.rows("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
        table = str(of_table.get(name, name))
        searched = next((kind for kind in Kind if table.startswith(_search(kind))), None)
        if searched is not None:
            found[LAYOUTS[searched].kind.plural.capitalize(), searched][2] += size
        else:
            kind = homes.get(table)
            called = kind.plural.capitalize() if kind else _OTHERS.get(table, _REST)
            found[called, kind][0 if name == table else 1] += size
    parts = [PartSize(name, kind, *sums) for (name, kind), sums in found.items()]
    return tuple(sorted(parts, key=lambda part: -part.size))


def _search(kind: Kind) -> str:
    return f"{LAYOUTS[kind].search_table}_"


def _homes() -> dict[str, Kind]:
    """Return of which kind of record each table is a part."""
    homes: dict[str, Kind] = {}
    for layout in LAYOUTS.values():
        homes |= dict.fromkeys((layout.table, layout.body_table), layout.kind)
        homes |= dict.fromkeys((field.table for field in layout.lists.values()), layout.kind)
    return homes


def _batches(session: Session) -> tuple[BatchSize, ...]:
    """Measure the texts in each batch, and return the largest."""
    selects = " UNION ALL ".join(_texts(session, layout) for layout in LAYOUTS.values())
    found = session.rows(
        f"SELECT home, sum(number), sum(size) AS size FROM ({selects}) GROUP BY home"
        f" ORDER BY size DESC LIMIT {MOST_BATCHES}"
    )
    return tuple(
        BatchSize(pk, title, records, size or 0, place)
        for pk, records, size in found
        for title, place in [_named(session, pk)]
    )


def _named(session: Session, pk: int | None) -> tuple[str, Place]:
    sql = f"SELECT substr(title, 1, {_TITLE_SIGNS}), place FROM batch WHERE pk = ?"
    found = None if pk is None else session.row(sql, (pk,))
    return ("", Place.LIVE) if found is None else (found[0], Place(found[1]))


def _texts(session: Session, layout: Layout) -> str:
    """Return the select of the batch, the number and the size of the records of a kind."""
    tables = dict.fromkeys((layout.table, layout.body_table))
    size = " + ".join(
        f"ifnull(octet_length({table}.{column}), 0)"
        for table in tables
        for column in text_columns(session, table)
    )
    home, join = _home(layout)
    return (
        f"SELECT {home} AS home, count(*) AS number, sum({size}) AS size FROM {layout.table}"
        f" {layout.body_join} {join} GROUP BY 1"
    )


def _home(layout: Layout) -> tuple[str, str]:
    """Return the batch that a record of a kind is in, and the join that tells it."""
    table = layout.table
    if layout.kind is Kind.BATCH:
        return "batch.pk", ""
    if layout.kind is Kind.MESSAGE:
        join = f"JOIN conversation c ON c.pk = {table}.conversation_pk"
        return (
            "coalesce(c.batch_pk, t.batch_pk)",
            f"{join} LEFT JOIN task t ON t.pk = c.task_pk",
        )
    if "task_pk" not in layout.references:
        return f"{table}.batch_pk", ""
    own = f"{table}.batch_pk, " if "batch_pk" in layout.references else ""
    join = f"LEFT JOIN task t ON t.pk = {table}.task_pk"
    return (f"coalesce({own}t.batch_pk)" if own else "t.batch_pk"), join
