"""The Overview tab: a description shown as Markdown, or being written."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from db.ports import Storage
from desktop_app.background import Background
from desktop_app.detail.description_editor import DescriptionEditor
from desktop_app.detail.files import save_file
from desktop_app.detail.link_bar import LinkBar
from desktop_app.detail.long_notice import LongNotice
from desktop_app.detail.seen import Seen
from desktop_app.detail.text_views import MarkdownView, PlainView
from desktop_app.look.icons import put_icon
from desktop_app.widgets.plain_label import PlainLabel

RENDER_LIMIT: Final = 256_000
HEAD: Final = 64_000
"""How much of a longer description is shown at first; both in characters."""


class DescriptionView(QWidget):
    """Shows a description of any size and from anyone; `edited` carries a new text."""

    edited = Signal(str)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._text = ""
        self._key: tuple[int, int] | None = None
        self._notice = LongNotice()
        self._notice.plain_chosen.connect(self._show_plain)
        self._notice.all_chosen.connect(self._render_all)
        self._notice.file_chosen.connect(self._ask_file)
        self._links = LinkBar()
        self._markdown = MarkdownView("Description")
        self._markdown.link_chosen.connect(self._links.show_address)
        self._plain = PlainView("Description, as plain text")
        self._editor = DescriptionEditor()
        self._editor.saved.connect(self._save)
        self._editor.cancelled.connect(self._leave_editor)
        self._edit = QToolButton()
        self._edit.setText("Edit")
        self._edit.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._edit.setAccessibleName("Edit description")
        self._edit.setProperty("quiet", True)
        put_icon(self._edit, "edit", "muted")
        self._edit.clicked.connect(self.start_editing)
        self._empty = self._make_empty()
        self._stack = QStackedWidget()
        self._lay_out()

    def show_seen(self, seen: Seen) -> None:
        """Show a record's description; one being written is left alone."""
        is_same = seen.key == self._key
        if is_same and (self.is_editing() or seen.detail.description == self._text):
            return
        place = self._markdown.verticalScrollBar().value() if is_same else 0
        self._key, self._text = seen.key, seen.detail.description
        self._links.hide()
        self._show_text(place)

    def start_editing(self) -> None:
        """Show the source in an editor."""
        if len(self._text) <= RENDER_LIMIT:
            self._editor.edit(self._text)
            self._turn_to(self._editor)

    def is_editing(self) -> bool:
        """Whether the description is being written."""
        return self._stack.currentWidget() is self._editor

    def finish(self) -> None:
        """Save what is being written, if anything, and show it."""
        if self.is_editing():
            self._save(self._editor.text())

    def _save(self, text: str) -> None:
        is_changed = self._editor.is_changed()
        if is_changed:
            self._text = text
        self._leave_editor()
        if is_changed:
            self.edited.emit(text)

    def _leave_editor(self) -> None:
        had_focus = self._editor.isAncestorOf(self.focusWidget())
        self._show_text()
        if had_focus:
            self._stack.currentWidget().setFocus()

    def _show_text(self, place: int = 0) -> None:
        is_long = len(self._text) > RENDER_LIMIT
        if is_long:
            self._notice.show_sizes(len(self._text.encode(errors="replace")), HEAD)
        self._notice.setVisible(is_long)
        self._edit.setEnabled(not is_long)
        self._edit.setToolTip(
            "Too long to be edited here: save it to a file" if is_long else "Edit description"
        )
        self._plain.feeder.stop()
        self._markdown.show_markdown(self._text[:HEAD] if is_long else self._text, place)
        self._turn_to(self._markdown if self._text.strip() else self._empty)

    def _show_plain(self) -> None:
        self._markdown.feeder.stop()
        self._plain.show_text(self._text)
        self._turn_to(self._plain)
        self._notice.hide()

    def _render_all(self) -> None:
        self._markdown.show_markdown(self._text)
        self._notice.hide()

    def _ask_file(self) -> None:
        text = self._text
        save_file(
            self,
            self._background,
            "description.md",
            lambda _storage: [text.encode(errors="backslashreplace")],
        )

    def _turn_to(self, page: QWidget) -> None:
        self._stack.setCurrentWidget(page)
        self._edit.setVisible(page in {self._markdown, self._plain})

    def _make_empty(self) -> QWidget:
        page = QWidget()
        button = QPushButton("Write a description")
        button.clicked.connect(self.start_editing)
        page.setFocusProxy(button)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(PlainLabel("There is no description."))
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch()
        column.addLayout(row)
        column.addStretch()
        return page

    def _lay_out(self) -> None:
        for page in (self._empty, self._markdown, self._plain, self._editor):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._notice)
        column.addWidget(self._stack, 1)
        column.addWidget(self._links)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._edit)
        column.addLayout(row)
