"""The members at the top of Markdown files and in small YAML files, and changing them.

What tools write there is a list of members, each a word, a text or a list of these, so no
more of YAML is read: a member inside another is the text that it is. Every value is text;
what `null` or a number means is up to who asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from msgspec import Struct

Value: TypeAlias = "str | list[str]"

_FENCE: Final = "---"
_FEWEST_LINES: Final = 3
_KEY: Final = re.compile(r"""(["']?)([A-Za-z_][\w.-]*)\1[ \t]*:(?:[ \t]+|$)""")
_ITEM: Final = re.compile(r"[ \t]*-(?:[ \t]+|$)")
_BLOCK: Final = re.compile(r"([|>])[0-9+-]{0,2}[ \t]*(?:#.*)?$")
_COMMENT: Final = re.compile(r"(?:^|[ \t])#.*$")
_QUOTED: Final = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')""", re.DOTALL)
_LISTED: Final = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,\[\]]+)""", re.DOTALL)
_JOINED: Final = re.compile(r"((?<!\\)(?:\\\\)*)\\\n[ \t]*")
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPES: Final = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029", "\n": "",
}  # fmt: skip
_LAST_SIGN: Final = 0x10FFFF
_NOTHING: Final = frozenset({"null", "~", "{}"})
_PLAIN: Final = re.compile(r"[A-Za-z/][\w/.+-]*(?: [\w/.+-]+)*")
_TAKEN_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


class Member(Struct, frozen=True):
    """A value, and the numbers of its first line and of the one behind its last, from 0."""

    value: Value
    first: int
    end: int

    @property
    def text(self) -> str:
        """The value as one text."""
        return self.value if isinstance(self.value, str) else ", ".join(self.value)

    @property
    def words(self) -> list[str]:
        """The value as a list."""
        if isinstance(self.value, str):
            return [self.value] if self.value else []
        return self.value


Members: TypeAlias = Mapping[str, Member]


def front_lines(lines: Sequence[str]) -> int:
    """Return how many lines the front matter of a text takes, with those around it."""
    if lines[0].rstrip() != _FENCE or len(lines) < _FEWEST_LINES or ":" not in lines[1]:
        return 0
    ends = (number for number, line in enumerate(lines) if number and line.rstrip() == _FENCE)
    return next(ends, -1) + 1


def front_matter(lines: Sequence[str]) -> Members:
    """Return the members at the top of a text; none if it has no front matter."""
    return read_members(lines[: max(front_lines(lines) - 1, 0)])


def text_in(members: Members, key: str) -> str:
    """Return the value of a member as text, empty if there is none."""
    found = members.get(key)
    return found.text if found else ""


def words_in(members: Members, key: str) -> list[str]:
    """Return the value of a member as a list, empty if there is none."""
    found = members.get(key)
    return found.words if found else []


def read_members(lines: Sequence[str]) -> Members:
    """Return the members that lines hold; of those with one name the last."""
    starts = [number for number, line in enumerate(lines) if _KEY.match(line)]
    found: dict[str, Member] = {}
    for start, bound in pairwise([*starts, len(lines)]):
        key = _KEY.match(lines[start])
        assert key is not None
        inside = (number for number in range(start + 1, bound) if _is_inside(lines[number]))
        end = max(inside, default=start) + 1
        rest = lines[start][key.end() :].strip()
        below = [line.rstrip() for line in lines[start + 1 : end]]
        found[key[2]] = Member(_value(rest, below), start, end)
    return found


def with_members(lines: Sequence[str], changed: Mapping[str, Value], end: int) -> list[str]:
    """Return lines in which some members have other values; new ones stand before `end`."""
    members = read_members(lines[:end])
    line_end = "\r" if lines and lines[0].endswith("\r") else ""
    result = list(lines)
    behind = Member("", end, end)
    places = {key: members.get(key, behind) for key in reversed([*changed])}
    for key, place in sorted(places.items(), key=lambda pair: -pair[1].first):
        new = (line + line_end for line in _written(key, changed[key]))
        result[place.first : place.end] = new
    return result


def _written(key: str, value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{key}: {_scalar(value)}"
    elif value:
        yield f"{key}:"
        yield from (f"  - {_scalar(each)}" for each in value)
    else:
        yield f"{key}: []"


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _TAKEN_WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _is_inside(line: str) -> bool:
    """Whether a line below a member belongs to it."""
    return bool(line.strip()) and (line[0] in " \t" or bool(_ITEM.match(line)))


def _value(rest: str, below: list[str]) -> Value:
    if rest.startswith("["):
        return _listed("\n".join([rest, *below]))
    if _COMMENT.sub("", rest):
        return _text(rest, below)
    filled = [line for line in below if line.strip() and not line.lstrip().startswith("#")]
    if filled and _ITEM.match(filled[0]):
        return [*_items(below[below.index(filled[0]) :])]
    return "\n".join(_outdented(filled))


def _text(rest: str, below: list[str]) -> str:
    if block := _BLOCK.fullmatch(rest):
        return _block(below, is_folded=block[1] == ">")
    return _one([rest, *below])


def _one(lines: list[str]) -> str:
    """Return the text that a word, or words in quotation marks, mean."""
    if lines[0][:1] in {'"', "'"} and (quoted := _QUOTED.match("\n".join(lines))):
        return _unquoted(quoted[1])
    text = _folded([_COMMENT.sub("", line).strip() for line in lines])
    return "" if text in _NOTHING else text


def _unquoted(text: str) -> str:
    inside = text[1:-1]
    if text.startswith('"'):
        inside = _JOINED.sub(r"\1", inside)
    first, *more = inside.split("\n")
    if more:
        between = [line.strip(" \t") for line in more[:-1]]
        inside = _folded([first.rstrip(" \t"), *between, more[-1].lstrip(" \t")])
    if text.startswith("'"):
        return inside.replace("''", "'")
    found = _ESCAPE.sub(_unescaped, inside)
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(found: re.Match[str]) -> str:
    sign = found[1]
    if sign[0] in "xuU" and len(sign) > 1:
        return chr(min(int(sign[1:], 16), _LAST_SIGN))
    return _ESCAPES.get(sign, sign)


def _folded(lines: list[str]) -> str:
    """Return lines as one: a break is a space, and a blank line a break."""
    text, breaks = lines[0], 0
    for line in lines[1:-1]:
        if line:
            text += ("\n" * breaks or " ") + line
        breaks = 0 if line else breaks + 1
    return text + ("\n" * breaks or " ") + lines[-1] if len(lines) > 1 else text


def _block(lines: list[str], *, is_folded: bool) -> str:
    texts = _outdented(lines)
    if not is_folded:
        return "\n".join(texts).strip("\n")
    return _folded(texts).strip("\n") if texts else ""


def _outdented(lines: list[str]) -> list[str]:
    """Return lines without the white space that all of them begin with."""
    spaces = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    return [line[min(spaces, default=0) :] for line in lines]


def _items(lines: list[str]) -> Iterator[str]:
    """Yield the items of a list, each from as many lines as it has."""
    depth = len(lines[0]) - len(lines[0].lstrip())
    begun: list[str] = []
    for line in lines:
        item = _ITEM.match(line)
        if item and len(line) - len(line.lstrip()) <= depth:
            if begun:
                yield _text(begun[0], begun[1:])
            begun = [line[item.end() :]]
        else:
            begun.append(line)
    yield _text(begun[0], begun[1:])


def _listed(text: str) -> list[str]:
    """Return the items of a list in brackets."""
    found: list[str] = []
    place = 1
    while item := _LISTED.match(text, place):
        found.append(_one([line.strip() for line in item[1].split("\n")]))
        place = item.end()
        if text[place : place + 1] == ",":
            place += 1
        else:
            break
    return found
