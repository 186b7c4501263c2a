"""Walk one JSON document of any size through a cursor, in bounded memory."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import StrEnum
from typing import BinaryIO, NoReturn, TypeAlias

from msgspec import Struct

from db.errors import MalformedFileError
from db.exchange.encoding import BLOCK_BYTES, TextSource
from db.exchange.json_text import (
    EMPTY,
    MAX_VALUE_CHARS,
    JsonText,
    printable,
    too_large,
)
from db.incoming import PROBLEM_CHARS

MAX_DEPTH = 512
LOOKED_AHEAD_CHARS = 8 << 20
"""An entry up to this size is looked at whole before it is read, to pass it over if needed."""

_SHOWN_KEY_CHARS = 60


class Value(Struct, frozen=True, gc=False):
    """One JSON value and where it stands in its file.

    `data` holds integers exactly (a `Decimal` where Python refuses to make an `int` of so many
    digits); `raw` is the text as written; `offset` and `length` count bytes of the file.
    """

    data: object
    raw: str
    offset: int
    length: int
    line: int
    pointer: str


OnFault: TypeAlias = Callable[[MalformedFileError, Value], None]
"""Told of what is no JSON; of its value only the place and the text are known."""


class Kind(StrEnum):
    """What a JSON value is, told by its first character."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"


_KINDS = {"{": Kind.OBJECT, "[": Kind.ARRAY, '"': Kind.STRING}
_KINDS |= dict.fromkeys("-0123456789", Kind.NUMBER)
_KINDS |= {"t": Kind.BOOLEAN, "f": Kind.BOOLEAN, "n": Kind.NULL}
_CONTAINERS = (Kind.OBJECT, Kind.ARRAY)


