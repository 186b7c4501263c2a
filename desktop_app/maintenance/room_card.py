"""What takes room as bars, or the same as a table, with a sentence that says the most of it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout

from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.overview.chart import Datum
from desktop_app.overview.rows import Row, TargetsTable
from desktop_app.overview.shares import COUNT_FILL, Shares
from desktop_app.overview.targets import Target
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel


class Room(Struct, frozen=True):
    """What takes so many bytes, what more there is to say of it, and where it leads."""

    name: str
    size: int
    cells: tuple[str, ...]
    target: Target


class RoomCard(QFrame):
    """Shows what takes room; `chosen` carries where a part of it leads."""

    chosen = Signal(object)

    def __init__(self, title: str, columns: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self.chart = Shares(title, COUNT_FILL)
        self.table = TargetsTable(f"{title}: table", columns)
        self.sentence = PlainLabel("Measuring…", role="muted")
        self.toggle = push_button("Table", self._turn)
        self._stack = QStackedWidget()
        self.chart.chosen.connect(self.chosen)
        self.table.chosen.connect(self.chosen)
        self._lay_out()

    def show_rooms(self, rooms: Sequence[Room], sentence: str) -> None:
        """Show these from now on, the largest first."""
        data = [
            Datum(
                column=0,
                row=-place,
                value=float(room.size),
                says=f"{room.name}: {text.size(room.size)}",
                target=room.target,
            )
            for place, room in enumerate(rooms)
        ]
        names = [" ".join(room.name.split()) for room in rooms]
        amounts = [text.size(room.size) for room in rooms]
        self.chart.show_rows(data, names, amounts, sentence)
        self.table.show_rows(
            [
                Row(
                    (name, amount, *room.cells),
                    (room.target,) * (2 + len(room.cells)),
                )
                for name, amount, room in zip(names, amounts, rooms, strict=True)
            ]
        )
        self.sentence.setText(sentence)
        for part in (self.toggle, self._stack):
            part.setVisible(bool(rooms))

    def _turn(self) -> None:
        is_chart = self._stack.currentWidget() is self.chart
        self._stack.setCurrentWidget(self.table if is_chart else self.chart)
        self._name_toggle()

    def _name_toggle(self) -> None:
        """Name what a click shows next."""
        is_chart = self._stack.currentWidget() is self.chart
        self.toggle.setText("Table" if is_chart else "Chart")
        self.toggle.setAccessibleName(f"{self.toggle.text()} of {self._title.lower()}")

    def _lay_out(self) -> None:
        self.setProperty("card", True)
        self.toggle.setProperty("quiet", True)
        px = current_theme().px
        self.sentence.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(PlainLabel(self._title, role="title"), 1)
        head.addWidget(self.toggle)
        self._stack.addWidget(self.chart)
        self._stack.addWidget(self.table)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._stack.hide()
        self.toggle.hide()
        self._name_toggle()
        column = QVBoxLayout(self)
        side = px(CARD_PADDING_PX)
        column.setContentsMargins(side, px(SPACE_PX), side, px(12))
        column.setSpacing(px(6))
        column.addLayout(head)
        column.addWidget(self.sentence)
        column.addStretch(1)
        column.addWidget(self._stack)
