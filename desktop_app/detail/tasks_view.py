"""The Tasks tab of a batch: its first tasks, and how many there are."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from db.cancel import CancelToken
from db.errors import SheafError
from db.ports import Storage
from db.query import KEPT, TaskQuery, TaskSort
from db.records import AnyRecord, BatchRecord, Kind, Place
from desktop_app.background import Background
from desktop_app.detail.seen import Seen
from desktop_app.detail.task_table import TaskRow, TaskTable
from desktop_app.latest import Latest
from desktop_app.look.text import count
from desktop_app.widgets.plain_label import PlainLabel

SHOWN: Final = 200


class TasksView(QWidget):
    """Lists the first tasks of a batch; `chosen` carries the pk of one."""

    chosen = Signal(int)

    def __init__(self, background: Background[Storage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latest = Latest(background, self)
        self.table = TaskTable("Tasks of this batch")
        self.table.chosen.connect(self.chosen)
        self._note = PlainLabel("", "muted")
        self._note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self._note)

    def show_seen(self, seen: Seen) -> None:
        """Show the tasks of a batch."""
        batch = seen.record
        assert isinstance(batch, BatchRecord)
        places = frozenset({Place.TRASHED}) if batch.place is Place.TRASHED else KEPT
        query = TaskQuery(
            batch_id=batch.id, places=places, sort=TaskSort.STATUS, descending=False
        )

        def read(storage: Storage, token: CancelToken) -> list[AnyRecord]:
            return storage.fetch(Kind.TASK, storage.ids(query, SHOWN, 0, token), token)

        self._latest.ask(read, lambda found: self._show(found, batch.total), self._show_error)

    def _show(self, found: list[AnyRecord], total: int) -> None:
        self.table.show_rows([TaskRow(task) for task in found])
        self.table.setVisible(bool(found))
        more = f"The first {SHOWN} of {count(total)} tasks." if total > len(found) else ""
        self._note.setText(more if found else "There are no tasks in this batch.")
        self._note.setVisible(bool(self._note.text()))

    def _show_error(self, error: SheafError) -> None:
        self._note.setText(str(error))
        self._note.show()
