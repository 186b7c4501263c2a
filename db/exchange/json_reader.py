"""Read untrusted JSON of any size exactly, in bounded memory: as one document or as lines."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

import msgspec

from db.errors import MalformedFileError
from db.exchange.encoding import BLOCK_BYTES, TextSource, encoded_size
from db.exchange.json_cursor import (
    MAX_DEPTH,
    JsonCursor,
    Kind,
    OnFault,
    Value,
    pointer_token,
)
from db.exchange.json_text import ADVICE, EMPTY, MAX_VALUE_CHARS, JsonText, too_large

__all__ = [
    "MAX_DEPTH",
    "MAX_VALUE_CHARS",
    "JsonCursor",
    "Kind",
    "OnFault",
    "Value",
    "pointer_token",
    "read_lines",
]

_SPACE = " \t\r\n"
_COMMENT = "//"
_UNSURE: Final = object()


class _OneLine:
    """The text of one line, as a source for the exact reader."""

    mark_bytes = 0
    has_strays = True

    def __init__(self, line: str, encoding: str) -> None:
        self.encoding = encoding
        self._line = line

    def read(self) -> str:
        line, self._line = self._line, ""
        return line


class _LineCursor(JsonCursor):
    """Reads one line of a file exactly; an error names its place in the whole file."""

    def __init__(self, line: str, encoding: str, *, number: int, path: str) -> None:
        source = _OneLine(line, encoding)
        self._begin(JsonText(source, self.pointer, path=path, line=number, unit="line"))


def read_lines(
    source: BinaryIO,
    *,
    tee: Callable[[bytes], None] | None = None,
    path: str = "",
    block_bytes: int = BLOCK_BYTES,
    max_value_chars: int = MAX_VALUE_CHARS,
    on_fault: OnFault | None = None,
    begun: tuple[int, int] = (0, 0),
) -> Iterator[Value]:
    """Yield the value of every line that is neither blank nor, by starting `//`, a comment.

    Of a source that stands behind so many lines and bytes, `begun`, the rest is read.
    `on_fault` is told of a line that is not JSON, and the next is read; without it, that
    is an error.

    Raises: MalformedFileError; `is_cut_off` where it is the last line that ends too early.
    """
    text = TextSource(source, tee=tee, block_bytes=block_bytes)
    lines = _Lines(text, path, max_value_chars, begun)
    is_empty = begun == (0, 0)
    for line, raw, start, size in lines:
        is_empty = False
        data = _fast(raw)
        if data is _UNSURE:
            try:
                data = _exact(line, text.encoding, number=lines.number, path=path)
            except MalformedFileError as error:
                error.is_cut_off = error.is_cut_off and lines.is_at_end()
                if on_fault is None or error.is_cut_off:
                    error.offset = start
                    raise
                on_fault(error, Value(None, raw, start, size, lines.number, ""))
                continue
        yield Value(data, raw, start, size, lines.number, "")
    if is_empty:
        raise MalformedFileError(
            f"{EMPTY}.", path=path, line=lines.number, column=1, advice=ADVICE[EMPTY]
        )


class _Lines:
    """The lines of a text that hold something, each with where it stands.

    `number` is that of the line read last, from 1.
    """

    def __init__(
        self, text: TextSource, path: str, max_chars: int, begun: tuple[int, int]
    ) -> None:
        self.number, self._offset = begun
        self._text = text
        self._path = path
        self._max_chars = max_chars
        self._lines = _lines(text, max_chars)
        self._ahead: list[str] = []

    def __iter__(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield each line, its JSON, and the offset and length of that in bytes.

        Raises:
            MalformedFileError: a line is too long.
        """
        encoding, offset = self._text.encoding, self._offset + self._text.mark_bytes
        newline_bytes = encoded_size("\n", encoding)
        while (line := self._next()) is not None:
            self.number += 1
            if len(line) > self._max_chars:
                reason = f"{too_large(self._max_chars)}."
                raise MalformedFileError(reason, path=self._path, line=self.number, column=1)
            raw = line.strip(_SPACE)
            if raw.startswith(_COMMENT):
                raw = ""
            size = encoded_size(line, encoding)
            if raw is line and raw:
                yield line, raw, offset, size
            elif raw:
                space = line[: len(line) - len(line.lstrip(_SPACE))]
                start = offset + encoded_size(space, encoding)
                yield line, raw, start, encoded_size(raw, encoding)
            offset += size + newline_bytes

    def is_at_end(self) -> bool:
        """Whether no line follows."""
        if not self._ahead:
            following = next(self._lines, None)
            self._ahead = [] if following is None else [following]
        return not self._ahead

    def _next(self) -> str | None:
        return self._ahead.pop() if self._ahead else next(self._lines, None)


def _lines(source: TextSource, max_chars: int) -> Iterator[str]:
    """Yield each line without its newline; one that is too long is given up half-read."""
    begun: list[str] = []
    begun_chars = 0
    while text := source.read():
        first, *lines = text.split("\n")
        begun.append(first)
        begun_chars += len(first)
        if lines:
            yield "".join(begun)
            begun = [lines.pop()]
            begun_chars = len(begun[0])
            yield from lines
        if begun_chars > max_chars:
            break
    yield "".join(begun)


def _fast(raw: str) -> object:
    """Decode one line, or return _UNSURE where only the exact reader can tell.

    A repeated key is lost in decoding, and its quotes with it: counting them finds it.
    """
    try:
        data: object = _decode(raw)
        quotes = _encode(data).count(b'"')
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        return _UNSURE
    if quotes != raw.count('"') or ("\\" in raw and "\\u0022" in raw):
        return _UNSURE
    if len(raw) > 2 * MAX_DEPTH and raw.count("[") + raw.count("{") > MAX_DEPTH:
        return _UNSURE
    return data


def _exact(line: str, encoding: str, *, number: int, path: str) -> object:
    cursor = _LineCursor(line, encoding, number=number, path=path)
    value = cursor.value()
    cursor.end()
    return value.data


_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
