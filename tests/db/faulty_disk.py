"""A disk that fails, or a machine that dies, at the n-th write: a layer under SQLite."""

import os
import signal

import apsw

NAME = "faulty"
REAL = apsw.vfs_names()[0]


class FaultyDisk(apsw.VFS):
    """Passes everything on to the real disk until it is time for the fault.

    `point` counts writes, syncs and truncations, or with `reading` reads instead; -1 never
    comes. `fault` is called there, and `lasting` says whether at every later one too.
    """

    def __init__(self, fault, point=-1, *, lasting=False, reading=False):
        self.fault = fault
        self.point = point
        self.lasting = lasting
        self.reading = reading
        self.count = 0
        super().__init__(NAME, REAL, makedefault=True)

    def xOpen(self, name, flags):
        return _File(self, name, flags)

    def step(self, *, reading=False):
        if reading is not self.reading:
            return
        self.count += 1
        if self.count == self.point or (self.lasting and 0 <= self.point < self.count):
            self.fault()


class _File(apsw.VFSFile):
    def __init__(self, disk, name, flags):
        self._disk = disk
        super().__init__(REAL, name, flags)

    def xRead(self, amount, offset):
        self._disk.step(reading=True)
        return super().xRead(amount, offset)

    def xWrite(self, data, offset):
        self._disk.step()
        return super().xWrite(data, offset)

    def xSync(self, flags):
        self._disk.step()
        return super().xSync(flags)

    def xTruncate(self, size):
        self._disk.step()
        return super().xTruncate(size)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def input_output_error():
    raise apsw.exception_for(apsw.SQLITE_IOERR_WRITE)


def read_error():
    raise apsw.exception_for(apsw.SQLITE_IOERR_READ)


def full():
    raise apsw.exception_for(apsw.SQLITE_FULL)
