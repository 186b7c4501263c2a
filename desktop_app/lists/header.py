"""The head of a list: its name, its filters, how many there are, and what is new."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from desktop_app.lists.filter_bar import FilterBar
from desktop_app.lists.kind_switch import KindSwitch
from desktop_app.look import text
from desktop_app.look.icons import put_icon
from desktop_app.look.text import plain_tooltip
from desktop_app.look.theme import current_theme
from desktop_app.widgets.announce import announce
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel

_MOST_NEWS: Final = 99
"""More rows than that are not counted out on the pill."""


class ListHeader(QWidget):
    """The view, kind switch, chips, count, and a quiet pill for rows that came meanwhile.

    The name of the view opens its menu; a star behind it says that what is shown is not
    quite the view as it was saved.
    """

    news_wanted = Signal()
    menu_wanted = Signal()

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
        self.news.setText(_news_words(_MOST_NEWS + 1))
        self.news.setFixedWidth(self.news.sizeHint().width())
        self.news.hide()
        self.view = QToolButton()
        self.view.setProperty("title", True)
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.view.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.view.clicked.connect(self.menu_wanted)
        put_icon(self.view, "chevron-down", "muted")
        self.show_view(title, changed=False)
        px = current_theme().px
        column = QVBoxLayout(self)
        column.setSpacing(px(4))
        self._row = row = QHBoxLayout()
        row.setSpacing(px(12))
        column.addLayout(row)
        self.set_low(False)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self.view, 0, top)
        row.addWidget(filters, 1)
        row.addWidget(self.news, 0, top)
        row.addWidget(self.count, 0, top)
        self.count.setMinimumHeight(px(28))
        if kinds is not None:
            column.addWidget(kinds)

    def set_low(self, low: bool) -> None:
        """Leave less air around, where the list needs the room.

        Elsewhere neither chips nor rows make room for the pill when it comes.
        """
        px = current_theme().px
        above, below = (4, 4) if low else (12, 8)
        self.layout().setContentsMargins(px(10), px(above), px(16), px(below))
        room = self.news.sizePolicy()
        room.setRetainSizeWhenHidden(not low)
        self.news.setSizePolicy(room)

    def put_at_end(self, part: QWidget) -> None:
        """Put a part behind the count."""
        self._row.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)

    def show_view(self, title: str, *, changed: bool) -> None:
        """Name the view, and say whether it was changed."""
        self.view.setText(f"{title}{' *' if changed else ''}".replace("&", "&&"))
        said = f"View: {title}{', changed' if changed else ''}"
        self.view.setAccessibleName(said)
        self.view.setToolTip(plain_tooltip(f"{said}\nSave, revert or choose another view"))

    def show_news(self, fresh: int | None) -> None:
        """Offer to show what came meanwhile: so many rows, or 0 for another order."""
        self.news.setVisible(fresh is not None)
        if fresh is not None:
            said = f"{text.count(fresh)} new" if fresh else "Updated"
            self.news.setText(_news_words(fresh))
            self.news.setAccessibleName(f"{said}: show them")
            announce(self, said)


def _news_words(fresh: int) -> str:
    if fresh > _MOST_NEWS:
        return f"{_MOST_NEWS}+ new"
    return f"{fresh} new" if fresh else "Updated"
