"""The overview: tiles, pictures, and the records opened last."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from db.records import AnyRecord, Kind
from desktop_app.latest import Latest
from desktop_app.look.text import relative_time
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_GAP_PX, CARD_PADDING_PX
from desktop_app.overview.card import PictureCard
from desktop_app.overview.pictures import PERIOD, PERIODS, PICTURES
from desktop_app.overview.recent import RecentRecords
from desktop_app.overview.rows import Row, TargetsTable
from desktop_app.overview.targets import RecordTarget
from desktop_app.overview.tiles import TILES, Tile
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

NEWS_MS: Final = 3000
"""The least time between two looks at what another process does."""
_BY_KEY: Final = frozenset(
    {
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
    }
)
_PERIOD_KEY: Final = "overview/days"
_TABLES_KEY: Final = "overview/tables"
_TILES_ACROSS: Final = ((860, 6), (430, 3), (0, 2))
_CARDS_ACROSS: Final = ((720, 2), (0, 1))


class OverviewPage(QFrame):
    """Shows how things stand; `target_wanted` carries where a person wants to go from it.

    It reads only while it is shown, and each part of it by itself.
    """

    target_wanted = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        recent: RecentRecords,
        state: WindowState,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._recent = recent
        self._latest = Latest(workspace.background, self)
        self.tiles = [Tile(workspace, spec) for spec in TILES]
        self.cards = [PictureCard(workspace, spec) for spec in PICTURES]
        self.recent = TargetsTable("Recently opened", ("Title", "Kind", "In", "Changed"))
        self._nothing = PlainLabel("What you open shows here.", role="muted")
        self._is_stale = True
        self._news = QTimer(self, singleShot=True, interval=NEWS_MS)
        self._news.timeout.connect(self.refresh)
        self.period = QComboBox()
        for part in (self.period, self.period.view()):
            part.setAccessibleName("Period of the pictures")
        for days, said in PERIODS.items():
            self.period.addItem(said, days)
        self._lay_out()
        self._restore_tables()
        self._restore_period()
        self._connect()

    def refresh(self) -> None:
        """Read everything again, or when it is next shown."""
        self._is_stale = not self.isVisible()
        if self._is_stale:
            return
        for tile in self.tiles:
            tile.refresh()
        for card in self.cards:
            card.refresh()
        self._read_recent()

    def look_for_news(self) -> None:
        """Read everything again, in a moment."""
        if not self._news.isActive():
            self._news.start()

    # Answers

    def _read_recent(self) -> None:
        self._latest.ask(self._recent.read, self._show_recent, lambda _error: None)

    def _show_recent(self, found: list[tuple[Kind, AnyRecord]]) -> None:
        rows = [_recent_row(kind, record) for kind, record in found]
        self.recent.show_rows(rows)
        self.recent.setVisible(bool(rows))
        self._nothing.setHidden(bool(rows))
        # All rows show at once: the page scrolls, not the list in it.
        lines = self.recent.verticalHeader().defaultSectionSize() * len(rows)
        self.recent.setFixedHeight(lines + self.recent.horizontalHeader().sizeHint().height())

    def _connect(self) -> None:
        for tile in self.tiles:
            tile.clicked.connect(lambda _checked, tile=tile: self._go(tile.target))
        for card in self.cards:
            card.chosen.connect(self._go)
            card.table_wanted.connect(self._keep_tables)
            card.all_wanted.connect(lambda: self.period.setCurrentIndex(self._place_of(0)))
        self.period.currentIndexChanged.connect(lambda _place: self._take_period())
        self.recent.chosen.connect(self._go)
        self._recent.changed.connect(self._on_recent_changed)

    def _on_recent_changed(self) -> None:
        if self.isVisible():
            self._read_recent()
        else:
            self._is_stale = True

    def _go(self, target: object) -> None:
        self.target_wanted.emit(target)

    def _keep_tables(self) -> None:
        shown = [str(card.spec.picture) for card in self.cards if card.shows_table]
        self._state.put(_TABLES_KEY, shown)

    def _restore_period(self) -> None:
        kept: Any = self._state.get(_PERIOD_KEY, PERIOD)
        self.period.setCurrentIndex(self._place_of(kept if kept in PERIODS else PERIOD))
        for card in self.cards:
            card.period = self.period.currentData()

    def _place_of(self, days: int) -> int:
        return list(PERIODS).index(days)

    def _take_period(self) -> None:
        self._state.put(_PERIOD_KEY, self.period.currentData())
        for card in self.cards:
            card.period = self.period.currentData()
            card.refresh()

    def _restore_tables(self) -> None:
        kept: Any = self._state.get(_TABLES_KEY, [])
        for card in self.cards:
            card.show_table(shown=isinstance(kept, list) and str(card.spec.picture) in kept)

    # Building

    def _lay_out(self) -> None:
        px = current_theme().px
        gap = px(CARD_GAP_PX)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, gap)
        column.setSpacing(gap)
        self._tile_grid, self._card_grid = QGridLayout(), QGridLayout()
        choice = QHBoxLayout()
        choice.addStretch()
        choice.addWidget(PlainLabel("Period", role="muted"))
        choice.addWidget(self.period)
        for grid in (self._tile_grid, self._card_grid):
            grid.setSpacing(gap)
        column.addLayout(self._tile_grid)
        column.addLayout(choice)
        column.addLayout(self._card_grid)
        column.addWidget(self._recent_card())
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(content)
        for ground in (content, self._scroll.viewport()):
            ground.setAutoFillBackground(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        self.setFocusProxy(self.tiles[0])
        self._across = (0, 0)
        self._arrange()
        for part in (*self.tiles, *(card.chart for card in self.cards)):
            part.installEventFilter(self)

    def _recent_card(self) -> QFrame:
        px = current_theme().px
        card = QFrame()
        card.setProperty("card", True)
        column = QVBoxLayout(card)
        side = px(CARD_PADDING_PX)
        column.setContentsMargins(side, px(12), side, px(12))
        column.addWidget(PlainLabel("Recently opened", role="title"))
        column.addWidget(self._nothing)
        column.addWidget(self.recent)
        return card

    def _arrange(self) -> None:
        """Put as many tiles and cards side by side as have room."""
        width = self.width() / current_theme().px(100) * 100
        across = (_across(_TILES_ACROSS, width), _across(_CARDS_ACROSS, width))
        if across == self._across:
            return
        self._across = across
        for grid, parts, columns in (
            (self._tile_grid, self.tiles, across[0]),
            (self._card_grid, self.cards, across[1]),
        ):
            for place, part in enumerate(parts):
                grid.addWidget(part, place // columns, place % columns)
            for column in range(grid.columnCount()):
                grid.setColumnStretch(column, 1 if column < columns else 0)

    # Qt overrides

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.gotFocus() and isinstance(watched, QWidget):
            # Who comes back by other means than keys finds the page where it was left.
            if event.reason() in _BY_KEY:
                self._scroll.ensureWidgetVisible(watched)
            self.setFocusProxy(watched)
        return super().eventFilter(watched, event)


def _across(steps: tuple[tuple[int, int], ...], width: float) -> int:
    return next(number for least, number in steps if width >= least)


def _recent_row(kind: Kind, record: AnyRecord) -> Row:
    home = getattr(record, "task_title", "") or getattr(record, "batch_title", "")
    target = RecordTarget(kind, record.pk, record.place)
    cells = (record.title, kind.word, home, relative_time(record.updated_at))
    return Row(cells, (target,) * len(cells))
