"""The head of a list: its name, its filters, how many there are, and what is new."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from db.records import Kind
from desktop_app.lists.filter_bar import FilterBar
from desktop_app.lists.views import ListView
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel


class ListHeader(QWidget):
    """Title, kind switch, chips, count, and a quiet pill for rows that came meanwhile."""

    news_wanted = Signal()
    other_wanted = Signal()

    def __init__(
        self, view: ListView, filters: FilterBar, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.filters = filters
        self.count = PlainLabel(role="muted")
        self.news = push_button("", self.news_wanted.emit)
        self.news.setProperty("quiet", True)
        self.news.hide()
        heading = PlainLabel(view.title, role="title")
        px = current_theme().px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(12), px(16), px(8))
        row.setSpacing(px(12))
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(heading, 0, top)
        if view.other:
            row.addWidget(self._kind_switch(view.query.kind), 0, top)
        row.addWidget(filters, 1)
        row.addWidget(self.news, 0, top)
        row.addWidget(self.count, 0, top)
        for part in (heading, self.count):
            part.setMinimumHeight(px(28))

    def show_news(self, fresh: int | None) -> None:
        """Offer to show what came meanwhile: so many rows, or 0 for another order."""
        self.news.setVisible(fresh is not None)
        if fresh is not None:
            said = f"{text.count(fresh)} new" if fresh else "Updated"
            self.news.setText(said)
            self.news.setAccessibleName(f"{said}: show them")
            announce(self, said)

    def _kind_switch(self, kind: Kind) -> QComboBox:
        """Return a choice between the two kinds of record that are in this place."""
        switch = QComboBox()
        switch.setAccessibleName("Kind of record")
        switch.addItems(["Batches", "Tasks"])
        switch.setCurrentIndex(0 if kind is Kind.BATCH else 1)
        shown = switch.currentIndex()

        def choose(place: int) -> None:
            if place != shown:
                switch.setCurrentIndex(shown)
                self.other_wanted.emit()

        switch.activated.connect(choose)
        return switch
