"""The chips above a list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from db.ports import Storage
from db.query import Query
from db.query_text import write_query
from desktop_app.background import Background
from desktop_app.lists.filters import (
    FILTERS,
    OFFERED_VALUES,
    AnyFilter,
    Filter,
    Option,
    RangeFilter,
    ReadOptions,
)
from desktop_app.lists.range_menu import RangeMenu
from desktop_app.widgets.chip import FilterChip
from desktop_app.widgets.flow_layout import FlowLayout


class FilterBar(QWidget):
    """One chip for each filter of a kind of record; `changed` carries the new query.

    Filters that are off share one line: those that have no room there are in the menu of one
    more chip. `named` comes once the name of a value is known, which was looked up.
    """

    changed = Signal(object)
    named = Signal()

    def __init__(
        self, background: Background[Storage], query: Query, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._query = query
        self._names: dict[Any, str] = {}
        self._chips: list[tuple[AnyFilter, FilterChip]] = []
        layout = FlowLayout(self)
        for filter_ in FILTERS[query.kind]:
            chip = FilterChip(filter_.title)
            chip.clicked.connect(partial(self._on_clicked, filter_, chip))
            chip.cleared.connect(partial(self._clear, filter_))
            layout.addWidget(chip)
            self._chips.append((filter_, chip))
        self._more = FilterChip("Filter")
        self._more.setAccessibleName("More filters")
        self._more.clicked.connect(self._open_more)
        layout.addWidget(self._more)
        self.show_query(query)

    def show_query(self, query: Query) -> None:
        """Show which filters a query has."""
        self._query = query
        for filter_, chip in self._chips:
            chip.set_value(self._summary(filter_) if filter_.is_on(query) else None)
        self._fold()

    @property
    def words(self) -> list[str]:
        """Every filter of the query in words: the chips as they read, then what has no chip."""
        said, rest = [], self._query
        for filter_, _chip in self._chips:
            if filter_.is_on(rest):
                summary = self._summary(filter_)
                said.append(f"{filter_.title}: {summary}" if summary else filter_.title)
                rest = filter_.cleared(rest)
        return [*said, *filter(None, [write_query(rest)])]

    def focus_first(self) -> None:
        """Put the focus on the first chip."""
        shown = (chip for _filter, chip in self._chips if not chip.isHidden())
        next(shown, self._more).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _fold(self) -> None:
        """Hide the chips of filters that are off and have no room on the line."""
        layout = self.layout()

        def width(chip: FilterChip) -> int:
            return chip.sizeHint().width() + layout.spacing()

        chips = [chip for _filter, chip in self._chips]
        room = self.width() + layout.spacing()
        folds = sum(map(width, chips)) > room
        room -= sum(width(chip) for chip in chips if chip.value is not None)
        room -= width(self._more) if folds else 0
        for chip in chips:
            if chip.value is None:
                room -= width(chip)
                chip.setHidden(folds and room < 0)
            else:
                chip.show()
        self._more.setVisible(any(chip.isHidden() for chip in chips))

    def _open_more(self) -> None:
        """Offer the filters that have no room."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("More filters")
        for filter_, chip in self._chips:
            if chip.isHidden():
                menu.addAction(filter_.title, partial(self._on_clicked, filter_, self._more))
        menu.popup(self._more.mapToGlobal(QPoint(0, self._more.height())))

    def _on_clicked(self, filter_: AnyFilter, chip: FilterChip) -> None:
        if isinstance(filter_, RangeFilter):
            self._open_range(filter_, chip)
        elif filter_.toggle:
            self._toggle(filter_, True)
        else:
            self.open_menu(filter_, chip)

    def _open_range(self, filter_: RangeFilter, chip: FilterChip) -> None:
        menu = RangeMenu(filter_.title, *filter_.bounds(self._query), self)
        menu.changed.connect(
            lambda least, most: self._choose(filter_.bounded(self._query, least, most))
        )
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height())))

    def open_menu(self, filter_: Filter, chip: FilterChip) -> None:
        """Offer the values of a filter below its chip."""
        menu = _StayingMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(filter_.title)
        if filter_.read is None:
            self._fill(menu, filter_, filter_.options)
        else:
            menu.addAction("Loading…").setEnabled(False)
            self._read_options(menu, filter_, filter_.read)
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height())))

    def _read_options(self, menu: QMenu, filter_: Filter, read: ReadOptions) -> None:
        """Offer the values once they are read, where that takes long most of them before."""

        def ask(read: ReadOptions, on_done: Callable[[tuple[Option, ...]], None]) -> None:
            query = self._query
            request = self._background.read(
                lambda storage, token: read(storage, query, token), on_done
            )
            menu.destroyed.connect(request.cancel)

        def fill(options: tuple[Option, ...]) -> None:
            self._fill(menu, filter_, options)
            ask(read, partial(self._complete, menu, filter_))

        if filter_.read_first is None:
            ask(read, partial(self._fill, menu, filter_))
        else:
            ask(filter_.read_first, fill)

    def _fill(self, menu: QMenu, filter_: Filter, options: tuple[Option, ...]) -> None:
        menu.clear()
        for option in options[:OFFERED_VALUES]:
            menu.addAction(self._action(menu, filter_, option))
        if not options:
            menu.addAction(filter_.none).setEnabled(False)
        if filter_.is_on(self._query):
            menu.addSeparator()
            menu.addAction("Clear", partial(self._clear, filter_))

    def _complete(self, menu: QMenu, filter_: Filter, options: tuple[Option, ...]) -> None:
        """Say how many there are of each value; those only found now follow the others."""
        shown = {each.data(): each for each in menu.actions() if each.isCheckable()}
        if not shown:
            self._fill(menu, filter_, options)
            return
        end = next((each for each in menu.actions() if each.isSeparator()), None)
        for place, option in enumerate(options):
            if option.value in shown:
                shown[option.value].setText(_menu_text(option))
            elif place < OFFERED_VALUES:
                menu.insertAction(end, self._action(menu, filter_, option))

    def _action(self, menu: QMenu, filter_: Filter, option: Option) -> QAction:
        self._names[option.value] = option.title
        value = filter_.value(self._query)
        action = QAction(_menu_text(option), menu)
        action.setData(option.value)
        action.setCheckable(True)
        action.setChecked(option.value in value if filter_.many else option.value == value)
        action.triggered.connect(partial(self._toggle, filter_, option.value))
        return action

    def _summary(self, filter_: AnyFilter) -> str:
        read_name = filter_.read_name
        if isinstance(filter_, RangeFilter) or read_name is None:
            return filter_.summary(self._query)
        value = filter_.value(self._query)
        if value not in self._names:
            self._background.read(
                lambda storage, _token: read_name(storage, value),
                partial(self._take_name, value),
                lambda _gone: None,
            )
        return self._names.get(value, "…")

    def _take_name(self, value: Any, name: str) -> None:
        self._names[value] = name
        self.show_query(self._query)
        self.named.emit()

    def _toggle(self, filter_: Filter, value: Any) -> None:
        self._choose(filter_.toggled(self._query, value))

    def _clear(self, filter_: AnyFilter) -> None:
        self._choose(filter_.cleared(self._query))

    def _choose(self, query: Query) -> None:
        self.show_query(query)
        self.changed.emit(query)

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def event(self, event: QEvent) -> bool:
        answer = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:  # the text may have another size
            self._fold()
        return answer


def _menu_text(option: Option) -> str:
    return option.title.replace("&", "&&")


class _StayingMenu(QMenu):
    """A menu that stays open while boxes in it are ticked, so several can be."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.installEventFilter(self)

    # Qt overrides

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        action = self.activeAction()
        is_space = event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Space
        if is_space and action is not None and action.isCheckable():
            action.trigger()
            return True
        return super().eventFilter(watched, event)
