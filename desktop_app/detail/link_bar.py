"""The address of a link that was chosen: to be read and copied, never opened."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from desktop_app.look.icons import put_icon
from desktop_app.look.text import isolated, plain_tooltip
from desktop_app.widgets.plain_label import PlainLabel


class LinkBar(QWidget):
    """Shows one address until it is closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._address = ""
        self._label = PlainLabel("")
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        copy = QPushButton("Copy address")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._address))
        close = QToolButton()
        close.setAccessibleName("Hide the address")
        close.setProperty("quiet", True)
        put_icon(close, "close", "muted")
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label, 1)
        row.addWidget(copy)
        row.addWidget(close)
        self.hide()

    def show_address(self, address: str) -> None:
        """Show an address that may be of any length and of anyone's making."""
        self._address = address
        self._label.setToolTip(plain_tooltip(address[:2000]))
        self._label.setAccessibleName(f"Address: {address[:200]}")
        self._elide()
        self.show()

    def _elide(self) -> None:
        metrics = QFontMetrics(self._label.font())
        shown = metrics.elidedText(
            self._address[:2000], Qt.TextElideMode.ElideMiddle, self._label.width()
        )
        self._label.setText(isolated(shown))

    # -- Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()