def pointer_token(key: str) -> str:
    """Return `key` as one token of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


class _Frame:
    """One open object or array."""

    __slots__ = ("closer", "index", "is_sound", "key", "seen")

    def __init__(self, closer: str) -> None:
        self.closer = closer
        self.index = -1
        self.key = ""
        self.is_sound = False
        self.seen: set[str] = set()

    def token(self) -> str:
        return str(self.index) if self.closer == "]" else pointer_token(self.key)


class JsonCursor:
    """Walks one JSON document; what the caller does not take is checked and skipped.

    Memory: the window of one block, the value being taken (at most `max_value_chars`), and
    the keys of the objects that are open, which duplicate keys are told by.
    Every method raises MalformedFileError where the document is at fault. With `on_fault`,
    `items`, `records`, `values` and `usable_value` tell it of an entry at fault and go on
    behind that, if its end can be found; so does `members` where its caller leaves a value.
    """

    def __init__(
        self,
        source: BinaryIO,
        *,
        tee: Callable[[bytes], None] | None = None,
        path: str = "",
        block_bytes: int = BLOCK_BYTES,
        max_value_chars: int = MAX_VALUE_CHARS,
        on_fault: OnFault | None = None,
    ) -> None:
        text_source = TextSource(source, tee=tee, block_bytes=block_bytes)
        self._begin(
            JsonText(text_source, self.pointer, path=path, max_value_chars=max_value_chars),
            on_fault,
        )

    def _begin(self, text: JsonText, on_fault: OnFault | None = None) -> None:
        self._text = text
        self._on_fault = on_fault
        self._ahead: tuple[Value, int] | None = None
        self._stack: list[_Frame] = []
        self._before_value = True
        self._barred_window = -1

    def pointer(self) -> str:
        """Return the pointer of the value at the cursor, or of what was just left."""
        frames = self._stack if self._before_value else self._stack[:-1]
        return "".join(["/" + frame.token() for frame in frames])

    def offset(self) -> int:
        """Return where the value at the cursor starts, or the one just left ends, in bytes."""
        if self._before_value:
            self.kind()
        self._text.locate(self._text.pos)
        return self._text.offset

    def kind(self) -> Kind:
        """Return what the value at the cursor is, without taking it."""
        if not self._before_value:
            raise RuntimeError("the value at the cursor was already taken")
        char = self._text.peek()
        if kind := _KINDS.get(char):
            return kind
        if char:
            raise self._text.unexpected("no JSON value starts like this")
        if not self._stack:
            raise self._text.error(self._text.pos, EMPTY)
        raise self._text.truncated()

    def is_container(self) -> bool:
        """Whether an object or an array begins at the cursor; anything else may."""
        return self._text.peek() in {"{", "["}

    def members(self) -> Iterator[str]:
        """Yield each key of the object at the cursor, with the cursor at its value."""
        return (frame.key for frame in self._entries(Kind.OBJECT))

    def records(self) -> Iterator[str]:
        """Yield each key of an object whose values are records, as `members` does."""
        return (frame.key for frame in self._entries(Kind.OBJECT, of_records=True))

    def items(self) -> Iterator[int]:
        """Yield each index of the array at the cursor, with the cursor at that element."""
        return (frame.index for frame in self._entries(Kind.ARRAY, of_records=True))

    def values(self) -> Iterator[Value]:
        """Yield each element of the array at the cursor whole, but for those passed over."""
        for _ in self.items():
            if value := self.usable_value():
                yield value

    def usable_value(self) -> Value | None:
        """Take the value at the cursor whole; None for one that was passed over."""
        if self._is_in_doubt():
            is_usable = self._looked_ahead()
            if is_usable and self._ahead is None:
                is_usable = self._looked_ahead(is_large=True)
            if not is_usable:
                return None
        return self.value()

    def value(self) -> Value:
        """Take the value at the cursor whole."""
        if self._ahead is not None:
            value, _ = self._ahead
            self._take_ahead()
            return value
        kind = self.kind()
        text = self._text
        text.locate(text.pos)
        line, offset, pointer = text.line, text.offset, self.pointer()
        text.held = text.pos
        data = self._taken() if kind in _CONTAINERS else self._scalar(kind, build=True)
        text.check_size(text.held, text.pos)
        raw = text.text[text.held : text.pos]
        text.held = None
        return Value(data, raw, offset, text.size(raw), line, pointer)

    def end(self) -> None:
        """Skip what was not taken and check that only white space follows."""
        self._walk(0)
        if self._text.peek():
            raise self._text.error(
                self._text.pos, "there is more text after the end of the JSON value"
            )

    def _entries(self, kind: Kind, *, of_records: bool = False) -> Iterator[_Frame]:
        found = self.kind()
        if found is not kind:
            raise self._text.error(
                self._text.pos, f"an {kind} was expected here, not this {found}"
            )
        is_checked = self._is_in_doubt()
        frame = self._open()
        depth = len(self._stack)
        while len(self._stack) >= depth and self._stack[depth - 1] is frame:
            if is_checked and self._before_value and self._is_in_doubt():
                self._looked_ahead()
            self._walk(depth)
            frame.is_sound = False
            if self._next_usable() if is_checked and of_records else self._next():
                yield frame

    def _is_in_doubt(self) -> bool:
        """Whether faults are passed over, and what is at the cursor was not looked at yet."""
        return self._on_fault is not None and not any(each.is_sound for each in self._stack)

    def _next_usable(self) -> bool:
        """Do as `_next`, but pass over an entry that is no JSON."""
        try:
            is_entry = self._next()
        except MalformedFileError as error:
            frame = self._stack[-1]
            if frame.closer == "]" and not self._before_value:
                frame.index += 1
                self._before_value = True
            self._pass_over(error)
            return False
        return is_entry and self._looked_ahead()

    def _looked_ahead(self, *, is_large: bool = False) -> bool:
        """Look at the value at the cursor whole; False where it was no JSON and passed over.

        One that is too long for that counts as usable, until it is to be taken: then it is
        looked at piece by piece, as `is_large`, and has to be read again.
        """
        text, depth = self._text, len(self._stack)
        limit = text.max_value_chars
        value: Value | None = None
        try:
            self.kind()
            text.mark()
            if is_large:
                self._walk(depth)
            else:
                text.max_value_chars = min(limit, LOOKED_AHEAD_CHARS)
                value = self.value()
        except MalformedFileError as error:
            text.max_value_chars = limit
            if text.marked is not None:
                text.back()
            del self._stack[depth:]
            self._before_value = True
            if error.is_too_large and not is_large:
                return True
            if error.is_too_large:
                error = text.error(text.pos, too_large(limit))
            self._pass_over(error)
            return False
        text.max_value_chars = limit
        self._ahead = None if value is None else (value, text.pos)
        text.back()
        self._before_value = True
        if self._stack:
            self._stack[-1].is_sound = True
        return True

    def _take_ahead(self) -> None:
        """Move behind the value that was looked at."""
        assert self._ahead is not None
        _, self._text.pos = self._ahead
        self._ahead = None
        self._before_value = False

    def _pass_over(self, error: MalformedFileError) -> None:
        """Move behind the entry at the cursor and tell of it.

        Raises:
            MalformedFileError: the fault itself, where the entry has no end.
        """
        assert self._on_fault is not None
        text = self._text
        text.locate(text.pos)
        line, offset = text.line, text.offset
        pointer = self.pointer()
        raw, has_end = text.pass_over([each.closer for each in self._stack], PROBLEM_CHARS)
        if not has_end:
            error.offset = offset
            raise error
        self._before_value = False
        text.locate(text.pos)
        size = text.size(raw) if len(raw) < PROBLEM_CHARS else text.offset - offset
        self._on_fault(error, Value(None, raw or ",", offset, size, line, pointer))

    def _open(self) -> _Frame:
        text = self._text
        if len(self._stack) == MAX_DEPTH:
            raise text.error(text.pos, f"the value is nested deeper than {MAX_DEPTH} levels")
        self._ahead = None
        frame = _Frame("}" if text.text[text.pos] == "{" else "]")
        text.pos += 1
        self._stack.append(frame)
        self._before_value = False
        return frame

    def _next(self) -> bool:
        """Move to the next entry of the innermost open value; False when it was closed."""
        text, frame = self._text, self._stack[-1]
        char = text.peek()
        if char == frame.closer:
            text.pos += 1
            self._stack.pop()
            return False
        if not char:
            raise text.truncated()
        if frame.index >= 0:
            if char != ",":
                raise text.error(text.pos, f"a comma or {frame.closer} was expected here")
            text.pos += 1
            if text.peek() == frame.closer:
                raise text.error(text.pos, f"a comma may not stand before {frame.closer}")
        frame.index += 1
        if frame.closer == "}":
            self._key(frame)
        self._before_value = True
        return True

    def _key(self, frame: _Frame) -> None:
        text = self._text
        char = text.peek()
        if not char:
            raise text.truncated()
        if char != '"':
            raise text.error(text.pos, "a key in double quotes was expected here")
        frame.key, end = text.string()
        self._before_value = True
        if frame.key in frame.seen:
            shown = printable(frame.key[:_SHOWN_KEY_CHARS])
            raise text.error(text.pos, f'the key "{shown}" appears twice in one object')
        frame.seen.add(frame.key)
        text.pos = end
        char = text.peek()
        if not char:
            raise text.truncated()
        if char != ":":
            raise text.error(text.pos, "a colon was expected here")
        text.pos += 1

    def _taken(self) -> object:
        """Take the container at the cursor; the fast scanner's doubts go to the exact walk."""
        taken, cut, data = self._scan()
        while cut and self._text.more():
            taken, cut, data = self._scan()
        return data if taken else self._walk(len(self._stack), build=True)

    def _skipped_at_once(self) -> bool:
        """Skip the container at the cursor if the fast scanner finds it whole and sound.

        It is asked in vain at most once per window, so that skipping stays linear.
        """
        if self._ahead is not None:
            self._take_ahead()
            return True
        if self._barred_window == self._text.windows:
            return False
        taken, _, _ = self._scan()
        if not taken:
            self._barred_window = self._text.windows
        return taken

    def _scan(self) -> tuple[bool, bool, object]:
        """Try the fast scanner: whether it took the container, whether it was cut, and data."""
        text = self._text
        try:
            data, end = _scan_once(text.text, text.pos)
        except StopIteration as stop:
            return False, text.is_cut(stop.value), None
        except json.JSONDecodeError as error:
            return False, text.is_cut(error.pos, error.msg), None
        except (ValueError, RecursionError):
            return False, False, None
        return self._accepts(data, end), False, data

    def _accepts(self, data: object, end: int) -> bool:
        """Move behind a scanned value, unless it is nested too deep or holds a stray byte."""
        text = self._text
        if text.stray(text.pos, end) >= 0:
            return False
        room = MAX_DEPTH - len(self._stack)
        brackets = text.text.count("[", text.pos, end) + text.text.count("{", text.pos, end)
        if brackets > room and _depth(data) > room:
            return False
        text.pos = end
        self._before_value = False
        return True

    def _walk(self, depth: int, *, build: bool = False) -> object:
        """Finish every value above `depth`, word by word; return the last one if building."""
        unfinished: list[object] = []
        value: object = None
        while self._before_value or len(self._stack) > depth:
            if not self._before_value:
                if self._next():
                    continue
                value = unfinished.pop() if build else None
            elif (kind := self.kind()) not in _CONTAINERS:
                value = self._scalar(kind, build=build)
            elif build:
                self._open()
                unfinished.append({} if kind is Kind.OBJECT else [])
                continue
            else:
                if not self._skipped_at_once():
                    self._open()
                continue
            if unfinished:
                self._place(value, unfinished[-1])
        return value

    def _place(self, value: object, container: object) -> None:
        if isinstance(container, dict):
            container[self._stack[-1].key] = value
        elif isinstance(container, list):
            container.append(value)

    def _scalar(self, kind: Kind, *, build: bool) -> object:
        text = self._text
        self._ahead = None
        value: object = None
        if kind is Kind.NUMBER:
            number = text.number()
            value = _number(number) if build else None
        elif kind is not Kind.STRING:
            value = text.literal()
        elif build:
            value, text.pos = text.string()
        else:
            text.skip_string()
        self._before_value = False
        return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key appears twice")
    return made


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _number(text: str) -> int | float | Decimal:
    if not text.lstrip("-").isdigit():
        return float(text)
    try:
        return int(text)
    except ValueError:
        return Decimal(text)


def _depth(data: object) -> int:
    """Return how many levels of objects and arrays `data` has."""
    depth = 0
    level = [data]
    while level := [node for node in level if isinstance(node, (dict, list))]:
        depth += 1
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return depth


_scan_once: Callable[[str, int], tuple[object, int]] = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse
).scan_once  # type: ignore[attr-defined]
