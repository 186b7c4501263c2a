"""The kept originals: every file given to Sheaf, byte for byte, named by its SHA-256.

An original is one gzip file of independent members of 1 MiB of content each, so any
gunzip reads it and a range in the middle of a large one is found without reading what is
before it. Each member states its own compressed size in a header field, as BGZF does
(samtools.github.io/hts-specs/SAMv1.pdf, section 4.1).

Of a file that grew only the growth is kept: an empty first member names the original that
it goes on from. This is not always the latest: version n goes on from the one whose number
is n without its last binary 1, so that the thousandth is put together from ten at most. An
original that others go on from is only marked when it is removed, and goes with the last
of them.
"""

from __future__ import annotations

import hashlib
import os
import queue
import shutil
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

from db.cancel import CancelToken
from db.errors import (
    StorageDamagedError,
    StorageFullError,
    StorageMissingError,
    UnreadableFileError,
)
from db.private_files import private_opener
from db.processes import is_running

MEMBER_BYTES: Final = 1 << 20
_HEADER: Final = struct.Struct("<4sIBBH2sHI")
_MAGIC: Final = b"\x1f\x8b\x08\x04"
_EXTRA_BYTES: Final = 8
_FIELD: Final = b"Sh"
_TRAILER: Final = struct.Struct("<II")
_QUEUED_BLOCKS: Final = 8

_BASE: Final = struct.Struct("<2sH32sQI")
_BASE_FIELD: Final = b"Sb"
_NOTHING: Final = b"\x03\x00"
"""Nothing, as zlib packs it."""


class _Base(Struct, frozen=True):
    """What an original goes on from: all `size` bytes of another one.

    `number` is that of the original that goes on, counted from the first version, which is 0.
    """

    sha256: str
    size: int
    number: int


def file_of(folder: Path, sha256: str) -> Path:
    """Return where the original with this hash is kept."""
    return folder / sha256[:2] / f"{sha256}.gz"


def is_kept(folder: Path, sha256: str) -> bool:
    """Whether an original is in its folder, with all that it goes on from."""
    try:
        return all(file_of(folder, each).is_file() for each, _ in _chain(folder, sha256))
    except (StorageMissingError, StorageDamagedError):
        return False


def is_missing(folder: Path, sha256: str) -> bool:
    """Return whether a file is not there that an original is put together from."""
    try:
        return not all(file_of(folder, each).is_file() for each, _ in _chain(folder, sha256))
    except StorageMissingError:
        return True
    except StorageDamagedError:
        return False


def files_of(folder: Path, sha256: str) -> list[str]:
    """Return the hashes of the files that an original is put together from, itself last.

    Raises:
        StorageMissingError: one of them is not there.
        StorageDamagedError: one of them is not what was kept.
    """
    return [each for each, _ in _chain(folder, sha256)]


def keep_too(folder: Path, other: Path, sha256: str) -> None:
    """Keep an original in another folder as well, as far as possible without copying it.

    Raises:
        StorageMissingError: it is not in its folder.
        StorageDamagedError: it is not what was kept.
        OSError: the other folder cannot be written.
    """
    for each in files_of(folder, sha256):
        _link(file_of(folder, each), file_of(other, each))


def bring_back(other: Path, folder: Path, sha256: str) -> None:
    """Keep an original in its folder again, of which `keep_too` made another one.

    Raises:
        StorageMissingError: it is not in the other folder.
        StorageDamagedError: it is not what was kept.
        OSError: the folder cannot be written.
    """
    for each in files_of(other, sha256):
        if not file_of(folder, each).exists():
            _link(file_of(other, each), file_of(folder, each))
            if each != sha256:
                _unwanted(folder, each).touch(0o600)
        base = _base_of(folder, each)
        if base is not None:
            with open(_later(folder, base.sha256), "ab", opener=private_opener) as later:
                later.write(f"{each}\n".encode())
    _unwanted(folder, sha256).unlink(missing_ok=True)


