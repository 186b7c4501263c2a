"""Markdown from strangers, made into text that fetches nothing and hides nothing."""

from __future__ import annotations

from typing import Final

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
    QTextTable,
)

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


def append_markdown(cursor: QTextCursor, source: str) -> None:
    """Add Markdown at the end of a document, as blocks of its own: an empty one is taken.

    Qt gives the first block of what is inserted the format of the place, but makes a block
    for each item of a list and each cell of a table.
    """
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
    else:
        form.setBottomMargin(_LIST_GAP if block.textList() else _SMALL_GAP)
    QTextCursor(block).mergeBlockFormat(form)


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
