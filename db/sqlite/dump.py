"""Every row of every table, as the Sheaf dump writes and reads it.

Rows refer to each other by id, not by pk, so a dump can be added to a file that already
has records. What unfinished operations hold is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from db.records import Kind, OperationState
from db.sqlite.connection import Session
from db.sqlite.counts import COUNT_COLUMNS
from db.sqlite.curtain import hidden
from db.sqlite.tables import LAYOUTS, UPLOADS, Layout

COUNTED: Final = {Kind.BATCH: COUNT_COLUMNS, Kind.CONVERSATION: ("messages", "errors")}
"""The columns that say what else is stored: dumped to be compared, counted anew on reading."""

_FINISHED: Final = f"IN ({OperationState.DONE.value}, {OperationState.UNDONE.value})"
_RECORD_ID: Final = "coalesce(CASE e.kind {} END, e.after ->> '$.id')".format(
    " ".join(
        f"WHEN {kind.value} THEN (SELECT id FROM {layout.table} WHERE pk = e.record_pk)"
        for kind, layout in LAYOUTS.items()
    )
)


class _Dumped(Struct, frozen=True):
    """How a table is dumped: what each column is read from, where, and the rows' key."""

    columns: dict[str, str]
    source: str
    key: str

    @property
    def select(self) -> str:
        """The statement that gives each row as its key and a JSON object."""
        members = ", ".join(f"'{name}', {value}" for name, value in self.columns.items())
        return f"SELECT {self.key}, json_object({members}) FROM {self.source}"


def _of(table: str, columns: Sequence[str]) -> dict[str, str]:
    """Return columns that are dumped under their own names, of a table by its alias."""
    return {name: f"{table}.{name}" for name in columns}


def _record(layout: Layout) -> _Dumped:
    """Return how records of a kind are dumped: what they refer to and list by id or name."""
    body = "t" if layout.body_table == layout.table else "d"
    columns, joins = {}, ""
    for name in (*layout.columns, "version", *COUNTED.get(layout.kind, ())):
        columns[name] = f"t.{name}"
    for name in layout.body_columns:
        columns[name] = f"d.{name}"
    if body == "d":
        joins += f" LEFT JOIN {layout.body_table} d ON d.pk = t.pk"
    tables = {name: LAYOUTS[kind].table for name, kind in layout.references.items()}
    for name, table in {**tables, "upload_pk": "upload"}.items():
        joins += f" LEFT JOIN {table} r_{name} ON r_{name}.pk = {columns.pop(name)}"
        columns[name.removesuffix("_pk")] = f"r_{name}.id"
    for name, field in layout.lists.items():
        if not field.is_links:
            value, table = ("name", "tag")
            if field.target is not None:
                value, table = ("id", LAYOUTS[field.target].table)
            columns[name] = (
                f"json((SELECT json_group_array(v.{value} ORDER BY v.{value})"
                f" FROM {field.table} l JOIN {table} v ON v.pk = l.{field.value}"
                f" WHERE l.{field.owner} = t.pk))"
            )
    return _Dumped(columns, f"{layout.table} t{joins}", "t.pk")


