"""Markdown on pages, of paper or of a PDF file, while the window lives on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QObject, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QPagedPaintDevice,
    QPainter,
    QPalette,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from desktop_app.detail.long_text import markdown_pieces
from desktop_app.detail.safe_markdown import append_markdown
from desktop_app.look.theme import Face, current_theme

_TEXT_PX: Final = 13
_SMALL_PX: Final = 11
_DPI: Final = 96
"""Documents are laid out at this resolution and painted larger."""
_GAP_PX: Final = 8
_FOOT_PX: Final = 24
_LEAST_PX: Final = 80
"""With less room than that below it a piece begins on a new page."""
_INK: Final = QColor("#000000")
_CODE_GROUND: Final = QColor("#F2F2F2")
_FOOT_FLAGS: Final = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom


class PagePrinter(QObject):
    """Paints Markdown on the pages of a device, a piece at each turn of the event loop.

    `progressed` carries the number of the page that is being painted, `finished` at the
    end whether all is painted, or it was cancelled.
    """

    progressed = Signal(int)
    finished = Signal(bool)

    def __init__(self, device: QPagedPaintDevice, source: str, parent: QObject) -> None:
        super().__init__(parent)
        self._device = device
        self._pieces: Iterator[str] = markdown_pieces(source)
        self._painter = QPainter()
        self._page = 1
        self._y = 0.0
        self._room = QSizeF()
        self._height = 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._print_piece)

    def start(self) -> bool:
        """Begin; false where the device takes nothing."""
        if not self._painter.begin(self._device):
            return False
        scale = self._device.logicalDpiX() / _DPI
        self._painter.scale(scale, scale)
        self._room = QSizeF(self._device.width() / scale, self._device.height() / scale)
        self._height = self._room.height() - _FOOT_PX
        self._number_page()
        self._timer.start()
        return True

    def cancel(self) -> None:
        """Stop after the piece that was painted last."""
        self._end(done=False)

    def _print_piece(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            self._end(done=True)
            return
        if self._y > self._height - _LEAST_PX:
            self._y = 0.0
            self._turn()
        document = self._lay_out(piece)
        for number in range(document.pageCount()):
            if number:
                self._turn()
            self._paint(document, number)
        self._y = self._end_of(document) + _GAP_PX
        document.deleteLater()

    def _lay_out(self, piece: str) -> QTextDocument:
        """Return a piece on pages of its own, the first of which begins where we are."""
        document = QTextDocument(self)
        font = QFont(current_theme().font(Face.BODY))
        font.setPixelSize(_TEXT_PX)
        document.setDefaultFont(font)
        document.setDocumentMargin(0)
        document.setUseDesignMetrics(True)
        cursor = QTextCursor(document)
        if self._y:
            # A margin above the first block would be left out, one of the frame repeated.
            space = QTextBlockFormat()
            space.setLineHeight(self._y, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
            cursor.setBlockFormat(space)
            cursor.insertBlock(QTextBlockFormat())
        append_markdown(cursor, piece)
        _blacken(document)
        document.setPageSize(QSizeF(self._room.width(), self._height))
        return document

    def _paint(self, document: QTextDocument, number: int) -> None:
        top = number * self._height
        context = QAbstractTextDocumentLayout.PaintContext()
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Text, _INK)
        context.palette = palette
        page = QRectF(0, top, self._room.width(), self._height)
        context.clip = page
        self._painter.save()
        self._painter.translate(0, -top)
        self._painter.setClipRect(page)
        document.documentLayout().draw(self._painter, context)
        self._painter.restore()

    def _end_of(self, document: QTextDocument) -> float:
        last = document.documentLayout().blockBoundingRect(document.lastBlock())
        return last.bottom() - (document.pageCount() - 1) * self._height

    def _turn(self) -> None:
        self._device.newPage()
        self._page += 1
        self._number_page()
        self.progressed.emit(self._page)

    def _number_page(self) -> None:
        foot = QRectF(0, self._height, self._room.width(), _FOOT_PX)
        self._painter.setPen(_INK)
        font = QFont(current_theme().font(Face.BODY))
        font.setPixelSize(_SMALL_PX)
        self._painter.setFont(font)
        self._painter.drawText(foot, _FOOT_FLAGS, str(self._page))

    def _end(self, *, done: bool) -> None:
        self._timer.stop()
        if self._painter.isActive():
            self._painter.end()
            self.finished.emit(done)


def _blacken(document: QTextDocument) -> None:
    """Give a text the colours of paper, whatever the window wears."""
    block = document.begin()
    while block.isValid():
        if block.blockFormat().background().style() is not Qt.BrushStyle.NoBrush:
            form = QTextBlockFormat()
            form.setBackground(_CODE_GROUND)
            QTextCursor(block).mergeBlockFormat(form)
        for start, length in _links(block):
            cursor = QTextCursor(document)
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            look = QTextCharFormat()
            look.setForeground(_INK)
            cursor.mergeCharFormat(look)
        block = block.next()


def _links(block: QTextBlock) -> list[tuple[int, int]]:
    found = []
    parts = block.begin()
    while not parts.atEnd():
        fragment = parts.fragment()
        if fragment.charFormat().isAnchor():
            found.append((fragment.position(), fragment.length()))
        parts += 1
    return found
