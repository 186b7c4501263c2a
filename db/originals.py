"""The kept originals: every file given to Sheaf, byte for byte, named by its SHA-256.

An original is one gzip file of independent members of 1 MiB of content each, so any
gunzip reads it and a range in the middle of a large one is found without reading what is
before it. Each member states its own compressed size in a header field, as BGZF does
(samtools.github.io/hts-specs/SAMv1.pdf, section 4.1).
"""

from __future__ import annotations

import hashlib
import os
import queue
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from db.errors import StorageDamagedError, StorageFullError, StorageMissingError
from db.processes import is_running

MEMBER_BYTES: Final = 1 << 20
_HEADER: Final = struct.Struct("<4sIBBH2sHI")
_MAGIC: Final = b"\x1f\x8b\x08\x04"
_EXTRA_BYTES: Final = 8
_FIELD: Final = b"Sh"
_TRAILER: Final = struct.Struct("<II")
_QUEUED_BLOCKS: Final = 8


def file_of(folder: Path, sha256: str) -> Path:
    """Return where the original with this hash is kept."""
    return folder / sha256[:2] / f"{sha256}.gz"


class OriginalWriter:
    """Keeps one original while it is being read: hashed and compressed on its own thread.

    `finish` or `abandon` ends it. Nothing is kept under its final name before it is whole.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._partial = folder / f"{os.getpid()}-{threading.get_ident()}-{id(self)}.partial"
        self._hash = hashlib.sha256()
        self._size = 0
        self._pending = bytearray()
        self._blocks: queue.Queue[bytes | None] = queue.Queue(_QUEUED_BLOCKS)
        self._fault: OSError | None = None
        self._file = open(self._partial, "xb", opener=_private)  # noqa: SIM115 - closed by the thread
        self._thread = threading.Thread(target=self._work, name="originals")
        self._thread.start()

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the file."""
        self._blocks.put(block)

    def finish(self) -> tuple[str, int]:
        """Keep the original for good and return its SHA-256 and its size in bytes.

        Raises:
            StorageFullError: it could not be written; nothing is kept.
        """
        self._stop()
        if self._fault is not None:
            self._partial.unlink(missing_ok=True)
            raise StorageFullError(
                f"The original could not be kept: {self._fault.strerror}."
            ) from self._fault
        sha256 = self._hash.hexdigest()
        final = file_of(self._folder, sha256)
        if final.exists():
            self._partial.unlink()
        else:
            final.parent.mkdir(exist_ok=True, mode=0o700)
            self._partial.replace(final)
        return sha256, self._size

    def abandon(self) -> None:
        """Keep nothing."""
        self._stop()
        self._partial.unlink(missing_ok=True)

    def _stop(self) -> None:
        if self._thread.is_alive():
            self._blocks.put(None)
            self._thread.join()

    def _work(self) -> None:
        with self._file:
            while (block := self._blocks.get()) is not None:
                if self._fault is None:
                    self._take(block)
            if self._fault is None:
                self._end()

    def _take(self, block: bytes) -> None:
        self._hash.update(block)
        self._size += len(block)
        self._pending += block
        while len(self._pending) >= MEMBER_BYTES and self._fault is None:
            self._write_member(bytes(self._pending[:MEMBER_BYTES]))
            del self._pending[:MEMBER_BYTES]

    def _end(self) -> None:
        if self._pending or not self._size:
            self._write_member(bytes(self._pending))
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._fault = error

    def _write_member(self, content: bytes) -> None:
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(content) + packer.flush()
        size = _HEADER.size + len(packed) + _TRAILER.size
        header = _HEADER.pack(_MAGIC, 0, 0, 255, _EXTRA_BYTES, _FIELD, 4, size)
        try:
            self._file.write(header + packed + _TRAILER.pack(zlib.crc32(content), len(content)))
        except OSError as error:
            self._fault = error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def remove(folder: Path, sha256: str) -> None:
    """Delete an original that nothing refers to any more."""
    file = file_of(folder, sha256)
    file.unlink(missing_ok=True)
    with suppress(OSError):  # others are in the same folder
        file.parent.rmdir()


def remove_partial(folder: Path) -> None:
    """Delete what processes that are gone had begun to keep."""
    for partial in folder.glob("*.partial"):
        if not is_running(int(partial.name.partition("-")[0])):
            partial.unlink(missing_ok=True)


def read_range(folder: Path, sha256: str, offset: int, length: int) -> bytes:
    """Return some bytes of an original.

    Raises:
        StorageMissingError: the original is not there.
        StorageDamagedError: it is not what was kept.
    """
    first, skipped = divmod(offset, MEMBER_BYTES)
    found = bytearray()
    for content in _members(folder, sha256, first):
        found += content
        if len(found) >= skipped + length:
            break
    return bytes(found[skipped : skipped + length])


def read_whole(folder: Path, sha256: str) -> Iterator[bytes]:
    """Yield an original in pieces of 1 MiB, and check its hash at the end.

    Raises:
        StorageMissingError: the original is not there.
        StorageDamagedError: it is not what was kept.
    """
    seen = hashlib.sha256()
    for content in _members(folder, sha256, 0):
        seen.update(content)
        yield content
    if seen.hexdigest() != sha256:
        raise _damaged(sha256)


def _members(folder: Path, sha256: str, first: int) -> Iterator[bytes]:
    try:
        with file_of(folder, sha256).open("rb") as file:
            for _ in range(first):
                file.seek(_member_size(file, sha256) - _HEADER.size, os.SEEK_CUR)
            while file.peek(1):
                packed = file.read(_member_size(file, sha256) - _HEADER.size)
                yield _unpacked(packed, sha256)
    except FileNotFoundError as error:
        raise StorageMissingError(
            f"The original {sha256[:12]} is not in its folder any more.",
            advice="Put it back from a backup of that folder.",
        ) from error


def _member_size(file: BinaryIO, sha256: str) -> int:
    header = file.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise _damaged(sha256)
    size: int = _HEADER.unpack(header)[-1]
    return size


def _unpacked(packed: bytes, sha256: str) -> bytes:
    try:
        content = zlib.decompress(packed[: -_TRAILER.size], -zlib.MAX_WBITS)
        crc, _ = _TRAILER.unpack(packed[-_TRAILER.size :])
    except (zlib.error, struct.error) as error:
        raise _damaged(sha256) from error
    if zlib.crc32(content) != crc:
        raise _damaged(sha256)
    return content


def _damaged(sha256: str) -> StorageDamagedError:
    return StorageDamagedError(
        f"The kept original {sha256[:12]} is damaged.",
        safe="The records made from it are untouched.",
        advice="Put it back from a backup of its folder.",
    )
