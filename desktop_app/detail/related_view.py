"""A tab with the records of one kind that belong to the record shown."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.query import KEPT, QUERIES, Query, TaskSort
from db.records import Kind, Place
from db.repositories import Page
from desktop_app.background import Background
from desktop_app.detail.record_table import RecordRow, RecordTable
from desktop_app.detail.seen import Seen
from desktop_app.drop import leave_files
from desktop_app.latest import Latest
from desktop_app.look.text import count
from desktop_app.widgets.flow_layout import FlowLayout
from desktop_app.widgets.plain_label import PlainLabel

SHOWN: Final = 200
_WRITTEN: Final = frozenset({Kind.TASK, Kind.BUG, Kind.DESIGN_NOTE, Kind.LEARNING})
"""The kinds that are made in a dialog of their own."""


def query_for(kind: Kind, seen: Seen) -> Query:
    """Return the query for the records of a kind that belong to a batch or a task."""
    field = "batch_id" if seen.kind is Kind.BATCH else "task_id"
    is_trashed = seen.record.place is Place.TRASHED and kind is Kind.TASK
    query = QUERIES[kind](
        **{field: seen.record.id}, places=frozenset({Place.TRASHED}) if is_trashed else KEPT
    )
    if kind is Kind.TASK:
        return replace(query, sort=TaskSort.STATUS, descending=False)
    return replace(query, sort=type(query.sort).CREATED)


class RelatedView(QWidget):
    """Lists the first of the records; Enter opens one.

    `chosen` carries the kind and pk of one, `new_wanted` the kind of a record to make
    beside the one shown, `written` the text of a status update to add; `import_wanted` asks
    for files to import, where there are no tasks.
    """

    import_wanted = Signal()
    chosen = Signal(object, int)
    new_wanted = Signal(object)
    written = Signal(str)

    def __init__(
        self, kind: Kind, background: Background[Storage], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._key: object = None
        self._latest = Latest(background, self)
        self.table = RecordTable(kind.plural.capitalize())
        self.table.chosen.connect(self.chosen)
        self._note = PlainLabel("", "muted")
        self._note.setWordWrap(True)
        self.field = QLineEdit()
        leave_files(self.field)
        self.field.setPlaceholderText("Write an update…")
        self.field.setAccessibleName("Write an update")
        self.field.returnPressed.connect(self._write)
        self._add = QPushButton("Add")
        self._add.setAccessibleName("Add the update")
        self._add.setEnabled(False)
        self._add.clicked.connect(self._write)
        self.field.textChanged.connect(lambda text: self._add.setEnabled(bool(text.strip())))
        self._new = QPushButton(f"New {kind.word}…")
        self._new.clicked.connect(lambda: self.new_wanted.emit(kind))
        self._import = QPushButton("Import…")
        self._import.clicked.connect(self.import_wanted)
        self._lay_out()

    def show_seen(self, seen: Seen) -> None:
        """Show the records of a batch or a task."""
        if seen.key != self._key:
            self._key = seen.key
            self.field.clear()
            self.table.show_rows(())
            self._note.hide()
        self._new.setText(f"New {self._kind.word} for this {seen.kind.word}…")
        query = query_for(self._kind, seen)

        def read(storage: Storage, token: CancelToken) -> Page:
            return storage.find(query, SHOWN, 0, token)

        self._latest.ask(read, lambda page: self._show(seen, page), self._show_error)

    def _show(self, seen: Seen, page: Page) -> None:
        self.table.show_rows([RecordRow(record) for record in page.items])
        self.table.setVisible(bool(page.items))
        self._import.setVisible(self._kind is Kind.TASK and not page.items)
        plural = self._kind.plural
        if not page.items:
            self._say(f"There are no {plural} {_IN[seen.kind]}.")
        elif page.total > len(page.items):
            self._say(f"The first {count(len(page.items))} of {count(page.total)} {plural}.")
        else:
            self._say("")

    def _show_error(self, error: SheafError) -> None:
        self._say(str(error))

    def _say(self, words: str) -> None:
        self._note.setText(words)
        self._note.setVisible(bool(words))

    def _write(self) -> None:
        text = self.field.text().strip()
        if text:
            self.field.clear()
            self.written.emit(text)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        writing = QHBoxLayout()
        writing.addWidget(self.field, 1)
        writing.addWidget(self._add)
        column.addLayout(writing)
        is_update = self._kind is Kind.STATUS_UPDATE
        self.field.setVisible(is_update)
        self._add.setVisible(is_update)
        column.addWidget(self.table, 1)
        column.addWidget(self._note)
        row = FlowLayout()
        row.addWidget(self._new)
        row.addWidget(self._import)
        column.addLayout(row)
        column.addStretch()
        self._new.setVisible(self._kind in _WRITTEN)
        self._import.hide()


_IN: Final = {Kind.BATCH: "in this batch", Kind.TASK: "for this task"}
