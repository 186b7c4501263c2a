"""A file that is being imported, as formats see it: its first records, and all of them."""

from __future__ import annotations

import codecs
import copy
import io
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import msgspec
from msgspec import Struct, field

from db.errors import MalformedFileError
from db.exchange.encoding import (
    HEAD_BYTES,
    TextSource,
    detect_encoding,
    first_stray,
    stray_fault,
    without_strays,
)
from db.exchange.json_reader import JsonCursor, Kind, Value, read_lines
from db.incoming import PROBLEM_CHARS, Problem

OnProblem: TypeAlias = Callable[[Problem], None]

SAMPLE_BYTES: Final = 1 << 18
SAMPLE_ITEMS: Final = 50
COMPLETED_BYTES: Final = 64 << 20
"""In files up to this size all members of an object are seen, wherever they stand."""

LONGEST_FIRST_LINE: Final = 8 << 20
MAX_TEXT_CHARS: Final = 32 << 20
_SAMPLE_DEPTH: Final = 4
_BLOCK_BYTES: Final = 1 << 20
_CONTEXT_BYTES: Final = 200
"""So much of the end of a file is shown where nothing follows that could be."""

_SPELLED_OUT: Final = "What is no text is spelled out, like \\xE9."
_MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PROSE: Final = frozenset({".md", ".txt", ".yaml", ".yml"})


class Sample(Struct, kw_only=True):
    """What the start of a file shows.

    `shape` is `array`, `object`, `lines` or, where it is no JSON, `text`; `items` are the
    first elements or lines; `members` the members of an object, the long ones cut short;
    `text` the beginning of a text, and `fault` why a file is no JSON, at all or to its end.
    `name` is that of the
    file, with the folders inside the folder or archive that a person named; `path` is the
    absolute one, empty where there is no file.
    """

    name: str
    path: str = ""
    shape: str
    items: list[object] = field(default_factory=list)
    members: dict[str, object] = field(default_factory=dict)
    text: str = ""
    fault: MalformedFileError | None = None

    @property
    def objects(self) -> list[dict[str, object]]:
        """The first elements or lines that are objects; the object itself if it is one."""
        if self.shape == "object":
            return [self.members]
        return [item for item in self.items if isinstance(item, dict)]


class Paused(Struct, frozen=True):
    """A reader of lines as it was at the end of a file, to go on when more stands behind it.

    It had taken so many `records`, which ended after so many `lines` and bytes, `offset`;
    so many messages of these are `told`: nothing behind can change them.
    """

    reader: Any
    records: int
    lines: int
    offset: int
    told: int


