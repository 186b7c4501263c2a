"""The tabs of the pane; each is filled when it is looked at."""

from __future__ import annotations

from typing import Final, Protocol

from PySide6.QtWidgets import QTabWidget, QWidget

from db.records import Kind
from desktop_app.detail.seen import Seen
from desktop_app.look.theme import current_theme

_BATCH: Final = frozenset({"Tasks", "Overview", "Payload", "History", "Original"})
_TASK: Final = frozenset({"Overview", "Payload", "Links", "History", "Original"})
_SHOWN: Final = {Kind.BATCH: _BATCH, Kind.TASK: _TASK}


class View(Protocol):
    """What is on a tab."""

    def show_seen(self, seen: Seen) -> None:
        """Show a record."""
        ...


class Tabs(QTabWidget):
    """Shows the tabs that a kind of record has, and stays on the one that was chosen."""

    def __init__(self, views: dict[str, QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views = views
        self._seen: Seen | None = None
        self._filled: set[str] = set()
        self._chosen = {Kind.BATCH: "Tasks", Kind.TASK: "Overview"}
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        for name, view in views.items():
            self.addTab(view, name)
        self.setAccessibleName("Parts of the record")
        self.tabBar().setAccessibleName("Parts of the record")
        self.currentChanged.connect(self._fill)
        self._dress()
        current_theme().changed.connect(self._dress)

    def show_seen(self, seen: Seen) -> None:
        """Show a record on the tab that is open, and on the others when they are."""
        is_other_kind = self._seen is None or self._seen.kind is not seen.kind
        self._seen = seen
        self._filled.clear()
        if is_other_kind:
            self.blockSignals(True)
            for place, name in enumerate(self._views):
                # A call that changes nothing would make Qt forget to lay the tabs out.
                if self.isTabVisible(place) != (name in _SHOWN[seen.kind]):
                    self.setTabVisible(place, name in _SHOWN[seen.kind])
            self.open(self._chosen[seen.kind])
            self.blockSignals(False)
        self._fill()

    def open(self, name: str) -> None:
        """Turn to a tab."""
        self.setCurrentWidget(self._views[name])

    @property
    def name(self) -> str:
        """The tab that is open."""
        return self.tabText(self.currentIndex())

    def _dress(self) -> None:
        """Let five tabs stand side by side in a pane of the usual width."""
        px = current_theme().px
        self.setStyleSheet(
            f"QTabBar::tab {{ padding: {px(8)}px {px(5)}px; }}"
            "QTabBar QToolButton { padding: 0; border: none; border-radius: 0; }"
        )

    def _fill(self) -> None:
        if self._seen is None:
            return
        self._chosen[self._seen.kind] = self.name
        if self.name not in self._filled:
            self._filled.add(self.name)
            view: View = self.currentWidget()
            view.show_seen(self._seen)
