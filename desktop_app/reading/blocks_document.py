"""One message as a document to be painted, filled in small steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from msgspec import Struct
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextOption,
)

from db.records import Block, MessageDetail
from db.vocabulary import Part
from desktop_app.detail.long_text import markdown_pieces, plain_pieces
from desktop_app.detail.safe_markdown import append_markdown
from desktop_app.look.text import size
from desktop_app.look.theme import Face, current_theme
from desktop_app.reading.blocks import (
    call_text,
    first_argument,
    first_words,
    image_words,
    length_words,
)
from desktop_app.reading.thread_plan import Sort, hidden_words, sort_of
from desktop_app.widgets.json_view import displayable

RENDER_LIMIT: Final = 256_000
HEAD: Final = 64_000
"""How much of a longer block is shown; both in characters."""
_AHEAD: Final = HEAD // 4
"""So much of what stands before a place that was found is shown with it."""
_LONGEST: Final = 256
"""A place that was found is no longer than that."""

_ACT: Final = QTextFormat.Property.UserProperty.value + 1
"""What a click does, as a property that no Markdown can set."""
_INDENT_PX: Final = 20
_FOLDED: Final = frozenset({Part.THINKING, Part.TOOL_CALL, Part.TOOL_RESULT})


class Act(Struct, frozen=True):
    """What a click on a part of a message asks for; `block` is that block's number."""

    verb: str
    block: int = 0


FOLD: Final = "fold"
REVEAL: Final = "reveal"
WHOLE: Final = "whole"


class Looks(Struct, frozen=True):
    """How a message is to be shown: what is hidden of it, unfolded, and its tools' names.

    `starts` are where the parts begin that are shown of long blocks, by their numbers.
    """

    visible: Sort
    unfolded: frozenset[int] = frozenset()
    tools: dict[str, str] = {}
    starts: dict[int, int] = {}


def is_long(block: Block) -> bool:
    """Whether only a part of a block is shown."""
    return len(block.text) > RENDER_LIMIT


def start_of_part(former: int, place: int) -> int:
    """Return where the part of a long block begins that shows a place, at best the former."""
    if former <= place <= former + HEAD - _LONGEST:
        return former
    return 0 if place <= HEAD - _LONGEST else place - _AHEAD


