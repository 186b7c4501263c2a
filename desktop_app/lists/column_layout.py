"""Which columns of a table are shown, where and how wide."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final, TypeAlias

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from desktop_app.models.columns import Column
from desktop_app.models.paged_table import CHECK_COLUMN, PagedTableModel

LayoutState: TypeAlias = dict[str, Any]
CHECK_WIDTH_PX: Final = 36
MIN_WIDTH_PX: Final = 48
LEAST_STRETCHED_CHARS: Final = 25
_FEWEST_STRETCHED_CHARS: Final = 15
"""What the stretched column keeps before the table scrolls, once no other column gives way."""
LEAST_CHARS: Final = 10
_STRETCHED_PART: Final = 0.42
"""The part of the table that the stretched column has before others have all they want."""
_NO_ROOM: Final = "  (no room now)"


class ColumnLayout(QObject):
    """Lays out a table's columns as the person wants them and as there is room.

    Where the table is narrow, the column that stretches gives way, then those that are not
    essential: they are narrowed, and the last of them go until there is room again. What a
    person asked for, or gave a width, stays; beyond that the table scrolls.
    """

    changed = Signal()

    def __init__(self, table: QTableView, model: PagedTableModel) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self._hidden = {column.key for column in model.columns if column.hidden}
        self._widths: dict[str, int] = {}
        self._fitting = False
        header = table.horizontalHeader()
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)
        header.setMinimumSectionSize(CHECK_WIDTH_PX)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self.open_menu)
        header.sectionMoved.connect(self.changed)
        header.sectionResized.connect(self._on_resized)
        self._set_modes()
        table.viewport().installEventFilter(self)

    def save(self) -> LayoutState:
        """Return the layout as JSON can carry it."""
        header = self._header
        sections = sorted(range(1, header.count()), key=header.visualIndex)
        return {
            "order": [self._model.columns[section - 1].key for section in sections],
            "hidden": sorted(self._hidden),
            "widths": dict(self._widths),
        }

    def restore(self, state: LayoutState) -> None:
        """Take over a layout that was saved, as far as its columns still exist."""
        known = [column.key for column in self._model.columns]
        order = [key for key in state.get("order", ()) if key in known]
        unheard_of = self._hidden.difference(order)
        self._hidden = unheard_of | set(state.get("hidden", ())).intersection(known)
        widths = state.get("widths", {})
        self._widths = {key: int(widths[key]) for key in known if key in widths}
        for place, key in enumerate(order, 1):
            section = self._model.section_of(key)
            self._header.moveSection(self._header.visualIndex(section), place)
        self.fit()

    def fit(self) -> None:
        """Give each column that is shown its width."""
        self._fitting = True
        widths = self._fitting_widths()
        for section, column in enumerate(self._model.columns, 1):
            self._table.setColumnHidden(section, column.key not in widths)
            if column.key in widths:
                self._header.resizeSection(section, widths[column.key])
        self._fitting = False

    def set_shown(self, key: str, *, shown: bool) -> None:
        """Show or hide a column."""
        if shown:
            self._hidden.discard(key)
        else:
            self._hidden.add(key)
        self.fit()
        self.changed.emit()

    def open_menu(self, position: QPoint) -> None:
        """Offer the columns to sort by, to show and to move."""
        menu = QMenu(self._table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_sorting(menu.addMenu("Sort by"))
        menu.addSeparator()
        for section, column in enumerate(self._model.columns, 1):
            is_out = column.key not in self._hidden and self._table.isColumnHidden(section)
            action = menu.addAction(f"{column.title}{_NO_ROOM if is_out else ''}")
            action.setCheckable(True)
            action.setChecked(column.key not in self._hidden)
            action.setEnabled(not column.stretches)
            action.toggled.connect(partial(self._on_toggled, column.key))
        menu.addSeparator()
        self._fill_moving(menu.addMenu("Move left"), menu.addMenu("Move right"))
        menu.addAction("Reset columns", self.reset)
        menu.popup(self._header.viewport().mapToGlobal(position))

    def _fill_sorting(self, menu: QMenu) -> None:
        """Offer the columns by which the list can be sorted; the one it is by turns round."""
        for section, column in enumerate(self._model.columns, 1):
            if column.sort is not None:
                click = partial(self._header.sectionClicked.emit, section)
                action = menu.addAction(column.title, click)
                action.setCheckable(True)
                action.setChecked(section == self._header.sortIndicatorSection())

    def _fill_moving(self, to_left: QMenu, to_right: QMenu) -> None:
        """Offer each column that is seen to change places with the one beside it."""
        header = self._header
        places = [place for place in range(1, header.count()) if self._is_seen(place)]
        for left, right in pairwise(places):
            to_left.addAction(self._title_at(right), partial(header.moveSection, right, left))
            to_right.addAction(self._title_at(left), partial(header.moveSection, left, right))

    def _is_seen(self, place: int) -> bool:
        return not self._header.isSectionHidden(self._header.logicalIndex(place))

    def _title_at(self, place: int) -> str:
        return self._model.columns[self._header.logicalIndex(place) - 1].title

    def reset(self) -> None:
        """Go back to the columns as they came."""
        self._hidden = {column.key for column in self._model.columns if column.hidden}
        self._widths.clear()
        for section in range(1, self._header.count()):
            self._header.moveSection(self._header.visualIndex(section), section)
        self.fit()
        self.changed.emit()

    @property
    def _header(self) -> QHeaderView:
        return self._table.horizontalHeader()

    def _fitting_widths(self) -> dict[str, int]:
        shown = [column for column in self._model.columns if column.key not in self._hidden]
        while True:
            giving = [c for c in shown if self._gives_way(c)]
            widths, left = self._narrowed(shown, [c.key for c in giving])
            leaving = [c for c in giving if not c.hidden]
            if left >= 0 or not leaving:
                return widths
            shown.remove(leaving[-1])

    def _gives_way(self, column: Column[Any]) -> bool:
        return not (column.essential or column.stretches or column.key in self._widths)

    def _narrowed(
        self, shown: Sequence[Column[Any]], giving: Sequence[str]
    ) -> tuple[dict[str, int], int]:
        """Return the widths of some columns, and the room left; less than none is missing."""
        room = self._table.viewport().width() - CHECK_WIDTH_PX
        widths = {column.key: self._width(column) for column in shown}
        stretched = next(column.key for column in shown if column.stretches)
        widths[stretched] = self._px(LEAST_STRETCHED_CHARS)
        left = room - sum(widths.values())
        for number, key in enumerate(giving):
            if left < 0:
                fewest = min(widths[key], self._px(LEAST_CHARS))
                given = min(widths[key] - fewest, -(left // (len(giving) - number)))
                widths[key] -= given
                left += given
        widths[stretched] += max(
            self._px(_FEWEST_STRETCHED_CHARS - LEAST_STRETCHED_CHARS), left
        )
        if giving:
            widest = max(giving, key=widths.__getitem__)
            wanted = int(room * _STRETCHED_PART) - widths[stretched]
            given = max(0, min(wanted, widths[widest] - self._px(LEAST_CHARS)))
            widths[widest] -= given
            widths[stretched] += given
        return widths, left

    def _width(self, column: Column[Any]) -> int:
        return self._widths.get(column.key, self._px(column.width))

    def _px(self, chars: int) -> int:
        return chars * self._table.fontMetrics().averageCharWidth()

    def _set_modes(self) -> None:
        mode = QHeaderView.ResizeMode
        self._header.setSectionResizeMode(mode.Interactive)
        for section, column in enumerate(self._model.columns, 1):
            if column.stretches:
                self._header.setSectionResizeMode(section, mode.Fixed)
        self._header.setSectionResizeMode(CHECK_COLUMN, mode.Fixed)
        self._header.resizeSection(CHECK_COLUMN, CHECK_WIDTH_PX)

    def _on_toggled(self, key: str, shown: bool) -> None:
        self.set_shown(key, shown=shown)

    def _on_resized(self, section: int, _old: int, new: int) -> None:
        column = self._model.column_at(section)
        if self._fitting or column is None or column.stretches or new < MIN_WIDTH_PX:
            return
        self._widths[column.key] = new
        self.fit()
        self.changed.emit()

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)
