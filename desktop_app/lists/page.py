"""A page that lists records of one kind: filters, table, pager, and what it says when empty."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from db.errors import SheafError
from db.query import Query
from db.query_text import read_query
from db.records import AnyRecord, Kind, LearningRecord, OperationState, Outcome, Place
from db.repositories import Choice
from desktop_app.actions.ids import ActionId as Do
from desktop_app.lists.column_layout import ColumnLayout
from desktop_app.lists.dragging import RowDrag
from desktop_app.lists.filter_bar import FilterBar
from desktop_app.lists.header import ListHeader
from desktop_app.lists.kind_switch import KindSwitch
from desktop_app.lists.messages import ListPanel
from desktop_app.lists.presenter import ListPresenter, PageOfRecords
from desktop_app.lists.record_columns import COLUMNS
from desktop_app.lists.selected import SelectedNotice
from desktop_app.lists.selection import ListSelection
from desktop_app.lists.state import ListState, load_query, save_query
from desktop_app.lists.table import RecordTable
from desktop_app.lists.twins import Twins
from desktop_app.lists.views import ListView, family, ordered_inside
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import RowPx
from desktop_app.models.course import Standing
from desktop_app.models.paged_table import PagedTableModel
from desktop_app.widgets.pager import Pager
from desktop_app.workspace import Workspace

SLOW_MS: Final = 300
TICK_MS: Final = 30_000
ROOMY_PX: Final = 400
"""From this height on there is room for more than the table."""
LOW_PX: Final = 460
"""Below this height the list has no foot, and the way to other pages is in its head."""
LEAST_ROWS: Final = 8
"""Rows come closer before fewer than so many are in sight."""


class _Left(Struct, frozen=True):
    """Where one was when an operation changed the list."""

    query: Query
    page: int
    current: int | None
    scrolled: int


class ListPage(QFrame):
    """Shows the records that a view's query finds, narrowed by chips and search text.

    `selection_changed` and `state_changed` tell the window what to enable and remember, and
    `framed` that another row, or none, is the one with the frame;
    `record_wanted(window: bool)` that the current record is to be opened, and where;
    `record_hidden(pk)` that a record which was sought is not in the list; `view_wanted(key)`
    asks for another view, `view_menu_wanted` for what can be done with this one.
    """

    selection_changed = Signal()
    framed = Signal()
    state_changed = Signal()
    record_wanted = Signal(bool)
    record_hidden = Signal(int)
    menu_wanted = Signal(QPoint)
    view_wanted = Signal(str)
    view_menu_wanted = Signal()
    action_wanted = Signal(Do)
    told = Signal(str)

    def __init__(
        self, workspace: Workspace, view: ListView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.view = view
        self.kind = view.kind
        self.text = ""
        self.compact = False
        self._is_low = False
        self._base = view.filters
        self._expected: Collection[int] = ()
        self._sought: int | None = None
        self._shown: tuple[Query, int] | None = None
        self._left: dict[int, _Left] = {}
        self._wanted: _Left | None = None
        self._goes_on = self._was_edited = False
        self._is_told_slow = self._is_stopped = False
        self._entered_from: QWidget | None = None
        self.presenter = ListPresenter(workspace, view.query, self)
        self.model = PagedTableModel(COLUMNS[self.kind], self)
        self.table = RecordTable(self.model)
        self.table.setAccessibleName(f"{view.title}: {self.kind.word} list")
        self.columns = ColumnLayout(self.table, self.model)
        self.selection = ListSelection(self.table, self.model, self)
        drag = RowDrag(self.table, workspace.background, self.kind, lambda: self.choice)
        drag.told.connect(self.told)
        self.filters = FilterBar(workspace.background, self._base)
        self.kinds = KindSwitch(workspace.background, view) if view.family else None
        self.header = ListHeader(view.title, self.filters, self.kinds)
        self.pager = Pager()
        self.panel = ListPanel(workspace.background, view)
        self._selected = SelectedNotice(self.table, self.kind)
        self.twins = Twins(workspace.background) if self.kind is Kind.LEARNING else None
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._tick = QTimer(self, interval=TICK_MS)
        self._lay_out()
        self._connect()
        self.columns.restore(view.layout.get("columns", {}))
        self._came_with = self.columns.save()

    # What is listed

    @property
    def query(self) -> Query:
        """The query whose records are listed: the one to export or act on as a whole."""
        return read_query(self.text, self._base)

    @property
    def base(self) -> Query:
        """The filters and the order, without the text."""
        return self._base

    def show_query(self, base: Query, text: str = "", page: int = 0) -> None:
        """List what these filters and this text find."""
        self._base, self.text = base, text
        self._entered_from = None
        self.filters.show_query(base)
        self._show_sort()
        self.selection.clear()
        self.presenter.show(self.query, page)
        self._count_kinds()
        self.header.show_news(None)
        self.state_changed.emit()

    def set_text(self, text: str) -> None:
        """Search for a text within the filters."""
        if text != self.text:
            self.show_query(self._base, text)

    def clear_filters(self) -> None:
        """Go back to the filters of the view, keeping the order."""
        self.show_query(self._unfiltered, self.view.text)

    @property
    def _unfiltered(self) -> Query:
        base = self._base
        return replace(self.view.filters, sort=base.sort, descending=base.descending)

    # The view

    @property
    def is_changed(self) -> bool:
        """Whether the list is shown in another way than its view says."""
        rows = self.view.layout.get("compact", self.compact)
        return (
            self.query != self.view.query
            or self.columns.save() != self._came_with
            or self.compact != rows
        )

    @property
    def layout_now(self) -> dict[str, Any]:
        """The order, columns and rows, as a saved view keeps them."""
        return {
            "sort": self._base.sort.value,
            "descending": self._base.descending,
            "columns": self.columns.save(),
            "compact": self.compact,
        }

    def take_view(self, view: ListView) -> None:
        """Be the list of a view that was saved from what is shown now, or renamed."""
        layout = view.layout
        self.view = view
        self._came_with = layout.get("columns", self._came_with)
        self._tell_view()

    def revert(self) -> None:
        """Show the view as it was saved, with its columns and rows."""
        self.columns.reset()
        self.columns.restore(self.view.layout.get("columns", {}))
        self.set_compact(self.view.layout.get("compact", self.compact))
        self.show_query(self.view.filters, self.view.text)

    def set_compact(self, compact: bool) -> None:
        """Make the rows low, or as high as they usually are."""
        self.compact = compact
        self._fit()
        self._tell_view()

    def _tell_view(self) -> None:
        self.header.show_view(self.view.title, changed=self.is_changed)

    def refresh(self) -> None:
        """Read the list again, keeping the place."""
        self.selection.end_all_matching()
        self.header.show_news(None)
        self._goes_on = self._was_edited = False
        self.presenter.refresh(None if self._wanted is None else self._wanted.page)
        self._count_kinds()

    def take_outcome(self, outcome: Outcome) -> None:
        """Read the list again after an operation, which may take rows away or bring some back.

        What was edited stays chosen wherever it is now; after what was put away, or decided
        about in an inbox, the next one is chosen.
        """
        operation = outcome.operation
        if operation is not None and operation.state is OperationState.UNDONE:
            self._undo_shows(operation.pk, outcome.changed.get(self.kind, ()))
        elif operation is not None:
            self._left[operation.pk] = _Left(
                self.presenter.query,
                self.presenter.page.number,
                self.selection.current,
                self.table.verticalScrollBar().value(),
            )
        self.refresh()
        self._goes_on = operation is not None and operation.verb in _PUTS_AWAY
        self._was_edited = not (self._goes_on or self.view.inbox)

    def _undo_shows(self, operation: int, pks: Iterable[int]) -> None:
        """Be where one was before an operation, its records chosen, once it is read again."""
        self.expect(pks)
        left = self._left.pop(operation, None)
        self._wanted = left if left is not None and left.query == self.presenter.query else None

    def expect(self, pks: Iterable[int]) -> None:
        """Select these records, as far as the page has them once it is read again."""
        self._expected = frozenset(pks)

    def seek(self, pk: int) -> None:
        """Select a record once the list is read again, or say that it is not in it."""
        self._sought = pk

    @property
    def is_slow(self) -> bool:
        """Whether the list is being read for so long that it says so."""
        return self._is_told_slow

    def stop(self) -> None:
        """Give up what is being read; what is shown stays."""
        self.presenter.cancel()
        self._is_stopped = True
        self._show_place()

    def look_for_news(self) -> None:
        """Bring the rows in sight up to date and count what came since."""
        self.presenter.look_for_news()

    def turn(self, page: int) -> None:
        """Show another page."""
        pages = self.presenter.pages
        if page >= 0 and (pages is None or page < pages):
            self.presenter.turn(page)

    def step(self, distance: int) -> None:
        """Select the record that stands `distance` below the selected one."""
        chosen = self.chosen_pk
        pk = None if chosen is None else self.presenter.neighbour(chosen, distance)
        if pk is not None:
            self.show_record(pk)

    def show_record(self, pk: int) -> None:
        """Select a record of this list, on whichever page it is."""
        page = self.presenter.page_of(pk)
        if page == self.presenter.page.number:
            self.selection.choose(pk)
        elif page is not None:
            self.expect([pk])
            self.turn(page)

    # What is chosen

    @property
    def choice(self) -> Choice:
        """The records to act on."""
        return self.selection.choice(self.presenter.query)

    @property
    def chosen_count(self) -> int:
        """How many records are chosen."""
        return self.selection.count(self.presenter.total)

    @property
    def chosen_pk(self) -> int | None:
        """The one chosen record, on whichever page; None where there are none or several."""
        pks = self.selection.pks
        return next(iter(pks)) if self.chosen_count == len(pks) == 1 else None

    @property
    def standing(self) -> Standing | None:
        """Where in the list the one chosen record stands, as far as the page shows it."""
        page, pk = self.presenter.page, self.chosen_pk
        if pk is None or pk not in page.pks:
            return None
        at = page.number * self.presenter.page_size + page.pks.index(pk)
        return Standing(at, self.presenter.total, self.view.title)

    @property
    def chosen_record(self) -> AnyRecord | None:
        """The one chosen record of the page, None where there are none or several."""
        pk = self.chosen_pk
        return None if pk is None else self.presenter.page.records.get(pk)

    @property
    def framed_record(self) -> AnyRecord | None:
        """The record that the frame is on, where none is chosen: the one that keys act on."""
        current = self.selection.current
        if current is None or self.chosen_count or not self.table.hasFocus():
            return None
        return self.presenter.page.records.get(current)

    @property
    def chosen_place(self) -> Place:
        """Where the chosen records are kept."""
        record = self.chosen_record
        if record is not None:
            return record.place
        places = self.query.places
        return next(iter(places)) if len(places) == 1 else Place.LIVE

    @property
    def foot(self) -> QWidget:
        """What stands below the rows, in a list that is high enough."""
        return self._footer

    def enter(self) -> None:
        """Give the focus to the rows, if there are any, the first one chosen if none is.

        Rows that are being read get it once they are there, unless it went elsewhere.
        """
        self._entered_from = QApplication.focusWidget()
        if not self.presenter.awaits_page:
            self._enter_rows()

    def _enter_rows(self) -> None:
        came_from, self._entered_from = self._entered_from, None
        if came_from is not QApplication.focusWidget() or not self.model.pks:
            return
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.chosen_count:
            self.selection.choose(self.model.pks[0])

    def select_all(self) -> None:
        """Choose the page; once more, everything that matches."""
        if self.selection.is_whole_page:
            self.selection.select_all_matching()
        else:
            self.selection.select_page()

    # What is remembered

    def save(self) -> ListState:
        """Return what to remember."""
        current = self.selection.current
        return ListState(
            query=save_query(self._base),
            text=self.text,
            page=self.presenter.page.number,
            page_size=self.presenter.page_size,
            anchor=current if current in self.selection.on_page else None,
        )

    def restore(self, state: ListState) -> None:
        """List again what was listed."""
        self.expect([] if state.anchor is None else [state.anchor])
        self.presenter.page_size = state.page_size
        base = replace(load_query(state.query, self._base), text="")
        self.show_query(base, state.text, state.page)

    # Building

    def _lay_out(self) -> None:
        self.setProperty("card", True)
        px = current_theme().px
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.panel)
        self._footer = QWidget()
        self._foot = foot = QHBoxLayout(self._footer)
        foot.setContentsMargins(px(16), px(8), px(16), px(10))
        foot.setSpacing(px(16))
        foot.addWidget(self._selected.label)
        foot.addWidget(self.pager, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._selected.strip)
        column.addWidget(self._stack, 1)
        if self.twins is not None:
            column.addWidget(self.twins)
        column.addWidget(self._footer)
        self.setFocusProxy(self.table)

    def _connect(self) -> None:
        presenter, table = self.presenter, self.table
        presenter.page_ready.connect(self._on_page)
        presenter.page_updated.connect(lambda page: self.model.show_records(page.records))
        presenter.ids_ready.connect(self._on_ids)
        presenter.news.connect(self.header.show_news)
        presenter.failed.connect(self._on_failed)
        presenter.busy_changed.connect(self._on_busy)
        table.horizontalHeader().sectionClicked.connect(self._on_header_clicked)
        table.page_check_clicked.connect(self._on_page_check)
        table.cleared.connect(self.selection.forget_elsewhere)
        table.marking.connect(self.selection.mark)
        table.row_opened.connect(lambda _row: self.record_wanted.emit(True))
        table.row_entered.connect(self._on_row_entered)
        table.menu_wanted.connect(self.menu_wanted)
        table.framed.connect(self.framed)
        self.selection.changed.connect(self._on_selection)
        self._selected.all_wanted.connect(self.selection.select_all_matching)
        self._selected.none_wanted.connect(self.selection.clear)
        self.filters.changed.connect(self._on_filtered)
        self.header.menu_wanted.connect(self.view_menu_wanted)
        self.state_changed.connect(self._tell_view)
        self.header.news_wanted.connect(self._show_news)
        if self.kinds is not None:
            self.kinds.other_wanted.connect(self._turn_to_other)
            self.kinds.counted.connect(self._say_again)
        self.filters.named.connect(self._say_again)
        self.panel.other_wanted.connect(self._turn_to_other)
        self.panel.view_wanted.connect(self.view_wanted)
        self.panel.action_wanted.connect(self.action_wanted)
        self.panel.clear_wanted.connect(self.clear_filters)
        self.panel.archived_wanted.connect(self._search_archived_too)
        self.panel.again_wanted.connect(self.refresh)
        self.pager.page_chosen.connect(self.turn)
        self.pager.page_size_chosen.connect(presenter.resize)
        self.columns.changed.connect(self.state_changed)
        self._slow.timeout.connect(self._on_slow)
        self._tick.timeout.connect(table.viewport().update)
        self._tick.start()

    # Answers

    def _on_page(self, page: PageOfRecords) -> None:
        same_place = self._shown == (self.presenter.query, page.number)
        self._shown = (self.presenter.query, page.number)
        bar = self.table.verticalScrollBar()
        place = bar.value() if same_place else 0
        wanted, self._wanted = self._wanted, None
        if wanted is not None and (wanted.query, wanted.page) != self._shown:
            wanted = None
        self.selection.show_page(
            lambda: self.model.show_page(page.pks, page.records),
            page.pks,
            same_place=same_place,
            goes_on=self._goes_on or self.view.inbox,
        )
        self._goes_on = False
        bar.setValue(place)
        expected = [pk for pk in page.pks if pk in self._expected]
        if expected:
            self.selection.choose(*expected, current=None if wanted is None else wanted.current)
        self._expected = ()
        if wanted is not None:
            bar.setValue(wanted.scrolled)
        self._turn_to(self.table if page.pks else self.panel)
        if page.pks:
            self.panel.withdraw()
        else:
            self._say_nothing_is_here()
        self._show_place()
        self._look_alike()
        if self.twins is not None:
            self.twins.refresh()
        self.state_changed.emit()
        if self._entered_from is not None:
            self._enter_rows()

    def _on_ids(self, ids: Sequence[int]) -> None:
        self.selection.keep_only(ids, edited=self._was_edited)
        self._show_place()
        sought, self._sought = self._sought, None
        if sought is None:
            return
        if self.presenter.page_of(sought) is None:
            self.record_hidden.emit(sought)
        else:
            self.show_record(sought)

    def _on_selection(self) -> None:
        self._selected.show(self.selection, self.presenter.total)
        self._say_count()
        self.table.viewport().update()
        self._look_alike()
        self.selection_changed.emit()

    def _look_alike(self) -> None:
        """Show what is like the learning that is chosen, as soon as that has been read."""
        if self.twins is not None:
            record = self.chosen_record
            self.twins.look_like(record if isinstance(record, LearningRecord) else None)

    def _on_filtered(self, query: Query) -> None:
        homes = ("conversation_id", "task_id")
        is_moved = any(getattr(query, n, None) != getattr(self._base, n, None) for n in homes)
        self.show_query(ordered_inside(query) if is_moved else query, self.text)

    def _on_header_clicked(self, section: int) -> None:
        column = self.model.column_at(section)
        if column is None or column.sort is None:
            self._show_sort()
            return
        again = column.sort == self._base.sort
        descending = not self._base.descending if again else column.key in _NEWEST_FIRST
        base = replace(self._base, sort=column.sort, descending=descending)
        self._base = base
        self._show_sort()
        self.presenter.show(self.query)
        self.state_changed.emit()

    def _show_news(self) -> None:
        """Go to the top of the list as it is by now; what is chosen stays chosen."""
        self.header.show_news(None)
        self.selection.mark(True)
        self._shown = None
        self.presenter.show(self.query)
        self._count_kinds()

    def _on_page_check(self) -> None:
        if self.selection.is_whole_page:
            self.selection.clear_page()
        else:
            self.selection.select_page()

    def _on_row_entered(self, row: int) -> None:
        pk = self.model.pks[row]
        if pk not in self.selection.on_page:
            self.selection.choose(pk)
        self.record_wanted.emit(False)

    def _turn_to_other(self, kind: Kind) -> None:
        self.view_wanted.emit(family(self.view.family)[kind].key)

    def _count_kinds(self) -> None:
        if self.kinds is not None:
            self.kinds.refresh()

    def _say_again(self) -> None:
        if self._stack.currentWidget() is self.panel and not self.presenter.page.pks:
            self._say_nothing_is_here()

    def _search_archived_too(self) -> None:
        self.set_text(f"{self.text} is:kept".strip())

    def _on_busy(self, busy: bool) -> None:
        if not busy:
            self._slow.stop()
            self._is_told_slow = False
            return
        self._is_stopped = False
        if not self._slow.isActive():
            self._slow.start()

    def _on_slow(self) -> None:
        self._is_told_slow = True
        self.header.count.setText("Loading…  Esc stops")

    def _on_failed(self, error: SheafError) -> None:
        self.panel.show_failure(error)
        self._turn_to(self.panel)

    def _turn_to(self, part: QWidget) -> None:
        """Show the rows, or what is said instead of them; the focus stays in the list."""
        former, focused = self._stack.currentWidget(), self.window().focusWidget()
        had_focus = focused is not None and (focused is former or former.isAncestorOf(focused))
        self.setFocusProxy(part)
        self._stack.setCurrentWidget(part)
        if had_focus and part is not former:
            part.setFocus()
        self._show_foot()

    def _say_nothing_is_here(self) -> None:
        if self.query == replace(self._unfiltered, text=self.view.text):
            others: Mapping[Kind, int] = {} if self.kinds is None else self.kinds.others
            self.panel.show_empty(others)
        else:
            words = " · ".join(filter(None, [*self.filters.words, self.text]))
            self.panel.show_nothing_found(self.query, words)

    def _show_sort(self) -> None:
        order = (
            Qt.SortOrder.DescendingOrder
            if self._base.descending
            else Qt.SortOrder.AscendingOrder
        )
        keys = [column.key for column in self.model.columns if column.sort == self._base.sort]
        section = self.model.section_of(keys[0]) if keys else -1
        self.table.horizontalHeader().setSortIndicator(section, order)

    def _show_place(self) -> None:
        presenter = self.presenter
        number, total = presenter.page.number, presenter.total
        self.pager.show_state(number, presenter.pages, presenter.page_size, total)
        self._selected.show(self.selection, total)
        self._say_count()

    def _say_count(self) -> None:
        total, chosen = self.presenter.total, self.chosen_count
        uncounted = "Stopped  F5 reads again" if self._is_stopped else "…"
        said = uncounted if total is None else self.kind.counted(total)
        if self._is_low and total is not None and chosen:
            said = f"{text.count(chosen)} of {text.count(total)} selected"
            if chosen == 1 or self.selection.elsewhere:
                said = self._selected.label.text()
        self.header.count.setText(said)

    def _show_foot(self) -> None:
        has_rows = self._stack.currentWidget() is self.table
        self._footer.setVisible(has_rows and not self._is_low)

    def _fit(self) -> None:
        """Give what height there is to the rows first."""
        px = current_theme().px
        low = self.height() < px(LOW_PX)
        if low is not self._is_low:
            self._is_low = low
            self.header.set_low(low)
            self.table.set_low(low)
            if low:
                self.header.put_at_end(self.pager)
            else:
                self._foot.addWidget(self.pager, 1)
            self.pager.set_brief(low)
            self._say_count()
            self._show_foot()
        columns = self.table.horizontalHeader().sizeHint().height()
        taken = self.header.sizeHint().height() + columns
        room = self.height() - taken - (0 if low else self._footer.sizeHint().height())
        wanted = RowPx.COMPACT if self.compact else RowPx.NORMAL
        heights = [row for row in RowPx if row <= wanted and LEAST_ROWS * px(row) <= room]
        self.table.set_row_px(max(heights, default=RowPx.TIGHT))

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        if self.twins is not None:
            self.twins.give_room(event.size().height() >= current_theme().px(ROOMY_PX))


_PUTS_AWAY: Final = frozenset({"archive", "unarchive", "trash", "restore", "purge"})
_NEWEST_FIRST: Final = frozenset(
    {"updated", "created", "done", "duration", "messages", "confidence"}
)
