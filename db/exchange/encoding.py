"""Decode a file of text block by block, recognising its encoding by its first bytes."""

import codecs
import re
from collections.abc import Callable
from typing import BinaryIO

BLOCK_BYTES = 1 << 20
HEAD_BYTES = 4
_ESCAPE = "surrogateescape"
_FIRST_ESCAPED = 0xDC00
_ESCAPED = re.compile("[\udc80-\udcff]")


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
    return len(text.encode(encoding, _ESCAPE))


def stray_byte(text: str, start: int, end: int) -> int:
    """Return where between two places the first byte stands that is no UTF-8, or -1."""
    found = _ESCAPED.search(text, start, end)
    return -1 if found is None else found.start()


def stray_fault(char: str) -> str:
    """Return what is wrong with a character that stands for a byte that is no UTF-8."""
    return f"the text is not valid UTF-8 here (byte 0x{ord(char) - _FIRST_ESCAPED:02X})"


def without_strays(text: str) -> str:
    r"""Return text in which bytes that are no UTF-8 are spelled out, as `\xE9`.

    JSON knows no such escape, so nobody takes the text for whole.
    """
    return _ESCAPED.sub(lambda found: f"\\x{ord(found[0]) - _FIRST_ESCAPED:02X}", text)


class TextSource:
    """The text of a binary file, one block at a time.

    `tee` is called with every block of bytes as it was read, in order. Of UTF-8, a byte that
    cannot be decoded becomes a lone surrogate, which UTF-8 itself never holds; `has_strays`
    is set before such text is returned. `read` returns "" at the end; `fault` then says why,
    if the cause is bytes of another encoding that cannot be decoded.
    """

    def __init__(
        self,
        source: BinaryIO,
        *,
        tee: Callable[[bytes], None] | None = None,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self.fault = ""
        self.has_strays = False
        self._source = source
        self._tee = tee
        self._block_bytes = block_bytes
        self._ended = False
        self._undecodable = ""
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
        if not text:
            self.fault = self._undecodable
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
            if self.encoding == "utf-8":
                self.has_strays = True
                self._decoder.errors = _ESCAPE
                return self._decoder.decode(block, final=not block)
            self._ended = True
            name = self.encoding.upper()
            byte = error.object[error.start]
            self._undecodable = f"the text is not valid {name} from here on (byte 0x{byte:02X})"
            return error.object[: error.start].decode(self.encoding)