def put_back(other: Path, folder: Path, sha256: str) -> None:
    """Keep an original in its folder again, in place of what is there and is not that.

    Raises:
        StorageMissingError: it is not in the other folder.
        StorageDamagedError: it is not what was kept.
        OSError: the folder cannot be written.
    """
    for number, each in enumerate(files_of(other, sha256)):
        if not _is_sound(folder, each, is_whole=number == 0):
            file_of(folder, each).unlink(missing_ok=True)
    bring_back(other, folder, sha256)


def _link(file: Path, target: Path) -> None:
    """Let a file have another name, or where that cannot be, copy it."""
    for folder in (target.parent.parent, target.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        os.link(file, target)
    except FileExistsError:
        return
    except OSError:
        partial = target.with_name(f"{os.getpid()}-{target.name}.partial")
        with file.open("rb") as source, open(partial, "wb", opener=private_opener) as out:
            shutil.copyfileobj(source, out, MEMBER_BYTES)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(target)


class OriginalWriter:
    """Keeps one original while it is being read: hashed and compressed on its own thread.

    `finish` or `abandon` ends it. Nothing is kept under its final name before it is whole.
    """

    def __init__(self, folder: Path, *, grown_from: tuple[str, int] | None = None) -> None:
        """Begin; `grown_from` are the hash and size of a kept one that the file begins with."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._partial = folder / f"{os.getpid()}-{threading.get_ident()}-{id(self)}.partial"
        self._hash = hashlib.sha256()
        self._size = 0
        self._pending = bytearray()
        self._blocks: queue.Queue[bytes | None] = queue.Queue(_QUEUED_BLOCKS)
        self._fault: OSError | None = None
        self._base = None if grown_from is None else _base_for(folder, *grown_from)
        self._was_changed = False
        self._file = open(self._partial, "xb", opener=private_opener)  # noqa: SIM115 - closed by the thread
        self._thread = threading.Thread(target=self._work, name="originals")
        self._thread.start()

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the file."""
        self._blocks.put(block)

    def finish(self) -> tuple[str, int]:
        """Keep the original for good and return its SHA-256 and its size in bytes.

        Raises:
            StorageFullError: it could not be written; nothing is kept.
            UnreadableFileError: it does not begin as it did; nothing is kept.
        """
        self._stop()
        if self._was_changed:
            self._partial.unlink(missing_ok=True)
            raise _changed()
        if self._fault is not None:
            self._partial.unlink(missing_ok=True)
            raise StorageFullError(
                f"The original could not be kept: {self._fault.strerror}."
            ) from self._fault
        sha256 = self._hash.hexdigest()
        final, unwanted = file_of(self._folder, sha256), _unwanted(self._folder, sha256)
        if final.exists() and not unwanted.exists():
            self._partial.unlink()
            return sha256, self._size
        final.parent.mkdir(exist_ok=True, mode=0o700)
        if self._base is not None:
            self._go_on_from(self._base.sha256, sha256, final)
        else:
            self._partial.replace(final)
        unwanted.unlink(missing_ok=True)
        return sha256, self._size

    def _go_on_from(self, base: str, sha256: str, final: Path) -> None:
        """Keep the original for good, unless its base is being removed this moment.

        Who removes the base marks it, then looks who goes on from it: one of both sees the
        other.
        """
        with open(_later(self._folder, base), "ab", opener=private_opener) as later:
            later.write(f"{sha256}\n".encode())
            later.flush()
            os.fsync(later.fileno())
        self._partial.replace(final)
        if _unwanted(self._folder, base).exists() or not file_of(self._folder, base).exists():
            remove(self._folder, sha256)
            raise _changed()

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
            if self._base is not None:
                self._write(_base_member(self._base))
            while (block := self._blocks.get()) is not None:
                if self._fault is None and not self._was_changed:
                    self._take(self._behind_base(block))
            self._was_changed |= self._base is not None and self._size < self._base.size
            if self._fault is None and not self._was_changed:
                self._end()

    def _behind_base(self, block: bytes) -> bytes:
        """Return what of a block is not in the base; see that all before it is."""
        if self._base is None or self._size >= self._base.size:
            return block
        known = block[: self._base.size - self._size]
        self._hash.update(known)
        self._size += len(known)
        if self._size == self._base.size:
            self._was_changed = self._hash.hexdigest() != self._base.sha256
        return block[len(known) :]

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
        self._write(header + packed + _TRAILER.pack(zlib.crc32(content), len(content)))

    def _write(self, member: bytes) -> None:
        try:
            self._file.write(member)
        except OSError as error:
            self._fault = error


def _later(folder: Path, sha256: str) -> Path:
    """Return the list of those that go on from an original; some may be gone."""
    return file_of(folder, sha256).with_suffix(".later")


def _unwanted(folder: Path, sha256: str) -> Path:
    """Return the mark of an original that is only there for those that go on from it."""
    return file_of(folder, sha256).with_suffix(".unwanted")


def remove(folder: Path, sha256: str) -> None:
    """Delete an original that nothing refers to any more, once no other goes on from it."""
    file = file_of(folder, sha256)
    if not file.exists():
        return
    later, unwanted = _later(folder, sha256), _unwanted(folder, sha256)
    unwanted.touch(0o600)
    if later.exists() and any(
        file_of(folder, each).exists() for each in later.read_text("ascii").split()
    ):
        return
    try:
        base = _base_of(folder, sha256)
    except StorageDamagedError:
        base = None
    for each in (file, later, unwanted):
        each.unlink(missing_ok=True)
    with suppress(OSError):  # others are in the same folder
        file.parent.rmdir()
    if base is not None and _unwanted(folder, base.sha256).exists():
        remove(folder, base.sha256)


def remove_partial(folder: Path) -> None:
    """Delete what processes that are gone had begun to keep."""
    for partial in folder.glob("*.partial"):
        if not is_running(int(partial.name.partition("-")[0])):
            partial.unlink(missing_ok=True)


def altered(folder: Path, hashes: Iterable[str], token: CancelToken) -> Iterator[str]:
    """Yield which of some kept originals are missing or not what was kept.

    Each file is read once.

    Of one that goes on from another, its own part is checked by the checksums inside it.

    Raises:
        WorkCancelledError: `token` was cancelled.
    """
    sound: dict[str, bool] = {}
    for sha256 in hashes:
        try:
            chain = _chain(folder, sha256)
        except (StorageMissingError, StorageDamagedError):
            yield sha256
            continue
        for number, (each, _) in enumerate(chain):
            if each not in sound:
                token.check()
                sound[each] = _is_sound(folder, each, is_whole=number == 0)
        if not all(sound[each] for each, _ in chain):
            yield sha256


def _is_sound(folder: Path, sha256: str, *, is_whole: bool) -> bool:
    """Whether a file of the folder is undamaged, and where it is a whole original, that one."""
    seen = hashlib.sha256()
    try:
        for content in _members(folder, sha256, 0):
            seen.update(content)
    except (StorageDamagedError, StorageMissingError):
        return False
    return not is_whole or seen.hexdigest() == sha256


def read_range(folder: Path, sha256: str, offset: int, length: int) -> bytes:
    """Return some bytes of an original.

    Raises:
        StorageMissingError: the original is not there.
        StorageDamagedError: it is not what was kept.
    """
    found = bytearray()
    chain = _chain(folder, sha256)
    ends = [start for _, start in chain[1:]] + [offset + length]
    for (each, start), end in zip(chain, ends, strict=True):
        begin = max(offset, start)
        wanted = min(end, offset + length) - begin
        if wanted > 0:
            found += _read_part(folder, each, begin - start, wanted)
    return bytes(found)


def _read_part(folder: Path, sha256: str, offset: int, length: int) -> bytes:
    """Return some bytes of what one file of the folder holds."""
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
    for each, _ in _chain(folder, sha256):
        for content in _members(folder, each, 0):
            seen.update(content)
            yield content
    if seen.hexdigest() != sha256:
        raise _damaged(sha256)


def _base_for(folder: Path, sha256: str, size: int) -> _Base | None:
    """Return what the next version of a file goes on from, if the latest one is still kept."""
    if not is_kept(folder, sha256) or _unwanted(folder, sha256).exists():
        return None
    base = _base_of(folder, sha256)
    number = 1 if base is None else base.number + 1
    latest = _Base(sha256, size, number)
    chosen, before = latest, base
    while before is not None and before.number > number & (number - 1):
        chosen = _Base(before.sha256, before.size, number)
        before = _base_of(folder, before.sha256)
    return latest if _unwanted(folder, chosen.sha256).exists() else chosen


def _base_member(base: _Base) -> bytes:
    """Return the empty member that names what an original goes on from."""
    field = _BASE.pack(
        _BASE_FIELD, _BASE.size - 4, bytes.fromhex(base.sha256), base.size, base.number
    )
    size = _HEADER.size + len(field) + len(_NOTHING) + _TRAILER.size
    extra = _EXTRA_BYTES + len(field)
    header = _HEADER.pack(_MAGIC, 0, 0, 255, extra, _FIELD, 4, size)
    return header + field + _NOTHING + _TRAILER.pack(0, 0)


def _base_of(folder: Path, sha256: str) -> _Base | None:
    """Return what an original goes on from, or None where it is all in its own file."""
    with _opened(folder, sha256) as file:
        if _extra_bytes(file.peek(_HEADER.size), sha256) == _EXTRA_BYTES:
            return None
        file.seek(_HEADER.size)
        packed = file.read(_BASE.size)
    if len(packed) < _BASE.size:
        raise _damaged(sha256)
    _, _, base, size, number = _BASE.unpack(packed)
    return _Base(base.hex(), size, number)


def _chain(folder: Path, sha256: str) -> list[tuple[str, int]]:
    """Return the files that make up an original, in order, and where each of them begins."""
    found: list[tuple[str, int]] = []
    before: int | None = None
    while (base := _base_of(folder, sha256)) is not None:
        if before is not None and base.size >= before:
            raise _damaged(sha256)
        found.append((sha256, base.size))
        sha256, before = base.sha256, base.size
    return [(sha256, 0), *reversed(found)]


@contextmanager
def _opened(folder: Path, sha256: str) -> Iterator[BufferedReader]:
    try:
        with file_of(folder, sha256).open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise StorageMissingError(
            f"The original {sha256[:12]} is not in its folder any more.",
            advice="Put it back from a backup of that folder.",
        ) from error


def _members(folder: Path, sha256: str, first: int) -> Iterator[bytes]:
    """Yield what the members of a file hold, from a number on; that of a base holds nothing."""
    with _opened(folder, sha256) as file:
        if _extra_bytes(file.peek(_HEADER.size), sha256) != _EXTRA_BYTES:
            first += 1
        for _ in range(first):
            file.seek(_member_size(file, sha256) - _HEADER.size, os.SEEK_CUR)
        while file.peek(1):
            packed = file.read(_member_size(file, sha256) - _HEADER.size)
            yield _unpacked(packed, sha256)


def _extra_bytes(header: bytes, sha256: str) -> int:
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise _damaged(sha256)
    extra: int = _HEADER.unpack(header[: _HEADER.size])[4]
    return extra


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


def _changed() -> UnreadableFileError:
    return UnreadableFileError(
        "The file was changed while it was read.", advice="Import it again."
    )


def _damaged(sha256: str) -> StorageDamagedError:
    return StorageDamagedError(
        f"The kept original {sha256[:12]} is damaged.",
        safe="The records made from it are untouched.",
        advice="Put it back from a backup of its folder.",
    )
