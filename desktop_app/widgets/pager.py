"""Where one is in a long list, and the way to its other pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from desktop_app.look.icons import put_icon
from desktop_app.look.text import count
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.widgets.buttons import icon_button
from desktop_app.widgets.plain_label import PlainLabel

PAGE_SIZES: Final = (20, 50, 100, 500)
_MIRRORED: Final = {
    "chevron-first": "chevron-last",
    "chevron-left": "chevron-right",
    "chevron-right": "chevron-left",
    "chevron-last": "chevron-first",
}


class Pager(QWidget):
    """First, previous, `Page 7 of 200`, next, last, and how many rows a page has.

    Pages count from 0 in the interface and from 1 on the screen.
    """

    page_chosen = Signal(int)
    page_size_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = 0
        self._pages: int | None = None
        self._brief = False
        self._first = self._arrow("chevron-first", "First page", lambda: 0)
        self._previous = self._arrow("chevron-left", "Previous page", lambda: self._page - 1)
        self._next = self._arrow("chevron-right", "Next page", lambda: self._page + 1)
        self._last = self._arrow("chevron-last", "Last page", lambda: (self._pages or 1) - 1)
        self._range = PlainLabel(role="muted")
        self._place = PlainLabel()
        self._jump = QToolButton()
        self._jump.setProperty("quiet", True)
        self._jump.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._jump.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._jump.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._jump.setMenu(QMenu(self._jump))
        self._jump.menu().aboutToShow.connect(self._fill_menu)
        self._jump.hide()
        self._sizes = QComboBox()
        self._sizes.setAccessibleName("Rows per page")
        for size in PAGE_SIZES:
            self._sizes.addItem(f"{count(size)} per page", size)
        self._sizes.activated.connect(self._on_size_activated)
        self._lay_out()
        self._turn_arrows()
        self.show_state(0, 1, PAGE_SIZES[1], 0, exact=True)

    def show_state(
        self, page: int, pages: int | None, size: int, total: int | None, *, exact: bool = True
    ) -> None:
        """Show a place: page `page` of `pages`, `size` rows each, of `total` rows.

        None stands for what is still being counted; an inexact total is marked as such.
        """
        self._page, self._pages = page, pages
        self._jump.setEnabled(total is None or total > min(PAGE_SIZES))
        self._range.setText(_range_text(page, size, total, exact=exact))
        self._say_place()
        if self._brief:
            self._show_if_needed()
        self._sizes.setCurrentIndex(self._sizes.findData(size))
        is_last = pages is not None and page >= pages - 1
        self._first.setEnabled(page > 0)
        self._previous.setEnabled(page > 0)
        self._next.setEnabled(not is_last)
        self._last.setEnabled(pages is not None and not is_last)

    def set_brief(self, brief: bool) -> None:
        """Show only the way to the previous and the next page, and the rest in a menu between.

        There is nothing to show for one page of any size.
        """
        self._brief = brief
        for part in (self._range, self._first, self._place, self._last, self._sizes):
            part.setHidden(brief)
        self._jump.setVisible(brief)
        self._say_place()
        self._show_if_needed()

    def _show_if_needed(self) -> None:
        self.setHidden(self._brief and not self._jump.isEnabled())

    def _fill_menu(self) -> None:
        menu = self._jump.menu()
        menu.clear()
        for button in (self._first, self._last):
            action = menu.addAction(button.accessibleName(), button.click)
            action.setEnabled(button.isEnabled())
        menu.addSeparator()
        sizes = QActionGroup(menu)
        for place, size in enumerate(PAGE_SIZES):
            choose = partial(self.page_size_chosen.emit, size)
            action = sizes.addAction(menu.addAction(self._sizes.itemText(place), choose))
            action.setCheckable(True)
            action.setChecked(place == self._sizes.currentIndex())

    def _say_place(self) -> None:
        page, pages = count(self._page + 1), self._pages
        of = "…" if pages is None else count(max(1, pages))
        self._place.setText(f"Page {page} of {of}")
        self._jump.setText(f"{page} / {of} ▾")
        self._jump.setAccessibleName(f"{self._place.text()}: other pages, rows per page")

    @property
    def range_text(self) -> str:
        """What is shown of how many: `51–100 of 1,204`."""
        return self._range.text()

    @property
    def place_text(self) -> str:
        """Which page of how many: `Page 2 of 25`."""
        return self._place.text()

    def _arrow(self, name: str, says: str, target: Callable[[], int]) -> QToolButton:
        button = icon_button(name, says, lambda: self.page_chosen.emit(target()), quiet=False)
        button.setProperty("icon_name", name)
        return button

    def _turn_arrows(self) -> None:
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for button in (self._first, self._previous, self._next, self._last):
            name = button.property("icon_name")
            put_icon(button, _MIRRORED[name] if is_mirrored else name)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(current_theme().px(SPACE_PX))
        row.addWidget(self._range)
        row.addStretch()
        for part in (
            self._first,
            self._previous,
            self._place,
            self._jump,
            self._next,
            self._last,
        ):
            row.addWidget(part)
        row.addWidget(self._sizes)

    def _on_size_activated(self, place: int) -> None:
        self.page_size_chosen.emit(self._sizes.itemData(place))

    def changeEvent(self, event: QEvent) -> None:
        """Turn the arrows around with the direction of reading."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._turn_arrows()


def _range_text(page: int, size: int, total: int | None, *, exact: bool) -> str:
    if total == 0 and exact:
        return "Nothing to show"
    first, last = page * size + 1, (page + 1) * size
    if total is None:
        return f"{count(first)}–{count(last)} of …"
    shown = f"{count(first)}–{count(min(last, total))}"
    return f"{shown} of {count(total)}" if exact else f"{shown} of about {count(total)}"
