"""The choice between the kinds of record that are in one place."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabBar, QWidget

from db.cancel import CancelToken
from db.ports import Storage
from db.records import Kind
from desktop_app.background import Background
from desktop_app.latest import Latest
from desktop_app.lists.views import VIEWS, ListView
from desktop_app.look import text

_TITLES: Final = {Kind.BATCH: "Batches", Kind.TASK: "Tasks"}


class KindSwitch(QTabBar):
    """Names the kinds and says how many there are of each: `Batches 3`, `Tasks 12`.

    The kind of its own view stays the marked one: `other_wanted` asks for the page of the
    other. `counted` comes when the numbers are known; unfiltered, unlike the list's.
    """

    other_wanted = Signal()
    counted = Signal()

    def __init__(
        self, background: Background[Storage], view: ListView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.counts: dict[Kind, int] = {}
        self._views = {v.query.kind: v for v in (view, VIEWS[view.other])}
        self._kind = view.query.kind
        self._own = list(_TITLES).index(self._kind)
        self._latest = Latest(background, self)
        self.setAccessibleName("Kind of record")
        self.setExpanding(False)
        self.setDrawBase(False)
        for title in _TITLES.values():
            self.addTab(title)
        self.setCurrentIndex(self._own)
        self.currentChanged.connect(self._on_current_changed)

    @property
    def others(self) -> int:
        """How many records of the other kind there are, as far as is known."""
        return sum(number for kind, number in self.counts.items() if kind is not self._kind)

    @property
    def has_only_others(self) -> bool:
        """Whether there are records of the other kind and none of its own."""
        return self.others > 0 and not self.counts[self._kind]

    def refresh(self) -> None:
        """Count again."""
        self._latest.ask(self._count, self._take, lambda _error: None)

    def _count(self, storage: Storage, token: CancelToken) -> dict[Kind, int]:
        return {kind: storage.count(view.query, token) for kind, view in self._views.items()}

    def _take(self, counts: dict[Kind, int]) -> None:
        self.counts = counts
        for place, (kind, title) in enumerate(_TITLES.items()):
            self.setTabText(place, f"{title}  {text.count(counts[kind])}")
        self.counted.emit()

    def _on_current_changed(self, place: int) -> None:
        if place != self._own:
            self.setCurrentIndex(self._own)
            self.other_wanted.emit()
