"""The tabs of the pane; each is made and filled when it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.query import Query
from db.records import AnyRecord, Kind
from desktop_app.background import Background
from desktop_app.detail.seen import Seen
from desktop_app.detail.tab_bar import MoreButton, TabBar
from desktop_app.latest import Latest
from desktop_app.look.text import count
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX

QueryOf: TypeAlias = Callable[[Seen], Query]
NumberOf: TypeAlias = Callable[[Storage, AnyRecord, CancelToken], int]

EVERY_KIND: Final = frozenset(Kind)


class View(Protocol):
    """What is on a tab."""

    def show_seen(self, seen: Seen) -> None:
        """Show a record."""
        ...


class Tab(NamedTuple):
    """A tab: the kinds of record that have it, and what makes the widget on it.

    With a query its title says how many records that finds, or else with `number` what that
    returns; `if_any` hides it when there are none. `titles` are other names it has for some
    kinds, `field` the text of the record that it shows.
    """

    name: str
    kinds: frozenset[Kind]
    make: Callable[[], QWidget]
    query: QueryOf | None = None
    if_any: bool = False
    titles: Mapping[Kind, str] = {}
    field: str = ""
    number: NumberOf | None = None


class Tabs(QTabWidget):
    """Shows the tabs that a kind of record has, and stays on the one that was chosen.

    The first tab of a kind is the one that it opens with. Those that have no room in the
    row are in the menu of a button at its end.
    """

    def __init__(
        self,
        tabs: Sequence[Tab],
        background: Background[Storage],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._places = {tab.name: place for place, tab in enumerate(tabs)}
        self._views: dict[str, QWidget] = {}
        self._latest = Latest(background, self)
        self._seen: Seen | None = None
        self._filled: set[str] = set()
        self._chosen = {
            kind: next(tab.name for tab in tabs if kind in tab.kinds) for kind in Kind
        }
        self.setDocumentMode(True)
        self._bar = TabBar()
        self.setTabBar(self._bar)
        self._bar.setExpanding(False)
        self.more = MoreButton(self._bar)
        self.setCornerWidget(self.more, Qt.Corner.TopRightCorner)
        self.setTabOrder(self._bar, self.more)
        # Qt is in the midst of laying them out when it says so.
        self._offering = QTimer(self, singleShot=True, interval=0)
        self._offering.timeout.connect(self._offer_more)
        self._bar.laid_out.connect(self._offering.start)
        for tab in tabs:
            self.addTab(_Room(), tab.name)
        self.setAccessibleName("Parts of the record")
        self.tabBar().setAccessibleName("Parts of the record")
        self.currentChanged.connect(self._fill)
        self._dress()
        current_theme().changed.connect(self._dress)

    @property
    def name(self) -> str:
        """The tab that is open."""
        return self._tabs[self.currentIndex()].name

    @property
    def key(self) -> tuple[Kind, int] | None:
        """The kind and pk of the record that is shown."""
        return None if self._seen is None else self._seen.key

    @property
    def names(self) -> list[str]:
        """The tabs that can be opened now, in order."""
        return [tab.name for n, tab in enumerate(self._tabs) if self.isTabVisible(n)]

    @property
    def made(self) -> Sequence[QWidget]:
        """What is on the tabs that were opened so far."""
        return tuple(self._views.values())

    def texts(self, kind: Kind) -> dict[str, str]:
        """Return the tabs that show a text of a kind of record, in order, with its field."""
        return {tab.name: tab.field for tab in self._tabs if tab.field and kind in tab.kinds}

    def view(self, name: str) -> QWidget:
        """Return what is on a tab."""
        if name not in self._views:
            tab = self._tabs[self._places[name]]
            self._views[name] = view = tab.make()
            room = self.widget(self._places[name])
            room.layout().addWidget(view)
            view.show()
        return self._views[name]

    def show_seen(self, seen: Seen) -> None:
        """Show a record on the tab that is open, and on the others when they are."""
        is_other = self._seen is None or self._seen.key != seen.key
        is_other_kind = self._seen is None or self._seen.kind is not seen.kind
        self._seen = seen
        self._filled.clear()
        if is_other_kind:
            self._turn_to_kind(seen.kind)
        elif is_other:
            self.open(self._chosen[seen.kind])
        self._fill()
        self._count(seen)

    def open(self, name: str) -> None:
        """Turn to a tab; one that the kind of record does not have is not turned to."""
        place = self._places[name]
        if self._seen is None or self._seen.kind in self._tabs[place].kinds:
            self.setCurrentIndex(place)

    def choose(self, kind: Kind, name: str) -> None:
        """Let records of a kind open on a tab, the one that is shown too."""
        self._chosen[kind] = name
        if self._seen is not None and self._seen.kind is kind:
            self.open(name)

    def _turn_to_kind(self, kind: Kind) -> None:
        self.blockSignals(True)
        for place, tab in enumerate(self._tabs):
            self.setTabText(place, tab.titles.get(kind, tab.name))
            is_open = tab.name == self._chosen[kind]
            self._show_tab(place, shown=kind in tab.kinds and (is_open or not tab.if_any))
        self.open(self._chosen[kind])
        self.blockSignals(False)

    def _show_tab(self, place: int, *, shown: bool) -> None:
        # A call that changes nothing would make Qt forget to lay the tabs out.
        if self.isTabVisible(place) != shown:
            self.setTabVisible(place, shown)

    def _count(self, seen: Seen) -> None:
        own = [tab for tab in self._tabs if seen.kind in tab.kinds]
        queries = {tab.name: tab.query(seen) for tab in own if tab.query is not None}
        numbers = {tab.name: tab.number for tab in own if tab.number is not None}

        def read(storage: Storage, token: CancelToken) -> dict[str, int]:
            counted = {name: storage.count(query, token) for name, query in queries.items()}
            told = {name: find(storage, seen.record, token) for name, find in numbers.items()}
            return counted | told

        if queries or numbers:
            self._latest.ask(read, lambda found: self._show_counts(seen, found), _keep_silent)

    def _show_counts(self, seen: Seen, counts: Mapping[str, int]) -> None:
        self.blockSignals(True)
        wanted = self._chosen[seen.kind]
        for name, number in counts.items():
            place = self._places[name]
            tab = self._tabs[place]
            title = tab.titles.get(seen.kind, name)
            self.setTabText(place, f"{title} {count(number)}" if number else title)
            self._show_tab(place, shown=number > 0 or not tab.if_any)
        if not self.isTabVisible(self._places[wanted]):
            first = next(tab.name for tab in self._tabs if seen.kind in tab.kinds)
            self.open(first)
            self._show_current()
        self.blockSignals(False)

    def _dress(self) -> None:
        """Let many tabs stand in a pane of the usual width."""
        px, tokens = current_theme().px, current_theme().tokens
        self.setStyleSheet(
            f"QTabBar::tab {{ padding: {px(8)}px {px(5)}px; }}"
            # A menu takes the place of the arrows.
            "QTabBar::scroller, QTabBar::tear { width: 0; border: none; image: none; }"
            f"MoreButton {{ padding-bottom: {px(6)}px; color: {tokens.muted}; }}"
            "QTabBar QToolButton { min-width: 0; max-width: 0; padding: 0; border: none; }"
        )

    def _offer_more(self) -> None:
        self.more.setVisible(self._bar.wanted_width > self.width())

    def _fill(self) -> None:
        if self._seen is None:
            return
        self._chosen[self._seen.kind] = self.name
        self._show_current()

    def _show_current(self) -> None:
        if self._seen is not None and self.name not in self._filled:
            self._filled.add(self.name)
            view: View = self.view(self.name)  # type: ignore[assignment]
            view.show_seen(self._seen)


class _Room(QWidget):
    """Keeps the place of what is not made yet."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, current_theme().px(SPACE_PX), 0, 0)


def _keep_silent(_error: SheafError) -> None:
    """Leave the titles without their numbers: the tab itself says what is wrong."""
