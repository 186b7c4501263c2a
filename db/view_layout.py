"""What a saved view keeps of the order, columns and rows of its list, wherever it came from."""

from __future__ import annotations

from typing import Any, Final

from db.query import QUERIES
from db.records import Kind
from db.texts import storable

WIDEST_PX: Final = 10_000
"""No column is wider: windows cannot show one of any width."""


def sound_layout(layout: object, kind: Kind) -> dict[str, Any]:
    """Return the members of a layout that a list of a kind of record can make use of."""
    found = layout if isinstance(layout, dict) else {}
    sound = {
        name: found[name]
        for name in ("descending", "compact")
        if isinstance(found.get(name), bool)
    }
    sort = found.get("sort")
    if isinstance(sort, str) and sort in set(type(QUERIES[kind]().sort)):
        sound["sort"] = sort
    if isinstance(found.get("columns"), dict):
        sound["columns"] = _columns(found["columns"])
    return sound


def _columns(found: dict[str, Any]) -> dict[str, Any]:
    sound: dict[str, Any] = {
        name: [storable(key) for key in found[name] if isinstance(key, str)]
        for name in ("order", "hidden")
        if isinstance(found.get(name), list)
    }
    if isinstance(found.get("widths"), dict):
        sound["widths"] = {
            storable(key): width
            for key, width in found["widths"].items()
            if type(width) is int and 0 < width <= WIDEST_PX
        }
    return sound
