"""The choice between the kinds of record that are in one place."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabBar, QWidget

from db.cancel import CancelToken
from db.ports import Storage
from db.records import Kind
from desktop_app.background import Background
from desktop_app.latest import Latest
from desktop_app.lists.views import ListView, family
from desktop_app.look import text


class KindSwitch(QTabBar):
    """Names the kinds and says how many there are of each: `Batches 3`, `Tasks 12`.

    A kind of which there are none is left out, unless it is that of its own view, which
    stays the marked one: `other_wanted` asks for the page of another. `counted` comes when
    the numbers are known; unfiltered, unlike the list's.
    """

    other_wanted = Signal(object)
    counted = Signal()

    def __init__(
        self, background: Background[Storage], view: ListView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.counts: dict[Kind, int] = {}
        self._views = family(view.family)
        self._kind = view.kind
        self._own = list(self._views).index(self._kind)
        self._latest = Latest(background, self)
        self.setAccessibleName("Kind of record")
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setUsesScrollButtons(True)
        for place, kind in enumerate(self._views):
            self.addTab(kind.plural.capitalize())
            self.setTabVisible(place, kind is self._kind)
        self.setCurrentIndex(self._own)
        self.currentChanged.connect(self._on_current_changed)

    @property
    def others(self) -> dict[Kind, int]:
        """How many records of each other kind there are, as far as is known; no zeros."""
        return {
            kind: number
            for kind, number in self.counts.items()
            if number and kind is not self._kind
        }

    @property
    def has_only_others(self) -> bool:
        """Whether there are records of other kinds and none of its own."""
        return bool(self.others) and not self.counts[self._kind]

    def refresh(self) -> None:
        """Count again."""
        self._latest.ask(self._count, self._take, lambda _error: None)

    def _count(self, storage: Storage, token: CancelToken) -> dict[Kind, int]:
        return {kind: storage.count(view.query, token) for kind, view in self._views.items()}

    def _take(self, counts: dict[Kind, int]) -> None:
        self.counts = counts
        for place, (kind, number) in enumerate(counts.items()):
            self.setTabText(place, f"{kind.plural.capitalize()}  {text.count(number)}")
            self.setTabVisible(place, number > 0 or kind is self._kind)
        self.counted.emit()

    def _on_current_changed(self, place: int) -> None:
        if place != self._own:
            self.setCurrentIndex(self._own)
            self.other_wanted.emit(list(self._views)[place])
