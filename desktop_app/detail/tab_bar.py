"""A row of tabs in a narrow pane: a menu holds those that it has no room for."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QTabBar, QToolButton, QWidget


class TabBar(QTabBar):
    """A row of tabs; `laid_out` says that other ones may have room in it now.

    It holds the first of them, as far as there is room for their whole titles, and the one
    that is open; the others take no room. So it never scrolls.
    """

    laid_out = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)

    @property
    def wanted_width(self) -> int:
        """The room that all its tabs take side by side, in pixels."""
        return sum(super(TabBar, self).tabSizeHint(place).width() for place in self._places())

    @property
    def without_room(self) -> list[int]:
        """The places of the tabs that are not to be seen."""
        held = self._held()
        return [place for place in self._places() if place not in held]

    def _held(self) -> set[int]:
        held = {self.currentIndex()}
        room = self.width() - super().tabSizeHint(self.currentIndex()).width()
        for place in self._places():
            if place not in held:
                room -= super().tabSizeHint(place).width()
                if room < 0:
                    break
                held.add(place)
        return held

    def _places(self) -> list[int]:
        return [place for place in range(self.count()) if self.isTabVisible(place)]

    # Qt overrides

    def tabLayoutChange(self) -> None:
        super().tabLayoutChange()
        self.laid_out.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.laid_out.emit()

    def tabSizeHint(self, place: int) -> QSize:
        size = super().tabSizeHint(place)
        return size if place in self._held() else QSize(0, size.height())

    def minimumTabSizeHint(self, place: int) -> QSize:
        return self.tabSizeHint(place)

    def sizeHint(self) -> QSize:
        return QSize(self.wanted_width, super().sizeHint().height())


class MoreButton(QToolButton):
    """Lists the tabs that have no room, to turn to one of them."""

    def __init__(self, bar: TabBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self.setText("More ▾")
        self.setAccessibleName("More parts of the record")
        self.setProperty("quiet", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)

    def _fill(self) -> None:
        """List them anew."""
        self.menu().clear()
        for place in self._bar.without_room:
            title = self._bar.tabText(place)
            self.menu().addAction(title, partial(self._bar.setCurrentIndex, place))
