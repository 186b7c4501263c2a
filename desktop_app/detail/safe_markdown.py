"""Markdown from strangers, made into text that fetches nothing and hides nothing."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QGuiApplication,
    QPalette,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextDocumentFragment,
    QTextFormat,
    QTextImageFormat,
    QTextList,
    QTextListFormat,
    QTextTable,
)

from desktop_app.look.theme import Face, current_theme

TABLE_CELLS: Final = 400
"""Laying out a cell takes a tenth of a millisecond; a piece with more is shown as source."""

_FEATURES: Final = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)
_CODE: Final = (QTextFormat.Property.BlockCodeFence, QTextFormat.Property.BlockCodeLanguage)
_HEADING_SIZES: Final = {1: 2, 2: 1}
_PROPORTIONAL: Final = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
_LINE_PERCENT: Final = 125
_GAP, _SMALL_GAP, _LIST_GAP = 12, 8, 3
_INDENT_PX: Final = 28
_BULLETS: Final = (
    QTextListFormat.Style.ListDisc,
    QTextListFormat.Style.ListCircle,
    QTextListFormat.Style.ListSquare,
)
"""The bullets of lists by how deep these stand in others; deeper ones have the last."""


def append_markdown(cursor: QTextCursor, source: str) -> None:
    """Add Markdown at the end of a document, as blocks of its own: an empty one is taken.

    Qt gives the first block of what is inserted the format of the place, but makes a block
    for each item of a list and each cell of a table.
    """
    indent = current_theme().px(_INDENT_PX)
    if cursor.document().indentWidth() != indent:
        cursor.document().setIndentWidth(indent)
    document = _rendered(source)
    first = document.begin()
    is_merged = first.textList() is None and first.length() > 1
    if is_merged and cursor.block().length() > 1:
        cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
    start = cursor.position()
    cursor.insertFragment(QTextDocumentFragment(document))
    if is_merged:
        place = QTextCursor(cursor)
        place.setPosition(start)
        place.setBlockFormat(first.blockFormat())


def _rendered(source: str) -> QTextDocument:
    """Return Markdown as formatted text, its images replaced by links that name them.

    Rows of a table that has more cells than `TABLE_CELLS` stay as they are written.

    Qt would load an image from any path, whatever `loadResource` answers, as soon as the
    text is laid out; this document never is.
    """
    document = QTextDocument()
    document.setMarkdown(source, _FEATURES)
    cells = _table_cells(document)
    if cells > TABLE_CELLS or (source.startswith("|") and not cells):
        document.setPlainText(source)
    _name_images(document)
    block = document.begin()
    while block.isValid():
        _format_block(block)
        block = block.next()
    return document


def _table_cells(document: QTextDocument) -> int:
    return sum(
        frame.rows() * frame.columns()
        for frame in document.rootFrame().childFrames()
        if isinstance(frame, QTextTable)
    )


def _name_images(document: QTextDocument) -> None:
    for start, image in reversed(_images(document)):
        cursor = QTextCursor(document)
        cursor.setPosition(start)
        cursor.movePosition(
            QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor
        )
        link = QTextCharFormat()
        link.setAnchor(True)
        link.setAnchorHref(image.name())
        link.setForeground(_palette().link())
        words = str(image.property(QTextFormat.Property.ImageAltText) or "") or image.name()
        cursor.insertText(f"[image: {words}]", link)


def _images(document: QTextDocument) -> list[tuple[int, QTextImageFormat]]:
    found = []
    block = document.begin()
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            fragment = parts.fragment()
            if fragment.charFormat().isImageFormat():
                image = fragment.charFormat().toImageFormat()
                found += [(fragment.position() + at, image) for at in range(fragment.length())]
            parts += 1
        block = block.next()
    return found


def _format_block(block: QTextBlock) -> None:
    given = block.blockFormat()
    form = QTextBlockFormat()
    is_code = _is_code(block)
    form.setLineHeight(100 if is_code else _LINE_PERCENT, _PROPORTIONAL)
    if given.headingLevel():
        form.setTopMargin(_GAP if block.blockNumber() else 0)
        form.setBottomMargin(_SMALL_GAP)
        cursor = QTextCursor(block)
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        cursor.mergeCharFormat(_heading(given.headingLevel()))
    elif is_code:
        form.setBackground(_palette().midlight())
        form.setNonBreakableLines(False)
        form.setLeftMargin(_SMALL_GAP)
        form.setBottomMargin(0 if _is_code(block.next()) else _GAP)
    elif block.textList() is not None:
        form.setBottomMargin(_SMALL_GAP if block.next().textList() is None else _LIST_GAP)
        form.setLeftMargin(given.leftMargin() + _mark_item(block))
    else:
        form.setBottomMargin(_SMALL_GAP)
    QTextCursor(block).mergeBlockFormat(form)


def _mark_item(block: QTextBlock) -> float:
    """Part the mark of an item from its text; return how much more room its list needs.

    Qt leaves a space between them, of the font in which the end of the item is written.
    """
    items = block.textList()
    look = items.format()
    is_bullet = look.style() in _BULLETS
    if is_bullet:
        end = QTextCharFormat()
        end.setFont(current_theme().font(Face.MONO))
        QTextCursor(block).setBlockCharFormat(end)
        look.setStyle(_BULLETS[min(look.indent(), len(_BULLETS)) - 1])
    elif block.textDirection() is Qt.LayoutDirection.RightToLeft:
        look.setNumberPrefix(" ")
    elif not look.numberSuffix().endswith(" "):
        look.setNumberSuffix(f"{look.numberSuffix() or '.'} ")
    if look != items.format():
        items.setFormat(look)
    return 0.0 if is_bullet else _overhang(items)


def _overhang(items: QTextList) -> float:
    """Return how much wider than the indent the widest number of a list is."""
    theme = current_theme()
    last = items.itemText(items.item(items.count() - 1))
    widest = theme.metrics(Face.BODY).horizontalAdvance(f" {last} ")
    return max(0.0, widest - theme.px(_INDENT_PX))


def _is_code(block: QTextBlock) -> bool:
    return any(block.blockFormat().hasProperty(code) for code in _CODE)


def _heading(level: int) -> QTextCharFormat:
    heading = QTextCharFormat()
    size = _HEADING_SIZES.get(level, 0)
    heading.setProperty(QTextFormat.Property.FontSizeAdjustment, size)
    heading.setFontWeight(QFont.Weight.DemiBold)
    return heading


def _palette() -> QPalette:
    return QGuiApplication.palette()
