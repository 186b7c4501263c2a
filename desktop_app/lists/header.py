"""The head of a list: its name, its filters, how many there are, and what is new."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.lists.filter_bar import FilterBar
from desktop_app.lists.kind_switch import KindSwitch
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel


class ListHeader(QWidget):
    """Title, kind switch, chips, count, and a quiet pill for rows that came meanwhile."""

    news_wanted = Signal()

    def __init__(
        self,
        title: str,
        filters: FilterBar,
        kinds: KindSwitch | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.filters = filters
        self.count = PlainLabel(role="muted")
        self.news = push_button("", self.news_wanted.emit)
        self.news.setProperty("quiet", True)
        self.news.hide()
        heading = PlainLabel(title, role="title")
        px = current_theme().px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(12), px(16), px(8))
        row.setSpacing(px(12))
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(heading, 0, top)
        if kinds is not None:
            row.addWidget(kinds, 0, top)
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
