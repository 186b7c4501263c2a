"""The page of what imports set aside."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from db.cancel import CancelToken
from db.errors import MalformedFileError, SheafError
from db.exchange.retrying import retry
from db.ports import Storage
from db.records import Outcome, SetAside
from desktop_app.background import Report, Request
from desktop_app.detail.files import save_file
from desktop_app.look import text
from desktop_app.look.theme import current_theme
from desktop_app.tray.editor import TrayEditor
from desktop_app.widgets.buttons import push_button
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.plain_table import RowsModel, RowsTable
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.workspace import Workspace

SHOWN: Final = 500
_HEADINGS: Final = ("File", "Line", "Reason", "Text")
_WIDTHS: Final = (190, 0, 0, 330)
_LINE: Final = 1
_REASON: Final = 2
_TEXT_CHARS: Final = 200


class TrayPage(QFrame):
    """Lists what waits, newest import first, and lets one mend, retry and drop it.

    What is written is stored when another row is chosen, and before anything is done.
    `said` carries words for a message, and what takes it back.
    """

    said = Signal(str, object)
    changed = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._items: Sequence[SetAside] = ()
        self._total = 0
        self._request: Request | None = None
        self.model = RowsModel(_HEADINGS, loud=(0, _REASON))
        self.table = RowsTable("Set aside", self.model, _REASON)
        self.editor = TrayEditor(workspace.background)
        self.note = PlainLabel(role="error")
        self.note.setWordWrap(True)
        self.note.hide()
        self._count = PlainLabel(role="muted")
        self._panel = StatePanel()
        self._stack = QStackedWidget()
        self.retry_button = push_button("Retry", self.retry_chosen, primary=True)
        self.retry_all_button = push_button("Retry all", self.retry_all)
        self.drop_button = push_button("Drop", self.drop_chosen)
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.selectionModel().selectionChanged.connect(self._name_buttons)
        self.refresh()

    def refresh(self) -> None:
        """Read again what waits, keeping what is being written."""
        self.keep()
        if self._request is not None:
            self._request.cancel()
        self._request = self._workspace.background.read(
            lambda storage, _token: (storage.tray.items(SHOWN), storage.tray.count()),
            self._show,
            self._fail,
        )

    def look_for_news(self) -> None:
        """Read again what waits."""
        self.refresh()

    def keep(self) -> None:
        """Store what was written."""
        written, item = self.editor.changed_text, self.editor.item
        if written is not None and item is not None:
            self.editor.note_kept(written)
            self._workspace.put(
                lambda storage: storage.tray.mend(item.pk, written), lambda _nothing: None
            )

    @property
    def chosen(self) -> list[int]:
        """The pks of the rows that are selected."""
        return [self._items[row].pk for row in self.table.chosen]

    def retry_chosen(self) -> None:
        """Import what is selected, as part of the files it came from."""
        self._retry(self.chosen)

    def retry_all(self) -> None:
        """Import all that waits."""
        self._retry(None)

    def drop_chosen(self) -> None:
        """Let what is selected wait no more; that can be taken back."""
        pks = self.chosen
        if pks:
            self._workspace.put(
                lambda storage: storage.tray.drop(pks), lambda _nothing: self._on_dropped(pks)
            )

    def _on_dropped(self, pks: Sequence[int]) -> None:
        number = text.counted(len(pks), "record", "records")
        self.said.emit(f"Dropped {number}", ("Undo", partial(self._put_back, pks)))
        self._on_changed()

    def _put_back(self, pks: Sequence[int]) -> None:
        self._workspace.put(
            lambda storage: storage.tray.drop(pks, dropped=False),
            lambda _nothing: self._on_changed(),
        )

    def _on_changed(self) -> None:
        self.refresh()
        self.changed.emit()

    def _retry(self, pks: Sequence[int] | None) -> None:
        """Store what was written, then import some of what waits, or all of it."""
        written, item = self.editor.changed_text, self.editor.item
        self.note.hide()

        def work(storage: Storage, token: CancelToken, _report: Report) -> tuple[Outcome, int]:
            if written is not None and item is not None:
                storage.tray.mend(item.pk, written)
            tray = storage.tray
            every = pks if pks is not None else [i.pk for i in tray.items(tray.count())]
            return retry(storage, every, token)

        if written is not None:
            self.editor.note_kept(written)
        self._let_work(False)
        self._workspace.job(
            work,
            self._on_retried,
            self._on_refused,
            on_cancelled=lambda: self._let_work(True),
        )

    def _on_retried(self, found: tuple[Outcome, int]) -> None:
        outcome, waiting = found
        self._let_work(True)
        if waiting:
            left = text.counted(waiting, "record still cannot", "records still cannot")
            said = f"{left} be used, and {'goes' if waiting == 1 else 'go'} on waiting."
            self._tell(said if outcome.operation else f"Nothing was imported. {said}")
            self.editor.go_to_fault()
        if outcome.operation is not None or not waiting:
            self._workspace.take(outcome)
        self._on_changed()

    def _on_refused(self, error: SheafError) -> None:
        self._let_work(True)
        if isinstance(error, MalformedFileError):
            # The editor says why, at its place.
            self._tell(f"{error.safe} {error.advice}")
            self.editor.go_to_fault()
        else:
            self._tell(str(error))
        self._on_changed()

    def _tell(self, words: str) -> None:
        self.note.setText(words)
        self.note.show()

    def _let_work(self, can: bool) -> None:
        for button in (self.retry_button, self.retry_all_button, self.drop_button):
            button.setEnabled(can)

    def _show(self, found: tuple[Sequence[SetAside], int]) -> None:
        former = self.editor.item
        row = max(0, self.table.currentIndex().row())
        self._items, self._total = found
        selection = self.table.selectionModel()
        selection.blockSignals(True)
        self.model.show_rows([_row(item) for item in self._items])
        selection.blockSignals(False)
        places = {item.pk: place for place, item in enumerate(self._items)}
        if self._items:
            row = places.get(former.pk, row) if former is not None else row
            self.table.selectRow(min(row, len(self._items) - 1))
            self.editor.show_item(self._items[min(row, len(self._items) - 1)])
        else:
            self.editor.show_item(None)
            self._panel.show_state(
                "check",
                "Nothing is set aside",
                "What an import cannot use waits here to be mended, where you choose so.",
            )
        self._stack.setCurrentIndex(0 if self._items else 1)
        more = f", the first {text.count(SHOWN)} are shown" if self._total > SHOWN else ""
        self._count.setText(text.counted(self._total, "record", "records") + more)
        self._name_buttons()

    def _fail(self, error: SheafError) -> None:
        again = ("Try again", self.refresh, True)
        self._panel.show_state("error", error.what, f"{error.safe} {error.advice}", [again])
        self._stack.setCurrentIndex(1)

    def _on_row(self) -> None:
        self.keep()
        row = self.table.currentIndex().row()
        if 0 <= row < len(self._items):
            self.editor.show_item(self._items[row])

    def _name_buttons(self) -> None:
        number = len(self.table.chosen)
        several = f" {text.count(number)}" if number > 1 else ""
        self.retry_button.setText(f"Retry{several}")
        self.drop_button.setText(f"Drop{several}")
        self.retry_all_button.setText(f"Retry all {text.count(self._total)}")
        self.retry_all_button.setVisible(self._total > 1)

    def _export(self) -> None:
        save_file(
            self,
            self._workspace.background,
            "set-aside.jsonl",
            lambda storage: (
                msgspec.json.encode(item) + b"\n"
                for item in storage.tray.items(storage.tray.count())
            ),
        )

    def _lay_out(self) -> None:
        self.setProperty("card", True)
        px = current_theme().px
        for column, width in enumerate(_WIDTHS):
            if width:
                self.table.setColumnWidth(column, px(width))
        self.table.horizontalHeader().setSectionResizeMode(
            _LINE, QHeaderView.ResizeMode.ResizeToContents
        )
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(12), px(16), px(8))
        head.addWidget(PlainLabel("Set aside", role="title"))
        head.addStretch()
        head.addWidget(self._count)
        foot = QHBoxLayout()
        foot.setContentsMargins(px(16), px(4), px(16), px(12))
        foot.setSpacing(px(8))
        foot.addWidget(self.retry_button)
        foot.addWidget(self.retry_all_button)
        foot.addWidget(self.drop_button)
        foot.addStretch()
        foot.addWidget(push_button("Export…", self._export))
        below = QWidget()
        mending = QVBoxLayout(below)
        mending.setContentsMargins(0, 0, 0, 0)
        mending.setSpacing(0)
        mending.addWidget(self.editor, 1)
        note = QHBoxLayout()
        note.setContentsMargins(px(16), 0, px(16), px(4))
        note.addWidget(self.note)
        mending.addLayout(note)
        mending.addLayout(foot)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setAccessibleName("Records and the text of one")
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(below)
        split.setSizes([px(300), px(300)])
        self._stack.addWidget(split)
        self._stack.addWidget(self._panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.table)


def _row(item: SetAside) -> tuple[str, ...]:
    line = "" if item.line is None else text.count(item.line)
    return item.file, line, item.reason, item.text[:_TEXT_CHARS]
