"""Naming this process, and asking whether another one still lives."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePath
from typing import BinaryIO, Final


def owner_name() -> str:
    """Return a name for this process: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_alive(owner: str) -> bool:
    """Whether the process of that name may still live.

    Only a process of this host can be known to be gone.
    """
    host, _, number = owner.rpartition(":")
    if host != socket.gethostname() or not number.isdecimal():
        return True
    return is_running(int(number))


def is_running(pid: int) -> bool:
    """Whether a process of this host with that number is running."""
    if sys.platform == "win32":
        return _has_windows_process(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def try_lock(file: BinaryIO) -> bool:
    """Lock a file that is open for writing, until it is closed; false if another has it.

    However this process ends, its locks end with it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - Windows only

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def who_locks(path: Path, first: int, last: int, *, shared: bool = False) -> str:
    """Say which other process has locked bytes of a file for itself: program, number, start.

    With `shared`, one that has locked them together with others counts too.

    The file is not opened. Empty where no system tells that, as only Linux does, or where
    that process is another user's.
    """
    try:
        found = path.stat()
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    for lock in locks:
        words = lock.split()
        if len(words) != _LOCK_WORDS or words[5] != place:
            continue
        if words[3] != "WRITE" and not shared:
            continue
        end = _NO_END if words[7] == "EOF" else int(words[7])
        is_there = int(words[6]) <= last and end >= first
        if is_there and int(words[4]) not in {0, os.getpid()}:
            return _described(int(words[4]))
    return ""


def who_has_open(path: Path) -> str:
    """Say which other process has a workspace open, as `who_locks` does."""
    return who_locks(path.with_name(f"{path.name}-shm"), *_OPEN_LOCK, shared=True)


TELLS_WHO_HAS_OPEN: Final = sys.platform == "linux"
"""Whether this system tells which files other processes have open."""


def is_open_elsewhere(path: Path, file: tuple[int, int]) -> bool:
    """Whether another process has a file open, even one that did nothing with it yet.

    The file is known by its device and number, and has or had the name that is given. This
    looks at the processes that this user may look at, where the system tells that.
    """
    real = str(path.resolve())
    processes = Path("/proc").iterdir() if TELLS_WHO_HAS_OPEN else ()
    others = (each for each in processes if each.name.isdecimal())
    return any(_has_open(each, real, file) for each in others if each.name != f"{os.getpid()}")


def _has_open(process: Path, real: str, file: tuple[int, int]) -> bool:
    with suppress(OSError):  # it is gone, or another user's
        for each in (process / "fd").iterdir():
            with suppress(OSError):
                if str(each.readlink()) in {real, f"{real} (deleted)"}:
                    found = each.stat()
                    if (found.st_dev, found.st_ino) == file:
                        return True
    return False


_OPEN_LOCK: Final = (128, 128)
"""Held in a log's index by who has the file open: sqlite.org/walformat.html."""
_LOCK_WORDS: Final = 8
_NO_END: Final = 1 << 63
_START_WORD: Final = 19
"""The place of the time a process began in what stands behind its name."""


def _described(pid: int) -> str:
    """Return the program of a process, without what it was told, its number and its start."""
    home = Path("/proc") / str(pid)
    try:
        words = (home / "cmdline").read_bytes().decode(errors="replace").split("\0")
        ticks = int((home / "stat").read_text().rpartition(")")[2].split()[_START_WORD])
        clock = Path("/proc/stat").read_text(encoding="ascii").partition("btime ")[2]
        began = int(clock.split()[0]) + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return f"process {pid}"
    program = PurePath(words[0]).name
    if program.startswith("python") and len(words) > 1 and not words[1].startswith("-"):
        program = PurePath(words[1]).name
    since = f"{datetime.fromtimestamp(began):%H:%M}"
    return f"{program}, process {pid}, running since {since}"


def _has_windows_process(pid: int) -> bool:
    import ctypes  # noqa: PLC0415 - Windows only

    query_limited_information, still_active = 0x1000, 259
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(query_limited_information, 0, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == still_active
