"""The records that were opened last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from db.cancel import CancelToken
from db.ports import Storage
from db.records import AnyRecord, Kind
from desktop_app.window_state import WindowState

KEPT: Final = 10
DWELL_MS: Final = 1000
"""A record that is shown for less was only passed on the way to another."""


class RecentRecords(QObject):
    """Remembers which records of one storage were opened last, from start to start."""

    changed = Signal()

    def __init__(self, state: WindowState, uri: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._key = f"recent/{uri}"
        self._seen: AnyRecord | None = None
        self._seen_kind = Kind.TASK
        self._dwell = QTimer(self, singleShot=True, interval=DWELL_MS)
        self._dwell.timeout.connect(self._note_seen)

    def see(self, kind: Kind, record: AnyRecord) -> None:
        """Note a record once it has been shown for a while and no other since."""
        is_same = self._seen is not None and (self._seen.id == record.id)
        self._seen, self._seen_kind = record, kind
        if not is_same:
            self._dwell.start()

    def note(self, kind: Kind, record: AnyRecord) -> None:
        """Note that a record was opened."""
        opened = [int(kind), record.pk, record.id]
        others = [each for each in self._noted() if each != opened]
        self._state.put(self._key, [opened, *others][:KEPT])
        self.changed.emit()

    def read(self, storage: Storage, token: CancelToken) -> list[tuple[Kind, AnyRecord]]:
        """Return those that are still there, the last one first."""
        found = []
        for number, pk, id_ in self._noted():
            records = storage.fetch(Kind(number), [pk], token)
            found += [(Kind(number), record) for record in records if record.id == id_]
        return found

    def _note_seen(self) -> None:
        if self._seen is not None:
            self.note(self._seen_kind, self._seen)

    def _noted(self) -> Sequence[Any]:
        noted = self._state.get(self._key)
        if not isinstance(noted, list):
            return []
        kinds = {*map(int, Kind)}
        return [
            each
            for each in noted
            if isinstance(each, list)
            and [type(part) for part in each] == [int, int, str]
            and each[0] in kinds
        ]
