"""A disk whose power fails: only what was synced is sure to be there afterwards."""

import os
import random
import sys
from pathlib import Path

import apsw

NAME = "power"
REAL = apsw.vfs_names()[0]
REAL_SYNC = os.fsync
SECTOR_BYTES = 512


class PowerDisk(apsw.VFS):
    """Passes everything on to the real disk, and knows what of it a power cut would leave.

    At the `point`-th write, sync, truncation or change of a name `fail` is called. A disk
    that lies says that it synced, and did not. Of a file that was not in `folder` before,
    nothing is sure to be there until it is synced, or has been given another name if SQLite
    never had it open.
    """

    def __init__(self, fail, point, folder, *, lies=False):
        self.fail = fail
        self.point = point
        self.lies = lies
        self.count = 0
        self.folder = folder
        self.kept = {
            str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()
        }
        self.pending = {}
        super().__init__(NAME, REAL, makedefault=True)
        sys.addaudithook(self._hear)
        os.fsync = self._sync

    def xOpen(self, name, flags):
        return _File(self, name, flags)

    def xDelete(self, name, sync_folder):
        self.step()
        super().xDelete(name, sync_folder)
        self.kept.pop(name, None)
        self.pending.pop(name, None)

    def _hear(self, event, given):
        """Give a file another name, as the program does, with what of it is kept."""
        old, new = map(str, given[:2]) if event in {"os.link", "os.rename"} else ("", "")
        if not Path(old).is_relative_to(self.folder):
            return
        self.step()
        if old not in self.kept:
            self.kept[old] = Path(old).read_bytes()
        for known, nothing in ((self.kept, b""), (self.pending, [])):
            known[new] = known.get(old, nothing)
            if event == "os.rename":
                known.pop(old, None)

    def _sync(self, file):
        """Sync a file that is open without SQLite."""
        number = file if isinstance(file, int) else file.fileno()
        REAL_SYNC(number)
        for name in [*self.pending]:
            if Path(name).exists() and os.path.samestat(os.fstat(number), Path(name).stat()):
                self.synced(name)

    def synced(self, name):
        """Keep for good what was written to a file, unless the disk lies."""
        if not self.lies:
            content = bytearray(self.kept[name])
            for act in self.pending.pop(name, ()):
                _apply(content, act)
            self.kept[name] = bytes(content)

    def step(self):
        self.count += 1
        if self.count == self.point:
            self.fail(self)

    def leave(self, folder, chance):
        """Write what the disk holds after the cut: what was synced, and some of the rest."""
        share = chance.choice((0.0, 0.5, 0.9))
        for name, kept in self.kept.items():
            content = bytearray(kept)
            for act in self.pending.get(name, ()):
                if chance.random() < share:
                    _apply(content, _torn(act, chance))
            file = folder / Path(name).relative_to(self.folder)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def _torn(act, chance):
    """Return a write of which, now and then, only the first sectors reached the disk."""
    offset, data = act
    if data is None or chance.random() < 0.7:
        return act
    return offset, data[: chance.randrange(0, len(data) + 1, SECTOR_BYTES)]


def _apply(content, act):
    offset, data = act
    if data is None:
        del content[offset:]
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


class _File(apsw.VFSFile):
    def __init__(self, disk, name, flags):
        self._disk = disk
        self._name = name.filename() if isinstance(name, apsw.URIFilename) else name
        super().__init__(REAL, name, flags)
        if self._name is not None and not Path(self._name).is_relative_to(disk.folder):
            self._name = None
        if self._name is not None and self._name not in disk.kept:
            file = Path(self._name)
            disk.kept[self._name] = b""
            disk.pending[self._name] = [(0, file.read_bytes())] if file.exists() else []

    def _did(self, act):
        self._disk.step()
        if self._name is not None:
            self._disk.pending.setdefault(self._name, []).append(act)

    def xWrite(self, data, offset):
        self._did((offset, bytes(data)))
        return super().xWrite(data, offset)

    def xTruncate(self, size):
        self._did((size, None))
        return super().xTruncate(size)

    def xSync(self, flags):
        self._disk.step()
        super().xSync(flags)
        if self._name is not None:
            self._disk.synced(self._name)


def cut(work, folder, point, *, lies):
    """Do some work in a process of its own until the power fails; return what it said.

    `work` is given a function that takes what was acknowledged. What is left of the disk is
    in the folder `after`. A point of 0 never comes; what is said last is how many there are.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        after = Path(folder, "after")
        after.mkdir()

        def fail(disk):
            disk.leave(after, random.Random(point))  # noqa: S311 - to be repeated
            os._exit(0)

        disk = PowerDisk(fail, point, folder, lies=lies)
        work(lambda said: os.write(writing, f"{said}\n".encode()))
        if not point:
            os.write(writing, f"{disk.count}\n".encode())
        fail(disk)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read().split()
    os.waitpid(pid, 0)
    return said
