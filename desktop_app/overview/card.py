"""A picture in its frame: its title, its sentence, and itself, or the same as a table."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
)

from db.cancel import CancelToken
from db.errors import SheafError
from db.overview import Overview, Picture
from db.ports import Storage
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme
from desktop_app.look.tokens import CARD_PADDING_PX, SPACE_PX
from desktop_app.overview.pictures import PERIOD, PictureSpec, days_of
from desktop_app.overview.rows import TargetsTable
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.workspace import Workspace


class PictureCard(QFrame):
    """Asks for one picture and shows it; `chosen` carries where a part of it leads.

    `table_wanted` comes when a person turned to the table, or back to the chart,
    `all_wanted` when a longer period than the `period` is asked for.
    """

    chosen = Signal(object)
    table_wanted = Signal(bool)
    all_wanted = Signal()

    def __init__(self, workspace: Workspace, spec: PictureSpec) -> None:
        super().__init__()
        self.spec = spec
        self.period = PERIOD
        self._latest = Latest(workspace.background, self)
        self.chart = spec.make(spec.title)
        self.table = TargetsTable(f"{spec.title}: table", spec.columns)
        self.sentence = PlainLabel("Loading…", role="muted")
        self.sentence.setWordWrap(True)
        self.shows_table = False
        self.toggle = push_button("Table", self._turn)
        self.toggle.setProperty("quiet", True)
        self.toggle.setEnabled(False)
        room = self.toggle.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self.toggle.setSizePolicy(room)
        self.every = push_button("Show all days", self.all_wanted.emit)
        self.every.setAccessibleName(f"Show all days of {spec.title.lower()}")
        self.every.hide()
        self._name_toggle()
        self._stack = QStackedWidget()
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.chart.chosen.connect(self.chosen)
        self.table.chosen.connect(self.chosen)
        self._lay_out()

    def refresh(self) -> None:
        """Ask for the picture anew; the one before stays until the new one is there."""
        self._latest.ask(
            partial(_read, self.spec.picture, self.period),
            self._show,
            self._fail,
        )

    def show_table(self, *, shown: bool) -> None:
        """Show the table, or the chart."""
        if shown is not self.shows_table:
            self._turn()

    def _show(self, overview: Overview) -> None:
        shown = self.spec.fill(self.chart, overview)
        self.table.show_rows(shown.rows)
        self.sentence.setText(shown.sentence)
        self.toggle.setEnabled(True)
        # Without anything in it a picture would be no more than its axes.
        for part in (self.toggle, self._stack):
            part.setHidden(shown.is_empty)
        is_part = bool(self.period) and self.spec.picture is not Picture.CATEGORIES
        self.every.setVisible(shown.is_empty and is_part)
        # There is nothing in it to go to.
        wanted = Qt.FocusPolicy.NoFocus if shown.is_empty else Qt.FocusPolicy.StrongFocus
        self.chart.setFocusPolicy(wanted)

    def _fail(self, error: SheafError) -> None:
        self.sentence.setText(str(error))

    def _turn(self) -> None:
        self.shows_table = not self.shows_table
        self._stack.setCurrentWidget(self.table if self.shows_table else self.chart)
        self._name_toggle()
        self.table_wanted.emit(self.shows_table)

    def _name_toggle(self) -> None:
        """Name what a click shows next."""
        self.toggle.setText("Chart" if self.shows_table else "Table")
        self.toggle.setAccessibleName(f"{self.toggle.text()} of {self.spec.title.lower()}")

    def _lay_out(self) -> None:
        self.setProperty("card", True)
        px = current_theme().px
        head = QHBoxLayout()
        head.addWidget(PlainLabel(self.spec.title, role="title"), 1)
        head.addWidget(self.toggle)
        self._stack.addWidget(self.chart)
        self._stack.addWidget(self.table)
        column = QVBoxLayout(self)
        side = px(CARD_PADDING_PX)
        column.setContentsMargins(side, px(SPACE_PX), side, px(12))
        column.setSpacing(px(6))
        column.addLayout(head)
        column.addWidget(self.sentence)
        column.addWidget(self.every, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(px(4))
        # Pictures side by side stand on one line, however long their sentences are.
        column.addStretch(1)
        column.addWidget(self._stack)


def _read(picture: Picture, period: int, storage: Storage, token: CancelToken) -> Overview:
    return storage.overview(period or days_of(picture, storage, token), token, [picture])
