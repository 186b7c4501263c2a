"""Going to a record by its id, or by words of its title."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from db.cancel import CancelToken
from db.errors import RecordNotFoundError
from db.ports import Storage
from db.query import EVERYWHERE, QUERIES
from db.records import AnyRecord, Kind, kind_of
from desktop_app.actions.palette import Entry, Palette
from desktop_app.background import Request
from desktop_app.workspace import Workspace

FOUND: Final = {Kind.BATCH: 12, Kind.TASK: 12}
"""So many records of a kind are offered at most, of the other kinds `FOUND_MORE`."""
FOUND_MORE: Final = 4
QUIET_MS: Final = 120


class RecordSearch(Palette):
    """A palette of records."""

    def __init__(
        self, workspace: Workspace, window: QWidget, go_to: Callable[[Kind, int], None]
    ) -> None:
        super().__init__(window, "Go to record", "Id, or words of a title", matches_itself=True)
        self._workspace = workspace
        self._go_to = go_to
        self._request: Request | None = None
        self._wanted = ""
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._ask)
        self.typed.connect(self._on_typed)
        self._ask()
        self.open()

    def _on_typed(self, wanted: str) -> None:
        self._wanted = wanted
        self._quiet.start()

    def _ask(self) -> None:
        wanted = self._wanted.strip()
        if self._request is not None:
            self._request.cancel()
        self._request = self._workspace.background.read(
            lambda storage, token: _find(storage, token, wanted), self._show
        )

    def _show(self, records: list[AnyRecord]) -> None:
        self.set_entries(
            [
                Entry(
                    record.title,
                    _hint(record),
                    partial(self._go_to, kind_of(record), record.pk),
                )
                for record in records
            ]
        )

    def dismiss(self) -> None:
        """Fall silent, and go."""
        self._quiet.stop()
        if self._request is not None:
            self._request.cancel()
        super().dismiss()


def _find(storage: Storage, token: CancelToken, wanted: str) -> list[AnyRecord]:
    found: dict[tuple[Kind, int], AnyRecord] = {}
    if wanted:
        try:
            kind, pk = storage.resolve(wanted)
        except RecordNotFoundError:
            pass
        else:
            found |= {(kind, each.pk): each for each in storage.fetch(kind, [pk], token)}
    for kind, make in QUERIES.items():
        if not wanted and kind not in FOUND:
            continue
        query = make(text=wanted, places=EVERYWHERE)
        pks = storage.ids(query, FOUND.get(kind, FOUND_MORE), token=token)
        found |= {(kind, record.pk): record for record in storage.fetch(kind, pks, token)}
    return list(found.values())


def _hint(record: AnyRecord) -> str:
    return f"{kind_of(record).word}  {record.external_id or record.id[:13]}"
