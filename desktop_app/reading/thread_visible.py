"""What of conversations is shown: one choice for every view of a workspace."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal

from db.ports import Storage
from desktop_app.background import Background
from desktop_app.reading.thread_plan import EVERYTHING, Sort

VISIBLE_SETTING: Final = "thread.visible"


class VisibleSorts(QObject):
    """Keeps what a person wants to see of conversations; `changed` carries it."""

    changed = Signal(object)

    def __init__(self, background: Background[Storage]) -> None:
        super().__init__(background)
        self._background = background
        self._chosen: Sort | None = None

    def choose(self, visible: Sort) -> None:
        """Show this from now on, in every view, and after the next start."""
        self._chosen = visible
        self._background.write(
            lambda storage, _token: storage.settings.put(VISIBLE_SETTING, int(visible))
        )
        self.changed.emit(visible)

    def read(self, storage: Storage) -> Sort:
        """Return what is shown, as chosen here or kept before; on a reader thread."""
        if self._chosen is not None:
            return self._chosen
        kept = storage.settings.get(VISIBLE_SETTING)
        return Sort(kept & EVERYTHING) if isinstance(kept, int) else EVERYTHING


def visible_sorts(background: Background[Storage]) -> VisibleSorts:
    """Return the choice that all views share which read in the same background."""
    shared = background.findChild(VisibleSorts)
    return shared if isinstance(shared, VisibleSorts) else VisibleSorts(background)
