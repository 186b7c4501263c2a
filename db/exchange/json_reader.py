"""Read untrusted JSON of any size exactly, in bounded memory: as one document or as lines."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

import msgspec

from db.errors import MalformedFileError
from db.exchange.encoding import BLOCK_BYTES, TextSource, encoded_size
from db.exchange.json_cursor import MAX_DEPTH, JsonCursor, Kind, Value, pointer_token
from db.exchange.json_text import ADVICE, EMPTY, MAX_VALUE_CHARS, JsonText, too_large

__all__ = [
    "MAX_DEPTH",
    "MAX_VALUE_CHARS",
    "JsonCursor",
    "Kind",
    "Value",
    "pointer_token",
    "read_lines",
]

_SPACE = " \t\r\n"
_COMMENT = "//"
_UNSURE: Final = object()


class _OneLine:
    """The text of one line, as a source for the exact reader."""

    encoding = "utf-8"
    mark_bytes = 0

    def __init__(self, line: str, fault: str) -> None:
        self.fault = fault
        self._line = line

    def read(self) -> str:
        line, self._line = self._line, ""
        return line


class _LineCursor(JsonCursor):
    """Reads one line of a file exactly; an error names its place in the whole file."""

    def __init__(self, line: str, fault: str, *, number: int, path: str) -> None:
        source = _OneLine(line, fault)
        self._begin(JsonText(source, self.pointer, path=path, line=number, unit="line"))


def read_lines(
    source: BinaryIO,
    *,
    tee: Callable[[bytes], None] | None = None,
    path: str = "",
    block_bytes: int = BLOCK_BYTES,
    max_value_chars: int = MAX_VALUE_CHARS,
) -> Iterator[Value]:
    """Yield the value of every line that is neither blank nor, by starting `//`, a comment.

    Raises: MalformedFileError; `is_cut_off` where it is the last line that ends too early.
    """
    text = TextSource(source, tee=tee, block_bytes=block_bytes)
    encoding, offset = text.encoding, text.mark_bytes
    newline_bytes = encoded_size("\n", encoding)
    is_empty = True
    number = 0
    lines = _lines(text, max_value_chars)
    for number, line in enumerate(lines, start=1):
        if len(line) > max_value_chars:
            reason = f"{too_large(max_value_chars)}."
            raise MalformedFileError(reason, path=path, line=number, column=1)
        raw = line.strip(_SPACE)
        if raw.startswith(_COMMENT):
            raw = ""
        size = encoded_size(line, encoding)
        if raw or text.fault:
            data = _UNSURE if text.fault else _fast(raw)
            if data is _UNSURE:
                data = _exact(line, text.fault, lines, number=number, path=path)
            is_empty = False
            if raw is line:
                yield Value(data, raw, offset, size, number, "")
            else:
                space = line[: len(line) - len(line.lstrip(_SPACE))]
                start = offset + encoded_size(space, encoding)
                yield Value(data, raw, start, encoded_size(raw, encoding), number, "")
        offset += size + newline_bytes
    if is_empty:
        raise MalformedFileError(
            f"{EMPTY}.", path=path, line=number, column=1, advice=ADVICE[EMPTY]
        )


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


def _exact(line: str, fault: str, rest: Iterator[str], *, number: int, path: str) -> object:
    """Decode one line exactly; `rest` are the lines after it, which tell if it is the last."""
    cursor = _LineCursor(line, fault, number=number, path=path)
    try:
        value = cursor.value()
        cursor.end()
    except MalformedFileError as error:
        error.is_cut_off &= next(rest, None) is None
        raise
    return value.data


_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
