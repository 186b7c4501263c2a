"""Read-only views of text from strangers: plain, and Markdown."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QEvent, QUrl, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextBrowser, QWidget

from desktop_app.detail.feeder import Feeder
from desktop_app.detail.long_text import markdown_pieces, plain_pieces
from desktop_app.detail.safe_markdown import append_markdown
from desktop_app.look.theme import Face, current_theme


class PlainView(QPlainTextEdit):
    """Text as it is, in signs of one width; very long lines are shown broken."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setProperty("bare", True)
        self.setTabChangesFocus(True)
        self.feeder = Feeder(self)
        self._dress()
        current_theme().changed.connect(self._dress)

    def show_text(self, text: str) -> None:
        """Show a text of any length; its first piece is there on return."""
        self.feeder.start(plain_pieces(text), QTextCursor.insertText)

    def _dress(self) -> None:
        self.setFont(current_theme().font(Face.MONO))


class MarkdownView(QTextBrowser):
    """Markdown without HTML, images or anything else that would be fetched.

    A link is never followed: `link_chosen` carries its address. `source` is what is shown.
    """

    link_chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setUndoRedoEnabled(False)
        self.setOpenLinks(False)
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(lambda url: self.link_chosen.emit(url.toString()))
        self.feeder = Feeder(self)
        self.feeder.finished.connect(self._scroll)
        self.source: str | None = None
        self._place = 0

    def show_markdown(self, source: str, place: int = 0) -> None:
        """Show Markdown of any length, scrolled to `place`; the first piece at once."""
        self.source, self._place = source, place
        self.feeder.start(markdown_pieces(source), append_markdown)
        self._scroll()

    def _scroll(self) -> None:
        if self._place:
            self.verticalScrollBar().setValue(self._place)

    # -- Qt overrides

    def loadResource(self, kind: int, name: QUrl | str) -> QByteArray:
        return QByteArray()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.source:
            self.show_markdown(self.source, self.verticalScrollBar().value())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu(event.pos())
        address = self.anchorAt(event.pos())
        if address:
            menu.addAction("Copy address", lambda: QGuiApplication.clipboard().setText(address))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())
