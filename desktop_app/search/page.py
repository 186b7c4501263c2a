"""The page that searches everything: results by kind, and what narrows them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from db.errors import SheafError
from db.query import QUERIES, Search
from db.query_text import Note, not_understood, read_query
from db.records import AnyRecord, Hit, Kind, Place
from db.terms import parse_terms
from desktop_app.look import text as words
from desktop_app.look.theme import current_theme
from desktop_app.models.course import Course, Standing
from desktop_app.search.asking import ORDER, Asking, Facets, Group
from desktop_app.search.delegate import ResultsDelegate
from desktop_app.search.facet_list import FacetList
from desktop_app.search.model import ROW_ROLE, ResultsModel, Row, RowKind
from desktop_app.search.recent import RecentSearches
from desktop_app.search.words import kind_word, toggled, without_kinds
from desktop_app.widgets.chip import FilterChip
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.window_state import WindowState
from desktop_app.workspace import Workspace

FACETS_FROM_PX: Final = 560
"""From this width on the facets stand beside the results."""
_SETTLED_MS: Final = 2000
"""A search that stood so long is remembered."""
_TOTALS: Final = 3
"""The answers after the hits: what is unknown, counts and facets."""
_EXAMPLES: Final = (
    'Words, "phrases", -without, OR; and filters such as status:failed, tag:ui, conf:>=0.8,'
    " updated:<7d, has:error, in:messages."
)
_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class ResultsView(QListView):
    """The rows of the results: Enter and a double click are `opened`."""

    opened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Results")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give each row the height that its text needs at this width."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open by Enter."""
        if event.key() in _ENTER:
            self.opened.emit()
        else:
            super().keyPressEvent(event)


