"""Pages of which one is shown, each scrolled where the window is smaller than it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget


class PageStack(QStackedWidget):
    """Asks for no more room than there is; what gets the focus is scrolled into sight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places: dict[QWidget, QScrollArea] = {}

    def add_page(self, page: QWidget) -> None:
        """Take a page in; the first is shown."""
        place = QScrollArea()
        place.setFrameShape(QFrame.Shape.NoFrame)
        place.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        place.setWidgetResizable(True)
        place.setWidget(page)
        for ground in (page, place.viewport()):
            ground.setAutoFillBackground(False)
        self._places[page] = place
        self.addWidget(place)

    def show_page(self, page: QWidget) -> None:
        """Show another page."""
        self.setCurrentWidget(self._places[page])
