"""The command palette: every action by a few letters of its title, without the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop_app.actions.fuzzy import fuzzy_score
from desktop_app.actions.palette_delegate import GROUP_ROLE, HINT_ROLE, PaletteDelegate
from desktop_app.widgets.announce import announce
from desktop_app.widgets.plain_label import PlainLabel

WIDTH_PX: Final = 560
HEIGHT_PX: Final = 420
TOP_PX: Final = 72


class Entry(Struct, frozen=True):
    """Something to choose: its title, what stands small beside it, and what it does.

    It is also found by the `group` that it is one of, which is written before it, and by
    other words that it has `also`.
    """

    title: str
    hint: str
    run: Callable[[], None]
    group: str = ""
    also: str = ""

    @property
    def words(self) -> str:
        """All that it is called: `Appearance: Dark`."""
        return f"{self.group}: {self.title}" if self.group else self.title


class Palette(QFrame):
    """A line to type in, and what fits below it: Enter runs, Esc leaves.

    With `matches_itself` the owner puts in entries that fit, on `typed`; otherwise the
    entries given are filtered and ordered here. It lies in its window, goes when the focus
    goes elsewhere, to another palette too, and gives the focus back to who had it.
    """

    typed = Signal(str)

    def __init__(
        self, window: QWidget, title: str, placeholder: str, *, matches_itself: bool = False
    ) -> None:
        super().__init__(window)
        self.setProperty("card", True)
        self.setAccessibleName(title)
        self._entries: Sequence[Entry] = ()
        self._matches_itself = matches_itself
        self.former_focus = _focus_outside()
        self._line = QLineEdit(placeholderText=placeholder)
        self._line.setAccessibleName(title)
        self._list = QListWidget()
        self._list.setAccessibleName("Matches")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setItemDelegate(PaletteDelegate(self._list))
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.addWidget(self._line)
        self._note = PlainLabel("Nothing matches. Try another word.", "muted")
        self._note.hide()
        column.addWidget(self._list)
        column.addWidget(self._note)
        column.addStretch()
        self._line.textChanged.connect(self._on_typed)
        self._line.returnPressed.connect(self._run_current)
        self._line.installEventFilter(self)
        self._list.itemClicked.connect(self._run_current)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Offer these."""
        self._entries = entries
        self._fill(self._line.text())

    def open(self) -> None:
        """Show the palette at the top of its window, ready to type."""
        window = self.parentWidget()
        self.setFixedWidth(min(WIDTH_PX, window.width() - 32))
        self.move((window.width() - self.width()) // 2, TOP_PX)
        self.show()
        self._fit()
        self.raise_()
        self._line.setFocus()

    def dismiss(self) -> None:
        """Go, and give the focus back."""
        if self.isVisible():
            had_focus = self._line.hasFocus()
            self.hide()
            former = self.former_focus
            if had_focus and former is not None and isValid(former):
                former.setFocus()
            self.deleteLater()

    def titles(self) -> list[str]:
        """Return what is offered now, with its groups, best first."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def _on_typed(self, text: str) -> None:
        if self._matches_itself:
            self.typed.emit(text)
        else:
            self._fill(text)

    def _fill(self, text: str) -> None:
        self._list.clear()
        for entry in self._entries if self._matches_itself else _best(text, self._entries):
            item = QListWidgetItem(entry.words, self._list)
            item.setData(HINT_ROLE, entry.hint)
            item.setData(GROUP_ROLE, entry.words.removesuffix(entry.title))
            item.setData(Qt.ItemDataRole.UserRole, entry.run)
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole, f"{entry.words}, {entry.hint}".strip(", ")
            )
        self._list.setCurrentRow(0)
        is_missing = bool(text.strip()) and not self._list.count()
        self._list.setHidden(is_missing)
        self._note.setVisible(is_missing)
        if is_missing:
            announce(self._line, self._note.text())
        self._fit()

    def _fit(self) -> None:
        """Be as high as the entries need, or as whole ones have room."""
        self._list.setFixedHeight(0)
        self.layout().activate()
        edges = 2 * self._list.frameWidth()
        room = min(HEIGHT_PX, self.parentWidget().height() - 96) - edges
        row = max(1, self._list.sizeHintForRow(0))
        rows = min(self._list.count(), (room - self.sizeHint().height()) // row)
        self._list.setFixedHeight(rows * row + edges)
        self.layout().activate()
        self.setFixedHeight(self.sizeHint().height())

    def _run_current(self) -> None:
        item = self._list.currentItem()
        if item is None:
            return
        run = item.data(Qt.ItemDataRole.UserRole)
        self.dismiss()
        run()

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = _STEPS.get(event.key())
            if step is not None and self._list.count():
                row = self._list.currentRow() + step
                self._list.setCurrentRow(max(0, min(row, self._list.count() - 1)))
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.dismiss()
                return True
        elif event.type() == QEvent.Type.FocusOut:
            self.dismiss()
        return super().eventFilter(watched, event)


def _focus_outside() -> QWidget | None:
    """Return what has the focus, or what had it before a palette that is open."""
    focused = QApplication.focusWidget()
    palette = None if focused is None else focused.parentWidget()
    return palette.former_focus if isinstance(palette, Palette) else focused


_STEPS: Final = {
    Qt.Key.Key_Down.value: 1,
    Qt.Key.Key_Up.value: -1,
    Qt.Key.Key_PageDown.value: 8,
    Qt.Key.Key_PageUp.value: -8,
}


def _best(typed: str, entries: Sequence[Entry]) -> list[Entry]:
    scored = ((_score(typed, entry), entry) for entry in entries)
    fitting = [(score, entry) for score, entry in scored if score is not None]
    return [entry for _, entry in sorted(fitting, key=lambda pair: -pair[0])]


def _score(typed: str, entry: Entry) -> int | None:
    called = (entry.title, entry.words, *entry.also.split())
    scores = (fuzzy_score(typed, each) for each in called)
    return max((score for score in scores if score is not None), default=None)
