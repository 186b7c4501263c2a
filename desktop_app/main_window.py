"""The window: sidebar, list, details and status line, and what stands there instead of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_app.actions.registry import ActionRegistry
from desktop_app.drop import DropTarget
from desktop_app.import_panel import ImportPanel
from desktop_app.lists.views import VIEWS, ListView
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.pages import Pages
from desktop_app.status_line import StatusLine
from desktop_app.top_bar import TopBar
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.buttons import ButtonSpec
from desktop_app.widgets.sidebar import SIDEBAR_PX, Sidebar
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.widgets.toast import Toast
from desktop_app.window_state import WindowState

SIZE_PX: Final = (1280, 800)
LEAST_PX: Final = (720, 480)
DETAIL_PX: Final = 336
WIDE_PX: Final = 1100
"""From this width on the details stand beside the list, below it they stand under it."""

SECTIONS: Final = (
    (
        "VIEWS",
        ("overview", "search", "active", "failed", "review", "stalled", "inbox", "recent"),
    ),
    (
        "RECORDS",
        (
            "batches",
            "tasks",
            "runs",
            "conversations",
            "learnings",
            "bugs",
            "design-notes",
            "status-updates",
        ),
    ),
    ("SYSTEM", ("archived", "trash", "imports", "history")),
)
"""What the sidebar offers: headings with the keys of pages; saved views join the first."""
_PAGES: Final = {
    "overview": ("Overview", "overview"),
    "search": ("Search everything", "search"),
    "imports": ("Imports", "import"),
    "history": ("History", "history"),
}
"""The titles and icons of pages that are no lists of records."""


class MainWindow(QMainWindow):
    """Holds the parts and lays them out; what they do is decided elsewhere.

    `may_close` is asked whenever the window is to be closed, and it stays where that says no;
    `escaped` comes when Esc was pressed and nothing that has the focus wanted it.
    """

    escaped = Signal()

    def __init__(self, state: WindowState) -> None:
        super().__init__()
        self.setWindowTitle("Sheaf")
        self.setMinimumSize(*LEAST_PX)
        self._state = state
        self.may_close: Callable[[], bool] = lambda: True
        self.registry = ActionRegistry(self)
        self.registry.fill_bar(self.menuBar())
        self.sidebar = Sidebar()
        self.show_views(())
        self.top = TopBar(self.registry)
        self.ribbon = Banner()
        self.import_panel = ImportPanel()
        self.panel = StatePanel()
        self.status = StatusLine()
        self.setStatusBar(self.status)
        self.pages: Pages | None = None
        self.detail: QWidget | None = None
        self._is_detail_wanted: bool | None = False
        self._lay_out()
        self.toast = Toast(self)
        self.drop = DropTarget(self)
        self._restore_place()

    def show_views(self, saved: Iterable[ListView]) -> None:
        """Offer the pages there are in the sidebar, and the views a person saved."""
        own = [(view.key, view.title, view.icon) for view in saved]
        self.sidebar.set_sections(
            [
                (heading, [*map(_entry, keys), *(own if heading == SECTIONS[0][0] else ())])
                for heading, keys in SECTIONS
            ]
        )

    def show_panel(
        self, picture: str, headline: str, sentence: str, buttons: Sequence[ButtonSpec] = ()
    ) -> None:
        """Show words and a next step instead of the lists."""
        self.panel.show_state(picture, headline, sentence, buttons)
        self._stack.setCurrentWidget(self.panel)

    def show_lists(self) -> None:
        """Show the lists again."""
        self._stack.setCurrentWidget(self._workplace)

    @property
    def shows_lists(self) -> bool:
        """Whether the lists are what is shown."""
        return self._stack.currentWidget() is self._workplace

    def put_pages(self, pages: Pages) -> None:
        """Put in the pages of a storage that was opened, and keep a place for the details."""
        self.drop_workspace()
        self.pages, self.detail = pages, QFrame()
        self.detail.setProperty("card", True)
        self._list_place.addWidget(pages, 1)
        self.detail.setMinimumWidth(current_theme().px(DETAIL_PX))
        self._split.addWidget(self.detail)
        self._split.setStretchFactor(0, 1)
        self._split.setCollapsible(0, False)
        self.show_lists()
        # Only what has its place already can be divided.
        self._workplace.layout().activate()
        self._arrange()

    def put_detail(self, detail: QWidget) -> None:
        """Put the details into the place that is kept for them."""
        # Its buttons may ask for more room than it needs while nothing is shown.
        detail.setMinimumWidth(current_theme().px(DETAIL_PX))
        self._split.replaceWidget(1, detail).deleteLater()
        self.detail = detail
        self.show_detail(wanted=self._is_detail_wanted)

    def show_detail(self, *, wanted: bool | None) -> None:
        """Show the details; where they would stand under the list, only if they are wanted.

        A page that has no details says None: they do not stand beside it either.
        """
        self._is_detail_wanted = wanted
        if self.detail is not None:
            beside = self._split.orientation() is Qt.Orientation.Horizontal
            self.detail.setVisible(wanted is not None and (beside or wanted))

    def drop_workspace(self) -> None:
        """Take out the pages and details, as the storage is being closed."""
        for part in (self.pages, self.detail):
            if part is not None:
                part.hide()
                part.setParent(None)
                part.deleteLater()
        self.pages = self.detail = None
        self.ribbon.hide()
        self.status.clear_all()

    def cycle_panes(self, step: int) -> None:
        """Give the focus to the next part of the window."""
        parts: list[QWidget] = [self.sidebar]
        if self.pages is not None and self.pages.page is not None:
            parts.append(self.pages.page)
        if self.detail is not None and self.detail.isVisible():
            parts.append(self.detail)
        parts.append(self.top.search)
        focused = self.focusWidget()
        holding = [
            place
            for place, part in enumerate(parts)
            if focused is not None and (part is focused or part.isAncestorOf(focused))
        ]
        place = holding[-1] if holding else -1 if step > 0 else 0
        focus_into(parts[(place + step) % len(parts)])

    def save_place(self) -> None:
        """Remember where the window is and how it is divided."""
        self._state.put_bytes("window/geometry", self.saveGeometry())
        self._save_split()
        self._state.flush()

    def _lay_out(self) -> None:
        gap = current_theme().px(CARD_GAP_PX)
        middle = QWidget()
        self._list_place = QVBoxLayout(middle)
        self._list_place.setContentsMargins(0, 0, 0, 0)
        self._list_place.setSpacing(gap)
        for part in (self.top, self.ribbon, self.import_panel):
            self._list_place.addWidget(part)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setHandleWidth(gap)
        self._split.setAccessibleName("List and details")
        self._split.addWidget(middle)
        self._workplace = QWidget()
        row = QHBoxLayout(self._workplace)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(gap)
        self.sidebar.setFixedWidth(current_theme().px(SIDEBAR_PX))
        row.addWidget(self.sidebar)
        row.addWidget(self._split, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.panel)
        self._stack.addWidget(self._workplace)
        whole = QWidget()
        whole.setObjectName("page")
        edge = QVBoxLayout(whole)
        edge.setContentsMargins(gap, gap // 2, gap, 0)
        edge.addWidget(self._stack)
        self.setCentralWidget(whole)
        current_theme().changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        """Give the parts the room that the text needs at its present size."""
        self.sidebar.setFixedWidth(current_theme().px(SIDEBAR_PX))
        if self.detail is not None:
            self.detail.setMinimumWidth(current_theme().px(DETAIL_PX))
        wide = self.width() >= current_theme().px(WIDE_PX)
        if wide != (self._split.orientation() is Qt.Orientation.Horizontal):
            self._save_split()
            self._arrange()

    def _restore_place(self) -> None:
        geometry = self._state.get_bytes("window/geometry")
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            self.resize(*SIZE_PX)

    def _arrange(self) -> None:
        wide = self.width() >= current_theme().px(WIDE_PX)
        wanted = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if self._split.orientation() is not wanted or self._split.count() > 1:
            self._split.setOrientation(wanted)
            self._restore_split()
            self.show_detail(wanted=self._is_detail_wanted)

    def _split_key(self) -> str:
        across = self._split.orientation() is Qt.Orientation.Horizontal
        return "window/split" if across else "window/split_below"

    def _save_split(self) -> None:
        if self._split.count() > 1:
            self._state.put(self._split_key(), self._split.sizes())

    def _restore_split(self) -> None:
        sizes = self._state.get(self._split_key())
        if isinstance(sizes, list) and len(sizes) == 2:  # noqa: PLR2004 - list and details
            self._split.setSizes(sizes)
        else:
            length = max(self._split.width(), self._split.height(), 1)
            self._split.setSizes([length * 69 // 100, length * 31 // 100])

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        least = current_theme().px(WIDE_PX)
        if (event.oldSize().width() >= least) != (event.size().width() >= least):
            self._save_split()
            self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.setAccepted(self.may_close())


def _entry(key: str) -> tuple[str, str, str]:
    view = VIEWS.get(key)
    return (key, *_PAGES[key]) if view is None else (key, view.title, view.icon)


def focus_into(part: QWidget) -> None:
    """Give the focus to a part of the window, or to the first thing in it that takes it."""
    wanted = part.focusProxy() or part
    if wanted.focusPolicy() is Qt.FocusPolicy.NoFocus:
        inside = (
            child
            for child in wanted.findChildren(QWidget)
            if child.focusPolicy() & Qt.FocusPolicy.TabFocus
            and child.isVisible()
            and child.isEnabled()
        )
        wanted = next(inside, wanted)
    wanted.setFocus(Qt.FocusReason.ShortcutFocusReason)
