"""The History tab: what was done to a record, newest first."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QUrl
from PySide6.QtGui import QFont, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from db.errors import SheafError
from db.ports import Storage
from db.records import HistoryEntry, OperationState
from desktop_app.background import Background
from desktop_app.detail.history_text import EARLIER, Story, changes, read_story
from desktop_app.detail.seen import Seen
from desktop_app.latest import Latest
from desktop_app.look.text import counted, local_time, time_tooltip
from desktop_app.look.theme import current_theme

_GAP_PX = 14


class HistoryView(QTextBrowser):
    """Tells each change with its old and new values, as text that can be copied."""

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("History")
        self.setOpenLinks(False)
        self._latest = Latest(background, self)
        self._document = QTextDocument(self)
        self._key: object = None
        self._story: Story | None = None
        current_theme().changed.connect(self._tell)

    def show_seen(self, seen: Seen) -> None:
        """Show what was done to a record."""
        if seen.key != self._key:
            self._key, self._story = seen.key, None
            self.clear()
        kind, pk = seen.key
        self._latest.ask(
            lambda storage, token: read_story(storage, token, kind, pk),
            self._show,
            self._show_error,
        )

    def _show(self, story: Story) -> None:
        self._story = story
        self._tell()

    def _show_error(self, error: SheafError) -> None:
        self.setPlainText(str(error))

    def _tell(self) -> None:
        if self._story is None:
            return
        place = self.verticalScrollBar().value()
        document = QTextDocument(self)
        document.setDefaultFont(self.font())
        document.setDocumentMargin(0)
        writer = _Writer(document)
        for entry in self._story.entries:
            writer.write_entry(entry, self._story)
        if self._story.left_out:
            writer.write_note(
                f"{counted(self._story.left_out, 'older change', 'older changes')}"
            )
        if not self._story.entries:
            writer.write_note("Nothing was recorded for this yet.")
        self.setDocument(document)
        self._document.deleteLater()
        self._document = document
        self.verticalScrollBar().setValue(place)

    # -- Qt overrides

    def loadResource(self, kind: int, name: QUrl | str) -> QByteArray:
        return QByteArray()


class _Writer:
    """Writes a story into a document that is not shown yet."""

    def __init__(self, document: QTextDocument) -> None:
        self._cursor = QTextCursor(document)
        self._strong, self._muted, self._text = (QTextCharFormat() for _ in range(3))
        self._strong.setFontWeight(QFont.Weight.Medium)
        theme = current_theme()
        self._muted.setForeground(theme.colour("muted"))
        self._struck = QTextCharFormat(self._muted)
        self._struck.setFontStrikeOut(True)
        self._head, self._line = QTextBlockFormat(), QTextBlockFormat()
        self._head.setTopMargin(theme.px(_GAP_PX))
        self._line.setTopMargin(2)

    def write_entry(self, entry: HistoryEntry, story: Story) -> None:
        operation = entry.operation
        when_us = operation.finished_at or operation.started_at
        if entry.action == "earlier" and isinstance(told := entry.after.get("updated_at"), int):
            when_us = told
        self._block(self._head)
        is_undone = operation.state is OperationState.UNDONE
        title = EARLIER if entry.action == "earlier" else operation.title
        self._cursor.insertText(title, self._struck if is_undone else self._strong)
        if is_undone:
            self._cursor.insertText(" Undone", self._strong)
        when = QTextCharFormat(self._muted)
        when.setToolTip(time_tooltip(when_us))
        by = "" if operation.actor == "person" else f" · {operation.actor}"
        self._block(self._line)
        self._cursor.insertText(f"{local_time(when_us)}{by}", when)
        for change in changes(entry, story):
            self._block(self._line)
            self._cursor.insertText(f"{change.field}: ", self._muted)
            self._cursor.insertText(change.old, self._muted)
            self._cursor.insertText(" → ", self._muted)
            self._cursor.insertText(change.new, self._muted if is_undone else self._text)

    def write_note(self, words: str) -> None:
        self._block(self._head)
        self._cursor.insertText(words, self._muted)

    def _block(self, form: QTextBlockFormat) -> None:
        if self._cursor.atStart():
            self._cursor.setBlockFormat(QTextBlockFormat())
        else:
            self._cursor.insertBlock(form)