class Document:
    """One file being imported. It is read once, from front to back."""

    def __init__(
        self,
        stream: BinaryIO,
        *,
        name: str,
        path: str = "",
        tee: Callable[[bytes], None] = lambda _block: None,
        on_problem: OnProblem | None = None,
    ) -> None:
        """Take a file that can seek to its start; `tee` gets every byte that is read.

        `on_problem` is told of each part that cannot be used, and reading goes on behind
        it; without it, the first ends the reading.
        """
        self.name = name
        self.path = path
        self.is_unfinished = False
        """Whether the last line is cut off, and was left out; known when all is read."""
        self.lacks_originals = False
        """Whether it speaks of originals that are not inside; known when all is read."""
        self.encoding = "utf-8"
        self.mark_bytes = 0
        """The length of the byte-order mark; both are known when `text` was read."""
        self.resumed: Paused | None = None
        """Who has read the beginning of the file before, so that only the rest is read."""
        self.paused: Paused | None = None
        """Who has read all of it and could go on; known when all is read."""
        self._records = self._lines_read = 0
        self._end: int | None = None
        self._fed = 0
        self._give = tee
        self._on_problem = on_problem
        self._stream = stream
        head = stream.read(SAMPLE_BYTES)
        rest = b"" if b"\n" in head else stream.readline(LONGEST_FIRST_LINE)
        lines = head + rest + stream.read(SAMPLE_BYTES) if rest.endswith(b"\n") else head
        self.sample = _sample_or_text(head, lines, name)
        if len(head) == SAMPLE_BYTES and not (self.sample.items or self.sample.members):
            # A long first record may be one that cannot be used, with others behind it.
            stream.seek(0)
            longer = stream.read(LONGEST_FIRST_LINE)
            sample = _sample_or_text(longer, longer, name)
            self.sample = sample if sample.items or sample.members else self.sample
        stream.seek(0)
        if self.sample.shape == "object" and len(head) == SAMPLE_BYTES:
            _complete(self.sample.members, stream)
        self.sample.path = path
        self._is_marked = head.startswith(_MARKS)

    @property
    def stem(self) -> str:
        """The name without its last ending."""
        return Path(self.name).stem or self.name

    @property
    def is_prose(self) -> bool:
        """Whether it calls itself a text, so that nobody meant it to be JSON."""
        return Path(self.name).suffix.lower() in _PROSE

    def _tee(self, block: bytes) -> None:
        self._fed += len(block)
        self._give(block)

    def numbered(self, values: Iterator[Value]) -> Iterator[tuple[int, Value]]:
        """Yield the `records`, or others, with their numbers in the file, from 1."""
        return enumerate(values, start=1 if self.resumed is None else self.resumed.records + 1)

    def pause(self, reader: Any, told: int) -> None:
        """Keep a reader as it is when all lines are read; see `Paused`.

        Only where it is sure that the next line begins where the last one ended.
        """
        is_whole = self._end is not None and self._end == self._fed
        if self.sample.shape == "lines" and is_whole and not self._is_marked:
            self.paused = Paused(
                copy.deepcopy(reader), self._records, self._lines_read, self._fed, told
            )

    def cursor(self) -> JsonCursor:
        """Read the file as one JSON document."""
        on_fault = None if self._on_problem is None else self._found_problem
        return JsonCursor(self._stream, tee=self._tee, path=self.name, on_fault=on_fault)

    def text(self) -> str:
        """Read the whole file as text.

        Raises:
            MalformedFileError: it is too long for a text that somebody wrote, or no text.
        """
        source = TextSource(self._stream, tee=self._tee)
        self.encoding, self.mark_bytes = source.encoding, source.mark_bytes
        parts: list[str] = []
        chars = 0
        while part := source.read():
            parts.append(part)
            chars += len(part)
            if chars > MAX_TEXT_CHARS:
                raise MalformedFileError(
                    f"the text is longer than {MAX_TEXT_CHARS:,} characters.", path=self.name
                )
        text = "".join(parts)
        stray = first_stray(text, 0, chars) if source.has_strays else -1
        if stray >= 0:
            raise MalformedFileError(
                f"{stray_fault(text[stray], source.encoding)}.",
                path=self.name,
                line=text.count("\n", 0, stray) + 1,
                column=stray - text.rfind("\n", 0, stray),
            )
        return text

    def records(self) -> Iterator[Value]:
        """Yield the elements of an array, the lines of a JSONL file, or the one object."""
        if self.sample.shape == "lines":
            yield from self._lines()
            return
        cursor = self.cursor()
        if self.sample.shape == "object":
            yield cursor.value()
        else:
            yield from cursor.values()
        cursor.end()

    def objects(self) -> Iterator[Value]:
        """Yield the `records` that are objects; any other is a problem."""
        for value in self.records():
            if isinstance(value.data, dict):
                yield value
            else:
                self.reject(value, "this is no JSON object, so it is no record")

    def reject(self, value: Value, reason: str) -> None:
        """Tell of a value that cannot be used, and why; reading goes on behind it.

        Raises:
            MalformedFileError: this reading ends at the first problem.
        """
        self._found_problem(
            MalformedFileError(
                f"{reason}.", path=self.name, line=value.line, pointer=value.pointer
            ),
            value,
        )

    def _found_problem(self, error: MalformedFileError, value: Value) -> None:
        if self._on_problem is None:
            raise error
        self._on_problem(problem_of(error, value))

    def rest(self, error: MalformedFileError) -> Problem:
        """Return what ended the reading, as a problem whose text is all that was not read.

        The stream is left as it was.
        """
        problem = problem_of(error)
        offset = error.offset or 0
        place = self._stream.tell()
        self._stream.seek(0)
        encoding, mark_bytes = detect_encoding(self._stream.read(HEAD_BYTES))
        text = ""
        for start in (offset, offset - _CONTEXT_BYTES, 0):
            self._stream.seek(max(start, mark_bytes))
            text = text or self._stream.read(PROBLEM_CHARS).decode(encoding, "replace").strip()
        unread = self._stream.seek(0, io.SEEK_END) - offset
        self._stream.seek(place)
        reason = problem.reason
        if error.offset is not None:
            amount = f": {unread:,} bytes" if unread else ""
            reason += f" Nothing behind this place could be read{amount}."
        return msgspec.structs.replace(problem, text=problem.text or text, reason=reason)

    def _lines(self) -> Iterator[Value]:
        """Yield the lines, but for a last one that is still being written."""
        begun = self._pass_over_read()
        try:
            for value in read_lines(
                self._stream,
                tee=self._tee,
                path=self.name,
                on_fault=self._found_problem,
                begun=begun,
            ):
                self._records += 1
                self._lines_read = value.line
                self._end = (value.offset or 0) + (value.length or 0) + 1
                yield value
        except MalformedFileError as error:
            if not error.is_cut_off:
                raise
            self.is_unfinished = True

    def _pass_over_read(self) -> tuple[int, int]:
        """Hand on the bytes that were read before; return how many lines and bytes."""
        before = self.resumed
        if before is None:
            return 0, 0
        self._records, self._lines_read, self._end = before.records, before.lines, before.offset
        left = before.offset
        while left and (block := self._stream.read(min(left, _BLOCK_BYTES))):
            self._tee(block)
            left -= len(block)
        return before.lines, before.offset


