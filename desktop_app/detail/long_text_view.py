"""Text of any size and from anyone: rendered as Markdown, or as it is written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from typing import Final, TypeAlias

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QStackedWidget, QTextEdit, QVBoxLayout, QWidget

from db.ports import Storage
from desktop_app.background import Background
from desktop_app.detail.files import save_file
from desktop_app.detail.link_bar import LinkBar
from desktop_app.detail.long_notice import LongNotice
from desktop_app.detail.part_bar import PartBar
from desktop_app.detail.text_parts import Positions, markdown_parts, part_starts
from desktop_app.detail.text_views import MarkdownView, PlainView
from desktop_app.latest import Latest
from desktop_app.look.theme import current_theme

RENDER_LIMIT: Final = 256_000
HEAD: Final = 64_000
"""How much of a longer text is rendered at first; both in characters."""
_MARKED: Final = 30

Span: TypeAlias = tuple[int, int]
"""Where something begins and ends in `sought_text`."""


class LongTextView(QWidget):
    """Shows a text and finds places in it.

    `raw_chosen` says that a person would rather see it as it is written, `laid_out` that
    all that is to be seen is there.
    """

    raw_chosen = Signal()
    laid_out = Signal()

    def __init__(
        self, name: str, background: Background[Storage], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._file_name = f"{name.lower().replace(' ', '-')}.md"
        self._text = ""
        self._latest = Latest(background, self)
        self._rendered: Sequence[str] = ("",)
        self._is_raw = False
        self._starts = [0]
        self._part = 0
        self._spans: Sequence[Span] = ()
        self._current = -1
        self._positions: Positions | None = None
        self._notice = LongNotice()
        self._notice.plain_chosen.connect(self.choose_raw)
        self._notice.all_chosen.connect(self._render_more)
        self._notice.file_chosen.connect(self.save)
        self._parts = PartBar()
        self._parts.part_chosen.connect(self._turn_to)
        self._links = LinkBar()
        self.markdown = MarkdownView(name)
        self.markdown.link_chosen.connect(self._links.show_address)
        self.plain = PlainView(f"{name}, as plain text")
        for view in (self.markdown, self.plain):
            view.feeder.finished.connect(partial(self._on_fed, view))
        self._stack = QStackedWidget()
        self._lay_out()
        current_theme().changed.connect(self._mark)

    @property
    def text(self) -> str:
        """The whole text."""
        return self._text

    @property
    def is_raw(self) -> bool:
        """Whether the text is shown as it is written."""
        return self._is_raw

    @property
    def is_cut(self) -> bool:
        """Whether the text is rendered, and too long for all of it to be."""
        return not self._is_raw and len(self._text) > RENDER_LIMIT

    @property
    def view(self) -> MarkdownView | PlainView:
        """The view that shows it now."""
        return self.plain if self._is_raw else self.markdown

    def show_text(self, text: str, place: int = 0) -> None:
        """Show a text from its beginning, or rendered from a place of the scroll bar."""
        self._text = text
        self._starts = part_starts(text)
        self._latest.cancel()
        self._rendered = (text if len(text) <= RENDER_LIMIT else text[:HEAD],)
        self._links.hide()
        self._show(place)

    def show_raw(self, raw: bool) -> None:
        """Show the same text as it is written, or rendered."""
        if raw != self._is_raw:
            self._is_raw = raw
            self._show()

    def choose_raw(self) -> None:
        """Show the text as it is written, and tell that it is."""
        self.show_raw(True)
        self.raw_chosen.emit()

    def save(self) -> None:
        """Ask for a file and write the whole text to it."""
        text = self._text
        save_file(
            self,
            self._background,
            self._file_name,
            lambda _storage: [text.encode(errors="backslashreplace")],
        )

    # Finding

    def sought_text(self) -> str:
        """Return what can be searched: all that is written, or what is rendered of it."""
        return self._text if self._is_raw else self.markdown.toPlainText()

    def mark(self, spans: Sequence[Span], current: int = -1) -> None:
        """Mark places of `sought_text`, in order, and go to one of them."""
        self._spans, self._current = spans, current
        if 0 <= current < len(spans):
            self._go_to(spans[current][0])
        self._mark()

    def go_to(self, offset: int) -> None:
        """Show the line of a character of `sought_text` at the top."""
        self._current = -1
        self._go_to(offset)
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.maximum())
        self.view.ensureCursorVisible()

    def _go_to(self, offset: int) -> None:
        part = self._part_of(offset)
        if part != self._part:
            self._show_part(part)
        cursor = self._cursor(offset, offset)
        self.view.setTextCursor(cursor)
        self.view.ensureCursorVisible()

    def _mark(self) -> None:
        """Colour the places around the current one that the view holds."""
        first = max(0, self._current - _MARKED)
        near = enumerate(self._spans[first : first + 2 * _MARKED], first)
        self.view.setExtraSelections(
            [
                self._selection(span, is_current=number == self._current)
                for number, span in near
                if self._part_of(span[0]) == self._part
            ]
        )

    def _selection(self, span: Span, *, is_current: bool) -> QTextEdit.ExtraSelection:
        theme = current_theme()
        selection = QTextEdit.ExtraSelection()
        look = QTextCharFormat()
        look.setBackground(theme.colour("accent" if is_current else "sel"))
        look.setForeground(theme.colour("on_accent" if is_current else "sel_text"))
        look.setFontUnderline(True)
        selection.format = look
        selection.cursor = self._cursor(*span)
        return selection

    def _part_of(self, offset: int) -> int:
        return bisect_right(self._starts, offset) - 1 if self._is_raw else self._part

    def _cursor(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self.view.document())
        last = self.view.document().characterCount() - 1
        cursor.setPosition(min(self._position(start), last))
        cursor.setPosition(min(self._position(end), last), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _position(self, offset: int) -> int:
        if self._positions is None:
            text = self._shown_part() if self._is_raw else self.markdown.toPlainText()
            self._positions = Positions(text, is_broken=self._is_raw)
        return self._positions.of(offset - (self._starts[self._part] if self._is_raw else 0))

    # Showing

    def _show(self, place: int = 0) -> None:
        self._spans, self._current, self._positions = (), -1, None
        self.markdown.setExtraSelections([])
        self.plain.setExtraSelections([])
        self._notice.setVisible(self.is_cut)
        if self.is_cut:
            is_head = len(self._rendered) == 1
            self._notice.show_sizes(_size(self._text), HEAD if is_head else None)
        self._stack.setCurrentWidget(self.view)
        self._show_part(0, place)

    def _shown_part(self) -> str:
        ends = [*self._starts[1:], len(self._text)]
        return self._text[self._starts[self._part] : ends[self._part]]

    def _turn_to(self, part: int) -> None:
        """Show another part; what was found in one that is rendered is not in this one."""
        if not self._is_raw:
            self._spans, self._current = (), -1
            self.markdown.setExtraSelections([])
        self._show_part(part)

    def _show_part(self, part: int, place: int = 0) -> None:
        self._part, self._positions = part, None
        self._parts.show_part(part, len(self._starts if self._is_raw else self._rendered))
        if self._is_raw:
            self.plain.show_text(self._shown_part())
        elif self.markdown.source != self._rendered[part]:
            self.markdown.show_markdown(self._rendered[part], place)
        elif not self.markdown.feeder.is_feeding():
            self._on_laid_out()

    def _on_fed(self, view: MarkdownView | PlainView) -> None:
        if view is self.view:
            self._on_laid_out()

    def _on_laid_out(self) -> None:
        self._positions = None
        if 0 <= self._current < len(self._spans):
            self._go_to(self._spans[self._current][0])
        self._mark()
        self.laid_out.emit()

    def _render_more(self) -> None:
        text = self._text
        self._latest.ask(
            lambda _storage, token: markdown_parts(text, token),
            self._show_rendered,
            lambda _error: self.choose_raw(),
        )

    def _show_rendered(self, parts: Sequence[str]) -> None:
        self._rendered = parts
        self._show()

    def _lay_out(self) -> None:
        self._stack.addWidget(self.markdown)
        self._stack.addWidget(self.plain)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._notice)
        column.addWidget(self._parts)
        column.addWidget(self._stack, 1)
        column.addWidget(self._links)
        self._notice.hide()
        self.setFocusProxy(self._stack)


def _size(text: str) -> int:
    """Return the bytes of a long text, judged by its beginning."""
    head = text[:HEAD]
    return len(text) * len(head.encode(errors="replace")) // max(1, len(head))