class SearchPage(QFrame):
    """Shows what a text finds in every kind of record.

    `chosen_changed` says that another hit is the current one. `hit_chosen` wants a hit
    opened, with the terms that found it, `window_wanted` in a window of its own;
    `list_wanted` wants the list of a query with a text. `text_changed` says that a choice
    on the page made another text. `menu_wanted` carries where a menu of the hit is to open.
    """

    chosen_changed = Signal()
    hit_chosen = Signal(object, object)
    window_wanted = Signal(object, object)
    list_wanted = Signal(object, str)
    text_changed = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(
        self, workspace: Workspace, state: WindowState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.text = ""
        self.recent = RecentSearches(state)
        self.model = ResultsModel()
        self.model.setParent(self)
        self.table = ResultsView()
        self.facets = FacetList()
        self.order = QComboBox()
        self.chips = {kind: self._make_chip(kind) for kind in ORDER}
        self.notice = PlainLabel(role="muted")
        self.summary = PlainLabel(role="muted")
        self.panel = StatePanel()
        self._results = QStackedWidget()
        self._found: Facets = {}
        self._kinds_left = self._answers_left = 0
        self._chooses_first = False
        self._wanted: tuple[Kind, int] | None = None
        self._near = 0
        self._settled = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settled.timeout.connect(lambda: self.recent.remember(self.text))
        self._asking = Asking(
            workspace.background,
            self._add,
            self._take_counts,
            self._take_facets,
            self._take_unknown,
            self._fail,
        )
        self.destroyed.connect(partial(Asking.cancel, self._asking))
        self._dress()
        self._lay_out()
        self._ask()

    @property
    def search(self) -> Search:
        """What is searched for."""
        search = read_query(self.text, Search())
        return replace(search, best_first=self.order.currentIndex() == 0)

    @property
    def is_busy(self) -> bool:
        """Whether something of what is searched for is still to come."""
        return self._answers_left > 0

    @property
    def chosen(self) -> Hit | None:
        """The current hit."""
        row = self.model.row(self.table.currentIndex())
        return None if row is None else row.hit

    @property
    def chosen_key(self) -> tuple[Kind, int] | None:
        """The kind and pk of the record of the current hit."""
        return None if self.chosen is None else (self.chosen.kind, self.chosen.record.pk)

    @property
    def kind(self) -> Kind:
        """The kind of the current hit; of tasks where there is none."""
        return Kind.TASK if self.chosen is None else self.chosen.kind

    @property
    def choice(self) -> tuple[int, ...]:
        """The record to act on: that of the current hit."""
        return () if self.chosen is None else (self.chosen.record.pk,)

    @property
    def chosen_count(self) -> int:
        """How many records are chosen."""
        return len(self.choice)

    @property
    def chosen_record(self) -> AnyRecord | None:
        """The record of the current hit."""
        return None if self.chosen is None else self.chosen.record

    @property
    def chosen_place(self) -> Place:
        """Where the record of the current hit is kept."""
        return Place.LIVE if self.chosen is None else self.chosen.record.place

    @property
    def standing(self) -> Standing | None:
        """Where the current hit stands among those that are shown."""
        hits, row = self._hit_places(), self.table.currentIndex().row()
        return Standing(hits.index(row), len(hits), "what was found") if row in hits else None

    @property
    def course(self) -> Course:
        """The records of the current kind that are shown, in their order."""
        hits = (row.hit for row in self.model.rows if row.hit is not None)
        pks = tuple(hit.record.pk for hit in hits if hit.kind is self.kind)
        return Course(self.kind, pks, "what was found")

    def step(self, distance: int) -> None:
        """Go to the hit that stands `distance` hits below the current one."""
        hits = self._hit_places()
        if self.chosen is not None:
            at = hits.index(self.table.currentIndex().row()) + distance
            if 0 <= at < len(hits):
                self.table.setCurrentIndex(self.model.index(hits[at]))

    def _hit_places(self) -> list[int]:
        return [at for at, row in enumerate(self.model.rows) if row.what is RowKind.HIT]

    def set_text(self, text: str) -> None:
        """Search for another text."""
        if text != self.text:
            self.text = text
            # What is shown beside the results is one of them.
            self._wanted, self._chooses_first = None, True
            self._ask()

    def enter(self) -> None:
        """Give the results the focus, and choose the first as soon as there is one."""
        was_chosen = self.table.currentIndex().isValid()
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not was_chosen:
            # Qt has chosen what happens to be there by now.
            self.table.setCurrentIndex(QModelIndex())
        self._chooses_first = True
        self._choose_first()

    def refresh(self) -> None:
        """Search again, keeping the current hit, or else its place."""
        self._wanted, self._near = self.chosen_key, self.table.currentIndex().row()
        self._ask()

    def go_back_to(self, text: str, key: tuple[Kind, int] | None) -> None:
        """Search for a text again, and choose the hit that was chosen then."""
        if text != self.text:
            self.set_text(text)
            self._wanted, self._near = key, 0

    def look_for_news(self) -> None:
        """Leave the results as they are: what one reads does not move."""

    def _ask(self) -> None:
        self._settled.stop()
        self._kinds_left = sum(self.search.query(kind) is not None for kind in ORDER)
        self._answers_left = self._kinds_left + _TOTALS
        self._found = {}
        self.facets.mark(self.text)
        self.model.start(parse_terms(self.search.text))
        self._show_notice(not_understood(self.text, Search()))
        self._show_chips()
        self.summary.setText("")
        if not self.text.strip():
            self._asking.cancel()
            self._kinds_left = self._answers_left = 0
            self._show_start()
            return
        self._asking.ask(self.search)
        self._settled.start()

    def _show_start(self) -> None:
        recent = self.recent.texts
        self.model.show_recent(recent)
        self.facets.hide()
        self.panel.show_state("search", "Search everything", _EXAMPLES)
        self._results.setCurrentWidget(self.table if recent else self.panel)
        self.chosen_changed.emit()

    # Answers

    def _add(self, group: Group) -> None:
        self._kinds_left -= 1
        self._answers_left -= 1
        self.model.add(group)
        if group.hits:
            self._results.setCurrentWidget(self.table)
        self._choose_first()
        if not self._kinds_left and not self.model.rows:
            self.panel.show_state("search", "Nothing found", self._advice())
            self._results.setCurrentWidget(self.panel)
            self.chosen_changed.emit()

    def _advice(self) -> str:
        if self.search.among:
            return "Other kinds may have it: take the choice of a kind off."
        return "Fewer or shorter words find more; the beginning of a word is enough."

    def _choose_first(self) -> None:
        """Choose the hit that was chosen before, or where it was; else the first, if wanted."""
        place = self.model.place_of(self._wanted)
        if place < 0 and self._wanted is not None and not self._kinds_left:
            hits = self._hit_places()
            place = next((at for at in hits if at >= self._near), hits[-1] if hits else -1)
        if place < 0 and self._chooses_first and not self._kinds_left:
            rows = self.model.rows
            place = next(
                (at for at, row in enumerate(rows) if row.what is not RowKind.HEAD), -1
            )
        if place >= 0 and not self.table.currentIndex().isValid():
            self._chooses_first = False
            self.table.setCurrentIndex(self.model.index(place))

    def _take_counts(self, counts: dict[Kind, int]) -> None:
        self._answers_left -= 1
        self.model.show_counts(counts)
        self._show_chips()
        among = self.search.among
        total = sum(number for kind, number in counts.items() if not among or kind in among)
        self.summary.setText(words.counted(total, "result", "results"))

    def _take_unknown(self, notes: tuple[Note, ...]) -> None:
        self._answers_left -= 1
        self._show_notice((*not_understood(self.text, Search()), *notes))

    def _take_facets(self, found: Facets) -> None:
        self._found = found
        self._answers_left -= 1
        self.facets.show_facets(found, self.text)
        self._show_facets()

    def _fail(self, error: SheafError) -> None:
        self._asking.cancel()
        self._answers_left = 0
        again = ("Try again", self._ask, True)
        self.panel.show_state("error", error.what, f"{error.safe} {error.advice}", [again])
        self._results.setCurrentWidget(self.panel)

    # What narrows

    def _make_chip(self, kind: Kind) -> FilterChip:
        chip = FilterChip(_name(kind))
        toggle = partial(self._toggle, kind_word(kind))
        chip.clicked.connect(lambda _checked: toggle())
        chip.cleared.connect(toggle)
        return chip

    def _toggle(self, word: str) -> None:
        self._put_text(toggled(self.text, word))

    def _put_text(self, text: str) -> None:
        self.set_text(text)
        self.text_changed.emit()

    def _show_chips(self) -> None:
        counts, among = self.model.counts, self.search.among
        for kind, chip in self.chips.items():
            number = counts.get(kind)
            chip.set_title(f"{_name(kind)} {words.count(number)}" if number else _name(kind))
            chip.set_value("" if kind in among else None)
            chip.setVisible(bool(number) or kind in among)

    def _show_notice(self, notes: Sequence[Note]) -> None:
        self.notice.setText("\n".join(map(str, notes)))
        self.notice.setVisible(bool(notes))

    def _show_facets(self) -> None:
        is_wide = self.width() >= current_theme().px(FACETS_FROM_PX)
        self.facets.setVisible(bool(self._found) and is_wide)

    # Choosing

    def open(self) -> None:
        """Want what the current row stands for."""
        row = self.model.row(self.table.currentIndex())
        if row is None:
            return
        if row.what is RowKind.RECENT:
            self._put_text(row.words)
            return
        self.recent.remember(self.text)
        if row.hit is not None:
            self.hit_chosen.emit(row.hit, self.model.terms)
        elif row.kind is not None:
            base = QUERIES[row.kind](places=self.search.places)
            self.list_wanted.emit(base, without_kinds(self.text))

    def open_window(self) -> None:
        """Want the current hit in a window of its own."""
        if self.chosen is not None:
            self.recent.remember(self.text)
            self.window_wanted.emit(self.chosen, self.model.terms)

    def _on_clicked(self, index: QModelIndex) -> None:
        row: Row | None = index.data(ROW_ROLE)
        if row is not None and row.what in {RowKind.MORE, RowKind.RECENT}:
            self.open()

    def _on_menu_asked(self, where: QPoint) -> None:
        if self.chosen is not None:
            self.menu_wanted.emit(self.table.viewport().mapToGlobal(where))

    # Looks

    def _dress(self) -> None:
        self.setProperty("card", True)
        self.table.setModel(self.model)
        self.table.setItemDelegate(ResultsDelegate(self.table))
        self.table.opened.connect(self.open)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._on_menu_asked)
        self.table.clicked.connect(self._on_clicked)
        self.table.selectionModel().currentChanged.connect(self.chosen_changed)
        self.facets.toggled.connect(self._toggle)
        self.order.addItems(["Best match first", "Newest first"])
        self.order.setAccessibleName("Order of the results")
        self.order.currentIndexChanged.connect(lambda _index: self.refresh())
        self.notice.setWordWrap(True)
        self.notice.hide()
        self.setFocusProxy(self.table)

    def _lay_out(self) -> None:
        px = current_theme().px
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(12), px(16), px(4))
        head.setSpacing(px(12))
        head.addWidget(PlainLabel("Search everything", role="title"))
        head.addWidget(self.summary)
        head.addStretch()
        head.addWidget(self.order)
        narrowing = QWidget()
        flow = FlowLayout(narrowing, px(6))
        for chip in self.chips.values():
            flow.addWidget(chip)
        inset = QVBoxLayout()
        inset.setContentsMargins(px(16), 0, px(16), px(8))
        inset.setSpacing(px(6))
        inset.addWidget(narrowing)
        inset.addWidget(self.notice)
        self._results.addWidget(self.table)
        self._results.addWidget(self.panel)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self._results, 1)
        row.addWidget(self.facets)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(inset)
        column.addLayout(row, 1)
        self.facets.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the facets where there is room for them."""
        super().resizeEvent(event)
        self._show_facets()


def _name(kind: Kind) -> str:
    return kind.plural[:1].upper() + kind.plural[1:]
