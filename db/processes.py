"""Naming this process, and asking whether another one still lives."""

from __future__ import annotations

import os
import socket
import sys
from typing import BinaryIO


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
