"""A long text of a record, such as its description: shown as Markdown, or being written."""

from __future__ import annotations

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
from db.terms import Terms
from desktop_app.background import Background
from desktop_app.detail.base import Base
from desktop_app.detail.description_editor import DescriptionEditor
from desktop_app.detail.long_text_view import RENDER_LIMIT, LongTextView
from desktop_app.detail.payload_view import PayloadView
from desktop_app.detail.seen import Seen
from desktop_app.look.icons import put_icon
from desktop_app.reading.find_bar import FindBar
from desktop_app.reading.find_keys import FindKeys
from desktop_app.reading.finder import Finder
from desktop_app.widgets.plain_label import PlainLabel


class DescriptionView(QWidget):
    """Shows a text of any size and from anyone.

    `edited` carries a new text, and the version of the record that it is a change of.
    `field` is what the text is called in a record, `name` what a person calls it. Where
    there is none, `shows_payload` shows what else the record came with.
    """

    edited = Signal(str, int)

    def __init__(
        self,
        background: Background[Storage],
        field: str = "description",
        name: str = "Description",
        parent: QWidget | None = None,
        *,
        shows_payload: bool = False,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._field = field
        self._name = name
        self._may_edit = True
        self._text = ""
        self._version = 0
        self._base = Base("", 0)
        self._key: tuple[int, int] | None = None
        self.reader = LongTextView(name, background)
        self.find_bar = FindBar()
        self.finder = Finder(self.find_bar, self.reader, background)
        self._page = self._make_page()
        self._editor = DescriptionEditor(name)
        self._editor.saved.connect(self._save)
        self._editor.cancelled.connect(self._leave_editor)
        self._edit = QToolButton()
        self._edit.setText("Edit")
        self._edit.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._edit.setAccessibleName(f"Edit {name.lower()}")
        self._edit.setProperty("quiet", True)
        put_icon(self._edit, "edit", "muted")
        self._edit.clicked.connect(self.start_editing)
        self._shows_payload = shows_payload
        self._payload: PayloadView | None = None
        self._empty = self._make_empty()
        self._stack = QStackedWidget()
        self._lay_out()

    def show_seen(self, seen: Seen) -> None:
        """Show a record's description; one being written is left alone."""
        is_same = seen.key == self._key
        text = seen.text(self._field)
        if self._shows_payload:
            self._show_payload(seen, wanted=seen.detail.raw is not None and not text.strip())
        is_shown = is_same and (self.is_editing() or text == self._text)
        self._key, self._text, self._version = seen.key, text, seen.record.version
        self._base.follow(text, self._version)
        if is_shown:
            return
        place = self.reader.markdown.verticalScrollBar().value() if is_same else 0
        self._may_edit = seen.may_edit
        self._write.setVisible(self._may_edit)
        if not is_same:
            self.finder.forget()
            self.reader.show_raw(False)
        self._show_text(place)

    def _show_payload(self, seen: Seen, *, wanted: bool) -> None:
        if wanted and self._payload is None:
            self._payload = PayloadView(self._background)
            self._empty_column.insertWidget(self._empty_column.count() - 1, self._payload, 1)
        if self._payload is not None:
            self._payload.setVisible(wanted)
            if wanted:
                self._payload.show_seen(seen)

    def show_match(self, terms: Terms) -> None:
        """Go to the first place of what was searched for, and mark them all."""
        if not self.is_editing():
            self.finder.find(terms)

    def open_find(self) -> None:
        """Show the find bar, if there is a text to find something in."""
        if self._stack.currentWidget() is self._page:
            self.finder.open()

    def enter(self) -> None:
        """Give the focus to what is shown."""
        shown = self._stack.currentWidget()
        (self.reader.view if shown is self._page else shown).setFocus()

    def start_editing(self) -> None:
        """Show the source in an editor."""
        if self._may_edit and len(self._text) <= RENDER_LIMIT:
            self._base = Base(self._text, self._version)
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
        is_changed = self._editor.is_changed() and text not in {self._base.text, self._text}
        if is_changed:
            self._text, self._version = text, self._base.version
        self._leave_editor()
        if is_changed:
            self.edited.emit(text, self._version)

    def _leave_editor(self) -> None:
        had_focus = self._editor.isAncestorOf(self.focusWidget())
        self._show_text()
        if had_focus:
            self._stack.currentWidget().setFocus()

    def _show_text(self, place: int = 0) -> None:
        is_long = len(self._text) > RENDER_LIMIT
        self._edit.setEnabled(not is_long)
        self._edit.setToolTip(
            "Too long to be edited here: save it to a file"
            if is_long
            else f"Edit {self._name.lower()}"
        )
        self.reader.show_text(self._text, place)
        self._turn_to(self._page if self._text and not self._text.isspace() else self._empty)

    def _turn_to(self, page: QWidget) -> None:
        self._stack.setCurrentWidget(page)
        self._edit.setVisible(page is self._page and self._may_edit)

    def _make_page(self) -> QWidget:
        page = QWidget()
        page.setFocusProxy(self.reader)
        FindKeys(page, self.finder, self.finder.open)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.find_bar)
        column.addWidget(self.reader, 1)
        return page

    def _make_empty(self) -> QWidget:
        page = QWidget()
        self._write = QPushButton(f"Write the {self._name.lower()}")
        self._write.clicked.connect(self.start_editing)
        page.setFocusProxy(self._write)
        self._empty_column = column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(PlainLabel(f"There is no {self._name.lower()}."))
        row = QHBoxLayout()
        row.addWidget(self._write)
        row.addStretch()
        column.addLayout(row)
        column.addStretch()
        return page

    def _lay_out(self) -> None:
        for page in (self._empty, self._page, self._editor):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack, 1)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._edit)
        column.addLayout(row)
