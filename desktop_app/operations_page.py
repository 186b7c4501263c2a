"""The page that lists what was done, and takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from db.errors import SheafError
from db.records import OperationRecord
from desktop_app.actions.ids import ActionId as Do
from desktop_app.background import Request
from desktop_app.look import text
from desktop_app.look.delegates import RowDelegate
from desktop_app.look.theme import current_theme
from desktop_app.models.operations import (
    NUMBERS_COLUMN,
    WHAT_COLUMN,
    OperationsModel,
    report_words,
)
from desktop_app.widgets.plain_label import PlainLabel
from desktop_app.widgets.state_panel import StatePanel
from desktop_app.workspace import Workspace

SHOWN = 500


class OperationsPage(QFrame):
    """Lists the operations of one verb, or all; `chosen_changed` says that it is another.

    `detail_wanted` asks for all that the chosen one did, `action_wanted` for another action.
    """

    chosen_changed = Signal()
    detail_wanted = Signal()
    action_wanted = Signal(Do)

    def __init__(
        self, workspace: Workspace, title: str, verb: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._verb = verb
        self._request: Request | None = None
        self._wanted_pk: int | None = None
        self.model = OperationsModel()
        self.model.setParent(self)
        self.table = QTableView()
        self._count = PlainLabel(role="muted")
        self._panel = StatePanel()
        self._stack = QStackedWidget()
        self._dress_table(title)
        self._lay_out(title)
        self.refresh()

    def refresh(self) -> None:
        """Read the list again."""
        if self._request is not None:
            self._request.cancel()
        self._request = self._workspace.background.read(
            lambda storage, _token: storage.history.operations(self._verb, SHOWN),
            self._show,
            self._fail,
        )

    def show_operation(self, pk: int) -> None:
        """Read the list again and select one operation, if it is in it."""
        self._wanted_pk = pk
        self.refresh()

    def look_for_news(self) -> None:
        """Read the list again: what is new comes on top."""
        self.refresh()

    def _show(self, operations: Sequence[OperationRecord]) -> None:
        pks = [operation.pk for operation in operations]
        row = max(0, self.table.currentIndex().row())
        chosen_pk = None if self.chosen is None else self.chosen.pk
        for pk in (chosen_pk, self._wanted_pk):
            if pk in pks:
                row = pks.index(pk)
        self._wanted_pk = None
        self.model.show_operations(operations)
        has_numbers = any(report_words(operation) for operation in operations)
        self.table.setColumnHidden(NUMBERS_COLUMN, not has_numbers)
        if operations:
            self.table.selectRow(min(row, len(operations) - 1))
        noun = ("import", "imports") if self._verb else ("operation", "operations")
        self._count.setText(text.counted(len(operations), *noun))
        if not operations:
            self._say_nothing_is_here()
        self._stack.setCurrentWidget(self.table if operations else self._panel)
        self.chosen_changed.emit()

    def _say_nothing_is_here(self) -> None:
        start = ("Import…", partial(self.action_wanted.emit, Do.IMPORT), True)
        drop = "Drop a JSON file anywhere on the window to import it."
        if self._verb:
            words = ("import", "Nothing was imported yet", f"{drop} Each import can be undone.")
        else:
            words = (
                "history",
                "Nothing was done yet",
                f"{drop} What is done can be undone here.",
            )
        self._panel.show_state(*words, [start])

    def _fail(self, error: SheafError) -> None:
        again = ("Try again", self.refresh, True)
        self._panel.show_state("error", error.what, f"{error.safe} {error.advice}", [again])
        self._stack.setCurrentWidget(self._panel)

    @property
    def chosen(self) -> OperationRecord | None:
        """The operation to show and to take back."""
        row = self.table.currentIndex().row()
        return self.model.operations[row] if row >= 0 else None

    def _dress_table(self, title: str) -> None:
        table = self.table
        table.setModel(self.model)
        RowDelegate(table)
        table.setAccessibleName(title)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setFrameShape(QFrame.Shape.NoFrame)
        header = table.horizontalHeader()
        header.setAccessibleName("Columns")
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (WHAT_COLUMN, NUMBERS_COLUMN):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        table.selectionModel().currentRowChanged.connect(self.chosen_changed)
        table.activated.connect(self.detail_wanted)

    def _lay_out(self, title: str) -> None:
        self.setProperty("card", True)
        px = current_theme().px
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(12), px(16), px(8))
        head.addWidget(PlainLabel(title, role="title"))
        head.addStretch()
        head.addWidget(self._count)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.table)
