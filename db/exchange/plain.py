"""Records as plain JSON objects: their fields in the words that people read."""

from __future__ import annotations

from typing import Any, Final

from db.exchange.raw_object import RawObject
from db.records import Block, MessageDetail, RecordDetail
from db.times import to_iso

_INTERNAL: Final = frozenset(
    {"pk", "version", "origin", "external_id", "status_word", "size", "parts", "has_error"}
    | {"messages", "errors"}
)
_INTERNAL_ENDS: Final = ("_pk", "_title")
_TIMES: Final = ("_at", "_until")
_ONE: Final = frozenset({"batch", "task", "conversation", "parent", "superseded_by"})
_SEVERAL: Final = frozenset({"tasks", "evidence"})


def plain(detail: RecordDetail | MessageDetail) -> RawObject:
    """Return a record as an object of what it says; what it says nothing of is left out."""
    found = RawObject()
    record = detail.record
    for name in record.__struct_fields__:
        if name not in _INTERNAL and not name.endswith(_INTERNAL_ENDS):
            _set(found, name, said(name, getattr(record, name)))
    if isinstance(detail, MessageDetail):
        _set(found, "blocks", [*map(_block, detail.blocks)])
        return found
    for name, text in {"description": detail.description, **detail.texts}.items():
        _set(found, name, text)
    for name, records in detail.related.items():
        ids = [each.id for each in records]
        if name in _ONE and ids:
            found.set(name, records[0].title if name == "batch" else ids[0])
        elif name in _SEVERAL:
            _set(found, name, ids)
    return found


def said(name: str, value: Any) -> Any:
    """Return the value of a field as people read it: states as words, times as ISO 8601."""
    if isinstance(value, int) and name.endswith(_TIMES):
        return to_iso(value)
    if isinstance(value, tuple):
        return [*value]
    return getattr(value, "word", value)


def _block(block: Block) -> dict[str, Any]:
    named = {"name": block.name, "call_id": block.call_id, "is_error": block.is_error}
    return {
        "type": (block.type.name or "").lower(),
        "text": block.text,
        **{name: value for name, value in named.items() if value},
    }


def _set(found: RawObject, name: str, value: Any) -> None:
    if value not in (None, "", []):
        found.set(name, value)