_DUMPED: Final = {
    "upload": _Dumped(
        _of("f", "id sha256 name path format origin size created_at".split()),
        "upload f",
        "f.pk",
    ),
    **{layout.table: _record(layout) for layout in LAYOUTS.values()},
    "task_link": _Dumped(
        {"from": "a.id", "to": "b.id", "kind": "l.kind"},
        "task_link l JOIN task a ON a.pk = l.from_pk JOIN task b ON b.pk = l.to_pk",
        "l.from_pk",
    ),
    "operation": _Dumped(
        _of(
            "o",
            "id verb title actor state undoable started_at finished_at undone_at"
            " report".split(),
        ),
        f"operation o WHERE o.state {_FINISHED}",
        "o.pk",
    ),
    "audit_entry": _Dumped(
        {
            "operation": "o.id",
            "kind": "e.kind",
            "record": _RECORD_ID,
            **_of("e", ("action", "before", "after")),
        },
        f"audit_entry e JOIN operation o ON o.pk = e.operation_pk WHERE o.state {_FINISHED}",
        "e.pk",
    ),
    "tombstone": _Dumped(
        {
            **_of("t", ("kind", "record_id")),
            "operation": "o.id",
            **_of("t", ("deleted_at", "reason")),
        },
        "tombstone t LEFT JOIN operation o ON o.pk = t.operation_pk",
        "t.pk",
    ),
    "saved_view": _Dumped(
        _of("v", "id name kind query layout is_default created_at updated_at".split()),
        "saved_view v",
        "v.pk",
    ),
    "setting": _Dumped(_of("s", ("key", "value")), "setting s", "s.key"),
    "set_aside": _Dumped(
        {
            **_of(
                "s",
                "id file line char_column pointer reason text byte_offset byte_length"
                " dropped_at".split(),
            ),
            "operation": "o.id",
            "upload": "u.id",
            "taken_in": "t.id",
        },
        "set_aside s JOIN upload u ON u.pk = s.upload_pk"
        " LEFT JOIN operation t ON t.pk = s.taken_in_pk JOIN operation o"
        f" ON o.pk = s.operation_pk AND o.state {_FINISHED}",
        "s.pk",
    ),
}
_KIND_OF: Final = {
    "upload": UPLOADS,
    "task_link": Kind.TASK.value,
    **{layout.table: kind.value for kind, layout in LAYOUTS.items()},
}


_LISTED: Final = {
    name
    for layout in LAYOUTS.values()
    for name, field in layout.lists.items()
    if field.target is not None
}
_REFERENCE: Final = re.compile("|".join(("_pk", *(f'"{name}' for name in sorted(_LISTED)))))
"""Stands in a JSON text of fields that refer to other records."""


def rows(session: Session, table: str, pks: Sequence[int] | None = None) -> Iterator[str]:
    """Return rows of a table as JSON objects: all in the order of their pks, or those given."""
    behind = hidden(session, _KIND_OF.get(table, -1))
    dumped = _DUMPED[table]
    if pks is None:
        found = session.execute(f"{dumped.select} ORDER BY {dumped.key}")
    else:
        found = session.execute(
            f"{dumped.select} JOIN json_each(?) j ON j.value = {dumped.key} ORDER BY j.key",
            (json.dumps(list(pks)),),
        )
    shown = (text for key, text in found if key not in behind)
    if table == "audit_entry":
        return (_entry_by_ids(session, text) for text in shown)
    return shown


def _entry_by_ids(session: Session, text: str) -> str:
    if _REFERENCE.search(text) is None:
        return text
    entry = json.loads(text)
    layout = LAYOUTS[Kind(entry["kind"])]
    for side in ("before", "after"):
        entry[side] = translate(
            layout, entry[side], lambda table, pk: _id_of(session, table, pk)
        )
    return json.dumps(entry, ensure_ascii=False)


def translate(
    layout: Layout, text: str | None, lookup: Callable[[str, Any], Any]
) -> str | None:
    """Return one side of an audit entry with each reference replaced by what `lookup` gives.

    `lookup` is called with a table and a pk or id.
    """
    if text is None or _REFERENCE.search(text) is None:
        return text
    fields = json.loads(text)
    tables = {name: LAYOUTS[kind].table for name, kind in layout.references.items()}
    for name, table in {**tables, "upload_pk": "upload"}.items():
        if fields.get(name) is not None:
            fields[name] = lookup(table, fields[name])
    for name, field in layout.lists.items():
        if field.target is None or name not in fields:
            continue
        table = LAYOUTS[field.target].table
        if field.is_links:
            # The last of each link is its kind; what is before it are tasks.
            fields[name] = [
                [*(lookup(table, end) for end in link[:-1]), link[-1]] for link in fields[name]
            ]
        else:
            fields[name] = [lookup(table, each) for each in fields[name]]
    return json.dumps(fields, ensure_ascii=False)


def _id_of(session: Session, table: str, pk: int) -> str | None:
    found = session.value(f"SELECT id FROM {table} WHERE pk = ?", (pk,))
    return None if found is None else str(found)
