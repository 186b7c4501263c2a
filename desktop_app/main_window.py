"""The window: sidebar, list, details and status line, and what stands there instead of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop_app.actions.registry import ActionRegistry
from desktop_app.detail_side import DetailSide
from desktop_app.drop import DropTarget
from desktop_app.lists.views import VIEWS, ListView
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX
from desktop_app.pages import BACKUPS, HEALTH, RETENTION, STORAGE, TRAY, Pages
from desktop_app.status_line import StatusLine
from desktop_app.top_bar import TopBar
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.buttons import ButtonSpec
from desktop_app.widgets.enter import press_focused
from desktop_app.widgets.menu_key import MenuKey
from desktop_app.widgets.sidebar import Sidebar
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.widgets.tab_order import in_order, move_focus
from desktop_app.window_state import WindowState

SIZE_PX: Final = (1280, 800)
LEAST_PX: Final = (600, 360)
WIDE_PX: Final = 1100
"""From this width on the details stand beside the list."""
TALL_PX: Final = 800
"""From this height on they stand under it otherwise; in a smaller window they cover it."""
TITLES_PX: Final = 1000
"""From this width on the sidebar shows titles."""

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
            "messages",
            "learnings",
            "bugs",
            "design-notes",
            "status-updates",
        ),
    ),
    (
        "SYSTEM",
        (
            "archived",
            "trash",
            "imports",
            "history",
            "backups",
            "retention",
            "storage",
            "health",
        ),
    ),
)
"""What the sidebar offers: headings with the keys of pages; saved views join the first."""
_PAGES: Final = {
    "overview": ("Overview", "overview"),
    "search": ("Search everything", "search"),
    "imports": ("Imports", "import"),
    "history": ("History", "history"),
    BACKUPS: ("Backups", "backup"),
    RETENTION: ("Retention", "retention"),
    STORAGE: ("Storage", "database"),
    HEALTH: ("Health", "health"),
    TRAY: ("Set aside", "warning"),
}
"""The titles and icons of pages that are no lists of records."""


_PREFERRED: Final = QSizePolicy.Policy.Preferred


class DetailPlace(Enum):
    """Where the details of a record stand."""

    BESIDE = "window/split"
    BELOW = "window/split_below"
    OVER = ""
    """Instead of the list, once they are asked for; elsewhere the way the room is divided is
    remembered by the value."""


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
        MenuKey(self)
        self.sidebar = Sidebar()
        self.show_views(())
        self.top = TopBar(self.registry)
        self.ribbon = Banner()
        self.panel = StatePanel()
        self.status = StatusLine()
        self.setStatusBar(self.status)
        self.pages: Pages | None = None
        self._side: DetailSide | None = None
        self._is_detail_wanted: bool | None = False
        self._is_detail_open = False
        self._place = DetailPlace.BESIDE
        self._is_divided = False
        self._lay_out()
        self.toast = self.status.toast
        self.drop = DropTarget(self)
        self._restore_place()

    def show_views(self, saved: Iterable[ListView], set_aside: int = 0) -> None:
        """Offer the pages there are in the sidebar, and the views a person saved.

        The tray is there only while so many records, more than none, are set aside.
        """
        more: dict[str, list[tuple[str, str, str]]] = {
            SECTIONS[0][0]: [(view.key, view.title, view.icon) for view in saved],
            SECTIONS[-1][0]: [_entry(TRAY)] if set_aside else [],
        }
        self.sidebar.set_sections(
            [
                (heading, [*map(_entry, keys), *more.get(heading, ())])
                for heading, keys in SECTIONS
            ]
        )
        if set_aside:
            self.sidebar.set_count(TRAY, text.count(set_aside))

    def show_panel(
        self, picture: str, headline: str, sentence: str, buttons: Sequence[ButtonSpec] = ()
    ) -> None:
        """Show words and a next step instead of the lists."""
        self.panel.show_state(picture, headline, sentence, buttons)
        self._stack.setCurrentWidget(self.panel)
        for button, (_words, _act, is_primary) in zip(self.panel.buttons, buttons, strict=True):
            if is_primary:
                button.setFocus()

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
        self.pages, self._side = pages, DetailSide()
        self._side.list_wanted.connect(self.enter_page)
        self._list_place.addWidget(pages, 1)
        self._split.addWidget(self._side)
        self._split.setStretchFactor(0, 1)
        self._split.setCollapsible(0, False)
        self.show_lists()
        # Only what has its place already can be divided.
        self._workplace.layout().activate()
        self._is_divided = False
        self._arrange()

    def put_detail(self, detail: QWidget) -> None:
        """Put the details into the place that is kept for them."""
        if self._side is not None:
            self._side.put(detail)
            self.show_detail(wanted=self._is_detail_wanted)

    @property
    def detail(self) -> QWidget | None:
        """The details, while a storage is open."""
        return None if self._side is None else self._side.detail

    def show_detail(self, *, wanted: bool | None) -> None:
        """Show the details; where they would stand under the list, only if they are wanted.

        A page that has no details says None: they do not stand beside it either.
        """
        self._is_detail_wanted = wanted
        if self._side is None or self.pages is None:
            return
        covers = self._place is DetailPlace.OVER
        self._is_detail_open = self._is_detail_open and covers and bool(wanted)
        focused = self.focusWidget()
        had_focus = focused is not None and self._side.isAncestorOf(focused)
        if covers:
            shown = self._is_detail_open
        else:
            shown = wanted is not None and (self._place is DetailPlace.BESIDE or wanted)
        self._side.setVisible(shown)
        self._side.set_covering(covers)
        gap = 0 if covers and shown else current_theme().px(CARD_GAP_PX)
        self._split.setHandleWidth(gap)
        for part in (self.top, self.pages):
            part.setHidden(covers and shown)
        # What stands above the details then takes no more than it needs.
        fitting = QSizePolicy.Policy.Maximum if covers and shown else _PREFERRED
        self._middle.setSizePolicy(_PREFERRED, fitting)
        self.top.details.setVisible(covers and wanted is not None)
        self.top.details.setEnabled(bool(wanted))
        if had_focus and covers and not shown:
            self.enter_page()

    def enter_detail(self) -> None:
        """Give the focus to the details, in place of the list if there is no room beside."""
        if self._place is DetailPlace.OVER:
            self._is_detail_open = True
            self.show_detail(wanted=True)
        if self.detail is not None:
            focus_into(self.detail)

    def uncover_page(self) -> None:
        """Show the list again, where the details stand in its place."""
        if self._is_detail_open:
            self._is_detail_open = False
            self.show_detail(wanted=self._is_detail_wanted)

    def enter_page(self) -> None:
        """Give the focus to the page that is shown."""
        self.uncover_page()
        if self.pages is not None and self.pages.page is not None:
            focus_into(self.pages.page)

    def drop_workspace(self) -> None:
        """Take out the pages and details, as the storage is being closed."""
        for part in (self.pages, self._side):
            if part is not None:
                part.hide()
                part.setParent(None)
                part.deleteLater()
        self.pages = self._side = None
        self._is_detail_open = False
        self.top.show()
        self.top.details.hide()
        self.ribbon.hide()
        self.status.clear_all()

    def cycle_panes(self, step: int) -> None:
        """Give the focus to the next part of the window."""
        parts: list[QWidget] = [self.sidebar]
        if self.pages is not None and self.pages.page is not None:
            parts.append(self.pages.page)
        if self.detail is not None and self._can_enter_detail(self.detail):
            parts.append(self.detail)
        parts.append(self.top.search)
        focused = self.focusWidget()
        holding = [
            place
            for place, part in enumerate(parts)
            if focused is not None and (part is focused or part.isAncestorOf(focused))
        ]
        place = holding[-1] if holding else -1 if step > 0 else 0
        part = parts[(place + step) % len(parts)]
        if part is self.detail:
            self.enter_detail()
        else:
            self.uncover_page()
            focus_into(part)

    def come_forward(self) -> None:
        """Come to the front, open dialogs above it; the last of them has the focus."""
        foremost: QWidget = self
        self.raise_()
        for dialog in self.findChildren(QDialog):
            if dialog.isVisible():
                dialog.raise_()
                foremost = dialog
        foremost.activateWindow()

    def _can_enter_detail(self, detail: QWidget) -> bool:
        """Whether there is something in the details that shows that it has the focus."""
        if not detail.isVisible():
            return self.top.details.isEnabled()
        return next(in_order(detail), None) is not None

    def save_place(self) -> None:
        """Remember where the window is and how it is divided."""
        frame = self.pos() - self.geometry().topLeft()
        rect = self.normalGeometry().translated(frame).getRect()
        self._state.put("window/place", {"rect": rect, "maximized": self.isMaximized()})
        self._save_split()
        self._state.flush()

    def _lay_out(self) -> None:
        gap = current_theme().px(CARD_GAP_PX)
        self._middle = middle = QWidget()
        self._list_place = QVBoxLayout(middle)
        self._list_place.setContentsMargins(0, 0, 0, 0)
        self._list_place.setSpacing(gap)
        for part in (self.top, self.ribbon):
            self._list_place.addWidget(part)
        self.top.details_wanted.connect(self.enter_detail)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setHandleWidth(gap)
        self._split.setAccessibleName("List and details")
        self._split.installEventFilter(self)
        self._split.addWidget(middle)
        self._workplace = QWidget()
        row = QHBoxLayout(self._workplace)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(gap)
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
        current_theme().changed.connect(self._rearrange)

    def _restore_place(self) -> None:
        """Be where the window was, inside the screen; at first as large as usual.

        What Qt makes of a geometry includes a frame that it guesses: where there is none,
        the window would come back lower each time.
        """
        found = self._state.get("window/place")
        try:
            left, top, width, height = map(int, found["rect"])
        except (TypeError, ValueError, KeyError):
            self.resize(QSize(*SIZE_PX).boundedTo(self.screen().availableSize()))
            return
        place = QRect(left, top, width, height)
        screen = QGuiApplication.screenAt(place.center()) or self.screen()
        room = screen.availableGeometry()
        place.setSize(place.size().boundedTo(room.size()))
        place.moveLeft(min(max(place.left(), room.left()), room.right() + 1 - place.width()))
        place.moveTop(min(max(place.top(), room.top()), room.bottom() + 1 - place.height()))
        self.resize(place.size())
        self.move(place.topLeft())
        if found.get("maximized"):
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def _rearrange(self) -> None:
        """Put the details elsewhere, if the window has another size by now."""
        px = current_theme().px
        self.sidebar.set_icons_only(self.width() < px(TITLES_PX))
        if self._fitting_place() is not self._place:
            self._save_split()
            self._arrange()

    def _arrange(self) -> None:
        self._place = self._fitting_place()
        across = self._place is DetailPlace.BESIDE
        self._split.setOrientation(
            Qt.Orientation.Horizontal if across else Qt.Orientation.Vertical
        )
        self._restore_split()
        self.show_detail(wanted=self._is_detail_wanted)

    def _fitting_place(self) -> DetailPlace:
        px = current_theme().px
        if self.width() >= px(WIDE_PX):
            return DetailPlace.BESIDE
        return DetailPlace.BELOW if self.height() >= px(TALL_PX) else DetailPlace.OVER

    def _save_split(self) -> None:
        """Remember how the room is divided, unless the page shown takes all of it."""
        sizes = self._split.sizes()
        is_whole = self._is_divided and len(sizes) > 1 and all(sizes)
        if is_whole and self._place is not DetailPlace.OVER:
            self._state.put(self._place.value, sizes)

    def _restore_split(self) -> None:
        """Divide the room as it was, at the latest once it is seen: it has no size before."""
        self._is_divided = self._split.isVisible()
        sizes = self._state.get(self._place.value) if self._place.value else [0, self.height()]
        if isinstance(sizes, list) and len(sizes) == 2:  # noqa: PLR2004 - list and details
            self._split.setSizes(sizes)
        else:
            length = max(self._split.width(), self._split.height(), 1)
            self._split.setSizes([length * 69 // 100, length * 31 // 100])

    # Qt overrides

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and not self._is_divided:
            self._restore_split()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._rearrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif not press_focused(self, event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward) or super().focusNextPrevChild(forward)

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
