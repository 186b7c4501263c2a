"""Which record waits to be compared with another: of a list, a thread or a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, Signal

from db.errors import SheafError
from db.ports import Storage
from db.records import AnyRecord, Kind
from desktop_app.background import Background
from desktop_app.latest import Latest
from desktop_app.reading.record_text import name_of

_TITLE_CHARS: Final = 60

Key: TypeAlias = tuple[Kind, int]


class Comparing(QObject):
    """Keeps the first of two records until the second is named.

    `changed` says that another one waits, or none; `chosen` carries the kinds and pks of
    both once there are two, `failed` why the first cannot wait.
    """

    changed = Signal()
    chosen = Signal(object, object)
    failed = Signal(object)

    def __init__(self, background: Background[Storage]) -> None:
        super().__init__(background)
        self._latest = Latest(background, self)
        self._waiting: Key | None = None
        self.title = ""

    def take(self, kind: Kind, pk: int) -> None:
        """Let a record wait, or compare it with the one that does."""
        first, key = self._waiting, (kind, pk)
        if first is None:
            self._waiting = key
            self._latest.ask(
                lambda storage, token: storage.fetch(kind, [pk], token), self._name, self._fail
            )
        elif first == key:
            self.changed.emit()
        else:
            self.forget()
            self.chosen.emit(first, key)

    def forget(self) -> None:
        """Let none wait."""
        self._latest.cancel()
        self._waiting, self.title = None, ""
        self.changed.emit()

    def _name(self, records: Sequence[AnyRecord]) -> None:
        for record in records:
            name = name_of(record)
            self.title = f"{name[:_TITLE_CHARS]}…" if len(name) > _TITLE_CHARS else name
        self.changed.emit()

    def _fail(self, error: SheafError) -> None:
        self.forget()
        self.failed.emit(error)


def comparing(background: Background[Storage]) -> Comparing:
    """Return what all views share that read in the same background."""
    shared = background.findChild(Comparing)
    return shared if isinstance(shared, Comparing) else Comparing(background)
