"""Every row of every table, as the Sheaf dump writes and reads it.

Rows refer to each other by id, not by pk, so a dump can be added to a file that already
has records. What unfinished operations hold is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from db.records import Kind, OperationState
from db.sqlite.connection import Session
from db.sqlite.counts import COUNT_COLUMNS
from db.sqlite.curtain import hidden
from db.sqlite.tables import UPLOADS

_RECORD_ID: Final = (
    "coalesce(CASE e.kind WHEN 1 THEN (SELECT id FROM batch WHERE pk = e.record_pk)"
    " ELSE (SELECT id FROM task WHERE pk = e.record_pk) END, e.after ->> '$.id')"
)
_FINISHED: Final = f"IN ({OperationState.DONE.value}, {OperationState.UNDONE.value})"


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


def _of(table: str, columns: str) -> dict[str, str]:
    """Return columns that are dumped under their own names, of a table by its alias."""
    return {name: f"{table}.{name}" for name in columns.split()}


_MOMENTS: Final = "created_at updated_at archived_at trashed_at version origin external_id"
_BODY: Final = {
    **_of("d", "description raw"),
    "upload": "u.id",
    **_of("d", "byte_offset byte_length"),
}
_DUMPED: Final = {
    "upload": _Dumped(
        _of("f", "id sha256 name path format origin size created_at"), "upload f", "f.pk"
    ),
    "batch": _Dumped(
        {**_of("d", f"id title {_MOMENTS}"), **_BODY, **_of("d", " ".join(COUNT_COLUMNS))},
        "batch d LEFT JOIN upload u ON u.pk = d.upload_pk",
        "d.pk",
    ),
    "task": _Dumped(
        {
            "id": "t.id",
            "batch": "b.id",
            "parent": "p.id",
            **_of("t", f"title status status_word kind priority {_MOMENTS}"),
            **_BODY,
            "tags": (
                "(SELECT json_group_array(name ORDER BY name) FROM task_tag"
                " JOIN tag ON tag.pk = tag_pk WHERE task_pk = t.pk)"
            ),
        },
        "task t LEFT JOIN batch b ON b.pk = t.batch_pk LEFT JOIN task p ON p.pk = t.parent_pk"
        " LEFT JOIN task_body d ON d.pk = t.pk LEFT JOIN upload u ON u.pk = d.upload_pk",
        "t.pk",
    ),
    "task_link": _Dumped(
        {"from": "a.id", "to": "b.id", "kind": "l.kind"},
        "task_link l JOIN task a ON a.pk = l.from_pk JOIN task b ON b.pk = l.to_pk",
        "l.from_pk",
    ),
    "operation": _Dumped(
        _of("o", "id verb title actor state undoable started_at finished_at report"),
        f"operation o WHERE o.state {_FINISHED}",
        "o.pk",
    ),
    "audit_entry": _Dumped(
        {
            "operation": "o.id",
            "kind": "e.kind",
            "record": _RECORD_ID,
            **_of("e", "action before after"),
        },
        f"audit_entry e JOIN operation o ON o.pk = e.operation_pk WHERE o.state {_FINISHED}",
        "e.pk",
    ),
    "tombstone": _Dumped(
        {**_of("t", "kind record_id"), "operation": "o.id", **_of("t", "deleted_at reason")},
        "tombstone t LEFT JOIN operation o ON o.pk = t.operation_pk",
        "t.pk",
    ),
    "setting": _Dumped(_of("s", "key value"), "setting s", "s.key"),
}
_KIND_OF: Final = {
    "upload": UPLOADS,
    "batch": Kind.BATCH.value,
    "task": Kind.TASK.value,
    "task_link": Kind.TASK.value,
}

_REFERENCES: Final = {"batch_pk": "batch", "parent_pk": "task", "upload_pk": "upload"}
"""The fields in the audit log that hold pks, and the tables these are of."""


def rows(session: Session, table: str, pks: Sequence[int] | None = None) -> Iterator[str]:
    """Yield rows of a table as JSON objects: all in the order of their pks, or those given."""
    behind = hidden(session, _KIND_OF.get(table, -1))
    dumped = _DUMPED[table]
    if pks is None:
        found = session.execute(f"{dumped.select} ORDER BY {dumped.key}")
    else:
        found = session.execute(
            f"{dumped.select} JOIN json_each(?) j ON j.value = {dumped.key} ORDER BY j.key",
            (json.dumps(list(pks)),),
        )
    for key, text in found:
        if key not in behind:
            yield _entry_by_ids(session, text) if table == "audit_entry" else text


def _entry_by_ids(session: Session, text: str) -> str:
    if "_pk" not in text and "links" not in text:
        return text
    entry = json.loads(text)
    for side in ("before", "after"):
        entry[side] = translate(entry[side], lambda table, pk: _id_of(session, table, pk))
    return json.dumps(entry, ensure_ascii=False)


def translate(text: str | None, lookup: Callable[[str, Any], Any]) -> str | None:
    """Return one side of an audit entry with each reference replaced by what `lookup` gives.

    `lookup` is called with a table and a pk or id.
    """
    if text is None or not ("_pk" in text or '"links"' in text):
        return text
    fields = json.loads(text)
    for name, table in _REFERENCES.items():
        if fields.get(name) is not None:
            fields[name] = lookup(table, fields[name])
    if "links" in fields:
        # The last of each link is its kind; what is before it are tasks.
        fields["links"] = [
            [*(lookup("task", end) for end in link[:-1]), link[-1]] for link in fields["links"]
        ]
    return json.dumps(fields, ensure_ascii=False)


def _id_of(session: Session, table: str, pk: int) -> str | None:
    found = session.value(f"SELECT id FROM {table} WHERE pk = ?", (pk,))
    return None if found is None else str(found)