def problem_of(error: MalformedFileError, value: Value | None = None) -> Problem:
    """Return what is wrong with a value, or with a file from some place on, as a problem."""
    raw = error.text if value is None else value.raw
    text = without_strays(raw)
    return Problem(
        file=error.path,
        line=error.line,
        column=error.column,
        pointer=error.pointer if value is None else value.pointer,
        fault=error.pointer,
        reason=error.reason if text == raw else f"{error.reason} {_SPELLED_OUT}",
        text=text[:PROBLEM_CHARS],
        offset=None if value is None else value.offset,
        length=None if value is None else value.length,
    )


def _sample_or_text(head: bytes, lines: bytes, name: str) -> Sample:
    try:
        return _sample(head, lines, name)
    except MalformedFileError as error:
        text = without_strays(TextSource(io.BytesIO(head)).read())
        return Sample(name=name, shape="text", text=text, fault=error)


def _sample(head: bytes, lines: bytes, name: str) -> Sample:
    whole = len(head) < SAMPLE_BYTES
    first = _first_lines(lines, name)
    if first is not None:
        return Sample(name=name, shape="lines", items=first)
    cursor = JsonCursor(io.BytesIO(head), path=name)
    shape = {Kind.ARRAY: "array", Kind.OBJECT: "object"}.get(cursor.kind())
    if shape is None:
        if whole:
            cursor.value()
            cursor.end()
        raise MalformedFileError(
            "the file holds a single value, neither an object nor a list of records.", path=name
        )
    found = _Preview(cursor)
    fault: MalformedFileError | None = None
    try:
        found.read()
    except MalformedFileError as error:
        if not error.is_cut_off:
            found = _preview_around_faults(head)
        if whole and not found.root:
            raise
        fault = error if whole or not found.root else None
    if isinstance(found.root, dict):
        return Sample(name=name, shape=shape, members=found.root, fault=fault)
    return Sample(name=name, shape=shape, items=found.root or [], fault=fault)


def _preview_around_faults(head: bytes) -> _Preview:
    """Return what the start of a document shows but for entries that are no JSON."""

    def pass_over(_error: MalformedFileError, _value: Value) -> None:
        pass

    found = _Preview(JsonCursor(io.BytesIO(head), on_fault=pass_over))
    with suppress(MalformedFileError):
        found.read()
    return found


def _complete(members: dict[str, object], stream: BinaryIO) -> None:
    """Add the members of an object that begin behind the start of a file of moderate size.

    The stream is read, and set back to its start.
    """
    with suppress(io.UnsupportedOperation):
        # To read so much only to find that it is not all would take memory for nothing.
        if os.fstat(stream.fileno()).st_size > COMPLETED_BYTES:
            return
    data = stream.read(COMPLETED_BYTES + 1)
    stream.seek(0)
    if len(data) > COMPLETED_BYTES:
        return
    try:
        found = _members_of(data.removeprefix(codecs.BOM_UTF8))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return
    for key, raw in found.items():
        if key not in members:
            start = b'{"":' + bytes(memoryview(raw)[:SAMPLE_BYTES])
            preview = _Preview(JsonCursor(io.BytesIO(start)))
            with suppress(MalformedFileError):
                preview.read()
            if isinstance(preview.root, dict) and "" in preview.root:
                members[key] = preview.root[""]


_members_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def _first_lines(head: bytes, name: str) -> list[object] | None:
    """Return the values of the first lines, if they are JSON objects, each of its own.

    Some may be broken, or anything else, as long as half of them are not anything else.
    """
    found: list[object] = []
    others: list[str] = []

    def take_note(_error: MalformedFileError, line: Value) -> None:
        if not line.raw.lstrip().startswith("{"):
            others.append(line.raw)

    try:
        for value in read_lines(io.BytesIO(head), path=name, on_fault=take_note):
            found.append(value.data)
            if len(found) + len(others) >= SAMPLE_ITEMS:
                break
    except MalformedFileError:
        pass
    several = len(found) > 1 or b"\n" in head.strip()
    if not found or not isinstance(found[0], dict) or not several or len(others) > len(found):
        return None
    return found


class _Preview:
    """Reads the beginning of a document, keeping what it got when the text ends early."""

    def __init__(self, cursor: JsonCursor) -> None:
        self._cursor = cursor
        self.root: list[object] | dict[str, object] | None = None

    def read(self) -> None:
        """Fill `root`.

        Raises:
            MalformedFileError: the text ended, or is wrong; `root` holds what came before.
        """
        self._container(0, lambda root: setattr(self, "root", root))
        self._cursor.end()

    def _container(self, depth: int, keep: Callable[[object], None]) -> None:
        if self._cursor.kind() is Kind.OBJECT:
            members: dict[str, object] = {}
            keep(members)
            for key in self._cursor.members():
                self._entry(depth, lambda value, key=key: members.__setitem__(key, value))  # type: ignore[misc]
        else:
            items: list[object] = []
            keep(items)
            for _ in self._cursor.items():
                if len(items) < SAMPLE_ITEMS:
                    self._entry(depth, items.append)

    def _entry(self, depth: int, keep: Callable[[object], None]) -> None:
        nested = self._cursor.is_container()
        if nested and depth < _SAMPLE_DEPTH:
            self._container(depth + 1, keep)
        elif not nested and (value := self._cursor.usable_value()):
            keep(value.data)
