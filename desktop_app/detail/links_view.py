"""The Links tab: what a record is to others, which can be opened, added and removed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from db.ports import Storage
from db.records import AnyRecord, Kind
from desktop_app.background import Background
from desktop_app.detail.picker import Picker, records
from desktop_app.detail.record_table import RecordRow, RecordTable
from desktop_app.detail.relations import Tie, addition, ties, words_of
from desktop_app.detail.seen import Seen
from desktop_app.widgets.plain_label import PlainLabel


class LinksView(QWidget):
    """Lists linked records; `chosen` opens one, `revised` carries a `Revision` to make."""

    chosen = Signal(object, int)
    revised = Signal(object)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._seen: Seen | None = None
        self._ties: Sequence[Tie] = ()
        self.table = RecordTable("Linked records", with_relation=True)
        self.table.chosen.connect(self.chosen)
        self.table.selectionModel().currentRowChanged.connect(self._enable)
        self._note = PlainLabel("", "muted")
        self._note.setWordWrap(True)
        self._add = QPushButton("Add link")
        self._menu = QMenu(self._add)
        self._add.setMenu(self._menu)
        self._remove = QPushButton("Remove link")
        self._remove.clicked.connect(self._remove_current)
        buttons = QHBoxLayout()
        buttons.addWidget(self._add)
        buttons.addWidget(self._remove)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._note)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        column.addStretch()

    def show_seen(self, seen: Seen) -> None:
        """Show the links of a record."""
        if self._seen is None or self._seen.kind is not seen.kind:
            self._fill_menu(seen.kind)
        self._seen = seen
        self._ties = ties(seen)
        self.table.show_rows([RecordRow(tie.record, tie.word) for tie in self._ties])
        self.table.setVisible(bool(self._ties))
        self._note.setText(f"This {seen.kind.word} is not linked with any other record.")
        self._note.setHidden(bool(self._ties))
        self._enable()

    def add(self, word: str, kind: Kind) -> Picker:
        """Ask for the record of a kind that is to be what the word says to this one."""
        seen = self._seen
        assert seen is not None
        own_pk = seen.record.pk if kind is seen.kind else None
        find = records(kind, but=lambda: own_pk)
        picker = Picker(f"{word}: find a {kind.word}", find, self._background, self)
        picker.picked.connect(lambda record: self._link(seen, word, record))
        picker.open_at(self._add)
        return picker

    def _link(self, seen: Seen, word: str, other: AnyRecord) -> None:
        self.revised.emit(addition(seen, word, other))

    def _current(self) -> Tie | None:
        row = self.table.currentIndex().row()
        return self._ties[row] if 0 <= row < len(self._ties) else None

    def _remove_current(self) -> None:
        tie = self._current()
        if tie is not None and tie.removal is not None:
            self.revised.emit(tie.removal)

    def _enable(self) -> None:
        tie = self._current()
        self._remove.setEnabled(tie is not None and tie.removal is not None)

    def _fill_menu(self, kind: Kind) -> None:
        self._menu.clear()
        words = words_of(kind)
        for word, target in words:
            self._menu.addAction(
                f"{word}…", lambda word=word, target=target: self.add(word, target)
            )
        self._add.setVisible(bool(words))
        self._remove.setVisible(bool(words))