class MessageDocument:
    """A message laid out. `feed` adds the next piece of it, until it returns False.

    Each piece takes some milliseconds, however long the message is.
    """

    def __init__(self, detail: MessageDetail, looks: Looks) -> None:
        self.detail = detail
        self.spans: dict[int, tuple[int, int]] = {}
        self.document = QTextDocument()
        self.document.setUndoRedoEnabled(False)
        self.document.setDocumentMargin(0)
        self.document.setDefaultFont(current_theme().font(Face.BODY))
        wrap = QTextOption(self.document.defaultTextOption())
        wrap.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document.setDefaultTextOption(wrap)
        self.looks = looks
        self._cursor = QTextCursor(self.document)
        self._steps = self._make_steps()
        self.is_whole = False

    def feed(self) -> bool:
        """Add the next piece; False once there is none."""
        step = next(self._steps, None)
        if step is None:
            self.is_whole = True
            return False
        step()
        return True

    def height(self, width: int) -> int:
        """Return how high it is now at a width in pixels."""
        if self.document.textWidth() != width:
            self.document.setTextWidth(width)
        return round(self.document.size().height())

    def act_at(self, spot: QPointF) -> Act | None:
        """Return what a click at a spot asks for."""
        found = self._format_at(spot).property(_ACT)
        if not isinstance(found, str):
            return None
        verb, _, block = found.partition(":")
        return Act(verb, int(block))

    def address_at(self, spot: QPointF) -> str:
        """Return the address of the link at a spot."""
        return self._format_at(spot).anchorHref()

    def position_at(self, spot: QPointF) -> int:
        """Return the position in the text that is nearest to a spot."""
        layout = self.document.documentLayout()
        return layout.hitTest(spot, Qt.HitTestAccuracy.FuzzyHit)

    def foldable(self) -> list[int]:
        """Return the numbers of the blocks in sight that can be unfolded."""
        return [n for n, block in self._shown() if block.type in _FOLDED]

    def is_written(self, line: QTextBlock) -> bool:
        """Whether a line is of what was said, rather than one that unfolds or offers more."""
        return not any(part.format.hasProperty(_ACT) for part in line.textFormats())

    def _format_at(self, spot: QPointF) -> QTextCharFormat:
        layout = self.document.documentLayout()
        position = layout.hitTest(spot, Qt.HitTestAccuracy.ExactHit)
        if position < 0:
            return QTextCharFormat()
        cursor = QTextCursor(self.document)
        cursor.setPosition(min(position + 1, self.document.characterCount() - 1))
        return cursor.charFormat()

    def _shown(self) -> list[tuple[int, Block]]:
        role = self.detail.record.role
        return [
            (number, block)
            for number, block in enumerate(self.detail.blocks)
            if sort_of(role, block.type) & self.looks.visible
        ]

    def _make_steps(self) -> Iterator[Callable[[], None]]:
        for number, block in self._shown():
            start = self._end()
            self.spans[number] = (start, start)
            for step in self._steps_of(number, block):
                yield partial(self._run, number, step)
        if not self.detail.blocks:
            yield partial(self._write_note, "This message is empty.")
        if counts := self._hidden():
            yield partial(self._write_note, f"{hidden_words(counts)} — ", "Show", REVEAL, 0)

    def _run(self, number: int, step: Callable[[], None]) -> None:
        step()
        self.spans[number] = (self.spans[number][0], self._end())

    def _steps_of(self, number: int, block: Block) -> Iterator[Callable[[], None]]:
        is_open = number in self.looks.unfolded
        if block.type is Part.IMAGE:
            yield partial(self._write_note, image_words(block))
            return
        if block.type in _FOLDED:
            yield partial(self._write_fold, number, block, is_open=is_open)
            if not is_open:
                return
        is_cut = is_long(block)
        start = self.looks.starts.get(number, 0) if is_cut else 0
        if start:
            yield partial(self._write_note, "…")
        text = displayable(block.text[start : start + HEAD] if is_cut else block.text)
        if block.type is Part.TOOL_CALL:
            text = call_text(text)
        is_code = block.type in {Part.TOOL_CALL, Part.TOOL_RESULT}
        write = self._write_code if is_code else partial(self._write_markdown, block)
        for piece in plain_pieces(text) if is_code else markdown_pieces(text):
            yield partial(write, piece)
        if is_cut:
            whole, head = size(len(block.text)), size(HEAD)
            part = f"{head} of it, from {size(start)} on," if start else f"Its first {head}"
            words = f"This text is {whole} long. {part} are shown. "
            yield partial(self._write_note, words, "Show all as plain text", WHOLE, number)

    def _hidden(self) -> dict[Sort, int]:
        role, counts = self.detail.record.role, dict.fromkeys(Sort, 0)
        for block in self.detail.blocks:
            sort = sort_of(role, block.type)
            if not sort & self.looks.visible:
                counts[sort] += 1
        return counts if any(counts.values()) else {}

    def _end(self) -> int:
        return self.document.characterCount() - 1

    def _new_block(self, form: QTextBlockFormat) -> None:
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        if self._cursor.atStart():
            self._cursor.setBlockFormat(form)
        else:
            self._cursor.insertBlock(form, QTextCharFormat())

    def _write_markdown(self, block: Block, piece: str) -> None:
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        start = self._cursor.position()
        append_markdown(self._cursor, piece)
        if block.type is Part.THINKING:
            self._cursor.setPosition(start, QTextCursor.MoveMode.KeepAnchor)
            muted = QTextCharFormat()
            muted.setForeground(current_theme().colour("muted"))
            self._cursor.mergeCharFormat(muted)
            self._cursor.movePosition(QTextCursor.MoveOperation.End)

    def _write_code(self, piece: str) -> None:
        theme = current_theme()
        form = QTextBlockFormat()
        form.setBackground(theme.colour("hover"))
        form.setLeftMargin(theme.px(_INDENT_PX))
        self._new_block(form)
        mono = QTextCharFormat()
        mono.setFont(theme.font(Face.MONO))
        self._cursor.insertText(piece.removesuffix("\n"), mono)

    def _write_fold(self, number: int, block: Block, *, is_open: bool) -> None:
        theme = current_theme()
        form = QTextBlockFormat()
        form.setTopMargin(theme.px(2))
        form.setBottomMargin(theme.px(2))
        form.setNonBreakableLines(True)
        self._new_block(form)
        line = _Line(self._cursor, f"{FOLD}:{number}")
        line.add("▾ " if is_open else "▸ ", "muted")
        match block.type:
            case Part.THINKING:
                line.add("Thinking", "muted", is_strong=True)
                line.add(f"  {first_words(block.text)}", "faint")
            case Part.TOOL_CALL:
                line.add(displayable(block.name) or "Tool", "text", is_strong=True)
                line.add(f"  {length_words(block.text)}", "faint")
                line.add(f"  {displayable(first_argument(block.text))}", "muted")
            case _:
                self._write_result(line, block)

    def _write_result(self, line: _Line, block: Block) -> None:
        name = block.name or self.looks.tools.get(block.call_id, "")
        line.add("✕ Error" if block.is_error else "✓ ok", "bad" if block.is_error else "ok")
        line.add(f"  {displayable(name)}" if name else "  Result", "muted")
        line.add(f"  {length_words(block.text)}", "faint")
        line.add(f"  {displayable(first_words(block.text))}", "muted")

    def _write_note(self, words: str, offer: str = "", verb: str = "", block: int = 0) -> None:
        form = QTextBlockFormat()
        form.setTopMargin(current_theme().px(4))
        self._new_block(form)
        _Line(self._cursor, "").add(words, "muted")
        if offer:
            _Line(self._cursor, f"{verb}:{block}").add(offer, "accent", is_strong=True)


class _Line:
    """Writes words that do the same when they are clicked."""

    def __init__(self, cursor: QTextCursor, act: str) -> None:
        self._cursor = cursor
        self._act = act

    def add(self, words: str, ink: str, *, is_strong: bool = False) -> None:
        """Write words in the colour of a token."""
        form = QTextCharFormat()
        form.setForeground(current_theme().colour(ink))
        if is_strong:
            form.setFontWeight(QFont.Weight.DemiBold)
        if self._act:
            form.setProperty(_ACT, self._act)
        self._cursor.insertText(words, form)
