"""What a backup holds, lent as a storage until it is given back."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from db.maintenance.manifest import Backup
from db.ports import Storage
from db.storage import path_of


class Lent(Struct, frozen=True):
    """A backup, its content as a storage, and what lets go of that."""

    backup: Backup
    storage: Storage
    _stack: ExitStack

    @property
    def folder(self) -> Path:
        """Where the content is, in a folder that goes with it."""
        return path_of(self.storage.uri).parent

    def give_back(self) -> None:
        """Let go of the content; may take as long as deleting a file of its size."""
        self._stack.close()
