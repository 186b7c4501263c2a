"""The chips above a list."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from db.ports import Storage
from db.query import Query
from db.query_text import write_query
from desktop_app.background import Background
from desktop_app.lists.filters import FILTERS, AnyFilter, Filter, Option, RangeFilter
from desktop_app.lists.range_menu import RangeMenu
from desktop_app.widgets.chip import FilterChip
from desktop_app.widgets.flow_layout import FlowLayout


class FilterBar(QWidget):
    """One chip for each filter of a kind of record; `changed` carries the new query.

    `named` comes once the name of a value is known, which was looked up.
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
        self.show_query(query)

    def show_query(self, query: Query) -> None:
        """Show which filters a query has."""
        self._query = query
        for filter_, chip in self._chips:
            chip.set_value(self._summary(filter_) if filter_.is_on(query) else None)

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
        self._chips[0][1].setFocus(Qt.FocusReason.ShortcutFocusReason)

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
            read, query = filter_.read, self._query
            request = self._background.read(
                lambda storage, token: read(storage, query, token),
                lambda options: self._fill(menu, filter_, options),
            )
            menu.destroyed.connect(request.cancel)
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height())))

    def _fill(self, menu: QMenu, filter_: Filter, options: tuple[Option, ...]) -> None:
        menu.clear()
        value = filter_.value(self._query)
        for option in options:
            self._names[option.value] = option.title
            action = menu.addAction(option.title.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(option.value in value if filter_.many else option.value == value)
            action.triggered.connect(partial(self._toggle, filter_, option.value))
        if not options:
            menu.addAction(filter_.none).setEnabled(False)
        if filter_.is_on(self._query):
            menu.addSeparator()
            menu.addAction("Clear", partial(self._clear, filter_))

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
