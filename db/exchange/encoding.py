"""Decode a file of text block by block, recognising its encoding by its first bytes."""

import codecs
import re
from collections.abc import Callable
from typing import BinaryIO

BLOCK_BYTES = 1 << 20
HEAD_BYTES = 4
_FIRST_ESCAPED = 0xDC00
_STRAY = re.compile("[\ud800-\udfff]")


def detect_encoding(head: bytes) -> tuple[str, int]:
    """Return the codec of a JSON text and the length of its byte-order mark, in bytes.

    JSON starts with an ASCII character, so a zero byte beside it betrays UTF-16.
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8", len(codecs.BOM_UTF8)
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", len(codecs.BOM_UTF16_LE)
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", len(codecs.BOM_UTF16_BE)
    match [byte != 0 for byte in head[:2]]:
        case [True, False]:
            return "utf-16-le", 0
        case [False, True]:
            return "utf-16-be", 0
    return "utf-8", 0


def encoded_size(text: str, encoding: str) -> int:
    """Return how many bytes `text` takes in a file of this encoding."""
    if encoding == "utf-8" and text.isascii():
        return len(text)
    return len(text.encode(encoding, _letting_strays_through(encoding)))


def first_stray(text: str, start: int, end: int) -> int:
    """Return where between two places something first stands that is no text, or -1."""
    found = _STRAY.search(text, start, end)
    return -1 if found is None else found.start()


def stray_fault(char: str, encoding: str) -> str:
    """Return what is wrong with a character that stands for something that is no text."""
    what = f"byte 0x{_number(char):02X}" if encoding == "utf-8" else "half a character"
    return f"the text is not valid {encoding.upper()} here ({what})"


def without_strays(text: str) -> str:
    r"""Return text in which what is no text is spelled out, as `\xE9` or `\xD83D`.

    JSON knows no such escape, so nobody takes the text for whole.
    """
    return _STRAY.sub(lambda found: f"\\x{_number(found[0]):02X}", text)


def _letting_strays_through(encoding: str) -> str:
    """Return the error handler by which what is no text becomes lone surrogates, and back."""
    return "surrogateescape" if encoding == "utf-8" else "surrogatepass"


def _number(char: str) -> int:
    """Return the byte, or the unit of UTF-16, that a lone surrogate stands for."""
    code = ord(char)
    is_byte = _FIRST_ESCAPED <= code <= _FIRST_ESCAPED + 0xFF
    return code - _FIRST_ESCAPED if is_byte else code


class TextSource:
    """The text of a binary file, one block at a time.

    `tee` is called with every block of bytes as it was read, in order. What cannot be
    decoded, a byte of UTF-8 or a unit of UTF-16, becomes a lone surrogate, which whole text
    never holds; `has_strays` is set before such text is returned.
    """

    def __init__(
        self,
        source: BinaryIO,
        *,
        tee: Callable[[bytes], None] | None = None,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self.has_strays = False
        self._source = source
        self._tee = tee
        self._block_bytes = block_bytes
        self._ended = False
        head = block = self._block()
        while block and len(head) < HEAD_BYTES:
            block = self._block()
            head += block
        self.encoding, self.mark_bytes = detect_encoding(head)
        self._decoder = codecs.getincrementaldecoder(self.encoding)()
        self._head = head[self.mark_bytes :]

    def read(self) -> str:
        """Return the next piece of text, or "" at the end."""
        text, self._head = self._decode(self._head) if self._head else "", b""
        while not text and not self._ended:
            text = self._decode(self._block())
        return text

    def _block(self) -> bytes:
        block = self._source.read(self._block_bytes)
        if block and self._tee is not None:
            self._tee(block)
        return block

    def _decode(self, block: bytes) -> str:
        self._ended = not block
        try:
            return self._decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            passing = _letting_strays_through(self.encoding)
            if not self.has_strays:
                self.has_strays = True
                self._decoder.errors = passing
                return self._decode(block)
            *whole, half = error.object
            return bytes(whole).decode(self.encoding, passing) + chr(_FIRST_ESCAPED + half)
