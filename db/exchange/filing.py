"""Files that appear under their names only when they are whole, and names safe everywhere."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

from db.errors import UnwritableFileError
from db.processes import is_running

_UNSAFE: Final = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_RESERVED: Final = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)
}
"""File names that Windows keeps for devices, whatever their ending."""

_NAME_CHARS: Final = 200


class Hashed:
    """A stream that knows the SHA-256 and the size of what was written to it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, block: bytes) -> int:
        """Write a block of bytes."""
        self._hash.update(block)
        self.size += len(block)
        return self._out.write(block)

    @property
    def sha256(self) -> str:
        """The hash so far, in hexadecimal."""
        return self._hash.hexdigest()


@contextmanager
def partial_file(target: Path) -> Iterator[Path]:
    """Lend the name of a file that takes the place of another when all went well.

    Raises:
        UnwritableFileError: it cannot be written; what was there before is kept.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    _remove_left(target)
    try:
        yield partial
        with partial.open("rb+") as out:
            os.fsync(out.fileno())
        partial.replace(target)
    except OSError as error:
        raise UnwritableFileError(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def partial_folder(target: Path) -> Iterator[Path]:
    """Lend a folder that takes the place of another when all went well.

    Where there is a folder already, its other files stay.

    Raises:
        UnwritableFileError: it cannot be written; what was there before is kept.
    """
    target = target.resolve()
    home = target if target.is_dir() else made_folder(target.parent)
    partial = home / f".{target.name}.{os.getpid()}.partial"
    _remove_left(home / target.name)
    try:
        partial.mkdir()
        yield partial
        _see_written(partial)
        _take_place(partial, target)
    except OSError as error:
        raise UnwritableFileError(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _take_place(partial: Path, target: Path) -> None:
    """Move what is in a folder to another, where only files of the same names go."""
    if not target.exists():
        partial.rename(target)
        return
    for each in partial.iterdir():
        place = target / each.name
        if each.is_dir() and place.is_dir():
            _take_place(each, place)
        else:
            each.replace(place)


def _see_written(folder: Path) -> None:
    """See that the files in a folder are on the disk: of many, all at once is far faster."""
    if hasattr(os, "sync"):
        os.sync()
        return
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as out:
                os.fsync(out.fileno())


def _remove_left(target: Path) -> None:
    """Delete what processes that are gone had begun to write in the place of something."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.partial"):
        number = left.name.split(".")[-2]
        if number.isdecimal() and not is_running(int(number)):
            with suppress(OSError):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


@contextmanager
def opened_partial(partial: Path) -> Iterator[Hashed]:
    """Open a partial file for writing, and see that it is on the disk in the end."""
    with partial.open("wb") as out:
        yield Hashed(cast("BinaryIO", out))
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def opened_inside(path: Path) -> Iterator[Hashed]:
    """Open a file of a partial folder for writing, and make the folder it is in."""
    made_folder(path.parent)
    with path.open("wb") as out:
        yield Hashed(cast("BinaryIO", out))


def made_folder(target: Path) -> Path:
    """Make a folder where there is none, and return it.

    Raises:
        UnwritableFileError: it cannot be made.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFileError(f"{target} cannot be made: {error.strerror}.") from error
    return target


def safe_name(name: str, default: str) -> str:
    """Return a file name like another that every system takes."""
    safe = _UNSAFE.sub("_", name).strip(". ") or default
    return f"_{safe}" if safe.partition(".")[0].lower() in _RESERVED else safe


def free_name(name: str, taken: set[str], default: str = "original") -> str:
    """Return a file name like another that is safe everywhere and not taken."""
    stem, dot, suffix = safe_name(name, default)[:_NAME_CHARS].partition(".")
    number, free = 1, f"{stem}{dot}{suffix}"
    while free.lower() in taken:
        number += 1
        free = f"{stem} ({number}){dot}{suffix}"
    taken.add(free.lower())
    return free
