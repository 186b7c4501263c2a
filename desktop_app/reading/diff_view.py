"""Two texts and what differs between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from desktop_app.background import Background
from desktop_app.latest import Latest
from desktop_app.look.text import count, counted
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import SPACE_PX
from desktop_app.reading.diff import COMPARED, Diff, compare
from desktop_app.reading.diff_rows import DiffRows, lay_out
from desktop_app.reading.diff_table import DiffTable
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import icon_button
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel

_ROOMY_PX: Final = 720
"""From this width on the sides stand beside each other, unless the person chose."""
_SETTLE_MS: Final = 60


class Side(Struct, frozen=True, gc=False):
    """A text to compare, and what it is called."""

    title: str
    text: str


class DiffView(QWidget):
    """Compares on a thread and shows the lines that were added and removed.

    F7 or N goes to the next difference, Shift+F7 or P to the one before. `compared` says
    that a difference is shown.
    """

    compared = Signal()

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latest = Latest(background, self)
        self._rows_latest = Latest(background, self)
        self._diff: Diff | None = None
        self._starts: tuple[int, ...] = ()
        self._chosen_form: bool | None = None
        self._goes_to_first = False
        self._left, self._right = PlainLabel("", "head"), PlainLabel("", "head")
        self._titles = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._summary = PlainLabel("", "muted")
        self._note = PlainLabel("", "muted")
        self._note.setWordWrap(True)
        self._where = PlainLabel("", "muted")
        self._form = QToolButton()
        self._form.setText("Side by side")
        self._form.setCheckable(True)
        self._form.clicked.connect(self._choose_form)
        self.table = DiffTable()
        self.table.room_changed.connect(lambda _room: self._settle.start())
        self.table.moved.connect(lambda _row: self._show_where())
        self._panel = StatePanel()
        self._stack = QStackedWidget()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._lay_out_rows)
        self._lay_out()

    def show_reading(self, read: Callable[[Storage, CancelToken], tuple[Side, Side]]) -> None:
        """Read two texts on a thread and show what differs."""

        def work(storage: Storage, token: CancelToken) -> tuple[str, str, Diff]:
            left, right = read(storage, token)
            return left.title, right.title, compare(left.text, right.text, token)

        self._summary.setText("Comparing…")
        self._latest.ask(work, lambda found: self._show(*found), self._fail)

    def show_sides(self, left: Side, right: Side) -> None:
        """Show what differs between two texts that are there."""
        self.show_reading(lambda _storage, _token: (left, right))

    def show_words(self, headline: str, sentence: str) -> None:
        """Say why there is nothing to compare."""
        self._latest.cancel()
        self._diff = None
        self._say(headline, sentence)

    def go(self, distance: int) -> None:
        """Go to the next difference (1) or to the one before (-1)."""
        row = self.table.currentIndex().row()
        if distance > 0:
            at = bisect_right(self._starts, row)
        else:
            at = bisect_left(self._starts, row) - 1
        if 0 <= at < len(self._starts):
            self.table.go_to(self._starts[at])
            announce(self.table, self._where.text())

    def _show(self, left: str, right: str, diff: Diff) -> None:
        self._diff = diff
        self._left.setText(f"\N{MINUS SIGN} {left}")
        self._right.setText(f"+ {right}")
        self._summary.setText(f"{count(diff.added)} added, {count(diff.removed)} removed")
        self._note.setText(_note(diff))
        self._note.setVisible(bool(self._note.text()))
        if diff.changes:
            self._goes_to_first = True
            self._lay_out_rows()
        else:
            self._say("No difference", "Both texts are the same, line by line.")
        self.compared.emit()

    def _fail(self, error: SheafError) -> None:
        self.show_words(error.what, f"{error.safe} {error.advice}")

    def _say(self, headline: str, sentence: str) -> None:
        self._starts = ()
        if self._diff is None:
            for label in (self._left, self._right, self._summary, self._note):
                label.setText("")
        self._panel.show_state("check" if self._diff else "info", headline, sentence)
        self._stack.setCurrentWidget(self._panel)
        self._show_where()

    def _lay_out_rows(self) -> None:
        """Break the lines anew for the room there is, on a thread."""
        diff = self._diff
        if diff is None or not diff.changes:
            return
        self._stack.setCurrentWidget(self.table)
        beside = self._is_beside()
        self._form.setChecked(beside)
        direction = QBoxLayout.Direction
        self._titles.setDirection(direction.LeftToRight if beside else direction.TopToBottom)
        if beside is not self.table.side_by_side or not self.table.model().rowCount():
            self.table.set_form(side_by_side=beside, lines=max(len(diff.left), len(diff.right)))
        self._settle.stop()
        room = self.table.room
        self._rows_latest.ask(
            lambda _storage, _token: lay_out(diff, room, side_by_side=beside),
            self._show_rows,
            self._fail,
        )

    def _show_rows(self, rows: DiffRows) -> None:
        former = bisect_right(self._starts, self.table.currentIndex().row()) - 1
        self._starts = rows.starts
        self.table.show_rows(rows)
        if self._goes_to_first or former >= 0:
            at = 0 if self._goes_to_first else min(former, len(rows.starts) - 1)
            self.table.go_to(rows.starts[at])
        self._goes_to_first = False
        self._show_where()

    def _show_where(self) -> None:
        at = bisect_right(self._starts, self.table.currentIndex().row())
        of = count(len(self._starts))
        self._where.setText(f"Difference {count(at)} of {of}" if at else "")

    def _is_beside(self) -> bool:
        if self._chosen_form is not None:
            return self._chosen_form
        return self.width() >= current_theme().px(_ROOMY_PX)

    def _choose_form(self, beside: bool) -> None:
        self._chosen_form = beside
        self._lay_out_rows()

    def _lay_out(self) -> None:
        for label in (self._left, self._right):
            label.setWordWrap(True)
            # A long word must not make the pane wider.
            label.setMinimumWidth(1)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            self._titles.addWidget(label, 1)
        self._titles.setSpacing(0)
        # Each stands above its side of the table, which has a scroll bar beside it.
        bar = self.table.verticalScrollBar().sizeHint().width()
        self._titles.setContentsMargins(0, 0, bar, 0)
        tools = QWidget()
        bar = FlowLayout(tools, current_theme().px(SPACE_PX))
        bar.addWidget(self._summary)
        bar.addWidget(self._where)
        for icon, says, distance in (
            ("chevron-up", "Previous difference (Shift+F7)", -1),
            ("chevron-down", "Next difference (F7)", 1),
        ):
            bar.addWidget(icon_button(icon, says, lambda d=distance: self.go(d)))
        bar.addWidget(self._form)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._panel)
        self._note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(tools)
        column.addWidget(self._note)
        column.addLayout(self._titles)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.table)

    # -- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_beside() is not self.table.side_by_side:
            self._settle.start()

    def event(self, event: QEvent) -> bool:
        """Take the keys that go to a difference before the window does."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and _direction(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if direction := _direction(event):
            self.go(direction)
        else:
            super().keyPressEvent(event)


def _direction(event: QKeyEvent) -> int:
    """Return 1 for the keys that go on, -1 for those that go back, 0 for all others."""
    shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
    plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
    if event.key() == Qt.Key.Key_F7 and (plain or shift):
        return 1 if plain else -1
    if plain and event.key() in {Qt.Key.Key_N, Qt.Key.Key_P}:
        return 1 if event.key() == Qt.Key.Key_N else -1
    return 0


def _note(diff: Diff) -> str:
    said = []
    if diff.is_cut:
        said.append(
            f"Only the first {counted(COMPARED, 'character', 'characters')} are compared."
        )
    if diff.is_coarse:
        said.append(
            "Much is repeated in these long texts: some lines may be shown as changed that"
            " only moved."
        )
    return " ".join(said)
