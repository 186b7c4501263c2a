"""The address of a link that was chosen: to be read, and copied or opened on request."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontMetrics, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from desktop_app.look.icons import put_icon
from desktop_app.look.text import isolated, plain_tooltip
from desktop_app.widgets.plain_label import PlainLabel

_WEB: Final = frozenset({"http", "https"})
_MOST_SHOWN: Final = 40


class LinkBar(QWidget):
    """Shows one address until it is closed.

    One of the web can be given to the browser; the button names the host that it leads to,
    whatever else the address says.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._address = ""
        self._label = PlainLabel("")
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        copy = QPushButton("Copy address")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._address))
        self._open = QPushButton()
        self._open.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(self._address)))
        close = QToolButton()
        close.setAccessibleName("Hide the address")
        close.setProperty("quiet", True)
        put_icon(close, "close", "muted")
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label, 1)
        row.addWidget(copy)
        row.addWidget(self._open)
        row.addWidget(close)
        self.hide()

    def show_address(self, address: str) -> None:
        """Show an address that may be of any length and of anyone's making."""
        self._address = address
        self._label.setToolTip(plain_tooltip(address[:2000]))
        self._label.setAccessibleName(f"Address: {address[:200]}")
        url = QUrl(address)
        host = url.host(QUrl.ComponentFormattingOption.FullyEncoded)
        self._open.setVisible(url.scheme() in _WEB and bool(host))
        self._open.setText(f"Open {host[-_MOST_SHOWN:]} in the browser")
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
