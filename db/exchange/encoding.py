"""Decode a file of text block by block, recognising its encoding by its first bytes."""

import codecs
from collections.abc import Callable
from typing import BinaryIO

BLOCK_BYTES = 1 << 20
HEAD_BYTES = 4


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
    return len(text.encode(encoding))


class TextSource:
    """The text of a binary file, one block at a time.

    `tee` is called with every block of bytes as it was read, in order. `read` returns "" at
    the end; `fault` then says why, if the cause is bytes that cannot be decoded.
    """

    def __init__(
        self,
        source: BinaryIO,
        *,
        tee: Callable[[bytes], None] | None = None,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self.fault = ""
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
            self._ended = True
            name = self.encoding.upper()
            byte = error.object[error.start]
            self._undecodable = f"the text is not valid {name} from here on (byte 0x{byte:02X})"
            return error.object[: error.start].decode(self.encoding)
