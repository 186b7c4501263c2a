"""Records that a person and a file both changed, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from db.incoming import Conflict, Conflicts
from db.records import Kind
from desktop_app.dialogs.conflict import field_words, value_words
from desktop_app.import_wizard.words import one_line
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel

_SHOWN_CHARS: Final = 2_000
_WINNERS: Final = {
    None: "Not decided",
    Conflicts.MINE: "Mine stays",
    Conflicts.THEIRS: "The file's is taken",
    Conflicts.BOTH: "Both stay",
}
SIDES: Final = (
    (Conflicts.MINE, "Keep mine"),
    (Conflicts.THEIRS, "Take the file's"),
    (Conflicts.BOTH, "Keep both"),
)
Key = tuple[Kind, int]


class ConflictsView(QWidget):
    """A list of records, and of the one chosen both sides; decides one, or all together.

    `decided` carries kind, pk and a `Conflicts`; `all_decided` a `Conflicts`.
    """

    decided = Signal(object, int, object)
    all_decided = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._conflicts: Sequence[Conflict] = ()
        self._decisions: dict[Key, Conflicts] = {}
        self.records = QListWidget()
        self.records.setAccessibleName("Records that both sides changed")
        self.records.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.records.currentRowChanged.connect(self._show_sides)
        self._title = PlainLabel()
        self._title.setWordWrap(True)
        self._sides = QGridLayout()
        self._all = QHBoxLayout()
        self._more = PlainLabel(role="muted")
        self._lay_out()

    def show_conflicts(
        self, conflicts: Sequence[Conflict], number: int, decisions: dict[Key, Conflicts]
    ) -> None:
        """Show the first of so many conflicts, and what was decided of some."""
        row = max(0, self.records.currentRow())
        self._conflicts, self._decisions = conflicts, decisions
        self.records.blockSignals(True)
        self.records.clear()
        for conflict in conflicts:
            item = QListWidgetItem(_line(conflict, self._winner(conflict)))
            self.records.addItem(item)
        self.records.blockSignals(False)
        self.records.setCurrentRow(min(row, len(conflicts) - 1))
        more = number - len(conflicts)
        self._more.setText(f"and {text.count(more)} more" if more > 0 else "")

    def show_next(self) -> None:
        """Turn to the next record that is not decided."""
        after = [*range(self.records.currentRow() + 1, len(self._conflicts))]
        before = [*range(self.records.currentRow() + 1)]
        for row in (*after, *before):
            if self._winner(self._conflicts[row]) is None:
                self.records.setCurrentRow(row)
                return

    def _winner(self, conflict: Conflict) -> Conflicts | None:
        return self._decisions.get((Kind.named(conflict.kind), conflict.pk), conflict.winner)

    def _show_sides(self, row: int) -> None:
        while self._sides.count():
            self._sides.takeAt(0).widget().deleteLater()
        if not 0 <= row < len(self._conflicts):
            self._title.setText("")
            return
        conflict = self._conflicts[row]
        self._title.setText(f"{conflict.kind.capitalize()}: {one_line(conflict.title)}")
        for column, head in enumerate(("Mine", "In the file")):
            self._sides.addWidget(PlainLabel(head, role="head"), 0, column)
        line = 1
        for name, sides in conflict.fields.items():
            self._sides.addWidget(
                PlainLabel(field_words(name.removesuffix("_pk")), role="muted"), line, 0, 1, 2
            )
            for column, value in enumerate(sides):
                said = PlainLabel(_value(name, value))
                said.setWordWrap(True)
                said.setAlignment(Qt.AlignmentFlag.AlignTop)
                said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self._sides.addWidget(said, line + 1, column)
            line += 2

    def _decide(self, winner: Conflicts) -> None:
        row = self.records.currentRow()
        if row >= 0:
            conflict = self._conflicts[row]
            self.decided.emit(Kind.named(conflict.kind), conflict.pk, winner)

    def _lay_out(self) -> None:
        px = current_theme().px
        inside = QFrame()
        inside.setProperty("card", True)
        box = QVBoxLayout(inside)
        box.setContentsMargins(px(16), px(12), px(16), px(12))
        box.addWidget(self._title)
        self._sides.setColumnStretch(0, 1)
        self._sides.setColumnStretch(1, 1)
        self._sides.setHorizontalSpacing(px(16))
        box.addLayout(self._sides)
        box.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        scroll.setAccessibleName("Both sides")
        scroll.setWidget(inside)
        scroll.viewport().setAutoFillBackground(False)
        one = QHBoxLayout()
        for winner, words in SIDES:
            button = push_button(words, partial(self._decide, winner))
            button.setAutoDefault(False)
            one.addWidget(button)
        one.addStretch()
        right = QWidget()
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(scroll, 1)
        beside.addLayout(one)
        split = QSplitter()
        split.setAccessibleName("Records and their two sides")
        split.setChildrenCollapsible(False)
        split.addWidget(self.records)
        split.addWidget(right)
        split.setSizes([px(260), px(520)])
        self._all.addWidget(PlainLabel("All of them:"))
        for winner, words in SIDES:
            button = push_button(words, partial(self.all_decided.emit, winner))
            button.setAutoDefault(False)
            button.setAccessibleName(f"All of them: {words}")
            self._all.addWidget(button)
        self._all.addWidget(self._more)
        self._all.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 0, 0)
        column.addWidget(split, 1)
        column.addLayout(self._all)


def _line(conflict: Conflict, winner: Conflicts | None) -> str:
    return f"{one_line(conflict.title)}\n{_WINNERS[winner]}"


def _value(name: str, value: Any) -> str:
    """Return a value as words; of another record only that there is one."""
    if name.endswith("_pk"):
        return "None" if value is None else f"Record {value}"
    said = value_words(name, value, {})
    return said if len(said) <= _SHOWN_CHARS else said[:_SHOWN_CHARS] + "…"
