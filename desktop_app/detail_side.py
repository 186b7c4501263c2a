"""The side of the window where the details of a record stand."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop_app.look.icons import put_icon
from desktop_app.look.theme import current_theme
from desktop_app.widgets.buttons import push_button

DETAIL_PX = 336


class DetailSide(QWidget):
    """Holds the details, or an empty card until there are any, and the way back to the list.

    `list_wanted` comes from the button above them, which is there where they cover the list.
    """

    list_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.detail: QWidget = QFrame()
        self.detail.setProperty("card", True)
        self._back = push_button("Back to the list", self.list_wanted.emit)
        self._back.setProperty("quiet", True)
        self._back.setToolTip("Esc")
        put_icon(self._back, "chevron-left", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeading)
        column.addWidget(self.detail, 1)
        current_theme().changed.connect(self._measure)
        self._measure()

    def put(self, detail: QWidget) -> None:
        """Show these details instead of the card or of those before."""
        self.layout().replaceWidget(self.detail, detail)
        self.detail.deleteLater()
        self.detail = detail
        self._measure()

    def set_covering(self, covering: bool) -> None:
        """Offer the way back, or do not."""
        self._back.setVisible(covering)

    def _measure(self) -> None:
        # Their buttons may ask for more room than they need while nothing is shown.
        for part in (self, self.detail):
            part.setMinimumWidth(current_theme().px(DETAIL_PX))
