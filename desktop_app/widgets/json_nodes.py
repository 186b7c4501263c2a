"""A JSON text as nodes that come into being when they are looked at."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Final, TypeAlias

CHUNK: Final = 100
"""How many children a node has at most; longer lists are folded into ranges."""
_SHOWN_CHARS: Final = 300
_EXACT_DIGITS: Final = 15


class Number(str):
    """A number as it is written: 0.1000 stays 0.1000."""

    __slots__ = ()


class Members(list[tuple[str, "JsonValue"]]):
    """The members of an object that has a name twice, in the order of the text."""

    __slots__ = ()


JsonObject: TypeAlias = "dict[str, JsonValue] | Members"
JsonValue: TypeAlias = "str | int | bool | Number | JsonObject | list[JsonValue] | None"


class JsonNode:
    """One value, or a range of the children of a long one.

    `name` is its key, its place in a list, or the range. Children are made when first
    asked for, and never more than `CHUNK` at a time.
    """

    __slots__ = ("_children", "_start", "_stop", "name", "parent", "row", "value")

    def __init__(
        self,
        name: str,
        value: JsonValue,
        parent: JsonNode | None = None,
        row: int = 0,
        span: tuple[int, int] | None = None,
    ) -> None:
        self.name = name
        self.value = value
        self.parent = parent
        self.row = row
        size = len(value) if isinstance(value, list | dict) else 0
        self._start, self._stop = span or (0, size)
        self._children: list[JsonNode] | None = None

    @property
    def is_range(self) -> bool:
        """Whether it stands for a part of its parent's children."""
        return self.parent is not None and self.value is self.parent.value

    @property
    def has_children(self) -> bool:
        """Whether there is anything to unfold."""
        return self._stop > self._start

    @property
    def children(self) -> list[JsonNode]:
        """The nodes one level below."""
        if self._children is None:
            self._children = self._unfold()
        return self._children

    @property
    def built(self) -> int:
        """How many nodes there are from this one down so far."""
        return 1 + sum(child.built for child in self._children or ())

    @property
    def pointer(self) -> str:
        """The JSON pointer to it; for a range, to what it is a part of."""
        tokens: list[str] = []
        node: JsonNode | None = self
        while node is not None and node.parent is not None:
            if not node.is_range:
                tokens.append(node.name.replace("~", "~0").replace("/", "~1"))
            node = node.parent
        return "".join(f"/{token}" for token in reversed(tokens))

    @property
    def shown(self) -> str:
        """The value on one line: short ones whole, of long ones the beginning."""
        value = self.value
        if self.is_range:
            return ""
        if isinstance(value, dict | Members):
            return f"{{{len(value):,}}}"
        if isinstance(value, list):
            return f"[{len(value):,}]"
        if isinstance(value, str) and not isinstance(value, Number):
            return _shown_text(value)
        return to_json(value)

    def _unfold(self) -> list[JsonNode]:
        size = self._stop - self._start
        if size > CHUNK:
            return self._ranges(size)
        value = self.value
        assert isinstance(value, list | dict)
        if isinstance(value, dict | Members):
            named = list(islice(members(value), self._start, self._stop))
        else:
            part = value[self._start : self._stop]
            named = [(str(place), child) for place, child in enumerate(part, self._start)]
        return [JsonNode(name, child, self, row) for row, (name, child) in enumerate(named)]

    def _ranges(self, size: int) -> list[JsonNode]:
        step = CHUNK
        while step * CHUNK < size:
            step *= CHUNK
        spans = [
            (start, min(start + step, self._stop))
            for start in range(self._start, self._stop, step)
        ]
        return [
            JsonNode(f"{start:,} … {stop - 1:,}", self.value, self, row, (start, stop))
            for row, (start, stop) in enumerate(spans)
        ]


def parse_json_nodes(text: str) -> JsonNode:
    """Return the root of a JSON text. Takes its time: call it on a worker thread.

    What is not JSON, or too deep to be taken apart, becomes one node with the text.
    """
    try:
        value = json.loads(
            text, parse_float=Number, parse_int=_integer, object_pairs_hook=_object
        )
    except (ValueError, RecursionError):
        value = text
    return JsonNode("", value)


def to_json(value: JsonValue) -> str:
    """Return a value as JSON text, numbers as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict | Members):
        pairs = (
            f"{json.dumps(key, ensure_ascii=False)}: {to_json(v)}" for key, v in members(value)
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def members(value: JsonObject) -> Iterable[tuple[str, JsonValue]]:
    """Return the members of an object in the order of the text."""
    return value.items() if isinstance(value, dict) else value


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    """Keep an object as a dictionary, which the garbage collector mostly need not look into.

    Half a million tuples would hold up the window each time it looks through them.
    """
    found = dict(pairs)
    return found if len(found) == len(pairs) else Members(pairs)


def _integer(digits: str) -> int | Number:
    return int(digits) if len(digits) <= _EXACT_DIGITS and digits != "-0" else Number(digits)


def _shown_text(text: str) -> str:
    if len(text) <= _SHOWN_CHARS:
        return json.dumps(text, ensure_ascii=False)
    begin = json.dumps(text[:_SHOWN_CHARS], ensure_ascii=False)[:-1]
    return f"{begin}… ({len(text):,} characters)"
