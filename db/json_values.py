"""Telling whether two JSON texts say the same, however they are laid out."""

from __future__ import annotations

import json
from typing import Any


def same_json(one: str | None, other: str | None) -> bool:
    """Whether two texts are the same, or are JSON of the same value.

    Spaces, escapes and the order of members make no difference; every digit of a number does,
    and so does how often an object names a member. Texts that are no JSON differ.
    """
    if one == other:
        return True
    if one is None or other is None:
        return False
    try:
        return bool(_value(one) == _value(other))
    except (ValueError, RecursionError):
        return False


def _value(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_members, parse_int=_number, parse_float=_number)


def _number(digits: str) -> tuple[str]:
    """Return a number as something that equals no string, array or other spelling of it."""
    return (digits,)


def _members(pairs: list[tuple[str, Any]]) -> Any:
    members = dict(pairs)
    return members if len(members) == len(pairs) else ("members", pairs)
